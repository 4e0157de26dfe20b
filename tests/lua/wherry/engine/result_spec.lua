-- The result of a run: statuses, exit codes, what stands when a run stopped.
local failure = require "wherry.failure"
local result_of = require "wherry.engine.result"
local Target = require "tests.support.target"

describe("a result", function()
    local function new()
        local result = result_of.new "run"
        result_of.source(result, { path = "/x/app.db", fingerprint = "f" })
        result_of.target(result, { url_masked = "postgresql://u:****@h/d", origin = "given", database = "d" })
        return result
    end

    it("is a failure until it is something else", function()
        local result = new()
        assert.same({ "failed", 3 }, { result.status, result.exit })
        result_of.finished(result, true)
        assert.same({ "counted", 0 }, { result.status, result.exit })
        result_of.finished(result, false)
        assert.same({ "loaded", 0 }, { result.status, result.exit })
        result_of.findings(result, { { code = "x", reason = "r" } })
        result_of.finished(result, true)
        assert.same({ "differs", 1 }, { result.status, result.exit })
        result_of.refused(result)
        assert.same({ "refused", 4 }, { result.status, result.exit })
    end)

    it("tells more of an object in the receipt that it has", function()
        local result = new()
        result_of.receipts(result, { { kind = "column", name = "t.a", outcome = "changed", note = "text" },
            { kind = "column", name = "t.b", outcome = "exact" }, { kind = "table", name = "t.c", outcome = "exact" } })
        local function receipt(name)
            return { kind = "column", name = name, outcome = "changed", note = "2 values", state = "receipt" }
        end
        result_of.more_receipts(result, { receipt "t.a", receipt "t.b", receipt "t.c" })
        local told = {}
        for index, object in ipairs(result.objects) do
            told[index] = ("%s %s %s"):format(object.kind, object.outcome, object.note)
        end
        assert.same({ "column changed text; 2 values", "column changed 2 values", "table exact nil",
            "column changed 2 values" }, told)
    end)

    it("has the exit code of what stopped it", function()
        for _, case in ipairs {
            { "usage", nil, false, "failed", 2 }, { "plan", nil, false, "failed", 4 },
            { "value", nil, false, "failed", 4 }, { "server", nil, false, "failed", 3 },
            { "connection", nil, false, "failed", 3 }, { "environment", nil, false, "failed", 3 },
            { "internal", nil, false, "failed", 3 }, { "changed", nil, false, "failed", 5 },
            { "value", nil, true, "failed", 5 }, { "connection", nil, true, "failed", 5 },
            { "interrupted", 2, true, "interrupted", 130 }, { "interrupted", 15, false, "interrupted", 143 },
            { "interrupted", nil, true, "interrupted", 130 }, { "connection", 15, true, "interrupted", 143 },
        } do
            local kind, signal, begun, status, exit = table.unpack(case, 1, 5)
            local result = new()
            result_of.failed(result, failure.new(kind, "m"), signal, begun)
            assert.same({ status, exit }, { result.status, result.exit }, kind)
        end
    end)

    it("tells what is committed, in place of what the finish had told", function()
        local result, resolved = new(), Target.resolved { { source = "a" }, { source = "b" } }
        result_of.ledger(result, { {}, {} }, { {}, {} })
        result_of.committed(result, resolved, { a = { total = 9, excluded = 1 }, b = { total = 4, excluded = 0 } },
            { a = { passed = 5, emitted = 0, inserted = 5, updated = 0, skipped = 0, rejected = 0, seconds = 1 } })
        assert.same({ rows = 5, tables = 1 }, result.committed)
        assert.equal(1, #result.targets)
        assert.same({ "a", 9, 5 }, { result.sources[1].tables[1].table, result.sources[1].tables[1].total,
            result.sources[1].tables[1].passed })
        assert.same({ "b", 0 }, { result.sources[1].tables[2].table, result.sources[1].tables[2].passed })
    end)

    it("claims nothing of objects that nobody could ask about", function()
        local result = new()
        result_of.plan(result, Target.resolved({}, { { kind = "index", name = "i", state = "todo", outcome = "exact" },
            { kind = "table", name = "t", state = "receipt", outcome = "exact" } }))
        result_of.unknown_objects(result)
        assert.same({ "not_carried", "exact" }, { result.objects[1].outcome, result.objects[2].outcome })
        assert.matches("not known", result.objects[1].note)
    end)

    it("says how to go on, in words that a shell takes", function()
        local result = new()
        result_of.next_commands(result, { source = "it's.db" },
            { origin = "given", url_masked = "postgresql://u:****@h/d" })
        assert.matches([[wherry run 'it'\''s.db' 'postgresql://u:****@h/d' --resume ]], result.hints[1], 1, true)
        assert.matches("--restart", result.hints[2], 1, true)
        result = new()
        result_of.next_commands(result, { source = "app.db", skip = { "a", "b*" }, journal = "mine" },
            { origin = "DATABASE_URL", url_masked = "x" })
        assert.matches("^wherry run app.db %-%-skip='a,b%*' %-%-journal=mine %-%-resume ", result.hints[1])
    end)
end)
