-- The verify command: what it hands to the verification, what it prints, what it refuses.
local cjson = require "cjson"
local cli = require "wherry.cli"
local stand_in = require "tests.support.private"
local stream = require "tests.support.stream"

local function verified()
    return { command = "verify", status = "verified", exit = 0, sources = {}, objects = {}, findings = {}, checks = {},
        run = 3, target = { url = "postgresql://h/d", origin = "given" }, verification = { state = "none" },
        comparison = { basis = "source", state = "verified", tables = { { table = "public.t", source = { "t" },
            state = "same", rows_source = 3, rows_target = 3 } } } }
end

local function wherry(argv, answer)
    local out, err, seen = stream.new(), stream.new(), nil
    local core = stand_in.core { files = {}, home = "/h" }
    local code = cli.main(argv, { stdout = out, stderr = err, core = core, isatty = function() return false end,
        getenv = function(name) return ({ HOME = "/h", LANG = "C.UTF-8" })[name] end,
        verification = { run = function(options)
            seen = options
            return answer or verified()
        end } })
    return { code = code, out = out:text(), err = err:text(), options = seen }
end

describe("wherry verify", function()
    it("hands the verification what was chosen", function()
        local options = wherry({ "verify", "app.db", "dbname=x", "--only", "a*,b", "--run", "7", "--against", "journal",
            "--journal", "j", "--jobs", "2", "--target-schema", "s" }).options
        assert.same({ "app.db", "dbname=x", { "a*", "b" }, 7, "journal", "j", 2, "s" }, { options.source,
            options.target, options.only, options.run, options.against, options.journal, options.jobs,
            options.target_schema })
        options = wherry({ "verify", "app.db" }).options
        assert.same({ "source", {}, "wherry", 0 }, { options.against, options.only, options.journal, options.retry })
        assert.is_nil(options.run)
    end)

    it("is run --verify-only", function()
        local result = wherry { "run", "app.db", "dbname=x", "--verify-only", "--only=a" }
        assert.equal(0, result.code)
        assert.same({ "app.db", "dbname=x", { "a" }, "source" }, { result.options.source, result.options.target,
            result.options.only, result.options.against })
        assert.is_nil(result.options.run)
        assert.is_true(wherry({ "run", "app.db", "--verify-only", "--detailed" }).options.detailed)
        for _, option in ipairs { "--resume", "--on-bad=reject", "--no-check", "--verify=count", "--batch-size=5" } do
            result = wherry { "run", "app.db", "--verify-only", option }
            assert.equal(2, result.code, option)
            assert.matches(option:match "^%-%-[%l-]+" .. " has no meaning with --verify-only", result.err, 1, true)
        end
        assert.matches("add --verify-only", wherry({ "run", "app.db", "--detailed" }).err, 1, true)
    end)

    it("ends with the verification's exit code, and says it in one sentence", function()
        local result = wherry { "verify", "app.db" }
        assert.equal(0, result.code)
        assert.matches("\nverified: every value of every row is the same on both sides (3 rows, 1 table); target "
            .. "postgresql://h/d (as given); run 3. Nothing was written.\n", result.out, 1, true)
        local found = verified()
        found.status, found.exit, found.comparison.state = "differs", 1, "differs"
        result = wherry({ "verify", "app.db" }, found)
        assert.equal(1, result.code)
        assert.matches("\nDIFFERS: the two sides are not the same", result.out, 1, true)
    end)

    it("answers with one document", function()
        local document = cjson.decode(wherry({ "verify", "app.db", "--json" }).out)
        assert.same({ "verify", "verified", 3 }, { document.command, document.status, document.run })
        assert.same({ table = "public.t", sources = { "t" }, state = "same", rows_source = 3, rows_target = 3,
            note = cjson.null, missing = cjson.null, extra = cjson.null, different = cjson.null, buckets = cjson.null,
            differences = {}, more = 0 }, document.comparison.tables[1])
        document = cjson.decode(wherry({ "verify", "--json" }).out)
        assert.same({ "verify", "refused", "usage" }, { document.command, document.status, document.error.kind })
    end)

    it("refuses what it can't compare", function()
        for _, argv in ipairs { { "verify" }, { "verify", "app.db", "out.sql" }, { "verify", "app.db", "app.db" },
            { "verify", "app.db", "--run", "0" }, { "verify", "app.db", "--against", "copy" } } do
            local result = wherry(argv)
            assert.equal(2, result.code, table.concat(argv, " "))
            assert.is_nil(result.options)
        end
    end)
end)
