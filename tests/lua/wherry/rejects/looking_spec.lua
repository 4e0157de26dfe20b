-- wherry rejects list and show as values: which rows, and that nothing is raised or written.
local looking = require "wherry.rejects.looking"
local run_case = require "tests.support.run_case"

describe("looking.run", function()
    local case, source, conninfo
    setup(function()
        case = run_case.start()
        source = case:source [[CREATE TABLE t(id INTEGER PRIMARY KEY, v); CREATE TABLE u(id INTEGER PRIMARY KEY, v);
            INSERT INTO t VALUES (1, 1), (2, 'two'), (3, 'three'), (4, 'four'); INSERT INTO u VALUES (7, 'seven')]]
        conninfo = case.target:database()
        local session = case.target:session { conninfo = conninfo }
        session:query "CREATE TABLE public.t (id int PRIMARY KEY, v int)"
        session:query "CREATE TABLE public.u (id int PRIMARY KEY, v int)"
        local result = case:run { source = source, target = conninfo, on_bad = { "reject" } }
        assert(result.exit == 1, result.error and result.error.message)
    end)
    teardown(function() case:stop() end)

    local function look(action, changes)
        local options = case.options { action = action, target = conninfo }
        for name, value in pairs(changes or {}) do
            options[name] = value
        end
        return looking.run(options)
    end

    local function keys(result)
        local list = {}
        for i, row in ipairs(result.rows) do
            list[i] = row.source_table .. " " .. row.key_text
        end
        table.sort(list)
        return list
    end

    it("lists groups and counts", function()
        local result = look("list", { source = source })
        assert.same({ "rejects", "list", "differs", 0, 1 },
            { result.command, result.action, result.status, result.exit, result.run })
        assert.same({ t = 3, u = 1 }, result.open)
        assert.same({ "t", 3, "u", 1 }, { result.rejects[1].table, result.rejects[1].count, result.rejects[2].table,
            result.rejects[2].count })
        assert.same({}, result.rows)
    end)

    it("shows rows one by one, of one table, and no more than are asked for", function()
        local result = look "show"
        assert.same({ "t id=2", "t id=3", "t id=4", "u id=7" }, keys(result))
        assert.same({}, result.rejects)
        assert.same({ "u id=7" }, keys(look("show", { table = "u" })))
        assert.equal(2, #look("show", { limit = 2 }).rows)
        assert.same({ "t id=2" }, keys(look("show", { table = "t", limit = 1 })))
    end)

    it("says that the run loads no such table", function()
        local result = look("show", { table = "nothing" })
        assert.same({ "failed", 2, "run 1 loads no table nothing" },
            { result.status, result.exit, result.error.message })
        assert.same({}, result.rows)
    end)

    it("is content where there are none, in a journal of the version before as well", function()
        local file, fresh = case:source "CREATE TABLE t(v); INSERT INTO t VALUES (1)", case.target:database()
        case:run { source = file, target = fresh }
        for _, prepare in ipairs { "SELECT 1", "DROP TABLE wherry.reject" } do
            case.target:session({ conninfo = fresh }):query(prepare)
            for _, action in ipairs { "list", "show" } do
                local result = look(action, { target = fresh })
                assert.same({ "counted", 0, {}, {} }, { result.status, result.exit, result.open, result.rows })
            end
        end
    end)

    it("is a failure, not an error, where there is no server", function()
        local result = look("list", { target = "host=/nowhere user=u dbname=d" })
        assert.same({ "failed", 3, "connection" }, { result.status, result.exit, result.error.kind })
    end)
end)
