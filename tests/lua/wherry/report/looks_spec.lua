-- What both databases said as witnesses, and what was found of the schema, as text.
local console = require "wherry.cli.console"
local looks = require "wherry.report.looks"
local stream = require "tests.support.stream"

describe("what was looked at beside the values", function()
    local function text_of(comparison, verbose)
        local lines = {}
        looks.add({ comparison = comparison }, console.new { stdout = stream.new(), stderr = stream.new(),
            getenv = function() end }, { verbose = verbose }, lines)
        return table.concat(lines, "\n")
    end

    local function witness(differences, left_out)
        return { witness = { state = differences[1] and "differs" or "same", tables = 1, columns = 2,
            differences = differences, list = {}, left_out = left_out or {} } }
    end

    it("is nothing where nothing was looked at", function()
        assert.equal("", text_of(nil))
        assert.equal("", text_of {})
    end)

    it("has the witness's numbers that differ", function()
        assert.equal("\nWitness: 2 columns of 1 table, computed by SQLite and PostgreSQL in their own SQL: the same",
            text_of(witness {}))
        assert.matches("1 number differs\n  FAIL  public.t.at: min of seconds: SQLite 1, PostgreSQL 3601",
            text_of(witness { { table = "public.t", column = "at", what = "min", of = "seconds", sqlite = "1",
                pg = "3601" } }), 1, true)
        assert.matches("Witness: nothing", text_of { witness = { state = "skipped", tables = 0, columns = 0,
            differences = {}, left_out = {} } })
    end)

    it("says what was not asked, and why with --verbose", function()
        local found = witness({}, { { table = "public.t", column = "doc", why = "it is made of several values" } })
        assert.matches("\n  not asked: 1 column or table (--verbose says why)", text_of(found), 1, true)
        assert.matches("\n  not asked: public.t.doc: it is made of several values", text_of(found, true), 1, true)
    end)

    it("has the failed checks of the schema with their hints, then notes, all others with --verbose", function()
        local found = { audit = {
            { kind = "index", table = "public.t", name = "t_a", passed = false, detail = "is not there",
                hint = "make it" },
            { kind = "table", table = "public.t", name = "", passed = true, note = true, detail = "is UNLOGGED" },
            { kind = "columns", table = "public.t", name = "", passed = true, detail = "3 as planned" } } }
        local text = text_of(found)
        assert.matches("\nSchema: 2 checks passed, 1 failed\n  FAIL  public.t: index t_a: is not there\n"
            .. "          hint: make it\n  note  public.t: table : is UNLOGGED", text, 1, true)
        assert.is_nil(text:find("3 as planned", 1, true))
        assert.matches("\n  pass  public.t: columns : 3 as planned", text_of(found, true), 1, true)
    end)

    it("steers no terminal", function()
        assert.matches("public.t\\x1b[31m.a", text_of(witness { { table = "public.t\27[31m", column = "a",
            what = "count", sqlite = "1", pg = "2" } }), 1, true)
    end)
end)
