-- Values that are another thing in SQLite: what is asked, and what is said.
local odd_values = require "wherry.back.odd_values"
local Target = require "tests.support.target"

describe("odd_values", function()
    local target
    setup(function() target = Target.start() end)
    teardown(function() target:stop() end)

    local COLUMNS = { { "i", "int4" }, { "f4", "float4" }, { "f8", "float8" }, { "n", "numeric" }, { "d", "date" },
        { "ts", "timestamp" }, { "tz", "timestamptz" } }

    it("counts rows and odd values in one pass", function()
        local session = target:session()
        session:query [[CREATE TABLE public.odd (i int4, f4 float4, f8 float8, n numeric, d date, ts timestamp,
            tz timestamptz)]]
        session:query [[INSERT INTO public.odd
            VALUES (1, 'NaN', 'NaN', 'NaN', 'infinity', '-infinity', '0044-03-15 BC'),
                (2, 1, 'infinity', 'infinity', '10000-01-01', '9999-12-31 23:59:59.999999',
                    '9999-12-31 23:59:59.999999Z'),
                (3, 0, 0, '-infinity', '0001-01-01', '0001-01-01', '0001-01-01 00:00:00Z'),
                (NULL, NULL, NULL, NULL, NULL, NULL, NULL)]]
        local columns = {}
        for i, pair in ipairs(COLUMNS) do
            columns[i] = { name = pair[1], type = { name = pair[2] } }
        end
        local number = session:query("SELECT current_setting('server_version_num') AS v")[1].v
        local version = math.tointeger(tonumber(number))
        local sql, asked = odd_values.count_sql("ONLY public.odd", columns, version)
        local row = session:query(sql)[1]
        assert.equal("4", row.n)
        local said = {}
        for _, receipt in ipairs(odd_values.receipts("odd", row, asked)) do
            assert.equal("changed", receipt.outcome)
            said[#said + 1] = receipt.name .. " " .. receipt.note:match "^%d+ values?: %S+"
        end
        assert.same({ "odd.f4 1 value: NaN,", "odd.f8 1 value: NaN,", "odd.n 3 values: NaN",
            "odd.d 2 values: outside", "odd.ts 1 value: outside", "odd.tz 1 value: outside" }, said)
    end)

    it("asks a server that knows no infinite numeric for NaN only", function()
        local sql = odd_values.count_sql("t", { { name = "n", type = { name = "numeric" } } }, 130000)
        assert.is_nil(sql:find("Infinity", 1, true))
    end)

    it("asks nothing of arrays, and quotes names", function()
        local sql, asked = odd_values.count_sql("t", { { name = "a", type = { name = "_float8", kind = "array" } },
            { name = 'b"', type = { name = "float8" } } }, 150000)
        assert.equal(1, #asked)
        assert.equal('SELECT pg_catalog.count(*) AS n, pg_catalog.count(*) FILTER (WHERE "b""" = \'NaN\') AS c1 FROM t',
            sql)
    end)
end)
