-- wherry verify accounts for all that need not be the source's: rows that were there before, that conflicts have left,
-- that later runs or functions have made, what after_load did; and finds what is none of that.
local h = require "tests.support.harness"

describe("wherry verify accounts for", function()
    after_each(h.cleanup)

    local SOURCE = [[CREATE TABLE topic(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
        INSERT INTO topic VALUES (1, 'red'), (2, 'blue'), (3, 'green');]]
    local TABLES = "CREATE TABLE topic(id int PRIMARY KEY, name text NOT NULL);"

    local function prepared(before, more, source)
        local file, database = h.source(source or SOURCE), h.database()
        h.sql(database, TABLES .. (before or ""))
        local plan = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, %s }]]):format(file, more or ""))
        return plan, h.url(database), database, file
    end

    local function verify(code, args)
        local argv = { "verify", table.unpack(args) }
        argv[#argv + 1] = "--json"
        local result = h.wherry(argv)
        assert.equal(code, result.code, result.said)
        return result.json.comparison.tables[1], result
    end

    -- Both bases say the same.
    local function both(code, plan, url, more)
        for _, against in ipairs { "source", "journal" } do
            local line, result = verify(code, { plan, url, "--against", against, table.unpack(more or {}) })
            if code == 0 then
                assert.equal("verified", result.json.status, result.said)
            end
            assert.equal(code == 0 and "same" or "differs", line.state, result.said)
        end
    end

    it("rows that were there before", function()
        local plan, url, database = prepared("INSERT INTO topic VALUES (10, 'old'), (11, 'older');",
            'on_conflict = "update",')
        h.run(0, { plan, url })
        local line, result = verify(0, { plan, url })
        assert.equal("same", line.state, result.said)
        h.sql(database, "UPDATE topic SET name = 'another' WHERE id = 1")
        line, result = verify(1, { plan, url })
        assert.same({ "differs", 1, "id=1" }, { line.state, line.different, line.differences[1].key }, result.said)
    end)

    it("rows that a conflict has kept", function()
        local plan, url, database = prepared("INSERT INTO topic VALUES (2, 'kept'), (11, 'older');",
            'on_conflict = "keep",')
        h.run(0, { plan, url })
        local line, result = verify(0, { plan, url })
        assert.equal("same", line.state, result.said)
        assert.matches("kept as it was", line.note)
        h.sql(database, "UPDATE topic SET name = 'another' WHERE id = 3")
        line = verify(1, { plan, url })
        assert.same({ "differs", 2 }, { line.state, line.different })
        h.sql(database, "UPDATE topic SET name = 'green' WHERE id = 3; DELETE FROM topic WHERE id = 1")
        line = verify(1, { plan, url })
        local missing
        for _, one in ipairs(line.differences) do
            missing = one.kind == "missing" and one.key or missing
        end
        assert.same({ 1, "id=1" }, { line.missing, missing })
    end)

    it("rows that before_load has made", function()
        local plan, url, database = prepared(nil, [[before_load = { "INSERT INTO topic VALUES (50, 'mine')" },]])
        h.run(0, { plan, url })
        both(0, plan, url)
        h.sql(database, "UPDATE topic SET name = 'yours' WHERE id = 50")
        local line, result = verify(1, { plan, url })
        assert.same({ "differs", 0 }, { line.state, line.missing }, result.said)
        assert.matches("all rows of the source are there: others have changed", line.note)
    end)

    it("what after_load has made of a table", function()
        local plan, url, database = prepared(nil, [[after_load = { "UPDATE topic SET name = upper(name)",
            "INSERT INTO topic VALUES (20, 'extra')" },]])
        h.run(0, { plan, url })
        for _, against in ipairs { "source", "journal" } do
            local line, result = verify(0, { plan, url, "--against", against })
            assert.equal("changed_by_after_load", line.state, result.said)
        end
        h.sql(database, "UPDATE topic SET name = 'x' WHERE id = 20")
        both(1, plan, url)
    end)

    it("rows that later runs have loaded", function()
        local plan, url, database = prepared()
        h.run(0, { plan, url })
        local other = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, on_conflict = "update" }]]):format(h.source(
            "CREATE TABLE topic(id INTEGER PRIMARY KEY, name TEXT NOT NULL); INSERT INTO topic VALUES (7, 'seven')")))
        h.run(0, { other, url })
        local line, result = verify(0, { plan, url })
        assert.equal("same", line.state, result.said)
        h.sql(database, "DELETE FROM topic WHERE id = 2")
        assert.equal(1, (verify(1, { plan, url })).missing)
    end)

    it("rows that were filtered, rejected and made by functions", function()
        local file, database = h.source [[CREATE TABLE topic(id INTEGER PRIMARY KEY, name TEXT);
            INSERT INTO topic VALUES (1, 'red,warm'), (2, 'spam'), (3, NULL), (4, 'blue')]], h.database()
        h.sql(database, TABLES
            .. "CREATE TABLE tag(topic_id int REFERENCES topic, tag text, PRIMARY KEY (topic_id, tag))")
        local plan = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, on_bad = "reject", tables = { topic = { emits = { "tag" },
                row = function(old, new, emit)
                    if old.name == "spam" then return w.drop "spam" end
                    for tag in (old.name or ""):gmatch "[^,]+" do emit("tag", { topic_id = old.id, tag = tag }) end
                end } } }]]):format(file))
        local url = h.url(database)
        h.run(1, { plan, url })
        for _, against in ipairs { "source", "journal" } do
            local result = h.wherry { "verify", plan, url, "--against", against, "--json" }
            local tables = result.json.comparison.tables
            assert.same({ "same", "same", 2, 3 }, { tables[1].state, tables[2].state, tables[1].rows_source,
                tables[2].rows_source }, result.said)
        end
        h.sql(database, "UPDATE tag SET tag = 'cold' WHERE tag = 'warm'")
        local result = h.wherry { "verify", plan, url, "--only", "tag", "--json" }
        assert.equal(1, result.code, result.said)
        local line = result.json.comparison.tables[1]
        assert.same({ "public.tag", 1, 1 }, { line.table, line.missing, line.extra }, result.said)
    end)

    it("rows that are made of those of a table that travels as text", function()
        local file, database = h.source [[CREATE TABLE topic(id INTEGER PRIMARY KEY, name TEXT, q TEXT);
            INSERT INTO topic VALUES (1, 'red', 'a&b'), (2, 'blue', NULL)]], h.database()
        h.sql(database, "CREATE TABLE topic(id int PRIMARY KEY, name text, q tsquery); CREATE TABLE tag(tag text)")
        local plan, url = h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, tables = { topic = { emits = { "tag" },
                row = function(old, new, emit) emit("tag", { tag = old.name }) end } } }]]):format(file)),
            h.url(database)
        h.run(0, { plan, url })
        both(0, plan, url)
        h.sql(database, "UPDATE tag SET tag = 'cold' WHERE tag = 'red'")
        local result = h.wherry { "verify", plan, url, "--json" }
        assert.equal(1, result.code, result.said)
        local line = result.json.comparison.tables[2]
        assert.same({ "public.tag", 1, 1 }, { line.table, line.missing, line.extra }, result.said)
    end)

    it("a source that is gone, and one that has changed", function()
        local plan, url, _, file = prepared()
        h.run(0, { plan, url })
        h.process.shell(("sqlite3 '%s' \"UPDATE topic SET name = 'black' WHERE id = 1\""):format(file))
        local line, result = verify(1, { plan, url })
        assert.same({ "differs", 1 }, { line.state, line.different }, result.said)
        assert.matches("not as run 1 has read it", result.json.comparison.note)
        line, result = verify(0, { plan, url, "--against", "journal" })
        assert.equal("same", line.state, result.said)
        os.rename(file, file .. ".away")
        line, result = verify(0, { plan, url, "--against", "journal" })
        os.rename(file .. ".away", file)
        assert.same({ "same", "verified" }, { line.state, result.json.status }, result.said)
    end)

    it("nothing that the target does not have any more, or has otherwise", function()
        local said = { ["DROP TABLE topic"] = "the target has no such table",
            ["ALTER TABLE topic RENAME COLUMN name TO title"] = "the target has no column name",
            ["ALTER TABLE topic ALTER COLUMN id TYPE numeric"] = "id: its type is numeric" }
        for sql, note in pairs(said) do
            local plan, url, database = prepared()
            h.run(0, { plan, url })
            h.sql(database, sql)
            local line, result = verify(1, { plan, url })
            assert.equal("differs", line.state, result.said)
            assert.matches(note, line.note, 1, true)
            line = verify(1, { plan, url, "--against=journal" })
            assert.equal("differs", line.state)
        end
    end)
end)
