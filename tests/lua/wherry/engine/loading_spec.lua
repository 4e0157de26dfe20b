-- A run's tables through the core: what it is told, and what is told of it.
local core = require "wherry.core"
local load_case = require "tests.support.load_case"
local failure = require "wherry.failure"
local loading = require "wherry.engine.loading"
local Target = require "tests.support.target"

describe("loading.run", function()
    local case, told, before
    setup(function() case = load_case.start() end)
    teardown(function() case:stop() end)
    before_each(function()
        case:reset()
        told, before = {}, {}
    end)

    -- What the engine knows when it comes to the load.
    local function state(options, max_bad)
        local given = case:options()
        given.tables[1].source, given.tables[2].source = "t", "u"
        local all = { retry = 0, step_rows = 200, step_bytes = 1000000,
            log = function() end, progress = function(report) told[#told + 1] = report end }
        for name, value in pairs(options or {}) do
            all[name] = value
        end
        return { options = all, plan = { tables = {} },
            resolved = { tables = given.tables, objects = {}, source = { name = "main" }, max_bad = max_bad },
            source_counts = { t = { total = 510, excluded = 10 }, u = { total = 1, excluded = 0 } },
            counted = true, counts_kept = true, source = case.snapshot, target = { conninfo = case.server.conninfo },
            journal = { schema = "wherry", counts = function() return before end,
                open_objects = function() return {} end }, run = 1,
            session = { hold = function() end } }
    end

    it("loads the tables, and tells of each at its end with the rows that were to travel", function()
        loading.run(state())
        local content = case:content()
        assert.same({ "500", "1", "0" }, { content.t, content.u, content.todo })
        local done = {}
        for _, report in ipairs(told) do
            done[#done + 1] = report.done and ("%s %d of %d, %d of %d"):format(report.table, report.rows, report.total,
                report.index, report.tables) or nil
        end
        assert.same({ "t 500 of 500, 1 of 2", "u 1 of 1, 2 of 2" }, done)
    end)

    it("tells of the source's counts from the moment that they are known, and of no end before", function()
        local real, given = core.load, state()
        finally(function() core.load = real end)
        given.source_counts, given.counted = {}, false
        given.resolved.tables[1].count_sql, given.resolved.tables[2].count_sql = "of t", "of u"
        local numbers = {}
        given.source = { counts = function() return numbers end }
        core.load = function(options)
            local at = { total = 500, lanes = 2, tables = { [2] = 0 }, done = { 1 }, building = {}, builds_done = 0 }
            options.tick(at)
            numbers = { 500 }
            options.tick(at)
            numbers = { 500, 1 }
            return {}, {}
        end
        loading.run(given)
        local seen = {}
        for index, report in ipairs(told) do
            seen[index] = ("%s %d of %s, %s%s"):format(report.table, report.rows, report.total, report.all_total,
                report.done and ", done" or "")
        end
        assert.same({ "u 0 of nil, nil", "t 500 of 500, nil, done", "u 0 of nil, nil", "u 1 of 1, 501, done" }, seen)
    end)

    it("goes by steps of the given size", function()
        local function steps()
            return case.connection:query("SELECT count(*) AS n FROM wherry.slice WHERE source_table = 't'")[1].n
        end
        loading.run(state { step_rows = 200 })
        local large = tonumber(steps())
        case:reset()
        loading.run(state { step_rows = 50 })
        assert.is_true(tonumber(steps()) > large)
    end)

    it("raises what stopped it, and tells of no end then", function()
        case.connection:query "ALTER TABLE public.t ADD CHECK (id <> 300)"
        local fault = Target.fault(loading.run, state())
        assert.equal("23514", fault.sqlstate)
        for _, report in ipairs(told) do
            assert.is_false(report.done)
        end
        assert.equal("200", case:content().t)
    end)

    it("tells of a table while it is loaded", function()
        local real = core.load
        finally(function() core.load = real end)
        core.load = function(options)
            options.tick { total = 20, lanes = 1, tables = { 20 }, done = {}, building = {}, builds_done = 0,
                retry = "lost" }
            return {}, {}
        end
        loading.run(state())
        assert.same({ "t", 20, 500, "lost", false }, { told[1].table, told[1].rows, told[1].total, told[1].retry,
            told[1].done })
    end)

    it("sees to the journal's lock while the lanes work", function()
        local real, clock, now, held = core.load, core.sys.clock, 0, 0
        finally(function() core.load, core.sys.clock = real, clock end)
        core.sys.clock = function() return now end
        core.load = function(options)
            for _ = 1, 40 do
                now = now + 0.25
                options.tick { total = 0, lanes = 1, tables = {}, done = {}, building = {}, builds_done = 0 }
            end
            return {}, {}
        end
        local given = state()
        given.session = { hold = function() held = held + 1 end }
        loading.run(given)
        assert.equal(5, held)
    end)

    it("ends, and says why, when another session has taken the journal's lock", function()
        local real, clock, now, ends = core.load, core.sys.clock, 0, nil
        finally(function() core.load, core.sys.clock = real, clock end)
        core.sys.clock = function() return now end
        core.load = function(options)
            for _ = 1, 40 do
                now = now + 0.25
                ends = options.tick { total = 0, lanes = 1, tables = {}, done = {}, building = {}, builds_done = 0 }
                if ends then
                    failure.raise("environment", "the load was ended from outside")
                end
            end
            return {}, {}
        end
        local given, looks = state(), 0
        given.session = { hold = function()
            looks = looks + 1
            return looks == 3 and { pid = "4711", client = "local" } or nil
        end, connection = { query = function() error "a query may fail" end } }
        local ok, fault = pcall(loading.run, given)
        assert.is_false(ok)
        assert.equal("environment", fault.kind)
        assert.matches("the journal's lock was lost .* is another session's now %(server process 4711%)", fault.message)
        assert.equal(6, now)
        assert.equal(3, looks)
    end)

    it("says once that a lane tries again, and once more when it begins to anew", function()
        local real, said = core.load, {}
        finally(function() core.load = real end)
        core.load = function(options)
            for _, retry in ipairs { "lost", "lost", false, "lost", "gone" } do
                options.tick { total = 20, lanes = 1, tables = { 20 }, done = {}, building = {}, builds_done = 0,
                    retry = retry or nil }
            end
            return {}, {}
        end
        loading.run(state { log = function(level, text) said[#said + 1] = level .. " " .. text end })
        assert.same({ "warning a lane: lost; trying again", "warning a lane: lost; trying again",
            "warning a lane: gone; trying again" }, said)
    end)

    it("analyzes the tables beside the load, and says which it could", function()
        local given = state()
        given.resolved.tables[2].target_sql = "public.u, public.nothing"
        assert.same({ ["public.t"] = true }, loading.run(given))
        local seen = case.connection:query "SELECT reltuples AS n FROM pg_class WHERE oid = 'public.t'::regclass"
        assert.equal("500", seen[1].n)
    end)

    it("counts what earlier attempts have loaded", function()
        local real = core.load
        finally(function() core.load = real end)
        core.load = function(options)
            options.tick { total = 20, lanes = 1, tables = { 20 }, done = {}, building = {}, builds_done = 0 }
            return {}, {}
        end
        before = { t = { read = 300 } }
        loading.run(state())
        assert.same({ 320, 500, 20, 300, 501 }, { told[1].rows, told[1].total, told[1].all_rows, told[1].all_before,
            told[1].all_total })
    end)

    it("lets as many rows be rejected as the command says, else the plan", function()
        local real, given = core.load, nil
        finally(function() core.load = real end)
        core.load = function(options)
            given = options
            return {}, {}
        end
        local function limits(option, of_plan)
            loading.run(state({ max_bad = option }, of_plan))
            return { given.max_bad or "none", given.max_bad_percent or "none" }
        end
        assert.same({ "none", "none" }, limits())
        assert.same({ 7, "none" }, limits(nil, "7"))
        assert.same({ "none", 2.5 }, limits("2.5%", "7"))
    end)
end)
