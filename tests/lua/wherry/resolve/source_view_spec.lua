-- What of a plan each of its several sources sees.
local Outcome = require "wherry.resolve.outcome"
local source_view = require "wherry.resolve.source_view"
local w = require "wherry"

describe("source_view", function()
    local function model(...)
        local tables = {}
        for i, name in ipairs { ... } do
            tables[i] = { name = name, columns = { { name = "id", affinity = "integer" }, { name = "v",
                affinity = "text" } }, rowid_alias = name ~= "plain" and "id" or nil, foreign_keys = {}, uniques = {} }
        end
        return { tables = tables, virtuals = {} }
    end

    local function views()
        return { source_view.of { name = "core", model = model("debates", "users"), given = w.sqlite "c" },
            source_view.of { name = "core2", model = model("debates", "notes", "plain"), given = w.sqlite "m" } }
    end

    local function plans(fields, list)
        fields.from = { core = w.sqlite "c", core2 = w.sqlite "m" }
        local outcome = Outcome.new()
        local found, order = source_view.plans(w.plan(fields), list or views(), outcome)
        return found, order, outcome.findings
    end

    it("gives a bare name to each source that has it, and one with its source to that one", function()
        local found, _, findings = plans { tables = { debates = { into = "d" }, ["core2.debates"] = { into = "d2" },
            users = { into = "u" }, ["CORE.Users"] = w.skip "no" } }
        assert.same({}, findings)
        assert.equal("d", found.core.tables.debates.into)
        assert.equal("d2", found.core2.tables.debates.into)
        assert.equal("no", found.core.tables.Users.reason)
        assert.is_nil(found.core.tables.users)
        assert.is_nil(found.core2.tables.users)
    end)

    it("takes the longest name of a source, and says what no source has", function()
        local found, _, findings = plans { tables = { ["core2.notes"] = { into = "n" }, debats = { into = "x" },
            ["core3.notes"] = { into = "y" } } }
        assert.equal("n", found.core2.tables.notes.into)
        assert.same({}, found.core.tables)
        assert.same({ "core3.notes", "debats" }, { findings[1].key, findings[2].key })
        assert.matches("core2?%.notes", findings[1].hint)
        assert.matches("debates", findings[2].hint)
    end)

    it("gives globs to the sources that they are about, and says which match nothing", function()
        local found, _, findings = plans { only = { "core.d*", "notes" }, skip = { "core2.n*", "gone*" } }
        assert.same({ { "d*" }, { "notes" }, { "n*" } }, { found.core.only, found.core2.only, found.core2.skip })
        assert.same({}, found.core.skip)
        assert.same({}, findings) -- a pattern with wildcards that leaves nothing out is none
        found, _, findings = plans { only = { "users", "core2.usrs" } }
        assert.same({ "users", "core2.usrs" }, found.core2.only_given)
        assert.same({}, found.core2.only)
        assert.same({ "core2.usrs", "only" }, { findings[1].table, findings[1].key })
    end)

    it("takes globs of sources and tables together", function()
        local found, _, findings = plans { only = { "*.debates", "*2.n*" }, skip = { "co??.users" } }
        assert.same({ { "debates" }, { "debates", "n*" } }, { found.core.only, found.core2.only })
        assert.same({ { "users" }, {} }, { found.core.skip, found.core2.skip })
        assert.same({}, findings)
        _, _, findings = plans { only = { "*.gone" } }
        assert.equal("*.gone", findings[1].table)
    end)

    it("orders tables of all sources", function()
        local found, order, findings = plans { order = { "core2.notes", "debates", "debate" } }
        assert.same({ "core2.notes", "core.debates", "core2.debates" }, order)
        assert.same({ { "debates" }, { "notes", "debates" } }, { found.core.order, found.core2.order })
        assert.equal("debate", findings[1].key)
    end)

    it("adds to a table what is said of the whole source", function()
        local view = source_view.of { name = "a", model = model("t", "plain"), given = w.sqlite { "a", prefix = "p_",
            schema = "s", offset = 10, tag = { column = "tenant", value = "x" } } }
        local found = plans({}, { view })
        assert.equal("s", found.a.target_schema)
        local t, entry = source_view.table(view, { table = view.model.tables[1], entry = {} }, "create", "error")
        assert.same({ "p_t", 10, "text" }, { t.target_name, entry.offset, entry.columns.tenant.type })
        assert.is_nil(t.tag)
        t = source_view.table(view, { table = view.model.tables[1], entry = {} }, "create", "append")
        assert.equal("tenant", t.tag)
        t, entry = source_view.table(view, { table = view.model.tables[2], entry = { columns = { tenant = "v" } } },
            "existing", "append")
        assert.same({ "v", nil, nil }, { entry.columns.tenant, entry.offset, t.tag })
        local _, own = source_view.table(view, { table = view.model.tables[1], entry = { offset = 3 } }, "existing")
        assert.equal(3, own.offset)
        assert.is_nil(own.columns.tenant.type)
    end)
end)
