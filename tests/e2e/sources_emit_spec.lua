-- Rows that functions emit where there are several sources: their keys are those of the source that they come from.
local h = require "tests.support.harness"

describe("emit with several sources", function()
    after_each(h.cleanup)

    it("replaces keys in what is emitted, by the merges and the offset of the row's source", function()
        local database = h.database()
        h.sql(database, [[CREATE TABLE topic(id int PRIMARY KEY, name text);
            CREATE TABLE note(id int PRIMARY KEY, topic int REFERENCES topic, body text);
            CREATE TABLE link(topic int NOT NULL REFERENCES topic, note int NOT NULL REFERENCES note)]])
        local files = {}
        for i, name in ipairs { "core", "memory" } do
            files[i] = h.source([[CREATE TABLE topic(id INTEGER PRIMARY KEY, name TEXT);
                INSERT INTO topic VALUES (1, 'red'), (2, 'blue'), (3, 'blue');
                CREATE TABLE note(id INTEGER PRIMARY KEY, topic INT REFERENCES topic(id), body TEXT);
                INSERT INTO note VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c');]], name .. ".db")
        end
        local script = h.script(([[local w = require "wherry"
            local function row(old, _, emit) emit("link", { topic = old.topic, note = old.id }) end
            return w.plan { from = { core = w.sqlite %q, memory = w.sqlite %q }, to = w.pg %q, collision = "append",
                tables = {
                    topic = { merge = { by = { "name" } } },
                    ["memory.topic"] = { into = "topic", offset = 100, merge = { by = { "name" } } },
                    note = { emits = { "link" }, row = row },
                    ["memory.note"] = { into = "note", offset = 100, emits = { "link" }, row = row },
                } }]]):format(files[1], files[2], h.url(database)))
        h.run(0, { script, "--jobs=2" })
        assert.equal("1-1 2-2 2-3 101-101 102-102 102-103", h.sql(database,
            "SELECT string_agg(topic || '-' || note, ' ' ORDER BY note) FROM link"))
    end)
end)
