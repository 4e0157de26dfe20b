local census_read = require "wherry.resolve.census_read"
local process = require "tests.support.process"
local sqlite = require "wherry.schema.sqlite"
local sqlite_query = require "tests.support.sqlite_query"

describe("census_read.job", function()
    it("reads for a census what is wanted of each column, and no more", function()
        local query = sqlite_query.open(sqlite_query.database(process.directory "census", [[
            CREATE TABLE t("a%s" TEXT, b, c NUMERIC, rowid); INSERT INTO t VALUES ('x', x'0001', 'y', 1), (2, 3, 4, 5);
            CREATE TABLE k(a PRIMARY KEY) WITHOUT ROWID; INSERT INTO k VALUES (1), (2), (3);
            CREATE VIRTUAL TABLE r USING rtree(id, x0, x1); INSERT INTO r VALUES (1, 2, 3)]]))
        local by_name = {}
        for _, t in ipairs(sqlite.read(query).tables) do
            by_name[t.name] = t
        end
        local job = census_read.job(by_name.t, { { name = "a%s", wanted = "types" }, { name = "b", wanted = "texts" },
            { name = "c", wanted = "classes" } }, "b > 1 -- x")
        assert.same({ "types", "texts", "classes" }, job.wanted)
        assert.equal([[SELECT unicode(typeof("a%s")), ]]
            .. [[CASE typeof("b") WHEN 'blob' THEN zeroblob(length("b")) ELSE "b" END, ]]
            .. [[iif(typeof("c") = 'text', '', "c") FROM "t" NOT INDEXED WHERE _rowid_ BETWEEN ?1 AND ?2 AND ]]
            .. "+(b > 1 -- x\n)", job.select)
        assert.equal('SELECT (SELECT min(_rowid_) FROM "t" NOT INDEXED), (SELECT max(_rowid_) FROM "t" NOT INDEXED)',
            job.range)
        assert.equal(2, #query((job.select:gsub("?1", "1"):gsub("?2", "9"))))
        for name, rows in pairs { k = 3, r = 1 } do
            local one = census_read.job(by_name[name], { { name = by_name[name].columns[1].name, wanted = "types" } })
            assert.is_nil(one.range)
            assert.equal(rows, #query(one.select))
        end
        assert.equal(1, #query(census_read.job(by_name.k, { { name = "a", wanted = "texts" } }, "a = 2").select))
    end)
end)
