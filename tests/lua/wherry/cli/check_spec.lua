-- The check command: what it hands to the check, what it prints, what it refuses.
local cjson = require "cjson"
local cli = require "wherry.cli"
local stand_in = require "tests.support.private"
local stream = require "tests.support.stream"

local function clean()
    return { status = "clean", exit = 0, sources = {}, objects = {}, findings = {}, problems = {}, unseen = {},
        inexact = {}, defaulted = {}, missed = {}, tables = {}, verdict = { stops = false, rejected = 0, loaded = 0 } }
end

local function wherry(argv, answer)
    local out, err, seen = stream.new(), stream.new(), nil
    local core = stand_in.core { files = {}, home = "/h" }
    local code = cli.main(argv, { stdout = out, stderr = err, core = core, isatty = function() return false end,
        getenv = function(name) return ({ HOME = "/h" })[name] end,
        check = { run = function(options)
            seen = options
            return answer or clean()
        end } })
    return { code = code, out = out:text(), err = err:text(), options = seen }
end

describe("wherry check", function()
    it("hands the check what was chosen", function()
        local options = wherry({ "check", "app.db", "dbname=x", "--only", "a*,b", "--on-bad", "strip,reject",
            "--max-bad", "5%", "--journal", "j", "--no-check" }).options
        assert.same({ "app.db", "dbname=x", { "a*", "b" }, { "strip", "reject" }, "5%", "j", false },
            { options.source, options.target, options.only, options.on_bad, options.max_bad, options.journal,
              options.check })
        assert.is_true(wherry({ "check", "app.db" }).options.check)
        assert.equal("wherry", wherry({ "check", "app.db" }).options.journal)
    end)

    it("is run --dry-run", function()
        local result = wherry { "run", "app.db", "dbname=x", "--dry-run", "--on-bad=reject", "--retry=5s" }
        assert.equal(0, result.code)
        assert.same({ "app.db", "dbname=x", 5 }, { result.options.source, result.options.target, result.options.retry })
        for _, word in ipairs { "--resume", "--restart" } do
            result = wherry { "run", "app.db", "--dry-run", word }
            assert.equal(2, result.code)
            assert.matches("leave out " .. word, result.err, 1, true)
            assert.is_nil(result.options)
        end
    end)

    it("ends with the check's exit code, and says what a run would do", function()
        local result = wherry({ "check", "app.db" })
        assert.matches("clean: a run would load 0 rows of 0 tables; target an empty database. Nothing was written.",
            result.out, 1, true)
        local found = clean()
        found.status, found.exit, found.verdict = "findings", 1, { stops = true, rejected = 0, loaded = 0 }
        result = wherry({ "check", "app.db" }, found)
        assert.equal(1, result.code)
        assert.matches("a run would stop half%-way", result.out)
    end)

    it("tells an error on stderr, and hides passwords", function()
        local failed = clean()
        failed.status, failed.exit = "failed", 3
        failed.error = { kind = "environment", message = "no such file" }
        local result = wherry({ "check", "app.db", "postgresql://u:hunter22@h/db" }, failed)
        assert.equal(3, result.code)
        assert.matches("no such file", result.err)
        assert.is_nil((result.out .. result.err):find("hunter22", 1, true))
    end)

    it("is one document with --json, also on errors", function()
        local document = cjson.decode(wherry({ "check", "app.db", "--json" }).out)
        assert.same({ "check", "clean", false }, { document.command, document.status, document.would.stop })
        document = cjson.decode(wherry({ "check", "--json" }).out)
        assert.same({ "check", "refused", "usage" }, { document.command, document.status, document.error.kind })
        assert.same({}, document.problems)
    end)

    it("refuses what it cannot do", function()
        for _, argv in ipairs {
            { "check" }, { "check", "app.db", "out.sql" }, { "check", "postgresql://h/d" },
            { "check", "app.db", "app.db" }, { "check", "app.db", "--on-bad", "nonsense" },
        } do
            local result = wherry(argv)
            assert.equal(2, result.code, table.concat(argv, " "))
            assert.is_nil(result.options)
        end
    end)
end)
