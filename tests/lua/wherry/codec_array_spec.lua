-- Arrays and composites against a server: what `put` makes is what array_send and record_send make, and `get` gives the
-- canonical JSON back. Values are generated from a fixed seed.
local core = require "wherry.core"
local cjson = require "cjson"
local h = require "tests.support.harness"
local pg = require "wherry.schema.pg"
local pg_query = require "tests.support.pg_query"

describe("codec of arrays and composites", function()
    local database, types
    local COLUMNS = {
        "b bool[]", "i2 int2[]", "i4 int4[]", "i8 int8[]", "f8 float8[]", "n numeric[]", "p numeric(8,2)[]",
        "t text[]", "v varchar(9)[]", "u uuid[]", "d date[]", "z timestamptz[]", "y bytea[]", "j jsonb[]", "m mood[]",
        "dm happy[]", "pc pair[]", "c pair",
        "dc wide" }

    setup(function()
        database = h.database()
        h.sql(database, [[CREATE TYPE mood AS ENUM ('sad', 'o"k', 'gr''ün');
            CREATE DOMAIN happy AS mood; CREATE DOMAIN amount AS numeric(10, 2);
            CREATE TYPE pair AS (a int, gone int, "b ""c" text, n amount, l happy[]);
            ALTER TYPE pair DROP ATTRIBUTE gone; CREATE DOMAIN inner_pair AS pair;
            CREATE TYPE wide AS (p inner_pair, q int8[], ok bool, j jsonb);
            CREATE TABLE t (]] .. table.concat(COLUMNS, ", ") .. ")")
        types = {}
        for _, column in ipairs(pg.read(pg_query.open(database), "public").tables[1].columns) do
            types[column.name] = column.type
        end
    end)
    teardown(h.cleanup)

    local state = 20240607
    local function random(n)
        state = (state * 6364136223846793005 + 1442695040888963407)
        return (state >> 33) % n
    end
    local function pick(list)
        return list[random(#list) + 1]
    end

    -- JSON texts of elements, in the form that `get` gives.
    local TEXTS = {
        '""', '"a"', '"NULL"', '"null"', '"a b"', '"x,y"', '"{}"', '"\\"q\\""', '"\\\\"', '"ü€😀"', '"\\n\\t"',
        '"\\u0001"', '"1"', '"it\'s"' }
    local function integers(low, high)
        return function()
            return pick { tostring(low), tostring(high), "0", "-1", tostring(random(30000) - 15000) }
        end
    end
    local function label()
        return pick { '"sad"', '"o\\"k"', '"gr\'ün"' }
    end
    local function amount()
        return ("%d.%02d"):format(random(100000), random(100))
    end
    local ELEMENTS = {
        b = function() return pick { "true", "false" } end,
        i2 = integers(-32768, 32767), i4 = integers(-2147483648, 2147483647), i8 = integers(math.mininteger,
            math.maxinteger),
        f8 = function() return pick { "0.1", "-1.5", "1e+300", "5e-324", '"Infinity"', '"NaN"', "3.0" } end,
        n = function()
            return pick { "0", "1.10", "123456789012345678901234567890.000001", "-0.5", '"NaN"', "100",
                amount() }
        end,
        p = amount,
        t = function() return pick(TEXTS) end, v = function() return pick(TEXTS) end,
        u = function() return ('"%08x-1111-2222-3333-%012x"'):format(random(1 << 31), random(1 << 31)) end,
        d = function() return ('"%04d-%02d-%02d"'):format(1 + random(9999), 1 + random(12), 1 + random(28)) end,
        y = function() return pick { '"\\\\x"', '"\\\\x00ff"', '"\\\\x5c"' } end,
        j = function() return pick { '{"a": [1, null]}', "[1, [2]]", "1.50", '"x"', "true", "{}", "[]" } end,
        m = label, dm = label,
    }
    function ELEMENTS.pc()
        return ('{"a":%s,"b \\"c":%s,"n":%s,"l":%s}'):format(random(3) == 0 and "null" or random(1000),
            random(3) == 0 and "null" or pick(TEXTS), amount(), pick { "null", "[]", '["sad",null]',
            '[["sad"],["sad"]]' })
    end

    local function array(element, sizes, level)
        local parts = {}
        for i = 1, sizes[level] do
            parts[i] = level < #sizes and array(element, sizes, level + 1) or random(6) == 0 and "null" or element()
        end
        return "[" .. table.concat(parts, ",") .. "]"
    end

    local function hex(wire)
        return (wire:gsub(".", function(byte)
            return ("%02x"):format(byte:byte())
        end))
    end

    -- The wire of each value; `get` of it must be the value again.
    local function wires(column, values)
        local codec = assert(core.codec(types[column]), column .. " has no codec")
        local list = {}
        for i, value in ipairs(values) do
            local wire = codec:put(value)
            assert.same({ value, "text" }, { codec:get(wire) })
            list[i] = hex(wire)
        end
        return list
    end

    -- What the server makes of the same JSON by its own functions. jsonb_populate_record reads nested JSON arrays into
    -- arrays and objects into composites; of arrays of jsonb it would make more dimensions.
    local POPULATED = "(jsonb_populate_record(NULL::t, jsonb_build_object('@', value::jsonb))).@"
    local OF_JSON = [[ARRAY(SELECT CASE WHEN e <> 'null' THEN e END
        FROM jsonb_array_elements(value::jsonb) WITH ORDINALITY AS x(e, i) ORDER BY x.i)]]
    local function server(column, values, expression)
        local lines = {}
        for i, value in ipairs(values) do
            lines[i] = ("(%d, $w$%s$w$)"):format(i, value)
        end
        local sql = ("SELECT encode(%s, 'hex') FROM (VALUES %s) AS v(i, value) ORDER BY i"):format(
            expression:gsub("@", column), table.concat(lines, ","))
        local found = {}
        for line in (h.sql(database, sql) .. "\n"):gmatch "(.-)\n" do
            found[#found + 1] = line
        end
        return found
    end

    local names = {}
    for name in pairs(ELEMENTS) do
        names[#names + 1] = name
    end
    table.sort(names)

    for _, name in ipairs(names) do
        it("puts and gets what the server sends: " .. name, function()
            local values = { "[]" }
            for _ = 1, 150 do
                local sizes = { 1 + random(4) }
                while name ~= "j" and #sizes < 4 and random(3) == 0 do
                    sizes[#sizes + 1] = 1 + random(3)
                end
                values[#values + 1] = array(ELEMENTS[name], sizes, 1)
            end
            local expected = server(name, values, ("array_send(%s)"):format(name == "j" and OF_JSON or POPULATED))
            assert.same(expected, wires(name, values))
        end)
    end

    it("puts and gets composites as record_send makes them", function()
        local values, wide = {}, {}
        for i = 1, 200 do
            values[i] = ELEMENTS.pc()
            wide[i] = ('{"p":%s,"q":%s,"ok":%s,"j":%s}'):format(random(4) == 0 and "null" or ELEMENTS.pc(),
                array(ELEMENTS.i8, { 2, 2 }, 1), pick { "true", "false", "null" },
                pick { '{"a": 1}', "[1, 2]", "null" })
        end
        for column, list in pairs { c = values, dc = wide } do
            assert.same(server(column, list, ("record_send(%s)"):format(POPULATED)), wires(column, list))
        end
    end)

    it("reads the server's own literals where their elements are the server's own text", function()
        for literal, json in pairs { ["{}"] = "[]", ['{a,"b c",NULL,"NULL"," x"}'] = '["a","b c",null,"NULL"," x"]',
            ['{{"a\\"b",c\\,d},{ e , f}}'] = '[["a\\"b","c,d"],["e","f"]]' } do
            local codec = core.codec(types.t)
            assert.equal(json, (codec:get(codec:put(literal))))
            assert.equal(h.sql(database, ("SELECT encode(array_send($w$%s$w$::text[]), 'hex')"):format(literal)),
                hex(codec:put(literal)))
        end
    end)

    it("refuses lower bounds that JSON cannot say", function()
        local sent = h.sql(database, "SELECT encode(array_send('[0:1]={1,2}'::int[]), 'hex')")
        local wire = sent:gsub("%x%x", function(byte) return string.char(tonumber(byte, 16)) end)
        local codec = core.codec(types.i4)
        local ok, raised = pcall(codec.get, codec, wire)
        assert.is_false(ok)
        assert.matches("lower bound is 0", raised.message)
    end)

    it("is deterministic about types", function()
        local again = pg.read(pg_query.open(database), "public").tables[1].columns
        for _, column in ipairs(again) do
            assert.same(types[column.name], column.type)
        end
        assert.is_truthy(cjson.encode(types.dc))
    end)
end)
