-- Reading a source: what is in the -wal is read, nothing of the file runs, nothing is written, a change is told.
local h = require "tests.support.harness"
local compare = require "tests.support.compare"
local ledger = require "tests.support.ledger"

describe("a source", function()
    after_each(h.cleanup)

    local SMALL = "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b');"

    ---A file with rows that are in its -wal only, as a process that was killed leaves it.
    local function with_wal(name)
        local writer = h.subdirectory "writer"
        local place = h.subdirectory(name or "source")
        h.process.write(writer .. "/make.sql", ("PRAGMA journal_mode=WAL; %s PRAGMA wal_checkpoint(TRUNCATE); "
            .. "PRAGMA wal_autocheckpoint=0; INSERT INTO t VALUES (3, 'only in the wal');\n"
            .. ".shell cp app.db app.db-wal %s/\n"):format(SMALL, place))
        h.process.shell(("cd %s && rm -f app.db* && sqlite3 -bail app.db < make.sql"):format(writer))
        return place .. "/app.db"
    end

    it("in WAL mode with frames that no checkpoint wrote back is read whole and left as it is", function()
        local file, database = h.track(with_wal()), h.database()
        assert.is_true(#h.process.read(file .. "-wal") > 0)
        h.run(0, { file, h.url(database) }) -- the harness compares the bytes of both files
        assert.equal("1|a\n2|b\n3|only in the wal", h.sql(database, "SELECT * FROM t ORDER BY id"))
    end)

    it("in WAL mode at rest is left without a -wal and a -shm", function()
        local file, database = h.source("PRAGMA journal_mode=WAL; " .. SMALL), h.database()
        h.run(0, { file, h.url(database) })
        assert.is_nil(h.process.read(file .. "-wal"))
        assert.is_nil(h.process.read(file .. "-shm"))
        compare.table(database, file, "t")
    end)

    it("with a hot journal is refused and left as it is", function()
        local writer, place = h.subdirectory "writer", h.subdirectory "source"
        h.process.write(writer .. "/make.sql", ("%s PRAGMA cache_size=1; PRAGMA cache_spill=1; BEGIN;\n"
            .. "WITH RECURSIVE c(n) AS (SELECT 10 UNION ALL SELECT n + 1 FROM c WHERE n < 3000) "
            .. "INSERT INTO t SELECT n, 'never committed' FROM c; UPDATE t SET v = 'never committed';\n"
            .. ".shell cp app.db app.db-journal %s/\nROLLBACK;\n"):format(SMALL, place))
        h.process.shell(("cd %s && sqlite3 -bail app.db < make.sql"):format(writer))
        local file, database = h.track(place .. "/app.db"), h.database()
        assert.is_true(#h.process.read(file .. "-journal") > 512)
        local result = h.run(3, { file, h.url(database) })
        assert.matches("journal", result.json.error.message)
        assert.is_true(type(result.json.error.hint) == "string" and result.json.error.hint ~= "", result.said)
        assert.equal("", h.objects(database))
    end)

    ---Runs body while another process has a transaction or just a connection open.
    local function meanwhile(file, sql, body)
        local fifo = h.path "held"
        h.process.shell("mkfifo " .. fifo)
        local pipe = assert(io.popen(("sqlite3 -bail %s >%s.out 2>&1"):format(file, fifo), "w"))
        pipe:write(sql, "\n.print ready\n")
        pipe:flush()
        h.process.wait(5, function()
            return (h.process.read(fifo .. ".out") or ""):find "ready"
        end)
        local ok, failure = pcall(body)
        pipe:write "ROLLBACK;\n"
        pipe:close()
        assert(ok, failure)
    end

    for what, sql in pairs {
        ["that another process is writing"] = "BEGIN IMMEDIATE; INSERT INTO t VALUES (99, 'half done');",
        ["that another process has locked"] = "BEGIN EXCLUSIVE;",
        ["that another process has open"] = "SELECT count(*) FROM t;",
    } do
        for _, mode in ipairs { "DELETE", "WAL" } do
            it(what .. " in mode " .. mode .. " is refused with a hint where it is to be read itself", function()
                local file, database = h.source("PRAGMA journal_mode=" .. mode .. ";" .. SMALL), h.database()
                meanwhile(file, sql, function()
                    local result = h.run(3, { file, h.url(database), "--source-mode=frozen" }, { changing = true })
                    assert.matches("snapshot", tostring(result.json.error.hint) .. result.json.error.message)
                    assert.equal("", h.objects(database))
                    assert.is_true(result.seconds < 40, "it waited for " .. result.seconds .. " s")
                end)
                -- Nothing of that stays: at rest again, the same file is taken.
                h.run(0, { file, h.url(database) })
                assert.equal("2", h.sql(database, "SELECT count(*) FROM t"))
            end)
        end
    end

    it("copied by `wherry snapshot` while it is written can be run", function()
        local file, database = h.source("PRAGMA journal_mode=WAL;" .. SMALL), h.database()
        local copy = h.path "copy.db"
        local writing = "INSERT INTO t VALUES (3, 'committed'); BEGIN IMMEDIATE; INSERT INTO t VALUES (9, 'half done');"
        meanwhile(file, writing, function()
            local result = h.wherry({ "snapshot", file, copy }, { changing = true })
            assert.equal(0, result.code, result.said)
        end)
        h.run(0, { h.track(copy), h.url(database) })
        assert.equal("1 2 3", h.sql(database, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM t"))
    end)

    it("in a directory and a file without the right to write is read", function()
        local file, database = h.source(SMALL), h.database()
        h.process.shell(("chmod 0444 %s; chmod 0555 %s"):format(file, h.path "source"))
        local root = h.process.shell "id -u" == "0"
        local result = h.run(0, { file, h.url(database) })
        h.process.shell(("chmod 0755 %s"):format(h.path "source"))
        compare.table(database, file, "t")
        assert.is_true(root or result.stderr:find "fence" ~= nil or result.stderr:find "change" ~= nil, result.said)
    end)

    it("that may not be written is read without a fence, and that is said", function()
        local file, root = h.source(SMALL), h.process.shell "id -u" == "0"
        local program = os.getenv "WHERRY" or "build/wherry"
        h.process.shell("chmod 0444 " .. file)
        -- The target can't be reached, which is found out behind the source.
        local said = h.process.shell(("%s %s run %s 'host=/nonexistent dbname=x user=y' 2>&1; true"):format(
            root and "setpriv --bounding-set=-dac_override" or "", h.process.quote(program), h.process.quote(file)))
        assert.matches("no fence", said)
    end)

    it("that changes during the run is told with exit 5", function()
        local file = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 4000)
            INSERT INTO t SELECT n, 'value' FROM c;]]
        local database = h.database()
        h.sql(database, [[CREATE TABLE t(id int PRIMARY KEY, v text);
            CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END $$;
            CREATE TRIGGER pause BEFORE INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION pause()]])
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q, tables = { t = { triggers = "fire" } } }]]):format(file,
            h.url(database)))
        local running = h.start({ "run", script, "--batch-size=1000", "--json" }, { changing = true })
        h.process.wait(10, function()
            return h.sql(database, "SELECT count(*) FROM t") ~= "0"
        end)
        -- What SQLite itself would keep out by its locks: the bytes are changed underneath it.
        local handle = assert(io.open(file, "r+b"))
        handle:seek("set", 24)
        handle:write "\0\0\xff\xff"
        handle:close()
        local result = running:finish(20)
        assert.equal(5, result.code, result.said)
        assert.equal("changed", result.json.error.kind)
    end)

    it("never gets its triggers, views or functions run", function()
        local file, database = h.source(SMALL .. [[
            CREATE TABLE log(x);
            CREATE TRIGGER hostile AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('fired'); END;
            CREATE VIEW endless AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT sum(n) FROM c;
            CREATE TABLE costly(id INTEGER PRIMARY KEY, z GENERATED ALWAYS AS (hex(zeroblob(30000000))) VIRTUAL);
            INSERT INTO costly (id) VALUES (1);]]), h.database()
        local result = h.run(0, { file, h.url(database) }, { timeout = 30 })
        assert.is_true(result.seconds < 20, result.said)
        assert.equal("0", h.sql(database, "SELECT count(*) FROM log"))
        assert.equal(1, ledger.source(result.json, "costly").passed)
    end)

    it("through a symbolic link, and by a relative path, is the file itself", function()
        local file, database = h.source(SMALL), h.database()
        h.process.shell(("ln -s %s %s"):format(file, h.path "link.db"))
        local result = h.run(0, { "../link.db", h.url(database) }, { cwd = h.path "home" })
        assert.equal(file, result.json.sources[1].path)
        assert.equal("2", h.sql(database, "SELECT count(*) FROM t"))
    end)
end)
