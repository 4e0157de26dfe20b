local about = require "wherry.report.about"
local document = require "wherry.report.document"
local json = require "wherry.json"
local make = require "tests.support.result"
local restored = require "wherry.report.restored"

describe("the part `report` of a document", function()
    local function part(changes, facts)
        local result = make(changes)
        return restored.document(about.text(document.of(result), result, facts)).report
    end

    it("says who, when, how fast, and joins the sides of the ledger", function()
        local found = part({ committed = { rows = 5, tables = 1 } }, { operator = "maria", host = "h", command = "c",
            version = "9", started = 0, finished = 61.25, journal = "wherry", jobs = 3, accepted = { "x" },
            pace = { seconds = 2, bins = { { t = 1, rows = 7 } }, pauses = { { t = 1, seconds = 90 } } } })
        assert.same({ "maria", "h", "c", "9", "1970-01-01T00:00:00Z", "1970-01-01T00:01:01Z", 61.25 }, { found.operator,
            found.host, found.command, found.versions.wherry, found.started, found.finished, found.seconds })
        assert.same({ { t = 1, rows = 7 } }, found.throughput)
        assert.same({ { t = 1, seconds = 90 } }, found.pauses)
        assert.same({ "topics", "public.topic" }, { found.tables[1].table, found.tables[1].target })
        assert.same({ 0, "run", { rows = 5, tables = 1 } }, { found.exit, found.basis, found.committed })
    end)

    it("asks this process for what nobody has said", function()
        local found = part({}, {})
        assert.is_string(found.operator)
        assert.is_string(found.host)
        assert.is_string(found.finished)
        assert.is_nil(found.seconds)
        assert.is_nil(part({}, { basis = "journal" }).finished)
        assert.is_nil(part({}, { basis = "journal", version = "0.1" }).versions.sqlite)
    end)

    it("has no password of any kind", function()
        local result = make { error = { kind = "connection", message = "no: hunter22x" },
            hints = { "wherry run app.db postgresql://u:secr3t@h/d   # again" } }
        local text = about.text(document.of(result), result, { command = "wherry run a postgresql://u:secr3t@h/d",
            secrets = { "hunter22x" } }, { "other-one" })
        assert.is_nil(text:find("secr3t", 1, true) or text:find("hunter22x", 1, true))
        assert.truthy(json.is_raw(json.raw(text)))
    end)
end)
