-- Types as a plan writes them: as SQL does, and only those that have a codec.
local core = require "wherry.core"
local declared_type = require "wherry.plan.declared_type"

local function refused(text)
    local done, problem = pcall(declared_type.check, text, "columns.a.type")
    assert.is_false(done)
    assert.equal("plan", problem.kind)
    return problem.message, problem.hint
end

describe("declared_type", function()
    it("reads what PostgreSQL reads, and shows it as format_type does", function()
        for text, expected in pairs {
            timestamptz = "timestamp with time zone 1184 -1",
            ["TIMESTAMP (3)"] = "timestamp(3) without time zone 1114 3",
            ["timestamp(0) with time zone"] = "timestamp(0) with time zone 1184 0", ["varchar(40)"]
                = "character varying(40) 1043 44", ["character varying"] = "character varying 1043 -1",
            char = "character(1) 1042 5", bpchar = "bpchar 1042 -1",
            ["numeric(10, 2)"] = "numeric(10,2) 1700 655366",
            ["decimal(5)"] = "numeric(5,0) 1700 327684", int = "integer 23 -1", ["double precision"]
                = "double precision 701 -1", ["bit varying(8)"] = "bit varying(8) 1562 8", bit = "bit(1) 1560 1",
            ["interval(2)"] = "interval(2) 1186 2147418114", ["time with time zone"] = "time with time zone 1266 -1",
        } do
            local found = assert(declared_type.read(text), text)
            assert.equal(expected, ("%s %d %d"):format(found.display, found.oid, found.typmod))
            assert.is_nil(found.kind)
            assert.is_true(core.has_codec(found))
        end
    end)

    it("knows what arrays and ranges are made of", function()
        local found = declared_type.read "varchar(5)[]"
        assert.same({ 1015, 9, "array", "character varying(5)[]" }, { found.oid, found.typmod, found.kind,
            found.display })
        assert.same({ 1043, 9 }, { found.element.oid, found.element.typmod })
        found = declared_type.read "tstzmultirange[]"
        assert.same({ 6153, "multirange", "range", 1184 }, { found.oid, found.element.kind, found.element.element.kind,
            found.element.element.element.oid })
        assert.is_true(core.has_codec(found))
    end)

    it("refuses what is none, with what was probably meant", function()
        assert.equal('columns.a.type: "timestampz" is none of the types that can be declared', (refused "timestampz"))
        assert.matches("timestamp", select(2, refused "timestampz"))
        for _, text in ipairs { "datetime", "serial", "tsquery", "pg_catalog.int4", '"int4"', "int4 not null", "int4[",
            "", " ", "int4; DROP TABLE t", "'x'" } do
            refused(text)
        end
        refused(5)
        refused {}
        for _, text in ipairs { "varchar(0)", "varchar(10485761)", "text(3)", "timestamp(7)", "numeric(0)",
            "numeric(3,5)", "numeric(1001)", "numeric(3,1,1)", "varchar(a)", "varchar(1,2)", "vector(0)",
            "interval(7)" } do
            assert.matches("no such modifiers", (refused(text)))
        end
    end)

    it("looks types of extensions up in the target", function()
        local asked
        local function installed(_, parameters)
            asked = parameters
            return { { oid = "16400", array = "16405", schema = "My ext" } }
        end
        local found = declared_type.resolve("vector(3)", installed)
        assert.same({ "vector", "vector" }, asked)
        assert.same({ 16400, 3, '"My ext".vector(3)' }, { found.oid, found.typmod, found.display })
        found = declared_type.resolve("citext[]", installed)
        assert.same({ 16405, 16400, '"My ext".citext[]' }, { found.oid, found.element.oid, found.display })
        for _, query in ipairs { false, function()
            return {}
        end } do
            local none, reason, hint = declared_type.resolve("hstore", query or nil)
            assert.is_nil(none)
            assert.equal("the target has no extension hstore", reason)
            assert.matches("CREATE EXTENSION hstore", hint)
        end
        assert.equal(20, declared_type.resolve("bigint").oid)
    end)
end)
