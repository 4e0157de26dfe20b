local census = require "wherry.schema.census"
local types = require "wherry.schema.types"

local function column(name, declared)
    return { name = name, declared = declared, affinity = types.affinity(declared) }
end

local function stats(fields)
    local all = { null = 0, integer = 0, real = 0, text = 0, blob = 0, integers_bool = false, integers_inexact = false }
    for key, value in pairs(fields) do
        all[key] = value
    end
    return all
end

local function tables(parent_declared, child_declared)
    return {
        { name = "p", columns = { column("code", parent_declared), column("note", "TEXT") }, foreign_keys = {} },
        { name = "c", columns = { column("ref", child_declared) },
          foreign_keys = { { columns = { "ref" }, parent = "p", parent_columns = { "code" } } } },
    }
end

local function chosen(list, values)
    local counted = census.take(list, { census = function(t, names)
        local result = {}
        for _, name in ipairs(names) do
            result[name] = stats(values[t.name] or {})
        end
        return result
    end })
    return types.choose(list[1].columns[1], counted.p.code).display,
        types.choose(list[2].columns[1], counted.c.ref).display
end

describe("the census", function()
    it("asks only for columns whose declaration does not settle the type", function()
        local asked = {}
        census.take(tables("INTEGER", "JSON"), { census = function(t, names)
            asked[#asked + 1] = t.name .. ": " .. table.concat(names, ", ")
            return {}
        end })
        assert.same({ "c: ref" }, asked)
    end)

    it("gives columns that a foreign key joins one type", function()
        assert.same({ "text", "text" },
            { chosen(tables("INTEGER_OR_TEXT", "INTEGER_OR_TEXT"),
                { p = { integer = 3, text = 1 }, c = { integer = 2 } }) })
        assert.same({ "bigint", "bigint" },
            { chosen(tables("INTEGER_OR_TEXT", "INTEGER_OR_TEXT"), { p = { integer = 3 }, c = { integer = 2 } }) })
        assert.same({ "double precision", "double precision" },
            { chosen(tables("DECIMAL", ""), { p = { real = 3 }, c = { integer = 2 } }) })
    end)

    it("takes a settled partner's type where the values allow it", function()
        assert.same({ "bigint", "bigint" }, { chosen(tables("INTEGER", ""), {}) })
        assert.same({ "text", "text" }, { chosen(tables("TEXT", ""), { c = { integer = 2 } }) })
        assert.same({ "bigint", "text" }, { chosen(tables("INTEGER", ""), { c = { text = 2 } }) })
    end)

    it("leaves columns without a type in common to themselves", function()
        assert.same({ "bytea", "bigint" }, { chosen(tables("", ""), { p = { blob = 1 }, c = { integer = 2 } }) })
    end)

    it("says in the receipt what joined the column, with its own values", function()
        local list = tables("INTEGER_OR_TEXT", "INTEGER_OR_TEXT")
        local counted = census.take(list, { census = function(t)
            return t.name == "p" and { code = stats { text = 4 } } or { ref = stats { integer = 7 } }
        end })
        local _, note = types.choose(list[2].columns[1], counted.c.ref)
        assert.matches("7 integer", note)
        assert.matches("foreign key", note)
        assert.is_nil(note:find("4 text", 1, true))
    end)

    it("follows self references and cycles", function()
        local list = tables("", "")
        list[1].foreign_keys = { { columns = { "code" }, parent = "c", parent_columns = { "ref" } },
            { columns = { "code" }, parent = "p", parent_columns = { "code" } } }
        assert.same({ "text", "text" }, { chosen(list, { p = { text = 1 }, c = { integer = 2 } }) })
    end)
end)
