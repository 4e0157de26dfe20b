-- plan/hooks: functions over rows as a plan may give them, and what w.drop makes.
local fault_of = require "tests.support.refusal"
local hooks = require "wherry.plan.hooks"
local value = require "wherry.plan.value"

describe("functions over rows", function()
    local function row() end

    it("drop rows for a reason", function()
        local drop = hooks.drop "too old"
        assert.equal("too old", drop.reason)
        assert.equal(hooks.drop_metatable, getmetatable(drop))
        assert.equal(drop, hooks.drop "too old")
        assert.not_equal(drop, hooks.drop "too young")
        for _, case in ipairs { { false, "not false" }, { 7, "not 7" }, { "", 'not an empty text' },
            { " \n", "not " } } do
            assert.matches("w.drop takes the reason for leaving the row out, " .. case[2],
                fault_of(hooks.drop, case[1]).message)
        end
        assert.matches("in UTF%-8 without the character", fault_of(hooks.drop, "\xff").message)
        assert.matches("in UTF%-8 without the character", fault_of(hooks.drop, "\0").message)
    end)

    it("keep so many drops alone, and give others none the less", function()
        for i = 1, 1100 do
            assert.equal("reason " .. i, hooks.drop("reason " .. i).reason)
        end
        assert.equal(hooks.drop "reason 1", hooks.drop "reason 1")
        assert.not_equal(hooks.drop "reason 1100", hooks.drop "reason 1100")
    end)

    it("belong together: what row fills or emits needs a row", function()
        local filled = { from = value.hook }
        for _, case in ipairs {
            { { emits = { "b" }, columns = {} }, "tables.a.emits: rows are emitted by row", 'emit("b", { ... })' },
            { { emits = {}, columns = { x = filled } }, "tables.a.columns.x: w.hook is filled by row", "new.x = ..." },
            { { emits = {}, row = row, columns = { x = { from = value.hook, map = row } } },
                "tables.a.columns.x: w.hook holds nothing that map could change", "let row assign" },
        } do
            local fault = fault_of(hooks.check, case[1], "tables.a")
            assert.equal("plan", fault.kind)
            assert.matches(case[2], fault.message, 1, true)
            assert.matches(case[3], fault.hint, 1, true)
        end
        for _, entry in ipairs {
            { emits = { "b" }, row = row, columns = { x = filled } },
            { emits = {}, columns = { x = { from = "y", map = row }, y = { from = value.constant(1) },
                z = require("wherry").skip "no" } },
        } do
            assert.equal(entry, hooks.check(entry, "tables.a"))
        end
    end)

    it("are found by the table's name, with and without its source and case", function()
        local tables = { a = { 1 }, A = { 2 }, ["core.b"] = { 3 }, b = { 4 }, Notes = { 5 }, ["core.Users"] = { 6 } }
        assert.equal(1, hooks.entry(tables, "a")[1])
        assert.equal(2, hooks.entry(tables, "A")[1])
        assert.equal(5, hooks.entry(tables, "notes")[1])
        assert.equal(4, hooks.entry(tables, "b")[1])
        assert.equal(3, hooks.entry(tables, "core.b", "core")[1])
        assert.equal(4, hooks.entry(tables, "mem.b", "mem")[1])
        assert.equal(6, hooks.entry(tables, "core.users", "core")[1])
        assert.equal(3, hooks.entry(tables, "b", "core")[1])
        assert.is_nil(hooks.entry(tables, "none", "core"))
    end)
end)
