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

    it("calls what is about a source table after its source, where there are several", function()
        local outcome, all = Outcome.new("core"), Outcome.new()
        assert.same({ "core.t", "t" }, { outcome:label "t", all:label "t" })
        outcome:finding { code = "a", table = "t", reason = "r" }
        outcome:finding { code = "b", reason = "r" }
        outcome:receipt("table", "t", "exact", nil, { table = "t" })
        outcome:receipt("column", "t.c", "exact", nil, { table = "t" })
        outcome:receipt("index", "tt", "exact", nil, { table = "t" })
        outcome:receipt("schema", "s", "exact")
        all:absorb(outcome)
        local findings, objects = all:sorted()
        assert.same({ false, "core.t" }, { findings[1].table or false, findings[2].table })
        local names = {}
        for i, object in ipairs(objects) do
            names[i] = ("%s %s %s"):format(object.kind, object.name, object.table or "-")
        end
        assert.same({ "schema s -", "column core.t.c core.t", "index tt core.t", "table core.t core.t" }, names)
    end)

    it("puts aside once what several source tables have in common", function()
        local all = Outcome.new()
        for _, source in ipairs { "a", "b" } do
            local outcome = Outcome.new(source)
            for _, name in ipairs { "i", "i", "j" } do
                outcome:object { kind = "index", name = name, target = "public.t", table = "t", state = "aside" }
            end
            outcome:object { kind = "index", name = "k", target = "public.t", table = "t", state = "todo" }
            outcome:object { kind = "index", name = "i", target = "public." .. source, table = "t", state = "aside" }
            all:absorb(outcome)
        end
        local names = {}
        for i, object in ipairs(all.objects) do
            names[i] = object.name .. object.target:match "%w+$" .. object.state:sub(1, 1)
        end
        assert.same({ "ita", "jta", "ktt", "iaa", "ktt", "iba" }, names)
    end)
end)
