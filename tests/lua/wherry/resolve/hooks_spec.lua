-- resolve/hooks: which functions of the script a resolved plan calls, and what their columns can be trusted for.
local hooks = require "wherry.resolve.hooks"
local Outcome = require "wherry.resolve.outcome"

describe("functions in a resolved plan", function()
    local function f() end
    local COLUMNS = { { target = "a" }, { target = "b" }, { target = "c_at" } }
    local PLAN = { columns = { ["*_at"] = { map = f } } }

    it("are maps of columns, those of the whole plan too", function()
        assert.same({ "b", "c_at" }, hooks.maps(PLAN, { columns = { b = { map = f }, a = { from = "x" } } }, COLUMNS))
        assert.same({}, hooks.maps({ columns = {} }, { columns = {} }, COLUMNS))
    end)

    it("mark the table whose rows they see, and no other", function()
        local t = { name = "t" }
        assert.equal(t, hooks.mark({ columns = {} }, { columns = {} }, t, COLUMNS))
        assert.same({ row = true, maps = {} }, hooks.mark({ columns = {} }, { columns = {}, row = f }, t, {}).hooked)
        local marked = hooks.mark(PLAN, { columns = {} }, t, COLUMNS)
        assert.same({ row = false, maps = { "c_at" } }, marked.hooked)
        assert.equal("t", marked.name)
        assert.is_nil(t.hooked)
    end)

    it("stand in the plan by name, with what becomes of rows at which they fail", function()
        local outcome = Outcome.new()
        local load = { misfits = "reject" }
        hooks.apply({ name = "t", hooked = { row = true, maps = { "a", "b" } } }, load, outcome)
        assert.same({ row = true, maps = { "a", "b" }, rejects = true }, load.hooks)
        load = {}
        hooks.apply({ name = "u", hooked = { row = false, maps = { "a" } } }, load, outcome)
        assert.same({ maps = { "a" } }, load.hooks)
        load = {}
        hooks.apply({ name = "v" }, load, outcome)
        assert.is_nil(load.hooks)
        local _, objects = outcome:sorted()
        assert.equal(2, #objects)
        assert.same({ "function t map of a, map of b, row", "function u map of a" }, {
            ("%s %s %s"):format(objects[1].kind, objects[1].name, objects[1].note),
            ("%s %s %s"):format(objects[2].kind, objects[2].name, objects[2].note) })
    end)

    it("change any column by row, and their own by map", function()
        assert.is_true(hooks.changes({ hooks = { row = true, maps = {} } }, "a"))
        assert.is_true(hooks.changes({ hooks = { maps = { "a", "b" } } }, "b"))
        assert.is_true(hooks.changes({ hooks = { maps = { "a", "b" } } }, "a"))
        assert.is_false(hooks.changes({ hooks = { maps = { "a" } } }, "b"))
        assert.is_false(hooks.changes({}, "a"))
    end)
end)
