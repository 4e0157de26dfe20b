-- A plan that is resolved anew for a run that has begun.
local again = require "wherry.resolve.again"
local w = require "wherry"

describe("again.plan", function()
    local function run(mode, choices)
        return { choices = choices or {}, plan = { mode = mode, tables = { { source = "t",
            target = { schema = "public", name = "t_1" }, columns = { { source = "a", target = "a" },
                { source = "B", target = "b" } } } } } }
    end

    it("has the schema and the triggers that the run was told, where nothing else is said", function()
        local given = w.plan { from = w.sqlite "a.db" }
        local plan = again.plan(given, run("existing", { target_schema = "app", triggers = "off" }))
        assert.same({ "app", "off" }, { plan.target_schema, plan.triggers })
        plan = again.plan(given, run("existing", { target_schema = "", triggers = "" }))
        assert.same({ "public", nil }, { plan.target_schema, plan.triggers })
        given = w.plan { from = w.sqlite "a.db", triggers = "fire" }
        assert.equal("fire", again.plan(given, run("existing", { triggers = "off" })).triggers)
    end)

    it("goes into the tables that the run has created, as they are", function()
        local given = w.plan { from = w.sqlite "a.db", idiomatic = true, nocase = "icu",
            columns = { ["*_at"] = { stored = "unix_ms", type = "timestamptz" } },
            tables = { t = { columns = { a = { from = "a", stored = "unix_ms", type = "date" } } },
                u = w.skip "not this one" } }
        local plan = again.plan(given, run "create")
        assert.same({ "existing", false, "fold", "off" }, { plan.schema, plan.idiomatic, plan.nocase, plan.triggers })
        assert.equal("t_1", plan.tables.t.into)
        assert.same({ a = { from = "a", stored = "unix_ms" }, b = "B" }, plan.tables.t.columns)
        assert.same({ ["*_at"] = { stored = "unix_ms" } }, plan.columns)
        assert.equal("not this one", plan.tables.u.reason)
    end)
end)
