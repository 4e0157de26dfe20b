local core = require "wherry.core"
local load_case = require "tests.support.load_case"

local column, fault_of = load_case.column, load_case.fault_of

describe("wherry.core.load, where values or rows do not fit,", function()
    local case, connection

    setup(function()
        case = load_case.start()
        connection = case.connection
    end)
    teardown(function() case:stop() end)
    before_each(function() case:reset() end)

    local function options()
        return case:options()
    end

    local function content()
        return case:content()
    end

    -- Values of column v that are no integers, and what becomes of them.
    local function load_integers(on_bad, change)
        local given = options()
        connection:query "DROP TABLE public.t"
        connection:query "CREATE TABLE public.t (id bigint, v bigint)"
        given.tables[1].columns[2] = column("v", 20, "int8")
        given.tables[1].columns[2].on_bad = on_bad
        if change then
            change(given, given.tables[1])
        end
        return given
    end

    it("does with a bad value what the column says", function()
        core.load(load_integers("null"))
        assert.are.equal("500", connection:query("SELECT count(*) AS n FROM public.t WHERE v IS NULL")[1].n)
        connection:query "UPDATE wherry.slice SET state = 'todo', hi = NULL WHERE lo IS NULL"
        core.load(load_integers({ "empty_null", "reject" }, function(given)
            given.tables[1].read.sql_first = "SELECT id, iif(id % 2, v, ' ') FROM t ORDER BY id"
            given.tables[1].read.sql_after = "SELECT id, iif(id % 2, v, ' ') FROM t WHERE id > ?1 ORDER BY id"
        end))
        assert.are.equal("250", connection:query("SELECT count(*) AS n FROM public.t WHERE v IS NULL")[1].n)
        local row = connection:query([[SELECT count(*) AS n, min(column_name) AS name, max(value) AS value
            FROM wherry.reject]])[1]
        assert.are.same({ n = "250", name = "v", value = '{"class":"text","text":"v99"}' }, row)
    end)

    it("stops when more rows were rejected than may be", function()
        local fault = fault_of(core.load, load_integers("reject", function(given) given.max_bad = 3 end))
        assert.are.same({ "value", "id=200" }, { fault.kind, fault.key })
        assert.matches("^more than 3 rows were rejected: the last one: ", fault.message)
        fault = fault_of(core.load, load_integers("reject", function(given) given.max_bad_percent = 99.5 end))
        assert.matches("^more than 99.5 %% of the rows were rejected: 500 of 500", fault.message)
        assert.are.equal("400", connection:query("SELECT count(*) AS n FROM wherry.reject")[1].n)
    end)

    it("rejects rows that the server refuses where the table says so", function()
        connection:query "ALTER TABLE public.t ADD CHECK (id <> 7)"
        assert.are.equal("server", fault_of(core.load, options()).kind)
        local given = options()
        given.tables[1].rejects = true
        core.load(given)
        assert.are.same({ t = "499", u = "1", todo = "0" }, content())
        assert.are.same({ { sqlstate = "23514", row = '{"id":{"class":"integer","text":"7"},'
            .. '"v":{"class":"text","text":"v7"}}' } }, connection:query "SELECT sqlstate, row FROM wherry.reject")
    end)

    describe("load_rejects", function()
        -- A run that rejected rows 7 and 9 by the server's word, and options to load them once more.
        local function rejected()
            local given = options()
            connection:query "ALTER TABLE public.t ADD CONSTRAINT odd CHECK (id NOT IN (7, 9))"
            given.tables[1].rejects = true
            core.load(given)
            connection:query "ALTER TABLE public.t DROP CONSTRAINT odd"
            given.tables = { given.tables[1] }
            given.rejects = {}
            local rows = connection:query "SELECT id, encode(key, 'hex') AS key FROM wherry.reject ORDER BY id"
            for i, row in ipairs(rows) do
                given.rejects[i] = { id = math.tointeger(row.id), key = (row.key:gsub("..", function(digits)
                    return string.char(tonumber(digits, 16))
                end)) }
            end
            return given
        end

        it("loads what fits by now and tells of the rest", function()
            local given = rejected()
            connection:query "ALTER TABLE public.t ADD CONSTRAINT still CHECK (id <> 9)"
            assert.are.same({ loaded = 1, refused = 1, dropped = 0, gone = {} }, core.load_rejects(given))
            given.tables[1].read.sql_key = "SELECT id, v FROM t WHERE id = ?1 AND id < 9"
            assert.are.same({ loaded = 1, refused = 0, dropped = 0, gone = { given.rejects[2].id } },
                core.load_rejects(given))
            assert.are.same({ { id = "7", v = "v7" } }, connection:query "SELECT * FROM public.t WHERE id IN (7, 9)")
            given.rejects = {}
            assert.are.same({ loaded = 0, refused = 0, dropped = 0, gone = {} }, core.load_rejects(given))
        end)

        it("refuses what names no row", function()
            local given = rejected()
            local function refused(change)
                local good = { tables = given.tables, rejects = given.rejects, sql_key = given.tables[1].read.sql_key }
                change()
                local fault = fault_of(core.load_rejects, given)
                assert.are.equal("usage", type(fault) == "table" and fault.kind, tostring(fault))
                given.tables, given.rejects, given.tables[1].read.sql_key = good.tables, good.rejects, good.sql_key
            end
            refused(function() given.rejects = nil end)
            refused(function() given.rejects = { 1 } end)
            refused(function() given.rejects = { { id = 1 } } end)
            refused(function() given.rejects = { { id = 1, key = "" } } end)
            refused(function() given.rejects = { { id = 0, key = "k" } } end)
            refused(function() given.tables = { given.tables[1], given.tables[1] } end)
            given.tables[1].read.sql_key = nil
            assert.are.equal("usage", fault_of(core.load_rejects, given).kind)
            assert.are.equal("498", content().t)
        end)
    end)

    it("refuses words for bad values that it does not know", function()
        for _, value in ipairs { "maybe", true, 1, { "reject", "strip" }, { 1 }, { "strip", "strip it" }, "" } do
            local given = options()
            given.tables[1].columns[1].on_bad = value
            case:refuses(core.load, given)
        end
    end)
end)
