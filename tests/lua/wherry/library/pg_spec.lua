-- Open handles of PostgreSQL, with a script that does everything wrong.
local core = require "wherry.core"
local process = require "tests.support.process"
local target = require "tests.support.target"
local w = require "wherry"
local fault_of = require "tests.support.refusal"

describe("w.pg(url):open()", function()
    local server, conninfo, db

    setup(function()
        server = target.start()
        conninfo = server:database()
    end)
    teardown(function() server:stop() end)
    before_each(function()
        db = w.pg(conninfo):open()
        db:exec "DROP SCHEMA IF EXISTS public CASCADE"
        db:exec "CREATE SCHEMA public"
        db:exec "CREATE TABLE t (id integer PRIMARY KEY, v text, n integer NOT NULL DEFAULT 0 CHECK (n >= 0))"
    end)
    after_each(function() db:close() end)

    local function fill(count)
        return db:exec("INSERT INTO t (id, v) SELECT i, 'v' || i FROM generate_series(1, $1) i", count)
    end

    it("finds tables as the server's search_path says", function()
        assert.equal("public", db:value "SELECT current_schema()")
        assert.equal("UTC", db:value "SHOW TimeZone")
    end)

    it("takes parameters of all kinds", function()
        local sql = "SELECT $1::bigint AS i, $2::float8 AS f, $3::bool AS b, $4 AS s, $5::text AS n, $6 AS x, $7 AS y"
        for row in db:rows(sql, math.mininteger, 0.1 + 0.2, true, "it's \xc3\xa9", nil, w.blob "a\0\xff", w.blob "") do
            assert.same({ i = math.mininteger, f = 0.1 + 0.2, b = 1, s = "it's \xc3\xa9", x = "a\0\xff", y = "" }, row)
            assert.is_nil(row.n)
        end
        assert.equal(math.huge, db:value("SELECT $1::float8", math.huge))
        assert.equal(1, db:value("SELECT ($1::float8 = 'NaN')", 0 / 0))
        assert.truthy(fault_of(db.value, db, "SELECT $1", "a\0b").message:find("parameter 1 holds a NUL", 1, true))
        assert.truthy(fault_of(db.value, db, "SELECT $1, $2", 1, {}).message:find("parameter 2", 1, true))
        local fault = fault_of(db.value, db, "SELECT $1::integer + $2", 1)
        assert.equal("server", fault.kind)
        assert.equal("server", fault_of(db.exec, db, "SELECT $1::integer").kind)
        assert.equal("42P18", fault_of(db.exec, db, "SELECT 1", 5).sqlstate)
        assert.equal(2, db:value "SELECT 1 + 1")
    end)

    it("gives each type as the codecs do, and the rest as text", function()
        db:exec "CREATE TYPE mood AS ENUM ('sad', 'so so')"
        db:exec "CREATE DOMAIN small AS integer CHECK (value < 10)"
        db:exec "CREATE TYPE pair AS (a integer, b text)"
        local kinds = {
            { "9223372036854775807::bigint", math.maxinteger }, { "1.5::float8", 1.5 }, { "true", 1 },
            { "'a b'::varchar(9)", "a b" }, { "'12.50'::numeric(9, 2)", nil },
            { "'2024-02-29 12:00:00.25+02'::timestamptz", nil }, { "'2024-02-29'::date", "2024-02-29" },
            { "'\\x00ff'::bytea", "\0\xff" }, { "'{\"a\": [1]}'::jsonb", '{"a": [1]}' }, { "'{1,2}'::integer[]", nil },
            { "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" },
            { "'so so'::public.mood", "so so" }, { "7::public.small", 7 }, { "(1, 'x')::public.pair", nil },
            { "NULL::integer[]", nil, true }, { "'x'::name", "x" }, { "int4range(1, 5)", nil },
        }
        for _, kind in ipairs(kinds) do
            local found = db:value("SELECT " .. kind[1])
            if kind[2] ~= nil or kind[3] then
                assert.equal(kind[2], found, kind[1])
            else
                assert.is_truthy(found ~= nil, kind[1])
            end
        end
        -- These have no codec.
        assert.equal("t", db:value "SELECT 't'::regclass")
        assert.equal("'a' & 'b'", db:value "SELECT to_tsquery('simple', 'a & b') -- last;\n ; ")
        for row in db:rows "INSERT INTO t (id) VALUES (1) RETURNING id, 't'::regclass AS \"The Table\", ctid" do
            assert.same({ id = 1, ["The Table"] = "t", ctid = "(0,1)" }, row)
        end
        assert.equal(1, db:value "SELECT count(*) FROM t")
        local fault = fault_of(db.value, db, [[WITH new AS (INSERT INTO t (id) VALUES (2) RETURNING id)
            SELECT 't'::regclass AS it FROM new]])
        assert.same({ "usage", "it" }, { fault.kind, fault.column })
        assert.equal(1, db:value "SELECT count(*) FROM t")
    end)

    it("reads types that were altered meanwhile", function()
        db:exec "CREATE TYPE mood AS ENUM ('sad')"
        db:exec "CREATE TYPE pair AS (a integer)"
        assert.equal("sad", db:value "SELECT 'sad'::mood")
        assert.truthy(db:value "SELECT row(1)::pair":find '"a"')
        db:exec "ALTER TYPE mood ADD VALUE 'happy'"
        db:exec "ALTER TYPE pair ADD ATTRIBUTE b mood"
        assert.equal("happy", db:value "SELECT 'happy'::mood")
        assert.truthy(db:value "SELECT row(1, 'happy')::pair":find '"happy"')
    end)

    it("gives value, and nil for NULL and for no row", function()
        fill(3)
        assert.equal("v2", db:value("SELECT v FROM t WHERE id = $1", 2))
        assert.is_nil(db:value "SELECT NULL")
        assert.is_nil(db:value "SELECT 1 WHERE false")
        assert.is_nil(db:value "CREATE TABLE u (a integer)")
        assert.equal(3, db:value "SELECT count(*) FROM t")
    end)

    it("counts what a statement has changed", function()
        assert.equal(5, fill(5))
        assert.equal(2, db:exec "DELETE FROM t WHERE id > 3")
        assert.equal(0, db:exec "DELETE FROM t WHERE id > 3")
        assert.equal(0, db:exec "SELECT * FROM t")
        assert.equal(0, db:exec "CREATE TABLE u AS SELECT * FROM t")
        assert.equal(3, db:exec "UPDATE t SET n = 2 RETURNING id")
        assert.equal(0, db:exec "")
    end)

    it("carries a value of many megabytes", function()
        local huge = ("0123456789abcdef"):rep(2 * 1024 * 1024)
        assert.is_true(huge == db:value("SELECT $1", huge))
        assert.is_true(huge == db:value("SELECT $1", w.blob(huge)))
    end)

    it("leaves a loop at any place, however much is to come", function()
        local begun = process.clock()
        for row in db:rows "SELECT generate_series(1, 1000000000) AS i" do
            if row.i == 3 then
                break
            end
        end
        assert.is_true(process.clock() - begun < 5)
        assert.equal(1, db:value "SELECT 1")
        local left = { pcall(function()
            for row in db:rows "SELECT i FROM generate_series(1, 100000) i" do
                error { i = row.i }
            end
        end) }
        assert.same({ false, { i = 1 } }, left)
        -- A cancel would spoil the transaction.
        assert.equal(7, db:transaction(function()
            pcall(function()
                for _ in db:rows "SELECT i FROM generate_series(1, 300000) i" do
                    error "left"
                end
            end)
            return db:value "SELECT 7"
        end))
    end)

    it("does one thing at a time", function()
        fill(3)
        for row in db:rows "SELECT id\n  FROM t" do
            for _, call in ipairs { "value", "rows", "exec" } do
                local fault = fault_of(db[call], db, "SELECT 1")
                assert.equal("usage", fault.kind)
                assert.truthy(fault.message:find("in use for rows of: SELECT id FROM t", 1, true), fault.message)
            end
            assert.truthy(fault_of(db.transaction, db, print).message:find("in use", 1, true))
            assert.truthy(row.id <= 3)
        end
        assert.equal(3, db:value "SELECT count(*) FROM t")
        local next_row = db:rows "SELECT id FROM t"
        while next_row() do
            assert.truthy(db.use)
        end
        assert.equal(1, db:value "SELECT 1") -- all were read, so that nothing needs to be closed
        assert.is_nil(next_row())
    end)

    it("goes on after an error in the middle of the rows", function()
        local seen = 0
        local fault = fault_of(function()
            for _ in db:rows "SELECT 10 / (5000 - i) FROM generate_series(1, 10000) i" do
                seen = seen + 1
            end
        end)
        assert.equal("22012", fault.sqlstate)
        assert.is_true(seen > 0)
        assert.equal(1, db:value "SELECT 1")
    end)

    it("has errors with sqlstate, table and column", function()
        fill(1)
        local fault = fault_of(db.exec, db, "INSERT INTO t (id, n) VALUES (5, NULL)")
        assert.same({ "server", "23502", "t", "n" }, { fault.kind, fault.sqlstate, fault.table, fault.column })
        assert.equal("23505", fault_of(db.exec, db, "INSERT INTO t (id) VALUES (1)").sqlstate)
        assert.equal("42601", fault_of(db.rows, db, "SELEKT 1").sqlstate)
        assert.equal("42601", fault_of(db.exec, db, "SELECT 1; SELECT 2").sqlstate)
        assert.equal("42P01", fault_of(db.value, db, "SELECT 1 FROM missing").sqlstate)
        assert.truthy(fault_of(db.rows, db, "SELECT 1 AS a, 2 AS a").message:find('two columns named "a"', 1, true))
        assert.equal("usage", fault_of(db.exec, db, 5).kind)
        assert.equal("usage", fault_of(db.rows, db, nil).kind)
        assert.equal(1, db:value "SELECT 1")
    end)

    it("commits, and rolls back what raises", function()
        assert.equal(1, db:transaction(function(handle)
            assert.equal(db, handle)
            return handle:exec "INSERT INTO t (id) VALUES (1)"
        end))
        local failed = { pcall(db.transaction, db, function()
            db:exec "INSERT INTO t (id) VALUES (2)"
            error({ mine = true })
        end) }
        assert.same({ false, { mine = true } }, failed)
        local fault = fault_of(db.transaction, db, function()
            db:exec "INSERT INTO t (id) VALUES (3)"
            db:transaction(function() end)
        end)
        assert.truthy(fault.message:find("no transactions within transactions", 1, true))
        fault = fault_of(db.transaction, db, function()
            db:exec "INSERT INTO t (id) VALUES (4)"
            pcall(db.exec, db, "SELECT 1 / 0")
        end)
        assert.truthy(fault.message:find("nothing was committed", 1, true))
        local next_row
        fault = fault_of(db.transaction, db, function()
            db:exec "INSERT INTO t (id) VALUES (5)"
            next_row = db:rows "SELECT 1"
        end)
        assert.truthy(fault.message:find("has left rows of", 1, true))
        assert.is_nil(next_row())
        assert.equal(1, db:value "SELECT count(*) FROM t")
    end)

    it("refuses COPY as a statement, and says what became of the handle", function()
        assert.truthy(fault_of(db.exec, db, "COPY t TO STDOUT").message:find("COPY is not possible", 1, true))
        assert.equal("connection", fault_of(db.value, db, "SELECT 1").kind)
    end)

    it("says what a closed handle is", function()
        fill(3)
        local fault = fault_of(function()
            for _ in db:rows "SELECT id FROM t" do
                db:close()
            end
        end)
        assert.equal("the handle is closed", fault.message)
        db:close()
        for _, call in ipairs { "exec", "value", "rows" } do
            assert.equal("the handle is closed", fault_of(db[call], db, "SELECT 1").message)
        end
        assert.equal("the handle is closed", fault_of(db.transaction, db, print).message)
    end)

    it("collects what was forgotten, in any order", function()
        for _ = 1, 5 do
            local next_row = w.pg(conninfo):open():rows "SELECT i FROM generate_series(1, 100000) i"
            assert.equal(1, next_row().i)
        end
        collectgarbage()
        collectgarbage()
        local abandoned = db:rows "SELECT 1 AS one"
        assert.equal(1, abandoned().one)
        abandoned = nil
        collectgarbage()
        assert.equal(2, db:value "SELECT 2") -- nobody can end those rows any more
        assert.is_nil(abandoned)
        local left = db:value "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        assert.is_true(left <= 2, left)
    end)

    it("tells a lost connection, and one that cannot be had", function()
        local other <close> = w.pg(conninfo):open()
        local pid = db:value "SELECT pg_backend_pid()"
        local next_row = db:rows "SELECT generate_series(1, 1000000000) AS i"
        next_row()
        other:value("SELECT pg_terminate_backend($1)", pid)
        local fault = fault_of(function()
            repeat
                local row = next_row()
            until not row
        end)
        assert.equal("connection", fault.kind)
        assert.equal("connection", fault_of(db.value, db, "SELECT 1").kind)
        fault = fault_of(function() w.pg("host=/nowhere user=u dbname=d"):open() end)
        assert.equal("connection", fault.kind)
        fault = fault_of(function() w.pg("$WHERRY_NOT_SET"):open() end)
        assert.equal("environment", fault.kind)
    end)

    it("ends a long statement by Ctrl-C, and goes on", function()
        local place = core.sys.temp "wherry-test-"
        local script = place .. "/long.lua"
        process.write(script, ([[
            local w = require "wherry"
            local db <close> = w.pg %q:open()
            local ok, fault = pcall(db.transaction, db, function()
                db:exec "INSERT INTO t (id) VALUES (77)"
                os.execute 'me=$PPID; (sleep 0.5; kill -INT $me) >/dev/null 2>&1 &'
                db:value "SELECT count(*) FROM pg_sleep(30)"
            end)
            print(ok, fault.kind, db:value "SELECT count(*) FROM t")]]):format(conninfo))
        local said = process.shell(("{ timeout -s KILL 60 lua5.4 %s; true; }"):format(script))
        core.sys.remove_tree(place)
        assert.equal("false\tinterrupted\t0", said)
    end)
end)
