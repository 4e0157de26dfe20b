local arguments = require "wherry.cli.arguments"
local cli = require "wherry.cli"
local process = require "tests.support.process"
local stream = require "tests.support.stream"
local topics = require "wherry.cli.topics"
local vocabulary = require "wherry.plan.vocabulary"

local function wherry(...)
    local out, err = stream.new(), stream.new()
    local code = cli.main({ ... }, { stdout = out, stderr = err, core = {}, isatty = function() return false end,
        getenv = function() end })
    return code, out:text(), err:text()
end

-- The words of each `wherry ...` in the examples of a text (indented by four blanks), as the shell would give them.
local function examples(text)
    local found = {}
    for line in text:gmatch "\n    (wherry [^\n]*)" do
        for command in line:gmatch "wherry [^|;]*" do
            -- Behind two blanks stands what the command does.
            command = command:gsub("^wherry ", ""):gsub("  .*$", "")
            local words = {}
            for word in process.shell("printf '%s\\n' " .. command):gmatch "[^\n]+" do
                words[#words + 1] = word
            end
            found[#found + 1] = words
        end
    end
    return found
end

describe("wherry help", function()
    for _, topic in ipairs(topics.names()) do
        it("has the topic " .. topic, function()
            local code, out = wherry("help", topic)
            assert.are.equal(0, code)
            assert.matches("\n# ", "\n" .. out) -- a command of the same name comes first
            for line in out:gmatch "[^\n]+" do
                assert.is_true(utf8.len(line) <= 120, line)
            end
        end)

        it("shows commands in " .. topic .. " that the command line takes", function()
            for _, words in ipairs(examples(topics.text(topic))) do
                local ok, fault = pcall(arguments.read, cli.commands, words)
                assert.is_true(ok, table.concat(words, " ") .. ": " .. tostring(fault))
            end
        end)
    end

    it("is named on the first page by commands that the command line takes", function()
        local shown = examples(process.read "README.md")
        assert.is_true(#shown > 0)
        for _, words in ipairs(shown) do
            local ok, fault = pcall(arguments.read, cli.commands, words)
            assert.is_true(ok, table.concat(words, " ") .. ": " .. tostring(fault))
        end
    end)

    it("has a topic for each file of lua/wherry/help", function()
        local files = process.shell "ls lua/wherry/help | sed 's/[.]md$//'"
        assert.are.equal(files, table.concat(topics.names(), "\n"))
    end)

    for _, command in ipairs(cli.commands) do
        it("knows the command " .. command.name, function()
            local code, out = wherry("help", command.name)
            assert.are.equal(0, code)
            assert.matches("^Usage: wherry " .. command.name, out)
            assert.is_nil(out:find("%%", 1, true)) -- a format's escape, which nothing formats
        end)
    end

    it("names every command and every topic", function()
        local _, out = wherry "help"
        for _, topic in ipairs(topics.names()) do
            assert.is_truthy(out:find("\n   " .. topic .. " ", 1, true), topic)
        end
        for _, command in ipairs(cli.commands) do
            assert.is_truthy(out:find("\n   " .. command.name .. " ", 1, true), command.name)
        end
        local _, same = wherry "--help"
        assert.are.equal(out, same)
    end)

    it("keeps every option of run in a group", function()
        local _, out = wherry("help", "run")
        assert.is_nil(out:find("Other options", 1, true))
        for _, option in ipairs { "schema", "target-schema", "only", "skip", "triggers", "verify", "no-check",
            "no-analyze", "retry", "resume", "restart", "journal", "batch-size", "source", "sqlite-path", "target",
            "database-url", "validate", "skip-validation", "help", "json", "quiet", "verbose" } do
            assert.is_truthy(out:find("--" .. option, 1, true), option)
        end
    end)

    it("promises the exit codes that were agreed on", function()
        local agreed = {
            ["0"] = "done, and as it should be", ["1"] = "finished, but there are rejects, differences or findings",
            ["2"] = "usage", ["3"] = "environment", ["4"] = "nothing was written", ["5"] = "stopped half%-way",
            ["130, 143"] = "the state is saved",
        }
        local told = {}
        for code, meaning in topics.text "exit-codes":gmatch "\n| ([%d, ]+) | ([^\n]*) |" do
            told[code] = meaning
        end
        for code, meaning in pairs(agreed) do
            assert.matches(meaning, told[code])
            told[code] = nil
        end
        assert.is_nil(next(told))
    end)

    it("names every key of a plan in the topic scripts", function()
        local text = topics.text "scripts"
        for _, keys in ipairs { vocabulary.plan, vocabulary.table, vocabulary.column } do
            for _, entry in ipairs(keys) do
                assert.matches("\n    [%w_, ]*%f[%w]" .. entry.key .. "%f[%W]", text)
            end
        end
    end)

    it("suggests a topic", function()
        local code, _, err = wherry("help", "exitcodes")
        assert.are.equal(2, code)
        assert.matches('did you mean "exit%-codes"', err)
    end)
end)
