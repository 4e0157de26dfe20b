-- Views of a translation: their order, their names, and the receipts of those that are not carried. What their queries
-- become is shown in expr/pg/*_spec.lua, that they give the same rows in tests/e2e/views_spec.lua.
local queries = require "tests.support.queries"
local translated = require "tests.support.translated"

describe("views.translate", function()
    local function names_of(created)
        local list = {}
        for _, object in ipairs(created.objects) do
            if object.kind == "view" then
                list[#list + 1] = object.name
            end
        end
        return list
    end

    it("puts each view behind those that it reads", function()
        local created = queries.created [[
            CREATE VIEW last AS SELECT * FROM middle;
            CREATE VIEW middle AS SELECT id FROM first WHERE id IN (SELECT id FROM side);
            CREATE VIEW first AS SELECT id FROM t;
            CREATE VIEW side AS SELECT id FROM u;
        ]]
        assert.same({ "first", "side", "middle", "last" }, names_of(created))
    end)

    it("makes one object with a statement and its opposite", function()
        local created = queries.created([[CREATE VIEW "My view" AS SELECT id AS "Id" FROM t]], { schema = "Other" })
        local view = translated.find(created, "view", "My view")
        assert.equal([[CREATE VIEW "Other"."My view" AS
SELECT t.id AS "Id"
FROM "Other".t]], view.sql)
        assert.equal([[DROP VIEW IF EXISTS "Other"."My view"]], view.undo)
        assert.same({ "exact", [["Other"."My view"]] }, { view.outcome, view.target })
    end)

    it("gives the columns the names of CREATE VIEW", function()
        local created = queries.created [[CREATE VIEW v(one, "Two") AS SELECT id, b FROM t;
            CREATE VIEW w AS SELECT one, two FROM v]]
        assert.equal("CREATE VIEW public.v (one, \"Two\") AS\nSELECT t.id, t.b\nFROM public.t",
            translated.find(created, "view", "v").sql)
        assert.equal("CREATE VIEW public.w AS\nSELECT v.one, v.\"Two\"\nFROM public.v",
            translated.find(created, "view", "w").sql)
    end)

    it("says what is missing, also to the views above", function()
        local created = queries.created [[
            CREATE VIEW lost AS SELECT * FROM never_made;
            CREATE VIEW above AS SELECT * FROM lost;
            CREATE VIEW round AS SELECT * FROM again;
            CREATE VIEW again AS SELECT * FROM round;
        ]]
        assert.same({}, names_of(created))
        for name, note in pairs {
            lost = "it uses never_made, which is not carried", above = "it uses the view lost, which is not carried",
            again = "view round is circularly defined", round = "it uses the view again, which is not carried",
        } do
            local receipt = translated.find(created, "view", name)
            assert.same({ "not_carried", note }, { receipt.outcome, receipt.note })
        end
    end)

    it("calls a view changed that uses a changed one", function()
        local created = queries.created [[
            CREATE VIEW summed AS SELECT id, id * 1000000000000 AS far FROM t;
            CREATE VIEW above AS SELECT far FROM summed;
            CREATE VIEW top AS SELECT far FROM above;
            CREATE VIEW beside AS SELECT id FROM t;
        ]]
        local outcomes = {}
        for _, name in ipairs { "summed", "above", "top", "beside" } do
            outcomes[name] = translated.find(created, "view", name).outcome
        end
        assert.same({ summed = "changed", above = "changed", top = "changed", beside = "exact" }, outcomes)
        assert.equal("it uses the view summed, which is changed", translated.find(created, "view", "above").note)
        assert.equal("it uses the views above, summed, which are changed",
            translated.find(created, "view", "top").note)
    end)

    it("names a table that is left out", function()
        local created = queries.created("CREATE VIEW v AS SELECT * FROM t JOIN bare ON p = id",
            { skip = { bare = true } })
        assert.equal("it uses bare, which is left out", translated.find(created, "view", "v").note)
    end)

    it("creates the runtime functions that a view calls", function()
        local created = queries.created "CREATE VIEW v AS SELECT id FROM t WHERE b GLOB c"
        local found = false
        for _, one in ipairs(created.functions) do
            found = found or translated.find(created, "view", "v").sql:find(one.name, 1, true) ~= nil
        end
        assert.is_true(found)
    end)
end)
