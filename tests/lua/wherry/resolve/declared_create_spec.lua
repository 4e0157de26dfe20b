-- What the plan declares of created columns: their types before the translation, their values before the load.
local declared_create = require "wherry.resolve.declared_create"
local models = require "tests.support.models"
local Outcome = require "wherry.resolve.outcome"
local w = require "wherry"

local function context_of(fields, more)
    fields.from = w.sqlite "a.db"
    local context = { plan = w.plan(fields), outcome = Outcome.new(), schema = "public", has_codec = function(type)
        return type.name ~= "xml"
    end }
    for key, value in pairs(more or {}) do
        context[key] = value
    end
    return context
end

local source = models.source { { name = "t", columns = { "id", "made_at", "b", "c" } } }.tables[1]

local function given(fields)
    local context = context_of(fields)
    local made = { name = "made", columns = {} }
    for i, name in ipairs { "id", "made_at", "b", "renamed" } do
        made.columns[i] = { name = name }
    end
    declared_create.prepare(context, { model = { tables = { made } }, tables = { made = source },
        entries = { made = context.plan.tables.t or {} } })
    local list = {}
    for _, column in ipairs(made.columns) do
        list[column.name] = column.given
    end
    return list, context.outcome.findings
end

describe("declared_create.prepare", function()
    it("takes the type, or the one that the stored form stands for", function()
        local list, findings = given { zone = "+01:00", columns = { ["*_at"] = { stored = "unix_ms" },
            b = { stored = "uuid_net" } }, tables = { t = { columns = { renamed = { from = "c", type = "timestamptz" },
            id = { zone = "+02:00" } } } } }
        assert.same({}, findings)
        assert.same({ "timestamptz", "unix_ms" }, { list.made_at.type.name, list.made_at.type.stored })
        assert.same({ "uuid", "uuid_net" }, { list.b.type.name, list.b.type.stored })
        assert.same({ "timestamptz", 3600 }, { list.renamed.type.name, list.renamed.type.zone })
        assert.same({ zone = "+02:00" }, list.id)
        assert.is_nil(given({}).id)
    end)

    it("finds forms without a meaning, types without a codec or without their extension", function()
        local list, findings = given { columns = { id = { type = "text", stored = "unix" }, made_at = { type = "xml" },
            b = { type = "vector(3)" } } }
        assert.same({ "stored_type t.id", "declared_type t.made_at", "declared_type t.b" }, models.codes(findings))
        assert.same({ "text", nil }, { list.id.type.name, list.made_at })
        assert.equal('type = "vector(3)": the target has no extension vector', findings[3].reason)
    end)
end)

describe("declared_create.check", function()
    local TIMES = { oid = 1184, name = "timestamptz", typmod = -1, display = "timestamp with time zone",
        stored = "unix_ms" }

    local function check(reasons, fields)
        local asked
        local context = context_of(fields or {}, { check = function(tables, keys)
            asked = { tables = tables, keys = keys }
            return { tables = { { columns = { { reasons = reasons } } } }, keys = { { count = 3 } } }
        end })
        local load = { source = "t", target = { schema = "public", name = "t" }, where = "id > 0", columns = {
            { source = "id", target = "id", type = { oid = 20, name = "int8", typmod = -1, display = "bigint" } },
            { source = "made_at", target = "at", type = TIMES } } }
        declared_create.check(context, { { source = source, load = load, entry = context.plan.tables.t or {},
            declared = { at = true } }, { source = source, load = load, entry = {}, declared = {} } })
        return context.outcome.findings, asked, context
    end

    local function reason(outcome, count)
        return { outcome = outcome, count = count, class = "text", reason = "no number", hint = "", examples = {
            { key = "id=3", value = "x" }, { value = "y" } } }
    end

    it("reads the declared columns, and finds what would stop the run", function()
        local findings, asked = check { reason("stops", 1204), reason("rejects", 7), reason("stops", 1) }
        assert.equal(1, #asked.tables)
        assert.equal(1, #asked.tables[1].columns)
        assert.matches('^SELECT "made_at"', asked.tables[1].read.sql_first)
        assert.matches("id > 0", asked.tables[1].read.sql_first, 1, true)
        assert.same({ "declared_values t.at" }, models.codes(findings))
        assert.equal("its type is timestamp with time zone, stored as unix_ms by the plan, and 1,205 of its values do "
            .. "not fit: 1,204 texts: no number (id=3: x; y); 1 text: no number (id=3: x; y)", findings[1].reason)
        assert.same({}, (check { reason("nulls", 5) }))
        assert.same({}, (check {}))
    end)

    it("tells the check what happens to bad values", function()
        local _, asked = check({}, { tables = { t = { columns = { at = { from = "made_at", on_bad = "null" } } } } })
        assert.equal("null", asked.tables[1].columns[1].on_bad)
    end)

    it("counts keys that several rows would hold", function()
        local _, _, context = check {}
        local seen
        context.check = function(tables, keys)
            seen = { #tables[1].columns, keys }
            return { keys = { { count = 3 } } }
        end
        assert.equal(3, declared_create.merges(context, source, {}, { { source = "made_at", target = "at",
            type = TIMES }, { source = "b", target = "b", type = TIMES } }, nil))
        assert.same({ 2, { { table = 1, columns = { 1, 2 }, unique = true } } }, seen)
    end)
end)
