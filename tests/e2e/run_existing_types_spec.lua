-- wherry run into tables with types of which every database makes its own: enums, domains, arrays, composites, ranges.
local h = require "tests.support.harness"

describe("run into existing tables with types made of others", function()
    after_each(h.cleanup)

    local TARGET = [=[CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN happy AS mood CHECK (VALUE = 'ok');
        CREATE DOMAIN positive AS int CHECK (VALUE > 0);
        CREATE TYPE place AS (name text, gone int, at timestamptz, tags text[], size positive);
        ALTER TYPE place DROP ATTRIBUTE gone; CREATE DOMAIN spot AS place;
        CREATE TABLE t(id int PRIMARY KEY, m mood, d happy, i int[], s text[][], n numeric(10,2)[], z timestamptz[],
            p place, ps spot[], ms happy[], v varchar(3)[])]=]

    local function source(rows)
        return h.source("CREATE TABLE t(id INTEGER PRIMARY KEY, m, d, i, s, n, z, p, ps, ms, v); INSERT INTO t VALUES "
            .. rows)
    end

    it("loads them in binary from labels and JSON", function()
        local file, database = source [=[
            (1, 'sad', 'ok', '[1,null,-3]', '[["a","b c"],["\"q\"",null]]', '[1.10,12345678.99]',
             '["2024-01-02 03:04:05.5+02:00",null]',
             '{"name":"Hof \"1\"","at":"2024-01-02 03:04:05+00:00","tags":["x","NULL"],"size":7}',
             '[{"size":1,"name":null,"tags":[],"at":null},null]', '["ok",null]', '["abc",""]'),
            (2, NULL, NULL, '[]', '[]', '{1.5,NULL}', '{"2024-01-02 03:04:05+00"}', NULL, '[]', '{ok}', '{}')
        ]=], h.database()
        h.sql(database, TARGET)
        local result = h.run(0, { file, h.url(database) })
        assert.is_nil(result.said:find("text COPY", 1, true))
        assert.equal("t", h.sql(database, [=[
            SELECT bool_and(m IS NOT DISTINCT FROM 'sad'::mood) AND bool_and(d::mood = 'ok')
              AND bool_and(i = '{1,NULL,-3}') AND bool_and(s = '{{a,"b c"},{"\"q\"",NULL}}')
              AND bool_and(n = '{1.10,12345678.99}')
              AND bool_and(z = ARRAY['2024-01-02 01:04:05.5+00'::timestamptz, NULL])
              AND bool_and(p = ROW('Hof "1"', '2024-01-02 03:04:05+00', '{x,"NULL"}', 7)::place)
              AND bool_and(ps[1]::place = ROW(NULL, NULL, '{}', 1)::place AND ps[2] IS NULL)
              AND bool_and(ms::text = '{ok,NULL}') AND bool_and(v = '{abc,""}') FROM t WHERE id = 1]=]))
        assert.equal("t", h.sql(database, [[SELECT m IS NULL AND d IS NULL AND i = '{}' AND s = '{}'
              AND n = '{1.50,NULL}' AND z = '{2024-01-02 03:04:05+00}' AND p IS NULL AND ps::text = '{}'
              AND ms::text = '{ok}'
              AND v = '{}' FROM t WHERE id = 2]]))
    end)

    it("loads ranges from the server's literals", function()
        local file, database = h.source [[CREATE TABLE t(id INTEGER PRIMARY KEY, r, n);
            INSERT INTO t VALUES (1, '[1,5)', '(,1.5]'), (2, 'empty', NULL), (3, '[7,7]', '[1,)');]], h.database()
        h.sql(database, "CREATE TABLE t(id int PRIMARY KEY, r int4range, n numrange)")
        local result = h.run(0, { file, h.url(database) })
        assert.is_nil(result.said:find("text COPY", 1, true))
        assert.equal("1|[1,5)|(,1.5]\n2|empty|\\N\n3|[7,8)|[1,)", h.sql(database, "SELECT * FROM t ORDER BY id"))
    end)

    it("stops at a bad value with table, key, column and value", function()
        for column, case in pairs {
            m = { "'glad'", "none of the enum's 2 labels" },
            i = { "'[1,\"x\"]'", "at %$%[1%]: " },
            s = { "'[[\"a\"],[]]'", "an empty array stands where" },
            n = { "'[1,2.345]'", "at %$%[1%]: " },
            p = { "'{\"name\":\"x\"}'", "is missing" },
            ps = { "'[{\"name\":null,\"at\":\"never\",\"tags\":null,\"size\":1}]'", "at %$%[0%]: at %$%.at: " },
            ms = { "'[\"glad\"]'", "at %$%[0%]: .*none of the enum's 2 labels" },
            v = { "'[\"abcd\"]'", "at %$%[0%]: " },
        } do
            local file = h.source(([[CREATE TABLE t(id INTEGER PRIMARY KEY, %s); INSERT INTO t VALUES (41, NULL),
                (42, %s)]]):format(column, case[1]))
            local database = h.database()
            h.sql(database, TARGET)
            local result = h.run(5, { file, h.url(database) })
            local fault = result.json.error
            assert.same({ "t", column, "id=42" }, { fault.table, fault.column, fault.key }, result.said)
            assert.matches(case[2], fault.message)
            assert.equal("text", fault.value.class)
            assert.equal(#case[1] - 2, #fault.value.text:gsub("\\(.)", "%1"))
            assert.equal("0", h.sql(database, "SELECT count(*) FROM t"))
        end
    end)
end)
