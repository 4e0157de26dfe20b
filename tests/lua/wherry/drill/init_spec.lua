-- drill/init.lua: planted differences are found, each named with its key, its column and both values.
local drill = require "wherry.drill"
local drilling = require "tests.support.drilling"
local harness = require "tests.support.harness"
local drill_source = require "wherry.drill.source"

describe("rows of both sides", function()
    local path, database

    after_each(harness.cleanup)

    local function load(source, target)
        path, database = harness.source(source), harness.database()
        if target then
            harness.sql(database, target)
        end
        harness.run(0, { path, harness.url(database) })
    end

    local function compare(name, options)
        local context <close> = drilling.open(path, harness.url(database))
        if options and options.stream then
            context.can_sum = false
        end
        return drill.table(context, context.target(name), options)
    end

    local function counts(line)
        return { line.missing, line.extra, line.different, line.more }
    end

    local ITEMS = [[CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, r REAL, j JSON);
        INSERT INTO t VALUES (1, 'one', 0.0, '{"a":1}'), (2, 'two', 1.5, NULL), (3, '', 2.5, '[]'),
            (4, NULL, 3.5, '1')]]

    it("are the same after a run, by whichever way they are read back", function()
        load(ITEMS)
        for _, stream in ipairs { false, true } do
            local line = compare("t", { stream = stream })
            assert.same({ 4, 4, 0, 0, 0, 0 }, { line.rows_source, line.rows_target, table.unpack(counts(line)) })
            assert.same({}, line.differences)
        end
    end)

    it("that have exchanged a value are both named, with what stands on either side", function()
        load(ITEMS)
        harness.sql(database, "UPDATE t SET a = CASE id WHEN 1 THEN 'two' ELSE 'one' END WHERE id < 3")
        for _, stream in ipairs { false, true } do
            local line = compare("t", { stream = stream })
            assert.same({ 0, 0, 2, 0 }, counts(line))
            table.sort(line.differences, function(a, b) return a.key < b.key end)
            assert.same({ kind = "different", key = "id=1", row = "id=1", columns = { { column = "a",
                source = { class = "text", text = "one" }, target = { class = "text", text = "two" } } } },
                line.differences[1])
            assert.same({ "id=2", "two", "one" }, { line.differences[2].key,
                line.differences[2].columns[1].source.text, line.differences[2].columns[1].target.text })
        end
    end)

    it("are looked for in the buckets that differ alone", function()
        load(ITEMS)
        harness.sql(database, "UPDATE t SET a = 'TWO' WHERE id = 2; DELETE FROM t WHERE id = 4")
        local context <close> = drilling.open(path, harness.url(database))
        local target = context.target "t"
        local buckets = drill_source.digests(context)[target.target_sql]:compare(context.digest(target))
        assert.equal(2, #buckets)
        local line = drill.table(context, target, { buckets = { [target.target_sql] = buckets } })
        assert.same({ 2, 1, 1, 0, 1, 0 }, { line.rows_source, line.rows_target, table.unpack(counts(line)) })
        local columns = { [line.differences[1].key] = line.differences[1].columns }
        assert.same({ class = "text", text = "TWO" }, columns["id=2"][1].target)
        assert.same({ "missing", "id=4" }, { line.differences[2].kind, line.differences[2].key })
        line = drill.table(context, target, { buckets = { [target.target_sql] = { buckets[1] } } })
        assert.equal(1, line.missing + line.different)
    end)

    it("that are NULL on one side and empty on the other differ, and so do zeros of two signs", function()
        load(ITEMS)
        harness.sql(database, "UPDATE t SET a = NULL WHERE id = 3; UPDATE t SET a = '' WHERE id = 4;"
            .. " UPDATE t SET r = '-0' WHERE id = 1")
        local line = compare "t"
        assert.same({ 0, 0, 3, 0 }, counts(line))
        table.sort(line.differences, function(a, b) return a.key < b.key end)
        assert.same({ column = "r", source = { class = "real", text = "0.0" },
            target = { class = "real", text = "-0.0" } }, line.differences[1].columns[1])
        assert.same({ { class = "text", text = "" }, { class = "null", text = "" } },
            { line.differences[2].columns[1].source, line.differences[2].columns[1].target })
        assert.same({ { class = "null", text = "" }, { class = "text", text = "" } },
            { line.differences[3].columns[1].source, line.differences[3].columns[1].target })
    end)

    it("that differ in the scale of a number, or in the case of a text that knows none, differ", function()
        load("CREATE TABLE t(id INTEGER PRIMARY KEY, n, c); INSERT INTO t VALUES (1, '1.0', 'Ab'), (2, '2.0', 'Cd')",
            "CREATE EXTENSION citext; CREATE TABLE t(id int PRIMARY KEY, n numeric, c citext)")
        harness.sql(database, "UPDATE t SET n = 1.00 WHERE id = 1; UPDATE t SET c = 'cD' WHERE id = 2")
        local line = compare "t"
        assert.same({ 0, 0, 2, 0 }, counts(line))
        table.sort(line.differences, function(a, b) return a.key < b.key end)
        assert.same({ "n", "1.0", "1.00" }, { line.differences[1].columns[1].column,
            line.differences[1].columns[1].source.text, line.differences[1].columns[1].target.text })
        assert.same({ "c", "Cd", "cD" }, { line.differences[2].columns[1].column,
            line.differences[2].columns[1].source.text, line.differences[2].columns[1].target.text })
    end)

    it("without a key are found where one is there twice and another is missing", function()
        load "CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 'x'), (2, 'y'), (2, 'y'), (3, NULL)"
        harness.sql(database, "DELETE FROM t WHERE a = 1; INSERT INTO t SELECT * FROM t WHERE a = 3")
        local line = compare "t"
        assert.same({ 1, 1, 0, 0 }, counts(line))
        assert.same({ kind = "missing", row = "rowid=1", columns = {
            { column = "a", source = { class = "integer", text = "1" } },
            { column = "b", source = { class = "text", text = "x" } } } }, line.differences[1])
        assert.same({ kind = "extra", columns = { { column = "a", target = { class = "integer", text = "3" } },
            { column = "b", target = { class = "null", text = "" } } } }, line.differences[2])
    end)

    it("that are alike are counted together", function()
        load [[CREATE TABLE t(a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
            INSERT INTO t SELECT 'same' FROM n]]
        harness.sql(database, "DELETE FROM t WHERE ctid IN (SELECT ctid FROM t LIMIT 200)")
        local line = compare "t"
        assert.same({ 200, 0, 0, 0 }, counts(line))
        assert.equal(200, line.differences[1].copies)
    end)

    it("are known by all columns of their key", function()
        load("CREATE TABLE t(a, b, c, PRIMARY KEY (a, b)); INSERT INTO t VALUES (1, 'x', 1), (1, 'y', 2), (2, 'x', 3)",
            "CREATE TABLE t(a int, b text, c int, PRIMARY KEY (b, a))")
        harness.sql(database, "DELETE FROM t WHERE c = 1; UPDATE t SET c = 20 WHERE c = 2;"
            .. " INSERT INTO t VALUES (7, 'it''s', 7)")
        local line, keys = compare "t", {}
        assert.same({ 1, 1, 1, 0 }, counts(line))
        for _, one in ipairs(line.differences) do
            keys[one.kind] = one.key
        end
        assert.same({ different = "b='y', a=1", missing = "b='x', a=1", extra = "b='it\\'s', a=7" }, keys)
    end)

    it("are found by one bit, deep in a long value, which is shown from there", function()
        local long = ("x"):rep(3000)
        load(("CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, '%sAsame')"):format(long),
            "CREATE TABLE t(id int PRIMARY KEY, a text)")
        harness.sql(database, ("UPDATE t SET a = '%sCsame'"):format(long))
        local column = compare "t".differences[1].columns[1]
        assert.equal(3001, column.byte)
        assert.equal("…" .. ("x"):rep(24) .. "Asame", column.source.text)
        assert.equal("…" .. ("x"):rep(24) .. "Csame", column.target.text)
    end)

    it("have texts as they are stored, and those that are not UTF-8 as digits", function()
        load([[CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES
            (1, 'O''Brien "\' || char(10) || '\n<b>'), (2, CAST(x'61ff62' AS TEXT))]],
            "CREATE TABLE t(id int PRIMARY KEY, a bytea)")
        harness.sql(database, "UPDATE t SET a = 'other'")
        local list = compare "t".differences
        assert.same({ class = "text", text = "O'Brien \"\\\n\\n<b>" }, list[1].columns[1].source)
        assert.same({ class = "text", hex = "61ff62" }, list[2].columns[1].source)
    end)

    it("are told up to a limit, of each kind in turn, or all of them, to a function if there is one", function()
        load [[CREATE TABLE t(id INTEGER PRIMARY KEY, a);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
            INSERT INTO t SELECT i, 'row ' || i FROM n]]
        harness.sql(database, "DELETE FROM t WHERE id <= 1000; UPDATE t SET a = 'no' WHERE id > 2000;"
            .. " INSERT INTO t SELECT id + 10000, a FROM t WHERE id <= 1500")
        local line, kinds = compare "t", {}
        assert.same({ 1000, 500, 1000, 2480 }, counts(line))
        for _, one in ipairs(line.differences) do
            kinds[one.kind] = (kinds[one.kind] or 0) + 1
        end
        assert.same({ different = 7, missing = 7, extra = 6 }, kinds)
        local told = {}
        line = compare("t", { limit = false, each = function(_, one)
            told[one.kind] = (told[one.kind] or 0) + 1
        end })
        assert.same({ missing = 1000, extra = 500, different = 1000 }, told)
        assert.same({ 1000, 500, 1000, 0 }, counts(line))
        assert.equal(0, #compare("t", { limit = 0 }).differences)
    end)

    it("that functions emitted are told by their values", function()
        harness.source "CREATE TABLE t(id INTEGER PRIMARY KEY, tags); INSERT INTO t VALUES (1, 'a,b'), (2, 'c')"
        database = harness.database()
        harness.sql(database, [[CREATE TABLE t(id int PRIMARY KEY);
            CREATE TABLE tag(t int, tag text, weight numeric(6, 2) DEFAULT 1.5)]])
        path = harness.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, schema = "existing", tables = { t = { emits = { "tag" },
                skip = { tags = "emitted" }, row = function(old, new, emit)
                for tag in old.tags:gmatch "[^,]+" do emit("tag", { t = old.id, tag = tag }) end
            end } } }]]):format(harness.path "source/app.db"))
        harness.run(0, { path, harness.url(database) })
        assert.same({ 0, 0, 0, 0 }, counts(compare "t"))
        harness.sql(database, "UPDATE tag SET weight = 1.51 WHERE tag = 'b'")
        local line = compare "tag"
        assert.same({ 1, 1, 0, 0 }, counts(line))
        assert.same({ kind = "missing", columns = { { column = "t", source = { class = "integer", text = "1" } },
            { column = "tag", source = { class = "text", text = "b" } },
            { column = "weight", source = { class = "text", text = "1.50" } } } }, line.differences[1])
        assert.equal("1.51", line.differences[2].columns[3].target.text)
    end)

    it("of several sources into one table are expected once, as one of them has them", function()
        local made = "CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES "
        local first = harness.source(made .. "(1, 'x'), (2, 'y')")
        local second = harness.source(made .. "(2, 'z'), (3, 'w')", "second.db")
        database = harness.database()
        harness.sql(database, "CREATE TABLE t(id int PRIMARY KEY, a text)")
        path = harness.script(([[local w = require "wherry"
            return w.plan { from = { a = w.sqlite %q, b = w.sqlite %q }, schema = "existing", collision = "append",
                on_conflict = "update" }]]):format(first, second))
        harness.run(0, { path, harness.url(database) })
        local line = compare "t"
        assert.same({ 4, 3, 0, 0, 0, 0 }, { line.rows_source, line.rows_target, table.unpack(counts(line)) })
        harness.sql(database, "UPDATE t SET a = 'neither' WHERE id = 2; DELETE FROM t WHERE id = 3")
        line = compare "t"
        assert.same({ 1, 0, 1, 0 }, counts(line))
    end)

    it("of tables that travel as text are compared as the server says them", function()
        load([[CREATE TABLE t(id INTEGER PRIMARY KEY, q, x, n);
            INSERT INTO t VALUES (1, 'b  &  a', 5, 1.5), (2, 'say & "x" & a\b', 6, NULL), (3, NULL, 7, 3),
                (4, 'c|d', 8, 4)]],
            "CREATE TABLE t(id int PRIMARY KEY, q tsquery, x xid, n numeric(6, 2))")
        assert.same({ 0, 0, 0, 0 }, counts(compare "t"))
        harness.sql(database, "UPDATE t SET q = 'a & b' WHERE id = 1; UPDATE t SET x = '9' WHERE id = 3;"
            .. " UPDATE t SET n = 4.01 WHERE id = 4")
        local line = compare("t", { stream = true })
        assert.same({ 0, 0, 3, 0 }, counts(line))
        line = compare "t"
        assert.same({ 0, 0, 3, 0 }, counts(line))
        table.sort(line.differences, function(a, b) return a.key < b.key end)
        local q, x = line.differences[1].columns[1], line.differences[2].columns[1]
        assert.same({ "q", "b  &  a", "'a' & 'b'" }, { q.column, q.source.text, q.target.text })
        assert.same({ "x", "7", "9" }, { x.column, x.source.text, x.target.text })
        harness.sqlite(path, "UPDATE t SET q = '&' WHERE id = 2")
        assert.same({ 1, 1, 3, 0 }, counts(compare "t"))
    end)

    it("of a load that lacks a column have its default, in tables that travel as text, too", function()
        local first = harness.source "CREATE TABLE t(id INTEGER PRIMARY KEY, q); INSERT INTO t VALUES (1, 'x & y')"
        local second = harness.source("CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES (2)", "second.db")
        database = harness.database()
        harness.sql(database, "CREATE TABLE t(id int PRIMARY KEY, q tsquery DEFAULT 'b & a', x tsquery DEFAULT 'c')")
        path = harness.script(([[local w = require "wherry"
            return w.plan { from = { a = w.sqlite %q, b = w.sqlite %q }, schema = "existing",
                collision = "append" }]]):format(first, second))
        harness.run(0, { path, harness.url(database) })
        assert.same({ 0, 0, 0, 0 }, counts(compare "t"))
        harness.sql(database, "UPDATE t SET q = 'a' WHERE id = 2")
        assert.same({ 0, 0, 1, 0 }, counts(compare "t"))
    end)

    it("at which a load would stop are missing, with the reason", function()
        load(ITEMS)
        harness.sqlite(path, "UPDATE t SET r = x'00' WHERE id = 2")
        local line = compare "t"
        assert.same({ 1, 1, 0, 0 }, counts(line))
        assert.equal("id=2", line.differences[1].row)
        assert.truthy(line.differences[1].note)
    end)
end)
