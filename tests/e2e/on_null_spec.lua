-- on_null = "default": NULLs of the source take the default of their column in the target: which columns, which values,
-- how that is told; in both formats of COPY, in the careful way, in a resumed run.
local h = require "tests.support.harness"

describe("on_null", function()
    after_each(h.cleanup)

    local SOURCE = [[CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, n INTEGER, at TEXT, free TEXT);
        INSERT INTO t VALUES (1, 'x', 7, '2020-01-01 00:00:00', 'f'), (2, NULL, NULL, NULL, NULL),
            (3, 'y', NULL, NULL, 'g');]]
    local TARGET = [[CREATE TABLE t(id int PRIMARY KEY, a text NOT NULL DEFAULT 'it''s	a \ default',
        n int NOT NULL DEFAULT 40 + 2, at timestamptz NOT NULL DEFAULT now(), free text DEFAULT 'unused');]]

    local function prepared(fields, target, sql)
        local file, database = h.source(sql or SOURCE), h.database()
        h.sql(database, target or TARGET)
        return h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, %s }]]):format(file, fields)), database
    end

    local function objects(result, name)
        for _, object in ipairs(result.json.objects) do
            if object.name == name then
                return object.note
            end
        end
    end

    local DEFAULT = "it's\ta \\ default"

    it("= \"keep\" refuses NULL where the target does", function()
        local script, database = prepared ""
        assert.matches("it is NULL but the target column refuses NULL",
            h.run(5, { script, h.url(database) }).json.error.message, 1, true)
    end)

    it("of the plan, and of a table, is about columns that are NOT NULL and have a default", function()
        for _, fields in ipairs { 'on_null = "default"', 'tables = { t = { on_null = "default" } }' } do
            local script, database = prepared(fields)
            local result = h.run(0, { script, h.url(database) })
            assert.equal(("1|x|7|f\n2|%s|42|\\N\n3|y|42|g"):format(DEFAULT),
                h.sql(database, "SELECT id, a, n, free FROM t ORDER BY id"))
            assert.equal("t", h.sql(database, [[SELECT count(DISTINCT at) = 1 AND max(at) <= now()
                AND max(at) > now() - interval '1 min' FROM t WHERE id > 1]]))
            assert.matches("^2 values were NULL, and the column's default was taken %(%(?40 %+ 2%)?: 42%)",
                objects(result, "t.n"))
            assert.matches("^1 value was NULL", objects(result, "t.a"))
            assert.is_nil(objects(result, "t.free"))
        end
    end)

    it("of a column, or of a glob of columns, is about nullable ones, too", function()
        for _, fields in ipairs { 'tables = { t = { columns = { free = { on_null = "default" } } } }',
            'columns = { ["fr*"] = { on_null = "default" } }' } do
            local script, database = prepared('on_null = "default", ' .. fields)
            h.run(0, { script, h.url(database) })
            assert.equal("f unused g", h.sql(database, "SELECT string_agg(free, ' ' ORDER BY id) FROM t"))
        end
    end)

    it("of a column goes before a glob's, a table's and the plan's", function()
        local script, database = prepared [[on_null = "default", columns = { ["n*"] = { on_null = "default" } },
            tables = { t = { columns = { n = { on_null = "keep" } } } }]]
        assert.matches('"n"', h.run(5, { script, h.url(database) }).json.error.message, 1, true)
    end)

    it("goes as text where the table does", function()
        local script, database = prepared('on_null = "default"', (TARGET:gsub("free text", "r regclass, free text")))
        h.run(0, { script, h.url(database) })
        assert.equal(("2|%s|42"):format(DEFAULT), h.sql(database, "SELECT id, a, n FROM t WHERE id = 2"))
    end)

    it("takes values of all kinds of types", function()
        local script, database = prepared('on_null = "default"', [[CREATE TYPE mood AS ENUM ('sad', 'ok');
            CREATE DOMAIN short AS varchar(5);
            CREATE TABLE t(id int PRIMARY KEY, a mood NOT NULL DEFAULT 'ok',
                n int[] NOT NULL DEFAULT '{1,2}', at short NOT NULL DEFAULT 'abc',
                free jsonb NOT NULL DEFAULT '{"a": 1}');]],
            "CREATE TABLE t(id INTEGER PRIMARY KEY, a, n, at, free); INSERT INTO t(id) VALUES (1);")
        h.run(0, { script, h.url(database) })
        assert.equal('1|ok|{1,2}|abc|{"a": 1}', h.sql(database, "SELECT * FROM t"))
    end)

    it("takes part in on_bad = \"null\"", function()
        local script, database = prepared([[tables = { t = { columns = {
            n = { on_null = "default", on_bad = "null" } } } }]], nil, [[CREATE TABLE t(id INTEGER PRIMARY KEY, n);
            INSERT INTO t VALUES (1, 'bad'), (2, 5), (3, NULL);]])
        local result = h.run(1, { script, h.url(database) })
        assert.equal("42 5 42", h.sql(database, "SELECT string_agg(n::text, ' ' ORDER BY id) FROM t"))
        assert.matches("1 value was replaced by the column's default", result.json.findings[1].reason, 1, true)
    end)

    it("counts in the careful way, and leaves out what rows that are rejected took", function()
        local script, database = prepared('on_null = "default", on_bad = "reject"',
            TARGET .. "ALTER TABLE t ADD CHECK (id <> 2)")
        local result = h.run(1, { script, h.url(database) })
        assert.matches("^1 value was NULL", objects(result, "t.n"))
        assert.is_nil(objects(result, "t.a"))
    end)

    it("is one moment of a run, however often that is gone on with", function()
        local script, database = prepared('on_null = "default"', TARGET .. [[CREATE TABLE off(id int);
            CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.id = 3 AND EXISTS (SELECT FROM off) THEN RAISE 'stopped'; END IF; RETURN NEW; END $$;
            CREATE TRIGGER stop BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION stop(); INSERT INTO off VALUES (1)]])
        h.run(5, { script, h.url(database), "--triggers=fire", "--batch-size=1" })
        assert.equal("2", h.sql(database, "SELECT count(*) FROM t; DELETE FROM off"))
        h.process.sleep(0.1)
        h.run(0, { script, h.url(database), "--triggers=fire", "--batch-size=1", "--resume" })
        assert.equal("3|1", h.sql(database, "SELECT count(*), count(DISTINCT at) FILTER (WHERE id > 1) FROM t"))
    end)

    it("is a finding where a column has no default, or another one in each row", function()
        for _, case in ipairs { { "a text NOT NULL", "the target column has no default" },
            { "a text NOT NULL DEFAULT gen_random_uuid()::text", "another value in each row (gen_random_uuid)" },
            { "a text NOT NULL DEFAULT md5(random()::text)", "another value in each row (random)" },
            { "a text DEFAULT nullif('a', 'a')", "it is NULL" },
            { "a varchar(3) DEFAULT 'toolong'", "longer than the column" },
            { "a text DEFAULT (1/0)::text", "division by zero" } } do
            local script, database = prepared('tables = { t = { columns = { a = { on_null = "default" } } } }',
                ("CREATE TABLE t(id int PRIMARY KEY, %s)"):format(case[1]),
                "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, NULL)")
            local found = h.run(4, { script, h.url(database) }).json.findings[1]
            assert.equal("on_null t a", ("%s %s %s"):format(found.code, found.table, found.column))
            assert.is_truthy(found.reason:find(case[2], 1, true), found.reason)
        end
    end)

    it("of a plan leaves columns alone whose default is another value in each row", function()
        local script, database = prepared('on_null = "default"', [[CREATE TABLE t(id bigserial PRIMARY KEY,
            a text NOT NULL DEFAULT 'd', u uuid NOT NULL DEFAULT gen_random_uuid())]],
            "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, NULL)")
        h.run(0, { script, h.url(database) })
        assert.equal("1|d", h.sql(database, "SELECT id, a FROM t"))
    end)

    it("holds for tables that are created", function()
        local file, database = h.source [[CREATE TABLE t(k TEXT PRIMARY KEY DEFAULT 'none', n INTEGER DEFAULT 5);
            INSERT INTO t VALUES (NULL, NULL), ('x', 1);]], h.database()
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, tables = { t = { columns = { n = { on_null = "default" } } } } }]])
            :format(file))
        h.run(0, { script, h.url(database) })
        assert.equal("1,5", h.sql(database, "SELECT string_agg(n::text, ',' ORDER BY n) FROM t"))
    end)

    it("may give rows the same key: that index is built behind them, and told", function()
        local script, database = prepared('on_null = "default"', [[CREATE TABLE t(id int PRIMARY KEY,
            a text NOT NULL DEFAULT 'd' UNIQUE)]], [[CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT);
            INSERT INTO t VALUES (1, NULL), (2, NULL), (3, 'x')]])
        local result = h.run(1, { script, h.url(database) })
        assert.equal("3", h.sql(database, "SELECT count(*) FROM t"))
        assert.equal("t", result.json.findings[1].table)
    end)

    it("stands in the plan, and a check obeys it", function()
        local script, database = prepared 'on_null = "default"'
        assert.matches("n integer <- n, NULL is its default", h.wherry { "plan", script, h.url(database) }.stdout, 1,
            true)
        local checked = h.wherry { "check", script, h.url(database) }
        assert.equal(0, checked.code, checked.said)
        assert.matches("t.a: 1 value: 'it''s.-\n  t.n: 2 values: %(?40 %+ 2%)?\n  t.at: 2 values: now%(%)",
            checked.stdout)
        assert.equal(3, #h.wherry({ "check", script, h.url(database), "--json" }).json.defaulted)
        assert.equal(1, h.wherry({ "check", (prepared ""), h.url(database) }).code)
    end)
end)
