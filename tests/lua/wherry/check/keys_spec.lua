-- Which keys the core compares, over which columns.
local keys = require "wherry.check.keys"

local function column(name, type_name, fields)
    local made = { source = name, target = name, type = { name = type_name, display = type_name } }
    for key, value in pairs(fields or {}) do
        made[key] = value
    end
    return made
end

local EQUALITY = { int8 = "integer", int4 = "integer", text = "text", uuid = "exact", date = "exact", float8 = "real" }

local function equality(type)
    return EQUALITY[type.name]
end

local function table_of(name, columns, fields)
    local tbl = { source = name, target_sql = name, columns = columns }
    for key, value in pairs(fields or {}) do
        tbl[key] = value
    end
    return tbl
end

local function source_of(tables)
    for _, t in ipairs(tables) do
        t.uniques, t.indexes = t.uniques or {}, t.indexes or {}
    end
    return { tables = tables }
end

local function unique(index, columns, fields)
    local guard = { index = index, kind = "unique", name = "u", columns = columns, unique = true, behind = false }
    for key, value in pairs(fields or {}) do
        guard[key] = value
    end
    return guard
end

local function foreign(index, columns, parent, parent_columns, fields)
    local guard = unique(index, columns, fields)
    guard.kind, guard.name, guard.unique, guard.parent, guard.parent_columns = "foreign key", "f", nil, parent,
        parent_columns
    return guard
end

describe("check.keys", function()
    local tables = { table_of("a", { column("id", "int8"), column("code", "text"), column("j", "jsonb") }),
        table_of("b", { column("x", "int4"), column("u", "uuid"), column("d", "date"), column("f", "float8") }) }
    local none = source_of {}

    it("compares what the source does not guarantee, and shares equal lists of columns", function()
        local plan = keys.plan({ tables = tables }, { unique(1, { "code", "id" }), unique(1, { "id", "code" }) }, none,
            equality)
        assert.same({ { table = 1, columns = { 1, 2 }, unique = true, nulls_equal = false, rejects = false } },
            plan.keys)
        assert.equal("u", plan.key_guards[1].name)
    end)

    it("leaves a key to the source where conversions keep its values apart", function()
        local function compared(t, list, fields)
            local tbl = table_of("a", { column("id", "int8", fields), column("code", "text", fields),
                column("f", "float8") })
            return #keys.plan({ tables = { tbl } }, { unique(1, list) }, source_of { t }, equality).keys == 1
        end
        local columns = { { name = "id", affinity = "integer" }, { name = "code", affinity = "text" },
            { name = "f", affinity = "real" } }
        assert.is_false(compared({ name = "a", columns = columns, rowid_alias = "id" }, { "id" }))
        assert.is_false(compared({ name = "a", columns = columns, uniques = { { columns = { "code" } } } }, { "code" }))
        assert.is_false(compared({ name = "a", columns = columns,
            primary_key = { columns = { "code", "id" } } }, { "id", "code" }))
        assert.is_false(compared({ name = "a", columns = columns,
            indexes = { { unique = true, columns = { { name = "id" } } } } }, { "id" }))
        -- Not the same columns, no key of all rows, values that become equal, or that are mended.
        assert.is_true(compared({ name = "a", columns = columns,
            primary_key = { columns = { "code", "id" } } }, { "id" }))
        assert.is_true(compared({ name = "a", columns = columns,
            indexes = { { unique = true, partial = true, columns = { { name = "id" } } } } }, { "id" }))
        assert.is_true(compared({ name = "a", columns = columns,
            indexes = { { unique = false, columns = { { name = "id" } } } } }, { "id" }))
        assert.is_true(compared({ name = "a", columns = columns, uniques = { { columns = { "f" } } } }, { "f" }))
        assert.is_true(compared({ name = "a", columns = columns, uniques = { { columns = { "code" } } } }, { "code" },
            { on_bad = "cut" }))
        assert.is_true(compared({ name = "a", columns = { { name = "id", affinity = "blob" } },
            uniques = { { columns = { "id" } } } }, { "id" }))
    end)

    it("puts the child's columns in the order of the parent's", function()
        local plan = keys.plan({ tables = { tables[1], table_of("c", { column("p", "text"), column("q", "int8") }) } },
            { foreign(2, { "p", "q" }, 1, { "code", "id" }) }, none, equality)
        assert.same({ { 2, { 2, 1 } }, { 1, { 1, 2 } } }, { { plan.keys[1].table, plan.keys[1].columns },
            { plan.keys[2].table, plan.keys[2].columns } })
        assert.same({ { child = 1, parent = 2, rejects = false } }, plan.foreign_keys)
        assert.is_false(plan.keys[2].unique)
    end)

    it("says what it can't compare", function()
        local plan = keys.plan({ tables = tables }, {
            unique(1, { "j" }), unique(1, { "generated" }), unique(1, { "id" }, { opaque = "for a reason" }),
            foreign(1, { "id" }, "public.z", { "id" }), foreign(1, { "id" }, 2, { "f" }),
            foreign(2, { "u" }, 2, { "d" }), { index = 1, kind = "index", columns = { "code" }, unique = false },
        }, none, equality)
        local reasons = {}
        for i, one in ipairs(plan.unseen) do
            reasons[i] = one.reason
        end
        assert.same({ "only the server compares values of type jsonb", "its column generated is filled by the target",
            "for a reason", "it refers to public.z, which is not loaded", "only the server compares int8 with float8",
            "only the server compares uuid with date" }, reasons)
        assert.same({}, plan.keys)
    end)

    it("does not compare with rows that the target holds already, and says so", function()
        local held = table_of("a", tables[1].columns, { on_conflict = "keep", before = "7" })
        local plan = keys.plan({ tables = { held, tables[2] } }, { unique(1, { "id" }),
            foreign(2, { "x" }, 1, { "id" }) }, none, equality)
        assert.equal(1, #plan.keys)
        assert.same({}, plan.foreign_keys)
        assert.matches("rows that a holds already", plan.unseen[1].reason)
        assert.matches("which of its 7 rows", plan.unseen[2].reason)
        held.before = "0"
        assert.same({}, keys.plan({ tables = { held, tables[2] } }, { foreign(2, { "x" }, 1, { "id" }) }, none,
            equality).unseen)
    end)

    it("rejects by key as the load would: at once where it stands, else where the table says so", function()
        local function rejects(fields, guard)
            local plan = keys.plan({ tables = { table_of("a", tables[1].columns, fields) } }, { guard }, none, equality)
            return plan.keys[1].rejects
        end
        assert.is_true(rejects({ rejects = true }, unique(1, { "id" })))
        assert.is_false(rejects({}, unique(1, { "id" })))
        assert.is_false(rejects({ rejects = true }, unique(1, { "id" }, { behind = true })))
        assert.is_true(rejects({ misfits = "reject" }, unique(1, { "id" }, { behind = true })))
    end)
end)
