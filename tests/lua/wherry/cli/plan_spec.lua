-- The plan command: what it hands to the preview, what it prints, what it refuses.
local cjson = require "cjson"
local cli = require "wherry.cli"
local stand_in = require "tests.support.private"
local stream = require "tests.support.stream"

local function wherry(argv, answer, environment)
    local out, err, seen, back = stream.new(), stream.new(), nil, nil
    local core = stand_in.core { files = {}, home = "/h" }
    local code = cli.main(argv, { stdout = out, stderr = err, core = core, isatty = function() return false end,
        getenv = function(name) return (environment or { HOME = "/h" })[name] end,
        preview = { run = function(options, is_back)
            seen, back = options, is_back
            return answer or { status = "planned", exit = 0, sources = {}, objects = {}, findings = {},
                statements = { "CREATE TABLE t(x)" } }
        end } })
    return { code = code, out = out:text(), err = err:text(), options = seen, back = back }
end

describe("wherry plan", function()
    it("hands the preview what was chosen", function()
        local result = wherry { "plan", "app.db", "dbname=x", "--only", "a*,b", "--idiomatic", "--nocase", "citext",
            "--target-schema", "s" }
        assert.equal(0, result.code)
        assert.is_false(result.back)
        assert.same({ "app.db", "dbname=x", { "a*", "b" }, true, "citext", "s" },
            { result.options.source, result.options.target, result.options.only, result.options.idiomatic,
              result.options.nocase, result.options.target_schema })
        assert.is_nil(wherry({ "plan", "app.db" }).options.target)
    end)

    it("prints the statements alone with --sql, everything without", function()
        assert.equal("CREATE TABLE t(x);\n", wherry({ "plan", "app.db", "--sql" }).out)
        assert.matches("^%-%- The tables of", wherry({ "plan", "app.db" }).out)
    end)

    it("looks at a PostgreSQL source, and hides its password", function()
        local result = wherry { "plan", "postgresql://u:hunter22@h/db", "--target-schema", "app" }
        assert.is_true(result.back)
        assert.equal("app", result.options.schema)
        assert.is_nil(result.out:find("hunter22", 1, true))
        assert.matches("postgresql://u:", result.out)
    end)

    it("is one document with --json, also on errors", function()
        local document = cjson.decode(wherry({ "plan", "app.db", "--json" }).out)
        assert.same({ "plan", "planned", "CREATE TABLE t(x)" },
            { document.command, document.status, document.statements[1] })
        document = cjson.decode(wherry({ "plan", "--json" }).out)
        assert.same({ "plan", "refused", "usage" }, { document.command, document.status, document.error.kind })
    end)

    it("ends with the preview's exit code, and says that findings are not in --sql", function()
        local result = wherry({ "plan", "app.db", "--sql" }, { status = "refused", exit = 4, sources = {}, objects = {},
            findings = { { code = "x", reason = "y" } }, statements = {} })
        assert.equal(4, result.code)
        assert.matches("1 finding, listed by wherry plan", result.err)
    end)

    it("refuses what it cannot do", function()
        for _, argv in ipairs { { "plan" }, { "plan", "app.db", "out.sql" }, { "plan", "mysql://h/x" },
            { "plan", "app.db", "--only", "," }, { "plan", "postgresql://h/x", "--idiomatic" },
            { "plan", "postgresql://h/x", "out.sql" }, { "plan", "postgresql://h/x", "--on-bad", "null" },
            { "plan", "app.db", "--nocase", "loud" } } do
            assert.equal(2, wherry(argv).code, table.concat(argv, " "))
        end
    end)
end)
