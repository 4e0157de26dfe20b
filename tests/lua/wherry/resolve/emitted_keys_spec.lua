-- Which foreign keys of emitted rows are put aside, and which stay so that rows are rejected when they come.
local emitted_keys = require "wherry.resolve.emitted_keys"
local order = require "wherry.resolve.order"
local Outcome = require "wherry.resolve.outcome"

describe("emitted_keys.plan", function()
    local function target(name, ...)
        local keys = {}
        for i, parent in ipairs { ... } do
            keys[i] = { name = name .. "_" .. parent, parent = parent, columns = { parent }, parent_columns = { "id" },
                definition = "" }
        end
        return { schema = "public", name = name, owned = true, foreign_keys = keys }
    end

    local function carried(own, emits, misfits)
        return { source = { name = own.name, foreign_keys = {} }, target = own, emits = emits,
            load = { misfits = misfits } }
    end

    -- The order, and the names of keys by what becomes of them.
    local function decide(list)
        local outcome, texts = Outcome.new(), {}
        local nodes, decide_keys = emitted_keys.plan(list, { outcome = outcome, role = "r" })
        local ordered, _, backward = order.sort(nodes)
        decide_keys(backward)
        for i, object in ipairs(outcome.objects) do
            texts[i] = object.state .. " " .. object.name
        end
        table.sort(texts)
        return table.concat(ordered, " "), texts
    end

    it("puts all aside, and loads first what emitted rows refer to", function()
        local ordered, texts = decide { carried(target "a", { target("e", "a", "b") }), carried(target "b", {}) }
        assert.equal("b a", ordered)
        assert.same({ "aside e_a", "aside e_b" }, texts)
    end)

    it("leaves those in place that can be obeyed at once, where rows are rejected", function()
        local b = target("b", "b")
        local list = { carried(target "a", { target("e", "a", "b", "e") }, "reject"), carried(b, {}, "reject"),
            carried(target("c", "b"), {}, "reject") }
        local _, texts = decide(list)
        assert.same({ "aside b_b", "aside c_b", "aside e_e", "receipt e_a", "receipt e_b" }, texts)
        assert.same({ true, true, nil }, { list[1].load.whole, list[2].load.whole, list[3].load.whole })
    end)

    it("takes no other table for a parent where its own rows are one", function()
        local a, e = target "a", target("e", "a")
        local first, second = carried(a, { e }, "reject"), carried(a, { e }, "reject")
        second.source.name = "a2"
        local _, texts = decide { first, second }
        assert.same({ "receipt e_a" }, texts)
    end)
end)
