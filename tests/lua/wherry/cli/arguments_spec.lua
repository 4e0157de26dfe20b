local arguments = require "wherry.cli.arguments"
local cli = require "wherry.cli"

local function read(...)
    return arguments.read(cli.commands, { ... })
end

local function refused(...)
    local ok, fault = pcall(read, ...)
    assert.is_false(ok)
    assert.are.equal("usage", fault.kind)
    return fault
end

describe("arguments.read", function()
    it("finds command and values", function()
        local found = read("run", "app.db", "postgresql://h/d", "--only", "a,b", "--only", "c")
        assert.are.equal("run", found.command.name)
        assert.are.equal("app.db", found.values.source)
        assert.are.equal("postgresql://h/d", found.values.target)
        assert.are.same({ "a", "b", "c" }, arguments.list(found.values.only))
    end)

    it("does not take the file for the run of a bare --resume", function()
        local found = read("run", "--resume", "app.db")
        assert.are.equal("app.db", found.values.source)
        assert.are.equal("", found.values.resume[1])
        assert.are.equal("7", read("run", "app.db", "--resume=7").values.resume[1])
    end)

    it("says how a run is named where the number stands alone", function()
        assert.are.equal("a run's number goes with an equals sign: --resume=7",
            refused("run", "app.db", "dbname=x", "--resume", "7").hint)
        assert.are.equal("wherry help run", refused("run", "app.db", "dbname=x", "7").hint)
    end)

    it("takes --parallel for --jobs", function()
        assert.are.same({ 4, 4 }, { read("run", "app.db", "--parallel=4").values.jobs,
            read("run", "app.db", "--jobs", "4").values.jobs })
    end)

    it("suggests what may have been meant", function()
        assert.matches("Did you mean 'run'", refused("rnu").message)
        assert.matches("Did you mean '%-%-target'", refused("run", "a.db", "--tagret", "x").message)
    end)

    it("refuses what is not there yet, wherever it stands", function()
        for _, option in ipairs { "--reverse" } do
            assert.matches("not there yet", refused("run", "app.db", option).message)
        end
        for _, command in ipairs { "undo" } do
            assert.matches("not there yet", refused(command, "app.db").message)
        end
    end)

    it("gives help anywhere", function()
        assert.matches("Usage: wherry ", read("--help").help)
        assert.matches("Usage: wherry ", read().help)
        assert.matches("Usage: wherry run", read("run", "--help").help)
        assert.matches("Usage: wherry run", read("run", "app.db", "--nonsense", "-h").help)
        assert.matches("Usage: wherry pg", read("pg", "-h").help)
    end)

    it("refuses values of the wrong form", function()
        assert.matches("whole number", refused("run", "a.db", "--batch-size", "0").message)
        assert.matches("duration", refused("run", "a.db", "--retry", "soon").message)
        assert.matches("%-%-jobs: .*whole number from 1 to 256", refused("run", "a.db", "--jobs", "0").message)
        refused("run", "a.db", "--schema", "new")
        refused("run", "a.db", "b", "c")
    end)
end)

describe("arguments.duration", function()
    for text, seconds in pairs { ["60s"] = 60, ["2m"] = 120, ["1h"] = 3600, ["0"] = 0, ["1.5"] = 1.5 } do
        it("of " .. text, function()
            assert.are.equal(seconds, arguments.duration(text))
        end)
    end
end)
