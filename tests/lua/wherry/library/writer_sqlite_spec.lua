-- Rows that a script writes into a table of a SQLite file.
local core = require "wherry.core"
local w = require "wherry"
local fault_of = require "tests.support.refusal"

describe("a writer on SQLite", function()
    local place, path, dst, other

    local function rows(sql)
        local found = {}
        for row in other:rows("SELECT value FROM (" .. sql .. ")") do
            found[#found + 1] = row.value
        end
        return table.concat(found, " ")
    end
    -- The classes and values of a column.
    local function stored(column, table_name)
        return rows(("SELECT typeof(%s) || ':' || coalesce(CASE typeof(%s) WHEN 'blob' THEN hex(%s) ELSE %s END, '') "
            .. "AS value FROM %s ORDER BY rowid"):format(column, column, column, column, table_name))
    end
    local IDS = "SELECT id AS value FROM events ORDER BY id"

    before_each(function()
        place = core.sys.temp "wherry-test-"
        path = place .. "/a.db"
        dst = w.sqlite(path):open { create = true }
        dst:exec "CREATE TABLE events (id INTEGER PRIMARY KEY, at TEXT, n INTEGER, word TEXT CHECK (length(word) < 6))"
        other = w.sqlite(path):open { write = true }
    end)
    after_each(function()
        dst:close()
        other:close()
        core.sys.remove_tree(place)
    end)

    it("stores what was written when it commits, and not before", function()
        local out = dst:writer("events", { "id", "word" })
        out:write(1, "one")
        out:write(2, nil)
        assert.equal("", rows(IDS))
        assert.equal(2, out:commit())
        assert.equal("1 2", rows(IDS))
        assert.equal("text:one null:", stored("word", "events"))
        assert.equal(0, dst:writer("events", { "id" }):commit())
    end)

    it("keeps the classes of values", function()
        dst:exec "CREATE TABLE plain (v)"
        local out = dst:writer("plain", { "v" })
        for _, value in ipairs { 1 << 62, 0.1 + 0.2, "a\0b", w.blob "\0\255", true, false, 5.0, "007", "" } do
            out:write(value)
        end
        out:write(nil)
        assert.equal(10, out:commit())
        local values = {}
        for row in other:rows "SELECT v, typeof(v) AS class FROM plain ORDER BY rowid" do
            values[#values + 1] = { row.class, row.v }
        end
        assert.same({ { "integer", 1 << 62 }, { "real", 0.30000000000000004 }, { "text", "a\0b" },
            { "blob", "\0\255" }, { "integer", 1 }, { "integer", 0 }, { "real", 5.0 }, { "text", "007" },
            { "text", "" }, { "null" } }, values)
    end)

    it("stores as the columns are declared what stays the same value", function()
        dst:exec "CREATE TABLE typed (i INTEGER, r REAL, t TEXT, b BLOB)"
        local out = dst:writer("typed", { "i", "r", "t", "b" })
        out:write(5.0, 5, 5, "bytes")
        out:write("5", "0.5", 0.1 + 0.2, w.blob "x")
        out:write("word", "word", "word", 7)
        assert.equal(3, out:commit())
        assert.equal("integer:5 integer:5 text:word", stored("i", "typed"))
        assert.equal("real:5.0 real:0.5 text:word", stored("r", "typed"))
        assert.equal("text:5 text:0.30000000000000004 text:word", stored("t", "typed"))
        assert.equal("blob:6279746573 blob:78 integer:7", stored("b", "typed"))
    end)

    it("refuses values that SQLite would change", function()
        dst:exec "CREATE TABLE typed (i INTEGER, r REAL, t TEXT)"
        local out = dst:writer("typed", { "i", "r", "t" })
        out:write(1, 1, "one")
        local function refused(column, value, ...)
            local fault = fault_of(out.write, out, ...)
            assert.same({ "value", 2, column, value, "typed" }, { fault.kind, fault.row, fault.column, fault.value,
                fault.table })
            return fault.message
        end
        assert.equal('row 2: value does not fit "i" INTEGER: SQLite would store a number that is written in another '
            .. "way (the text 007)", refused("i", "007", "007", nil, nil))
        refused("i", " 5", " 5", nil, nil)
        refused("i", "9223372036854775808", "9223372036854775808", nil, nil)
        refused("r", "1.50", nil, "1.50", nil)
        refused("r", "NaN", nil, 0 / 0, nil)
        refused("r", "9007199254740993", nil, (1 << 53) + 1, nil)
        refused("r", "9223372036854775807", nil, math.maxinteger, nil)
        refused("t", "\\xFF", nil, nil, "\255")
        assert.equal('row 2: value does not fit "t" TEXT: a table is no value',
            fault_of(out.write, out, 1, 1, {}).message)
        out:write(2, 1 << 53, "two")
        assert.equal(2, out:commit())
        assert.equal("1 2", rows "SELECT i AS value FROM typed ORDER BY i")
    end)

    it("names the row that a constraint refuses, and goes on without it", function()
        dst:exec "CREATE TABLE needs (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)"
        local out = dst:writer("events", { "id", "word" })
        out:write(1, "one")
        local fault = fault_of(out.write, out, 1, "again")
        assert.same({ "value", 2, "row 2", "events", "id" }, { fault.kind, fault.row, fault.key, fault.table,
            fault.column })
        assert.truthy(fault.message:find("^row 2: .*UNIQUE constraint failed: events%.id"))
        assert.truthy(fault_of(out.write, out, 2, "longer").message:find("CHECK constraint failed", 1, true))
        out:write(2, "two")
        assert.equal(2, out:commit())
        out = dst:writer("needs", { "id", "n" })
        fault = fault_of(out.write, out, 1, nil)
        assert.same({ "value", 1, "n" }, { fault.kind, fault.row, fault.column })
        fault = fault_of(out.write, out, nil, 1)
        assert.same({ "value", 1, "id" }, { fault.kind, fault.row, fault.column })
        assert.equal(0, out:commit())
        out = dst:writer("needs", { "n" })
        out:write(7)
        out:write(8)
        assert.equal(2, out:commit())
        assert.equal("1 2", rows "SELECT id AS value FROM needs ORDER BY id")
    end)

    it("tells of what a STRICT table refuses", function()
        dst:exec "CREATE TABLE strict_one (i INTEGER) STRICT"
        local out = dst:writer("strict_one", { "i" })
        local fault = fault_of(out.write, out, "word")
        assert.same({ "value", 1 }, { fault.kind, fault.row })
        assert.truthy(fault.message:find("cannot store TEXT value in INTEGER column strict_one.i", 1, true))
        assert.equal(0, out:commit())
    end)

    it("does not let a table's own rules for conflicts take rows away", function()
        dst:exec "CREATE TABLE easy (id INTEGER PRIMARY KEY ON CONFLICT IGNORE, k UNIQUE ON CONFLICT REPLACE)"
        local out = dst:writer("easy", { "id", "k" })
        out:write(1, "k")
        assert.equal("value", fault_of(out.write, out, 1, "other").kind)
        assert.equal("value", fault_of(out.write, out, 2, "k").kind)
        assert.equal(1, out:commit())
    end)

    it("keeps nothing when fewer rows were stored than written", function()
        dst:exec [[CREATE TRIGGER even BEFORE INSERT ON events WHEN new.id % 2
            BEGIN SELECT raise(IGNORE); END]]
        local out = dst:writer("events", { "id" })
        out:write(2)
        out:write(3)
        assert.equal("2 rows were written, and events stored 1 of them: nothing is kept",
            fault_of(out.commit, out).message)
        assert.equal("", rows(IDS))
        out = dst:writer("events", { "id" })
        out:write(3)
        assert.equal("1 rows were written, and events stored 0 of them: nothing is kept",
            fault_of(out.commit, out).message)
    end)

    it("counts rows of the table, not those that its triggers write", function()
        dst:exec "CREATE TABLE log (id)"
        dst:exec "CREATE TRIGGER logged AFTER INSERT ON events BEGIN INSERT INTO log VALUES (new.id), (new.id); END"
        local out = dst:writer("events", { "id" })
        out:write(1)
        out:write(2)
        assert.equal(2, out:commit())
        assert.equal("4", rows "SELECT count(*) AS value FROM log")
    end)

    it("writes nothing more when a trigger takes back the transaction", function()
        dst:exec [[CREATE TRIGGER no BEFORE INSERT ON events WHEN new.id = 2
            BEGIN SELECT raise(ROLLBACK, 'no two'); END]]
        local out = dst:writer("events", { "id" })
        out:write(1)
        assert.truthy(fault_of(out.write, out, 2).message:find("^row 2: .*no two"))
        assert.equal("usage", fault_of(out.write, out, 3).kind)
        assert.equal("usage", fault_of(out.commit, out).kind)
        assert.equal("", rows(IDS))
        out = dst:writer("events", { "id" })
        out:write(1)
        dst:exec "ROLLBACK"
        assert.equal("the transaction of the rows of events was ended by another statement",
            fault_of(out.write, out, 3).message)
        out:close()
        assert.equal("", rows(IDS))
        assert.is_false(dst.in_transaction)
    end)

    it("keeps nothing when a constraint refuses the commit", function()
        dst:exec "PRAGMA foreign_keys = on"
        dst:exec "CREATE TABLE child (id, event REFERENCES events DEFERRABLE INITIALLY DEFERRED)"
        local out = dst:writer("child", { "id", "event" })
        out:write(1, 99)
        local fault = fault_of(out.commit, out)
        assert.equal("value", fault.kind)
        assert.truthy(fault.message:find("^the rows of child were refused at the commit: .*FOREIGN KEY"))
        assert.equal("0", rows "SELECT count(*) AS value FROM child")
        assert.is_false(dst.connection:in_transaction())
        assert.equal(0, dst:writer("child", { "id" }):commit())
    end)

    it("says which table or column was probably meant, and writes tables only", function()
        dst:exec "CREATE VIEW seen AS SELECT id FROM events"
        dst:exec "CREATE TABLE computed (id, twice AS (id * 2), thrice AS (id * 3) STORED)"
        dst:exec "CREATE TABLE needs (id, n NOT NULL)"
        local fault = fault_of(dst.writer, dst, "evnts", { "id" })
        assert.same({ 'there is no table "evnts"', 'did you mean "events"?' }, { fault.message, fault.hint })
        fault = fault_of(dst.writer, dst, "events", { "wrd" })
        assert.same({ 'events has no column "wrd"', 'did you mean "word"?' }, { fault.message, fault.hint })
        assert.equal("seen is a view: a writer writes into tables", fault_of(dst.writer, dst, "seen", { "id" }).message)
        for _, name in ipairs { "twice", "thrice" } do
            assert.equal(('column %q of computed is generated: the database computes it'):format(name),
                fault_of(dst.writer, dst, "computed", { "id", name }).message)
        end
        assert.equal('column "n" of needs takes no NULL and has no default',
            fault_of(dst.writer, dst, "needs", { "id" }).message)
        assert.is_false(dst.connection:in_transaction())
        local out = dst:writer("COMPUTED", { "ID" })
        out:write(2)
        assert.equal(1, out:commit())
        assert.equal("6", rows "SELECT thrice AS value FROM computed")
    end)

    it("finds temporary tables, hidden and virtual ones", function()
        dst:exec "CREATE TEMP TABLE stage (id)"
        dst:exec "CREATE TEMP TABLE events (id)"
        dst:exec "CREATE VIRTUAL TABLE found USING fts5(body)"
        for name, column in pairs { stage = "id", ["temp.events"] = "id", ["main.events"] = "id", found = "body" } do
            local out = dst:writer(name, { column })
            out:write(7)
            assert.equal(1, out:commit())
            assert.equal(1, dst:value(("SELECT count(*) FROM %s"):format(name)))
        end
        assert.equal(0, dst:writer("events", { "id" }):commit())
        local out = dst:writer("events", { "id" })
        out:write "a text, which the file's own table refuses"
        out:commit()
        assert.equal(2, dst:value "SELECT count(*) FROM temp.events")
    end)

    it("rolls back by <close>, rollback, and the end of the handle", function()
        do
            local out <close> = dst:writer("events", { "id" })
            out:write(1)
        end
        local out = dst:writer("events", { "id" })
        out:write(1)
        out:rollback()
        assert.equal("the writer of events is over: it was rolled back", fault_of(out.write, out, 1).message)
        out = dst:writer("events", { "id" })
        out:write(1)
        dst:close()
        other:exec "INSERT INTO events (id) VALUES (9)" -- no lock is left
        assert.equal("usage", fault_of(out.write, out, 2).kind)
        assert.equal("usage", fault_of(out.commit, out).kind)
        assert.equal("9", rows(IDS))
    end)

    it("is one at a time, and a part of a transaction that is under way", function()
        local out = dst:writer("events", { "id" })
        assert.equal("the connection is in use for the writer of events",
            fault_of(dst.writer, dst, "events", { "id" }).message)
        assert.truthy(fault_of(dst.transaction, dst, function() end).message:find "^a transaction is under way")
        out:rollback()
        dst:transaction(function()
            out = dst:writer("events", { "id" })
            out:write(1)
            assert.equal(1, out:commit())
            out = dst:writer("events", { "id" })
            out:write(2)
            out:rollback()
            assert.equal("", rows(IDS))
        end)
        assert.equal("1", rows(IDS))
        local fault = fault_of(dst.transaction, dst, function()
            dst:writer("events", { "id" }):write(3)
            error { kind = "plan", message = "no" }
        end)
        assert.equal("no", fault.message)
        assert.equal("1", rows(IDS))
        assert.equal(0, dst:writer("events", { "id" }):commit())
    end)

    it("needs a file that was opened to be written", function()
        local reading <close> = w.sqlite(path):open()
        assert.equal("to write: open { write = true }", fault_of(reading.writer, reading, "events", { "id" }).hint)
        assert.is_nil(reading.use)
    end)

    it("leaves no lock when it is forgotten", function()
        do
            local forgotten = w.sqlite(path):open { write = true }
            forgotten:writer("events", { "id" }):write(1)
        end
        collectgarbage()
        collectgarbage()
        other:exec "INSERT INTO events (id) VALUES (9)"
        assert.equal("9", rows(IDS))
    end)

    it("takes values of a megabyte", function()
        local out = dst:writer("events", { "id", "at", "n" })
        local text, bytes = ("ä"):rep(1 << 19), w.blob(("\0\1"):rep(1 << 19))
        for id = 1, 20 do
            out:write(id, text, bytes)
        end
        assert.equal(20, out:commit())
        assert.equal("20 1048576 1048576", rows [[SELECT count(*) || ' ' || min(length(CAST(at AS BLOB))) || ' '
            || min(length(n)) AS value FROM events]])
    end)
end)
