-- What a run has loaded of a table, range by range, against the source as it is now.
local core = require "wherry.core"
local finished_ranges = require "wherry.engine.finished_ranges"

describe("finished_ranges", function()
    local place, source
    setup(function()
        place = core.sys.temp "wherry-test-"
        local status, _, errors = core.sys.spawn { "sqlite3", place .. "/a.db", [[
            CREATE TABLE t(id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2), (3), (5), (8), (13);
            CREATE TABLE k(a TEXT, b BLOB, c REAL, PRIMARY KEY (a, b, c)) WITHOUT ROWID;
            INSERT INTO k VALUES ('x', x'00ff', 0.5), ('x', x'00ff', 1.5), ('y', x'', 0.25);
            CREATE TABLE bag(v); INSERT INTO bag VALUES (1), (NULL)]] }
        assert(status == 0, errors)
        source = core.snapshot.open(place .. "/a.db")
    end)
    teardown(function()
        source:close()
        core.sys.remove_tree(place)
    end)

    local T = { source = "t", read = { table = "t", sql_first = "SELECT id FROM t ORDER BY id",
        sql_after = "SELECT id FROM t WHERE id > ?1 ORDER BY id", key_names = { "id" } } }
    local K = { source = "k", read = { table = "k", sql_first = "SELECT a, b, c FROM k ORDER BY a, b, c",
        sql_after = "SELECT a, b, c FROM k WHERE (a, b, c) > (?1, ?2, ?3) ORDER BY a, b, c",
        key_names = { "a", "b", "c" } } }
    local BAG = { source = "bag", read = { table = "bag", sql_first = "SELECT v FROM bag", key_names = {} } }

    local function hex(bytes)
        return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
    end

    local function id(number)
        return hex(string.pack(">Bi8", 1, number))
    end

    local function slice(state, lo, hi, reached, read)
        return { state = state, lo = lo, hi = hi, reached = reached, read = tostring(read or 0) }
    end

    local function check(tbl, slices, compare)
        return finished_ranges.check({ query = function() return slices end }, 1, source, tbl, compare ~= false)
    end

    it("reads keys as the core writes them", function()
        local cells, count = finished_ranges.decode(hex(string.pack(">Bi8Bds4", 1, -2, 2, 0.5, "\3"):sub(1, 18))
            .. hex(string.pack(">Bs4Bs4B", 3, "a\0b", 4, "\xff", 0)))
        assert.equal(5, count)
        assert.same({ -2, 0.5, "a\0b", { blob = "\xff" } }, cells)
        assert.equal("integer", math.type(cells[1]))
    end)

    it("that are as they were are left alone, joined where one follows the other", function()
        local state, findings = check(T, { slice("done", nil, id(2), id(2), 2), slice("done", id(2), id(5), id(5), 2),
            slice("todo", id(5)) })
        assert.same({ begun = true, todo = true, more = {} }, state)
        assert.same({}, findings)
        state, findings = check(T, { slice("done", nil, nil, id(13), 6) })
        assert.same({ begun = true, todo = false, more = {} }, state)
        assert.same({}, findings)
    end)

    it("that lost or got rows are told with their bounds", function()
        local _, findings = check(T, { slice("done", nil, id(2), id(2), 2), slice("done", id(2), id(5), id(5), 3),
            slice("todo", id(5)) })
        assert.equal("changed_rows", findings[1].code)
        assert.equal("5 rows of it were loaded up to id = 5, and the source has 4 there now", findings[1].reason)
        _, findings = check(T, { slice("done", id(3), id(8), id(8), 1) })
        assert.equal("1 row of it was loaded behind id = 3 up to id = 8, and the source has 2 there now",
            findings[1].reason)
    end)

    it("that have rows behind their last key are gone on with from there, up to their bound", function()
        local state = check(T, { slice("done", nil, nil, id(5), 4) })
        assert.same({ { lo = id(5) } }, state.more)
        state = check(T, { slice("done", nil, id(8), id(3), 3), slice("done", id(8), nil, id(13), 1) })
        assert.same({ { lo = id(3), hi = id(8) } }, state.more)
        state = check(T, { slice("done", nil, id(8), id(8), 5), slice("done", id(8), nil, nil, 0) })
        assert.same({ { lo = id(8) } }, state.more) -- nothing was there then
    end)

    it("go by keys of every class, in the key's own order", function()
        local key = hex(string.pack(">Bs4Bs4Bd", 3, "x", 4, "\0\xff", 2, 0.5))
        local state, findings = check(K, { slice("done", nil, nil, key, 1) })
        assert.same({ {}, { { lo = key } } }, { findings, state.more })
        findings = select(2, check(K, { slice("done", nil, nil, key, 2) }))
        assert.equal("2 rows of it were loaded up to a = 'x', b = x'00ff', c = 0.5, and the source has 1 there now",
            findings[1].reason)
    end)

    it("of a table without a key are all of it", function()
        local state, findings = check(BAG, { slice("done", nil, nil, nil, 2) })
        assert.same({ {}, {} }, { state.more, findings })
        findings = select(2, check(BAG, { slice("done", nil, nil, nil, 3) }))
        assert.equal("3 rows of it were loaded, and the source has 2 there now", findings[1].reason)
    end)

    it("are not looked at in the source when that has not changed, nor where nothing was begun", function()
        local state, findings = check(T, { slice("done", nil, nil, id(13), 99) }, false)
        assert.same({ { begun = true, todo = false, more = {} }, {} }, { state, findings })
        state, findings = check(T, { slice("todo") })
        assert.same({ { begun = false, todo = true, more = {} }, {} }, { state, findings })
    end)
end)
