-- The line of a script that is being executed.
local script_line = require "wherry.plan.script_line"

describe("script_line.of", function()
    local function run(text, path)
        return assert(load(text, "@" .. path, "t", { of = function() return (script_line.of(path)) end,
            pcall = pcall }))()
    end

    it("gives the innermost one", function()
        assert.equal(2, run("local x\nx = of()\nreturn x", "a.lua"))
        assert.equal(1, run("local function f() return (of()) end\nlocal x = f()\nreturn x", "a.lua"))
        assert.equal(3, run("local a, b\n\na, b = pcall(of)\nreturn b", "a.lua"))
    end)

    it("gives none outside of the script, or without one", function()
        assert.is_nil(script_line.of "elsewhere.lua")
        assert.is_nil(script_line.of(nil))
    end)
end)
