local make = require "tests.support.result"
local report = require "wherry.report"

local plain = { paint = function(_, _, text) return text end }

local function summary(changes, options)
    return report.summary(make(changes), plain, options or {})
end

local function last_line(text)
    return text:match "([^\n]*)\n$"
end

describe("the summary", function()
    it("shows the tables in aligned columns, without those in which nothing happened", function()
        local lines = {}
        for line in summary():gmatch "[^\n]+" do
            lines[#lines + 1] = line
        end
        assert.are.equal("Target: postgresql:///app?host=/s (private server), schema public, PostgreSQL 15.9", lines[1])
        assert.are.equal("         table                total  excluded     passed   inserted   seconds", lines[2])
        assert.are.equal("ok       topics -> topic         12         2         10         10      0.12", lines[3])
        assert.are.equal("ok       notes            1,234,567         0  1,234,567  1,234,567     12.00", lines[4])
        assert.are.equal("ok       2 tables         1,234,579         2  1,234,577  1,234,577     12.12", lines[5])
    end)

    it("says which moment of the source was read, where that is a copy", function()
        local result = make()
        result.sources[1].path, result.sources[1].copy = "/d/app.db", { path = "/c", taken = 86400 }
        assert.matches("\nRead:   a copy of /d/app%.db as it was at 1970%-01%-02 00:00:00 UTC\n",
            report.summary(result, plain, {}))
        assert.is_nil(summary():find("Read:", 1, true))
        table.insert(result.sources, 1, { name = "bare", path = "/d/bare.db", tables = {} })
        assert.matches("^Target: .*\nRead:   a copy of /d/app%.db as it was at 1970", report.summary(result, plain, {}))
    end)

    it("counts exact receipts and lists the others", function()
        local text = summary()
        assert.matches("Objects: 1 exact, 1 changed, 1 not carried", text)
        assert.matches("changed:     column notes.flag: boolean", text)
        assert.matches("not carried: view v: no views yet", text)
        assert.is_nil(text:find("table notes", 1, true))
    end)

    it("lists exact receipts of which there is something to say with --verbose", function()
        local changes = { objects = { { kind = "index", name = "i", outcome = "exact", note = "stays, why" },
            { kind = "index", name = "j", outcome = "exact" } } }
        assert.is_nil(summary(changes):find("index", 1, true))
        local text = summary(changes, { verbose = true })
        assert.matches("\n  exact:       index i: stays, why\n", text)
        assert.is_nil(text:find("index j", 1, true))
    end)

    it("lists twenty receipts, and all with --verbose", function()
        local objects = {}
        for index = 1, 25 do
            objects[index] = { kind = "view", name = ("v%02d"):format(index), outcome = "not_carried" }
        end
        assert.matches("v20\n  %.%.%. and 5 more %(%-%-verbose%)", summary { objects = objects })
        assert.matches("v25", summary({ objects = objects }, { verbose = true }))
    end)

    it("marks a line that does not close", function()
        local result = make()
        result.targets[1].inserted = 9
        local text = report.summary(result, plain, {})
        assert.matches("DIFFERS  topics", text)
        assert.matches("ok       notes", text)
        assert.matches("DIFFERS  2 tables", text)
    end)

    it("shows what was filtered when something was", function()
        local result = make()
        result.sources[1].tables[1].filtered = { spam = 3, old = 1 }
        result.sources[1].tables[1].total = 16
        local text = report.summary(result, plain, {})
        assert.matches("filtered", text)
        assert.matches("ok       topics %-> topic +16 +2 +4 +10 +10", text)
        assert.matches("\nFiltered: 4 rows, by the script\n  topics: 3 rows: spam\n  topics: 1 row: old\n", text)
        assert.not_matches("Filtered", summary())
    end)

    it("ends with verdict, target and origin", function()
        assert.are.equal("counted: every row is accounted for, and the counts are the same on both sides; "
            .. "target postgresql:///app?host=/s (private server); run 3.", last_line(summary()))
        local changes = { status = "failed", exit = 5, error = { kind = "value", message = "too long." } }
        assert.matches("^FAILED half%-way %(too long%); target .*%(private server%); run 3%.$",
            last_line(summary(changes)))
        changes.exit = 3
        assert.matches("^FAILED: nothing was written", last_line(summary(changes)))
        assert.matches("^refused: nothing was written; target", last_line(summary { status = "refused", exit = 4 }))
    end)

    it("says where every finding is and what to do", function()
        local text = summary { status = "refused", exit = 4, findings = { { code = "no_target", table = "t",
            column = "c",
            key = "id=1", value = "v", value_class = "text", reason = "has no place", hint = "name it" },
            { code = "alone", reason = "of the whole run" } } }
        assert.matches('Findings: 2\n  table t, column c, key id=1: has no place\n      value: "v" %(text%)\n'
            .. "      hint:  name it\n  alone: of the whole run", text)
    end)

    it("says what was committed and how to go on", function()
        local text = summary { status = "failed", exit = 5, committed = { rows = 50000, tables = 2 },
            hints = { "wherry run app.db --resume" }, error = { kind = "value", message = "m" } }
        assert.matches("Committed: 50,000 rows, tables: 2", text)
        assert.matches("Next:\n  wherry run app.db %-%-resume", text)
    end)

    it("says that a run's tables are not complete, rather than different", function()
        local result = make { status = "interrupted", exit = 130 }
        result.sources[1].tables[1].passed, result.targets[1].passed, result.targets[1].inserted = 5, 5, 5
        local text = report.summary(result, plain, {})
        assert.matches("partial  topics", text)
        assert.is_nil(text:find("DIFFERS", 1, true))
        assert.matches("^interrupted: the state is saved", last_line(text))
    end)

    it("lets no name steer the terminal", function()
        local result = make()
        result.sources[1].tables[1].table = "a\27[2J\nb"
        result.objects[1].name = "\27]0;x\7"
        local text = report.summary(result, plain, {})
        assert.is_nil(text:find("\27", 1, true))
        assert.matches("a\\x1b%[2J\\nb", text)
    end)

    it("is one line when there is nothing else to say", function()
        local text = report.summary({ status = "failed", exit = 3, error = { kind = "source",
            message = "no such file" } },
            plain, {})
        assert.are.equal("FAILED: nothing was written (no such file).\n", text)
    end)

    it("names the dump's file", function()
        local result = make()
        result.target.file = "out.sql"
        assert.matches("; written to out.sql; run 3%.$", last_line(report.summary(result, plain, {})))
    end)
end)

describe("the error block", function()
    it("says what, where, why and what to do", function()
        assert.are.equal([[
wherry: a stored value does not fit its target column
  where:      table t, column c, key id=42
  value:      "abc" (text)
  why:        no number (SQLSTATE 22P02)
  what to do: repair the value]], report.error_block { kind = "value", table = "t", column = "c", key = "id=42",
            value = "abc", value_class = "text", message = "no number", sqlstate = "22P02", hint = "repair the value" })
    end)

    it("begins with the message where that says what happened", function()
        assert.are.equal("wherry: the source does not exist\n  what to do: check the path", report.error_block {
            kind = "environment", message = "the source does not exist", hint = "check the path" })
    end)

    it("leaves out what is not known", function()
        assert.are.equal("wherry: PostgreSQL refused\n  why:        no",
            report.error_block { kind = "server", message = "no" })
        assert.equal("wherry: PostgreSQL refused\n  why:        no",
            report.error_block { kind = "server", message = "no", sqlstate = "" })
        assert.matches("\n  the row:    id=1\n  what to do: mend the script, or reject",
            report.error_block { kind = "value", message = "row: x.lua:1: no", hint = "the row: id=1" })
    end)

    it("cuts a long value between characters", function()
        local block = report.error_block { kind = "value", value = ("é"):rep(500), value_class = "text", message = "m" }
        assert.is_truthy(utf8.len(block))
        assert.is_true(#block < 400)
    end)
end)
