local cjson = require "cjson"
local document = require "wherry.report.document"
local json = require "wherry.json"
local make = require "tests.support.result"

local function keys(object)
    local list = {}
    for key in pairs(object) do
        list[#list + 1] = key
    end
    table.sort(list)
    return table.concat(list, " ")
end

describe("the document of a run", function()
    local findings = { { code = "c", reason = "r", value = 9007199254740993 } }
    local text = json.encode(document.of(make { findings = findings }))
    local read = cjson.decode(text)

    it("has exactly the promised fields", function()
        assert.are.equal("checks command comparison error findings objects rejects run schema sources status target "
            .. "targets verification", keys(read))
        assert.are.equal("excluded filtered merged passed rejected table total", keys(read.sources[1].tables[1]))
        assert.are.equal("copy fingerprint name path schema server_version tables", keys(read.sources[1]))
        assert.are.equal("emitted inserted passed rejected seconds skipped table updated", keys(read.targets[1]))
        assert.are.equal("kind name note outcome", keys(read.objects[1]))
        assert.are.equal("code column hint key reason table value", keys(read.findings[1]))
        assert.are.equal(cjson.null, read.error)
    end)

    it("has what verify has found, each field in its place", function()
        local timing = { pg = { median = 1.5, p95 = 2, runs = 20 } }
        local checked = cjson.decode(json.encode(document.of(make { verification = { state = "failed" }, checks = {
            { kind = "query", name = "a\xff", passed = false, detail = "d", differences = { "x" }, hint = "h",
                seconds = 0.12345, timing = timing },
            { kind = "ok", name = "b", passed = true, differences = {}, seconds = 0 } } })))
        assert.are.same({ state = "failed", note = cjson.null }, checked.verification)
        assert.are.same({ kind = "query", name = "a\\xff", passed = false, detail = "d", differences = { "x" },
            hint = "h", seconds = 0.123, timing = { sqlite = cjson.null, pg = { median_ms = 1.5, p95_ms = 2,
                runs = 20 } } }, checked.checks[1])
        assert.are.same({ kind = "ok", name = "b", passed = true, detail = cjson.null, differences = {},
            hint = cjson.null, seconds = 0, timing = cjson.null }, checked.checks[2])
        assert.are.same({ {}, { state = "none", note = cjson.null } }, { read.checks, read.verification })
    end)

    it("names the copy that was read", function()
        local result = make()
        result.sources[1].copy = { path = "/c/app.db", taken = 86400, held = 1 }
        local copied = cjson.decode(json.encode(document.of(result)))
        assert.are.same({ path = "/c/app.db", taken = "1970-01-02T00:00:00Z" }, copied.sources[1].copy)
    end)

    it("keeps values exact", function()
        assert.are.same({ class = "integer", text = "9007199254740993" }, read.findings[1].value)
        assert.is_truthy(text:find('"filtered":{}', 1, true))
    end)

    it("has empty arrays where there is nothing", function()
        local empty = json.encode(document.of { status = "failed", error = { kind = "source", message = "m" } })
        for _, field in ipairs { "sources", "targets", "objects", "findings", "rejects" } do
            assert.is_truthy(empty:find('"' .. field .. '":[]', 1, true))
        end
        assert.is_truthy(empty:find('"target":null', 1, true))
    end)
end)

describe("the document of an error", function()
    it("has the fields of status and forget, whatever went wrong", function()
        for command, fields in pairs { status = "command error journal runs schema status target",
            forget = "command error rejects run schema status target" } do
            local answer = document.of_error(command, { kind = "usage", message = "m" })
            assert.are.same({ fields, command, "failed" }, { keys(answer), answer.command, answer.status })
            assert.are.equal("interrupted", document.of_error(command, { kind = "interrupted", message = "m" }).status)
        end
    end)

    it("is a run's for run, and small for others", function()
        assert.are.equal("refused", document.of_error("run", { kind = "usage", message = "m" }).status)
        local other = document.of_error("pg", { kind = "value", message = "m", value = "00", value_class = "blob" })
        assert.are.equal("command error schema", keys(other))
        assert.are.same({ class = "blob", hex = "00" }, other.error.value)
    end)
end)

describe("document.mask", function()
    it("takes passwords out of every text and keeps arrays arrays", function()
        local masked = document.mask({ a = json.array { "x geheim1 y" }, b = { c = "postgresql://u:p@h/d" },
            d = json.array(), e = json.null, f = 1 }, { "geheim1" })
        assert.are.equal('{"a":["x **** y"],"b":{"c":"postgresql://u:****@h/d"},"d":[],"e":null,"f":1}',
            json.encode(masked))
    end)

    it("leaves stored values as they are, however long", function()
        local stored = ('{"class":"text","text":"postgresql://u:p@h/d%s"}'):format(("A"):rep(1000000))
        assert.are.equal(('{"value":%s}'):format(stored), json.encode(document.mask({ value = json.raw(stored) }, {})))
    end)
end)
