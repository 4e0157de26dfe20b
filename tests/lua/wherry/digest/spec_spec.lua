-- What of each target table is hashed, and how the rows of each load fill it.
local spec = require "wherry.digest.spec"

-- A catalog of one table or more, with the columns' types by name.
local function catalog(types, asked)
    return {
        columns = function(tables)
            local found = {}
            for _, name in ipairs(tables) do
                found[name] = types
            end
            return found
        end,
        constants = function(wires)
            local list = {}
            for i, wire in ipairs(wires) do
                asked[#asked + 1] = wire
                list[i] = "\1"
            end
            return list
        end,
    }
end

local function info(oid, typname, more)
    local found = { oid = oid, base = typname, is_domain = false, typname = typname, typtype = "b", declared = typname,
        send = "pg_catalog." .. typname .. "send", generated = false, steady = true }
    for key, value in pairs(more or {}) do
        found[key] = value
    end
    return found
end

local function columns(...)
    local list = {}
    for i, name in ipairs { ... } do
        list[i] = { source = name, target = name, not_null = false }
    end
    return list
end

local function load(fields)
    local tbl = { target = { schema = "public", name = "t" }, target_sql = "public.t", rows_sql = "ONLY public.t",
        binary = true }
    for key, value in pairs(fields) do
        tbl[key] = value
    end
    return tbl
end

describe("digest.spec", function()
    it("takes columns by their names, each as its type is sent", function()
        local list = spec.of({ tables = { load { columns = columns("z", "b", "a", "e", "x", "h", "d") } } }, catalog({
            z = info(23, "int4"), b = info(25, "text"), a = info(50000, "citext"),
            e = info(50001, "mood", { typtype = "e" }), x = info(142, "xml"),
            h = info(50002, "hstore", { send = "ext.hstore_send" }),
            d = info(1042, "bpchar", { is_domain = true }),
        }, {}))
        assert.equal(1, #list)
        local seen = {}
        for i, column in ipairs(list[1].columns) do
            seen[i] = ("%s %d %s"):format(column.name, column.oid, column.sql)
        end
        assert.same({ 'a 25 CAST(t.a AS pg_catalog.text)', 'b 25 t.b', 'd 1042 CAST(t.d AS bpchar)',
            'e 25 CAST(t.e AS pg_catalog.text)', 'h 17 ext.hstore_send(t.h)',
            'x 25 CAST(t.x AS pg_catalog.text)', 'z 23 t.z' }, seen)
        assert.same({}, list[1].key)
        assert.equal(list[1].row_sql, list[1].key_sql)
        local fields = {}
        for i, column in ipairs(list[1].loads[1].columns) do
            fields[i] = column.field
        end
        assert.same({ 3, 2, 7, 4, 6, 5, 1 }, fields)
    end)

    it("tells rows apart by the first key all of whose columns are hashed", function()
        local types = { a = info(23, "int4"), b = info(23, "int4"), id = info(23, "int4", { generated = true }) }
        local resolved = { tables = { load { columns = columns("b", "a", "id"),
            row_keys = { { "id" }, { "b", "a" }, { "a" } } } } }
        local target = spec.of(resolved, catalog(types, {}))[1]
        assert.same({ "b", "a" }, target.key)
        assert.same({ 2, 1 }, target.loads[1].key)
        assert.equal('pg_catalog.hash_record_extended(ROW(pg_catalog.record_send(ROW(t.b, t.a))), 0)',
            target.key_sql)
        assert.same({ { column = "id", why = "it is computed there" } }, target.left_out)
    end)

    it("leaves out ranges of which only the server knows what it makes of them", function()
        local range = { oid = 30000, name = "textrange", kind = "range", element = { oid = 25, name = "text" } }
        local types = { a = info(30001, "textmultirange", { typtype = "m" }), b = info(30000, "textrange") }
        local given = columns("a", "b")
        given[1].type = { oid = 30001, name = "textmultirange", kind = "multirange", element = range }
        given[2].type = range
        local target = spec.of({ tables = { load { columns = given } } }, catalog(types, {}))[1]
        assert.same({ { column = "a", why = "the order of its bounds, by which ranges are joined, is known to the "
            .. "server only" } }, target.left_out)
        assert.equal("b", target.columns[1].name)
    end)

    it("puts the default into rows that do not have a column, and leaves out what has no steady one", function()
        local asked, types = {}, { a = info(23, "int4"), b = info(23, "int4", { default = "7" }), c = info(25, "text"),
            n = info(20, "int8", { default = "nextval('s')", steady = false }) }
        local resolved = { tables = { load { columns = columns("a", "b", "n") },
            load { columns = columns("c", "a") } } }
        local target = spec.of(resolved, catalog(types, asked))[1]
        assert.same({ "pg_catalog.int4send(CAST(7 AS int4))" }, asked)
        assert.same({ { column = "n", why = "not all rows are given it, and its default (nextval('s')) is another one "
            .. "each time" } }, target.left_out)
        assert.same({ { field = 1, oid = 23 }, { field = 2, oid = 23 }, { oid = 25 } }, target.loads[1].columns)
        assert.same({ { field = 2, oid = 23 }, { constant = "\0\0\0\1\1", oid = 23 }, { field = 1, oid = 25 } },
            target.loads[2].columns)
    end)

    it("gives the core copies of the tables with what is hashed, of emitted rows, too", function()
        local types = { a = info(23, "int4", { default = "1" }), b = info(25, "text") }
        local into = { name = "u", target_sql = "public.u", columns = columns("a", "b") }
        into.columns[1].optional = true
        local tbl = load { columns = columns("a"), hooks = { emits = { into } } }
        local resolved = { tables = { tbl }, emitted = { { target = { schema = "public", name = "u" },
            target_sql = "public.u", rows_sql = "ONLY public.u", columns = {}, row_keys = { { "b" } } } } }
        local list = spec.of(resolved, catalog(types, {}))
        local tables = spec.tables(resolved, list)
        assert.is_nil(tbl.digest)
        assert.is_nil(into.digest)
        assert.same({ target = 1, name = "public.t", columns = { { field = 1, oid = 23 } }, key = {} },
            tables[1].digest)
        assert.same({ target = 2, name = "public.u", columns = { { field = 1, constant = "\0\0\0\1\1", oid = 23 },
            { field = 2, oid = 25 } }, key = { 2 } }, tables[1].hooks.emits[1].digest)
    end)

    it("hashes nothing of a table with a column without a codec", function()
        local resolved = { tables = { load { columns = columns("a"), binary = false } } }
        local list = spec.of(resolved, catalog({ a = info(23, "int4") }, {}))
        assert.is_true(list[1].text)
        assert.is_nil(spec.tables(resolved, list)[1].digest)
    end)
end)
