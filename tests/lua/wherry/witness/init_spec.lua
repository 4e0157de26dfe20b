-- The witness: what it computes of all kinds of columns is the same after a run, and is not when a value is another one.
local run_case = require "tests.support.run_case"
local witnessed = require "tests.support.witnessed"

describe("witness", function()
    local case
    setup(function() case = run_case.start() end)
    teardown(function() case:stop() end)

    -- Values in each form that a column takes, by the type of the target.
    local SOURCE = [[CREATE TABLE t(id INTEGER PRIMARY KEY, small, large INTEGER, price, ratio REAL, single REAL, weight,
        name TEXT, code, padded TEXT, data BLOB, flag, key, guid, doc TEXT, plain TEXT, day TEXT, at TEXT, naive TEXT,
        local TEXT, clock TEXT, zoned TEXT, unix, unix_ms, unix_us, unix_ns, julian REAL, ticks, apple, webkit, go TEXT,
        pause, tags TEXT);
        INSERT INTO t VALUES (1, 1, 9223372036854775807, '12.30', 0.1, 0.1, 1e200, 'é€x', 12, 'ab', x'0001ff', 1,
            'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', x'a0eebc999c0b4ef8bb6d6bb9bd380a11', '{"b": 1}', '{"b": 1}',
            '2024-02-29', '2024-02-29 10:11:12.999999+05:30', '2024-02-29 10:11', '2024-02-29T10:11:12', '23:59:59.9',
            '10:00:00+02', 1700000000, 1700000000999, -1, 1700000000999999000, 2460310.500011574, 638400000000000010,
            0.9999999, 13300000000000000, '2024-02-29 10:11:12.112233 +0330 +0330 m=+8463.7', 90061, '["a","b"]');
        INSERT INTO t VALUES (2, '-7', 9223372036854775807, 12, -5, 0, '-0.1', '', 'x', '  ', 'text', 'TRUE',
            '{a0eebc999c0b4ef8bb6d6bb9bd380a12}', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '[]', '"x"',
            '0001-01-01', '1969-12-31T23:59:59.5Z', '9999-12-31 23:59:59', '1970-01-01 00:00:00-0800', '24:00:00',
            '10:00:00Z', -1.5, '-1', 1.0, 0, 2440587.5, 621355968000000000, '-978307201.25', 11644473600000000,
            '1969-12-31 23:59:59 +0000 UTC', -1, '[]');
        INSERT INTO t VALUES (3, 5.0, -9223372036854775807 - 1, 0.5, 9e307, -2.5, 7, 'abc', NULL, NULL, NULL, 'off',
            NULL, NULL, NULL, NULL, NULL, '2024-03-01', '2024-03-01 00:00:00', '2024-03-01 01:00:00+01:00:30', '00:00',
            '00:00-03:30', 1700000000.9999998, 1700000000.25, '7', '-1500000000', 1721425.5, 0, 1, 0,
            '0001-01-01 00:00:00 +0000 UTC', 86400, NULL);
        INSERT INTO t(id) VALUES (4);]]
    local TARGET = [[CREATE TABLE public.t(id bigint PRIMARY KEY, small smallint, large bigint, price numeric(10,2),
        ratio double precision, single real, weight numeric, name text, code varchar(10), padded char(5), data bytea,
        flag boolean, key uuid, guid uuid, doc jsonb, plain json, day date, at timestamptz, naive timestamptz,
        local timestamp, clock time, zoned timetz, unix timestamptz, unix_ms timestamptz, unix_us timestamptz,
        unix_ns timestamptz, julian timestamp, ticks timestamptz, apple timestamptz, webkit timestamptz, go timestamptz,
        pause interval, tags text[])]]
    local COLUMNS = [[zone = "+02:00", columns = { unix = { stored = "unix" }, unix_ms = { stored = "unix_ms" },
        unix_us = { stored = "unix_us" }, unix_ns = { stored = "unix_ns" }, julian = { stored = "julian" },
        ticks = { stored = "ticks" }, apple = { stored = "core_data" }, webkit = { stored = "webkit" },
        go = { stored = "go" }, pause = { stored = "s" } },]]

    local function script(file, more)
        local path = ("%s/%d.lua"):format(case.place, case.count)
        local handle = assert(io.open(path, "w"))
        handle:write(([[local w = require "wherry"
            return w.plan { from = w.sqlite %q, %s }]]):format(file, more or ""))
        handle:close()
        return path
    end

    local function query(conninfo, sql)
        local session = witnessed.session(conninfo)
        session:query(sql)
        session:close()
    end

    local function loaded(source, target, more)
        local file, conninfo = case:source(source), case.target:database()
        query(conninfo, target)
        local result = case:run { source = script(file, more), target = conninfo }
        return conninfo, file, result
    end

    local function texts(list)
        local found = {}
        for i, one in ipairs(list) do
            found[i] = ("%s %s %s: %s, %s"):format(one.table, one.column or "-", one.what or one.why, one.sqlite, one.pg)
        end
        return found
    end

    -- What the sides compute of a column: count, min, max, sum.
    local function of(result, column)
        local found = {}
        for _, one in ipairs(result.list) do
            if one.column == column then
                found[#found + 1] = one.sqlite
            end
        end
        return table.concat(found, " ")
    end

    it("says the same of values in all forms, and what they are", function()
        local conninfo, file, run = loaded(SOURCE, TARGET, COLUMNS)
        assert.equal(0, run.exit, require "wherry.json".encode(run.error or {}))
        local result = witnessed.compare(conninfo, file)
        assert.same({}, texts(result.differences))
        assert.same({}, result.left_out)
        assert.same({ "same", 1, 33 }, { result.state, result.tables, result.columns })
        for column, expected in pairs {
            small = "3 -7 5 -1", large = "3 -9223372036854775808 9223372036854775807 9223372036854775806",
            price = "3 50 1230 2480", ratio = "3 -5 9.0000000000000005e+307", single = "3 -2.5 0.10000000000000001",
            name = "3 0 3 6", code = "2 1 2 3", padded = "2 0 2 2", data = "2 3 4 7", flag = "3 2",
            key = "2 a0eebc999c0b4ef8bb6d6bb9bd380a11 a0eebc999c0b4ef8bb6d6bb9bd380a12", doc = "2",
            plain = "2 3 8 11", day = "2 -62135596800 1709164800 -60426432000",
            at = "3 -1 1709244000 3418425671", naive = "3 1709194260 253402293599 256820731859",
            ["local"] = "3 28800 1709251170 3418481442",
            clock = "3 0 86400 172799", zoned = "3 12600 36000 77400", unix = "3 -2 1700000001 3399999999",
            unix_ms = "3 -1 1700000000 1701699999", unix_us = "3 -1 0 -1", unix_ns = "3 -2 1700000000 1699999998",
            julian = "3 -62135596800 1704067201 -60431529599", ticks = "3 -62135596800 1704403200 -60431193600",
            apple = "3 -2 978307201 1956614400", webkit = "3 -11644473600 1655526400 -9988947200",
            go = "3 -62135596800 1709188872 -60426407929", pause = "3 -1 90061 176460", tags = "2",
        } do
            assert.equal(expected, of(result, column), column)
        end
    end)

    it("says what is another value, and of which column", function()
        local conninfo, file = loaded(SOURCE, TARGET, COLUMNS)
        query(conninfo, "CREATE TABLE public.kept AS TABLE public.t")
        for _, case_of in ipairs {
            { "UPDATE public.t SET large = large - 1 WHERE id = 1", "large sum" },
            { "UPDATE public.t SET at = at + interval '1 hour'", "at min, at max, at sum" },
            { "UPDATE public.t SET local = local - interval '1 second' WHERE id = 2", "local min, local sum" },
            { "UPDATE public.t SET at = 'infinity' WHERE id = 3", "at read, at max, at sum" },
            { "UPDATE public.t SET price = price + 0.01 WHERE id = 2", "price sum" },
            { "UPDATE public.t SET price = 'NaN' WHERE id = 2", "price read, price sum" },
            { "UPDATE public.t SET ratio = -5.000000000000001 WHERE id = 2", "ratio min" },
            { "UPDATE public.t SET weight = 1e200 + 1e186 WHERE id = 1", "weight max" },
            { "UPDATE public.t SET name = name || ' ' WHERE id = 2", "name min, name sum" },
            { "UPDATE public.t SET name = NULL WHERE id = 2", "name count, name read, name min" },
            { "UPDATE public.t SET flag = NOT flag", "flag sum" },
            { "UPDATE public.t SET key = gen_random_uuid() WHERE id = 1", "key min" },
            { "UPDATE public.t SET doc = NULL WHERE id = 2", "doc count" },
            { "UPDATE public.t SET data = data || '\\x00' WHERE id = 1", "data min, data sum" },
            { "UPDATE public.t SET zoned = '10:00+03' WHERE id = 1", "zoned sum" },
            { "UPDATE public.t SET day = day + 1 WHERE id = 1", "day max, day sum" },
            { "DELETE FROM public.t WHERE id = 4", "- rows, id count, id read, id max, id sum" },
        } do
            query(conninfo, case_of[1])
            local list = {}
            for _, one in ipairs(witnessed.compare(conninfo, file).differences) do
                list[#list + 1] = (one.column or "-") .. " " .. one.what
            end
            assert.equal(case_of[2], table.concat(list, ", "), case_of[1])
            query(conninfo, "TRUNCATE public.t")
            query(conninfo, "INSERT INTO public.t SELECT * FROM public.kept")
        end
    end)
end)
