-- Times of day and intervals in existing tables: the same values in binary COPY, and in text COPY beside a column
-- without codec.
local h = require "tests.support.harness"

describe("run of times of day and intervals", function()
    after_each(h.cleanup)

    local SOURCE = [[CREATE TABLE t(id INTEGER PRIMARY KEY, clock TEXT, zoned TEXT, span TEXT, age TEXT, number TEXT);
        INSERT INTO t VALUES (1, '12:34', '12:34:56.5 +0530', '1.02:03:04.5000000', 'P3Y2M', '7'),
            (2, '24:00:00', '00:00:00-15:59:59', '-36:00:00.000001', '-1 years', '8'),
            (3, '23:59:59.999', '01:02:03Z', 'P-1Y2M3DT-4H5M-6.7S', 'PT0S', '9'), (4, NULL, NULL, NULL, NULL, NULL);]]

    it("keeps each part of them", function()
        local expected = table.concat({ "12:34:00|12:34:56.5+05:30|P1DT2H3M4.5S|P3Y2M",
            "24:00:00|00:00:00-15:59:59|PT-36H-0.000001S|P-1Y",
            "23:59:59.999|01:02:03+00|P-10M3DT-3H-55M-6.7S|PT0S", "\\N|\\N|\\N|\\N" }, "\n")
        for _, number in ipairs { "bigint", "xid" } do
            local file, database = h.source(SOURCE), h.database()
            h.sql(database, ([[CREATE TABLE t(id int PRIMARY KEY, clock time(3), zoned timetz, span interval,
                age interval year to month, number %s)]]):format(number))
            h.run(0, { file, h.url(database) })
            assert.equal(expected, h.sql(database, [[SET IntervalStyle = iso_8601;
                SELECT clock, zoned, span, age FROM t ORDER BY id]]), number)
        end
    end)

    it("stops at what the server would round, cut off or guess, and says where", function()
        for value, type in pairs { ["12:34:56.1234"] = "time(3)", ["12:34:60"] = "time", ["12:34:56+01"] = "time",
            allballs = "time", ["12:34"] = "timetz", ["P1DT1H"] = "interval day", ["90"] = "interval" } do
            for _, number in ipairs { "bigint", "xid" } do
                local database = h.database()
                local file = h.source(([[CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT, number TEXT);
                    INSERT INTO t VALUES (1, NULL, '1'), (2, '%s', '2');]]):format(value))
                h.sql(database, ("CREATE TABLE t(id int PRIMARY KEY, v %s, number %s)"):format(type, number))
                local fault = h.run(5, { file, h.url(database) }).json.error
                assert.same({ "t", "v", "id=2", value }, { fault.table, fault.column, fault.key, fault.value.text })
            end
        end
    end)
end)
