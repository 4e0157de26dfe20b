-- wherry check: what a run would meet, told before it; nothing is written anywhere.
local h = require "tests.support.harness"

-- Every kind of bad value, duplicates behind the conversion, orphans.
local BAD = [[
    CREATE TABLE users(id INTEGER PRIMARY KEY, email TEXT, age, ok, at TEXT, nick TEXT, js TEXT, balance, raw TEXT);
    CREATE TABLE notes(id INTEGER PRIMARY KEY, owner INTEGER, code, part TEXT);
    INSERT INTO users VALUES
        (1, 'a@x', 3, 1, '2024-01-01T00:00:00Z', 'abc', '{}', 1.25, 'x'),
        (2, 'b@x', 'old', 2, '2024-01-01 02:00:00+02:00', 'abcd', '{bad', 1.255, 'x'),
        (3, 'A@X', 70000, NULL, 'yesterday', 'ab', NULL, '12345.6', CAST(x'61FF' AS TEXT)),
        (4, x'00ff', 99999, 0, NULL, 'x' || char(0), '{"a":"\u0000"}', NULL, CAST(x'FF' AS TEXT)),
        (5, NULL, 5, 'true', NULL, NULL, '1', 'x', 'y'),
        (6, 'A@x', 7, 0, '2024-06-01', NULL, '[]', 0, 'y');
    INSERT INTO notes VALUES (1, 1, '1', 'a'), (2, 9, 1, 'a'), (3, NULL, '2', 'b'), (4, 2, 1.0, 'c'), (5, 6, 5, 'a');]]

local TARGET = [[
    CREATE TABLE users(id bigint PRIMARY KEY, email text, age smallint, ok boolean NOT NULL, at timestamptz UNIQUE,
        nick varchar(3), js jsonb, balance numeric(6, 2), raw text, CHECK (age < 200));
    CREATE TABLE notes(id int PRIMARY KEY, owner int REFERENCES users(id), code bigint, part text, UNIQUE (code, part));
    CREATE UNIQUE INDEX lower_part ON notes(lower(part)) WHERE id < 0;]]

-- What stands in a database, the journal's schema included.
local function everything(database)
    return h.sql(database, [[SELECT n.nspname, c.relname, c.relkind, c.relfilenode, c.reltuples
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' ORDER BY 1, 2;
        SELECT nspname FROM pg_namespace ORDER BY 1; SELECT conname, convalidated FROM pg_constraint ORDER BY oid]])
end

