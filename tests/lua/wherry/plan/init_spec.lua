-- The plan as a value: from a script with file and line for every mistake, changed by functions from plan to plan.
local plan = require "wherry.plan"
local process = require "tests.support.process"

local HEAD = 'local w = require "wherry"\n'

describe("plan.load", function()
    local directory

    before_each(function()
        directory = process.directory "plan"
    end)

    local function script(text)
        local path = directory .. "/migrate.lua"
        process.write(path, text)
        return path
    end

    local function refused(text, kind)
        local path = script(text)
        local fine, problem = pcall(plan.load, path)
        assert.is_false(fine)
        assert.equal(kind or "plan", problem.kind)
        return (problem.message:gsub(directory:gsub("%p", "%%%0") .. "/", "")), problem
    end

    it("gives the script's plan, and relative paths count from its folder", function()
        local loaded = plan.load(script(HEAD .. [[return w.plan { from = w.sqlite "app.db", to = w.pg "$DB" }]]))
        assert.is_true(plan.is(loaded))
        assert.equal(directory .. "/app.db", plan.source_path(loaded))
        local target = plan.target(loaded, function() return "postgresql://h/db" end)
        assert.same({ kind = "pg", url = "postgresql://h/db" }, target)
    end)

    it("says file and line of a mistake in a plan", function()
        local message, problem = refused(HEAD .. '\nlocal p =\n  w.plan { from = w.sqlite "a", tabels = {} }\nreturn p')
        assert.equal('migrate.lua:4: the plan: unknown key "tabels"', message)
        assert.equal('did you mean "tables"?', problem.hint)
    end)

    it("says the line of a plan that is returned at once, too", function()
        local message = refused(HEAD .. [[

            local t = {}
            return w.plan {
                from = w.sqlite "a",
                tables = t, form = 1,
            }]])
        assert.equal('migrate.lua:4: the plan: unknown key "form"', message)
    end)

    it("says file and line of a Lua error, of a syntax error and of an error without a place", function()
        assert.equal("migrate.lua:2: attempt to call a nil value (global 'nothing')", (refused(HEAD .. "nothing()")))
        assert.matches("^migrate.lua:2: .*near", (refused(HEAD .. "return return")))
        assert.equal("migrate.lua:3: stop", (refused(HEAD .. '\nerror("stop", 0)')))
        assert.equal("migrate.lua:2: error object: a table", (refused(HEAD .. "error({})")))
        assert.equal("migrate.lua:2: error object: nil", (refused(HEAD .. "error()")))
    end)

    it("wants a plan back", function()
        local message = refused(HEAD .. "return {}")
        assert.equal("migrate.lua: the script returns a table, not a plan", message)
        assert.matches("returns nil", (refused(HEAD)))
    end)

    it("loads text only", function()
        assert.matches("binary chunk", (refused(string.dump(function() end))))
    end)

    it("takes a first line for the kernel, and counts it", function()
        assert.matches("^migrate.lua:3:", (refused("#!/usr/bin/env wherry\n" .. HEAD .. "nothing()")))
    end)

    it("keeps globals of a script to itself", function()
        plan.load(script(HEAD .. 'leaked = 1\nreturn w.plan { from = w.sqlite "app.db" }'))
        assert.is_nil(rawget(_G, "leaked"))
    end)

    it("tells a script that is not there", function()
        local fine, problem = pcall(plan.load, directory .. "/none.lua")
        assert.is_false(fine)
        assert.equal("environment", problem.kind)
        assert.matches("none.lua", problem.message)
        assert.equal("environment", select(2, pcall(plan.load, directory)).kind)
    end)

    it("names an unset variable only when it is needed", function()
        local loaded = plan.load(script(HEAD .. 'return w.plan { from = w.sqlite "a.db", to = w.pg "$NOWHERE" }'))
        local fine, problem = pcall(plan.target, loaded, function() end)
        assert.is_false(fine)
        assert.equal("environment", problem.kind)
        assert.matches("NOWHERE", problem.message)
    end)
end)

describe("functions from plan to plan", function()
    local w = require "wherry"

    it("leave the given plan as it is", function()
        local given = w.plan { from = w.sqlite "a.db", skip = { "x" },
            tables = { t = { into = "u" }, s = w.skip "old" } }
        local changed = plan.apply(given, { only = { "a*" }, skip = { "b*" }, triggers = "off", schema = "create",
            target_schema = "app" })
        assert.same({ "x" }, given.skip)
        assert.same({}, given.only)
        assert.is_nil(given.tables.t.triggers)
        assert.same({ "x", "b*" }, changed.skip)
        assert.same({ "a*" }, changed.only)
        assert.equal("off", changed.tables.t.triggers)
        assert.equal("u", changed.tables.t.into)
        assert.equal("old", changed.tables.s.reason)
        assert.same({ "create", "app" }, { changed.schema, changed.target_schema })
        assert.same({ true, false }, { changed.analyze, plan.apply(given, { analyze = false }).analyze })
        assert.is_true(plan.is(changed))
    end)

    it("change nothing without flags", function()
        local given = w.plan { from = w.sqlite "a.db", only = { "t" } }
        assert.same(given, plan.apply(given, { only = {}, skip = {} }))
    end)

    it("refuse a value that is none", function()
        assert.is_false((pcall(plan.schema, w.plan { from = w.sqlite "a.db" }, "new")))
    end)

    it("take a file's name as it is", function()
        assert.equal("odd $HOME.db", plan.source_path(plan.from_file "odd $HOME.db"))
    end)

    it("know the private server", function()
        assert.same({ kind = "private" }, plan.target(w.plan { from = w.sqlite "a.db", to = w.pg.private() }))
        assert.is_nil(plan.target(w.plan { from = w.sqlite "a.db" }))
    end)
end)
