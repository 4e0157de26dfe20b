-- The way back from its options to its result.
local engine = require "wherry.back.engine"
local h = require "tests.support.harness"
local ledger = require "wherry.back.ledger"
local Target = require "tests.support.target"

describe("back.engine", function()
    local target, session, conninfo, reports, said
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)
    before_each(function()
        reports, said = {}, {}
        conninfo = target:database()
        session = target:session { conninfo = conninfo }
    end)
    after_each(h.cleanup)

    local function run(more)
        local options = { source = conninfo, path = h.subdirectory "back" .. "/out.db", schema = "public",
            journal = "wherry", only = {}, skip = {}, log = function(_, text) said[#said + 1] = text end,
            progress = function(report) reports[#reports + 1] = report end }
        for name, value in pairs(more or {}) do
            options[name] = value
        end
        return engine.run(options), options.path
    end

    local function listing()
        return h.process.shell("ls -A " .. h.subdirectory "back")
    end

    it("makes the file, tells of each table, and counts both sides", function()
        session:query "CREATE TABLE public.t AS SELECT n, n / 2.0 AS v FROM generate_series(1, 1500) n"
        local result, path = run()
        assert.same({ "verified", 0 }, { result.status, result.exit })
        assert.equal("1500", h.sqlite(path, "SELECT count(*) FROM t;"))
        assert.same({ "t", 1500, 1500 }, { result.sources[1].tables[1].table, result.sources[1].tables[1].total,
            result.targets[1].inserted })
        local last
        for _, report in ipairs(reports) do
            last = not report.phase and report or last
        end
        assert.same({ true, 1500, 1500 }, { last.done, last.rows, last.total })
        assert.same({ path, "given", "public" },
            { result.target.file, result.target.origin, result.sources[1].schema })
        assert.matches("^target: " .. path:gsub("%p", "%%%0"), said[1])
    end)

    it("makes nothing where there are findings", function()
        session:query "CREATE TABLE public.t (x int)"
        local result = run { only = { "typo" } }
        assert.same({ "refused", 4, "unknown_table" }, { result.status, result.exit, result.findings[1].code })
        assert.equal("", listing())
    end)

    it("tells what it can't connect to, and what is there already", function()
        local result = run { source = "host=/nonexistent dbname=x" }
        assert.same({ "failed", 3 }, { result.status, result.exit })
        h.process.write(h.subdirectory "back" .. "/out.db", "mine")
        result = run()
        assert.same({ "failed", 2, "usage" }, { result.status, result.exit, result.error.kind })
        assert.equal("mine", h.process.read(h.subdirectory "back" .. "/out.db"))
    end)

    it("takes a file away that could not be held against PostgreSQL", function()
        session:query "CREATE TABLE public.t (x int)"
        local close = ledger.close
        ledger.close = function() error("broken", 0) end
        local result = run()
        ledger.close = close
        assert.same({ "failed", "internal" }, { result.status, result.error.kind })
        assert.equal("", listing())
        assert.equal("loaded", run { verify = "none" }.status)
    end)

    it("tells a difference of the counts", function()
        session:query "CREATE TABLE public.t (x int)"
        local statements = ledger.count_statements
        ledger.count_statements = function() return { "SELECT 1" } end
        local result = run()
        ledger.count_statements = statements
        assert.same({ "differs", 1, "ledger" }, { result.status, result.exit, result.findings[1].code })
    end)

    it("begins the file anew once for all columns whose declared types would change values", function()
        for _, sql in ipairs { "CREATE TABLE public.t (id int PRIMARY KEY, a numeric(5,0), b numeric(5,0))",
            "INSERT INTO public.t VALUES (1, 1, 2), (2, 'NaN', 3)" } do
            session:query(sql)
        end
        assert.equal("verified", run().status)
        -- integers go into columns that were declared TEXT here, which would make texts of them
        local resolve = require "wherry.back.resolve"
        local real, runs = resolve.run, {}
        resolve.run = function(given, options)
            local resolved = real(given, options)
            runs[#runs + 1] = options.as_they_are
            for _, column in ipairs(resolved.tables[1].columns) do
                if column.name ~= "id" and not (options.as_they_are.t and options.as_they_are.t[column.name]) then
                    column.affinity = "text"
                    resolved.before[1] = resolved.before[1]:gsub("DECIMAL%(5%)", "TEXT", 1)
                end
            end
            return resolved
        end
        h.process.shell("rm " .. h.subdirectory "back" .. "/out.db")
        local result, path = run()
        resolve.run = real
        assert.equal("verified", result.status)
        assert.equal(2, #runs)
        assert.equal("integer|integer", h.sqlite(path, "SELECT typeof(a), typeof(b) FROM t WHERE id = 1;"))
        local notes = 0
        for _, object in ipairs(result.objects) do
            notes = notes + (object.kind == "values" and object.note:find("declared BLOB", 1, true) and 1 or 0)
        end
        assert.equal(2, notes)
    end)
end)
