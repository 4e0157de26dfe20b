-- Several lanes: large tables are loaded in ranges, every row once, whatever the keys are like and whatever goes wrong.
local compare = require "tests.support.compare"
local h = require "tests.support.harness"
local ledger = require "tests.support.ledger"

describe("several lanes", function()
    local ROWS = 230000
    local file

    -- Large enough to be cut: a rowid with holes, a composite key with a collation, no key at all; and small ones.
    setup(function()
        file = h.source(([[CREATE TABLE holes(id INTEGER PRIMARY KEY, v TEXT);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
                INSERT INTO holes SELECT i * 3 + (i > 90000) * 10000000000, 'value ' || i FROM n;
            CREATE TABLE pair(a TEXT COLLATE NOCASE, b INTEGER, v REAL, PRIMARY KEY(a, b)) WITHOUT ROWID;
            INSERT INTO pair SELECT iif(id %% 2, 'Key', 'kEY') || (id %% 7), id, id / 7.0 FROM holes;
            CREATE TABLE bag(rowid TEXT, _rowid_ TEXT, oid TEXT);
            INSERT INTO bag SELECT v, v, NULL FROM holes WHERE id < 3000;
            CREATE TABLE small(id INTEGER PRIMARY KEY, hole INTEGER REFERENCES holes(id));
            INSERT INTO small SELECT id, id FROM holes WHERE id < 3000]]):format(ROWS))
    end)
    teardown(h.cleanup)

    local function same(database)
        for _, name in ipairs { "holes", "pair", "bag", "small" } do
            compare.table(database, file, name)
        end
    end

    -- Pairs of steps that were under way at the same time.
    local function side_by_side(database)
        return tonumber(h.sql(database, [[SELECT count(*) FROM wherry.slice a JOIN wherry.slice b
            ON a.id < b.id AND a.started < b.finished AND b.started < a.finished]]))
    end

    for _, jobs in ipairs { 2, 3 } do
        it(("%d of them load the same rows as one"):format(jobs), function()
            local database = h.database()
            local result = h.run(0, { file, h.url(database), "--jobs=" .. jobs, "--no-check" })
            same(database)
            assert.is_true(side_by_side(database) > 0)
            assert.equal("1", h.sql(database, "SELECT count(*) FROM wherry.slice WHERE source_table = 'bag'"))
            local target = ledger.target(result.json, "public.holes")
            assert.same({ ROWS, ROWS }, { target.passed, target.inserted })
            assert.equal("" .. jobs, h.sql(database, "SELECT jobs FROM wherry.run"))
        end)
    end

    -- Runs until some rows are committed, and kills it.
    local function killed(database, rows, jobs)
        local started = h.start { "run", file, h.url(database), "--jobs=" .. jobs, "--no-check", "--batch-size=5000" }
        assert(h.process.wait(20, function()
            return tonumber(h.sql(database, "SELECT CASE WHEN to_regclass('wherry.slice') IS NULL THEN 0 ELSE 1 END"))
                == 1 and tonumber(h.sql(database, "SELECT coalesce(sum(read), 0) FROM wherry.slice")) >= rows
        end), "the run did not get that far")
        started:kill "KILL"
        started:finish(10)
    end

    it("go on where they were killed, with other lanes", function()
        local database = h.database()
        killed(database, 60000, 3)
        local result = h.run(0, { file, h.url(database), "--resume", "--jobs=2", "--no-check", "--batch-size=5000" })
        same(database)
        assert.equal(0, tonumber(h.sql(database, "SELECT count(*) FROM wherry.slice WHERE state <> 'done'")))
        assert.same({ ROWS, ROWS }, { ledger.target(result.json, "public.pair").passed,
            ledger.target(result.json, "public.pair").inserted })
    end)

    it("lose and double nothing when their connections are cut", function()
        local database = h.database()
        local started = h.start { "run", file, h.url(database), "--jobs=3", "--no-check", "--batch-size=5000",
            "--json" }
        for _ = 1, 6 do
            h.process.sleep(0.3)
            h.sql(database, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                .. " WHERE application_name LIKE 'wherry run %' AND datname = current_database()")
        end
        local ended = started:finish(60)
        assert.equal(0, ended.code, ended.said)
        same(database)
    end)

    it("reject the rows that do not fit, as one does", function()
        local database = h.database()
        h.sql(database, "CREATE TABLE holes(id bigint PRIMARY KEY, v text UNIQUE, CHECK (id % 50000 <> 0))")
        local result = h.run(1, { file, h.url(database), "--schema=existing", "--only=holes", "--jobs=3",
            "--no-check", "--on-bad=reject", "--batch-size=20000" })
        local refused = tonumber(h.sql(database, "SELECT count(*) FROM wherry.reject"))
        assert.is_true(refused > 0)
        assert.equal(ROWS - refused, tonumber(h.sql(database, "SELECT count(*) FROM holes")))
        assert.equal(refused, ledger.source(result.json, "holes").rejected)
    end)
end)
