-- hooks that never end: a signal ends them, and so does what has failed beside them.
local h = require "tests.support.harness"

describe("hooks that never end", function()
    after_each(h.cleanup)

    local SOURCE = [[CREATE TABLE %s(id INTEGER PRIMARY KEY, v TEXT);
        WITH RECURSIVE g(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM g WHERE i < 3000)
        INSERT INTO %s SELECT i, 'v' || i FROM g;]]
    local TARGET = "CREATE TABLE a(id bigint PRIMARY KEY, v text); CREATE TABLE b(id bigint PRIMARY KEY, v text)"
    -- endless, with each of the ways in which a script might keep an error for itself
    local LOOPS = {
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "repeat local ok = xpcall(error, function() return 1 end) until not ok and ok",
        "local n = 0 while true do n = n + #tostring(n) new.v = n end",
    }

    local function at(name)
        return ("local f = io.open(%q, 'w') f:close() "):format(h.path(name))
    end

    local function source()
        return h.source(SOURCE:format("a", "a") .. SOURCE:format("b", "b"))
    end

    local function script(row_a, row_b)
        return h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, schema = "existing", tables = {
                a = { row = function(old, new) %s end }, b = { row = function(old, new) %s end } } }]])
            :format(source(), row_a, row_b or ""))
    end

    local function database()
        local name = h.database()
        h.sql(name, TARGET)
        return name
    end

    local function wait_for(name)
        assert.is_truthy(h.process.wait(20, function() return io.open(h.path(name)) end))
    end

    local function interrupted(running, signal)
        h.process.sleep(0.3)
        running:kill(signal)
        local result = running:finish(h.PROMPT)
        assert.equal(signal == "INT" and 130 or 143, result.code, result.said)
        return result
    end

    it("end by Ctrl-C, whatever they catch", function()
        for _, loop in ipairs(LOOPS) do
            os.remove(h.path "there")
            local name = database()
            local path = script(("if old.id == 2500 then %s %s end"):format(at "there", loop))
            local running = h.start { "run", path, h.url(name), "--jobs", "2" }
            wait_for "there"
            interrupted(running, "INT")
            assert.is_true(tonumber(h.sql(name, "SELECT count(*) FROM a")) < 3000)
        end
    end)

    it("end by a signal in a check, in a map and in the tries of rejected rows", function()
        local name = database()
        local check = h.start { "check", script(("if old.id == 1700 then %s %s end"):format(at "there", LOOPS[2])),
            h.url(name) }
        wait_for "there"
        interrupted(check, "TERM")
        local map = h.start { "run", h.script(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, schema = "existing", tables = {
                a = { columns = { v = { map = function(v) %s while true do end end } } } } }]])
            :format(source(), at "map")), h.url(name) }
        wait_for "map"
        interrupted(map, "INT")
        name = database()
        local path = h.path "retried.lua"
        local text = [[local w = require "wherry"
            return w.plan { from = w.sqlite %q, schema = "existing", on_bad = "reject", tables = {
                a = { row = function(old) if old.id == 7 then %s end end } } }]]
        local file = source()
        h.process.write(path, text:format(file, 'error "not yet"'))
        h.run(1, { path, h.url(name) })
        h.process.write(path, text:format(file, at "retry" .. LOOPS[2]))
        local again = h.start { "rejects", "retry", path, h.url(name) }
        wait_for "retry"
        interrupted(again, "INT")
    end)

    it("end where another lane has failed", function()
        local running = h.start { "run", script(at "there" .. LOOPS[1],
            ("while not io.open(%q) do end if old.id == 10 then error 'no good' end"):format(h.path "there")),
            h.url(database()), "--jobs", "2", "--json" }
        local result = running:finish(3 * h.PROMPT)
        assert.equal(5, result.code, result.said)
        assert.matches("no good", result.said, 1, true)
    end)

    it("end in the caller's state, too", function()
        local path = h.path "caller.lua"
        h.process.write(path, ([[local w = require "wherry"
            local result = w.run(w.plan { from = w.sqlite %q, schema = "existing", tables = { a = {
                row = function(old, new) if old.id == 1200 then %s %s end end } } }, { target = %q })
            print(result.status, result.exit)]]):format(source(), at "there", LOOPS[2], h.url(database())))
        local running = h.process.start({ "lua5.4", path }, { directory = h.subdirectory "caller", env = {
            XDG_STATE_HOME = h.path "home", LUA_PATH = os.getenv "LUA_PATH", LUA_CPATH = os.getenv "LUA_CPATH",
            PATH = os.getenv "PATH" } })
        wait_for "there"
        h.process.sleep(1.5)
        running:kill "INT"
        local result = running:finish(h.PROMPT)
        assert.matches("interrupted\t130", result.stdout, 1, true)
    end)
end)
