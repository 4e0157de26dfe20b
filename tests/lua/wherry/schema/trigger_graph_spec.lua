local graph = require "wherry.schema.trigger_graph"

describe("trigger_graph", function()
    local function node(name, event, writes, fields)
        local one = { table = name, event = event, node = { time = "AFTER" }, relation = { name = name },
            effects = { reads = {}, writes = writes } }
        for key, value in pairs(fields or {}) do
            one[key] = value
        end
        return one
    end

    local function closed(list, tables)
        graph.close(list, { tables = tables or {} })
        return list
    end

    it("finds what fires itself, at once or through others", function()
        local list = closed {
            node("a", "UPDATE", { { table = "b", event = "UPDATE" } }),
            node("b", "UPDATE", { { table = "a", event = "UPDATE" } }),
            node("c", "UPDATE", { { table = "c", event = "UPDATE" } }),
            node("d", "UPDATE", { { table = "c", event = "UPDATE" } }),
        }
        assert.same({ true, true, true, false },
            { list[1].recursive, list[2].recursive, list[3].recursive, list[4].recursive })
    end)

    it("heeds the columns of UPDATE OF", function()
        local write = { table = "a", event = "UPDATE", columns = { touched = true } }
        assert.is_false(closed({ node("a", "UPDATE", { write }, { columns = { body = true } }) })[1].recursive)
        assert.is_true(closed({ node("a", "UPDATE", { write }, { columns = { touched = true } }) })[1].recursive)
    end)

    it("follows the actions of foreign keys", function()
        local tables = { { name = "child", foreign_keys = { { parent = "a", on_delete = "CASCADE",
            on_update = "NO ACTION" } } } }
        local list = closed({ node("child", "DELETE", { { table = "a", event = "DELETE" } }) }, tables)
        assert.is_true(list[1].recursive)
    end)

    it("tells whether the order matters", function()
        local list = closed {
            node("t", "INSERT", { { table = "log", event = "INSERT" } }),
            node("t", "INSERT", { { table = "other", event = "INSERT" } }),
            node("t", "INSERT", { { table = "log", event = "INSERT" } }),
        }
        assert.is_false(graph.order_matters(list[1], list[2]))
        assert.is_true(graph.order_matters(list[1], list[3]))
        list[2].effects.reads.log = true
        assert.is_true(graph.order_matters(list[1], list[2]))
    end)

    it("tells what looks at its own table or changes its own row", function()
        local list = closed {
            node("t", "UPDATE", { { table = "u", event = "INSERT" } }, { node = { time = "BEFORE" } }),
            node("u", "INSERT", { { table = "t", event = "DELETE", whole = true } }),
        }
        assert.is_true(graph.looks_at(list[1], "t"))
        assert.is_false(graph.looks_at(list[2], "u"))
        assert.is_true(graph.disturbs(list[1]))
        assert.is_false(graph.disturbs(list[2]))
    end)
end)
