-- Runs of several sources that are killed, taken back, gone on with; files that change or come meanwhile; rejects.
local faults = require "tests.support.faults"
local h = require "tests.support.harness"

describe("a run of several sources", function()
    after_each(h.cleanup)

    local function tenant(name, count, more)
        local file = ("%s/%s.db"):format(h.subdirectory "tenants", name)
        h.sqlite(file, ([[CREATE TABLE item(id INTEGER PRIMARY KEY, v TEXT, n INT);
            WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < %d)
            INSERT INTO item SELECT i, '%s ' || i, i FROM c;]]):format(count, name) .. (more or ""))
        return file
    end

    local function script_of(database, keys)
        return h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite.glob { "tenants/*.db", tag = "tenant" }, to = w.pg %q,
                collision = "append", %s }]]):format(h.url(database), keys or ""))
    end

    local function target()
        local database = h.database()
        h.sql(database, [[CREATE TABLE item(tenant text, id int, v text, n int, PRIMARY KEY (tenant, id))]])
        return database
    end

    local function loaded(database)
        return h.sql(database, [[SELECT string_agg(tenant || '=' || n || '/' || d, ' ' ORDER BY tenant) FROM (SELECT
            tenant, count(*) AS n, count(DISTINCT v) AS d FROM item GROUP BY tenant) AS t]])
    end

    local function committed(database)
        return tonumber(h.sql(database, [[SELECT CASE WHEN to_regclass('wherry.slice') IS NULL THEN 0
            ELSE (xpath('//n/text()', query_to_xml('SELECT count(*) AS n FROM wherry.slice
                WHERE state = ''done''', true, true, '')))[1]::text::int END]]))
    end

    local SLOW = [[CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(0.05); RETURN NULL; END $$;
        CREATE TRIGGER slow BEFORE INSERT ON item FOR EACH STATEMENT EXECUTE FUNCTION slow()]]

    it("that is killed again and again goes on across the files", function()
        for i, name in ipairs { "a", "b", "c" } do
            tenant(name, 40 * i)
        end
        local database = target()
        h.sql(database, SLOW)
        local script, kills = script_of(database, 'triggers = "fire"'), 0
        for round = 1, 6 do
            local before = committed(database)
            local running = h.start { "run", script, "--resume", "--batch-size=10", "--jobs=2" }
            assert(h.process.wait(20, function()
                return not running:running() or committed(database) >= before + 2 * round
            end))
            kills = kills + (running:running() and 1 or 0)
            running:kill "KILL"
            h.process.wait(10, function() return not running:running() end)
        end
        assert.is_true(kills > 2)
        local result = h.run(0, { script, "--resume" })
        assert.equal("a=40/40 b=80/80 c=120/120", loaded(database))
        assert.same({ 40, 80, 120 }, { result.json.sources[1].tables[1].passed, result.json.sources[2].tables[1].passed,
            result.json.sources[3].tables[1].passed })
        assert.equal("240", h.sql(database, "SELECT sum(read) FROM wherry.slice"))
    end)

    -- Stopped in the second file by a value that does not fit.
    local function stopped(keys)
        tenant("a", 30)
        local bad = tenant("b", 30, "UPDATE item SET n = 'no' WHERE id = 20;")
        local database = target()
        local script = script_of(database, keys)
        local result = h.run(5, { script, "--batch-size=10", "--jobs=1" })
        return database, script, bad, result
    end

    it("that stopped is taken back as a whole, and announced before", function()
        local database, script, bad, result = stopped()
        assert.same({ "b.item", "id=20" }, { result.json.error.table, result.json.error.key })
        local announced = h.run(4, { script })
        assert.equal("unfinished_run", announced.json.findings[1].code)
        h.sqlite(bad, "UPDATE item SET n = 20 WHERE id = 20")
        h.run(0, { script, "--restart" })
        assert.equal("a=30/30 b=30/30", loaded(database))
    end)

    it("that stopped is not taken back for a plan that is refused whatever the target holds", function()
        local database, _, bad = stopped()
        h.sqlite(bad, "UPDATE item SET n = 20 WHERE id = 20")
        local before = loaded(database)
        for _, keys in ipairs { 'tables = { itm = { where = "id > 1" } }', 'only = { "b.itm" }',
            'order = { "a.itm" }' } do
            local refused = h.run(4, { script_of(database, keys), "--restart" })
            assert.equal("unknown_table", refused.json.findings[1].code, refused.said)
            assert.equal(before, loaded(database))
        end
        local created = h.wherry { "run", script_of(database, 'schema = "create", indexes = "keep"'), "--restart" }
        assert.equal(4, created.code, created.said)
        assert.equal(before, loaded(database))
        assert.equal("stopped", h.sql(database, "SELECT state FROM wherry.run"))
        -- what is wrong with a file that can be left out is no reason to keep the run
        h.sqlite(bad, "DROP TABLE item")
        local left = h.run(1, { script_of(database), "--restart" })
        assert.equal("a=30/30", loaded(database))
        assert.matches("the source b is left out: the source holds no table", left.json.findings[1].reason, 1, true)
        assert.same({ "bad_source", "b", bad }, { left.json.findings[1].code, left.json.findings[1].table,
            left.json.findings[1].key })
    end)

    it("that stopped says which file has changed, and goes on with it when that is accepted", function()
        local database, script, bad = stopped()
        h.sqlite(bad, "UPDATE item SET n = 20 WHERE id = 20")
        tenant("c", 5)
        local refused = h.run(5, { script, "--resume" })
        assert.matches("the source has changed since run 1 began: .-/b%.db", refused.json.error.message)
        assert.matches("run 1 was begun without the source c", refused.json.error.message, 1, true)
        assert.not_matches("a%.db", refused.json.error.message)
        h.run(0, { script, "--resume", "--accept-changes" })
        assert.equal("a=30/30 b=30/30 c=5/5", loaded(database))
        assert.equal("a,b,c", h.sql(database, "SELECT string_agg(name, ',' ORDER BY name) FROM wherry.source"))
    end)

    it("keeps rows that do not fit apart, says of which file they are, and loads them later", function()
        tenant("a", 3, "UPDATE item SET n = 'x' WHERE id = 2;")
        tenant("b", 3, "UPDATE item SET n = 'y' WHERE id = 1;")
        local database = target()
        h.run(1, { script_of(database, 'on_bad = "reject"') })
        assert.equal("a=2/2 b=2/2", loaded(database))
        local script = script_of(database, 'on_bad = "null"')
        local listed = h.wherry { "rejects", "list", script }
        assert.matches("a%.item", listed.stdout)
        assert.matches("b%.item", listed.stdout)
        local shown = h.wherry { "rejects", "show", script, "--table", "b.item" }
        assert.matches("b%.item%.n", shown.stdout)
        assert.not_matches("a%.item", shown.stdout)
        local retried = h.wherry { "rejects", "retry", script }
        assert.matches("2 rows loaded", retried.stdout, 1, true)
        assert.equal("a=3/3 b=3/3", loaded(database))
    end)

    it("keeps the first of rows that share a key, whatever file they are of", function()
        tenant("a", 1500)
        tenant("b", 1500, "UPDATE item SET id = -id; UPDATE item SET id = 1490 - id;")
        local function script_of_both(database, keys)
            return h.script(([[local w = require "wherry"
                return w.plan { from = w.sqlite.glob "tenants/*.db", to = w.pg %q, collision = "append", %s }]]):format(
                h.url(database), keys or ""))
        end
        for _, made in ipairs { "CREATE TABLE item(id int PRIMARY KEY, v text, n int)", "" } do
            local database = h.database()
            h.sql(database, made)
            if made ~= "" then -- the key is there without a tag: what files share is not looked for before the load
                local checked = h.wherry { "check", script_of_both(database) }
                assert.matches("b.item: primary key item_pkey: rows of several source tables go into public.item, "
                    .. "and only the load tells which of them share a value", checked.stdout, 1, true)
            end
            local result = h.run(1, { script_of_both(database, 'on_bad = "reject"'), "--jobs=2" })
            assert.equal("2990|1500|1490", h.sql(database, [[SELECT count(*), count(*) FILTER (WHERE v LIKE 'a %'),
                count(*) FILTER (WHERE v LIKE 'b %') FROM item]]))
            assert.same({ { "b.item", 10 } }, { { result.json.rejects[1].table, result.json.rejects[1].count } })
            assert.equal("1", h.sql(database, "SELECT count(*) FROM pg_constraint WHERE conrelid = 'item'::regclass"))
        end
        local strict = h.wherry { "run", script_of_both(h.database()) }
        assert.is_truthy(strict.code == 1 or strict.code == 5, strict.said)
        assert.matches("b%.item", strict.stderr .. strict.stdout)
    end)

    it("that is done says how a file is loaded that it went without", function()
        tenant("a", 3)
        local database = target()
        local script = script_of(database)
        h.run(0, { script })
        tenant("b", 3)
        local late = h.run(5, { script, "--resume" })
        assert.matches("run 1 was begun without the source b", late.json.error.message, 1, true)
        assert.matches("load what it went without by a script of its own", late.json.error.hint, 1, true)
        assert.equal("a=3/3", loaded(database))
        h.run(0, { h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite.glob { "tenants/b*.db", tag = { column = "tenant", value = "b" } },
                to = w.pg %q, on_conflict = "keep" }]]):format(h.url(database))) })
        assert.equal("a=3/3 b=3/3", loaded(database))
    end)

    -- Two files that do not fit into SQLite's cache.
    local function large()
        for _, name in ipairs { "a", "b" } do
            tenant(name, 2000, "UPDATE item SET v = v || hex(zeroblob(500));")
        end
        return h.path "tenants/b.db"
    end

    it("that can't read on in a file keeps what is loaded, names the table, and goes on when it can", function()
        large()
        local database = target()
        local script = script_of(database)
        local words = { "run", script, "--batch-size=200", "--jobs=1", "--no-check" }
        local _, _, calls = faults.run(words, "pread fail 1000000")
        local struck = 0
        for part = 3, 9, 2 do
            h.sql(database, "TRUNCATE item; DROP SCHEMA wherry CASCADE")
            local result = faults.run(words, ("pread fail %d"):format(calls.pread * part // 10))
            if result.code == 5 then
                struck = struck + 1
                assert.matches("table [ab]%.item", result.stderr)
            end
            if tonumber(h.sql(database, "SELECT count(*) FROM item")) < 4000 then
                h.run(0, { script, "--resume" })
            end
            assert.equal("a=2000/2000 b=2000/2000", loaded(database))
        end
        assert.is_true(struck > 0)
    end)

    it("tells of a file that is cut off while it is loaded, and goes on when it is there again", function()
        local bad = large()
        local database = target()
        h.sql(database, SLOW)
        local script = script_of(database, 'triggers = "fire"')
        h.process.shell(("cp -p %s %s"):format(bad, h.path "kept"))
        local running = h.start({ "run", script, "--batch-size=200", "--jobs=1" }, { changing = true })
        assert(h.process.wait(20, function() return committed(database) > 0 end))
        h.process.shell(("truncate -s 900000 %s"):format(bad))
        local result = running:finish(60)
        assert.equal(5, result.code, result.said)
        assert.matches("b%.item", result.stderr)
        local kept = loaded(database)
        assert.matches("a=%d+", kept)
        assert.is_true(h.wherry({ "run", script, "--resume" }).code ~= 0)
        assert.equal(kept, loaded(database))
        h.process.shell(("cp -p %s %s"):format(h.path "kept", bad))
        h.run(0, { script, "--resume" })
        assert.equal("a=2000/2000 b=2000/2000", loaded(database))
    end)

    it("tells of a file that changes while it is loaded", function()
        tenant("a", 400)
        local changing = h.subdirectory "moving" .. "/b.db" -- in another directory: no test looks after it
        local sql = "PRAGMA journal_mode=WAL; CREATE TABLE item(id INTEGER PRIMARY KEY, v, n); INSERT INTO item "
            .. "VALUES (1, 1, 1)"
        h.process.shell(("sqlite3 %s '%s' && ln -s %s %s"):format(changing, sql, changing, h.path "tenants/b.db"))
        local database = target()
        h.sql(database, SLOW)
        local running = h.start { "run", script_of(database, 'triggers = "fire"'), "--batch-size=10", "--jobs=1",
            "--source-mode=frozen" }
        assert(h.process.wait(20, function() return committed(database) > 1 end))
        h.process.shell(("sqlite3 -cmd '.timeout 30000' %s 'INSERT INTO item VALUES (99, 1, 1)'"):format(changing))
        local result = running:finish(60)
        assert.equal(5, result.code, result.said)
        assert.matches("moving/b%.db", result.stderr)
        assert.equal("401|0", h.sql(database,
            "SELECT count(*), count(*) FILTER (WHERE tenant = 'b' AND id = 99) FROM item"))
    end)
end)
