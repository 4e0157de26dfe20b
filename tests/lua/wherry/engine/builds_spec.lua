-- What is built behind the load: in which steps, behind which tables, beside what.
local builds = require "wherry.engine.builds"
local journal_of = require "wherry.journal"
local objects = require "wherry.engine.objects"
local statements = require "wherry.statements"
local Target = require "tests.support.target"

local function object(kind, name, tbl, list, fields)
    local made = { kind = kind, name = name, table = tbl, target = "public." .. tbl, state = "aside",
        outcome = "exact", sql = statements.join(list), aside_sql = "SELECT 1" }
    for field, value in pairs(fields or {}) do
        made[field] = value
    end
    return made
end

local function key(name, tbl, kind)
    return object(kind or "primary key", name, tbl, { ("CREATE UNIQUE INDEX %s ON public.%s (id)"):format(name, tbl),
        ("ALTER TABLE public.%s ADD CONSTRAINT %s %s USING INDEX %s"):format(tbl, name,
            kind == "unique" and "UNIQUE" or "PRIMARY KEY", name) })
end

local function index(name, tbl)
    return object("index", name, tbl, { ("CREATE INDEX %s ON public.%s (id)"):format(name, tbl) })
end

local function foreign_key(name, child, parent, fields)
    local made = object("foreign key", name, child, {
        ("ALTER TABLE public.%s ADD CONSTRAINT %s FOREIGN KEY (id) REFERENCES public.%s"):format(child, name, parent) },
        fields)
    made.key = { columns = { "id" }, parent = parent, parent_columns = { "id" } }
    return made
end

