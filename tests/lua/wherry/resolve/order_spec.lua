-- Load order: parents before children, cycles told, the user's order above all.
local order = require "wherry.resolve.order"

-- tables("b>a", "a"): tables b and a; b refers to a.
local function tables(...)
    local list = {}
    for _, text in ipairs({ ... }) do
        local name, parents = text:match("^([^>]+)>?(.*)$")
        local keys = {}
        for parent in parents:gmatch("[^,]+") do
            keys[#keys + 1] = { columns = { parent .. "_id" }, parent = parent, parent_columns = { "id" } }
        end
        list[#list + 1] = { name = name, foreign_keys = keys }
    end
    return list
end

local function reasons(backward)
    local list = {}
    for i, key in ipairs(backward) do
        list[i] = key.table .. ">" .. key.parent .. " " .. key.reason
    end
    return list
end

describe("order.sort", function()
    it("keeps catalog order where nothing speaks against it", function()
        assert.same({ "c", "a", "b" }, (order.sort(tables("c", "a", "b"))))
    end)

    it("puts parents first", function()
        local ordered, cycles, backward = order.sort(tables("c>b", "b>a", "a", "d"))
        assert.same({ "a", "b", "c", "d" }, ordered)
        assert.same({}, cycles)
        assert.same({}, backward)
    end)

    it("reports a self reference, but not as a cycle", function()
        local ordered, cycles, backward = order.sort(tables("a>a", "b>a"))
        assert.same({ "a", "b" }, ordered)
        assert.same({}, cycles)
        assert.same({ "a>a self" }, reasons(backward))
    end)

    it("breaks a cycle and keeps everything outside it in order", function()
        local ordered, cycles, backward = order.sort(tables("x>a", "a>b", "b>c", "c>a,root", "root"))
        assert.same({ { "a", "b", "c" } }, cycles)
        assert.same({ "root", "c", "b", "a", "x" }, ordered)
        assert.same({ "c>a cycle" }, reasons(backward))
    end)

    it("finds two cycles", function()
        local _, cycles = order.sort(tables("a>b", "b>a", "c>d", "d>c,a"))
        assert.same({ { "a", "b" }, { "c", "d" } }, cycles)
    end)

    it("obeys an explicit order and lets the rest follow", function()
        local ordered, _, backward = order.sort(tables("p", "child>parent", "parent", "q>p"), { "q", "child" })
        assert.same({ "p", "q", "parent", "child" }, ordered)
        assert.same({}, backward)
    end)

    it("obeys an explicit order against the foreign keys and tells which", function()
        local ordered, cycles, backward = order.sort(tables("a>x", "x>b", "b"), { "a", "b", "nowhere" })
        assert.same({ "x", "a", "b" }, ordered)
        assert.same({}, cycles)
        assert.same({ "x>b order" }, reasons(backward))
    end)

    it("passes over parents that are not in the list or in another schema", function()
        local list = tables("a>gone", "b>c", "c")
        list[2].schema, list[2].foreign_keys[1].parent_schema = "public", "other"
        assert.same({ "a", "b", "c" }, (order.sort(list)))
    end)

    it("is not limited by the depth of a chain", function()
        local texts = {}
        for i = 1, 5000 do
            texts[i] = ("t%d>t%d"):format(i, i + 1)
        end
        local ordered = order.sort(tables(table.unpack(texts)))
        assert.equal("t5000", ordered[1])
        assert.equal("t1", ordered[5000])
    end)
end)
