local core = require "wherry.core"
local fault_of = require "tests.support.refusal"

local function ask(path, sql)
    local status, output, errors = core.sys.spawn { "sqlite3", path, sql }
    assert.are.equal(0, status, errors)
    return (output:gsub("\n$", ""))
end

describe("wherry.core.back", function()
    local place, server, connection

    setup(function()
        place = core.sys.temp "wherry-test-"
        core.sys.spawn { "chmod", "711", place }
        server = core.private.start { kind = "test", directory = place .. "/pg" }
        connection = core.pg.connect(server.conninfo, 10)
        connection:query "CREATE TABLE public.t (id bigint PRIMARY KEY, v text, n double precision)"
        connection:query "INSERT INTO public.t SELECT i, 'v' || i, i / 4.0 FROM generate_series(1, 500) i"
    end)
    teardown(function()
        connection:close()
        core.private.stop(server, "test")
        core.sys.remove_tree(place)
    end)
    after_each(function()
        core.sys.remove_tree(place .. "/out.db")
    end)

    local function column(name, oid, type, affinity)
        return { name = name, type = { oid = oid, name = type, typmod = -1, display = type }, affinity = affinity }
    end

    -- Options that are good; a case changes one thing.
    local function options()
        return {
            conninfo = server.conninfo, path = place .. "/out.db",
            before = { "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, n REAL)",
                "CREATE TABLE c (t INTEGER REFERENCES t); INSERT INTO c VALUES (1), (999)" },
            behind = { "CREATE INDEX i ON t (v)" },
            tables = {
                { target = "public.t", select_sql = "SELECT id, v, n FROM public.t ORDER BY id",
                    insert_sql = "INSERT OR FAIL INTO t (id, v, n)", key_columns = { 1 },
                    columns = { column("id", 20, "int8", "integer"), column("v", 25, "text", "text"),
                        column("n", 701, "float8", "real") } },
            },
        }
    end

    local function changed(change)
        local o = options()
        change(o, o.tables[1])
        return o
    end

    it("makes a file of tables and says what it did", function()
        local ticks = {}
        local result = core.back(changed(function(o)
            o.tick = function(index, rows, total, phase)
                ticks[#ticks + 1] = { index, rows, total, phase }
            end
        end))
        assert.are.same({ 500 }, result.rows)
        assert.are.same({ 0 }, result.zeros)
        assert.are.equal(0, result.removed)
        assert.are.same({ { table = "c", parent = "t", rowid = 2, foreign_key = 0 }, count = 1 }, result.foreign_keys)
        assert.are.same({ 1, 500, 500, "check" }, ticks[#ticks])
        assert.are.equal("500|62625.0|i", ask(place .. "/out.db", "SELECT count(*) || '|' || sum(n * 2) || '|' || "
            .. "(SELECT name FROM sqlite_schema WHERE type = 'index') FROM t"))
        local status = core.sys.spawn { "test", "-s", place .. "/out.db" }
        assert.are.equal(0, status)
    end)

    it("counts in the complete file where it is asked to", function()
        local result = core.back(changed(function(o) o.counts = { "SELECT count(*) + 1 FROM t" } end))
        assert.are.same({ 501 }, result.counts)
    end)

    it("sees what the transaction sees that exported the snapshot", function()
        connection:query "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        local snapshot = connection:query("SELECT pg_export_snapshot() AS id")[1].id
        local other <close> = core.pg.connect(server.conninfo, 10)
        other:query "INSERT INTO public.t VALUES (1000)"
        local result = core.back(changed(function(o) o.snapshot = snapshot end))
        connection:query "ROLLBACK"
        other:query "DELETE FROM public.t WHERE id = 1000"
        assert.are.same({ 500 }, result.rows)
    end)

    it("tells what is in the way, and makes no file", function()
        local result = core.back(changed(function(_, t)
            t.columns[3].affinity, t.columns[1].affinity = "integer", "text"
        end))
        assert.are.same({ removed = 0, obstacles = {
            { table = "public.t", column = "id", key = "id=1", value = "1", class = "integer", becomes = "a text" },
            { table = "public.t", column = "n", key = "id=4", value = "1.0", class = "real", becomes = "an integer" },
        } }, result)
        result = core.back(changed(function(o)
            o.before[1] = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT CONSTRAINT short CHECK (v < 'v9'), n REAL)"
        end))
        assert.are.same({ { table = "public.t", key = "id=9", check = "short" } }, result.obstacles)
        assert.are.equal(1, (core.sys.spawn { "test", "-e", place .. "/out.db" }))
    end)

    it("raises what stopped it, with its place, and leaves no file", function()
        local fault = fault_of(core.back, changed(function(_, t) t.select_sql = "SELECT nothing" end))
        assert.are.same({ "server", "42703", "public.t" }, { fault.kind, fault.sqlstate, fault.table })
        fault = fault_of(core.back, changed(function(o) o.snapshot = "no;such" end))
        assert.are.equal("usage", fault.kind)
        assert.are.equal(1, (core.sys.spawn { "test", "-e", place .. "/out.db" }))
    end)

    it("goes on when a tick raises", function()
        local result = core.back(changed(function(o) o.tick = function() error "oops" end end))
        assert.are.same({ 500 }, result.rows)
    end)

    it("refuses options that make no sense", function()
        local cases = {
            ["'path' is missing"] = function(o) o.path = nil end,
            ["'conninfo' is missing"] = function(o) o.conninfo = nil end,
            ["'tables' is not a table"] = function(o) o.tables = nil end,
            ["'before' is not a table"] = function(o) o.before = nil end,
            ["element 1 of 'behind' is missing"] = function(o) o.behind = { n = 1 } end,
            ["2 counts of 1 tables"] = function(o) o.counts = { "SELECT 1", "SELECT 2" } end,
            ["'tick' is a number"] = function(o) o.tick = 1 end,
            ["element 1 of 'tables' is a boolean"] = function(o) o.tables = { true } end,
            ["'select_sql' is missing"] = function(_, t) t.select_sql = nil end,
            ["'insert_sql' is missing"] = function(_, t) t.insert_sql = nil end,
            ["'target' is missing"] = function(_, t) t.target = nil end,
            ["a table of 0 columns"] = function(_, t) t.columns = {} end,
            ["'float' is no affinity"] = function(_, t) t.columns[1].affinity = "float" end,
            ["column 'v' has no type"] = function(_, t) t.columns[2].type = nil end,
            ["column 'v' has no codec"] = function(_, t) t.columns[2].type = { oid = 28, name = "xid" } end,
            ["the key of 'public.t' names no column of it"] = function(_, t) t.key_columns = { 4 } end,
            ["the key of 'public.t' has 17 columns"] = function(_, t)
                for i = 1, 17 do t.key_columns[i] = 1 end
            end,
        }
        for message, change in pairs(cases) do
            local fault = fault_of(core.back, changed(change))
            assert.are.equal("usage", fault.kind)
            assert.is_truthy(tostring(fault):find(message, 1, true), ("%q in %s"):format(message, fault))
        end
        assert.are.equal(1, (core.sys.spawn { "test", "-e", place .. "/out.db" }))
    end)
end)
