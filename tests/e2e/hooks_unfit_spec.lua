-- map functions that fail follow what the plan says of bad values in their column.
local h = require "tests.support.harness"

describe("a map that fails", function()
    after_each(h.cleanup)

    local function prepared(columns, more)
        local name = h.database()
        h.sql(name, "CREATE TABLE posts(id bigint PRIMARY KEY, a text, b text NOT NULL, c text)")
        local file = h.source [[CREATE TABLE posts(id INTEGER PRIMARY KEY, a TEXT, b TEXT, c TEXT);
            WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < 3000)
            INSERT INTO posts SELECT i, 'a' || i, 'b' || i, 'c' || i FROM g;]]
        return name, h.script(([[local w = require "wherry"
            local function no(n) return function(v)
                if tonumber(v:sub(2)) %% n == 0 then error("no " .. v) end
                return v:upper()
            end end
            return w.plan { from = w.sqlite %q, schema = "existing", tables = { posts = {
                columns = { %s }, %s } } }]]):format(file, columns, more or ""))
    end

    local COLUMNS = 'a = { map = no(100), on_bad = "null" }, c = { map = no(150), on_bad = { "strip", "null" } }'

    it("gives NULL, which is counted, and the other functions are called for the row", function()
        local name, script = prepared(COLUMNS, "row = function(old, new) new.b = old.b .. (new.a or '-') end")
        local result = h.run(1, { script, h.url(name) })
        assert.equal("3000 30 20 30 10", h.sql(name, [[SELECT concat_ws(' ', count(*),
            count(*) FILTER (WHERE a IS NULL), count(*) FILTER (WHERE c IS NULL), count(*) FILTER (WHERE b LIKE '%-'),
            count(*) FILTER (WHERE a IS NULL AND c IS NULL)) FROM posts]]))
        assert.equal("20 values were replaced by NULL (on_bad = strip, null)", result.json.findings[2].reason)
        assert.equal("30 values were replaced by NULL (on_bad = null)", result.json.findings[1].reason)
        assert.not_matches("two different", result.stderr)
    end)

    it("is told by a check", function()
        local name, script = prepared(COLUMNS)
        local result = h.wherry { "check", script, h.url(name), "--json" }
        assert.equal(1, result.code, result.said)
        local problem = result.json.problems[1]
        assert.same({ "a", 30, "nulls", "map of a fails for it" },
            { problem.column, problem.count, problem.outcome, problem.reason })
    end)

    it("stops the run where the column takes no NULL", function()
        local name, script = prepared('b = { map = no(100) }', 'on_bad = "null",')
        local fault = h.run(5, { script, h.url(name) }).json.error
        assert.matches("^map of b: .*no b100$", fault.message)
        assert.same({ "b", "id=100" }, { fault.column, fault.key })
    end)
end)
