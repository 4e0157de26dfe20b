-- Runs and retries that are killed while they reject and load rows: in the end every row is in the target or in the
-- journal, once.
local h = require "tests.support.harness"
local ledger = require "tests.support.ledger"
local values = require "tests.support.values"

describe("kill -9 while rows are rejected", function()
    after_each(h.cleanup)

    local ROWS = 4000

    -- Rows 97, 194, ... do not fit, 89, 178, ... break a CHECK, 83, 166, ... are orphans of a key built afterwards.
    local function prepared()
        local file, database = h.source(([[CREATE TABLE p(id INTEGER PRIMARY KEY);
            INSERT INTO p VALUES (1), (2);
            CREATE TABLE t(id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p(id), v, n INTEGER);
            WITH RECURSIVE i(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM i WHERE v < %d)
            INSERT INTO t SELECT v, CASE WHEN v %% 83 = 0 THEN 7 ELSE 1 + v %% 2 END,
                CASE WHEN v %% 97 = 0 THEN 'bad' ELSE v END, v %% 89 FROM i]]):format(ROWS)), h.database()
        h.sql(database, [[CREATE TABLE p(id int PRIMARY KEY);
            CREATE TABLE t(id int PRIMARY KEY, p_id int REFERENCES p, v int, n int CHECK (n <> 0))]])
        return file, database
    end

    local function gone(running, database)
        running:kill "KILL"
        h.process.wait(5, function() return not running:running() end)
        h.process.wait(5, function() -- the server still ends the step that was under way
            return h.sql(database, ([[SELECT count(*) FROM pg_stat_activity WHERE datname = '%s'
                AND pid <> pg_backend_pid()]]):format(database)) == "0"
        end)
    end

    local function each_row_once(database)
        assert.equal(("%d|%d|1|%d"):format(ROWS, ROWS, ROWS), h.sql(database, [[SELECT count(*), count(DISTINCT id),
            min(id), max(id) FROM (SELECT id FROM t UNION ALL SELECT substr(key_text, 4)::int FROM wherry.reject
                WHERE state = 'open') AS s]]))
    end

    -- The sums of what the steps and retries have sent are those of what is there.
    local function sums_are(states, source, database)
        local found = {}
        local result = h.wherry { "verify", source, h.url(database), "--against", "journal", "--json" }
        for _, line in ipairs(result.json.comparison.tables) do
            found[line.table] = line.state
        end
        assert.same(states, found, result.said)
    end

    it("loses and doubles none, however often", function()
        local file, database = prepared()
        local args = { "run", file, h.url(database), "--on-bad=reject", "--batch-size=200", "--json" }
        local random = values.random(os.time())
        for _ = 1, 8 do
            local running = h.start(args)
            h.process.sleep(0.05 + random(250) / 1000)
            gone(running, database)
            if h.sql(database, "SELECT to_regclass('wherry.run') IS NOT NULL") == "t"
                and h.sql(database, "SELECT count(*) FROM wherry.run") ~= "0" then
                args[6], args[7] = "--resume", "--json"
            end
        end
        local result = h.wherry(args)
        assert.equal(1, result.code, result.said)
        assert.is_nil(ledger.check(result.json, 1))
        each_row_once(database)
        local wanted = 0
        for id = 1, ROWS do
            wanted = wanted + ((id % 83 == 0 or id % 97 == 0 or id % 89 == 0) and 1 or 0)
        end
        assert.equal(wanted, ledger.source(result.json, "t").rejected)
        sums_are({ ["public.p"] = "same", ["public.t"] = "same" }, file, database)
    end)

    it("of a retry leaves a run that can be ended, and tried again", function()
        local file, database = prepared()
        h.run(1, { file, h.url(database), "--on-bad=reject" })
        h.sql(database, [[ALTER TABLE t DROP CONSTRAINT t_n_check; INSERT INTO p VALUES (7);
            CREATE FUNCTION slow(int) RETURNS boolean LANGUAGE sql AS 'SELECT true FROM pg_sleep(0.01)';
            ALTER TABLE t ADD CHECK (slow(n)) NOT VALID;
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''fired''; END';
            CREATE TRIGGER off BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION refuse();]])
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, on_bad = "reject", tables = { t = { triggers = "off" } } }]]):format(
            file))
        local retry = { "rejects", "retry", script, h.url(database), "--json" }
        for _, seconds in ipairs { 0.3, 0.6, 0.9 } do
            local running = h.start(retry)
            h.process.sleep(seconds)
            gone(running, database)
            each_row_once(database)
            h.wherry { "run", script, h.url(database), "--resume", "--json" }
            assert.equal("done|O", h.sql(database, [[SELECT state, tgenabled FROM wherry.run, pg_trigger
                WHERE tgname = 'off']]))
        end
        local result = h.wherry(retry)
        assert.is_nil(ledger.check(result.json, result.code), result.said)
        each_row_once(database)
        assert.equal(tostring(ROWS // 97), h.sql(database, "SELECT count(*) FROM wherry.reject WHERE state = 'open'"))
        assert.equal("O", h.sql(database, "SELECT tgenabled FROM pg_trigger WHERE tgname = 'off'"))
        sums_are({ ["public.p"] = "differs", ["public.t"] = "same" }, file, database) -- p has the parent from above
    end)
end)
