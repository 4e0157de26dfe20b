local dump = require "wherry.target.dump"
local process = require "tests.support.process"
local stand_in = require "tests.support.private"

local function fixture(options, result)
    local seen, home = {}, process.directory "dump-spec"
    options.home = home
    local core, log, databases = stand_in.core(options)
    local context = {
        core = function() return core end, getenv = function() return home end,
        engine = function() return { run = function(given)
            seen.target = given.target
            seen.databases = table.concat(databases, " ")
            return result
        end } end,
        console = {
            log = function(_, level, text) log[#log + 1] = level .. " " .. text end,
            raw = function(self, text)
                log.written, self.failed = (log.written or "") .. text, options.full
            end,
        },
    }
    return context, log, databases, seen
end

local function loaded()
    return { exit = 0, target = {}, hints = { "x" } }
end

local function options()
    return { source = "app.db", journal = "wherry" }
end

describe("dump.run", function()
    it("loads a database of its own, dumps it without the journal, and removes it", function()
        local context, log, databases, seen = fixture({ databases = { "app" } }, loaded())
        local result = dump.run(context, options(), "-")
        assert.are.equal("app dump_app_42", seen.databases)
        assert.are.equal("private server", seen.target.origin)
        assert.are.same({ "app" }, databases)
        assert.are.equal("/bin/pg/pg_dump", log.spawned[1][1])
        local words = table.concat(log.spawned[1], " ")
        for _, word in ipairs { '--exclude-schema="wherry"', "--no-owner", "--format=plain", "dbname=dump_app_42" } do
            assert.is_truthy(words:find(word, 1, true))
        end
        assert.are.equal("-", result.target.file)
        assert.are.equal("the dump", log.written)
        assert.are.equal("", process.shell("find " .. log.home .. " -type f"))
    end)

    it("fails when stdout can't be written, and leaves nothing behind", function()
        local context, log, databases = fixture({ full = "No space left on device" }, loaded())
        local ok, fault = pcall(dump.run, context, options(), "-")
        assert.is_false(ok)
        assert.are.equal("environment", fault.kind)
        assert.matches("No space left", fault.message)
        assert.are.equal(0, #databases)
        assert.are.equal("", process.shell("find " .. log.home .. " -type f"))
    end)

    it("writes beside the file and renames", function()
        local file = os.tmpname()
        os.remove(file)
        file = file .. ".dump"
        local context, log = fixture({ files = { ["/tmp/"] = { type = "directory", writable = true } } }, loaded())
        context.core().sys.spawn = function(argv)
            log.spawned[1] = argv
            local beside = argv[#argv]:match "^%-%-file=(.*)$"
            assert(io.open(beside, "w")):close()
            log.beside = beside
            return 0, "", ""
        end
        dump.run(context, options(), file)
        assert.are.equal(file .. ".wherry-42", log.beside)
        assert.is_truthy(table.concat(log.spawned[1], " "):find("--format=custom", 1, true))
        assert.is_nil(io.open(log.beside))
        assert(os.remove(file))
    end)

    it("makes no dump of a load that failed, and says that nothing remains", function()
        local context, log, databases = fixture({}, { exit = 5, error = { kind = "connection" }, hints = { "resume" },
            committed = {}, run = 1 })
        local result = dump.run(context, options(), "-")
        assert.are.equal(3, result.exit)
        assert.are.same({}, result.hints)
        assert.is_nil(result.committed)
        assert.is_nil(result.run)
        assert.are.equal(0, #log.spawned)
        assert.are.equal(0, #databases)
    end)

    it("leaves nothing of a file that pg_dump could not finish", function()
        local file = os.tmpname()
        os.remove(file)
        file = file .. ".sql"
        local context, _, databases = fixture({ files = { ["/tmp/"] = { type = "directory", writable = true } } },
            loaded())
        local beside
        context.core().sys.spawn = function(argv)
            beside = argv[#argv]:match "^%-%-file=(.*)$"
            assert(io.open(beside, "w")):close()
            return 1, "", "disk full"
        end
        local ok, fault = pcall(dump.run, context, options(), file)
        assert.is_false(ok)
        assert.matches("disk full", fault.message)
        assert.is_nil(io.open(beside))
        assert.is_nil(io.open(file))
        assert.are.equal(0, #databases)
    end)

    it("removes the database when pg_dump fails, too", function()
        local context, _, databases = fixture({ status = 1 }, loaded())
        local ok, fault = pcall(dump.run, context, options(), "-")
        assert.is_false(ok)
        assert.are.equal("environment", fault.kind)
        assert.are.equal(0, #databases)
    end)
end)

describe("dump.check", function()
    local core = stand_in.core { files = { ["full.sql"] = { type = "file", size = 1 },
        ["empty.sql"] = { type = "file", size = 0 }, ["d.sql"] = { type = "directory" },
        ["."] = { type = "directory", writable = true }, ["closed/"] = { type = "directory", writable = false } } }

    for file, kind in pairs { ["full.sql"] = "usage", ["d.sql"] = "usage", ["no/x.sql"] = "environment",
        ["closed/x.sql"] = "environment" } do
        it("refuses " .. file, function()
            local ok, fault = pcall(dump.check, core, file)
            assert.is_false(ok)
            assert.are.equal(kind, fault.kind)
        end)
    end

    it("takes new and empty files and stdout", function()
        dump.check(core, "new.sql")
        dump.check(core, "empty.sql")
        dump.check(core, "-")
    end)
end)
