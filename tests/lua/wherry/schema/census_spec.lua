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

local function key(name, parent, parent_name)
    return { columns = { name }, parent = parent, parent_columns = { parent_name } }
end

local function tables(parent_declared, child_declared)
    return {
        { name = "p", columns = { column("code", parent_declared), column("note", "TEXT") }, foreign_keys = {} },
        { name = "c", columns = { column("ref", child_declared) }, foreign_keys = { key("ref", "p", "code") } },
    }
end

-- Answers with these values for all columns of a table, or of one column ("table.column").
local function answering(values)
    return function(jobs)
        local results = {}
        for i, job in ipairs(jobs) do
            results[i] = {}
            for _, one in ipairs(job.columns) do
                results[i][one.name] = stats(values[job.table.name .. "." .. one.name] or values[job.table.name] or {})
            end
        end
        return results
    end
end

-- The types of columns, given as "table.column", of all tables otherwise the first one.
local function chosen(list, values, options, wanted)
    options = options or {}
    options.census = answering(values)
    local counted, result = census.take(list, options), {}
    for _, t in ipairs(list) do
        for i, one in ipairs(t.columns) do
            local name = t.name .. "." .. one.name
            if (not wanted and i == 1) or (wanted and wanted[name]) then
                result[#result + 1] = types.choose(one, counted[t.name][one.name], options).display
            end
        end
    end
    return result
end

describe("the census", function()
    it("asks once, for the columns whose declaration guarantees nothing", function()
        local list, asked = tables("INTEGER", "JSON"), {}
        list[1].rowid_alias = "code"
        list[3] = { name = "s", strict = true, columns = { column("a", "TEXT") }, foreign_keys = {} }
        census.take(list, { census = function(jobs)
            for _, job in ipairs(jobs) do
                for _, one in ipairs(job.columns) do
                    asked[#asked + 1] = ("%s.%s: %s"):format(job.table.name, one.name, one.wanted)
                end
            end
            asked[#asked + 1] = "once"
            return {}
        end })
        assert.same({ "p.note: types", "c.ref: classes", "once" }, asked)
        assert.same({ s = {} }, census.take({ list[3] }, { census = error }))
    end)

    it("gives columns that a foreign key joins one type", function()
        assert.same({ "text", "text" },
            chosen(tables("INTEGER_OR_TEXT", "INTEGER_OR_TEXT"),
                { p = { integer = 3, text = 1 }, c = { integer = 2 } }))
        assert.same({ "bigint", "bigint" },
            chosen(tables("INTEGER_OR_TEXT", "INTEGER_OR_TEXT"), { p = { integer = 3 }, c = { integer = 2 } }))
        assert.same({ "double precision", "double precision" },
            chosen(tables("DECIMAL", ""), { p = { real = 3 }, c = { integer = 2 } }))
        assert.same({ "numeric", "numeric" },
            chosen(tables("INTEGER", "REAL"), { p = { integer = 3, integers_inexact = true }, c = { real = 2 } }))
        assert.same({ "bytea", "bytea" }, chosen(tables("", ""), { p = { blob = 1 }, c = { integer = 2 } }))
    end)

    it("widens plain columns together", function()
        assert.same({ "text", "text" },
            chosen(tables("INTEGER", "INTEGER"), { p = { integer = 3 }, c = { integer = 2, text = 1 } }))
        assert.same({ "bytea", "bytea" }, chosen(tables("TEXT", "TEXT"), { p = { text = 3 }, c = { blob = 2 } }))
        assert.same({ "text", "text" }, chosen(tables("INTEGER", "TEXT"), { p = { integer = 1 }, c = { text = 2 } }))
    end)

    it("takes a partner's declaration where it has no values", function()
        assert.same({ "bigint", "bigint" }, chosen(tables("INTEGER", ""), {}))
        assert.same({ "text", "text" }, chosen(tables("TEXT", ""), { c = { integer = 2 } }))
        assert.same({ "text", "text" }, chosen(tables("INTEGER", ""), { c = { text = 2 } }))
    end)

    it("never makes an identity anything but an integer", function()
        local function identity(child_declared)
            local list = tables("INTEGER", child_declared)
            list[1].rowid_alias = "code"
            return list
        end
        assert.same({ "bigint", "bigint" }, chosen(identity "", { c = { integer = 2 } }))
        assert.same({ "bigint", "bigint" }, chosen(identity "BOOLEAN", { c = { integer = 2, integers_bool = true } }))
        assert.same({ "bigint", "bigint" }, chosen(identity "JSON", {}))
        assert.same({ "bigint", "text" }, chosen(identity "INTEGER", { c = { integer = 2, text = 1 } }))
        assert.same({ "bigint", "double precision" }, chosen(identity "", { c = { real = 2 } }))
    end)

    it("follows chains behind an identity, and leaves its other children alone", function()
        local list = tables("INTEGER", "INTEGER")
        list[1].rowid_alias = "code"
        list[3] = { name = "d", columns = { column("ref", "INTEGER") }, foreign_keys = { key("ref", "c", "ref") } }
        list[4] = { name = "e", columns = { column("ref", "INTEGER") }, foreign_keys = { key("ref", "p", "code") } }
        local values = { c = { integer = 1 }, d = { integer = 1, text = 1 }, e = { integer = 1 } }
        assert.same({ "bigint", "text", "text", "bigint" }, chosen(list, values))
        values.d.text = 0
        assert.same({ "bigint", "bigint", "bigint", "bigint" }, chosen(list, values))
    end)

    it("counts a column of a STRICT table as what it is declared", function()
        local list = tables("INT", "")
        list[1].strict = true
        assert.same({ "bigint", "bigint" }, chosen(list, { c = { integer = 1 } }))
        assert.same({ "text", "text" }, chosen(list, { c = { text = 1 } }))
        local _, note, kind = types.choose(list[1].columns[1],
            census.take(list, { census = answering { c = { text = 1 } } }).p.code)
        assert.equal("mixed", kind)
        assert.matches("only integer in a STRICT table; one type with the columns", note)
    end)

    it("says in the receipt what joined the column, with its own values", function()
        local list = tables("INTEGER_OR_TEXT", "INTEGER_OR_TEXT")
        local counted = census.take(list, { census = answering { p = { text = 4 }, c = { integer = 7 } } })
        local _, note = types.choose(list[2].columns[1], counted.c.ref)
        assert.matches("7 integer", note)
        assert.matches("foreign key", note)
        assert.is_nil(note:find("4 text", 1, true))
    end)

    it("follows self references and cycles", function()
        local list = tables("", "")
        list[1].foreign_keys = { key("code", "c", "ref"), key("code", "p", "code") }
        assert.same({ "text", "text" }, chosen(list, { p = { text = 1 }, c = { integer = 2 } }))
        list = tables("INTEGER", "INTEGER")
        list[1].columns[2] = column("above", "INTEGER")
        list[1].foreign_keys = { key("above", "p", "code") }
        assert.same({ "text", "text", "text" }, chosen(list, { ["p.above"] = { text = 1 }, p = { integer = 3 },
            c = { integer = 1 } }, nil, { ["p.code"] = true, ["p.above"] = true, ["c.ref"] = true }))
    end)

    it("decides the idiomatic type of joined columns together", function()
        local function uuids(n, all)
            return { text = all or n, accepted = { uuid = n, jsonb = 0, date = 0, timestamp = 0, timestamptz = 0 },
                against = {}, uuid_hyphens = n, uuid_digits = 0, uuid_upper = 0, uuid_rfc = n,
                times_with_t = 0, times_with_z = 0, times_plain = 0, blobs_of_16 = 0 }
        end
        local idiomatic = { idiomatic = true }
        assert.same({ "uuid", "uuid" }, chosen(tables("TEXT", "TEXT"), { p = uuids(3), c = uuids(2) }, idiomatic))
        assert.same({ "uuid", "uuid" }, chosen(tables("TEXT", "TEXT"), { p = uuids(3) }, idiomatic))
        assert.same({ "text", "text" }, chosen(tables("TEXT", "TEXT"), { p = uuids(3), c = uuids(2, 3) }, idiomatic))
        assert.same({ "text", "text" }, chosen(tables("TEXT", "TEXT"), { p = uuids(3), c = uuids(2) }, {}))
    end)

    it("leaves columns whose type the plan declares out of groups", function()
        for _, which in ipairs { 1, 2 } do
            local list = tables("TEXT", "TEXT")
            list[which].columns[1].given = { type = { name = "uuid" } }
            local counted = census.take(list, { census = answering { p = { text = 1 }, c = { integer = 1 } } })
            assert.is_nil(counted.p.code.joined)
            assert.is_nil(counted.c.ref.joined)
        end
    end)
end)
