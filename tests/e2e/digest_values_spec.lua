-- What digests rest on: for every type with a codec, the hash of the wire that the core makes of a value, in the form
-- in which the server keeps it, is the hash that the server has of the value once it is stored there. By COPY through
-- wherry's own codecs, with random values and hostile ones. WHERRY_TEST_VALUES is how many of each type.
local catalog = require "wherry.digest.catalog"
local core = require "wherry.core"
local digest_spec = require "wherry.digest.spec"
local digest_values = require "tests.support.digest_values"
local model = require "wherry.schema.model"
local schema_pg = require "wherry.schema.pg"
local target = require "tests.support.target"
local values = require "tests.support.values"

local VALUES = tonumber(os.getenv "WHERRY_TEST_VALUES") or 120
local OID_INT4 = 23

describe("the hash of a value on both sides", function()
    local server, connection, columns

    local function query(sql, parameters)
        return connection:query(sql, parameters)
    end

    setup(function()
        server = target.start()
        connection = core.pg.connect(server:database(), 10)
        for statement in digest_values.DDL:gmatch "[^;]+;" do
            query(statement)
        end
        columns = table.move(digest_values.COLUMNS, 1, #digest_values.COLUMNS, 1, {})
        for name, list in pairs(digest_values.OF_EXTENSIONS) do
            if query("SELECT FROM pg_available_extensions WHERE name = $1", { name })[1] then
                query("CREATE EXTENSION " .. name)
                table.move(list, 1, #list, #columns + 1, columns)
            end
        end
        for i, column in ipairs(columns) do
            query(("CREATE TABLE s.t%d (id int4, v %s)"):format(i, column[1]))
        end
    end)
    teardown(function()
        connection:close()
        server:stop()
    end)

    local function described_column(tables, name)
        for _, column in ipairs(model.table(tables, name).columns) do
            if column.name == "v" then
                return column
            end
        end
    end

    -- How `wherry run` hashes the rows of a table.
    local function described_digest(name)
        local tables = { { target_sql = "s." .. name, target = { schema = "s", name = name }, binary = true,
            columns = { { target = "id" }, { target = "v" } } } }
        local digest = digest_spec.of({ tables = tables }, catalog.of(query))[1]
        assert.same({}, digest.left_out)
        return digest
    end

    -- The values of a column that its codec takes.
    local function taken(codec, column)
        local random = values.random(20261122)
        local list, hostile = {}, column[3] or {}
        for i = 1, VALUES + #hostile do
            local value = hostile[i - VALUES] or column[2](random)
            local bytes = type(value) == "table" and value.blob or value
            local fits, wire = pcall(codec.put, codec, bytes, bytes ~= value)
            if fits then
                list[#list + 1] = { value = value, wire = wire }
            end
        end
        assert.is_true(#list > VALUES / 4, column[1] .. ": most values do not fit")
        return list
    end

    local function store(name, column, list)
        query "BEGIN"
        local writer <close> = core.pg_writer { connection = connection, target = name, binary = true,
            copy_sql = ("COPY %s (id, v) FROM STDIN (FORMAT binary)"):format(name),
            columns = { { source = "id", target = "id",
                type = { oid = OID_INT4, name = "int4", typmod = -1, display = "integer" } },
                { source = "v", target = "v", type = column.type } } }
        for i, one in ipairs(list) do
            writer:write(i, type(one.value) == "table" and core.blob(one.value.blob) or one.value)
        end
        assert.equal(#list, (writer:finish()))
        query "COMMIT"
    end

    local function hex(bytes)
        return (bytes:gsub(".", function(byte)
            return ("%02x"):format(byte:byte())
        end))
    end

    -- What the server sends for a row, so that a failure shows where it differs.
    local function show(digest, type_name, i, one, record)
        local v = digest.columns[2].sql
        local row = query(("SELECT encode(record_send(ROW(t.id, %s)), 'hex') AS sent, t.v::text AS text FROM %s t "
            .. "WHERE id = %d"):format(v, digest.target_sql, i))[1]
        local value = tostring(type(one.value) == "table" and hex(one.value.blob) or one.value)
        assert.equal(row.sent:sub(1, 3000), hex(record):sub(1, 3000), ("%s: %s is kept as %s"):format(type_name,
            value:sub(1, 500), (row.text or "NULL"):sub(1, 500)))
        error(("%s: the same bytes of %s, another hash"):format(type_name, v))
    end

    local function compare(digest, codec, type_name, list)
        local oid = digest.columns[2].oid
        local rows = query(("SELECT id, %s AS hash FROM %s t ORDER BY id"):format(digest.row_sql, digest.target_sql))
        assert.equal(#list, #rows)
        for i, one in ipairs(list) do
            local record = (">I4I4s4I4s4"):pack(2, OID_INT4, (">I4"):pack(i), oid, codec:canonical(one.wire))
            if math.tointeger(tonumber(rows[i].hash)) ~= core.record_hash(record) then
                show(digest, type_name, i, one, record)
            end
        end
    end

    it("is the same for every type with a codec", function()
        local tables = schema_pg.read(query, "s")
        for i, column in ipairs(columns) do
            local name = "t" .. i
            local described = described_column(tables, name)
            local codec = assert(core.codec(described.type), column[1] .. " has no codec")
            assert.is_nil(codec:unknown(), column[1])
            local list = taken(codec, column)
            store("s." .. name, described, list)
            compare(described_digest(name), codec, column[1], list)
        end
    end)

    it("is not known of types whose order only the server knows", function()
        for statement in ([[CREATE TYPE s.casualrange AS RANGE (subtype = jsonb);
            CREATE TYPE s.ownrange;
            CREATE FUNCTION s.own(s.ownrange) RETURNS s.ownrange AS 'int4range_canonical' LANGUAGE internal IMMUTABLE;
            CREATE TYPE s.ownrange AS RANGE (subtype = int4, canonical = s.own);
            CREATE TABLE s.unknown (a s.textmultirange, b s.casualrange, c s.casualmultirange[], d s.textrange,
                e s.ownrange, f int4range)]]):gmatch "[^;]+" do
            query(statement)
        end
        local found = {}
        for _, column in ipairs(model.table(schema_pg.read(query, "s"), "unknown").columns) do
            found[column.name] = core.codec(column.type):unknown() or false
        end
        assert.matches("order of its bounds", found.a)
        assert.matches("which bounds of the range are equal", found.b)
        assert.matches("which bounds of the range are equal", found.c)
        assert.is_false(found.d)
        assert.matches("a function of the type's own", found.e)
        assert.is_false(found.f)
    end)
end)
