-- What the types of columns are made of, as the core's codecs want to know it.
local h = require "tests.support.harness"
local pg = require "wherry.schema.pg"
local pg_query = require "tests.support.pg_query"

describe("pg_types.read", function()
    after_each(h.cleanup)

    local function types(sql)
        local database, by_name = h.database(), {}
        h.sql(database, sql)
        for _, column in ipairs(pg.read(pg_query.open(database), "public").tables[1].columns) do
            by_name[column.name] = column.type
        end
        return by_name
    end

    it("leaves types alone that are made of no others", function()
        local t = types "CREATE TABLE t(a int, b jsonb, c int2vector, d name)"
        for _, name in ipairs { "a", "b", "c", "d" } do
            assert.is_nil(t[name].kind)
            assert.is_nil(t[name].element)
        end
    end)

    it("goes through arrays, enums, composites, ranges and domains at every level", function()
        local t = types [=[CREATE TYPE mood AS ENUM ('sad', 'ok'); ALTER TYPE mood ADD VALUE 'none' BEFORE 'sad';
            CREATE DOMAIN m1 AS mood; CREATE DOMAIN m2 AS m1; CREATE DOMAIN list AS numeric(8, 2)[];
            CREATE TYPE pair AS (gone int, moods m2[], n numeric(5, 1)); ALTER TYPE pair DROP ATTRIBUTE gone;
            CREATE DOMAIN d_pair AS pair;
            CREATE TABLE t(e m2, a varchar(7)[][], l list, ls list[], p d_pair, r daterange, rs int8range[])]=]
        assert.same({ "enum", { "none", "sad", "ok" } }, { t.e.kind, t.e.labels })
        assert.equal("m2", t.e.domain)
        assert.same({ oid = 1043, name = "varchar", typmod = 11, typtype = "b" }, t.a.element)
        assert.equal("array", t.a.kind)
        assert.same({ oid = 1700, name = "numeric", typmod = (8 << 16) + 2 + 4, typtype = "b" }, t.l.element)
        assert.equal("array", t.ls.element.kind)
        assert.equal((8 << 16) + 2 + 4, t.ls.element.element.typmod)
        assert.is_true(t.ls.element.domain_oid ~= t.ls.element.oid)
        assert.equal("composite", t.p.kind)
        assert.same({ "moods", "n" }, { t.p.fields[1].name, t.p.fields[2].name })
        local moods = t.p.fields[1].type
        assert.same({ "array", "enum", "mood" }, { moods.kind, moods.element.kind, moods.element.name })
        assert.same({ "none", "sad", "ok" }, moods.element.labels)
        assert.is_truthy(moods.element.domain_oid)
        assert.equal((5 << 16) + 1 + 4, t.p.fields[2].type.typmod)
        assert.same({ "range", "date" }, { t.r.kind, t.r.element.name })
        assert.same({ "array", "range", "int8" }, { t.rs.kind, t.rs.element.kind, t.rs.element.element.name })
    end)

    it("finds the range of a multirange, where the server has them", function()
        local database = h.database()
        if tonumber(h.sql(database, "SHOW server_version_num")) < 140000 then
            return
        end
        local t = types "CREATE TABLE t(m datemultirange)"
        assert.same({ "multirange", "daterange", "range", "date" },
            { t.m.kind, t.m.element.name, t.m.element.kind, t.m.element.element.name })
    end)
end)
