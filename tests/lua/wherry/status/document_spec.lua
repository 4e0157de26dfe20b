-- Runs as a document: every field is always there, times are UTC, numbers exact.
local cjson = require "cjson"
local document = require "wherry.status.document"
local json = require "wherry.json"

describe("status document", function()
    local RUN = { id = 3, state = "running", phase = "loading", accepted = { "the size" }, lanes = 2, sessions = 3,
        started = 1700000000.9, seconds = 1.23456, read = 9007199254740993, rejects = 0, rate = 100.5, eta = 2,
        objects = { { kind = "index", name = "i", state = "aside", was_there = true, sql = "CREATE INDEX i" } },
        tables = { { table = "t", state = "loading", under_way = true, read = 1, filtered = 0, merged = 0, rejected = 0,
            passed = 1, inserted = 1, updated = 0, skipped = 0, seconds = 0.5 } } }

    local function decoded(out)
        return cjson.decode(json.encode(out))
    end

    it("of a look", function()
        local out = document.of { status = "done", journal = "wherry", runs = { RUN },
            target = { url = "postgresql:///x", origin = "given" } }
        assert.matches('"rows":9007199254740993', json.encode(out), 1, true)
        out = decoded(out)
        assert.same({ 1, "status", "done", "wherry", cjson.null }, { out.schema, out.command, out.status, out.journal,
            out.error })
        local run = out.runs[1]
        assert.same({ 3, "running", "loading", "2023-11-14T22:13:20Z", cjson.null, 1.235, 100.5, 2, { "the size" } },
            { run.run, run.state, run.phase, run.started, run.finished, run.seconds, run.rows_per_second,
            run.seconds_left, run.accepted })
        for _, name in ipairs { "status", "error", "operator", "host", "version", "command", "script_hash",
            "last_step", "rows_expected", "jobs" } do
            assert.equal(cjson.null, run[name], name)
        end
        assert.same({ path = cjson.null, fingerprint = cjson.null, fenced = cjson.null, copy = cjson.null }, run.source)
        assert.same({ kind = "index", name = "i", table = cjson.null, target = cjson.null, state = "aside",
            was_there = true, sql = "CREATE INDEX i", reason = cjson.null, seconds = cjson.null }, run.objects[1])
        assert.same({ "t", "loading", cjson.null, true }, { run.tables[1].table, run.tables[1].state,
            run.tables[1].total, run.tables[1].under_way })
    end)

    it("of nothing, and of a failure", function()
        assert.equal('"runs":[]', json.encode(document.of { status = "done", runs = {} }):match '"runs":%[%]')
        local out = decoded(document.of { status = "failed", runs = {}, error = { kind = "usage", message = "why" } })
        assert.same({ "why", cjson.null, cjson.null }, { out.error.message, out.journal, out.target })
    end)

    it("of a run that is forgotten", function()
        local out = decoded(document.of_forget { status = "done", run = 3, rejects_gone = 2 })
        assert.same({ "forget", "done", 3, 2, cjson.null }, { out.command, out.status, out.run, out.rejects,
            out.error })
    end)
end)
