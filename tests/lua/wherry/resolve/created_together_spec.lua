-- What several sources create in one target: once what is the same, a finding where it is not, names, and order.
local created_together = require "wherry.resolve.created_together"
local Outcome = require "wherry.resolve.outcome"

describe("created_together", function()
    local function context(name, sql, schema)
        return { schema = schema or "public", outcome = Outcome.new(name), created = {
            tables = { { schema = schema or "public", name = "item", create_sql = sql } },
            objects = { { name = "item_pkey" } } } }
    end

    local function tbl(source)
        return { source = source or "item", target_sql = "public.item" }
    end

    local function checked(collision, second)
        local joint = { made = {}, plan = { collision = collision } }
        local a, b = context("a", "CREATE TABLE public.item (id bigint)"), context("b", second)
        created_together.check(joint, a, { tbl() })
        created_together.check(joint, b, { tbl() })
        assert.same({}, a.outcome.findings)
        return b.outcome.findings[1]
    end

    it("refuses a table that an earlier source creates, unless all rows are to go into it", function()
        local finding = checked("error", "CREATE TABLE public.item (id bigint)")
        assert.same({ "duplicate_target", "b.item", "public.item is created from a.item already" },
            { finding.code, finding.table, finding.reason })
        assert.is_nil(checked("append", "CREATE TABLE public.item (id bigint)"))
        finding = checked("append", "CREATE TABLE public.item (id text)")
        assert.equal("sources_differ", finding.code)
        assert.matches("from a.item than from it: CREATE TABLE public.item (id bigint), and CREATE TABLE public.item "
            .. "(id text)", finding.reason, 1, true)
    end)

    it("keeps the names of each schema that are taken", function()
        local joint = { names = {} }
        created_together.note_names(joint, context("a", ""))
        created_together.note_names(joint, context("b", ""))
        created_together.note_names(joint, context("c", "", "other"))
        assert.same({ public = { "item", "item_pkey", "item", "item_pkey" }, other = { "item", "item_pkey" } },
            joint.names)
    end)

    it("makes once what is the same, and says of which source each table is", function()
        local joint, resolved = { outcome = Outcome.new() }, {}
        for i, name in ipairs { "a", "b" } do
            local one = { file = { name = name }, context = context(name, ""), tables = { tbl() },
                statements = { "CREATE TABLE public.item ()", "own " .. name }, drops = { "DROP FUNCTION f" } }
            one.context.outcome:object { kind = "index", name = "i", target = "public.item", state = "todo", sql = "x" }
            one.context.outcome:object { kind = "index", name = "i", target = "public.item", state = "todo",
                sql = "y" .. i }
            one.context.outcome:object { kind = "foreign key", name = "f" .. i, state = "todo", sql = "z",
                key = { columns = { "p" }, parent = "p" } }
            one.context.outcome:receipt("table", "left", "not_carried", "why", { table = "left" })
            resolved[i] = one
        end
        local tables, statements, drops = created_together.join(joint, resolved)
        assert.same({ "CREATE TABLE public.item ()", "own a", "own b" }, statements)
        assert.same({ "DROP FUNCTION f" }, drops)
        assert.same({ "a", "b" }, { tables[1].from, tables[2].from })
        local said = {}
        for i, object in ipairs(joint.outcome.objects) do
            said[i] = object.state == "receipt" and object.name or object.name .. " " .. object.sql
            assert.equal(object.key and "public", object.key and object.key.parent_schema)
        end
        assert.same({ "i x", "i y1", "f1 z", "a.left", "i y2", "f2 z", "b.left" }, said)
        assert.same({}, resolved[1].context.outcome.objects)
    end)

    it("has tables first that the order names", function()
        local list = { { from = "a", source = "x" }, { from = "a", source = "y" }, { from = "b", source = "x" } }
        assert.same({ list[3], list[2], list[1] }, created_together.in_order(list, { "b.x", "c.x", "a.y", "b.x" }))
        assert.same(list, created_together.in_order(list, {}))
    end)
end)
