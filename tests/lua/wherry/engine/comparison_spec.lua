-- A run's look at both sides, as the engine takes it.
local core = require "wherry.core"
local plan = require "wherry.plan"
local run_case = require "tests.support.run_case"

describe("a run's comparison", function()
    local case
    setup(function() case = run_case.start() end)
    teardown(function() case:stop() end)

    local SOURCE = [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
        INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, NULL), (4, ''), (5, 'e')]]

    local function ask(conninfo, sql)
        local connection = core.pg.connect(conninfo, 10)
        local rows = connection:query(sql)
        connection:close()
        return rows
    end

    local function moments(conninfo)
        return ask(conninfo, [[SELECT string_agg(moment || ' ' || rows, ', ' ORDER BY moment) AS v
            FROM wherry.target_digest]])[1].v
    end

    local function lines_of(result)
        local list = {}
        for i, line in ipairs(result.comparison.tables) do
            list[i] = ("%s %s %s %s"):format(line.table, line.state, line.rows_source, line.rows_target)
        end
        return list
    end

    it("is told of as it goes on, and kept in the journal", function()
        local told, conninfo = {}, case.target:database()
        local result = case:run { source = case:source(SOURCE), target = conninfo, progress = function(report)
            told[#told + 1] = report.phase and report.phase .. " " .. report.table or nil
        end }
        assert.same({ "verified", 0 }, { result.status, result.exit })
        assert.same({ "public.t same 5 5" }, lines_of(result))
        assert.same({ "comparing public.t" }, told)
        assert.equal("before 0, loaded 5", moments(conninfo))
        assert.equal("id 20, v 25", ask(conninfo, "SELECT DISTINCT columns FROM wherry.target_digest")[1].columns)
    end)

    it("goes on with the sums of a run that was begun with them, whatever is wanted by now", function()
        local conninfo = case.target:database()
        local given = { plan = plan.with(plan.from_file(case:source(SOURCE)),
            { after_load = { "DROP TABLE public.in_the_way" } }), target = conninfo }
        local stopped = case:run(given)
        assert.same({ 5, "before 0, loaded 5" }, { stopped.exit, moments(conninfo) })
        given.resume = true
        ask(conninfo, "CREATE TABLE public.in_the_way ()")
        given.verify = "none"
        assert.equal("loaded", case:run(given).status)
        given.verify = nil
        local result = case:run(given)
        assert.same({ "verified", { "public.t same 5 5" } }, { result.status, lines_of(result) })
    end)

    it("reads the source again for a run that was begun without", function()
        local conninfo, path = case.target:database(), case:source(SOURCE)
        assert.equal("loaded", case:run({ source = path, target = conninfo, verify = "none" }).status)
        local told = {}
        local result = case:run { source = path, target = conninfo, resume = true, progress = function(report)
            told[report.phase or "loading"] = true
        end }
        assert.same({ "verified", { "public.t same 5 5" } }, { result.status, lines_of(result) })
        assert.is_true(told.reading)
    end)

    it("reads no more than twenty tables again that differ", function()
        local sql, conninfo = {}, case.target:database()
        for i = 1, 22 do
            sql[i] = ("CREATE TABLE t%d(id INTEGER PRIMARY KEY); INSERT INTO t%d VALUES (1)"):format(i, i)
        end
        local path = case:source(table.concat(sql, "; "))
        case:run { source = path, target = conninfo }
        for i = 1, 22 do
            ask(conninfo, ("UPDATE public.t%d SET id = 2"):format(i))
        end
        local result = case:run { source = path, target = conninfo, resume = true }
        local known = 0
        for _, line in ipairs(result.comparison.tables) do
            assert.equal("differs", line.state)
            known = known + (line.missing or 0)
        end
        assert.same({ "differs", 1, 20 }, { result.status, result.exit, known })
    end)
end)
