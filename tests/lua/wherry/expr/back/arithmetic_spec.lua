-- Arithmetic on the way back, with what PostgreSQL would refuse said.
local way_back = require "tests.support.way_back"

describe("arithmetic on the way back", function()
    it("says where an overflow or a division by zero goes on", function()
        way_back.each {
            ["(i / 2)"] = { "i / 2" }, ["(i % 3)"] = { "i % 3" }, ["(i & 1)"] = { "i & 1" }, ["(i / k)"] =
                { "i / k", "division by zero.*overflow" }, ["(i / '-1'::integer)"] = { "i / -1", "overflow" },
            ["(i + 1)"] = { "i + 1", "overflow" }, ["(- i)"] = { "-i", "overflow" }, ["(f * 2.5::double precision)"] =
                { "f * 2.5", "overflow" }, ["(i % 0)"] = { "i % 0", "division by zero" },
        }
    end)

    it("divides decimals and doubles as such", function()
        way_back.each {
            ["((i)::numeric / (2)::numeric)"] = { "CAST(i AS REAL) / 2", "doubles" },
            ["((i)::double precision / (2)::double precision)"] = { "CAST(i AS REAL) / 2.0", "overflow" },
            ["(n / (3)::numeric)"] = { "CAST(n AS REAL) / 3", "doubles" },
            ["(n % (3)::numeric)"] = { nil, "integers only" },
        }
    end)

    it("concatenates texts and what prints the same", function()
        way_back.each {
            ["(t || 'x'::text)"] = { "t || 'x'" }, ["(t || i)"] = { "t || CAST(i AS TEXT)" },
            ["((c)::text || 'x'::text)"] = { "rtrim(c, ' ') || 'x'" }, ["(t || (n)::text)"] = { "t || n" },
            ["(t || f)"] = { nil, "real as text" }, ["(j || '{}'::jsonb)"] = { nil, "json" },
            ["(t || ts)"] = { nil, "timestamp as text" },
        }
    end)

    it("moves dates by days and the present time by intervals", function()
        way_back.each({
            ["(now() + '1 day 02:00:00'::interval)"] =
                { "strftime('%Y-%m-%d %H:%M:%f000+00:00', 'now', '+1 days', '+7200 seconds')", "24 hours" },
            ["(now() - '1 mon'::interval)"] = { "strftime('%Y-%m-%d %H:%M:%f000+00:00', 'now', '-1 months')", "month" },
        }, "default")
        way_back.each {
            ["(d + 7)"] = { "date(d, '+7 days')", "years" }, ["(d - i)"] = { "date(d, -i || ' days')", "years" },
            ["(d - '2000-01-01'::date)"] =
                { "CAST(julianday(d) - julianday('2000-01-01') AS INTEGER)", "years" },
            ["(ts + '1 day'::interval)"] = { nil, "timestamp %+ interval" }, ["(i + t)"] = { nil, "integer %+ text" },
        }
    end)
end)
