-- A comparison as text: a line a table with a mark, the rows that differ with their values, what is advised.
local comparison = require "wherry.report.comparison"
local console = require "wherry.cli.console"
local stream = require "tests.support.stream"

describe("a comparison", function()
    local function text_of(given, locale)
        local lines = {}
        comparison.add({ comparison = given }, console.new { stdout = stream.new(), stderr = stream.new(),
            getenv = function(name) return name == "LANG" and (locale or "C") or nil end }, lines)
        return table.concat(lines, "\n") .. "\n"
    end

    local function table_of(more)
        local tbl = { table = "public.t", source = { "t" }, state = "same", rows_source = 1000, rows_target = 1000 }
        for name, value in pairs(more or {}) do
            tbl[name] = value
        end
        return tbl
    end

    local function differing(more)
        return { basis = "source", state = "differs", tables = { table_of(more) } }
    end

    it("has a line a table, with counts and a mark", function()
        local given = { basis = "source", state = "verified", tables = { table_of(), table_of { table = "public.notes",
            rows_source = 2, rows_target = 2 } } }
        assert.equal("\nCompared: with the source as it is now\n"
            .. "        table         source  target\n"
            .. "  ok    public.t       1,000   1,000\n"
            .. "  ok    public.notes       2       2\n"
            .. "        2 tables       1,002   1,002\n", text_of(given))
        assert.matches("\n  \u{2713}  public.t ", text_of(given, "de_DE.UTF-8"), 1, true)
    end)

    it("names rows that differ, with both values, and how many more there are", function()
        local text = text_of(differing { state = "differs", missing = 1, different = 2, extra = 0, more = 1,
            differences = { { kind = "missing", key = "id = 3", columns = {} }, { kind = "different", key = "id = 4",
                columns = { { column = "name", source = { class = "text", text = "a\27[31m" },
                    target = { class = "null" } } } } } })
        assert.matches("  FAIL  public.t   1,000   1,000  1 missing, 2 different\n", text, 1, true)
        assert.matches("\n  public.t: 1 missing, 2 different\n    missing    id = 3\n    different  id = 4\n"
            .. "        name: source \"a\\x1b[31m\" (text), target NULL\n    ... and 1 more (", text, 1, true)
    end)

    it("shows a text as it is, controls escaped once, and bytes as digits", function()
        local text = text_of(differing { state = "differs", different = 1, differences = { { kind = "different",
            key = "id = 4", columns = { { column = "name", source = { class = "text", text = "O'Brien \\ \"\n" },
                target = { class = "text", hex = "61ff" } }, { column = "raw", source = { class = "blob", hex = "00" },
                target = { class = "blob", text = "ff" } } } } } })
        assert.matches("name: source \"O'Brien \\ \"\\n\" (text), target x'61ff' (text that is not UTF-8)\n", text,
            1, true)
        assert.matches("raw: source 00 (blob), target ff (blob)\n", text, 1, true)
    end)

    it("advises by the share of rows that differ", function()
        local function advice(rows)
            return comparison.advice(differing { state = "differs", different = rows })
        end
        assert.equal("9 of 1,000 rows differ (0.90 %): fewer than 1 in 100: investigate them one by one before anybody "
            .. "uses the target", advice(9))
        assert.equal("10 of 1,000 rows differ (1.00 %): 1 in 100 or more: roll back, mend the cause, and load again",
            advice(10))
        local given = differing { state = "differs", different = 10 }
        given.tables[2] = table_of { state = "differs", rows_source = 0, rows_target = 0 }
        assert.matches("^at least 10 of 1,000 rows differ %(1.00 %%%): 1 in 100 or more", comparison.advice(given))
        given.tables[1].different = 9
        assert.equal("at least 9 of 1,000 rows differ (0.90 %), and of 1 more table that differs the rows were not "
            .. "counted: wherry verify --detailed counts them", comparison.advice(given))
        assert.is_nil(comparison.advice { basis = "source", state = "verified", tables = { table_of() } })
    end)

    it("tells of buckets where no rows are known, of tables that were not compared, and of none at all", function()
        assert.matches("  FAIL  public.t   1,000   1,000  3 of 1,024 buckets differ\n",
            text_of(differing { state = "differs", buckets = 3 }), 1, true)
        assert.matches("  -     public.t   1,000   1,000  not compared; no codec\n",
            text_of { basis = "journal", state = "partly", tables = { table_of { state = "not_compared",
                note = "no codec" } } }, 1, true)
        assert.matches("  ok    public.t   1,000   1,000  changed by after_load\n",
            text_of { basis = "run", state = "verified", tables = { table_of { state = "changed_by_after_load" } } }, 1,
            true)
        assert.equal("\nCompared: nothing (--verify=none)\n", text_of { basis = "run", state = "skipped",
            note = "--verify=none", tables = {} })
    end)
end)
