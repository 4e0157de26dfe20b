-- JSON documents of several values: the texts that always stand in them, and the cells between.
local fold = require "wherry.resolve.fold"
local models = require "tests.support.models"
local Outcome = require "wherry.resolve.outcome"
local value = require "wherry.plan.value"

local function compile(given)
    local work = { t = models.source({ { name = "t", columns = { "id", "Name" } } }).tables[1], reads = {},
        outcome = Outcome.new(), label = function(path) return "the " .. (path or "whole") end,
        compile = function(one) return "(" .. one.sql .. ")" end }
    return fold.compile(given, work), work
end

describe("a fold", function()
    it("has its keys in the order of their bytes, and constants in its texts", function()
        local made, work = compile(value.fold { b = "id", a = value.constant "x\"\n", C = { z = value.json "Name",
            n = value.constant(nil) }, d = value.sql "id + 1", e = { f = {} } })
        assert.same({ parts = {
            { text = [[{"C": {"n": null, "z": ]], sql = '"Name"', source = "Name", name = "C.z", json = true },
            { text = [[}, "a": "x\"\n", "b": ]], sql = '"id"', source = "id", name = "b" },
            { text = [[, "d": ]], sql = "(id + 1)", source = "the d", name = "d" },
            { text = [[, "e": {"f": {}}}]] } } }, made)
        assert.same({ Name = true, id = true }, work.reads)
    end)

    it("writes numbers of constants exactly", function()
        local made = compile(value.fold { a = value.constant(math.mininteger), b = value.constant(0.1),
            c = value.constant(3.0), d = value.constant(1e300), e = value.constant(1 / 3), f = value.constant(false) })
        assert.equal('{"a": -9223372036854775808, "b": 0.1, "c": 3.0, "d": 1e+300, "e": 0.3333333333333333, '
            .. '"f": false}', made.parts[1].text)
    end)

    it("of one column of JSON is that value", function()
        assert.same({ whole = true, parts = { { text = "", sql = '"Name"', source = "Name", json = true } } },
            (compile(value.json "Name")))
    end)

    it("takes JSON that an expression gives, as a member and by itself", function()
        local made = compile(value.fold { a = value.json(value.sql "x || y") })
        assert.same({ { text = '{"a": ', sql = "(x || y)", source = "the a", name = "a", json = true },
            { text = "}" } }, made.parts)
        assert.same({ whole = true, computed = true, parts = { { text = "", sql = "(x)", source = "the whole",
            json = true } } }, (compile(value.json(value.sql "x"))))
    end)

    it("finds columns without case, with a receipt, and tells those that are not there", function()
        local made, work = compile(value.fold { a = "name", b = "nmae" })
        assert.equal('"Name"', made.parts[1].sql)
        local findings, objects = work.outcome:sorted()
        assert.same({ "unknown_column t.nmae" }, models.codes(findings))
        assert.equal("changed", objects[1].outcome)
    end)

    it("gets the places of its cells", function()
        local made = compile(value.fold { a = "id", b = value.json "Name" })
        local places = { ['"id"'] = 1, ['"Name"'] = 4 }
        assert.same({ parts = { { text = '{"a": ', name = "a", cell = 1 },
            { text = ', "b": ', name = "b", cell = 4, json = true }, { text = "}" } } },
            fold.placed(made, function(part) return places[part.sql] end))
    end)
end)
