local cli = require "wherry.cli"
local make = require "tests.support.result"
local process = require "tests.support.process"
local stand_in = require "tests.support.private"
local stream = require "tests.support.stream"

local function wherry(argv, environment)
    local out, err, seen = stream.new(), stream.new(), nil
    local core, log, databases = stand_in.core { files = { ["full.sql"] = { type = "file", size = 1 } },
        home = environment and environment.HOME }
    local code = cli.main(argv, { stdout = out, stderr = err, core = core, isatty = function() return false end,
        getenv = function(name) return (environment or { HOME = "/h" })[name] end,
        engine = { run = function(options) seen = options return make() end } })
    return { code = code, out = out:text(), err = err:text(), options = seen, log = log, databases = databases }
end

describe("wherry run", function()
    it("hands the engine what was chosen, and defaults for the rest", function()
        local options = wherry({ "run", "sqlite:///app.db", "dbname=x" }).options
        assert.are.equal("app.db", options.source)
        assert.are.equal("dbname=x", options.target)
        assert.are.equal(60, options.retry)
        assert.are.equal("wherry", options.journal)
        assert.are.equal(50000, options.step_rows)
        assert.is_true(options.check)
        assert.is_nil(options.resume)
        assert.are.same({}, options.only)
        options = wherry({ "run", "app.db", "--schema", "existing", "--target-schema", "s", "--only", "a*,b",
            "--skip", "c",
            "--no-check", "--retry", "2m", "--restart", "--triggers", "off", "--journal", "j", "--verify",
                "none" }).options
        assert.are.same({ "existing", "s", { "a*", "b" }, { "c" }, false, 120, true, "off", "j", "none" },
            { options.schema, options.target_schema, options.only, options.skip, options.check, options.retry,
              options.restart, options.triggers, options.journal, options.verify })
    end)

    it("takes statistics unless it is told not to", function()
        assert.is_nil(wherry({ "run", "app.db", "dbname=x" }).options.analyze)
        assert.is_false(wherry({ "run", "app.db", "dbname=x", "--no-analyze" }).options.analyze)
    end)

    it("accepts the spellings of runbooks", function()
        local options = wherry({ "run", "--sqlite-path", "app.db", "--database-url", "dbname=x", "--skip-validation",
            "--batch-size", "500" }).options
        assert.are.same({ "app.db", "dbname=x", "none", 500 }, { options.source, options.target, options.verify,
            options.step_rows })
        options = wherry({ "run", "--source", "app.db", "--target", "dbname=x", "--validate" }).options
        assert.are.same({ "app.db", "dbname=x", "digest" }, { options.source, options.target, options.verify })
    end)

    it("reads a copy of a file that is in use, or what is asked for", function()
        assert.are.equal("auto", wherry({ "run", "app.db", "dbname=x" }).options.source_mode)
        assert.are.equal("frozen", wherry({ "run", "app.db", "dbname=x", "--source-mode=frozen" }).options.source_mode)
        assert.are.equal(2, wherry({ "run", "app.db", "dbname=x", "--source-mode=live" }).code)
        local dry = wherry { "run", "app.db", "dbname=x", "--dry-run", "--source-mode=copy" }
        assert.are.equal(2, dry.code)
        assert.matches("a dry run reads the file itself", dry.err)
    end)

    it("resumes the last run or a named one", function()
        assert.is_true(wherry({ "run", "--resume", "app.db", "dbname=x" }).options.resume)
        assert.are.equal("7", wherry({ "run", "app.db", "dbname=x", "--resume=7" }).options.resume)
    end)

    for _, argv in ipairs {
        { "run" }, { "run", "a.db", "--source", "b.db" }, { "run", "a.db", "dbname=x", "--target", "dbname=y" },
        { "run", "a.db", "b.db" }, { "run", "a.db", "a.db" }, { "run", "postgresql://h/d" },
        { "run", "postgresql://h/d", "-" }, { "run", "mysql://h/d" }, { "run", "a.db", "mysql://h/d" },
        { "run", "a.db", "postgresql://u:a@b@h/d" }, { "run", "a.db", "full.sql" },
        { "run", "a.db", "out.sql", "--resume" }, { "run", "a.db", "-", "--json" },
        { "run", "a.db", "--resume", "--restart" }, { "run", "a.db", "--validate", "--skip-validation" },
    } do
        it("refuses: " .. table.concat(argv, " "), function()
            local ended = wherry(argv)
            assert.are.equal(2, ended.code)
            assert.is_nil(ended.options)
            assert.is_nil(ended.log.started)
        end)
    end

    it("makes a dump on stdout and puts the summary on stderr", function()
        local ended = wherry({ "run", "app.db", "-" }, { HOME = process.directory "run-spec" })
        assert.are.equal(0, ended.code)
        assert.are.equal("the dump", ended.out)
        assert.matches("counted: ", ended.err)
        assert.are.equal("/bin/pg/pg_dump", ended.log.spawned[1][1])
        assert.are.same({}, ended.databases)
    end)
end)
