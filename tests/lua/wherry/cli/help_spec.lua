local cli = require "wherry.cli"
local help = require "wherry.cli.help"
local stream = require "tests.support.stream"

local function wherry(...)
    local out, err = stream.new(), stream.new()
    local code = cli.main({ ... }, { stdout = out, stderr = err, core = {}, isatty = function() return false end,
        getenv = function() end })
    return code, out:text(), err:text()
end

describe("wherry help", function()
    for _, topic in ipairs(help.topics) do
        it("has the topic " .. topic, function()
            local code, out = wherry("help", topic)
            assert.are.equal(0, code)
            assert.matches("^# ", out)
        end)
    end

    for _, command in ipairs(cli.commands) do
        it("knows the command " .. command.name, function()
            local code, out = wherry("help", command.name)
            assert.are.equal(0, code)
            assert.matches("^Usage: wherry " .. command.name, out)
        end)
    end

    it("lists the topics", function()
        local _, out = wherry "help"
        for _, topic in ipairs(help.topics) do
            assert.is_truthy(out:find(topic, 1, true))
        end
    end)

    it("suggests a topic", function()
        local code, _, err = wherry("help", "exitcodes")
        assert.are.equal(2, code)
        assert.matches('did you mean "exit%-codes"', err)
    end)
end)
