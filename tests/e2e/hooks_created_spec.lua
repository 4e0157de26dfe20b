-- hooks in plans whose tables are created, and what a check says of emitted rows.
local h = require "tests.support.harness"

describe("hooks where tables are created", function()
    after_each(h.cleanup)

    local function note_of(keys, more)
        local result = h.run(0, { h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, %s tables = { posts = { %s } } }]]):format(
            h.source [[CREATE TABLE posts(id INTEGER PRIMARY KEY, n INTEGER, v TEXT);
                INSERT INTO posts VALUES (1, 2, 'a')]], more or "", keys)), h.url(h.database()) })
        for _, object in ipairs(result.json.objects) do
            if object.kind == "function" then
                return object.note
            end
        end
    end

    it("are told that types go by the source's values", function()
        assert.equal("map of n; types go by the source's values, not by what is given here: n (type = names another)",
            note_of "columns = { n = { map = function(v) return v * 2 end } }")
        assert.equal("map of n", note_of 'columns = { n = { type = "text", map = function(v) return "n" .. v end } }')
        assert.matches("row; types go by .* here: id, n, v %(", note_of "row = function() end")
    end)

    it("a check says that emitted rows are not compared", function()
        local name = h.database()
        h.sql(name, "CREATE TABLE posts(id bigint, v text); CREATE TABLE tag(id bigint PRIMARY KEY)")
        local result = h.wherry { "check", h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, schema = "existing", tables = { posts = { emits = { "tag" },
                row = function(old, new, emit) emit("tag", { id = 1 }) end } } }]]):format(
            h.source [[CREATE TABLE posts(id INTEGER PRIMARY KEY, v TEXT);
                INSERT INTO posts VALUES (1, 'a'), (2, 'b')]])), h.url(name) }
        assert.matches("posts: emitted rows tag: their keys, foreign keys and checks are not compared",
            result.stdout, 1, true)
    end)
end)
