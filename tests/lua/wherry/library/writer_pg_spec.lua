-- Rows that a script writes into a table of PostgreSQL.
local core = require "wherry.core"
local w = require "wherry"
local fault_of = require "tests.support.refusal"

describe("a writer on PostgreSQL", function()
    local place, server, dst, other

    local function open()
        return w.pg(server.conninfo):open()
    end
    local function query(sql)
        return other:query(sql)
    end
    local function rows(sql)
        return query("SELECT coalesce(string_agg(whole::text, ' ' ORDER BY whole::text), '') AS all FROM (" .. sql
            .. ") AS whole")[1].all
    end

    setup(function()
        place = core.sys.temp "wherry-test-"
        core.sys.spawn { "chmod", "711", place }
        server = core.private.start { kind = "test", directory = place .. "/pg" }
    end)
    teardown(function()
        core.private.stop(server, "test")
        core.sys.remove_tree(place)
    end)
    before_each(function()
        other = core.pg.connect(server.conninfo, 10)
        query "DROP SCHEMA IF EXISTS public CASCADE"
        query "DROP SCHEMA IF EXISTS app CASCADE"
        query "CREATE SCHEMA public"
        query "CREATE TABLE public.events (id bigint PRIMARY KEY, at timestamptz, word varchar(5))"
        dst = open()
    end)
    after_each(function()
        dst:close()
        other:close()
    end)

    it("stores what was written when it commits, and not before", function()
        local out = dst:writer("events", { "id", "word" })
        out:write(1, "one")
        out:write(2, nil)
        assert.equal("", rows "SELECT id FROM public.events")
        assert.equal(2, out:commit())
        assert.equal("(1,one) (2,)", rows "SELECT id, word FROM public.events")
        assert.equal(0, dst:writer("events", { "id" }):commit())
    end)

    it("converts by the types of the columns", function()
        query [[CREATE TYPE public.mood AS ENUM ('fine', 'bad')]]
        query [[CREATE TABLE public.all_types (i int, r real, n numeric(6,2), b bytea, j jsonb, u uuid, d date,
            o boolean, a int[], m public.mood, t text)]]
        local out = dst:writer("all_types", { "i", "r", "n", "b", "j", "u", "d", "o", "a", "m", "t" })
        out:write(7, 0.5, "1234.5", w.blob "\0\255", '{"a": [1]}', "123E4567-E89B-12D3-A456-426614174000",
            "2026-11-21", true, "[1, 2]", "fine", "ä\n\\")
        out:write(nil, 1, 12, "bytes", true, w.blob(("\1"):rep(16)), nil, 0, nil, nil, 5)
        assert.equal(2, out:commit())
        assert.equal([[(,1,12.00,"\\x6279746573",true,01010101-0101-0101-0101-010101010101,,f,,,5) ]]
            .. [[(7,0.5,1234.50,"\\x00ff","{""a"": [1]}",123e4567-e89b-12d3-a456-426614174000,]]
            .. "2026-11-21,t,\"{1,2}\",fine,\"ä\n\\\\\")", rows "SELECT * FROM public.all_types")
    end)

    it("writes a table whose types have no binary form, as text", function()
        query "CREATE TABLE public.searched (id int, v tsquery, t text)"
        local out = dst:writer("searched", { "id", "v", "t" })
        out:write(1, "fat & rat", "a\tb\\")
        assert.equal(1, out:commit())
        assert.equal([[(1,"'fat' & 'rat'","a	b\\")]], rows "SELECT * FROM public.searched")
    end)

    it("takes rows by the names of the columns", function()
        local out = dst:writer("events", { "word", "id" })
        out:row { id = 1, word = "one" }
        out:row { id = 2 }
        local fault = fault_of(out.row, out, { id = 3, wrod = "x" })
        assert.equal('row of the writer of public.events: it writes no column "wrod"', fault.message)
        assert.equal('did you mean "word"?', fault.hint)
        assert.equal("row of the writer of public.events: its values are named by columns, not by 1",
            fault_of(out.row, out, { 3 }).message)
        assert.equal("usage", fault_of(out.row, out, 3).kind)
        assert.equal(2, out:commit())
        assert.equal("(1,one) (2,)", rows "SELECT id, word FROM public.events")
    end)

    it("refuses a value that does not fit with row, column and value, and goes on without that row", function()
        local out = dst:writer("events", { "id", "at", "word" })
        out:write(1, "2026-01-02 03:04:05", "one")
        local fault = fault_of(out.write, out, 2, "soon", "two")
        assert.same({ "value", 2, "at", "soon", "text", "public.events", "row 2" }, { fault.kind, fault.row,
            fault.column, fault.value, fault.value_class, fault.table, fault.key })
        assert.truthy(fault.message:find '^row 2: value does not fit "at" timestamp .*: .* %(the text soon%)$')
        fault = fault_of(out.write, out, 2, nil, "too long")
        assert.same({ "value", 2, "word", "too long" }, { fault.kind, fault.row, fault.column, fault.value })
        fault = fault_of(out.write, out, nil, nil, nil)
        assert.same({ "value", 2, "id" }, { fault.kind, fault.row, fault.column })
        fault = fault_of(out.write, out, 2, nil, {})
        assert.equal('row 2: value does not fit "word" character varying(5): a table is no value', fault.message)
        fault = fault_of(out.write, out, 2, nil, true)
        assert.same({ "value", 2, "word" }, { fault.kind, fault.row, fault.column })
        assert.truthy(fault.message:find(": the boolean true fits columns of booleans", 1, true))
        assert.equal("value", fault_of(out.write, out, 2, nil, "\255").kind)
        assert.equal("value", fault_of(out.write, out, 1 << 62, 0 / 0, nil).kind)
        out:write(2, nil, "two")
        assert.equal(2, out:commit())
        assert.equal("(1,one) (2,two)", rows "SELECT id, word FROM public.events")
    end)

    it("refuses a wrong number of values", function()
        local out = dst:writer("events", { "id", "word" })
        out:write(1, "one")
        local fault = fault_of(out.write, out, 2)
        assert.equal("row 2: 1 value for 2 columns", fault.message)
        assert.same({ "usage", 2 }, { fault.kind, fault.row })
        assert.equal("row 2: 3 values for 2 columns", fault_of(out.write, out, 2, "two", nil).message)
        assert.equal("row 2: 0 values for 2 columns", fault_of(out.write, out).message)
        assert.equal(1, out:commit())
    end)

    it("says which table or column was probably meant", function()
        local fault = fault_of(dst.writer, dst, "evnts", { "id" })
        assert.same({ 'there is no table "evnts"', 'did you mean "events"?', "evnts" },
            { fault.message, fault.hint, fault.table })
        fault = fault_of(dst.writer, dst, "events", { "id", "wrd" })
        assert.same({ 'public.events has no column "wrd"', 'did you mean "word"?', "wrd" },
            { fault.message, fault.hint, fault.column })
        assert.equal('there is no table "events" in the schema "app"',
            fault_of(dst.writer, dst, "app.events", { "id" }).message)
        assert.equal('column "id" of public.events is named twice',
            fault_of(dst.writer, dst, "events", { "id", "ID" }).message)
        for _, wrong in ipairs { '"events', "a.b.c", ".events", "events.", '"events"x' } do
            assert.equal(("%q is no name of a table"):format(wrong),
                fault_of(dst.writer, dst, wrong, { "id" }).message)
        end
        for _, wrong in ipairs { 1, true, {}, "" } do
            assert.equal("usage", fault_of(dst.writer, dst, wrong, { "id" }).kind)
        end
        for _, wrong in ipairs { "id", {}, { 1 } } do
            assert.equal("usage", fault_of(dst.writer, dst, "events", wrong).kind)
        end
        assert.equal("usage", fault_of(dst.writer, dst, "events").kind)
        assert.is_false(dst.connection:in_transaction())
        assert.equal(0, dst:writer("Events", { "ID" }):commit())
    end)

    it("finds tables by schema, quotes, and where the session looks", function()
        query "CREATE SCHEMA app"
        query 'CREATE TABLE app."My.Events" ("The ""Id""" int)'
        query "CREATE TABLE app.own (id int)"
        local out = dst:writer('app."My.Events"', { 'The "Id"' })
        out:write(5)
        assert.equal(1, out:commit())
        assert.equal("(5)", rows 'SELECT * FROM app."My.Events"')
        assert.equal('name its schema, too', fault_of(dst.writer, dst, "own", { "id" }).hint)
        dst.connection:query "SET search_path = app"
        out = dst:writer("own", { "id" })
        out:write(6)
        out:commit()
        assert.equal("(6)", rows "SELECT * FROM app.own")
        dst.connection:query "CREATE TEMPORARY TABLE stage (id int)"
        for _, name in ipairs { "stage", "pg_temp.stage" } do
            out = dst:writer(name, { "id" })
            out:write(7)
            assert.equal(1, out:commit())
        end
        assert.equal("2", dst.connection:query("SELECT count(*) FROM pg_temp.stage")[1].count)
    end)

    it("writes tables: no views, partitions, or columns that the server computes", function()
        query "CREATE VIEW public.seen AS SELECT id FROM public.events"
        query "CREATE MATERIALIZED VIEW public.kept AS SELECT id FROM public.events"
        query "CREATE TABLE public.parted (id int) PARTITION BY RANGE (id)"
        query "CREATE TABLE public.part PARTITION OF public.parted FOR VALUES FROM (0) TO (10)"
        query "CREATE TABLE public.computed (id int, twice int GENERATED ALWAYS AS (id * 2) STORED)"
        assert.equal("public.seen is a view: a writer writes into tables",
            fault_of(dst.writer, dst, "seen", { "id" }).message)
        assert.equal("public.kept is a materialized view: a writer writes into tables",
            fault_of(dst.writer, dst, "kept", { "id" }).message)
        assert.equal("write into parted", fault_of(dst.writer, dst, "part", { "id" }).hint)
        assert.equal('column "twice" of public.computed is generated: the database computes it',
            fault_of(dst.writer, dst, "computed", { "id", "twice" }).message)
        for name, expected in pairs { parted = "(3)", computed = "(3,6)" } do
            local out = dst:writer(name, { "id" })
            out:write(3)
            assert.equal(1, out:commit())
            assert.equal(expected, rows("SELECT * FROM public." .. name))
        end
        local out = dst:writer("parted", { "id" })
        out:write(3)
        out:write(11)
        local fault = fault_of(out.commit, out)
        assert.same({ "server", "23514", 2 }, { fault.kind, fault.sqlstate, fault.row })
        assert.equal("(3)", rows "SELECT * FROM public.parted")
    end)

    it("writes identity columns, and leaves them to the server where they are not named", function()
        query [[CREATE TABLE public.numbered (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            t text NOT NULL DEFAULT 'x')]]
        local out = dst:writer("numbered", { "id", "t" })
        out:write(40, "forty")
        assert.equal(1, out:commit())
        out = dst:writer("numbered", { "t" })
        out:write "one"
        out:commit()
        assert.equal("(1,one) (40,forty)", rows "SELECT * FROM public.numbered")
    end)

    it("asks for columns that each row would miss", function()
        local fault = fault_of(dst.writer, dst, "events", { "word" })
        assert.equal('column "id" of public.events takes no NULL and has no default', fault.message)
        query "CREATE FUNCTION public.fill() RETURNS trigger LANGUAGE plpgsql AS 'begin new.id := 9; return new; end'"
        query "CREATE TRIGGER fill BEFORE INSERT ON public.events FOR EACH ROW EXECUTE FUNCTION public.fill()"
        for _, columns in ipairs { { "word" }, { "word", "id" } } do
            query "TRUNCATE public.events"
            local out = dst:writer("events", columns)
            out:row { word = "nine" }
            assert.equal(1, out:commit())
            assert.equal("(9,nine)", rows "SELECT id, word FROM public.events")
        end
    end)

    it("keeps nothing when the server refuses a row, and names it", function()
        query "INSERT INTO public.events VALUES (7)"
        local out = dst:writer("events", { "id" })
        for id = 1, 9 do
            out:write(id)
        end
        local fault = fault_of(out.commit, out)
        assert.same({ "server", "23505", 7, "row 7" }, { fault.kind, fault.sqlstate, fault.row, fault.key })
        assert.truthy(fault.message:find("^row 7: duplicate key"))
        assert.equal("(7)", rows "SELECT id FROM public.events")
        assert.equal("the writer of public.events is over: its commit has failed", fault_of(out.write, out, 1).message)
        assert.equal(0, dst:writer("events", { "id" }):commit())
    end)

    it("keeps nothing when a constraint refuses the commit", function()
        query [[CREATE TABLE public.child (id int,
            event bigint REFERENCES public.events DEFERRABLE INITIALLY DEFERRED)]]
        local out = dst:writer("child", { "id", "event" })
        out:write(1, 99)
        local fault = fault_of(out.commit, out)
        assert.same({ "server", "23503" }, { fault.kind, fault.sqlstate })
        assert.truthy(fault.message:find("^the rows of public.child were refused at the commit: "))
        assert.equal("", rows "SELECT * FROM public.child")
        assert.is_false(dst.connection:in_transaction())
        assert.equal(0, dst:writer("child", { "id" }):commit())
    end)

    it("keeps nothing when the server stores fewer rows than were written", function()
        query [[CREATE FUNCTION public.even() RETURNS trigger LANGUAGE plpgsql AS
            'begin if new.id % 2 = 0 then return new; end if; return null; end']]
        query "CREATE TRIGGER even BEFORE INSERT ON public.events FOR EACH ROW EXECUTE FUNCTION public.even()"
        local out = dst:writer("events", { "id" })
        out:write(2)
        out:write(3)
        local fault = fault_of(out.commit, out)
        assert.equal("2 rows were written, and public.events stored 1 of them: nothing is kept", fault.message)
        assert.equal("", rows "SELECT id FROM public.events")
    end)

    it("rolls back by <close>, rollback, and the end of the handle", function()
        do
            local out <close> = dst:writer("events", { "id" })
            out:write(1)
        end
        local out = dst:writer("events", { "id" })
        out:write(1)
        out:rollback()
        assert.equal("the writer of public.events is over: it was rolled back", fault_of(out.write, out, 1).message)
        assert.equal("usage", fault_of(out.rollback, out).kind)
        out:close()
        assert.is_false(dst.connection:in_transaction())
        out = dst:writer("events", { "id" })
        out:write(1)
        dst:close()
        assert.equal("usage", fault_of(out.write, out, 2).kind)
        assert.equal("usage", fault_of(out.commit, out).kind)
        out:close()
        assert.equal("", rows "SELECT id FROM public.events")
    end)

    it("is over behind its commit", function()
        local out <close> = dst:writer("events", { "id" })
        out:write(1)
        assert.equal(1, out:commit())
        for _, method in ipairs { "write", "row", "commit", "rollback" } do
            assert.equal("the writer of public.events is over: it has stored 1 row",
                fault_of(out[method], out, {}).message)
        end
    end)

    it("has the connection for itself, one after the other", function()
        local out = dst:writer("events", { "id" })
        assert.equal("the connection is in use for the writer of events",
            fault_of(dst.writer, dst, "events", { "id" }).message)
        out:write(1)
        out:commit()
        out = dst:writer("events", { "id" })
        out:write(2)
        out:commit()
        assert.equal("(1) (2)", rows "SELECT id FROM public.events")
    end)

    it("writes what a handle of PostgreSQL reads", function()
        query [[CREATE TABLE public.all_types (i int, r float8, n numeric, b bytea, j jsonb, u uuid, at timestamptz,
            o boolean, a int[], t text, v interval, ip inet)]]
        query [[INSERT INTO public.all_types VALUES (7, 0.1, 12.340, '\x00ff', '{"a": [1, null]}',
            '123e4567-e89b-12d3-a456-426614174000', '2026-11-21 12:00:00.123456+02', true, '{1,NULL}', E'a\tb',
            '1 mon 2 s', '10.0.0.0/8'), (NULL, 'NaN', 'NaN', '', '"x"', NULL, NULL, false, '{}', '', NULL, '::1')]]
        query "CREATE TABLE public.again (LIKE public.all_types)"
        local columns = { "i", "r", "n", "b", "j", "u", "at", "o", "a", "t", "v", "ip" }
        local src <close> = open()
        local out = dst:writer("again", columns)
        for row in src:rows "SELECT * FROM public.all_types" do
            out:row(row)
        end
        assert.equal(2, out:commit())
        assert.equal(rows "SELECT * FROM public.all_types", rows "SELECT * FROM public.again")
    end)

    it("is a part of transaction()", function()
        dst:transaction(function()
            dst:exec "INSERT INTO events VALUES (1)"
            local out = dst:writer("events", { "id" })
            assert.equal("usage", fault_of(dst.exec, dst, "SELECT 1").kind)
            out:write(1)
            assert.equal("23505", fault_of(out.commit, out).sqlstate)
            out = dst:writer("events", { "id" })
            out:write(2)
            assert.equal(1, out:commit())
        end)
        assert.equal("(1) (2)", rows "SELECT id FROM public.events")
        local fault = fault_of(dst.transaction, dst, function()
            dst:writer("events", { "id" }):write(3)
        end)
        assert.equal("the transaction's function has left the writer of events under way", fault.message)
        assert.equal("(1) (2)", rows "SELECT id FROM public.events")
        local out = dst:writer("events", { "id" })
        assert.truthy(fault_of(dst.transaction, dst, function() end).message:find "^a transaction is under way")
        out:rollback()
    end)

    it("is a part of a transaction that is under way", function()
        dst.connection:query "BEGIN"
        local out = dst:writer("events", { "id" })
        out:write(1)
        assert.equal(1, out:commit())
        out = dst:writer("events", { "id" })
        out:write(1)
        assert.equal("23505", fault_of(out.commit, out).sqlstate)
        out = dst:writer("events", { "id" })
        out:write(2)
        out:rollback()
        assert.equal("", rows "SELECT id FROM public.events")
        dst.connection:query "COMMIT"
        assert.equal("(1)", rows "SELECT id FROM public.events")
    end)

    it("tells of a lost connection, and the rows are not there", function()
        local pid = dst.connection:query("SELECT pg_backend_pid() AS pid")[1].pid
        local out = dst:writer("events", { "id", "word" })
        out:write(1, "one")
        query("SELECT pg_terminate_backend(" .. pid .. ", 5000)")
        local fault = fault_of(function()
            for id = 2, 1000000 do
                out:write(id, "more")
            end
            out:commit()
        end)
        assert.equal("connection", fault.kind)
        out:close()
        assert.equal("", rows "SELECT id FROM public.events")
        assert.equal("connection", fault_of(dst.writer, dst, "events", { "id" }).kind)
    end)

    it("says that nothing is known when the connection is lost during the commit", function()
        query [[CREATE FUNCTION public.die() RETURNS trigger LANGUAGE plpgsql AS
            'begin perform pg_terminate_backend(pg_backend_pid()); return new; end']]
        query [[CREATE CONSTRAINT TRIGGER die AFTER INSERT ON public.events DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION public.die()]]
        local out = dst:writer("events", { "id" })
        out:write(1)
        local fault = fault_of(out.commit, out)
        assert.equal("connection", fault.kind)
        assert.truthy(fault.message:find("^whether the rows of public%.events are stored is not known: "))
        assert.equal("look into the table before you write them again", fault.hint)
    end)

    it("is collected with its handle when both are forgotten", function()
        local pid
        do
            local forgotten = open()
            pid = forgotten:value "SELECT pg_backend_pid()"
            forgotten:writer("events", { "id" }):write(1)
        end
        collectgarbage()
        collectgarbage()
        local left = query(([[SELECT count(*) FROM pg_stat_activity WHERE pid = %d AND state <> 'idle']]):format(pid))
        assert.equal("0", left[1].count)
        assert.equal("", rows "SELECT id FROM public.events")
    end)

    it("tells what the server refuses from the start", function()
        query "CREATE ROLE reader LOGIN"
        query "GRANT SELECT ON public.events TO reader"
        query "GRANT USAGE ON SCHEMA public TO reader"
        local reader <close> = w.pg(server.conninfo .. " options='-c role=reader'"):open()
        local fault = fault_of(reader.writer, reader, "events", { "id" })
        assert.same({ "server", "42501" }, { fault.kind, fault.sqlstate })
        assert.equal(1, reader:value "SELECT 1")
        query "DROP OWNED BY reader"
        query "DROP ROLE reader"
    end)

    it("takes values of a megabyte", function()
        query "CREATE TABLE public.large (id int, t text, b bytea)"
        local text, bytes = ("ä"):rep(1 << 19), w.blob(("\0\1"):rep(1 << 19))
        local out = dst:writer("large", { "id", "t", "b" })
        for id = 1, 40 do
            out:write(id, text, bytes)
        end
        assert.equal(40, out:commit())
        local row = query [[SELECT count(*), min(length(t)), max(octet_length(t)) AS octets,
            min(octet_length(b)) AS bytes, count(DISTINCT md5(t)) AS texts FROM public.large]][1]
        assert.same({ count = "40", min = "524288", octets = "1048576", bytes = "1048576", texts = "1" }, row)
    end)
end)
