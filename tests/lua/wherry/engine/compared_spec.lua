-- What a run's look at both sides says of its tables.
local compared = require "wherry.engine.compared"
local core = require "wherry.core"

describe("compared", function()
    local TARGET = { target_sql = "public.t", table = "public.t", columns = { {} }, text = false, left_out = {},
        loads = { { place = 1 }, { place = 2 }, { place = 1, emit = 1 } } }

    local function state_of(moments, hashed, hooked)
        return { source = {}, run = 1, journal = { has_version = function() return true end,
            query = function() return hooked or {} end }, digests = { moments = { ["public.t"] = moments },
            hashed = { ["public.t"] = hashed ~= false } }, resolved = { tables = {
            { source = "a", target_sql = "public.t", before = "4", read = { table = "a" } },
            { source = "b", target_sql = "public.t", read = { table = "b" } } } } }
    end

    local function sent(rows, sum)
        return core.digest.new():add_bucket(3, rows, sum)
    end

    it("is the same where the sums are met, by all that fills the table", function()
        local line, expected = compared.judge(state_of { before = { rows = 1, sum = "5" } }, TARGET,
            { rows = 3, sum = "15" }, sent(2, "10"), false)
        assert.same({ table = "public.t", source = { "a", "b" }, rows_source = 2, rows_target = 3, state = "same" },
            line)
        assert.same({ 3, "15" }, { expected.rows, expected.sum })
        assert.is_nil(compared.open(state_of {}, TARGET, line, expected, sent(2, "10"), false))
    end)

    it("makes an exception of rows that a conflict has kept: what they were nobody knows", function()
        local line = { table = "public.t", state = "same", kept = 1, note = "1 row kept as it was" }
        assert.equal("public.t (1 row kept as it was)", compared.exceptions { tables = { line }, left_out = {} })
        line.kept = nil
        assert.is_nil(compared.exceptions { tables = { line }, left_out = {} })
    end)

    it("is looked into row by row where it differs, or can't be told", function()
        local state = state_of { before = { rows = 0, sum = "0" } }
        local digest = sent(2, "10")
        local line, expected = compared.judge(state, TARGET, { rows = 2, sum = "11" }, digest, false)
        assert.equal("differs", line.state)
        assert.same({ target = TARGET, line = line, before = 0, skipped = 0, sent = digest },
            compared.open(state, TARGET, line, expected, digest, false))
        state = state_of(nil, false)
        line, expected = compared.judge(state, TARGET, { rows = 2, sum = "10" }, digest, false)
        assert.same({ "not_compared", "the run was begun without digests" }, { line.state, line.note })
        assert.same({ target = TARGET, line = line, before = 4, skipped = 0 },
            compared.open(state, TARGET, line, expected, digest, false))
        local open = compared.open(state_of(nil, false, { { target = "public.t", rows = "3" } }), TARGET, line,
            expected, digest, false)
        assert.equal(7, open.before)
        state.source = nil
        assert.is_nil(compared.open(state, TARGET, line, expected, digest, false))
    end)

    it("takes what after_load made of a table as it was, and can't look into that", function()
        local state = state_of { before = { rows = 0, sum = "0" }, loaded = { rows = 2, sum = "10" },
            after_load = { rows = 1, sum = "3" } }
        local line = compared.judge(state, TARGET, { rows = 1, sum = "3" }, sent(2, "10"), true)
        assert.equal("changed_by_after_load", line.state)
        local other, expected = compared.judge(state, TARGET, { rows = 2, sum = "10" }, sent(2, "10"), true)
        assert.equal("differs", other.state)
        assert.is_nil(compared.open(state, TARGET, other, expected, sent(2, "10"), true))
        assert.equal("same", (compared.judge(state, TARGET, { rows = 2, sum = "10" }, sent(2, "10"), false)).state)
    end)

    it("says the worst of all", function()
        local function whole(...)
            local lines = {}
            for i, state in ipairs { ... } do
                lines[i] = { state = state }
            end
            return compared.whole(lines)
        end
        assert.equal("verified", whole())
        assert.equal("verified", whole("same", "changed_by_after_load"))
        assert.equal("partly", whole("same", "not_compared"))
        assert.equal("differs", whole("not_compared", "differs", "same"))
    end)

    it("names what was not compared, the first of it", function()
        assert.is_nil(compared.exceptions { tables = { { table = "a", state = "same", note = "n" } }, left_out = {} })
        local left_out = compared.left_out { { table = "t", left_out = { { column = "c", why = "why" } } } }
        assert.same({ { table = "t", column = "c", why = "why" } }, left_out)
        assert.equal("a (text), t.c (why)", compared.exceptions { tables = { { table = "a", state = "not_compared",
            note = "text" } }, left_out = left_out })
        local tables = {}
        for i = 1, 7 do
            tables[i] = { table = "t" .. i, state = "not_compared", note = "n" }
        end
        assert.matches("^t1 .*, t5 %(n%) and 2 more$", compared.exceptions { tables = tables, left_out = {} })
    end)
end)
