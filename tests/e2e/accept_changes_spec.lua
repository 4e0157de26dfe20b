-- --resume after source, script or target have changed: what has changed is said, and --accept-changes goes on where
-- what is loaded still fits.
local h = require "tests.support.harness"

describe("a run whose circumstances have changed", function()
    after_each(h.cleanup)

    local ROWS = [[CREATE TABLE small(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO small VALUES (1, 'a'), (2, 'b');
        CREATE TABLE big(id INTEGER PRIMARY KEY, n INTEGER, v TEXT);
        WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 50)
        INSERT INTO big SELECT n, n, 'value ' || n FROM c;
        UPDATE big SET n = 3000000000 WHERE id = 35;]]
    local TABLES = "CREATE TABLE small(id int PRIMARY KEY, v text); CREATE TABLE big(id int PRIMARY KEY, n int, v text)"
    local PLAN = [[local w = require "wherry"
        return w.plan { from = w.sqlite %q, to = w.pg %q, order = { "small", "big" }%s }]]

    ---A script whose run has loaded the table small, and 30 of the 50 rows of big.
    local function stopped(more, tables, rows)
        local file, database = h.source(rows or ROWS), h.database()
        h.sql(database, tables or TABLES)
        local function script_text(keys)
            return PLAN:format(file, h.url(database), keys or "")
        end
        local script = h.script(script_text(more))
        h.run(5, { script, "--batch-size=10", "--jobs=1", "--indexes=rebuild" })
        assert.equal("30", h.sql(database, "SELECT count(*) FROM big"))
        return { file = file, database = database, script = script, rewrite = function(keys)
            h.process.write(script, script_text(keys))
        end }
    end

    local function refused(case, code, words)
        local result = h.run(code, { case.script, "--batch-size=10", "--resume" })
        local message = result.json.error and result.json.error.message or result.json.findings[1].reason
        for _, word in ipairs(words) do
            assert.matches(word, message)
        end
        assert.matches("%-%-accept%-changes", result.json.error.hint)
        assert.equal("30", h.sql(case.database, "SELECT count(*) FROM big"))
    end

    local function accepted(case, code)
        return h.run(code or 0, { case.script, "--batch-size=10", "--resume", "--accept-changes" })
    end

    local function in_the_way(case, code, words)
        local before = h.sql(case.database, "SELECT plan, choices FROM wherry.run")
        local result = accepted(case, 4)
        assert.equal(code, result.json.findings[1].code, result.said)
        assert.matches(words, result.json.findings[1].reason)
        assert.equal("30", h.sql(case.database, "SELECT count(*) FROM big"))
        assert.equal(before, h.sql(case.database, "SELECT plan, choices FROM wherry.run"))
    end

    local function content(case)
        return h.sql(case.database, "SELECT count(*), count(DISTINCT id), sum(n) FROM big")
    end

    it("by rows that were mended and added is told so, keeps what is loaded, and loads the rest", function()
        local case = stopped()
        h.sqlite(case.file, [[UPDATE big SET n = 35 WHERE id = 35; CREATE VIEW odd AS SELECT 1;
            WITH RECURSIVE c(n) AS (SELECT 51 UNION ALL SELECT n + 1 FROM c WHERE n < 3000)
            INSERT INTO big SELECT n, n, 'value ' || n FROM c; INSERT INTO small VALUES (3, 'c')]])
        refused(case, 5, { "the source has changed since run 1 began: .*app%.db", "bytes now, and had %d+",
            "pages now, and had %d+", "it has a new view odd", "written at [%d-]+ [%d:]+ UTC, and then at" })
        local result = accepted(case)
        assert.equal("3000|3000|4501500", content(case))
        assert.equal("3", h.sql(case.database, "SELECT count(*) FROM small"))
        assert.matches("accepted: the source has changed", result.stderr)
        assert.matches("the source has changed since run 1 began",
            h.sql(case.database, "SELECT accepted::json ->> 0 FROM wherry.run"))
        assert.matches('"kind":"accepted change","name":"source","note":"the source has changed', result.stdout, 1,
            true)
        assert.equal("3000", h.sql(case.database, "SELECT total FROM wherry.source_table WHERE source_table = 'big'"))
        h.run(0, { case.script, "--resume" })
    end)

    it("by rows that are gone from what is loaded is not gone on with", function()
        local case = stopped()
        h.sqlite(case.file, "UPDATE big SET n = 35 WHERE id = 35; DELETE FROM big WHERE id IN (3, 7)")
        in_the_way(case, "changed_rows", "30 rows of it were loaded up to id = 30, and the source has 28 there now")
    end)

    it("by a script that converts what did not fit goes on with that", function()
        local case = stopped()
        case.rewrite [[, tables = { big = { columns = { n = { from = "n", on_bad = "null" } } } }]]
        refused(case, 4, { "the script has changed since run 1 began %(its hash is %x+, and was %x+%)" })
        accepted(case, 1) -- a value that became NULL is a finding
        assert.equal("50|50|1240", content(case))
        assert.equal("done", h.sql(case.database, "SELECT state FROM wherry.run"))
    end)

    it("by a script that rejects what does not fit rejects rows of finished tables, too", function()
        local case = stopped(nil, [[CREATE TABLE small(id int PRIMARY KEY, v int);
            CREATE TABLE big(id int PRIMARY KEY, n int, v text);
            ALTER TABLE small ADD CONSTRAINT of_big FOREIGN KEY (v) REFERENCES big]],
            (ROWS:gsub("%(1, 'a'%), %(2, 'b'%)", "(1, 34), (2, 35), (3, 999)")))
        case.rewrite [[, on_bad = "reject"]]
        accepted(case, 1)
        assert.equal("1", h.sql(case.database, "SELECT string_agg(id::text, ' ') FROM small"))
        assert.equal("t", h.sql(case.database, "SELECT convalidated FROM pg_constraint WHERE conname = 'of_big'"))
        assert.equal("big 1, small 2", h.sql(case.database, [[SELECT string_agg(t, ', ' ORDER BY t)
            FROM (SELECT source_table || ' ' || count(*) AS t FROM wherry.reject GROUP BY source_table) r]]))
    end)

    it("by a script that loads a finished table otherwise, or a part of one, says why not", function()
        local case = stopped()
        case.rewrite [[, on_bad = "null", tables = { big = { where = "id < 1000" } }]]
        in_the_way(case, "changed_plan", "by another where: every row; now it is: id < 1000")
        case.rewrite [[, on_bad = "null", tables = { big = { skip = { v = "no" } } }]]
        in_the_way(case, "changed_plan", "by another columns: .*v = v; now it is: id = id, n = n")
        case.rewrite [[, on_bad = "null", tables = { small = { skip = { v = "no" } } }]]
        in_the_way(case, "changed_plan", "by another columns")
        case.rewrite [[, on_bad = "null", skip = { "big" }]]
        in_the_way(case, "changed_plan", "a part of its rows is loaded, and the script leaves it out now")
        case.rewrite [[, on_bad = "null", skip = { "small" }]]
        accepted(case, 1)
        assert.equal("50|50|1240", content(case))
        assert.equal("2", h.sql(case.database, "SELECT count(*) FROM small"))
    end)

    it("by a script with another table loads that too, and drops one that it did not begin with", function()
        local case = stopped(", skip = { 'more' }", TABLES .. "; CREATE TABLE more(id int); CREATE TABLE last(id int)",
            "CREATE TABLE more(id INTEGER PRIMARY KEY); INSERT INTO more VALUES (1); CREATE TABLE last(id INTEGER);"
            .. "INSERT INTO last VALUES (1);" .. ROWS)
        case.rewrite [[, on_bad = "null", skip = { "last" }]]
        accepted(case, 1)
        assert.equal("50|50|1240", content(case))
        assert.equal("1|0", h.sql(case.database, "SELECT (SELECT count(*) FROM more), (SELECT count(*) FROM last)"))
        assert.equal("2", h.sql(case.database, "SELECT count(DISTINCT target) FROM wherry.source_table"
            .. " WHERE source_table IN ('more', 'big', 'last')"))
    end)

    it("by other options goes on with these", function()
        local file, database = h.source(ROWS), h.database()
        h.sql(database, TABLES)
        h.run(5, { file, h.url(database), "--batch-size=10", "--only=big" })
        local result = h.run(4, { file, h.url(database), "--batch-size=10", "--on-bad=null", "--resume" })
        assert.matches("run 1 was begun with another %-%-on%-bad %(none%)", result.json.error.message)
        h.run(1, { file, h.url(database), "--batch-size=10", "--on-bad=null", "--resume", "--accept-changes" })
        assert.equal("50|0", h.sql(database, "SELECT (SELECT count(*) FROM big), (SELECT count(*) FROM small)"))
        assert.equal("null|big", h.sql(database, [[SELECT choices::json ->> 'on_bad', choices::json ->> 'only'
            FROM wherry.run]]))
    end)

    it("has not changed by a foreign key to a partitioned table that it has put back itself", function()
        local file, database = h.source([[CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1);
            CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER); INSERT INTO c VALUES (1, 1);]] .. ROWS .. [[;
            -- the other lane is to have time enough for the key
            UPDATE big SET id = 2000, n = 3000000000 WHERE id = 50; UPDATE big SET n = 35 WHERE id = 35;
            WITH RECURSIVE c(n) AS (SELECT 51 UNION ALL SELECT n + 1 FROM c WHERE n < 1999)
            INSERT INTO big SELECT n, n, n FROM c]]), h.database()
        h.sql(database, TABLES .. [[; CREATE TABLE p(id int PRIMARY KEY) PARTITION BY RANGE (id);
            CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9); CREATE TABLE c(id int PRIMARY KEY, p int);
            ALTER TABLE c ADD CONSTRAINT a FOREIGN KEY (p) REFERENCES p]])
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, to = w.pg %q, order = { "p", "c", "small", "big" } }]]):format(file,
            h.url(database)))
        h.run(5, { script, "--batch-size=1", "--jobs=2" })
        assert.equal("2", h.sql(database, "SELECT count(*) FROM pg_constraint WHERE conrelid = 'c'::regclass "
            .. "AND contype = 'f'"), "the key was not put back before the run stopped")
        local again = h.run(5, { script, "--batch-size=1", "--jobs=2", "--resume" })
        assert.matches("3000000000", again.stdout)
    end)

    it("by the target's columns, keys and triggers is told each of them", function()
        local case = stopped()
        h.sql(case.database, [[ALTER TABLE big ALTER n TYPE bigint; ALTER TABLE big ALTER v SET NOT NULL;
            ALTER TABLE big ADD w int; ALTER TABLE big ADD CONSTRAINT positive CHECK (id > 0);
            CREATE INDEX by_v ON small(v); ALTER TABLE small ENABLE ROW LEVEL SECURITY;
            CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
            CREATE TRIGGER swallow BEFORE INSERT ON big FOR EACH ROW EXECUTE FUNCTION f()]])
        refused(case, 4, { "public%.big has another type for the column n: bigint, it was integer",
            "the column v of public%.big is text NOT NULL, it was text", "public%.big has a new column w, integer",
            "public%.big has a new constraint positive %(CHECK", "public%.small has a new index by_v %(CREATE INDEX",
            "row%-level security of public%.small is on, it was off", "public%.big has a new trigger swallow" })
        h.sql(case.database, [[DROP TRIGGER swallow ON big; ALTER TABLE small DISABLE ROW LEVEL SECURITY]])
        accepted(case)
        assert.equal("50|50|3000001240", content(case))
        h.run(0, { case.script, "--resume" })
    end)

    it("by a trigger that would fire is asked what to do about it", function()
        local case = stopped()
        h.sqlite(case.file, "UPDATE big SET n = 35 WHERE id = 35")
        h.sql(case.database, [[CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
            CREATE TRIGGER swallow BEFORE INSERT ON big FOR EACH ROW EXECUTE FUNCTION f()]])
        local result = accepted(case, 4)
        assert.matches("swallow", result.json.findings[1].reason .. result.json.findings[1].code
            .. tostring(result.json.findings[1].key))
        case.rewrite ", triggers = 'off'"
        accepted(case)
        assert.equal("50|50|1275", content(case))
        assert.equal("O", h.sql(case.database, "SELECT tgenabled FROM pg_trigger WHERE tgname = 'swallow'"))
    end)

    it("by a table that is gone is not gone on with", function()
        local case = stopped()
        h.sql(case.database, "ALTER TABLE small RENAME TO tiny")
        refused(case, 4, { "public%.small is gone" })
        assert.is_true(#accepted(case, 4).json.findings > 0)
    end)

    it("goes on in tables that it has created, too", function()
        local file, database = h.source [[CREATE TABLE big(id TEXT, at BLOB, v TEXT, PRIMARY KEY (id, at))
                WITHOUT ROWID;
            WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 50)
            INSERT INTO big SELECT printf('%03d?1', n), CAST(n AS BLOB), CASE n WHEN 35 THEN 'nul' || char(0) END
                FROM c]], h.database()
        h.run(5, { file, h.url(database), "--batch-size=10" })
        h.sqlite(file, "UPDATE big SET v = 'mended' WHERE v IS NOT NULL; INSERT INTO big VALUES ('051', x'00ff', 'x')")
        h.run(5, { file, h.url(database), "--batch-size=10", "--resume" })
        h.run(0, { file, h.url(database), "--batch-size=10", "--resume", "--accept-changes" })
        assert.equal("51|2", h.sql(database, "SELECT count(*), count(v) FROM big"))
    end)

    it("is not gone on with when it is done, and --accept-changes goes with --resume only", function()
        local file, database = h.source "CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)", h.database()
        h.run(0, { file, h.url(database) })
        h.sqlite(file, "INSERT INTO t VALUES (2)")
        local result = h.run(5, { file, h.url(database), "--resume", "--accept-changes" })
        assert.matches("the run is over", result.json.error.hint)
        h.run(2, { file, h.url(database), "--accept-changes" })
    end)
end)
