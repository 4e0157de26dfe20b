-- The witness: what it computes of all kinds of columns is the same after a run, and is not when a value is another.
local run_case = require "tests.support.run_case"
local witnessed = require "tests.support.witnessed"

describe("witness", function()
    local case
    setup(function() case = run_case.start() end)
    teardown(function() case:stop() end)

    -- Values in each form that a column takes, by the type of the target.
    local SOURCE = [[CREATE TABLE t(id INTEGER PRIMARY KEY, small, large INTEGER, price, ratio REAL, single REAL,
        weight, name TEXT, code, padded TEXT, data BLOB, flag, key, guid, doc TEXT, plain TEXT, day TEXT, at TEXT,
        naive TEXT, local TEXT, clock TEXT, zoned TEXT, unix, unix_ms, unix_us, unix_ns, julian REAL, ticks, apple,
        webkit, go TEXT, pause, tags TEXT);
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
        for statement in sql:gmatch "[^;]+" do
            session:query(statement)
        end
        session:close()
    end

    local function loaded(source, target, more)
        local file, conninfo = case:source(source), case.target:database()
        query(conninfo, target)
        local result = case:run { source = script(file, more), target = conninfo }
        assert.same({}, result.exit > 1 and { result.error, result.findings } or {})
        return conninfo, file
    end

    local function texts(list)
        local found = {}
        for i, one in ipairs(list) do
            found[i] = ("%s %s %s: %s, %s"):format(one.table, one.column or "-", one.what, one.sqlite, one.pg)
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
        local conninfo, file = loaded(SOURCE, TARGET, COLUMNS)
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
            { "UPDATE public.t SET key = '00000000-0000-0000-0000-000000000000' WHERE id = 1", "key min" },
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

    -- What is left out: "column: why", the table as "-".
    local function left_out(result)
        local list = {}
        for i, one in ipairs(result.left_out) do
            list[i] = ("%s: %s"):format(one.column or "-", one.why)
        end
        return table.concat(list, "; ")
    end

    -- Of a run by a script: what is left out, and nothing else is said.
    local function fair(source, target, more, changes)
        local conninfo, file = loaded(source, target, more)
        local result = witnessed.compare(conninfo, file, changes)
        assert.same({}, texts(result.differences))
        return left_out(result), result
    end

    local SMALL = [[CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, n INTEGER);
        INSERT INTO t VALUES (1, 'x', 1), (2, NULL, 2), (3, 'zz', NULL);]]
    local SMALL_TARGET = "CREATE TABLE public.t(id bigint PRIMARY KEY, a text DEFAULT 'four', n int DEFAULT 7)"

    it("knows what the plan leaves out, and what it computes", function()
        local why, result = fair(SMALL, SMALL_TARGET, [[tables = { t = { where = "id <> 3 -- the last\n",
            columns = { a = w.sql "upper(a)", n = w.sql "n + random() % 2" } } } ]])
        assert.equal("n: what fills it gives another value each time", why)
        assert.equal("2 2", result.list[1].sqlite .. " " .. result.list[1].pg)
        assert.equal("-: its condition gives other rows each time", (fair(SMALL, SMALL_TARGET,
            [[tables = { t = { where = "id < cast(strftime('%s', 'now') as integer)" } } ]])))
    end)

    it("takes the default where the source has NULL", function()
        local why, result = fair(SMALL, SMALL_TARGET, [[columns = { ["*"] = { on_null = "default" } } ]])
        assert.equal("", why)
        assert.equal("3 1 4 7", of(result, "a"))
        assert.equal("3 1 7 10", of(result, "n"))
        why, result = fair([[CREATE TABLE t(id INTEGER PRIMARY KEY, doc TEXT, at TEXT, b BLOB, on_time TEXT);
            INSERT INTO t VALUES (1, NULL, NULL, NULL, NULL), (2, '[]', '2024-01-01', x'00', '10:00')]],
            "CREATE TABLE public.t(id bigint PRIMARY KEY, doc jsonb DEFAULT '{}', at timestamptz DEFAULT '2024-01-01 "
            .. "02:00+02', b bytea DEFAULT '\\x0000', on_time time DEFAULT '12:00')",
            [[columns = { ["*"] = { on_null = "default" } } ]])
        assert.equal("", why)
        assert.same({ "2", "2 1704067200 1704067200 3408134400", "2", "2 36000 43200 79200" },
            { of(result, "doc"), of(result, "at"), of(result, "b"), of(result, "on_time") })
    end)

    it("leaves out what functions of the script make, and takes what they have left as it was", function()
        assert.equal("-: its rows are made by a function of the script (row)", (fair(SMALL, SMALL_TARGET,
            [[tables = { t = { row = function(old, new) new.n = 9 end } } ]])))
        local MAP = [[tables = { t = { columns = { a = { from = "a", map = function(v) return v and v %s end } } } } ]]
        assert.equal("a: its map has changed values", (fair(SMALL, SMALL_TARGET, MAP:format '.. "!"')))
        assert.equal("", (fair(SMALL, SMALL_TARGET, MAP:format "")))
        assert.equal("a: the script changes its values (map)", (fair(SMALL, SMALL_TARGET, MAP:format "",
            { columns = false })))
    end)

    it("leaves out what values that do not fit became, where there were any", function()
        local MENDED = [[columns = { a = { on_bad = "null" }, n = { on_bad = "null" } } ]]
        assert.equal("a: values that did not fit were changed (on_bad)", (fair(SMALL,
            "CREATE TABLE public.t(id bigint PRIMARY KEY, a varchar(1), n int)", MENDED)))
        assert.equal("a: values that do not fit may have been changed (on_bad); "
            .. "n: values that do not fit may have been changed (on_bad)", (fair(SMALL, SMALL_TARGET, MENDED,
            { columns = false })))
    end)

    it("leaves rows out that were rejected, by their keys", function()
        local NARROW = "CREATE TABLE public.t(id bigint PRIMARY KEY, a varchar(1), n int)"
        local why, result = fair(SMALL, NARROW, [[on_bad = "reject", tables = { t = { where = "id > 0 -- all" } } ]])
        assert.equal("", why)
        assert.equal("1 1 1 1", of(result, "a"))
        assert.equal("-: 1 row rejected, and the source has them still", (fair(SMALL, NARROW, [[on_bad = "reject"]],
            { rejected = false })))
        assert.equal("", (fair([[CREATE TABLE t(x TEXT, y BLOB, z REAL, a TEXT, PRIMARY KEY (x, y, z)) WITHOUT ROWID;
            INSERT INTO t VALUES ('it''s', x'00ff', 0.1, 'long'), ('b', x'', -5, 'long'), ('c', 'text', 2, 'x')]],
            "CREATE TABLE public.t(x text, y bytea, z float8, a varchar(1))", [[on_bad = "reject"]])))
        assert.equal("-: 201 rows rejected, and the source has them still", (fair([[CREATE TABLE t(id INTEGER
            PRIMARY KEY, a TEXT); WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 202)
            INSERT INTO t SELECT i, CASE WHEN i > 1 THEN 'long' END FROM s]],
            "CREATE TABLE public.t(id int, a varchar(1))", [[on_bad = "reject"]])))
    end)

    it("moves keys by an offset as the plan does, and leaves out those that others stand for", function()
        local KEYS = [[CREATE TABLE p(id INTEGER PRIMARY KEY, name TEXT);
            CREATE TABLE c(id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p(id));
            INSERT INTO p VALUES (1, 'a'), (2, 'b'), (3, 'a'); INSERT INTO c VALUES (1, 3), (2, NULL), (3, 2)]]
        local MADE = "CREATE TABLE public.p(id bigint PRIMARY KEY, name text); "
            .. "CREATE TABLE public.c(id bigint, p_id bigint)"
        local why, result = fair(KEYS, MADE, "tables = { p = { offset = 1000 }, c = { offset = -5 } }")
        assert.equal("", why)
        assert.equal("2 1002 1003 2005", of(result, "p_id"))
        assert.equal("-: 1 row merged into others; p_id: keys in it are replaced by those of other rows",
            (fair(KEYS, MADE, [[tables = { p = { merge = { by = { "name" }, keep = "first" } } }]])))
    end)

    it("leaves out tables that held rows, and those that the caller names", function()
        local FULL = SMALL_TARGET .. "; INSERT INTO public.t VALUES (9, 'there', 1)"
        local why = fair(SMALL, FULL, [[tables = { t = { on_conflict = "update" } } ]])
        assert.equal("-: it held 1 rows before the run", why)
        local result = select(2, fair(SMALL, SMALL_TARGET, nil,
            { left_out = { ["public.t"] = "after_load changed it" } }))
        assert.equal("-: after_load changed it", left_out(result))
        assert.equal("skipped", result.state)
        assert.equal("", (fair(SMALL, SMALL_TARGET, nil, { only = { ["public.other"] = true } })))
    end)

    it("says what plain SQL does not read", function()
        local conninfo, file = loaded([[CREATE TABLE t(id INTEGER PRIMARY KEY, a, b);
            INSERT INTO t VALUES (1, 1e-7, 'NaN'), (2, 'x', 1)]],
            "CREATE TABLE public.t(id bigint, a text, b double precision)")
        local result = witnessed.compare(conninfo, file)
        assert.same({}, texts(result.differences))
        assert.equal("a: 1 of its values are stored in a form that plain SQL does not read", left_out(result))
        assert.equal("2 1 1", of(result, "b"))
    end)

    it("adds up what several tables bring into one", function()
        local conninfo, file = loaded([[CREATE TABLE a(id INTEGER, at TEXT, x TEXT, r REAL);
            CREATE TABLE b(id INTEGER, at TEXT, y TEXT, r REAL);
            INSERT INTO a VALUES (1, '2024-01-01', 'x', 1.5);
            INSERT INTO b VALUES (9223372036854775807, NULL, 'y', 9)]],
            "CREATE TABLE public.t(id bigint, at date, x text, y text, r float8)",
            [[collision = "append", tables = { a = { into = "t" }, b = { into = "t" } } ]])
        local result, pairs_of = witnessed.compare(conninfo, file)
        assert.same({}, texts(result.differences))
        assert.equal("x: not all tables that fill its table have it; y: not all tables that fill its table have it",
            left_out(result))
        assert.same({ "2 1 9223372036854775807 9223372036854775808", "1 1704067200 1704067200 1704067200", "2 1.5 9" },
            { of(result, "id"), of(result, "at"), of(result, "r") })
        assert.equal(2, #pairs_of.tables[1].loads)
        query(conninfo, "UPDATE public.t SET r = 8 WHERE r = 9")
        assert.same({ "public.t r max: 9, 8" }, texts(witnessed.compare(conninfo, file).differences))
    end)

    it("asks wide tables in parts, by names that are long or quoted", function()
        local list = {}
        for i = 1, 130 do
            list[i] = ('"c ""%d"" %s" INTEGER'):format(i, ("x"):rep(45))
        end
        local sql = "CREATE TABLE %s(" .. table.concat(list, ", ") .. ")"
        local conninfo, file = loaded(sql:format "t" .. "; INSERT INTO t SELECT " .. ("1, "):rep(129) .. "2",
            sql:format "public.t")
        local result, pairs_of = witnessed.compare(conninfo, file)
        assert.same({ {}, {}, "same", 1, 130, 3 }, { texts(result.differences), result.left_out, result.state,
            result.tables, result.columns, #pairs_of.tables })
        assert.equal("1 2 2 2", of(result, ('c "130" %s'):format(("x"):rep(45))))
    end)

    it("keeps NULLs, empty tables and columns without values apart", function()
        local why, result = fair("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, n INTEGER)", SMALL_TARGET)
        assert.equal("", why)
        assert.equal("0 NULL NULL NULL", of(result, "a"))
    end)
end)
