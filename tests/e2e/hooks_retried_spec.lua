-- hooks and rejected rows: what the mended script leaves out is settled, as what it loads is.
local h = require "tests.support.harness"

describe("hooks over rejected rows", function()
    after_each(h.cleanup)

    it("settle what the mended script leaves out, under its reason", function()
        local file = h.source [[CREATE TABLE posts(id INTEGER PRIMARY KEY, v TEXT);
            WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < 50)
            INSERT INTO posts SELECT i, 'v' || i FROM g;]]
        local name, path = h.database(), h.path "plan.lua"
        h.sql(name, "CREATE TABLE posts(id bigint PRIMARY KEY, v text)")
        local function write(row)
            h.process.write(path, ([[local w = require "wherry"
                return w.plan { from = w.sqlite %q, schema = "existing", on_bad = "reject", tables = { posts = {
                    row = function(old, new) %s end } } }]]):format(file, row))
        end
        write [[if old.id == 50 then return w.drop "last" elseif old.id % 10 == 3 then error "not yet" end]]
        h.run(1, { path, h.url(name) })
        write [[if old.id == 3 then error "never" elseif old.id % 20 == 3 then return w.drop "late" end]]
        local again = h.wherry { "rejects", "retry", path, h.url(name), "--json" }
        assert.equal(1, again.code, again.said)
        assert.same({ 2, 2, 0 }, { again.json.loaded, again.json.dropped, again.json.gone })
        local tbl = again.json.sources[1].tables[1]
        assert.same({ 50, 46, 1, { last = 1, late = 2 } }, { tbl.total, tbl.passed, tbl.rejected, tbl.filtered })
        write [[return w.drop "late"]]
        again = h.wherry { "rejects", "retry", path, h.url(name) }
        assert.equal(0, again.code, again.said)
        assert.matches("1 row is left out by the script as it is now, and no reject any more", again.stdout, 1, true)
        assert.equal("46 0 3", h.sql(name, [[SELECT concat_ws(' ', count(*), (SELECT count(*)
            FROM wherry.reject WHERE state = 'open'),
            (SELECT sum(rows) FROM wherry.slice_filtered WHERE reason = 'late')) FROM posts]]))
    end)
end)
