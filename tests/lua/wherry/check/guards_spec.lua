-- The guards of a target's tables in one form, and what of them can't be evaluated.
local guards = require "wherry.check.guards"

local function resolved(fields)
    local plan = { target_schema = "public", objects = {}, tables = {
        { source = "a", target = { schema = "public", name = "ta" }, columns = {
            { source = "id", target = "id", codec = true, type = { display = "bigint" } },
            { source = "q", target = "q", codec = false, type = { display = "tsquery" } } } },
        { source = "b", target = { schema = "public", name = "tb" }, columns = {} } } }
    for key, value in pairs(fields or {}) do
        plan[key] = value
    end
    return plan
end

local function catalog(fields)
    local one = { table = { schema = "public", foreign_keys = {}, checks = {}, insert_triggers = {} }, indexes = {},
        rules = {}, domains = {} }
    for key, value in pairs(fields or {}) do
        if key == "indexes" or key == "rules" or key == "domains" then
            one[key] = value
        else
            one.table[key] = value
        end
    end
    return { ta = one, tb = { table = { schema = "public", foreign_keys = {}, checks = {} }, indexes = {}, rules = {},
        domains = {} } }
end

local function index(fields)
    local made = { name = "i", kind = "i", unique = true, partial = false, expression = false, nulls_equal = false,
        deterministic = true, columns = { "id" } }
    for key, value in pairs(fields or {}) do
        made[key] = value
    end
    return made
end

describe("check.guards", function()
    it("takes keys of tables that are there as they stand during the load", function()
        local list = guards.existing(resolved(), catalog { indexes = { index { kind = "p", name = "pk" },
            index { kind = "u", name = "u", nulls_equal = true }, index { unique = false, name = "plain" } } })
        assert.same({ "primary key", "unique", "index" }, { list[1].kind, list[2].kind, list[3].kind })
        assert.same({ true, true, false }, { list[1].unique, list[2].nulls_equal, list[3].unique })
        assert.same({ 1, false }, { list[1].index, list[1].behind })
    end)

    it("says why a key can't be evaluated", function()
        local list = guards.existing(resolved(), catalog { indexes = { index { partial = true },
            index { expression = true }, index { deterministic = false }, index { kind = "x", unique = false },
            index { unique = false, partial = true } } })
        assert.matches("part of the rows", list[1].opaque)
        assert.matches("expression", list[2].opaque)
        assert.matches("collation", list[3].opaque)
        assert.matches("exclude", list[4].opaque)
        assert.is_true(list[4].unique)
        assert.is_nil(list[5].opaque)
    end)

    it("knows which foreign keys are put aside, and which parents are loaded", function()
        local keys = {
            { name = "one", columns = { "id" }, parent = "tb", parent_columns = { "id" }, parent_schema = "public" },
            { name = "two", columns = { "id" }, parent = "tz", parent_columns = { "id" }, parent_schema = "public" },
            { name = "three", columns = { "id", "q" }, parent = "tb", parent_columns = { "x", "y" },
                definition = "FOREIGN KEY (id, q) REFERENCES tb(x, y) MATCH FULL" },
            { name = "four", columns = { "id" }, parent = "tb", parent_columns = { "id" }, parent_schema = "other" } }
        local list = guards.existing(resolved { objects = {
            { kind = "foreign key", name = "one", state = "aside", table = "a" } } }, catalog { foreign_keys = keys })
        assert.same({ true, false }, { list[1].behind, list[2].behind })
        assert.same({ 2, "public.tz", "other.tb" }, { list[1].parent, list[2].parent, list[4].parent })
        assert.matches("MATCH FULL", list[3].opaque)
    end)

    it("takes keys of created tables from their objects, which are built behind the load", function()
        local list = guards.created(resolved { objects = {
            { kind = "primary key", name = "pk", table = "a", key = { columns = { "id" }, unique = true } },
            { kind = "foreign key", name = "fk", table = "b", key = { columns = { "x" }, parent = "ta",
                parent_columns = { "id" } } },
            { kind = "view", name = "v" }, { kind = "index", name = "folded", table = "a" } } })
        assert.equal(2, #list)
        assert.same({ 1, true, true }, { list[1].index, list[1].unique, list[1].behind })
        assert.same({ 2, 1 }, { list[2].index, list[2].parent })
    end)

    it("lists what only the server can tell", function()
        local plan = resolved { objects = { { kind = "trigger", name = "off", state = "aside", table = "a" } } }
        local list = guards.unseen(plan, catalog {
            checks = { { name = "c", sql = "CHECK (id > 0)" } }, rules = { "r" },
            domains = { { column = "id", name = "d", definition = "CHECK (VALUE > 0)" },
                { column = "not_loaded", name = "d", definition = "CHECK (VALUE > 0)" } },
            insert_triggers = { { name = "on", enabled = "O" }, { name = "off", enabled = "O" },
                { name = "disabled", enabled = "D" } } })
        local shown = {}
        for i, one in ipairs(list) do
            shown[i] = one.table .. " " .. one.kind .. " " .. one.name
        end
        assert.same({ "a column q", "a check c", "a domain d", "a trigger on", "a rule r" }, shown)
        assert.same({ "column" }, { guards.unseen(plan, nil)[1].kind })
        assert.equal(1, #guards.unseen(plan, nil))
    end)
end)
