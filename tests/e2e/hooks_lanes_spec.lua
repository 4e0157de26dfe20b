-- hooks in the states of lanes: a script that can't be had there stops the run before anything is written.
local h = require "tests.support.harness"

describe("hooks of a script that lanes can't load", function()
    after_each(h.cleanup)

    -- What stands at the top behind the first time that it is loaded.
    local function script(again)
        local path = h.source [[CREATE TABLE posts(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO posts VALUES (1, 'a')]]
        return h.script(([[local w = require "wherry"
            local row = function(old, new) new.v = "b" end
            local mark = %q
            if io.open(mark) then %s end
            io.open(mark, "w"):close()
            return w.plan { from = w.sqlite %q, schema = "existing", tables = { posts = { row = row } } }]])
            :format(h.path(again:gsub("%W", "")), again, path))
    end

    it("stop it with nothing written", function()
        for again, said in pairs {
            ['error "not in a lane"'] = "not in a lane",
            ["row = nil"] = "there is no row of posts any more",
            ["row = function(old) return nosuch.thing end; row = row and 7"] = "row: a function is expected",
        } do
            local name, path = h.database(), script(again)
            h.sql(name, "CREATE TABLE posts(id bigint PRIMARY KEY, v text)")
            local result = h.wherry { "run", path, h.url(name), "--json" }
            assert.equal(4, result.code, result.said)
            assert.matches(said, result.json.error.message, 1, true)
            assert.equal("t 0", h.sql(name, [[SELECT concat_ws(' ', to_regnamespace('wherry') IS NULL,
                (SELECT count(*) FROM posts))]]))
        end
    end)
end)
