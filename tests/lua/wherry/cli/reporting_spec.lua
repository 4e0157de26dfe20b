-- --report of the commands: before anything is done, and whatever has become of it.
local cli = require "wherry.cli"
local core = require "wherry.core"
local failure = require "wherry.failure"
local make = require "tests.support.result"
local process = require "tests.support.process"
local restored = require "wherry.report.restored"
local stream = require "tests.support.stream"

describe("--report", function()
    local place

    before_each(function() place = core.sys.temp "wherry-test-" end)
    after_each(function() core.sys.remove_tree(place) end)

    -- Runs a command line whose engine gives what `work` gives.
    local function wherry(argv, work)
        local out, err, seen = stream.new(), stream.new(), nil
        local code = cli.main(argv, { stdout = out, stderr = err, isatty = function() return false end,
            getenv = function() return nil end,
            engine = { run = function(options)
                seen = options
                return work(options)
            end } })
        return { code = code, out = out:text(), err = err:text(), options = seen }
    end

    local function document()
        return restored.document(process.read(place .. "/r/report.json"))
    end

    it("writes what the engine gives, beside the answer", function()
        local ended = wherry({ "run", "app.db", "postgresql://u:secret99@h/d", "--report", place .. "/r" }, function()
            return make()
        end)
        assert.equal(0, ended.code, ended.err)
        assert.truthy(ended.err:find("report: " .. place .. "/r/report.html", 1, true), ended.err)
        local about = document().report
        assert.equal("wherry run app.db postgresql://u:****@h/d --report " .. place .. "/r", about.command)
        assert.truthy(about.started)
        assert.is_nil(process.read(place .. "/r/report.json"):find("secret99", 1, true))
        assert.truthy(ended.out:find("counted: every row is accounted for", 1, true))
    end)

    it("is known to the engine before anything is written, with what must not be told", function()
        local ended = wherry({ "run", "app.db", "postgresql://u:secret99@h/d", "--report", place .. "/r" },
            function(options)
                assert.equal("directory", core.sys.stat(place .. "/r").type)
                assert.equal("", process.shell("ls -A " .. place .. "/r"))
                return make { facts = { command = "its own", secrets = options.secrets } }
            end)
        assert.equal(place .. "/r", ended.options.report)
        assert.same({ "secret99" }, ended.options.secrets)
        assert.equal("its own", document().report.command)
    end)

    it("is written where a command ends with an error that nobody has caught", function()
        local ended = wherry({ "run", "app.db", "postgresql://h/d", "--report", place .. "/r", "--json" }, function()
            failure.raise("environment", "the disk is full", "make room")
        end)
        assert.equal(5, ended.code)
        assert.same({ "failed", "the disk is full" }, { document().status, document().error.message })
        assert.truthy(ended.out:find("the disk is full", 1, true))
    end)

    it("refuses a folder before the engine is asked", function()
        process.write(place .. "/r", "")
        local ended = wherry({ "run", "app.db", "postgresql://h/d", "--report", place .. "/r" }, make)
        assert.equal(3, ended.code)
        assert.is_nil(ended.options)
        assert.equal(2, wherry({ "run", "app.db", "postgresql://h/d", "--report=" }, make).code)
    end)

    it("makes the exit code 3 of a run that is fine but for it, and no other", function()
        process.shell(("mkdir -p %s/r/report.json/x"):format(place))
        local argv = { "run", "app.db", "postgresql://h/d", "--json", "--report", place .. "/r" }
        local ended = wherry(argv, function() return make() end)
        assert.equal(3, ended.code)
        assert.equal("report", restored.document(ended.out).findings[1].code)
        assert.equal(1, wherry(argv, function() return make { exit = 1, status = "differs", findings = {} } end).code)
    end)
end)
