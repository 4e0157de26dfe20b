-- Rows that a key built behind the load does not allow, where functions, lookups or an offset have changed them: the
-- source row that each was made of goes to the rejects, and comes back from there.
local h = require "tests.support.harness"

describe("rows of functions that are in the way of a key", function()
    after_each(h.cleanup)

    local SOURCE = [[CREATE TABLE a(id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE b(id INTEGER PRIMARY KEY, a INTEGER);
        INSERT INTO a VALUES (1, 'x'), (2, 'y'), (3, 'X'), (4, 'z'), (5, 'Y');
        INSERT INTO b VALUES (1, 1), (2, 9), (3, 4)]]
    local TARGET = [[CREATE TABLE a(id int PRIMARY KEY, name text UNIQUE);
        CREATE TABLE b(id int PRIMARY KEY, a int REFERENCES a)]]

    local function case()
        local file, name = h.source(SOURCE), h.database()
        h.sql(name, TARGET)
        return function(keys)
            return h.script(([[local w = require "wherry"
                return w.plan { from = w.sqlite %q, schema = "existing", indexes = "rebuild", on_bad = "reject",
                    tables = { %s } }]]):format(file, keys))
        end, name
    end

    local function rejects(name)
        return h.sql(name, [[SELECT string_agg(key_text, ' ' ORDER BY source_table, key) FROM wherry.reject
            WHERE state = 'open']])
    end

    local ROW = "a = { row = function(old, new) new.id = 6 - old.id new.name = %s end }"

    it("are found by what became of them, and loaded by rejects retry", function()
        local script, name = case()
        h.run(1, { script(ROW:format "old.name:lower()" .. ", b = { row = function(old, new) end }"), h.url(name) })
        assert.equal("2 z, 4 y, 5 x", h.sql(name, "SELECT string_agg(concat(id, ' ', name), ', ' ORDER BY id) FROM a"))
        assert.equal("id=3 id=5 id=1 id=2", rejects(name))
        local again = h.wherry { "rejects", "retry", script(ROW:format "old.name .. old.id"
            .. ", b = { row = function(old, new) new.a = 2 end }"), h.url(name) }
        assert.equal(0, again.code, again.said)
        assert.equal("1 Y5, 2 z, 3 X3, 4 y, 5 x", h.sql(name,
            "SELECT string_agg(concat(id, ' ', name), ', ' ORDER BY id) FROM a"))
        assert.equal("1 2, 2 2, 3 4", h.sql(name, "SELECT string_agg(concat(id, ' ', a), ', ' ORDER BY id) FROM b"))
    end)

    it("are found where keys move, also to where other rows of the source have theirs", function()
        local script, name = case()
        h.run(1, { script [[a = { offset = 1, where = "id < 5", columns = { name = w.sql "lower(name)" } }]],
            h.url(name) })
        assert.equal("2 x, 3 y, 5 z", h.sql(name, "SELECT string_agg(concat(id, ' ', name), ', ' ORDER BY id) FROM a"))
        assert.equal("id=3 id=2", rejects(name))
    end)

    it("come back with what they emit, whatever key they had when they were rejected", function()
        local script, name = case()
        h.sql(name, "CREATE TABLE e(id bigserial PRIMARY KEY, a int NOT NULL REFERENCES a, tag text NOT NULL)")
        local keys = [[a = { emits = { "e" }, columns = { name = w.hook }, skip = { name = "by row" },
            row = function(old, new, emit) new.id, new.name = %s, old.name .. old.id
                emit("e", { a = new.id, tag = old.name }) end }, b = w.skip "left out"]]
        h.run(1, { script(keys:format "old.id < 4 and 7 or old.id"), h.url(name), "--batch-size", "2" })
        assert.equal("4 z4, 5 Y5, 7 x1", h.sql(name,
            "SELECT string_agg(concat(id, ' ', name), ', ' ORDER BY id) FROM a"))
        assert.equal("4 z, 5 Y, 7 x", h.sql(name, "SELECT string_agg(concat(a, ' ', tag), ', ' ORDER BY a) FROM e"))
        assert.equal("id=2 id=3", rejects(name))
        local again = h.wherry { "rejects", "retry", script(keys:format "old.id"), h.url(name) }
        assert.equal(0, again.code, again.said)
        assert.equal("2 y2, 3 X3, 4 z4, 5 Y5, 7 x1", h.sql(name,
            "SELECT string_agg(concat(id, ' ', name), ', ' ORDER BY id) FROM a"))
        assert.equal("2 y, 3 X, 4 z, 5 Y, 7 x", h.sql(name,
            "SELECT string_agg(concat(a, ' ', tag), ', ' ORDER BY a) FROM e"))
    end)

    it("are foretold by check, whatever the source's own keys say", function()
        local script, name = case()
        local plan = script 'a = { row = function(old, new) new.id = old.id % 3 end }, b = w.skip "left out"'
        local checked = h.wherry { "check", plan, h.url(name), "--json" }
        assert.equal(1, checked.code, checked.said)
        assert.equal(2, checked.json.would.reject)
        h.run(1, { plan, h.url(name) })
        assert.equal("id=4 id=5", rejects(name))
    end)
end)
