-- What the shell asks of handles of both kinds: rows by the order of their columns, whether there are any, and
-- connections that are only read.
local target = require "tests.support.target"
local fault_of = require "tests.support.refusal"
local w = require "wherry"

describe("handles of PostgreSQL", function()
    local server, conninfo, db

    setup(function()
        server = target.start()
        conninfo = server:database()
    end)
    teardown(function() server:stop() end)
    after_each(function() db:close() end)

    it("give rows as lists, of columns with one name, too", function()
        db = w.pg(conninfo):open()
        local cursor <close> = db:cursor "SELECT 1 AS a, NULL::int AS a, '\\x00ff'::bytea AS b, 'x' AS c"
        assert.same({ "a", "a", "b", "c" }, cursor:columns())
        local row = cursor:list()
        assert.same({ 1, nil, w.blob "\0\xff", "x" }, row)
        assert.equal("\0\xff", tostring(row[3]))
        assert.is_nil(cursor:list())
    end)

    it("tell whether a statement gives rows, and do not run it", function()
        db = w.pg(conninfo):open()
        assert.is_false(db:gives_rows "CREATE TABLE t (a int)")
        assert.is_nil(db:value "SELECT to_regclass('t')")
        assert.is_true(db:gives_rows "SHOW timezone")
        assert.equal("42601", fault_of(db.gives_rows, db, "SELEC 1").sqlstate)
        assert.equal(1, db:value "SELECT 1")
    end)

    it("are only read where that is asked for", function()
        db = w.pg(conninfo):open { write = false }
        assert.is_false(db.is_writable)
        assert.equal("25006", fault_of(db.exec, db, "CREATE TABLE t (a int)").sqlstate)
        assert.equal('open has no option "wriet"', fault_of(w.pg(conninfo).open, w.pg(conninfo), { wriet = 1 }).message)
    end)
end)

describe("handles of SQLite", function()
    local path, db
    before_each(function()
        path = os.tmpname()
        db = w.sqlite(path):open { write = true }
    end)
    after_each(function()
        db:close()
        os.remove(path)
    end)

    it("give rows as lists, of columns with one name, too", function()
        local cursor <close> = db:cursor "SELECT 1 AS a, NULL AS a, x'00ff' AS b, 'x' AS c UNION ALL SELECT 2, 3, 4, 5"
        assert.same({ "a", "a", "b", "c" }, cursor:columns())
        assert.same({ 1, nil, w.blob "\0\xff", "x" }, cursor:list())
        assert.same({ 2, 3, 4, 5 }, cursor:list())
        assert.is_nil(cursor:list())
    end)

    it("tell whether a statement gives rows, and do not run it", function()
        assert.is_false(db:gives_rows "CREATE TABLE t (a)")
        assert.is_false(db:gives_rows "CREATE TABLE t (a)")
        assert.is_true(db:gives_rows "PRAGMA page_size")
    end)
end)
