-- The status command: what its words mean, what it hands on, what it shows where.
local cjson = require "cjson"
local cli = require "wherry.cli"
local stand_in = require "tests.support.private"
local stream = require "tests.support.stream"

local RUN = { id = 3, state = "done", status = "counted", accepted = {}, lanes = 0, sessions = 0, started = 0,
    finished = 1, seconds = 1, read = 5, rejects = 0, objects = {}, tables = {},
    command = "wherry run postgresql://u:geheim7@h/d" }

local function wherry(argv, changes, tty)
    local out, err, seen = stream.new(), stream.new(), nil
    local function run(options)
        seen = options
        for _, shown in ipairs(changes and changes.shows or {}) do
            options.show(shown)
        end
        if changes and changes.says then
            options.log("info", changes.says)
            options.show(RUN)
        end
        local result = { command = "status", status = "done", exit = 0, runs = { RUN }, journal = "wherry" }
        for key, value in pairs(changes or {}) do
            result[key] = value
        end
        return result
    end
    local code = cli.main(argv, { stdout = out, stderr = err, core = stand_in.core { files = {}, home = "/h" },
        isatty = function(fd) return tty == fd end, getenv = function(name) return ({ HOME = "/h" })[name] end,
        status = { run = run } })
    return { code = code, out = out:text(), err = err:text(), options = seen }
end

describe("wherry status", function()
    it("tells source, target and run apart, in any order", function()
        for _, argv in ipairs { { "app.db", "dbname=x", "7" }, { "7", "postgresql:///x", "app.db" } } do
            local result = wherry { "status", table.unpack(argv) }
            assert.equal(0, result.code, result.err)
            assert.same({ "app.db", 7, "wherry", 60, 20 }, { result.options.source, result.options.run,
                result.options.journal, result.options.retry, result.options.limit })
            assert.matches("x$", result.options.target)
            assert.is_nil(result.options.watch)
        end
        local options = wherry({ "status", "--watch", "--all", "--journal=j", "--retry=1s", "--target=dbname=x" })
            .options
        assert.same({ true, nil, "j", 1, "dbname=x" }, { options.watch, options.limit, options.journal, options.retry,
            options.target })
        assert.is_nil(wherry({ "status", "--json" }).options.limit)
    end)

    it("refuses what says nothing, or two things", function()
        for _, argv in ipairs { { "7", "8" }, { "a.db", "b.db" }, { "dbname=x", "--target", "dbname=y" },
            { "99999999999999999999" }, { "--target", "out.sql" }, { "--retry=soon" }, { "--watch=5" } } do
            local result = wherry { "status", table.unpack(argv) }
            assert.equal(2, result.code, table.concat(argv, " "))
            assert.is_nil(result.options)
        end
    end)

    it("shows blocks, and one document with --json, without passwords", function()
        local result = wherry { "status", "dbname=x" }
        assert.matches("^run 3 is done: every row is accounted for\n", result.out)
        assert.matches("postgresql://u:%*%*%*%*@h/d", result.out)
        local document = cjson.decode(wherry({ "status", "dbname=x", "--json" }).out)
        assert.same({ "status", "done", 3, "wherry run postgresql://u:****@h/d" }, { document.command, document.status,
            document.runs[1].run, document.runs[1].command })
    end)

    it("shows a watch as it goes, and its code is that of the run", function()
        local running = {}
        for name, value in pairs(RUN) do
            running[name] = value
        end
        running.state, running.phase = "running", "loading"
        local shows = { running, running }
        local result = wherry({ "status", "--watch" }, { shows = shows, exit = 5 })
        assert.equal(5, result.code)
        assert.matches("^run 3 is running: loads rows, 5 rows\nrun 3 is done", result.out)
        result = wherry({ "status", "--watch" }, { shows = shows }, 1)
        assert.equal(2, select(2, result.out:gsub("\27%[%?7l", "")))
        assert.matches("A\r\27%[Jrun 3 is done[^\27]*$", result.out:gsub("\27%[%d*m", ""))
        result = wherry({ "status", "--watch", "--json" }, { shows = shows }, 1)
        assert.is_nil(result.out:find("\27", 1, true))
        assert.equal(1, select(2, result.out:gsub("\n", "")))
    end)

    it("tells what went wrong, and leaves there what was drawn", function()
        local result = wherry({ "status", "--watch" }, { shows = { RUN }, says = "trying again", runs = {}, exit = 130,
            status = "interrupted", error = { kind = "interrupted", message = "interrupted by a signal" } }, 1)
        assert.equal(130, result.code)
        assert.matches("trying again", result.err)
        assert.matches("interrupted by a signal", result.err)
        assert.equal(2, select(2, result.out:gsub("run 3 is done", "")))
        assert.is_nil(result.out:find "\27%[%d+A") -- the second below what was said
        local document = cjson.decode(wherry({ "status", "--json" }, { runs = {}, exit = 2, status = "failed",
            error = { kind = "usage", message = "why" } }).out)
        assert.same({ "failed", "why" }, { document.status, document.error.message })
    end)
end)