describe("builds.steps", function()
    local function steps(of, options)
        local list = {}
        for i, step in ipairs(builds.steps(of, options or {})) do
            list[i] = ("%s>%s %d%s"):format(step.from, step.to, #step.statements, step.shares and " shares" or "")
        end
        return list
    end

    it("make a key of an index, unless nothing is built beside it", function()
        assert.same({ "aside>added 1 shares", "added>done 1" }, steps(key("k", "t")))
        assert.same({ "aside>done 2" }, steps(key("k", "t"), { alone = true }))
        local half = key("k", "t")
        half.state = "added"
        assert.same({ "added>done 1" }, steps(half, { alone = true }))
        assert.same({ half.sql:match "\n(.*)$" }, builds.left(half))
    end)

    it("hold an index that is more than one back from the table's others only for what locks it", function()
        assert.same({ "aside>done 1 shares" }, steps(index("i", "t")))
        local clustered = object("index", "i", "t", { "SET LOCAL default_tablespace TO s", "CREATE INDEX i ON t (a)",
            "SET LOCAL default_tablespace TO ''", "COMMENT ON INDEX i IS 'x'", "ALTER TABLE t CLUSTER ON i" })
        assert.same({ "aside>added 4 shares", "added>done 1" }, steps(clustered))
    end)

    it("validate a foreign key that was valid, of a table that is not partitioned", function()
        local one = foreign_key("f", "c", "p")
        assert.same({ "aside>added 1", "added>done 1" }, steps(one))
        assert.equal(one.sql .. " NOT VALID", builds.steps(one, {})[1].statements[1])
        assert.same({ "aside>done 1" }, steps(one, { partitioned = true }))
        one.state = "added"
        assert.same({ "ALTER TABLE public.c VALIDATE CONSTRAINT f" }, builds.left(one))
        local lazy = foreign_key("f", "c", "p")
        lazy.sql = lazy.sql .. " NOT VALID"
        assert.same({ "aside>done 1" }, steps(lazy))
    end)

    it("add an exclusion constraint and a trigger at once", function()
        assert.same({ "aside>done 1" }, steps(object("exclusion constraint", "x", "t", { "ALTER TABLE t ADD x" })))
        assert.same({ "aside>done 1" }, steps(object("trigger", "x", "t", { "ALTER TABLE t ENABLE TRIGGER x" })))
    end)
end)

describe("builds.of", function()
    local target, session, journal
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        session = target:session { retry = 0 }
        journal = journal_of.open(session, "wherry")
        session:query "CREATE TABLE public.p (id int)"
        session:query "CREATE TABLE public.c (id int)"
    end)

    local function begin(list, jobs)
        local resolved = Target.resolved({ { source = "p" }, { source = "c" } }, list)
        local run = Target.begin(journal, resolved)
        return builds.of(journal, run, resolved, jobs or 2), run, resolved
    end

    local function name_of(build, names)
        return build.object and names[build.object] .. ">" .. build.to or build.statements[1]
    end

    -- Each build as "name from>to: tables; waits by name", and what it excludes.
    local function told(list, names)
        local texts = {}
        for i, build in ipairs(list) do
            local waits, excludes = {}, {}
            for k, place in ipairs(build.waits) do
                assert.is_true(place < i)
                waits[k] = name_of(list[place], names)
            end
            for k, place in ipairs(build.excludes) do
                excludes[k] = (k == 1 and "; not beside " or "") .. name_of(list[place], names)
            end
            texts[i] = ("%s: %s; %s%s"):format(build.object
                and ("%s %s>%s"):format(names[build.object], build.from, build.to) or build.statements[1],
                table.concat(build.tables, " "), table.concat(waits, " "), table.concat(excludes, " "))
        end
        return texts
    end

    local function objects_of(list)
        local found = {}
        for _, build in ipairs(list) do
            found[#found + 1] = build.object and build
        end
        return found
    end

    it("builds a table's indexes side by side, then its keys, then the keys that refer to them", function()
        local list = begin { key("pk", "p"), index("pi", "p"), key("ck", "c"), foreign_key("f", "c", "p"),
            foreign_key("self", "p", "p"), object("trigger", "t", "c", { "ALTER TABLE public.c ENABLE TRIGGER t" }) }
        assert.same({
            "pk aside>added: 1; ", "pi aside>done: 1; ", "pk added>done: 1; pk>added pi>done", "ck aside>done: 2; ",
            "ANALYZE public.p: 1; pk>added pi>done pk>done",
            "ANALYZE public.c: 2; ck>done",
            "f aside>added: 2 1; pk>added pi>done pk>done ck>done ANALYZE public.p ANALYZE public.c"
                .. "; not beside self>added self>done",
            "f added>done: 2 1; ck>done ANALYZE public.c f>added",
            "self aside>added: 1; pk>added pi>done pk>done ANALYZE public.p; not beside f>added",
            "self added>done: 1; pk>added pi>done pk>done ANALYZE public.p self>added; not beside f>added",
        }, told(list, { "pk", "pi", "ck", "f", "self", "t" }))
    end)

    it("analyzes each target once, behind all tables that go into it, and none where the plan says so", function()
        local resolved = Target.resolved { { source = "p" }, { source = "q", target_sql = "public.p" } }
        local run = Target.begin(journal, resolved)
        local list, analyzed = builds.of(journal, run, resolved, 2)
        assert.same({ "ANALYZE public.p: 1 2; " }, told(list, {}))
        assert.same({ "public.p" }, analyzed)
        resolved.analyze = false
        assert.same({ {}, {} }, { builds.of(journal, run, resolved, 2) })
    end)

    it("keeps foreign keys of one name in their order", function()
        local list = begin { foreign_key("same", "p", "x"), foreign_key("same", "c", "y") }
        assert.same({ 2, 3 }, list[5].waits) -- the statistics of its table, and the first one
        assert.same({ 1 }, list[3].tables)
    end)

    it("goes on where a run stopped", function()
        local list, run, resolved = begin { key("pk", "p"), index("pi", "p"), foreign_key("f", "c", "p") }
        assert.equal(5, #objects_of(list))
        session:query "UPDATE wherry.object SET state = 'added' WHERE name IN ('pk', 'f')"
        session:query "UPDATE wherry.object SET state = 'done' WHERE name = 'pi'"
        local left = builds.of(journal, run, resolved, 2)
        assert.same({ "pk added>done: 1; ", "ANALYZE public.p: 1; pk>done", "ANALYZE public.c: 2; ",
            "f added>done: 2 1; ANALYZE public.c" }, told(left, { "pk", "pi", "f" }))
        session:query "UPDATE wherry.object SET state = 'done'"
        assert.same({}, objects_of(builds.of(journal, run, resolved, 2)))
    end)

    it("gives what the server does as it stands, and what place would do, too", function()
        local list, run, resolved = begin { key("pk", "p"), index("pi", "p"), foreign_key("f", "c", "p") }
        for _, build in ipairs(objects_of(list)) do
            session:query "BEGIN"
            session:query(build.settings)
            for _, sql in ipairs(build.statements) do
                session:query(sql)
            end
            session:query "COMMIT"
            session:query(("UPDATE wherry.object SET state = '%s' WHERE id = %d"):format(build.to, build.object))
        end
        assert.same({}, objects.place({ journal = journal, run = run, resolved = resolved }, function() end))
        assert.equal("f pk", session:query([[SELECT string_agg(conname, ' ' ORDER BY conname) AS names
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND convalidated]])[1].names)
    end)

    it("shares memory and workers among those that build at once, and never takes what the server gives", function()
        local function set(jobs)
            local memory, workers = builds.settings(session, jobs):match
                "'(%d+)kB', true%), set_config%('max_parallel_maintenance_workers', '(%d+)'"
            return tonumber(memory), tonumber(workers)
        end
        session:query "SET max_parallel_maintenance_workers = 2"
        local one, workers = set(1)
        assert.same({ 256 << 10, 2 }, { one, workers })
        assert.same({ 128 << 10, 1 }, { set(2) })
        assert.same({ 64 << 10, 0 }, { set(4) })
        session:query "SET maintenance_work_mem = '2GB'"
        assert.same({ 2 << 20, 0 }, { set(4) })
    end)
end)
