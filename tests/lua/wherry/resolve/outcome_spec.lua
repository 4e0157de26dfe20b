-- Findings and receipts: told once, in a fixed order.
local Outcome = require "wherry.resolve.outcome"

describe("outcome", function()
    it("tells the same finding once", function()
        local outcome = Outcome.new()
        outcome:finding { code = "a", table = "t", reason = "first" }
        outcome:finding { code = "a", table = "t", reason = "second" }
        outcome:finding { code = "a", table = "t", column = "c", reason = "third" }
        assert.equal(2, #(outcome:sorted()))
    end)

    it("sorts findings by table, column and code", function()
        local outcome = Outcome.new()
        for _, given in ipairs { { "z", "t", "b" }, { "a", "t", "b" }, { "x", "t", "a" }, { "y", "s" }, { "x" } } do
            outcome:finding { code = given[1], table = given[2], column = given[3], reason = "" }
        end
        local order = {}
        for i, finding in ipairs((outcome:sorted())) do
            order[i] = finding.code .. (finding.table or "") .. (finding.column or "")
        end
        assert.same({ "x", "ys", "xta", "atb", "ztb" }, order)
    end)

    it("keeps the order of objects that are built, receipts follow sorted", function()
        local outcome = Outcome.new()
        outcome:receipt("table", "z", "exact", nil, { table = "z" })
        outcome:object { kind = "index", name = "second", state = "todo", outcome = "exact" }
        outcome:receipt("table", "a", "exact", nil, { table = "a" })
        outcome:object { kind = "index", name = "first", state = "todo", outcome = "exact" }
        local _, objects = outcome:sorted()
        local order = {}
        for i, object in ipairs(objects) do
            order[i] = object.name
        end
        assert.same({ "second", "first", "a", "z" }, order)
    end)

    it("leaves a receipt for a match without case, a finding for none and for several", function()
        local place = { kind = "column", side = "target", table = "t", code = "no_target_column", hint = "look" }
        local outcome = Outcome.new()
        assert.equal("Id", (outcome:lookup("id", { "Id" }, place)))
        assert.equal('matched the target column "Id" without regard to case', outcome.objects[1].note)
        assert.is_nil((outcome:lookup("id", { "Id", "ID" }, place)))
        assert.equal("ambiguous_name", outcome.findings[1].code)
        assert.is_nil((outcome:lookup("name", { "names" }, place)))
        assert.equal('did you mean "names"?', outcome.findings[2].hint)
        assert.is_nil((outcome:lookup("name", {}, place)) or outcome.findings[3])
    end)
end)
