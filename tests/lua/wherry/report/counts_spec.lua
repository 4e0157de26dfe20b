-- The table of counts: a line for each table, and whether it closes.
local make = require "tests.support.result"
local report_counts = require "wherry.report.counts"

describe("the table of counts", function()
    local console = { paint = function(_, name, text) return name == "bad" and "BAD " .. text or text end }

    local function lines_of(changes, fields)
        local result, lines = make(fields), {}
        for name, value in pairs(changes) do
            result.sources[1].tables[1][name] = value
        end
        report_counts.add(result, console, lines)
        return lines
    end

    it("shows rejected rows where there are any", function()
        assert.is_nil(lines_of({})[1]:find("rejected", 1, true))
        local result = make()
        result.sources[1].tables[1].passed, result.sources[1].tables[1].rejected = 7, 3
        result.targets[1].passed, result.targets[1].inserted = 7, 7
        local lines = {}
        report_counts.add(result, console, lines)
        assert.matches("excluded%s+rejected%s+passed", lines[1])
        assert.matches("^ok%s+topics %-> topic%s+12%s+2%s+3%s+7%s+7", lines[2])
    end)

    it("says which line does not close, of a run that has ended", function()
        assert.matches("^BAD DIFFERS", lines_of({ rejected = 1 })[2])
        assert.matches("^BAD partial", lines_of({ rejected = 1 }, { status = "failed" })[2])
    end)

    it("names the targets' schemas where there is more than one", function()
        local result, lines = make(), {}
        result.targets[1].table = "server.topic"
        result.targets[3] = { table = "public.tags", is_emitted = true, emitted = 2, inserted = 2, skipped = 0,
            passed = 0, updated = 0, rejected = 0, seconds = 0 }
        report_counts.add(result, console, lines)
        assert.matches("^ok%s+topics %-> server.topic%s", lines[2])
        assert.matches("^ok%s+%-> public.tags%s", lines[4])
        assert.matches("^ok%s+topics %-> topic%s", lines_of({})[2])
    end)

    it("says when no table is carried", function()
        local lines = {}
        report_counts.add(make { sources = { { name = "main", tables = {} } }, targets = {} }, console, lines)
        assert.same({ "No table is carried: nothing was loaded." }, lines)
    end)
end)
