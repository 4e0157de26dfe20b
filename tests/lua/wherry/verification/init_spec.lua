-- A verification from its options to its result, against a server: with one that hashes as we do, and with one that
-- does not, whose rows travel.
local options_of = require "wherry.engine.options"
local rows = require "wherry.verification.rows"
local run_case = require "tests.support.run_case"
local server = require "wherry.digest.server"
local verification = require "wherry.verification"
local witness = require "wherry.witness"

describe("a verification", function()
    local case, can_sum
    lazy_setup(function() case = run_case.start() end)
    lazy_teardown(function() case:stop() end)
    before_each(function() can_sum = server.can_sum end)
    after_each(function() server.can_sum = can_sum end)

    local function loaded(sql)
        local source, target = case:source(sql), case.target:database()
        local result = case:run { source = source, target = target, jobs = 1 }
        assert.equal(0, result.exit, result.error and result.error.message)
        return source, target
    end

    local function verify(source, target, more)
        local told = {}
        local options = { source = source, target = target, against = "source", only = {}, jobs = 1,
            getenv = function() end, log = function() end,
            progress = function(report) told[#told + 1] = report.phase end }
        for name, value in pairs(more or {}) do
            options[name] = value
        end
        local result = verification.run(options_of.check(options))
        assert.is_nil(result.error, result.error and result.error.message)
        return result, told
    end

    local function change(target, sql)
        local session = case.target:session { conninfo = target }
        session:query "SET search_path TO public"
        session:query(sql)
        session:close()
    end

    local MANY = [[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
            INSERT INTO t SELECT i, 'v' FROM n;
        CREATE TABLE u(a, b); INSERT INTO u VALUES (1, 'x'), (1, 'x'), (2, NULL);]]

    for _, sums in ipairs { true, false } do
        it("finds what differs where the server " .. (sums and "sums up" or "only sends"), function()
            local source, target = loaded(MANY)
            if not sums then
                server.can_sum = function() return false, "it is another one" end
            end
            for _, against in ipairs { "source", "journal" } do
                local result = verify(source, target, { against = against })
                assert.same({ "verified", 0, "same", "same" }, { result.status, result.exit,
                    result.comparison.tables[1].state, result.comparison.tables[2].state })
            end
            assert.equal("sampled", (verify(source, target, { sample = 30 })).status)
            change(target, "UPDATE t SET v = 'w' WHERE id = 7")
            change(target, "DELETE FROM u WHERE ctid = (SELECT min(ctid) FROM u)")
            for _, against in ipairs { "source", "journal" } do
                local result, told = verify(source, target, { against = against })
                local t, u = table.unpack(result.comparison.tables)
                assert.same({ "differs", 1, "id=7", "differs", 1, 1 }, { result.status, t.different,
                    t.differences[1].key, u.state, u.missing, result.exit })
                assert.same({ "different", "missing" }, { t.differences[1].kind, u.differences[1].kind })
                assert.is_truthy(table.concat(told, " "):find("summing up", 1, true))
            end
        end)
    end

    it("looks at the rows of the first tables that differ, of all with detailed", function()
        local parts = {}
        for i = 1, 22 do
            parts[i] = ("CREATE TABLE t%02d(id INTEGER PRIMARY KEY); INSERT INTO t%02d VALUES (1);"):format(i, i)
        end
        local source, target = loaded(table.concat(parts))
        for i = 1, 22 do
            change(target, ("DELETE FROM t%02d"):format(i))
        end
        local function counted(result)
            local looked, noted = 0, 0
            for _, line in ipairs(result.comparison.tables) do
                assert.equal("differs", line.state)
                looked = looked + (line.missing or 0)
                noted = noted + ((line.note or ""):find("were not looked at", 1, true) and 1 or 0)
            end
            return { looked, noted }
        end
        assert.same({ 20, 2 }, counted((verify(source, target))))
        assert.same({ 22, 0 }, counted((verify(source, target, { detailed = true }))))
    end)

    it("tells each difference to who listens, and keeps the first ones", function()
        local source, target = loaded(MANY)
        change(target, "UPDATE t SET v = 'w'")
        local told = 0
        local result = verify(source, target, { detailed = true, each = function(name, one)
            assert.same({ "public.t", "different" }, { name, one.kind })
            told = told + 1
        end })
        local line = result.comparison.tables[1]
        assert.same({ 100, 100, 20, 80, true }, { told, line.different, #line.differences, line.more, line.told })
    end)

    it("holds as many differences as there is room for where nobody listens, and says so", function()
        local source, target = loaded(MANY:match "^.-;.-;" .. "CREATE TABLE w(id INTEGER PRIMARY KEY, v TEXT);"
            .. " INSERT INTO w SELECT * FROM t;")
        change(target, "UPDATE t SET v = 'w'")
        change(target, "UPDATE w SET v = 'w'")
        local most = rows.MOST
        rows.MOST = 90
        local ok, result = pcall(verify, source, target, { detailed = true })
        rows.MOST = most
        assert(ok, result)
        for index, expected in ipairs { { 100, 30, 70 }, { 100, 20, 80 } } do
            local line = result.comparison.tables[index]
            assert.same(expected, { line.different, #line.differences, line.more })
            assert.matches(("the first %d rows that differ are named here"):format(expected[2]), line.note, 1, true)
        end
    end)

    it("differs where a witness alone does, or the schema", function()
        local source, target = loaded(MANY)
        local compare = witness.compare
        witness.compare = function(...)
            local found = compare(...)
            found.state, found.differences = "differs", { found.list[1] }
            return found
        end
        local ok, result = pcall(verify, source, target)
        witness.compare = compare
        assert(ok, result)
        assert.same({ "differs", 1, "verified" }, { result.status, result.exit, result.comparison.state })
        change(target, "ALTER TABLE t DROP CONSTRAINT t_pkey")
        result = verify(source, target)
        assert.same({ "differs", 1, "verified" }, { result.status, result.exit, result.comparison.state })
    end)

    it("is ended by what it meets, and says so", function()
        local source, target = loaded(MANY)
        local result = verification.run(options_of.check { source = source .. "x", target = target,
            against = "source", only = {}, getenv = function() end })
        assert.same({ "failed", 3, "environment" }, { result.status, result.exit, result.error.kind })
        assert.matches("%-%-against journal compares", result.error.hint)
        result = verification.run(options_of.check { source = source, target = target, against = "source",
            only = {}, run = 9, getenv = function() end })
        assert.same({ "failed", 2, "usage" }, { result.status, result.exit, result.error.kind })
    end)
end)
