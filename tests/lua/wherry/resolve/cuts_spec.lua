-- Where large tables are cut: about as many rows in each range, whatever holes and keys they have.
local core = require "wherry.core"
local cuts = require "wherry.resolve.cuts"
local process = require "tests.support.process"
local read = require "wherry.resolve.read"
local sqlite = require "wherry.schema.sqlite"

describe("cuts", function()
    local place, snapshot, model

    local function source(sql)
        if snapshot then
            snapshot:close()
        end
        local path = ("%s/%d.db"):format(place, math.random(1 << 40))
        process.shell(("sqlite3 %s %s"):format(process.quote(path), process.quote(sql)))
        snapshot = core.snapshot.open(path)
        model = sqlite.read(function(...) return snapshot:query(...) end)
    end

    setup(function() place = process.directory "cuts" end)
    teardown(function()
        if snapshot then
            snapshot:close()
        end
        process.shell("rm -rf " .. process.quote(place))
    end)

    local function query(...)
        return snapshot:query(...)
    end

    local function entries()
        local list = {}
        for i, t in ipairs(model.tables) do
            local columns, named = {}, {}
            for k, column in ipairs(t.columns) do
                columns[k], named[k] = column.name, { source = column.name }
            end
            list[i] = { source = t.name, columns = named, read = read.spec(t, columns) }
        end
        return list
    end

    local function cut(jobs, may)
        local list = entries()
        cuts.add(list, jobs or 2, function() return query end, may or function() return true end)
        return list
    end

    -- How many rows of a table read by an integer each of its ranges has.
    local function rows_of(entry)
        local counts, last = {}, math.mininteger
        for _, key in ipairs(entry.cuts) do
            local class, value = key:match "^(..)(%x+)$"
            assert.equal("01", class)
            value = math.tointeger(tonumber(value:sub(1, 8), 16)) << 32 | math.tointeger(tonumber(value:sub(9), 16))
            counts[#counts + 1] = query(("SELECT count(*) AS n FROM %s WHERE rowid > ?1 AND rowid <= ?2"):format(
                entry.source), last, value)[1].n
            last = value
        end
        counts[#counts + 1] = query(("SELECT count(*) AS n FROM %s WHERE rowid > ?1"):format(entry.source), last)[1].n
        return counts
    end

    local function assert_even(counts, ranges, tolerance)
        assert.equal(ranges, #counts)
        local sum = 0
        for _, count in ipairs(counts) do
            sum = sum + count
        end
        for _, count in ipairs(counts) do
            assert.is_true(math.abs(count - sum / ranges) <= tolerance * sum / ranges,
                ("%d of %d rows in one of %d ranges"):format(count, sum, ranges))
        end
    end

    local NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "

    local function filled(id, rows)
        return "CREATE TABLE t(id INTEGER PRIMARY KEY, v);" .. NUMBERS:format(rows or 210000)
            .. ("INSERT INTO t SELECT %s, 'v' FROM n"):format(id)
    end

    it("encodes keys as the core does", function()
        assert.equal("01ffffffffffffffff", cuts.encode({ -1 }, { "integer" }))
        assert.equal("023ff8000000000000" .. "0300000002c3a9", cuts.encode({ 1.5, "é" }, { "real", "text" }))
        assert.equal("0400000001ff" .. "00", cuts.encode({ "\xff" }, { "blob", "null" }))
    end)

    it("cuts dense rowids evenly", function()
        source(filled "i")
        assert_even(rows_of(cut(2)[1]), 8, 0.01)
        assert_even(rows_of(cut(3)[1]), 12, 0.01)
    end)

    it("finds holes, and rows that are far from each other", function()
        source(filled("CASE WHEN i < 70000 THEN i WHEN i < 140000 THEN i + (1 << 40) ELSE i + (1 << 61) END", 240000))
        assert_even(rows_of(cut(2)[1]), 8, 0.1)
        source(filled "i * 4194304")
        assert_even(rows_of(cut(2)[1]), 8, 0.1)
        source(filled("i - 9223372036854775807 + (i > 100000) * 9223372036854775807 "
            .. "+ (i > 200000) * 9223372036854000000", 240000))
        assert_even(rows_of(cut(2)[1]), 8, 0.15)
    end)

    it("cuts by the key of a table without rowids, in its own order", function()
        source("CREATE TABLE t(a TEXT COLLATE NOCASE, b, v, PRIMARY KEY(a, b)) WITHOUT ROWID;"
            .. NUMBERS:format(210000) .. "INSERT INTO t SELECT iif(i % 2, 'K', 'k') || (i % 7), i, 'v' FROM n")
        local list = cut(2)
        assert.equal(7, #list[1].cuts)
        for i, key in ipairs(list[1].cuts) do
            assert.matches("^0300000002[46]b3%d01", key)
            assert.is_true(i == 1 or key:sub(13, 14) >= list[1].cuts[i - 1]:sub(13, 14))
        end
    end)

    it("leaves alone what is small, what others outweigh, what has no key and what wants its order", function()
        source(filled("i", 1000))
        assert.is_nil(cut(2)[1].cuts)
        source(filled "i")
        assert.is_nil(cut(1)[1].cuts)
        assert.is_nil(cut(2, function() return false end)[1].cuts)
        source(filled "i" .. "; CREATE TABLE u(a, b TEXT, PRIMARY KEY(a)) WITHOUT ROWID; INSERT INTO u VALUES (1, 'x')")
        assert.is_nil(cut(2)[2].cuts)
        source("CREATE TABLE t(rowid, _rowid_, oid);" .. NUMBERS:format(210000)
            .. "INSERT INTO t SELECT i, i, i FROM n")
        assert.is_nil(cut(2)[1].cuts)
        source "CREATE TABLE t(a)"
        assert.is_nil(cut(2)[1].cuts)
    end)

    it("cuts few large rows", function()
        source("CREATE TABLE t(id INTEGER PRIMARY KEY, v);" .. NUMBERS:format(90)
            .. "INSERT INTO t SELECT i, zeroblob(1000000) FROM n")
        assert_even(rows_of(cut(2)[1]), 8, 0.2)
    end)
end)
