-- before_load and after_load, and defaults in the place of NULL, where several sources go into one target.
local h = require "tests.support.harness"

describe("a plan of several sources", function()
    after_each(h.cleanup)

    local function prepared(fields)
        local a = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, 'a'), (2, NULL);]]
        local b = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (11, 'b'), (12, NULL);
            INSERT INTO t VALUES (13, NULL);]]
        local database = h.database()
        h.sql(database, "CREATE TABLE t(id int PRIMARY KEY, v text NOT NULL DEFAULT 'none ' || now())")
        return h.script(([[local w = require "wherry"
            return w.plan { from = { a = w.sqlite %q, b = w.sqlite %q }, collision = "append", on_null = "default",
                %s }]]):format(a, b, fields)), database
    end

    it("has the sources by name in its steps, and closes the ledger of their common target", function()
        local script, database = prepared [[before_load = "insert into t values (100, 'x'), (101, 'y')",
            after_load = function(src, dst)
                dst:exec("insert into t values ($1, 'a')", src.a:value "select 50 + count(*) from t")
                dst:exec("insert into t values ($1, 'b')", src.b:value "select 60 + count(*) from t")
                dst:exec "delete from t where id = 1"
            end]]
        local result = h.run(0, { script, h.url(database) })
        assert.equal("2 11 12 13 52 63 100 101", h.sql(database, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM t"))
        local notes = {}
        for _, object in ipairs(result.json.objects) do
            notes[#notes + 1] = object.kind == "hook" and object.note or nil
        end
        assert.equal("1 statement; public.t has 2 rows more / a function of the script; public.t has 1 row more",
            table.concat(notes, " / "))
        h.run(0, { script, h.url(database), "--resume" })
    end)

    it("gives the NULLs of all sources the default of one moment", function()
        local script, database = prepared ""
        h.run(0, { script, h.url(database) })
        assert.equal("3|1", h.sql(database, "SELECT count(*), count(DISTINCT v) FROM t WHERE v LIKE 'none %'"))
    end)
end)
