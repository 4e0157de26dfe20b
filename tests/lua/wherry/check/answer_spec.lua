-- The document of a check: the same fields whatever happened.
local answer = require "wherry.check.answer"
local json = require "wherry.json"

local function fields(document)
    local list = {}
    for name in pairs(document) do
        list[#list + 1] = name
    end
    table.sort(list)
    return table.concat(list, " ")
end

local ALL = "command defaulted error estimate findings inexact missed mode not_evaluated problems schema source "
    .. "sources status tables target target_schema would"

describe("check.answer", function()
    it("has every field, also where nothing is known", function()
        local document = answer.document { status = "refused", sources = {}, findings = {},
            error = { kind = "usage", message = "no" } }
        assert.equal(ALL, fields(document))
        assert.equal("[]", json.encode(document.problems))
        assert.same({ json.null, json.null }, { document.estimate, document.would })
        assert.equal("no", document.error.message)
    end)

    it("gives values with their class, and keys as texts", function()
        local document = answer.document { status = "findings", sources = {}, findings = {}, problems = {
            { kind = "value", table = "t", column = "c", target = "c", type = "int", reason = "r", class = "blob",
                count = 1, outcome = "stops", examples = { { key = "id=1", value = "00ff", reason = "r" } } },
            { kind = "orphan", table = "t", columns = "p", target = "t", name = "f", reason = "r", count = 1,
                outcome = "rejects", examples = { { value = "p=9" } } } },
            verdict = { stops = false, rejected = 2, loaded = 3, too_many = "too many" },
            defaulted = { { table = "t", column = "a", values = 3, default = "1 + 1", text = "2" } },
            missed = { { table = "t", column = "a", values = 4, lookup = "ids", missing = "null" } },
            estimate = { seconds = 1.26, table_bytes = 5, index_bytes = 6 } }
        assert.same({ class = "blob", hex = "00ff" }, document.problems[1].examples[1].value)
        assert.equal("p=9", document.problems[2].examples[1].value)
        assert.equal(json.null, document.problems[2].examples[1].key)
        assert.same({ stop = true, load = 3, reject = 2, reason = "too many" }, document.would)
        assert.same({ table = "t", column = "a", values = 3, default = "1 + 1", text = "2" }, document.defaulted[1])
        assert.same({ table = "t", column = "a", values = 4, lookup = "ids", missing = "null" }, document.missed[1])
        assert.same({ seconds = 1.3, table_bytes = 5, index_bytes = 6 }, document.estimate)
        assert.equal(ALL, fields(document))
    end)
end)
