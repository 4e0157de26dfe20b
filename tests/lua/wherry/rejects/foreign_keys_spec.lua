-- The foreign keys between the tables of a run: those that stand, and those that are still to come.
local foreign_keys = require "wherry.rejects.foreign_keys"
local journal_of = require "wherry.journal"
local Target = require "tests.support.target"

describe("the foreign keys of a run", function()
    local target
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)

    it("are those of the catalog and those of the plan, each once, children in load order", function()
        local session = target:session()
        local journal = journal_of.open(session, "wherry")
        session:query "CREATE SCHEMA other"
        session:query "CREATE TABLE other.p (a int, b int, PRIMARY KEY (a, b))"
        session:query "CREATE TABLE public.a (id int PRIMARY KEY, up int, x int, y int)"
        session:query 'CREATE TABLE public."B" (id int, a_id int REFERENCES public.a)'
        local function key(name, source, quoted, state, columns, parent, schema, parent_columns)
            return { kind = "foreign key", name = name, table = source, target = quoted, state = state,
                outcome = "exact", sql = "SELECT 1", key = { columns = columns, parent = parent,
                    parent_schema = schema, parent_columns = parent_columns } }
        end
        local resolved = Target.resolved({ { source = "a" }, { source = "B", target_sql = 'public."B"' } }, {
            key("B_a_id_fkey", "B", 'public."B"', "todo", { "a_id" }, "a", nil, { "id" }),
            key("a_up_fkey", "a", "public.a", "todo", { "up" }, "a", nil, { "id" }),
            key("a_x_fkey", "a", "public.a", "todo", { "x", "y" }, "p", "other", { "a", "b" }),
            key("gone", "a", "public.a", "todo", { "x" }, "a", nil, { "id" }),
        })
        local run = Target.begin(journal, resolved)
        session:query "UPDATE wherry.object SET state = 'done' WHERE name = 'B_a_id_fkey'"
        session:query "UPDATE wherry.object SET state = 'failed', failed_in = 'todo' WHERE name = 'gone'"
        local shown = {}
        for i, one in ipairs(foreign_keys.of(journal, run, resolved)) do
            shown[i] = ("%s %s(%s) %s(%s)"):format(one.name, one.child.source, table.concat(one.columns, ","),
                one.parent_sql, table.concat(one.parent_columns, ","))
        end
        assert.same({ "a_up_fkey a(up) public.a(id)", "a_x_fkey a(x,y) other.p(a,b)",
            "B_a_id_fkey B(a_id) public.a(id)" }, shown)
        session:query "ALTER TABLE public.a ADD CONSTRAINT a_up_fkey FOREIGN KEY (up) REFERENCES public.a NOT VALID"
        session:query "UPDATE wherry.object SET state = 'added' WHERE name = 'a_up_fkey'"
        assert.equal(3, #foreign_keys.of(journal, run, resolved))
    end)
end)
