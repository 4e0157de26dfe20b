-- drill/source.lua: the source's rows, read again through the plan, have the sums that the server has of its rows.
local drilling = require "tests.support.drilling"
local harness = require "tests.support.harness"
local source = require "wherry.drill.source"

describe("the sums of a source that is read again", function()
    after_each(harness.cleanup)

    local function check(path, database, code)
        harness.run(code or 0, { path, harness.url(database) })
        local context <close> = drilling.open(path, harness.url(database))
        local digests, readings = source.digests(context)
        for _, target in ipairs(context.list) do
            assert.equal(drilling.total(context.digest(target)), drilling.total(digests[target.target_sql]))
            assert.same({}, context.digest(target):compare(digests[target.target_sql]))
        end
        return readings, context, digests
    end

    it("are those of the rows that were loaded, of all tables, in parts", function()
        local path = harness.source [[
            CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, r REAL, b BLOB, c CITEXT, d TIMESTAMP);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120000)
            INSERT INTO t SELECT i * 3, 'row ' || i, i / 3.0, CAST(i AS BLOB), NULL, '2024-01-02 03:04:05' FROM n;
            CREATE TABLE u(a, b);
            INSERT INTO u VALUES (1, 2), (1, 2), (NULL, 3), (NULL, NULL);
            CREATE TABLE empty(id INTEGER PRIMARY KEY)]]
        local readings, context, digests = check(path, harness.database())
        assert.equal(120000, readings.t.rows)
        assert.equal(4, (digests[context.target "u".target_sql]:total()))
    end)

    it("are without rows that were rejected for a value, by a key, and for a parent that is not there", function()
        local database = harness.database()
        harness.sql(database, [[CREATE TABLE p(id int PRIMARY KEY);
            CREATE TABLE t(id int PRIMARY KEY, n smallint, e text UNIQUE, p int REFERENCES p)]])
        harness.source [[CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1);
            CREATE TABLE t(id INTEGER PRIMARY KEY, n, e, p);
            INSERT INTO t VALUES (1, 1, 'a', 1), (2, 'bad', 'b', 1), (3, 3, 'a', 1), (4, 4, 'd', 9), (5, 5, 'e', NULL)]]
        local script = harness.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, schema = "existing", on_bad = "reject" }]]):format(
            harness.path "source/app.db"))
        local readings = check(script, database, 1)
        assert.same({ 5, 0, 3, 0 }, { readings.t.rows, readings.t.rejected, readings.t.left_out, readings.t.unfit })
    end)

    it("are without rejected rows that have no key to be known by", function()
        local database, names, values = harness.database(), {}, {}
        for i = 1, 17 do
            names[i], values[i] = "k" .. i, i
        end
        local key, row = table.concat(names, ", "), table.concat(values, ", ")
        harness.sql(database, ("CREATE TABLE t(%s int, v int CHECK (v < 5), PRIMARY KEY (%s))"):format(
            table.concat(names, " int, "), key))
        harness.source(("CREATE TABLE t(%s, v, PRIMARY KEY (%s)) WITHOUT ROWID; INSERT INTO t VALUES (%s, 4);"
            .. " INSERT INTO t VALUES (-%s, 5); INSERT INTO t VALUES (-2%s, 3)"):format(key, key, row, row, row:sub(2)))
        local script = harness.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, schema = "existing", on_bad = "reject" }]]):format(
            harness.path "source/app.db"))
        local readings = check(script, database, 1)
        assert.same({ 3, 0, 1 }, { readings.t.rows, readings.t.rejected, readings.t.left_out })
    end)

    it("are those of rows that functions have changed, dropped and emitted", function()
        local database = harness.database()
        harness.sql(database, [[CREATE TABLE t(id int PRIMARY KEY, a text, n int DEFAULT 7);
            CREATE TABLE tag(t int, tag text, weight numeric(6, 2) DEFAULT 1.5)]])
        harness.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, a, tags);
            INSERT INTO t VALUES (1, 'x', 'a,b'), (2, 'y', NULL), (3, 'z', 'c')]]
        local script = harness.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, schema = "existing", tables = { t = { emits = { "tag" },
                skip = { tags = "emitted" }, row = function(old, new, emit)
                if old.a == "y" then return w.drop "no y" end
                new.a = old.a:upper()
                for tag in (old.tags or ""):gmatch "[^,]+" do
                    emit("tag", tag == "a" and { t = old.id, tag = tag, weight = 2 } or { t = old.id, tag = tag })
                end
            end } } }]]):format(harness.path "source/app.db"))
        local readings = check(script, database)
        assert.same({ ["no y"] = 1 }, readings.t.filtered)
    end)

    it("are without rows at which a load would stop, which are counted and named", function()
        local path, database = harness.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, n INT NOT NULL);
            INSERT INTO t VALUES (1, 1), (2, 2)]], harness.database()
        harness.run(0, { path, harness.url(database) })
        harness.sqlite(path, "INSERT INTO t VALUES (3, 'three')")
        local context <close> = drilling.open(path, harness.url(database))
        local digests, readings = source.digests(context)
        assert.equal(2, (digests[context.target "t".target_sql]:total()))
        assert.same({ 3, 1, "id=3" }, { readings.t.rows, readings.t.unfit, readings.t.unfit_key })
        assert.truthy(readings.t.unfit_why:find('value does not fit "n"', 1, true))
    end)
end)
