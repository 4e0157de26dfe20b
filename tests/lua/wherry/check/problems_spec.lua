-- What a check found, and what a run would make of it.
local problems = require "wherry.check.problems"

local resolved = { tables = {
    { source = "a", target_sql = "public.a", columns = {
        { source = "n", target = "m", type = { display = "smallint" } } } },
    { source = "b", target_sql = "public.b", columns = {} } } }

local WHOLE = { reasons = {}, others = 0 } -- rows that the script refuses

local function checked(reasons, others)
    return { whole = WHOLE, columns = { { reasons = reasons, others = others or 0, inexact = 0, values = 9 } } }
end

local function reason(outcome, count)
    return { reason = "out of range", class = "integer", count = count, outcome = outcome, hint = "widen",
        examples = { { key = "id=1", value = "70000" } } }
end

local function found(tables, keys, foreign_keys)
    local list = tables or { checked {}, { columns = {} } }
    for _, one in ipairs(list) do
        one.whole = one.whole or WHOLE
    end
    return { tables = list, keys = keys or {}, foreign_keys = foreign_keys or {} }
end

local NOTHING = { keys = {}, foreign_keys = {}, key_guards = {}, foreign_key_guards = {} }

describe("check.problems", function()
    it("lists values by column and reason, and those beyond the reasons", function()
        local list = problems.of(resolved, NOTHING, found { checked({ reason("stops", 3), reason("rejects", 1) }, 7),
            { columns = {} } })
        assert.equal(3, #list)
        assert.same({ "value", "a", "n", "m", "smallint", 3, "stops", "widen" }, { list[1].kind, list[1].table,
            list[1].column, list[1].target, list[1].type, list[1].count, list[1].outcome, list[1].hint })
        assert.same({ "other reasons", 7, "stops" }, { list[3].reason, list[3].count, list[3].outcome })
    end)

    it("lists rows that the script refuses", function()
        local list = problems.of(resolved, NOTHING, found { checked {}, { columns = {},
            whole = { reasons = { reason("rejects", 2) }, others = 4 } } })
        assert.equal(2, #list)
        assert.same({ "row", "b", "public.b", 2, "rejects" }, { list[1].kind, list[1].table, list[1].target,
            list[1].count, list[1].outcome })
        assert.same({ "row", "other reasons", 4, "rejects" }, { list[2].kind, list[2].reason, list[2].count,
            list[2].outcome })
    end)

    it("says how duplicates and orphans would end", function()
        local function outcome(kind, behind, rejects)
            local guard = { index = 1, parent = 2, kind = kind, name = "g", columns = { "m" }, behind = behind }
            local breach = { count = 2, examples = {} }
            local plan = kind == "foreign key"
                and { keys = {}, foreign_keys = { { rejects = rejects } }, foreign_key_guards = { guard } }
                or { keys = { { table = 1, unique = true, rejects = rejects } }, foreign_keys = {},
                    key_guards = { guard } }
            return problems.of(resolved, plan, found(nil, { breach }, { breach }))[1].outcome
        end
        assert.equal("stops", outcome("unique", false, false))
        assert.equal("not_made", outcome("unique", true, false))
        assert.equal("rejects", outcome("unique", true, true))
        assert.equal("stops", outcome("foreign key", false, false))
        assert.equal("not_valid", outcome("foreign key", true, false))
        assert.equal("rejects", outcome("foreign key", true, true))
    end)

    it("skips what on_conflict = keep skips, which is no finding", function()
        local function outcome(key_target)
            local plan = { keys = { { table = 1, unique = true } }, foreign_keys = {}, key_guards = {
                { index = 1, kind = "primary key", name = "g", columns = { "m" }, behind = false } } }
            local kept = { tables = { { source = "a", target_sql = "a", columns = resolved.tables[1].columns,
                on_conflict = "keep", key_target = key_target }, resolved.tables[2] } }
            return problems.of(kept, plan, found(nil, { { count = 2, examples = {} } }))[1]
        end
        assert.equal("skips", outcome({ "m" }).outcome)
        assert.is_false(problems.is_finding(outcome { "m" }))
        assert.equal("stops", outcome({ "x" }).outcome)
        assert.is_true(problems.is_finding(outcome { "x" }))
        assert.is_false(problems.is_finding { outcome = "converts" })
    end)

    it("leaves keys without a breach alone", function()
        local plan = { keys = { { table = 1, unique = true } }, foreign_keys = { {} },
            key_guards = { { index = 1, kind = "unique", name = "u", columns = {} } },
            foreign_key_guards = { { index = 1, parent = 2, kind = "foreign key", name = "f", columns = {} } } }
        local none = { count = 0, examples = {} }
        assert.same({}, problems.of(resolved, plan, found(nil, { none }, { none })))
    end)

    it("tells of values that only the server can compare, and of forms that are not kept", function()
        local plan = { keys = { { table = 1, columns = { 1 }, unique = true } }, foreign_keys = {}, key_guards = {} }
        local list = problems.unknown(resolved, plan, found(nil, { { unknown = 2 } }))
        assert.same({ "a", "key", "m" }, { list[1].table, list[1].kind, list[1].name })
        assert.matches("^of 2 values", list[1].reason)
        assert.same({}, problems.unknown(resolved, plan, found(nil, { { unknown = 0 } })))
        local tables = { checked {}, { columns = {} } }
        tables[1].columns[1].inexact = 4
        assert.same({ { table = "a", column = "n", type = "smallint", values = 9, inexact = 4 } },
            problems.inexact(resolved, found(tables)))
        local column = { source = "m = w.json(w.sql \"x\")", target = "m", type = { display = "jsonb" },
            expression = "w.json \"x\"", fold = { parts = {}, whole = true } }
        local made = { tables = { { source = "a", columns = { column } }, { source = "b", columns = {} } } }
        assert.equal("m", problems.inexact(made, found(tables))[1].column)
        column.fold.computed = true
        assert.same({}, problems.inexact(made, found(tables)))
    end)

    it("names the columns in which NULLs take their default", function()
        local made = { tables = { { source = "a", columns = {
            { target = "n", on_null = { default = "1", text = "1" } }, { target = "m", on_null = { default = "2" } },
            { target = "o" } } } } }
        assert.same({ { table = "a", column = "n", values = 3, default = "1", text = "1" } },
            problems.defaulted(made, { tables = { { columns = { { defaulted = 3 }, { defaulted = 0 },
                { defaulted = 2 } } } } }))
    end)
end)
