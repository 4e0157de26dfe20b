-- How a plan is changed for rejected rows, and what of the resolved one is about them.
local resolve = require "wherry.resolve"
local retry_plan = require "wherry.rejects.retry_plan"
local Target = require "tests.support.target"
local vocabulary = require "wherry.plan.vocabulary"
local w = require "wherry"

describe("retry_plan.resolve", function()
    local real, asked, answer = resolve.run, nil, nil
    before_each(function()
        asked, answer = nil, { tables = {}, objects = {}, findings = {} }
        resolve.run = function(plan, ends)
            asked = { plan = plan, ends = ends }
            return answer
        end
    end)
    after_each(function() resolve.run = real end)

    local function plan(fields)
        fields.from = w.sqlite "a.db"
        return w.plan(fields)
    end

    local function load_table(source, target, columns)
        return { source = source, target = { schema = "public", name = target }, target_sql = "public." .. target,
            read = { table = source }, columns = columns or {} }
    end

    local function run(mode, tables, choices)
        return { id = 3, choices = choices or { target_schema = "", triggers = "" },
            plan = { mode = mode, tables = tables or {} } }
    end

    local function resolved(given, of_run, open)
        return retry_plan.resolve(given, of_run, open or {}, { session = "s" })
    end

    it("goes by what the run was told where the script says nothing", function()
        local told = { target_schema = "other", triggers = "off" }
        resolved(plan {}, run("existing", nil, told))
        assert.same({ "other", "off" }, { asked.plan.target_schema, asked.plan.triggers })
        assert.same({ session = "s" }, asked.ends)
        resolved(plan { triggers = "fire" }, run("existing", nil, told))
        assert.equal("fire", asked.plan.triggers)
        resolved(plan { target_schema = "mine" }, run "existing")
        assert.same({ "mine", nil }, { asked.plan.target_schema, asked.plan.triggers })
    end)

    it("takes the tables that the run created for tables that are there", function()
        resolved(plan { idiomatic = true, nocase = "icu", schema = "create", triggers = "fire",
            columns = { ["t.*_at"] = { stored = "unix", type = "timestamptz" } },
            tables = { t = { on_bad = "reject", columns = { n = { type = "bigint", on_bad = "null" },
                other = { type = "text", from = "o" }, renamed = "r" } }, left = w.skip "old" } },
            run("create", { load_table("t", "t2", { { source = "n", target = "n" }, { source = "o", target = "other" },
                { source = "r", target = "renamed" }, { source = "S P", target = "s_p" } }),
                load_table("left", "left"), load_table("new", "new") }))
        local given = asked.plan
        assert.same({ "existing", false, "fold", "off" }, { given.schema, given.idiomatic, given.nocase,
            given.triggers })
        assert.same({ stored = "unix" }, given.columns["t.*_at"])
        assert.same({ into = "t2", skip = {}, on_bad = "reject", triggers = "off", offset = 0, references = {},
            emits = {}, columns = { n = { on_bad = "null", from = "n" }, other = { from = "o" }, renamed = "r",
                s_p = "S P" } },
            given.tables.t)
        assert.same({ into = "new", triggers = "off", columns = {} }, given.tables.new)
        assert.is_true(vocabulary.is_skip(given.tables.left))
    end)

    it("leaves the script's plan as it was", function()
        local own = plan { idiomatic = true, tables = { t = { columns = { n = { type = "bigint" } } } } }
        resolved(own, run("create", { load_table("t", "t2", { { source = "n", target = "n" } }) }))
        assert.is_true(own.idiomatic)
        assert.same({ n = { type = "bigint" } }, own.tables.t.columns)
    end)

    it("gives the tables with open rejects in load order, and the triggers of these", function()
        answer.tables = { load_table("c", "c"), load_table("a", "a"), load_table("b", "b") }
        answer.objects = {
            { kind = "trigger", name = "one", table = "a", state = "aside" },
            { kind = "trigger", name = "two", table = "b", state = "aside" },
            { kind = "trigger", name = "three", table = "a", state = "receipt" },
            { kind = "index", name = "four", table = "a", state = "aside" },
        }
        local tables, triggers = resolved(plan {}, run("existing", { load_table("a", "a"), load_table("c", "c") }),
            { a = 1, c = 2 })
        assert.same({ answer.tables[1], answer.tables[2] }, tables)
        assert.same({ answer.objects[1] }, triggers)
    end)

    it("gives findings about these tables and about none", function()
        answer.tables = { load_table("a", "a"), load_table("b", "b") }
        answer.tables[1].source, answer.tables[1].read.table = "A", "a"
        answer.findings = {
            { code = "x", table = "A" }, { code = "x", table = "b" }, { code = "target_not_empty", table = "A" },
            { code = "y" },
        }
        local _, _, findings = resolved(plan {}, run "existing", { a = 1 })
        assert.same({ answer.findings[1], answer.findings[4] }, findings)
    end)

    it("refuses a script that loads the table elsewhere now", function()
        answer.tables = { load_table("a", "elsewhere") }
        local fault = Target.fault(resolved, plan {}, run("existing", { load_table("a", "a") }), { a = 1 })
        assert.equal("plan", fault.kind)
        assert.equal("the script loads a into public.elsewhere now, and run 3 into public.a", fault.message)
        resolved(plan {}, run("existing", { load_table("a", "a") }), {}) -- none of its rows is rejected
    end)
end)
