-- Keys of tables that get emitted rows: parents may come later, and a row that goes takes what was made of it along.
local h = require "tests.support.harness"

describe("keys of emitted rows", function()
    after_each(h.cleanup)

    local SOURCE = [[CREATE TABLE a(id INTEGER PRIMARY KEY, b INTEGER, name TEXT);
        CREATE TABLE b(id INTEGER PRIMARY KEY, name TEXT);
        WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < 600)
        INSERT INTO a SELECT i, 601 - i, 'n' || (i / 2) FROM g;
        INSERT INTO b SELECT id, name FROM a;]]

    local function run(code, target, tables, ...)
        local name = h.database()
        h.sql(name, target)
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, schema = "existing", indexes = "rebuild", tables = { %s } }]]):format(
            h.source(SOURCE), tables))
        return h.run(code, { script, h.url(name), "--batch-size", "50", ... }), name
    end

    local function counts(name, ...)
        local list = {}
        for i, tbl in ipairs { ... } do
            list[i] = h.sql(name, "SELECT count(*) FROM " .. tbl)
        end
        return table.concat(list, " ")
    end

    it("may refer to rows that come later, of any table, in any direction", function()
        local _, name = run(0, [[CREATE TABLE a(id int PRIMARY KEY, b int, name text);
            CREATE TABLE b(id int PRIMARY KEY, name text);
            CREATE TABLE one(id int PRIMARY KEY, a int REFERENCES a, b int REFERENCES b);
            CREATE TABLE two(id int PRIMARY KEY, one int REFERENCES one, two int REFERENCES two);
            ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES two;]],
            [[a = { emits = { "two", "one", "two" }, row = function(old, new, emit)
                emit("two", { id = old.id, one = 601 - old.id, two = old.id < 600 and old.id + 1 or nil })
                emit("one", { id = old.id, a = 601 - old.id, b = old.b })
            end }]], "--jobs", "2")
        assert.equal("600 600 600 600", counts(name, "a", "b", "one", "two"))
        assert.equal("t 5", h.sql(name, [[SELECT bool_and(convalidated) || ' ' || count(*) FROM pg_constraint
            WHERE contype = 'f' AND connamespace = 'public'::regnamespace]]):gsub("true", "t"))
    end)

    it("keep no emitted row of a row that is rejected by a key", function()
        local result, name = run(1, [[CREATE TABLE a(id int PRIMARY KEY, b int, name text UNIQUE);
            CREATE TABLE b(id int PRIMARY KEY, name text);
            CREATE TABLE one(a int REFERENCES a, b int REFERENCES b)]],
            [[a = { on_bad = "reject", emits = { "one" }, row = function(old, new, emit)
                emit("one", { a = old.id, b = old.id == 300 and -1 or old.b })
            end }]], "--jobs", "2")
        assert.equal("301 600 301", counts(name, "a", "b", "one"))
        assert.equal("0", h.sql(name, "SELECT count(*) FROM one WHERE a NOT IN (SELECT id FROM a)"))
        local rejected = 0
        for _, group in ipairs(result.json.rejects) do
            rejected = rejected + group.count
        end
        assert.equal(299, rejected)
    end)

    it("are not what a check judges by: it says so, and takes no row for an orphan that refers to them", function()
        local name = h.database()
        h.sql(name, [[CREATE TABLE a(id int PRIMARY KEY); CREATE TABLE b(id int PRIMARY KEY, a int REFERENCES a,
            e int); CREATE TABLE e(id int PRIMARY KEY); ALTER TABLE b ADD FOREIGN KEY (e) REFERENCES e]])
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, schema = "existing", tables = { b = { emits = { "a", "e" },
                columns = { id = "id", e = "id" }, row = function(old, new, emit)
                    if old.a > 10 then emit("a", { id = old.a }) end emit("e", { id = old.id })
                end } } }]]):format(h.source [[CREATE TABLE a(id INTEGER PRIMARY KEY); INSERT INTO a VALUES (1), (2);
            CREATE TABLE b(id INTEGER PRIMARY KEY, a INTEGER); INSERT INTO b VALUES (1, 1), (2, 11), (3, 12);]]))
        local checked = h.wherry { "check", script, h.url(name), "--json" }
        assert.equal(0, checked.code, checked.said)
        local said = {}
        for i, one in ipairs(checked.json.not_evaluated) do
            said[i] = ("%s %s %s"):format(one.table, one.kind, one.name)
        end
        table.sort(said)
        assert.same({ "a primary key a_pkey", "b emitted rows a", "b emitted rows e", "b foreign key b_a_fkey",
            "b foreign key b_e_fkey" }, said)
        h.run(0, { script, h.url(name) })
        assert.equal("4 3 3", counts(name, "a", "b", "e"))
    end)

    it("of one table go under one name", function()
        local result = run(4, "CREATE TABLE a(id int PRIMARY KEY, b int, name text); CREATE TABLE e(a int)",
            [[b = w.skip "left out", a = { emits = { "e", "E" }, row = function() end }]])
        assert.equal("emits_twice", result.json.findings[1].code)
    end)
end)
