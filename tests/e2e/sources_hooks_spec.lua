-- What scripts do besides with several sources: functions over rows, merges, lookups, steps, verification.
local h = require "tests.support.harness"

describe("a script with several sources", function()
    after_each(h.cleanup)

    local function script_of(database, keys)
        local files = {}
        for i, name in ipairs { "core", "memory" } do
            files[i] = h.source(([[CREATE TABLE topic(id INTEGER PRIMARY KEY, name TEXT);
                INSERT INTO topic VALUES (1, '%s red'), (2, 'blue'), (3, 'blue');
                CREATE TABLE note(id INTEGER PRIMARY KEY, topic INT REFERENCES topic(id), body TEXT);
                INSERT INTO note VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'spam');]]):format(name), name .. ".db")
        end
        return h.script(([[local w = require "wherry"
            return w.plan { from = { core = w.sqlite %q, memory = w.sqlite { %q, prefix = "m_" } }, to = w.pg %q,
                %s }]])
            :format(files[1], files[2], h.url(database), keys))
    end

    it("calls the function of the source's own table, and the one for all where it has none", function()
        local database = h.database()
        local result = h.run(0, { script_of(database, [[tables = {
            ["core.note"] = { row = function(old, new)
                if old.body == "spam" then return w.drop "spam of core" end
                new.body = "core " .. old.body
            end },
            topic = { columns = { name = { map = function(v) return v:upper() end } } } }]]), "--jobs=2" })
        assert.equal("core a,core b|a,b,spam", h.sql(database, [[SELECT (SELECT string_agg(body, ',' ORDER BY id)
            FROM note), (SELECT string_agg(body, ',' ORDER BY id) FROM m_note)]]))
        assert.equal("CORE RED,BLUE,BLUE|MEMORY RED,BLUE,BLUE", h.sql(database, [[SELECT
            (SELECT string_agg(name, ',' ORDER BY id) FROM topic), (SELECT string_agg(name, ',' ORDER BY id)
            FROM m_topic)]]))
        for _, tbl in ipairs(result.json.sources[1].tables) do
            assert.same(tbl.table == "core.note" and { ["spam of core"] = 1 } or {}, tbl.filtered)
        end
    end)

    it("merges rows of each source by itself, and what refers to them follows there", function()
        local database = h.database()
        local script = script_of(database, [[tables = { topic = { merge = { by = { "name" }, keep = "first" } } }]])
        local result = h.run(0, { script })
        assert.equal("2,2|1,2,2|1,2,2", h.sql(database, [[SELECT (SELECT count(*) FROM topic) || ',' || (SELECT count(*)
            FROM m_topic), (SELECT string_agg(topic::text, ',' ORDER BY id) FROM note),
            (SELECT string_agg(topic::text, ',' ORDER BY id) FROM m_note)]]))
        for _, source in ipairs(result.json.sources) do
            for _, tbl in ipairs(source.tables) do
                assert.equal(tbl.table:find "topic" and 1 or 0, tbl.merged)
            end
        end
        assert.equal("verified", h.run(0, { script, "--resume" }).json.status)
    end)

    it("looks up in one source, by its name", function()
        local database = h.database()
        local text = h.process.read(script_of(database, [[lookups = { names = {
            sqlite = "select id, name from topic", FROM } }, only = { "topic" }, tables = { topic = {
            skip = { name = "looked up" },
            columns = { name = { from = w.sql "id", lookup = "names", type = "text" } } } }]]))
        local function script(from)
            return h.script((text:gsub("FROM", from)))
        end
        local fault = h.run(4, { script "" }).json.error
        assert.matches("several sources, and it does not say which one", fault.message, 1, true)
        assert.equal('from = "core"; the sources are core, memory', fault.hint)
        fault = h.run(4, { script 'from = "memry"' }).json.error
        assert.matches('there is no source "memry"', fault.message, 1, true)
        assert.matches('"memory"', fault.hint, 1, true)
        h.run(0, { script 'from = "memory"' })
        assert.equal("memory red,blue,blue|memory red,blue,blue", h.sql(database, [[SELECT
            (SELECT string_agg(name, ',' ORDER BY id) FROM topic), (SELECT string_agg(name, ',' ORDER BY id)
            FROM m_topic)]]))
    end)

    it("looks each source's rows up in one lookup", function()
        local database = h.database()
        h.run(0, { script_of(database, [[lookups = { bodies = { pg = "select 'a', 'looked up'" } },
            tables = { note = { columns = { body = { from = "body", lookup = "bodies", missing = "null",
                type = "text" } } } }]]) })
        assert.equal("looked up,|looked up,", h.sql(database, [[SELECT
            (SELECT string_agg(coalesce(body, ''), ',' ORDER BY id) FROM note WHERE id < 3),
            (SELECT string_agg(coalesce(body, ''), ',' ORDER BY id) FROM m_note WHERE id < 3)]]))
    end)

    it("has all sources by name in its steps and in verify", function()
        local database = h.database()
        local script = script_of(database, [[
            before_load = function(src, dst)
                dst:exec("create table seen as select " .. src.core:value "select count(*) from note" .. " + "
                    .. src.memory:value "select max(id) from note" .. " as n")
            end,
            verify = function(check, src, dst)
                check.counts()
                check.equal("notes", src.core:value "select count(*) from note", dst:value "select count(*) from note")
                check.query { "topics", from = "memory", sqlite = "select id, name from topic order by id",
                    pg = "select id, name from m_topic order by id", same = "rows" }
            end]])
        local result = h.run(0, { script })
        assert.equal("6", h.sql(database, "SELECT n FROM seen"))
        local failed = 0
        for _, one in ipairs(result.json.checks) do
            failed = failed + (one.passed and 0 or 1)
        end
        assert.is_true(#result.json.checks >= 3)
        assert.equal(0, failed)
    end)
end)
