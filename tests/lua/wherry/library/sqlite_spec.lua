-- Open handles of SQLite files, with a script that does everything wrong.
local core = require "wherry.core"
local process = require "tests.support.process"
local w = require "wherry"
local fault_of = require "tests.support.refusal"

describe("w.sqlite(path):open()", function()
    local place, path, out

    before_each(function()
        place = core.sys.temp "wherry-test-"
        path = place .. "/a.db"
        out = w.sqlite(path):open { create = true }
        out:exec "CREATE TABLE t (id INTEGER PRIMARY KEY, v, n INTEGER NOT NULL DEFAULT 0)"
    end)
    after_each(function()
        out:close()
        core.sys.remove_tree(place)
    end)

    local function fill(count)
        return out:exec([[WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?)
            INSERT INTO t (id, v) SELECT i, 'v' || i FROM c]], count)
    end

    local function values(...)
        local found = {}
        for row in out:rows(...) do
            found[#found + 1] = row.v
        end
        return found
    end

    it("keeps every value and its class, both ways", function()
        local given = { math.maxinteger, math.mininteger, 0.1 + 0.2, 1e308, "a\0b", "", "\xff", true, false,
            w.blob "x\0y", w.blob "" }
        for _, value in ipairs(given) do
            assert.equal(1, out:exec("INSERT INTO t (v) VALUES (?)", value))
        end
        out:exec("INSERT INTO t (v) VALUES (?)", nil)
        assert.same({ math.maxinteger, math.mininteger, 0.1 + 0.2, 1e308, "a\0b", "", "\xff", 1, 0, "x\0y", "" },
            values "SELECT v FROM t WHERE v IS NOT NULL ORDER BY id")
        assert.same({ "integer", "integer", "real", "real", "text", "text", "text", "integer", "integer", "blob",
            "blob", "null" }, values "SELECT typeof(v) AS v FROM t ORDER BY id")
        assert.equal("float", math.type(out:value "SELECT 1.0"))
        assert.equal("integer", math.type(out:value "SELECT 1"))
    end)

    it("carries a value of many megabytes", function()
        local huge = ("0123456789abcdef"):rep(2 * 1024 * 1024)
        out:exec("INSERT INTO t (v) VALUES (?)", huge)
        assert.is_true(huge == out:value "SELECT v FROM t")
        assert.is_true(huge == out:value("SELECT ?", w.blob(huge)))
    end)

    it("gives value, and nil for NULL and for no row", function()
        fill(3)
        assert.equal(3, out:value "SELECT count(*), 7 FROM t")
        assert.equal("v2", out:value("SELECT v FROM t WHERE id = :id", 2))
        assert.is_nil(out:value "SELECT NULL")
        assert.is_nil(out:value "SELECT 1 FROM t WHERE 0")
        assert.is_nil(out:value "CREATE TABLE other (a)")
        assert.equal(0, out:value "SELECT count(*) FROM other")
    end)

    it("counts what a statement has changed", function()
        assert.equal(5, fill(5))
        assert.equal(2, out:exec "DELETE FROM t WHERE id > 3")
        assert.equal(0, out:exec "DELETE FROM t WHERE id > 3")
        assert.equal(0, out:exec "CREATE TABLE u (a)")
        assert.equal(0, out:exec "SELECT * FROM t")
        assert.equal(1, out:exec "INSERT OR IGNORE INTO t (id) VALUES (9); -- one only\n  ")
        assert.equal(0, out:exec "INSERT OR IGNORE INTO t (id) VALUES (9)")
    end)

    it("reads two statements at once, and leaves a loop at any place", function()
        fill(100)
        local seen = 0
        for outer in out:rows "SELECT id FROM t WHERE id <= 3" do
            for inner in out:rows("SELECT id FROM t WHERE id > ?", outer.id) do
                seen = seen + 1
                if inner.id == outer.id + 2 then
                    break
                end
            end
        end
        assert.equal(6, seen)
        local left = { pcall(function()
            for row in out:rows "SELECT id FROM t" do
                error { id = row.id }
            end
        end) }
        assert.same({ false, { id = 1 } }, left)
        -- A statement that was left open would hold the table.
        assert.equal(0, out:exec "DROP TABLE t")
    end)

    it("says what a closed handle is", function()
        fill(3)
        out:close()
        out:close()
        for _, call in ipairs { "exec", "value", "rows" } do
            local fault = fault_of(out[call], out, "SELECT 1")
            assert.equal("usage", fault.kind)
            assert.equal("the handle is closed", fault.message)
        end
        assert.equal("the handle is closed", fault_of(out.transaction, out, print).message)
    end)

    it("says that the handle was closed within the loop", function()
        fill(3)
        local fault = fault_of(function()
            for _ in out:rows "SELECT id FROM t" do
                out:close()
            end
        end)
        assert.equal("the handle is closed", fault.message)
    end)

    it("collects what was forgotten, in any order", function()
        fill(1000)
        for _ = 1, 20 do
            local forgotten = w.sqlite(path):open()
            local next_row = forgotten:rows "SELECT id FROM t"
            next_row()
        end
        collectgarbage()
        collectgarbage()
        local next_row = w.sqlite(path):open():rows "SELECT count(*) AS n FROM t"
        collectgarbage() -- the iterator alone holds the handle
        assert.equal(1000, next_row().n)
        next_row = nil
        collectgarbage()
        assert.equal(0, out:exec "DROP TABLE t")
        assert.is_nil(next_row)
    end)

    it("closes by itself at the end of a block", function()
        local kept
        do
            local inner <close> = w.sqlite(path):open()
            kept = inner
        end
        assert.equal("the handle is closed", fault_of(kept.value, kept, "SELECT 1").message)
    end)

    it("refuses parameters that are none, too many, too few", function()
        assert.truthy(fault_of(out.value, out, "SELECT ?", {}).message:find("parameter 1", 1, true))
        assert.truthy(fault_of(out.value, out, "SELECT ?, ?", 1, print).message:find("parameter 2", 1, true))
        assert.truthy(fault_of(out.value, out, "SELECT ?").message:find("takes 1 parameter, not 0", 1, true))
        assert.truthy(fault_of(out.exec, out, "SELECT 1", nil).message:find("takes 0 parameters, not 1", 1, true))
        assert.equal("usage", fault_of(out.exec, out, nil).kind)
        assert.truthy(fault_of(out.exec, out, "SELECT 1\0").message:find("NUL", 1, true))
    end)

    it("refuses SQL that is wrong, none, or more than one statement", function()
        local fault = fault_of(out.exec, out, "SELEKT 1")
        assert.equal("usage", fault.kind)
        assert.truthy(fault.message:find("SELEKT 1", 1, true))
        assert.truthy(fault_of(out.exec, out, " -- nothing").message:find("no SQL statement", 1, true))
        fault = fault_of(out.exec, out, "DELETE FROM t; DROP TABLE t")
        assert.truthy(fault.message:find("more than one", 1, true))
        assert.equal(0, out:value "SELECT count(*) FROM t")
        fault = fault_of(out.rows, out, "SELECT id, v AS id FROM t")
        assert.truthy(fault.message:find('two columns named "id"', 1, true))
    end)

    it("names table and column of a constraint", function()
        fill(1)
        local fault = fault_of(out.exec, out, "INSERT INTO t (id) VALUES (1)")
        assert.same({ "value", "t", "id" }, { fault.kind, fault.table, fault.column })
        fault = fault_of(out.exec, out, "INSERT INTO t (n) VALUES (NULL)")
        assert.same({ "t", "n" }, { fault.table, fault.column })
    end)

    it("commits, and rolls back what raises", function()
        assert.same({ 1, nil, "x" }, { out:transaction(function(handle)
            assert.equal(out, handle)
            return handle:exec "INSERT INTO t (id) VALUES (1)", nil, "x"
        end) })
        local failed = { pcall(out.transaction, out, function()
            out:exec "INSERT INTO t (id) VALUES (2)"
            error({ mine = true })
        end) }
        assert.same({ false, { mine = true } }, failed)
        assert.equal(1, out:value "SELECT count(*) FROM t")
        local fault = fault_of(out.transaction, out, function()
            out:exec "INSERT INTO t (id) VALUES (3)"
            out:transaction(function() end)
        end)
        assert.truthy(fault.message:find("no transactions within transactions", 1, true))
        assert.equal(1, out:value "SELECT count(*) FROM t")
        out:transaction(function() out:exec "DELETE FROM t" end)
        assert.equal(0, out:value "SELECT count(*) FROM t")
    end)

    it("ends a transaction whose handle is closed in it", function()
        local fault = fault_of(out.transaction, out, function()
            out:exec "INSERT INTO t (id) VALUES (1)"
            out:close()
        end)
        assert.equal("the handle is closed", fault.message)
        out = w.sqlite(path):open { write = true }
        assert.equal(0, out:value "SELECT count(*) FROM t")
    end)

    it("reads a file as it is at one moment, and never writes it", function()
        out:exec "PRAGMA journal_mode = wal"
        fill(3)
        local source <close> = w.sqlite(path):open()
        out:exec "DELETE FROM t"
        assert.equal(3, source:value "SELECT count(*) FROM t")
        local fault = fault_of(source.exec, source, "DELETE FROM t")
        assert.equal("usage", fault.kind)
        assert.truthy(fault.hint:find("write = true", 1, true))
        assert.truthy(fault_of(source.transaction, source, print).message:find("needs no transaction", 1, true))
        assert.is_false(source.is_writable)
    end)

    it("reads views, and fires triggers of a file that it writes", function()
        out:exec "CREATE VIEW many AS SELECT count(*) AS n FROM t"
        out:exec "CREATE TRIGGER double AFTER INSERT ON t WHEN new.n = 0 BEGIN INSERT INTO t (n) VALUES (1); END"
        out:exec "INSERT INTO t (v) VALUES (1)"
        assert.equal(2, out:value "SELECT n FROM many")
        out:close()
        local source <close> = w.sqlite(path):open()
        assert.equal(2, source:value "SELECT n FROM many")
    end)

    it("says that a table was changed while it was read", function()
        fill(3)
        local fault = fault_of(function()
            for _ in out:rows "SELECT * FROM t" do
                out:exec "ALTER TABLE t ADD COLUMN late"
            end
        end)
        assert.truthy(fault.kind)
        assert.equal(3, out:value "SELECT count(*) FROM t")
    end)

    it("opens no file that is not there, and makes one only when it is told to", function()
        local fault = fault_of(function() w.sqlite(place .. "/typo.db"):open { write = true } end)
        assert.equal("environment", fault.kind)
        assert.is_nil(io.open(place .. "/typo.db"))
        process.write(place .. "/text.db", ("no database"):rep(100))
        for _, options in ipairs { {}, { write = true } } do
            fault = fault_of(function() w.sqlite(place .. "/text.db"):open(options) end)
            assert.truthy(fault.message:find("text.db", 1, true))
        end
        assert.truthy(fault_of(function() w.sqlite(path):open { wirte = true } end).message:find("wirte", 1, true))
        assert.equal("usage", fault_of(function() w.sqlite(path):open { write = 1 } end).kind)
        assert.equal("usage", fault_of(function() w.sqlite(path):open "w" end).kind)
    end)

    it("ends a long statement by Ctrl-C, and leaves Ctrl-C to the program else", function()
        local script = place .. "/long.lua"
        local soon = "os.execute 'me=$PPID; (sleep 0.5; kill -INT $me) >/dev/null 2>&1 &'"
        process.write(script, ([[
            local w = require "wherry"
            local db <close> = w.sqlite %q:open { write = true }
            local ok, fault = pcall(db.transaction, db, function()
                db:exec "INSERT INTO t (id) VALUES (77)"
                %s
                db:value "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT count(*) FROM c"
            end)
            print(ok, fault.kind, db:value "SELECT count(*) FROM t")]]):format(path, soon))
        out:close()
        local interrupted = "{ timeout -s KILL 60 lua5.4 %s; true; }"
        assert.equal("false\tinterrupted\t0", process.shell(interrupted:format(script)))
        process.write(script, ([[
            local w = require "wherry"
            local db <close> = w.sqlite %q:open()
            print(db:value "SELECT count(*) FROM t")
            %s
            while true do end]]):format(path, soon))
        local said = process.shell(interrupted:format(script))
        assert.truthy(said:find "interrupted!" and said:find "^0", said)
    end)
end)
