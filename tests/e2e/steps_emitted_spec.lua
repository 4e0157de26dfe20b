-- Steps of the plan and tables that get rows from a function of another table alone.
local h = require "tests.support.harness"

describe("after_load", function()
    after_each(h.cleanup)

    it("may change tables of emitted rows: that is counted into their ledger, and by check.counts", function()
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, tags TEXT);
            INSERT INTO t VALUES (1, 'a,b'), (2, 'c');]], h.database()
        h.sql(database, "CREATE TABLE t(id int PRIMARY KEY, tags text); CREATE TABLE tag(t_id int, tag text)")
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q,
                tables = { t = { emits = { "tag" }, row = function(old, new, emit)
                    for tag in old.tags:gmatch "[^,]+" do emit("tag", { t_id = old.id, tag = tag }) end
                end } },
                verify = function(check) check.counts() end,
                after_load = os.getenv "EMPTY" and { "truncate tag" } or "delete from tag where tag = 'a'" }]]):format(
            file))
        h.run(0, { script, h.url(database) })
        assert.equal("b c", h.sql(database, "SELECT string_agg(tag, ' ' ORDER BY tag) FROM tag"))
        local other = h.database()
        h.sql(other, "CREATE TABLE t(id int PRIMARY KEY, tags text); CREATE TABLE tag(t_id int, tag text)")
        local result = h.run(0, { script, h.url(other) }, { env = { EMPTY = "yes" } })
        for _, object in ipairs(result.json.objects) do
            if object.kind == "hook" then
                assert.equal("1 statement; public.tag has 3 rows less", object.note)
            end
        end
    end)
end)
