-- pg_types.lua: what types are made of, those of a schema's columns or of a statement's: elements of arrays, attributes
-- of composites, labels of enums, bounds of ranges, ranges of multiranges. Domains give way to their base everywhere.
local pg_types = {}

local DEEPEST = 32 -- types inside each other; the core's limit too

-- Every type that columns of the schema have.
local OF_SCHEMA = [[
    SELECT a.atttypid
      FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
       AND a.attnum > 0 AND NOT a.attisdropped]]

local OF_LIST = "SELECT pg_catalog.unnest($1::pg_catalog.oid[])"

-- The types of a SELECT with all that these are made of. The range of a multirange is looked up by name in the row: the
-- column is there from PostgreSQL 14 on.
local REACHED = [[
WITH RECURSIVE reached(oid) AS (
    %s
    UNION
    SELECT part.oid
      FROM reached r JOIN pg_catalog.pg_type t ON t.oid = r.oid
     CROSS JOIN LATERAL (
           SELECT t.typbasetype AS oid WHERE t.typtype = 'd'
            UNION ALL SELECT e.oid FROM pg_catalog.pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid
            UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a
                       WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
            UNION ALL SELECT g.rngsubtype FROM pg_catalog.pg_range g WHERE g.rngtypid = t.oid
            UNION ALL SELECT g.rngtypid FROM pg_catalog.pg_range g WHERE t.typtype = 'm'
                         AND (pg_catalog.to_jsonb(g) ->> 'rngmultitypid')::pg_catalog.oid = t.oid) part)
]]

local TYPES = REACHED .. [[
SELECT t.oid, t.typname AS name, t.typtype, t.typbasetype AS base, t.typtypmod AS typmod,
       coalesce(e.oid, g.rngsubtype, m.rngtypid) AS element, e.oid IS NOT NULL AS is_array,
       g.rngcanonical::pg_catalog.oid <> 0 AND t.typnamespace <> 'pg_catalog'::pg_catalog.regnamespace AS own_canonical
  FROM reached r JOIN pg_catalog.pg_type t ON t.oid = r.oid
  LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
  LEFT JOIN pg_catalog.pg_range g ON g.rngtypid = t.oid
  LEFT JOIN pg_catalog.pg_range m ON t.typtype = 'm'
        AND (pg_catalog.to_jsonb(m) ->> 'rngmultitypid')::pg_catalog.oid = t.oid
 ORDER BY t.oid]]

local FIELDS = REACHED .. [[
SELECT t.oid, a.attname AS name, a.atttypid AS type, a.atttypmod AS typmod
  FROM reached r JOIN pg_catalog.pg_type t ON t.oid = r.oid AND t.typtype = 'c'
  JOIN pg_catalog.pg_attribute a ON a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY t.oid, a.attnum]]

local LABELS = REACHED .. [[
SELECT t.oid, l.enumlabel AS label
  FROM reached r JOIN pg_catalog.pg_type t ON t.oid = r.oid
  JOIN pg_catalog.pg_enum l ON l.enumtypid = t.oid
 ORDER BY t.oid, l.enumsortorder]]

local function integer(text)
    return math.tointeger(tonumber(text))
end

local function gathered(rows, value)
    local lists = {}
    for _, row in ipairs(rows) do
        lists[row.oid] = lists[row.oid] or {}
        table.insert(lists[row.oid], value(row))
    end
    return lists
end

local KINDS = { e = "enum", c = "composite", r = "range", m = "multirange" }

local function kind_of(row)
    return row.is_array == "t" and "array" or KINDS[row.typtype]
end

local complete

-- The type of an element, a bound or an attribute.
local function part(all, oid, typmod, depth)
    local row, domain = all.types[oid], nil
    while row and row.typtype == "d" do
        domain, typmod = domain or row.oid, row.typmod
        row = all.types[row.base]
    end
    if not row then
        return nil
    end
    local type = { oid = integer(row.oid), name = row.name, typmod = integer(typmod), typtype = row.typtype,
        domain_oid = integer(domain) }
    return complete(all, type, row, depth)
end

function complete(all, type, row, depth)
    type.kind = kind_of(row)
    if not type.kind or depth > DEEPEST then
        return type
    elseif type.kind == "enum" then
        type.labels = all.labels[row.oid] or {}
    elseif type.kind == "composite" then
        type.fields = {}
        for i, field in ipairs(all.fields[row.oid] or {}) do
            type.fields[i] = { name = field.name, type = part(all, field.type, field.typmod, depth + 1) }
        end
    else
        -- What a column says of an array, varchar(5)[], it says of the elements.
        local typmod = type.kind == "array" and type.typmod or -1
        type.own_canonical = row.own_canonical == "t" or nil
        type.element = part(all, row.element, typmod, depth + 1)
    end
    return type
end

-- All types that a SELECT names, and what they are made of.
local function read(query, from, parameter)
    local function rows(sql)
        return query(sql:format(from), { parameter })
    end
    local all = { types = {} }
    for _, row in ipairs(rows(TYPES)) do
        all.types[row.oid] = row
    end
    all.fields = gathered(rows(FIELDS), function(row)
        return row
    end)
    all.labels = gathered(rows(LABELS), function(row)
        return row.label
    end)
    return all
end

---Reads all types of a schema's columns.
---@param query fun(sql: string, parameters: any[]): table<string, string>[]
---@param schema string
---@return fun(type: wherry.Type): wherry.Type completes a column's type, of which oid and typmod are the base's: `kind`
---  ("array", "enum", "composite", "range", "multirange") with `element`, `labels` or `fields`
function pg_types.read(query, schema)
    local all = read(query, OF_SCHEMA, schema)
    return function(type)
        local row = all.types[("%d"):format(type.oid)]
        return row and complete(all, type, row, 0) or type
    end
end

---Reads the types of a list of columns.
---@param query fun(sql: string, parameters: any[]): table<string, string>[]
---@param columns { oid: integer, typmod: integer }[]
---@return table[] types as the core's codecs take them
function pg_types.of(query, columns)
    local oids, types = {}, {}
    for i, column in ipairs(columns) do
        oids[i] = ("%d"):format(column.oid)
    end
    local all = read(query, OF_LIST, "{" .. table.concat(oids, ",") .. "}")
    for i, column in ipairs(columns) do
        types[i] = part(all, oids[i], ("%d"):format(column.typmod), 0)
            or { oid = column.oid, typmod = column.typmod, name = oids[i] }
    end
    return types
end

return pg_types
