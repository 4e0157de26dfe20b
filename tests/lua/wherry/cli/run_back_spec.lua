-- The options of run with a PostgreSQL source.
local cli = require "wherry.cli"
local make = require "tests.support.result"
local stand_in = require "tests.support.private"
local stream = require "tests.support.stream"

describe("wherry run from PostgreSQL", function()
    local function wherry(...)
        local out, err, seen = stream.new(), stream.new(), nil
        local code = cli.main({ "run", ... }, { stdout = out, stderr = err, core = stand_in.core { home = "/h" },
            isatty = function() return false end, getenv = function(name) return ({ HOME = "/h" })[name] end,
            back = { run = function(options) seen = options return make() end } })
        return { code = code, out = out:text(), err = err:text(), options = seen }
    end

    it("hands the engine of the way back what was chosen, and defaults for the rest", function()
        local options = wherry("postgresql://u@h/d", "out.db").options
        assert.same({ "postgresql://u@h/d", "out.db", "public", "wherry" },
            { options.source, options.path, options.schema, options.journal })
        assert.same({ {}, {} }, { options.only, options.skip })
        options = wherry("dbname=x", "sqlite:////tmp/o.db", "--target-schema=s", "--only=a,b", "--skip", "c*",
            "--journal=j", "--skip-validation", "--json", "-q", "-v").options
        assert.same({ "dbname=x", "/tmp/o.db", "s", "j", "none", { "a", "b" }, { "c*" } }, { options.source,
            options.path, options.schema, options.journal, options.verify, options.only, options.skip })
        assert.equal("elsewhere", wherry("--source=dbname=x", "--target=elsewhere").options.path)
    end)

    for _, option in ipairs { "--resume", "--resume=7", "--restart", "--schema=create", "--triggers=off",
        "--idiomatic", "--nocase=icu", "--no-check", "--no-analyze", "--retry=5s", "--batch-size=5", "--on-bad=reject",
        "--max-bad=5" } do
        it("refuses " .. option, function()
            local ended = wherry("dbname=x", "out.db", option)
            assert.equal(2, ended.code)
            assert.is_nil(ended.options)
            assert.matches(option:match "^[^=]*" .. " has no meaning", ended.err, 1, true)
        end)
    end

    it("refuses what is no file to make", function()
        for _, target in ipairs { "postgresql://h/d", "dbname=y", "out.sql", "out.dump", "-", "mysql://h/d" } do
            local ended = wherry("dbname=x", target)
            assert.equal(2, ended.code, target)
            assert.is_nil(ended.options)
        end
        assert.matches("which has to be named", wherry("dbname=x").err)
    end)

    it("shows no password", function()
        local ended = wherry("postgresql://u:Secret99@h/d", "postgresql://u:Other99@h/d")
        assert.is_nil((ended.out .. ended.err):find("Secret99", 1, true))
        assert.is_nil((ended.out .. ended.err):find("Other99", 1, true))
    end)
end)
