-- A check as text: the source first, findings with examples, what is not evaluated, the verdict last.
local console = require "wherry.cli.console"
local text = require "wherry.check.text"

local function result(fields)
    local made = { status = "findings", exit = 1, findings = {}, problems = {}, unseen = {}, inexact = {},
        defaulted = {}, missed = {}, resolved = { mode = "existing", target_schema = "public" },
        verdict = { stops = false, rejected = 0, loaded = 5 }, sources = {},
        tables = { { table = "settings", rows = 24, excluded = 0 }, { table = "one", rows = 1, excluded = 1 } } }
    for key, value in pairs(fields or {}) do
        made[key] = value
    end
    return made
end

local function full(fields, verbose)
    local out = console.new { getenv = function() return nil end }
    out.verbose = verbose
    return text.full(result(fields), out, "app.db")
end

local function value(fields)
    local problem = { kind = "value", table = "t", column = "c", type = "smallint", class = "integer", count = 2,
        reason = "out of range", outcome = "stops", hint = "widen it",
        examples = { { key = "id=1", value = "70000" } } }
    for key, one in pairs(fields or {}) do
        problem[key] = one
    end
    return problem
end

describe("check.text", function()
    it("begins with the source's rows", function()
        assert.matches("^app.db into an empty database, schema public, into the tables that are there\n"
            .. "  settings: 24 records\n  one: 1 record %(1 left out by where%)\n", full())
        assert.matches("no table is carried", full { tables = {} })
    end)

    it("shows a finding with examples, what a run would do, and a hint", function()
        local said = full { problems = { value() } }
        assert.is_truthy(said:find([[
Findings: 1
  t.c: 2 integer values do not fit smallint: out of range
      id=1: 70000 (integer)
      ... and 1 more
      -> a run would stop there
      hint: widen it
]], 1, true), said)
        said = full { problems = { value { count = 1, class = "null", examples = { { value = "" } } } } }
        assert.matches("t.c: 1 value does not fit smallint", said)
        assert.matches("a row without a key: NULL", said)
    end)

    it("keeps conversions that the plan names apart from findings", function()
        local said = full { problems = { value { outcome = "converts" } } }
        assert.is_nil(said:find("Findings", 1, true))
        assert.matches("As the plan says: 1\n", said)
        assert.matches("2 values would be converted", said)
        assert.is_nil(said:find("widen it", 1, true))
    end)

    it("names duplicates and orphans by their keys", function()
        local said = full { problems = {
            { kind = "duplicate", table = "t", columns = "a, b", count = 1, reason = "unique constraint u",
                outcome = "rejects", examples = { { key = "id=2", first_key = "id=1", value = "a=1, b=2" } } },
            { kind = "orphan", table = "t", columns = "p", count = 2, reason = "foreign key f, to p",
                outcome = "not_valid", examples = { { key = "id=3", value = "p=9" } } } } }
        assert.matches("t %(a, b%): 1 row has the key of an earlier row %(unique constraint u%)\n"
            .. "      id=2: a=1, b=2, as id=1\n      %-> 1 row would be rejected", said)
        assert.matches("t %(p%): 2 rows refer to rows that are not there", said)
        assert.matches("left NOT VALID", said)
    end)

    it("says what it could not evaluate, and cuts long lists", function()
        local unseen = {}
        for i = 1, 25 do
            unseen[i] = { table = "t", kind = "check", name = "c" .. i, reason = "CHECK (x)" }
        end
        assert.matches("\n  t: check c1: CHECK %(x%)\n", full { unseen = unseen })
        assert.matches("and 5 more", full { unseen = unseen })
        assert.is_nil(full({ unseen = unseen }, true):find("more (--verbose)", 1, true))
        assert.matches("  t.c: 1 of 2 values as uuid", full { inexact = { { table = "t", column = "c", type = "uuid",
            values = 2, inexact = 1 } } })
    end)

    it("counts the NULLs that take their default", function()
        assert.matches("\n  t.a: 1,200 values: now%(%)\n", full { defaulted = { { table = "t", column = "a",
            values = 1200, default = "now()", text = "today" } } })
    end)

    it("counts the keys that a lookup does not have", function()
        assert.matches("\n  t.a: 1,200 values not in ids: NULL\n  t.b: 1 value not in ids: kept\n", full { missed = {
            { table = "t", column = "a", values = 1200, lookup = "ids", missing = "null" },
            { table = "t", column = "b", values = 1, lookup = "ids", missing = "keep" } } })
    end)

    it("ends with what a run would do", function()
        local function last(fields)
            return full(fields):match "([^\n]*)\n$"
        end
        assert.matches("findings: a run would load 5 rows of 2 tables; target an empty database. Nothing was written",
            last())
        assert.matches("clean: a run would load", last { exit = 0, status = "clean" })
        assert.matches("and reject 3", last { verdict = { stops = false, rejected = 3, loaded = 5 } })
        assert.matches("would stop half%-way at what", last { verdict = { stops = true, rejected = 0, loaded = 5 } })
        assert.matches("stop half%-way: more than 1 rows", last { verdict = { stops = false, rejected = 3, loaded = 5,
            too_many = "more than 1 rows would be rejected (max_bad)" } })
        assert.matches("refused: a run would write nothing", last { status = "refused" })
        assert.matches("FAILED: gone", last { status = "failed", error = { message = "gone\nmore" } })
        assert.matches("check: interrupted: by", last { status = "interrupted", error = { message = "by" } })
    end)

    it("says of which moment it speaks where the source is in use", function()
        assert.is_nil(full():find("in use", 1, true))
        assert.matches("The source is in use: all this is as of 1970%-01%-02 00:00:01 UTC, and says nothing of rows "
            .. "that come later%.", full { sources = { { taken = 86401000000 } } })
    end)

    it("lets no name steer the terminal", function()
        local said = full { problems = { value { table = "a\27[31m" } } }
        assert.is_nil(said:find("\27", 1, true))
    end)

    it("writes sizes and times as a person reads them", function()
        assert.same({ "999 bytes", "1.0 kB", "12 MB", "2.5 GB" }, { text.bytes(999), text.bytes(1000),
            text.bytes(12e6), text.bytes(2.5e9) })
        assert.same({ "less than a second", "2 s", "3 minutes", "2.5 hours" }, { text.seconds(0.4), text.seconds(2),
            text.seconds(180), text.seconds(9000) })
    end)
end)
