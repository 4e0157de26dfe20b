-- The forget command: what its words mean, what it hands on.
local cjson = require "cjson"
local cli = require "wherry.cli"
local stand_in = require "tests.support.private"
local stream = require "tests.support.stream"

local function wherry(argv, changes)
    local out, err, seen = stream.new(), stream.new(), nil
    local code = cli.main(argv, { stdout = out, stderr = err, core = stand_in.core { files = {}, home = "/h" },
        isatty = function() return false end, getenv = function(name) return ({ HOME = "/h" })[name] end,
        forget = { run = function(options)
            seen = options
            local result = { command = "forget", status = "done", exit = 0, run = options.run, rejects_gone = 0 }
            for key, value in pairs(changes or {}) do
                result[key] = value
            end
            return result
        end } })
    return { code = code, out = out:text(), err = err:text(), options = seen }
end

describe("wherry forget", function()
    it("wants a run, and says which one is gone", function()
        local result = wherry { "forget", "7", "dbname=x" }
        assert.same({ 0, "run 7 is forgotten\n" }, { result.code, result.out })
        assert.same({ 7, "dbname=x", nil, "wherry" }, { result.options.run, result.options.target,
            result.options.force, result.options.journal })
        assert.is_true(wherry({ "forget", "app.db", "7", "--force" }).options.force)
        assert.equal("run 7 is forgotten, and the row that it rejected\n",
            wherry({ "forget", "7", "dbname=x" }, { rejects_gone = 1 }).out)
        assert.equal("run 7 is forgotten, and the 1,200 rows that it rejected\n",
            wherry({ "forget", "7", "dbname=x" }, { rejects_gone = 1200 }).out)
    end)

    it("refuses what names none, or two", function()
        for _, argv in ipairs { {}, { "dbname=x" }, { "7", "8" }, { "7", "dbname=x", "dbname=y" } } do
            local result = wherry { "forget", table.unpack(argv) }
            assert.equal(2, result.code)
            assert.is_nil(result.options)
        end
    end)

    it("is one document with --json, failures too", function()
        local document = cjson.decode(wherry({ "forget", "7", "dbname=x", "--json" }).out)
        assert.same({ 1, "forget", "done", 7, 0 }, { document.schema, document.command, document.status, document.run,
            document.rejects })
        local changes = { status = "failed", exit = 4, error = { kind = "plan", message = "why" } }
        local result = wherry({ "forget", "7", "dbname=x", "--json" }, changes)
        assert.same({ 4, "why" }, { result.code, cjson.decode(result.out).error.message })
        result = wherry({ "forget", "7", "dbname=x" }, changes)
        assert.same({ 4, "" }, { result.code, result.out })
        assert.matches("why", result.err)
    end)
end)
