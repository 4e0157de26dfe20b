-- Memory stays flat however much functions make of rows: large values, many emitted rows, texts built piece by piece.
local h = require "tests.support.harness"

describe("memory of hooks", function()
    after_each(h.cleanup)

    local LIMIT = 64 -- MB
    local sanitized = os.getenv "ASAN_OPTIONS" ~= nil

    local function source(rows)
        return h.source(([[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
            WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < %d)
            INSERT INTO t SELECT i, 'v' || i FROM g;]]):format(rows))
    end

    local function database()
        local name = h.database()
        h.sql(name, [[CREATE TABLE t(id bigint PRIMARY KEY, v text CHECK (right(v, 4) <> '-211'));
            CREATE TABLE made(t bigint, v text)]])
        return name
    end

    local function stays_flat(code, row, rows, name, action, keys)
        local script = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, schema = "existing", tables = { t = { emits = { "made" }, %s
                row = function(old, new, emit) %s end } } }]]):format(source(rows), keys or "", row))
        local running, most = h.start { action or "run", script, h.url(name), "--json" }, 0
        while running:running() do
            most = math.max(most, running:memory() or 0)
            h.process.sleep(0.02)
        end
        local result = running:finish(90)
        assert.equal(code, result.code, result.said)
        assert.is_true(most > 1000, "no figure was read")
        assert.is_true(sanitized or most / 1024 < LIMIT, ("%.1f MB"):format(most / 1024))
        return result
    end

    -- Under the sanitizers nobody asks for memory, and values are many times as slow.
    local SIZE = sanitized and 40000 or 400000
    local LARGE = ("new.v = ('x'):rep(%d) .. '-' .. old.id"):format(SIZE)

    it("stays flat where row assigns large values, in a load, a check and the careful way", function()
        local name = database()
        h.sql(name, "ALTER TABLE t DROP CONSTRAINT t_v_check")
        stays_flat(0, LARGE, 400, name)
        assert.equal("400 400 " .. 400 * SIZE + 1492, h.sql(name, [[SELECT count(*) || ' '
            || count(DISTINCT right(v, 4)) || ' ' || sum(length(v)) FROM t]]))
        name = database()
        stays_flat(0, LARGE, 400, name, "check")
        stays_flat(1, LARGE, 400, name, "run", 'on_bad = "reject",')
        assert.equal("399 id=211", h.sql(name, "SELECT count(*) || ' ' || (SELECT key_text FROM wherry.reject) FROM t"))
    end)

    it("stays flat where it emits many rows", function()
        local name = database()
        stays_flat(0, [[for i = 1, 40 do emit("made", { t = old.id, v = ("y"):rep(]] .. SIZE // 40 .. [[) .. i }) end
            return nil]], 300, name)
        assert.equal("12000 300", h.sql(name, "SELECT count(*) || ' ' || count(DISTINCT t) FROM made"))
    end)

    it("stays flat where it builds a text piece by piece", function()
        local name = database()
        stays_flat(0, "new.v = '' for i = 1, 3000 do new.v = new.v .. ('z'):rep(20) end", 20, name)
        assert.equal("20 60000", h.sql(name, "SELECT count(*) || ' ' || max(length(v)) FROM t"))
    end)

    it("leaves no row out and takes none twice where rows are left for later, beside rows that are dropped", function()
        local name = database()
        h.sql(name, "ALTER TABLE t DROP CONSTRAINT t_v_check")
        stays_flat(0, LARGE .. [[ if old.id % 3 == 0 then return w.drop "third" end
            emit("made", { t = old.id, v = new.v })]], 300, name)
        assert.equal("200 200 third 100", h.sql(name, [[SELECT count(*) || ' ' || (SELECT count(*) FROM made AS m
            JOIN t USING (v) WHERE m.t = t.id AND t.v LIKE '%-' || id) || ' ' || (SELECT min(reason) || ' '
            || sum(rows) FROM wherry.slice_filtered) FROM t]]))
    end)
end)
