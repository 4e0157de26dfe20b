-- resolve/lookups: which lookups a resolved plan has, and when they are filled.
local lookups = require "wherry.resolve.lookups"
local models = require "tests.support.models"
local Outcome = require "wherry.resolve.outcome"

describe("the lookups of a resolved plan", function()
    local filled
    local function context(plan, fills)
        filled = {}
        return { plan = plan, outcome = Outcome.new(), fill_lookups = fills ~= false and function(list)
            filled[#filled + 1] = #list
            for _, one in ipairs(list) do
                one.count, one.unread = 7, one.kind == "pg" or nil
            end
        end or nil }
    end
    local PLAN = { lookups = { c = { file = "m.csv" }, a = { pg = "select 1, 2" }, b = { sqlite = "select 3, 4" } } }

    it("are named, filled and told when it is begun", function()
        local at = context(PLAN)
        lookups.begin(at)
        assert.same({ "a pg select 1, 2", "b sqlite select 3, 4", "c file m.csv" }, { (function(list)
            local texts = {}
            for i, one in ipairs(list) do
                texts[i] = ("%s %s %s"):format(one.name, one.kind, one.text)
            end
            return table.unpack(texts)
        end)(at.lookups) })
        assert.same({ 3 }, filled)
        assert.same({ "lookup a: exact, not read: there is no target to read it from",
            "lookup b: exact, 7 keys from select 3, 4", "lookup c: exact, 7 keys from m.csv" },
            models.receipts(at.outcome.objects))
    end)

    it("are not filled where there are none, or nothing to fill them with", function()
        local at = context {}
        lookups.begin(at)
        assert.same({ {}, {} }, { at.lookups, filled })
        assert.is_nil(lookups.finish(at, {}))
        at = context(PLAN, false)
        lookups.begin(at)
        assert.equal(3, #at.lookups)
        assert.same({}, at.outcome.objects)
        assert.equal(at.lookups, lookups.finish(at, {}))
    end)

    it("are one, too, and told so", function()
        local at = context { lookups = { l = { file = "m.csv" } } }
        at.fill_lookups = function(list) list[1].count = 1 end
        lookups.begin(at)
        assert.same({ "lookup l: exact, 1 key from m.csv" }, models.receipts(at.outcome.objects))
    end)

    it("are filled to the end where nothing is wrong, with those of merges", function()
        local at = context {}
        at.lookups = { { name = "merge t", rows = 2, groups = 1 } }
        local tables = { { source = "t", target_sql = "t", merge = { lookup = "merge t", by = "n", keep = "first" } } }
        assert.equal(at.lookups, lookups.finish(at, tables))
        assert.same({ 1 }, filled)
        assert.same({ "merge t: changed, 2 rows are merged into 1, equal in n; the first of them stays" },
            models.receipts(at.outcome.objects))
        at = context {}
        at.lookups = { { name = "merge t" } }
        at.outcome:finding { code = "x", reason = "y" }
        assert.equal(at.lookups, lookups.finish(at, tables))
        assert.same({}, filled)
    end)
end)
