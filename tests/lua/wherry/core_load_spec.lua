local core = require "wherry.core"
local load_case = require "tests.support.load_case"

local column, fault_of = load_case.column, load_case.fault_of

describe("wherry.core.load", function()
    local case, connection, place

    setup(function()
        case = load_case.start()
        connection, place = case.connection, case.place
    end)
    teardown(function() case:stop() end)
    before_each(function() case:reset() end)

    local function options()
        return case:options()
    end

    local function content()
        return case:content()
    end

    it("loads the tables in order and tells how far it is", function()
        local told, given = {}, options()
        given.tick = function(...) told = table.pack(...) end
        core.load(given)
        assert.are.same({ t = "500", u = "1", todo = "0" }, content())
        assert.are.same({ { total = 501, lanes = 0, tables = {}, done = { 1, 2 }, building = {}, builds_done = 0,
            unsent = 0 }, n = 1 }, told)
    end)

    it("reads each table from the source that it names, over several lanes", function()
        local path = place .. "/other.db"
        core.sys.spawn { "sqlite3", path, "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t "
            .. "VALUES (1001, 'other'), (1002, 'other'), (1003, 'other')" }
        finally(function() os.remove(path) end)
        local first <close> = core.snapshot.open(place .. "/a.db", { lanes = 2 })
        local second <close> = core.snapshot.open(path, { lanes = 2 })
        local given = options()
        given.snapshot, given.source, given.jobs = nil, nil, 2
        given.snapshots = { { name = "main", snapshot = first }, { name = "other", snapshot = second } }
        local again = options().tables[1]
        again.from = "other"
        given.tables[3] = again
        connection:query "INSERT INTO wherry.slice (run, source, source_table, state) VALUES (1, 'other', 't', 'todo')"
        core.load(given)
        assert.are.same({ t = "503", u = "1", todo = "0" }, content())
        assert.are.same({ { source = "main", read = "500" }, { source = "other", read = "3" } }, connection:query(
            "SELECT source, sum(read) AS read FROM wherry.slice WHERE source_table = 't' GROUP BY 1 ORDER BY 1"))
        again.from = "nowhere"
        assert.matches("'nowhere' is no source", fault_of(core.load, given).message)
        given.snapshots = {}
        assert.matches("'snapshots' is empty", fault_of(core.load, given).message)
    end)

    -- Each row takes 20 ms.
    local function slowly(given)
        given.step_rows = 5
        connection:query [[CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(0.02); RETURN NEW; END $$]]
        connection:query "CREATE TRIGGER slow BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.slow()"
        finally(function() connection:query "DROP FUNCTION public.slow CASCADE" end)
        local fault = fault_of(core.load, given)
        assert.is_true(tonumber(content().t) < 250)
        return fault
    end

    it("ends when a count fails that the source takes beside it", function()
        local given = options()
        local snapshot <close> = core.snapshot.open(case.place .. "/a.db")
        given.snapshot = snapshot
        snapshot:check_start { counts = { { table = "u", sql = "SELECT count(*) FROM nothing" } } }
        local fault = slowly(given)
        assert.are.same({ "source", "u" }, { fault.kind, fault.table })
    end)

    it("ends when the tick says so", function()
        local given = options()
        given.tick = function() return true end
        assert.matches("ended from outside", slowly(given).message)
    end)

    it("takes lanes, builds and an order of tables", function()
        local given = options()
        local snapshot = core.snapshot.open(case.place .. "/a.db", { lanes = 2 })
        case.connection:query [[CREATE TABLE wherry.object (id bigint, state text, run bigint DEFAULT 1,
            started timestamptz, finished timestamptz)]]
        case.connection:query "INSERT INTO wherry.object VALUES (1, 'aside'), (2, 'todo'), (3, 'todo')"
        finally(function()
            snapshot:close()
            case.connection:query "DROP TABLE wherry.object"
        end)
        given.snapshot, given.jobs, given.tables[2].after = snapshot, 2, { 1 }
        given.builds = {
            { object = 1, from = "aside", to = "done", statements = { "CREATE INDEX t_v ON public.t (v)" },
                settings = "SET LOCAL work_mem = '5MB'", tables = { 1 } },
            { object = 2, from = "todo", to = "done", statements = { "CREATE INDEX u_no ON public.u (no)" },
                tables = { 2 } },
            { object = 3, from = "todo", to = "done", statements = { "CREATE INDEX u_a ON public.u ((a::text))" },
                tables = { 2 }, waits = { 2 } },
            { statements = { "ANALYZE public.t" }, tables = { 1 }, waits = { 1 } },
        }
        assert.are.same({ true, false, false, true }, core.load(given))
        assert.are.same({ t = "500", u = "1", todo = "0" }, content())
        assert.are.equal("1done 2todo 3todo", case.connection:query([[SELECT string_agg(id || state, ' ' ORDER BY id)
            AS n FROM wherry.object]])[1].n)
        assert.are.equal("500", case.connection:query([[SELECT reltuples AS n FROM pg_class
            WHERE relname = 't' AND relnamespace = 'public'::regnamespace]])[1].n)
    end)

    it("cancels a build that is under way when a lane fails", function()
        local given = options()
        local snapshot <close> = core.snapshot.open(case.place .. "/a.db", { lanes = 2 })
        connection:query [[CREATE TABLE wherry.object (id bigint, state text, run bigint DEFAULT 1,
            started timestamptz, finished timestamptz)]]
        connection:query "INSERT INTO wherry.object VALUES (1, 'todo')"
        connection:query [[CREATE FUNCTION public.refuses() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM pg_sleep(0.4); IF (SELECT max(id) FROM public.t) > 300 THEN RAISE 'not this one'; END IF;
            RETURN NULL; END $$]]
        connection:query "CREATE TRIGGER refuses AFTER INSERT ON public.t EXECUTE FUNCTION public.refuses()"
        finally(function()
            connection:query "DROP TABLE wherry.object"
            connection:query "DROP FUNCTION public.refuses CASCADE"
        end)
        given.snapshot, given.jobs, given.step_rows = snapshot, 2, 100
        given.builds = { { object = 1, from = "todo", to = "done", tables = { 2 },
            statements = { "SELECT pg_sleep(60)", "CREATE INDEX u_slow ON public.u ((a::text))" } } }
        local begun = core.sys.clock()
        assert.are.equal("not this one", fault_of(core.load, given).message:match "not this one")
        assert.is_true(core.sys.clock() - begun < 20)
        assert.are.same({ { state = "todo", started = "t" } },
            connection:query "SELECT state, started IS NOT NULL AS started FROM wherry.object")
        assert.are.same({}, connection:query "SELECT FROM pg_class WHERE relname = 'u_slow'")
        assert.are.same({}, connection:query "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    end)

    it("refuses lanes, builds and orders that can't be", function()
        local changes = {
            function(given) given.jobs = 0 end,
            function(given) given.jobs = 2 end, -- the snapshot has one reader
            function(given) given.tables[1].after = { 3 } end,
            function(given) given.builds = { { object = 1, statements = {} } } end,
            function(given) given.builds = { { statements = { 7 } } } end,
            function(given) given.builds = { { statements = {}, waits = { 2 } } } end,
            function(given) given.builds = { { statements = {}, excludes = { 2 } } } end,
            function(given) given.builds = { { statements = {}, tables = { 0 } } } end,
        }
        for _, change in ipairs(changes) do
            local given = options()
            change(given)
            case:refuses(core.load, given)
        end
    end)

    it("needs no tables, and no tick", function()
        local given = options()
        given.tables, given.retry = {}, 0.5
        core.load(given)
        assert.are.same({ t = "0", u = "0", todo = "2" }, content())
    end)

    it("goes on when the tick raises", function()
        local given = options()
        given.tick = function() error("not my day") end
        core.load(given)
        assert.are.same({ t = "500", u = "1", todo = "0" }, content())
    end)

    it("raises what stopped it, with its place", function()
        local given = options()
        given.tables[1].columns[2] = column("v", 20, "int8")
        local fault = fault_of(core.load, given)
        assert.are.equal("value", fault.kind)
        assert.are.same({ "t", "v", "id=1", "v1", "text" },
            { fault.table, fault.column, fault.key, fault.value, fault.value_class })
        assert.are.same({ t = "0", u = "0", todo = "2" }, content())
    end)

    local function refuses(change)
        local given = options()
        change(given, given.tables[1], given.tables[1].read, given.tables[1].columns[1])
        case:refuses(core.load, given)
    end

    it("refuses options that are missing or of another type", function()
        for _, field in ipairs { "conninfo", "journal", "run", "source", "tables" } do
            refuses(function(given) given[field] = nil end)
            refuses(function(given) given[field] = true end)
        end
        for _, field in ipairs { "step_rows", "step_bytes", "retry", "tick", "max_bad", "max_bad_percent" } do
            refuses(function(given) given[field] = "many" end)
            refuses(function(given) given[field] = -1 end)
        end
        refuses(function(given) given.step_rows = 0 end)
        refuses(function(given) given.step_rows = 1.5 end)
        refuses(function(given) given.run = 0 end)
        refuses(function(given) given.max_bad = 0.5 end)
        refuses(function(given) given.max_bad_percent = 100.1 end)
        refuses(function(given) given.retry = math.maxinteger end)
        refuses(function(given) given.conninfo = given.conninfo .. "\0 host=elsewhere" end)
        refuses(function(given) given.tables[2] = "u" end)
    end)

    it("refuses tables that do not fit together", function()
        for _, field in ipairs { "target_sql", "copy_sql", "read", "columns" } do
            refuses(function(_, tbl) tbl[field] = nil end)
            refuses(function(_, tbl) tbl[field] = 1 end)
        end
        refuses(function(_, tbl) tbl.columns = {} end)
        refuses(function(_, tbl) tbl.columns[3] = column("w", 25, "text") end)
        refuses(function(_, tbl) tbl.columns[2] = column("v", 28, "xid") end) -- no codec
        for _, field in ipairs { "source", "target", "type" } do
            refuses(function(_, _, _, first) first[field] = nil end)
            refuses(function(_, _, _, first) first[field] = 1 end)
        end
        for _, value in ipairs { -1, 1 << 32, "x", 0.5 } do
            refuses(function(_, _, _, first) first.type.oid = value end)
        end
        refuses(function(_, _, _, first) first.type.typmod = 1 << 40 end)
        refuses(function(_, _, _, first) first.type.name = nil end)
        refuses(function(_, _, _, first) first.type.display = {} end)
        refuses(function(_, tbl) tbl.columns[1] = "id" end)
    end)

    it("refuses reads that name no row", function()
        for _, field in ipairs { "table", "sql_first", "key_columns", "key_names", "columns" } do
            refuses(function(_, _, read) read[field] = nil end)
            refuses(function(_, _, read) read[field] = false end)
        end
        for _, value in ipairs { 0, -1, 1 << 40 } do
            refuses(function(_, _, read) read.columns = value end)
        end
        for _, value in ipairs { 0, -1, 3, 1.5, "1", {}, math.mininteger } do
            refuses(function(_, _, read) read.key_columns = { value } end)
        end
        for _, value in ipairs { 1, {}, true } do -- a number would become a string that nothing holds
            refuses(function(_, _, read) read.key_names = { value } end)
        end
        refuses(function(_, _, read) read.key_names = {} end)
        refuses(function(_, _, read) read.key_columns, read.key_names = {}, {} end) -- yet sql_after
        refuses(function(_, _, read)
            for i = 1, 17 do
                read.key_columns[i], read.key_names[i] = 1, "id"
            end
        end)
        refuses(function(_, _, read) read.sql_after = 7 end)
    end)

    it("refuses a snapshot that is closed or none", function()
        local given = options()
        given.snapshot = core.snapshot.open(place .. "/a.db")
        given.snapshot:close()
        assert.are.equal("usage", fault_of(core.load, given).kind)
        for _, value in ipairs { false, 1, {}, connection } do
            given.snapshot = value or nil
            assert.is_false((pcall(core.load, given)))
        end
        assert.is_false((pcall(core.load)))
        assert.is_false((pcall(core.load, "options")))
    end)

    it("knows which types have a codec", function()
        assert.is_true(core.has_codec { oid = 20, name = "int8" })
        assert.is_true(core.has_codec { oid = 123456, name = "citext" })
        assert.is_false(core.has_codec { oid = 28, name = "xid" })
        assert.is_false((pcall(core.has_codec, {})))
        assert.is_false((pcall(core.has_codec, "x")))
    end)

    it("takes no text of ours to its first NUL byte only", function()
        for _, call in ipairs {
            { connection.query, connection, "SELECT 1\0; SELECT 2" }, { core.pg.connect, "host=a\0b" },
            { core.pg.parse, "host=a\0b" }, { core.snapshot.open, place .. "/a.db\0.txt" },
            { core.snapshot.copy, { from = place .. "/a.db", to = place .. "/b.db\0.txt" } },
            { core.sys.remove_tree, place .. "\0/x" },
            { core.sys.mkdir, place .. "/m\0/x" }, { core.sys.stat, place .. "\0" },
            { core.sys.spawn, { "true" }, { env = 1 } },
        } do
            local fault = fault_of(table.unpack(call))
            assert.are.equal("usage", type(fault) == "table" and fault.kind, tostring(fault))
        end
        assert.is_nil(core.sys.stat(place .. "/b.db"))
        assert.are.equal("directory", core.sys.stat(place).type)
    end)
end)
