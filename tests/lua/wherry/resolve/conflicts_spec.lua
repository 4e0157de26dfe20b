-- How rows that meet rows of the target are merged: the statements on a real server, and what does not allow them.
local conflicts = require "wherry.resolve.conflicts"
local Outcome = require "wherry.resolve.outcome"
local pg = require "wherry.schema.pg"
local Target = require "tests.support.target"

describe("conflicts", function()
    local server

    setup(function() server = Target.start() end)
    teardown(function() server:stop() end)

    local function prepare(sql)
        local session = server:session()
        session:query "SET search_path TO public, pg_catalog"
        session:query("DO $do$ BEGIN " .. sql .. "; END $do$") -- one statement, whatever it is made of
        local function target_query(text, parameters) return session:query(text, parameters) end
        local context = { target_query = target_query, role = "app", outcome = Outcome.new() }
        return context, pg.read(target_query, "public"), session
    end

    local function resolve(sql, columns, how)
        local context, model, session = prepare(sql)
        local filled = {}
        for i, name in ipairs(columns) do
            filled[i] = { target = name }
        end
        return conflicts.resolve(context, { name = "t" }, model.tables[1], filled, how), context, session
    end

    local function codes(context)
        local list = {}
        for i, finding in ipairs((context.outcome:sorted())) do
            list[i] = finding.code
        end
        return list
    end

    -- Rows into the session's table and from there into the target: counts and what the target holds afterwards.
    local function merge(conflict, session, values)
        session:query "BEGIN"
        for _ = 1, 2 do -- a second time it is there already, and empty
            session:query(conflict.stage_sql)
            session:query(conflict.clear_sql)
        end
        session:query(("INSERT INTO %s VALUES %s"):format(conflict.stage, values))
        local counts = session:query(conflict.merge_sql)[1]
        session:query "COMMIT"
        return counts, session:query("SELECT string_agg(t::text, ' ' ORDER BY id) AS rows FROM t")[1].rows
    end

    local TABLE = "CREATE TABLE t(id int PRIMARY KEY, a text, j json, keep text DEFAULT 'own');"
        .. " INSERT INTO t VALUES (1, 'old', '{}'), (2, 'old', '{}'), (3, NULL, NULL)"

    it("is nothing for rows that are only added", function()
        assert.is_nil((resolve(TABLE, { "id" }, "error")))
        assert.is_nil((resolve(TABLE, { "id" }, nil)))
    end)

    it("keeps rows that are there", function()
        local conflict, _, session = resolve(TABLE, { "id", "a", "j" }, "keep")
        assert.equal("3", conflict.before)
        assert.same({ "id" }, conflict.key_target)
        local counts, rows = merge(conflict, session, "(2, 'new', '{}'), (4, 'new', NULL)")
        assert.same({ inserted = "1", updated = "0" }, counts)
        assert.equal("(1,old,{},own) (2,old,{},own) (3,,,own) (4,new,,own)", rows)
    end)

    it("updates rows that differ, and only those", function()
        local conflict, _, session = resolve(TABLE, { "id", "a", "j" }, "update")
        session:query "UPDATE t SET keep = 'edited'"
        local before = session:query("SELECT xmin FROM t WHERE id = 1")[1].xmin
        local counts, rows = merge(conflict, session,
            "(1, 'old', '{}'), (2, 'new', '{}'), (3, 'x', NULL), (4, 'new', '[]')")
        assert.same({ inserted = "1", updated = "2" }, counts)
        assert.equal("(1,old,{},edited) (2,new,{},edited) (3,x,,edited) (4,new,[],own)", rows)
        assert.equal(before, session:query("SELECT xmin FROM t WHERE id = 1")[1].xmin)
    end)

    it("has nothing to update where the key is all there is", function()
        local conflict, _, session = resolve("CREATE TABLE t(id int PRIMARY KEY); INSERT INTO t VALUES (1)", { "id" },
            "update")
        assert.same({ inserted = "1", updated = "0" }, (merge(conflict, session, "(1), (2)")))
    end)

    it("takes numbers for an identity that is always generated, and odd names", function()
        local conflict, _, session = resolve([[CREATE TABLE t(id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            "o""dd" text)]], { "id", 'o"dd' }, "update")
        local counts, rows = merge(conflict, session, "(7, 'x')")
        assert.same({ inserted = "1", updated = "0" }, counts)
        assert.equal("(7,x)", rows)
        assert.same({ inserted = "0", updated = "1" }, (merge(conflict, session, "(7, 'y')")))
    end)

    it("meets rows by a unique constraint where the primary key is not filled", function()
        local conflict, _, session = resolve([[CREATE TABLE t(id serial PRIMARY KEY, a text NOT NULL UNIQUE, b int);
            INSERT INTO t(a, b) VALUES ('x', 1)]], { "a", "b" }, "update")
        assert.same({ "a" }, conflict.key_target)
        local counts, rows = merge(conflict, session, "('x', 2), ('y', 3)")
        assert.same({ inserted = "1", updated = "1" }, counts)
        assert.matches("(1,x,2)", rows, 1, true)
    end)

    it("finds no key where none is filled, can be trusted or refuses NULL", function()
        for _, sql in ipairs { "CREATE TABLE t(id int, a text UNIQUE)", "CREATE TABLE t(id int, a text)",
            "CREATE TABLE t(id int PRIMARY KEY, a text)",
            "CREATE TABLE t(id int, a text NOT NULL UNIQUE DEFERRABLE)" } do
            local conflict, context = resolve(sql, { "a" }, "keep")
            assert.is_nil(conflict)
            assert.same({ "no_conflict_key" }, codes(context))
        end
    end)

    it("removes all rows of tables that are replaced, together with the tables that refer to them", function()
        local context, model = prepare [[CREATE TABLE p(id int PRIMARY KEY); CREATE TABLE c(p int REFERENCES p);
            CREATE TABLE other(p int REFERENCES p); INSERT INTO p VALUES (1), (2)]]
        local list = {}
        for _, target in ipairs(model.tables) do
            if target.name ~= "other" then
                list[#list + 1] = { source = { name = target.name }, target = target,
                    load = conflicts.resolve(context, { name = target.name }, target, {}, "replace") }
            end
        end
        assert.equal("TRUNCATE ONLY public.c, ONLY public.p", conflicts.removal(context, list))
        local findings, objects = context.outcome:sorted()
        assert.same({ "replace_referenced" }, codes(context))
        assert.matches("other refers to public.p (foreign key other_p_fkey)", findings[1].reason, 1, true)
        assert.equal(1, #objects)
        assert.matches("its 2 rows in the target are removed", objects[1].note, 1, true)
        assert.equal("0", list[2].load.before)
    end)

    it("says which rights are missing", function()
        local context, model, session = prepare [[CREATE TABLE t(id int PRIMARY KEY); CREATE ROLE plain;
            GRANT SELECT, INSERT ON t TO plain]]
        session:query "SET ROLE plain"
        context.role = "plain"
        for how, missing in pairs { update = "UPDATE on public.t", replace = "TRUNCATE on public.t" } do
            context.outcome = Outcome.new()
            conflicts.resolve(context, { name = "t" }, model.tables[1], { { target = "id" } }, how)
            assert.same({ "missing_right" }, codes(context))
            assert.matches(missing, context.outcome:sorted()[1].reason, 1, true)
        end
    end)

    it("fires the triggers of updates only where rows are updated", function()
        local target = { insert_triggers = { { name = "both" } },
            update_triggers = { { name = "both" }, { name = "u" } } }
        local function fired(how)
            local list = {}
            for i, trigger in ipairs(conflicts.triggers(target, how)) do
                list[i] = trigger.name
            end
            return table.concat(list, " ")
        end
        assert.equal("both", fired "error")
        assert.equal("both", fired "keep")
        assert.equal("both u", fired "update")
    end)
end)
