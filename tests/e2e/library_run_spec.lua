-- w.run and w.check from a program of stock Lua: what they give, functions of its own, what is wrong with a plan,
-- Ctrl-C in the middle, and how it is gone on with.
local harness = require "tests.support.harness"

local SOURCE = [[
    CREATE TABLE events (id INTEGER PRIMARY KEY, title TEXT);
    WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 3000)
    INSERT INTO events SELECT n, 'Title ' || n FROM c;
]]

describe("a program with w.run", function()
    after_each(harness.cleanup)

    -- Runs the program with the source and the target as its arguments; as wherry runs, so the same holds afterwards.
    local function program(text, source, url, options)
        local here = harness.process.shell "pwd"
        local path = harness.path "program.lua"
        harness.process.write(path, "#!/usr/bin/env lua5.4\nlocal w = require \"wherry\"\nlocal file, url = ...\n"
            .. text)
        harness.process.shell("chmod +x " .. path)
        harness.command(path)
        options = options or {}
        options.env = { PATH = os.getenv "PATH", LUA_PATH = here .. "/lua/?.lua;" .. here .. "/lua/?/init.lua;;",
            LUA_CPATH = package.cpath }
        return (options.start and harness.start or harness.wherry)({ source, url }, options)
    end

    it("checks and runs a plan, and gets what the command says", function()
        local source, database = harness.source(SOURCE), harness.database()
        local url = harness.url(database)
        local result = program([[
            local plan = w.plan { from = w.sqlite(file), tables = { events = { where = "id <= 10" } } }
            local dry = w.check(plan, { target = url })
            print(dry.exit, dry.status)
            local levels = {}
            local outcome = w.run(plan, { target = url, log = function(level) levels[level] = true end })
            print(outcome.exit, outcome.status, outcome.run, levels.info)
            print(outcome)
            local document = w.json.decode(outcome:json())
            print(document.command, document.status, document.sources[1].tables[1].excluded)
            print(w.run(plan, { target = url }).exit)
        ]], source, url)
        assert.equal(0, result.code, result.said)
        assert.matches("^0\tclean\n0\tverified\t1\ttrue\n", result.stdout)
        assert.matches("verified: every value of every row is the same", result.stdout)
        assert.matches("\nrun\tverified\t2990\n4\n$", result.stdout)
        assert.equal("", result.stderr)
        assert.equal("10", harness.sql(database, "SELECT count(*) FROM events"))
        assert.matches("^w.run at .*program.lua:%d+$", harness.sql(database, "SELECT command FROM wherry.run"))
    end)

    it("verifies by a function that sees what the program has", function()
        local source, database = harness.source(SOURCE), harness.database()
        local result = program([[
            local expected, seen = 3000, nil
            local outcome = w.run(w.plan { from = w.sqlite(file), verify = function(check, src, dst)
                seen = check.equal("rows", dst:value "select count(*) from events", expected)
                check.equal("one more", src:value "select count(*) from events", expected + 1)
                check.nothing()
            end }, { target = url })
            print(outcome.exit, seen, #outcome.checks, outcome.verification.state, outcome.checks[3].detail)
        ]], source, harness.url(database))
        assert.matches("^1\ttrue\t3\tfailed\t.*program.lua:%d+: there is no check.nothing", result.stdout)
    end)

    it("calls its own functions for each row", function()
        local source, database = harness.source(SOURCE), harness.database()
        local url = harness.url(database)
        local result = program([[
            local seen = 0
            local plan = w.plan { from = w.sqlite(file), tables = { events = {
                row = function(old, new)
                    seen = seen + 1
                    if old.id % 3 == 0 then return w.drop "third" end
                    new.title = w.upper(old.title)
                end,
            } } }
            local outcome = w.run(plan, { target = url, jobs = 2 })
            print(outcome.exit, seen >= 3000)
            if outcome.exit ~= 0 then io.stderr:write(tostring(outcome)) end
        ]], source, url)
        assert.equal("0\ttrue\n", result.stdout, result.said)
        assert.equal("2000|TITLE 1", harness.sql(database, "SELECT count(*), min(title) FROM events"))
    end)

    it("hears what is wrong with the plan, and never raises for it", function()
        local source, database = harness.source(SOURCE), harness.database()
        local url = harness.url(database)
        local result = program([[
            local plan = w.plan { from = w.sqlite(file), tables = { evnets = { into = "x" } } }
            local outcome = w.run(plan, { target = url })
            print(outcome.exit, outcome.status, #outcome.findings)
            print(w.run(w.plan { from = w.sqlite "nowhere.db" }, { target = url }).exit)
            print(w.run(plan, { target = "postgresql://postgres@/nowhere?host=/nowhere" }).error.kind)
        ]], source, url)
        assert.matches("^4\trefused\t1\n3\n", result.stdout, result.said)
        assert.equal("", harness.objects(database))
    end)

    it("is stopped by Ctrl-C in the middle, and goes on later", function()
        local source, database = harness.source(SOURCE), harness.database()
        local url = harness.url(database)
        local text = [[
            local plan = w.plan { from = w.sqlite(file),
                before_load = "select pg_sleep(case when exists (select from pg_namespace where nspname = 'go') "
                    .. "then 0 else 60 end)" }
            local again = io.open((file:gsub("[^/]*$", "../again")))
            local outcome = w.run(plan, { target = url, resume = again ~= nil })
            print(outcome.exit, outcome.status)
            for _, hint in ipairs(outcome.hints) do print(hint) end
        ]]
        local running = program(text, source, url, { start = true })
        assert.is_truthy(harness.process.wait(20, function()
            return harness.sql(database, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' "
                .. "AND state = 'active' AND pid <> pg_backend_pid()") ~= "0"
        end))
        running:kill "INT"
        local result = running:finish(30)
        assert.matches("^130\tinterrupted\nw.run%(plan, { resume = true }%)", result.stdout, result.said)
        harness.sql(database, "CREATE SCHEMA go")
        harness.process.write(harness.path "again", "")
        assert.matches("^0\tverified\n", program(text, source, url).stdout)
        assert.equal("3000", harness.sql(database, "SELECT count(*) FROM events"))
    end)
end)
