-- A source that is in use: a run reads a copy that is consistent, goes on with it, and leaves nothing of it behind.
local h = require "tests.support.harness"

describe("a source that is in use", function()
    local ended = {}
    after_each(function()
        for _, pid in ipairs(ended) do
            h.process.shell(("kill -9 -%s 2>/dev/null; true"):format(pid))
        end
        ended = {}
        h.cleanup()
    end)

    local ACCOUNTS = [[CREATE TABLE a(id INTEGER PRIMARY KEY, n INTEGER);
        CREATE TABLE b(id INTEGER PRIMARY KEY, n INTEGER); CREATE TABLE log(id INTEGER PRIMARY KEY, amount INTEGER);
        WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 3000)
            INSERT INTO a SELECT i, 1000 FROM c;
        INSERT INTO b SELECT id, 0 FROM a;]]
    local TRANSFER = "BEGIN IMMEDIATE; UPDATE a SET n = n - 1 WHERE id = abs(random()) % 3000 + 1; "
        .. "INSERT INTO log(amount) VALUES (1); UPDATE b SET n = n + 1 WHERE id = abs(random()) % 3000 + 1; COMMIT;"
    local SMALL = "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); "
        .. "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000) "
        .. "INSERT INTO t SELECT i, 'v' FROM c;"

    -- Processes that work on the file until the test ends; the number of their group.
    local function beside(command)
        local pid = h.process.shell(("setsid sh -c %s </dev/null >/dev/null 2>&1 & echo $!"):format(
            h.process.quote(command)))
        ended[#ended + 1] = pid
        return pid
    end

    -- Writes without pause, as an application does; both ends of the pipe end with it.
    local function write_on(file, statement)
        return beside(("yes %s | sqlite3 -cmd '.timeout 30000' -cmd 'PRAGMA synchronous=OFF' "
            .. "-cmd 'PRAGMA wal_autocheckpoint=20' %s"):format(h.process.quote(statement), h.process.quote(file)))
    end

    local function stop_writing(pid)
        h.process.shell(("kill -9 -%s"):format(pid))
    end

    -- Has the file open, and does nothing.
    local function hold(file)
        return beside(("exec 3<%s; exec sleep 1000"):format(h.process.quote(file)))
    end

    local function copies()
        return h.process.shell(("ls %s/wherry/copies 2>/dev/null; true"):format(h.path "home"))
    end

    local function transfers(file)
        return tonumber(h.process.shell(("sqlite3 -cmd '.timeout 30000' %s 'SELECT count(*) FROM log'"):format(file)))
    end

    for _, mode in ipairs { "DELETE", "WAL" } do
        it("and written to, in mode " .. mode .. ", is loaded as it was at one moment", function()
            local file, database = h.source("PRAGMA journal_mode=" .. mode .. ";" .. ACCOUNTS), h.database()
            local writer = write_on(file, TRANSFER)
            assert.is_truthy(h.process.wait(10, function() return transfers(file) > 20 end))
            local result = h.run(0, { file, h.url(database) }, { changing = true })
            local after = transfers(file)
            assert.is_truthy(h.process.wait(10, function() return transfers(file) > after end), "the writer went on")
            stop_writing(writer)
            assert.equal("0|t", h.sql(database, [[SELECT (SELECT sum(n) FROM a) + (SELECT sum(n) FROM b) - 3000000,
                (SELECT sum(n) FROM b) = (SELECT count(*) FROM log) AND (SELECT count(*) FROM log) > 20]]))
            assert.equal(file, result.json.sources[1].path)
            assert.matches("^%d+%-%d+%-%d+T", result.json.sources[1].copy.taken)
            assert.equal(result.json.sources[1].copy.path, h.sql(database, "SELECT copy FROM wherry.run"))
            assert.equal("", copies())
        end)

        it("and written to, in mode " .. mode .. ", is copied whole by wherry snapshot", function()
            local file, copy = h.source("PRAGMA journal_mode=" .. mode .. ";" .. ACCOUNTS), h.path "copy.db"
            local writer = write_on(file, TRANSFER)
            assert.is_truthy(h.process.wait(10, function() return transfers(file) > 20 end))
            for _ = 1, 5 do
                local result = h.wherry({ "snapshot", file, copy, "--json" }, { changing = true })
                assert.equal(0, result.code, result.said)
                assert.is_true(result.json.held_seconds >= 0) -- how long depends on the machine
                assert.equal("ok\n0\n1", h.process.shell(("sqlite3 %s 'PRAGMA integrity_check; "
                    .. "SELECT (SELECT sum(n) FROM a) + (SELECT sum(n) FROM b) - 3000000; "
                    .. "SELECT (SELECT sum(n) FROM b) = (SELECT count(*) FROM log)'"):format(copy)))
                h.process.shell("rm -f " .. copy .. "*")
            end
            stop_writing(writer)
        end)
    end

    it("is told of, with the moment that the copy shows", function()
        local file, database = h.source(SMALL), h.database()
        hold(file)
        local result = h.wherry { "run", file, h.url(database) }
        assert.equal(0, result.code, result.said)
        assert.matches("is in use: process %d+ %(sleep%) has it open; it is copied first", result.stderr)
        assert.is_truthy(result.stdout:find("Read:   a copy of " .. file .. " as it was at ", 1, true), result.said)
    end)

    it("at rest is read where it lies, unless a copy is asked for", function()
        local file, database = h.source(SMALL), h.database()
        assert.equal("userdata", type(h.run(0, { file, h.url(database) }).json.sources[1].copy)) -- null
        local result = h.run(0, { file, h.url(h.database()), "--source-mode=copy" })
        assert.equal("string", type(result.json.sources[1].copy.path))
        assert.is_truthy(result.stderr:find(file .. " is copied first (1 MB)\n", 1, true), result.stderr)
        assert.equal("", copies())
    end)

    -- A run that reads a copy and is stopped half-way by the target; the source moves on meanwhile.
    local function stopped(options)
        local file, database = h.source(SMALL), h.database()
        h.sql(database, [[CREATE TABLE t(id bigint PRIMARY KEY, v text);
            CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN IF NEW.id = 500 THEN RAISE 'not now'; END IF; RETURN NEW; END $$;
            CREATE TRIGGER no BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION no()]])
        local words = { file, h.url(database), "--batch-size=100", "--triggers=fire", table.unpack(options or {}) }
        local result = h.run(5, words, { changing = true })
        assert.matches("%-1%.db$", copies())
        h.sql(database, "CREATE OR REPLACE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS "
            .. "$$ BEGIN RETURN NEW; END $$")
        h.process.shell(("sqlite3 %s \"INSERT INTO t VALUES (2000, 'new'); UPDATE t SET v = 'changed'\""):format(file))
        return file, database, result
    end

    it("is gone on with from the copy, whatever it is by then", function()
        local file, database = stopped { "--source-mode=copy" }
        local again = h.run(4, { file, h.url(database), "--resume", "--source-mode=frozen" }, { changing = true })
        assert.matches("another %-%-source%-mode %(copy%)", again.json.error.message)
        local result = h.run(0, { file, h.url(database), "--resume" }, { changing = true })
        assert.equal("1000|1|v|v", h.sql(database, "SELECT count(*), min(id), min(v), max(v) FROM t"))
        assert.equal("string", type(result.json.sources[1].copy.path))
        assert.equal("", copies())
        -- Done, and the copy gone: nothing is read, the target is counted again.
        result = h.run(0, { file, h.url(database), "--resume" })
        assert.equal(1000, result.json.sources[1].tables[1].total)
        h.sql(database, "DELETE FROM t WHERE id = 7")
        h.run(1, { file, h.url(database), "--resume" })
    end)

    it("is not gone on with where the copy is not, or is another", function()
        local file, database = stopped { "--source-mode=copy" }
        local path = h.sql(database, "SELECT copy FROM wherry.run")
        h.process.shell(("mv %s %s.kept"):format(path, h.path "home"))
        local result = h.run(3, { file, h.url(database), "--resume" }, { changing = true })
        assert.matches("the copy that run 1 reads is not here", result.json.error.message)
        h.process.shell(("cp %s.kept %s; sqlite3 %s 'DELETE FROM t WHERE id = 1'"):format(h.path "home", path, path))
        result = h.run(5, { file, h.url(database), "--resume" }, { changing = true })
        assert.matches("the copy that run 1 reads has changed", result.json.error.message)
    end)

    it("is taken back with its copy, and copied anew", function()
        local file, database = stopped { "--source-mode=copy" }
        h.run(0, { file, h.url(database), "--restart", "--source-mode=copy", "--triggers=fire" }, { changing = true })
        assert.equal("1001|changed", h.sql(database, "SELECT count(*), min(v) FROM t"))
        assert.equal("", copies())
    end)

    it("keeps its copy while rows of it are rejected", function()
        local file = h.source "CREATE TABLE t(id INTEGER PRIMARY KEY, n); INSERT INTO t VALUES (1, 1), (2, 'x')"
        local database = h.database()
        h.sql(database, "CREATE TABLE t(id bigint PRIMARY KEY, n integer)")
        h.run(1, { file, h.url(database), "--on-bad=reject", "--source-mode=copy" })
        assert.not_equal("", copies())
        h.process.shell(("sqlite3 %s \"UPDATE t SET n = 5\""):format(file))
        h.sql(database, "ALTER TABLE t ALTER n TYPE text")
        hold(file)
        local retried = h.wherry({ "rejects", "retry", file, h.url(database) }, { changing = true })
        assert.equal(0, retried.code, retried.said)
        assert.equal("1 x", h.sql(database, "SELECT string_agg(n, ' ' ORDER BY id) FROM t"))
        assert.equal("", copies())
    end)

    it("keeps its copy while a key could not be made, which is tried again, and told of without the copy", function()
        local file = h.source "CREATE TABLE t(id INTEGER, v); INSERT INTO t VALUES (1, 'a'), (1, 'b')"
        local database = h.database()
        h.sql(database, "CREATE TABLE t(id bigint, v text, CONSTRAINT once UNIQUE (id))")
        h.run(1, { file, h.url(database), "--source-mode=copy" })
        h.run(1, { file, h.url(database), "--resume" })
        assert.not_equal("", copies())
        h.process.shell(("mv %s/wherry/copies %s/aside"):format(h.path "home", h.path "home"))
        local told = h.run(1, { file, h.url(database), "--resume" })
        assert.matches("ADD CONSTRAINT once UNIQUE USING INDEX once", told.json.findings[1].hint, 1, true)
        h.process.shell(("mv %s/aside %s/wherry/copies"):format(h.path "home", h.path "home"))
        h.sql(database, "UPDATE t SET id = 2 WHERE v = 'b'")
        assert.same({}, h.run(1, { file, h.url(database), "--resume" }).json.findings) -- the mended row differs
        assert.equal("1", h.sql(database, "SELECT count(*) FROM pg_constraint WHERE conname = 'once'"))
        assert.equal("", copies())
    end)

    it("is told of with the same findings when its run is done and the copy gone", function()
        local file = h.source "CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES (9223372036854775807)"
        local database = h.database()
        local first = h.run(1, { file, h.url(database), "--source-mode=copy" })
        assert.equal("", copies())
        local again = h.run(1, { file, h.url(database), "--resume" })
        assert.equal("sequence", again.json.findings[1].code)
        assert.same(first.json.findings, again.json.findings)
    end)

    -- Starts a run whose copying takes a while, and ends it by a signal in the middle of that.
    local function cut(signal)
        local file, database = h.source "CREATE TABLE t(id INTEGER PRIMARY KEY, v);", h.database()
        h.process.shell(("sqlite3 %s 'WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 100) "
            .. "INSERT INTO t SELECT i, zeroblob(1000000) FROM c'"):format(file))
        local run = h.start({ "run", file, h.url(database), "--source-mode=copy" }, { keeps = true })
        assert.is_truthy(h.process.wait(10, function() return copies() ~= "" end))
        run:kill(signal)
        return file, database, run:finish(20)
    end

    it("leaves nothing behind when the copying is interrupted", function()
        local _, database, result = cut "INT"
        assert.equal(130, result.code, result.said)
        assert.equal("", copies())
        assert.equal("", h.objects(database))
    end)

    it("leaves to the next run what a kill leaves of a copy", function()
        local file, database, result = cut "KILL"
        assert.not_equal(0, result.code)
        h.process.shell(("sqlite3 %s 'DELETE FROM t WHERE id > 10'"):format(file))
        h.run(0, { file, h.url(database), "--source-mode=copy" })
        assert.equal("10", h.sql(database, "SELECT count(*) FROM t"))
        assert.equal("", copies())
    end)

    it("is refused where the disk has no room for a copy, and nothing stays", function()
        local place = h.subdirectory "small"
        local mounted = h.process.shell(("mount -t tmpfs -o size=1m none %s 2>/dev/null && echo yes; true"):format(
            place))
        if mounted ~= "yes" then
            pending "a file system can't be mounted here: a full disk is not tried"
            return
        end
        local ok, why = pcall(function()
            local file = h.source(SMALL .. "INSERT INTO t VALUES (1001, hex(zeroblob(1000000)))")
            local database = h.database()
            local result = h.run(3, { file, h.url(database), "--source-mode=copy" },
                { env = { XDG_STATE_HOME = place } })
            assert.matches("no room for a copy of .*: it takes %d+ MB, and %d MB are free", result.json.error.message)
            assert.equal("", h.process.shell(("ls %s/wherry/copies"):format(place)))
            assert.equal("", h.objects(database))
        end)
        h.process.shell("umount " .. place)
        assert(ok, why)
    end)
end)