describe("wherry check", function()
    after_each(h.cleanup)

    local function check(code, arguments, options)
        table.insert(arguments, 1, "check")
        arguments[#arguments + 1] = "--json"
        local result = h.wherry(arguments, options)
        assert.equal(code, result.code, result.said)
        return result.json, result
    end

    local function counts(document)
        local list = {}
        for _, problem in ipairs(document.problems) do
            list[#list + 1] = ("%s %s.%s %d %s"):format(problem.kind, problem.table,
                type(problem.column) == "string" and problem.column or problem.columns, problem.count, problem.outcome)
        end
        table.sort(list)
        return list
    end

    it("counts every bad value, duplicate and orphan, and writes nothing", function()
        local file, database = h.source(BAD), h.database()
        h.sql(database, TARGET)
        local before = everything(database)
        local document = check(1, { file, h.url(database) })
        assert.same({
            "duplicate notes.code, part 1 not_made", "duplicate users.at 1 not_made", "orphan notes.owner 1 not_valid",
            "value users.age 1 stops", "value users.age 2 stops", "value users.at 1 stops",
            "value users.balance 1 stops", "value users.balance 1 stops", "value users.balance 1 stops",
            "value users.email 1 stops", "value users.js 1 stops", "value users.js 1 stops",
            "value users.nick 1 stops", "value users.nick 1 stops", "value users.ok 1 stops", "value users.ok 1 stops",
            "value users.raw 2 stops",
        }, counts(document))
        assert.equal("findings", document.status)
        assert.is_true(document.would.stop)
        local unseen = {}
        for i, one in ipairs(document.not_evaluated) do
            unseen[i] = one.kind .. " " .. one.name
        end
        assert.same({ "check users_age_check", "index lower_part" }, unseen)
        assert.equal(before, everything(database))
        -- The harness has looked at the source, the directory beside it, and TMPDIR.
    end)

    it("gives the first examples with key, value and class", function()
        local file, database = h.source(BAD), h.database()
        h.sql(database, TARGET)
        local document = check(1, { file, h.url(database) })
        for _, problem in ipairs(document.problems) do
            if problem.column == "raw" then
                assert.same({ "id=3", "id=4" }, { problem.examples[1].key, problem.examples[2].key })
                assert.same({ class = "text", text = "a\\xFF" }, problem.examples[1].value)
                assert.matches("at byte 1", problem.examples[1].reason)
            elseif problem.kind == "duplicate" and problem.table == "notes" then
                assert.same({ "id=2", "id=1" }, { problem.examples[1].key, problem.examples[1].first_key })
            end
        end
        local said = h.wherry({ "check", file, h.url(database) }).stdout
        assert.matches("\n  users: 6 records\n  notes: 5 records\n", said)
        assert.matches("users.age: 2 integer values do not fit smallint: out of range", said)
        assert.matches("id=3: 70000 %(integer%)", said)
        assert.matches("Nothing was written", said)
    end)

    it("is what run --dry-run does", function()
        local file = h.source "CREATE TABLE t(a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2)"
        local database = h.database()
        local before = everything(database)
        local result = h.wherry { "run", file, h.url(database), "--dry-run", "--json" }
        assert.equal(0, result.code, result.said)
        assert.equal("check", result.json.command)
        assert.equal(2, result.json.would.load)
        assert.equal(before, everything(database))
        assert.equal(2, h.wherry({ "run", file, h.url(database), "--dry-run", "--resume" }).code)
    end)

    it("says clean of a file that a run loads without a word", function()
        local file, database = h.source [[
            CREATE TABLE p(id INTEGER PRIMARY KEY, email TEXT COLLATE NOCASE UNIQUE, at DATETIME);
            CREATE TABLE c(id INTEGER PRIMARY KEY, p INTEGER REFERENCES p(id), code TEXT UNIQUE);
            INSERT INTO p VALUES (1, 'a@x', '2024-01-01'), (2, NULL, NULL);
            INSERT INTO c VALUES (1, 1, 'a'), (2, NULL, NULL), (3, 2, NULL)]], h.database()
        local document = check(0, { file, h.url(database) })
        assert.same({ "clean", 5, 0, false }, { document.status, document.would.load, document.would.reject,
            document.would.stop })
        assert.equal(0, h.run(0, { file, h.url(database) }).code)
        -- Without a target it is an empty database.
        assert.equal(5, check(0, { file }).would.load)
    end)

    it("finds the orphans that would leave a foreign key NOT VALID", function()
        local file, database = h.source [[
            CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p INTEGER REFERENCES p);
            INSERT INTO p VALUES (1); INSERT INTO c VALUES (1), (2), (3), (NULL)]], h.database()
        local document = check(1, { file, h.url(database) })
        assert.same({ "orphan c.p 2 not_valid" }, counts(document))
        assert.equal("rowid=2", document.problems[1].examples[1].key)
        h.run(1, { file, h.url(database) })
    end)

    it("says which rows it can't compare where the target holds some", function()
        local file, database = h.source [[CREATE TABLE t(id, v); INSERT INTO t VALUES (1, 'a'), (2, 'b'), ('2', 'c');
            CREATE TABLE c(t INTEGER); INSERT INTO c VALUES (9)]], h.database()
        h.sql(database, [[CREATE TABLE t(id bigint PRIMARY KEY, v text); CREATE TABLE c(t bigint REFERENCES t);
            INSERT INTO t VALUES (9, 'mine')]])
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, schema = "existing", tables = { t = { on_conflict = "keep" } } }]])
            :format(file))
        local document = check(0, { script, h.url(database) })
        assert.same({ "duplicate t.id 1 skips" }, counts(document))
        assert.equal(2, #document.not_evaluated)
        assert.matches("rows that public.t holds already", document.not_evaluated[1].reason)
        assert.equal(1, h.run(0, { script, h.url(database) }).json.targets[1].skipped)
    end)

    it("refuses as a run does, after the source's rows", function()
        local file, database = h.source "CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 2)", h.database()
        h.sql(database, "CREATE TABLE t(a int, c int NOT NULL)")
        local result = h.wherry { "check", file, h.url(database) }
        assert.equal(4, result.code, result.said)
        assert.matches("  t: 1 record\n", result.stdout)
        assert.matches("refused: a run would write nothing", result.stdout)
        local document = check(4, { file, h.url(database) })
        assert.equal("refused", document.status)
        assert.is_true(#document.findings > 0)
    end)

    it("ends with the codes of its other ends", function()
        local file = h.source "CREATE TABLE t(a)"
        check(3, { h.path "missing.db" })
        check(3, { file, "postgresql:///none?host=/nonexistent" })
        check(2, { file, "out.sql" })
        check(2, { "postgresql:///none?host=/nonexistent" })
    end)

    it("says of a foreign key that is NOT VALID in the target what a run does: it is put back so", function()
        local file, database = h.source [[CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(id INTEGER PRIMARY KEY,
            p INTEGER); INSERT INTO c VALUES (1, 9)]], h.database()
        h.sql(database, [[CREATE TABLE p(id int PRIMARY KEY); CREATE TABLE c(id int PRIMARY KEY, p int);
            ALTER TABLE c ADD CONSTRAINT later FOREIGN KEY (p) REFERENCES p NOT VALID]])
        local document = check(0, { file, h.url(database), "--on-bad=reject" })
        assert.equal("it is NOT VALID in the target, and put back as it was", document.not_evaluated[1].reason)
        h.run(0, { file, h.url(database), "--on-bad=reject" })
    end)

    it("ends at once when a signal asks for it, and leaves nothing", function()
        local file, database = h.source([[CREATE TABLE t(a TEXT, b); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL
            SELECT i + 1 FROM n WHERE i < 1000000) INSERT INTO t SELECT hex(i), i FROM n]]), h.database()
        h.sql(database, "CREATE TABLE t(a text UNIQUE, b bigint UNIQUE)")
        local running = h.start { "check", file, h.url(database), "--json" }
        -- The file that keys are sorted in has no name any more once it is there.
        assert(h.process.wait(20, function()
            return h.process.shell(("ls -l /proc/%d/fd 2>/dev/null | grep -c 'wherry-.*deleted'; true"):format(
                running.pid)) ~= "0"
        end))
        assert.equal("", h.process.shell("ls -A " .. h.path "temp"))
        running:kill "INT"
        local result = running:finish(h.PROMPT)
        assert.equal(130, result.code, result.said)
        assert.equal("interrupted", result.json.status)
    end)
end)
