-- digest/catalog.lua: what the target's catalog says of columns whose values are hashed: their types, the functions
-- that send them, and what stands in a row that does not name them.
local names = require "wherry.names"

local catalog = {}

---@class wherry.DigestType a column of the target, as its catalog has it now
---@field oid integer of the base type
---@field base string the base type in SQL, without a length
---@field is_domain boolean
---@field typname string of the base type
---@field typtype string of the base type
---@field send string|nil the function that sends values of the base type, in SQL
---@field declared string the column's own type in SQL, with its length
---@field generated boolean
---@field default string|nil in SQL; of an identity nil
---@field steady boolean the default is one value, whenever it is asked for

-- A default is one value where it is made of constants and immutable functions alone. Types may have defaults, too.
local COLUMNS = [[WITH RECURSIVE wanted AS (
        SELECT w.n, to_regclass(w.name) AS relation FROM unnest($1::text[]) WITH ORDINALITY AS w(name, n)),
    found AS (SELECT w.n, a.* FROM wanted w JOIN pg_catalog.pg_attribute a ON a.attrelid = w.relation
        WHERE a.attnum > 0 AND NOT a.attisdropped),
    base(type, base) AS (SELECT DISTINCT atttypid, atttypid FROM found
        UNION ALL SELECT b.type, t.typbasetype FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.base
        WHERE t.typtype = 'd'),
    given AS (SELECT f.n, f.attname, coalesce(d.adbin::text, t.typdefaultbin::text) AS tree,
            coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), t.typdefault) AS sql
        FROM found f JOIN pg_catalog.pg_type t ON t.oid = f.atttypid
            LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = f.attrelid AND d.adnum = f.attnum)
    SELECT f.n, f.attname AS name, t.oid, pg_catalog.format_type(t.oid, -1) AS base, t.oid <> f.atttypid AS is_domain,
        t.typname, t.typtype, pg_catalog.quote_ident(s.nspname) || '.' || pg_catalog.quote_ident(p.proname) AS send,
        pg_catalog.format_type(f.atttypid, f.atttypmod) AS declared, f.attgenerated <> '' AS generated,
        CASE WHEN f.attgenerated = '' THEN g.sql END AS default_sql,
        f.attidentity = '' AND (g.tree IS NULL OR NOT EXISTS (SELECT FROM
                pg_catalog.regexp_matches(g.tree, '\{([A-Z]+)', 'g') AS m WHERE m[1] NOT IN
                ('CONST', 'FUNCEXPR', 'OPEXPR', 'RELABELTYPE', 'ARRAYEXPR', 'ARRAY', 'COERCETODOMAIN'))
            AND NOT EXISTS (SELECT FROM pg_catalog.regexp_matches(g.tree, ':(?:op)?funcid (\d+)', 'g') AS m
                JOIN pg_catalog.pg_proc c ON c.oid = m[1]::oid WHERE c.provolatile <> 'i')) AS steady
    FROM found f JOIN base b ON b.type = f.atttypid JOIN pg_catalog.pg_type t ON t.oid = b.base AND t.typtype <> 'd'
        JOIN given g ON g.n = f.n AND g.attname = f.attname
        LEFT JOIN pg_catalog.pg_proc p ON p.oid = t.typsend
        LEFT JOIN pg_catalog.pg_namespace s ON s.oid = p.pronamespace
    ORDER BY f.n, f.attnum]]

--- The columns of tables, by table and name. A table that is not there has none.
---@param query fun(sql: string, parameters: table): table[] at the target
---@param tables string[] in SQL
---@return table<string, table<string, wherry.DigestType>>
function catalog.columns(query, tables)
    local found = {}
    for _, tbl in ipairs(tables) do
        found[tbl] = {}
    end
    for _, row in ipairs(query(COLUMNS, { names.array_pg(tables) })) do
        found[tables[math.tointeger(tonumber(row.n))]][row.name] = {
            oid = math.tointeger(tonumber(row.oid)), base = row.base, is_domain = row.is_domain == "t",
            typname = row.typname, typtype = row.typtype, send = row.send, declared = row.declared,
            generated = row.generated == "t", default = row.default_sql, steady = row.steady == "t",
        }
    end
    return found
end

--- What stands in a column where nothing is given for it: the bytes that the server sends for its default.
---@param query fun(sql: string, parameters: table?): table[]
---@param wires string[] SQL of the values as they are sent, or NULL
---@return (string|false)[] bytes false: NULL
function catalog.constants(query, wires)
    local list = {}
    for i, wire in ipairs(wires) do
        local hex = query(("SELECT pg_catalog.encode(%s, 'hex') AS hex"):format(wire))[1].hex
        list[i] = hex and hex:gsub("%x%x", function(digits) return string.char(tonumber(digits, 16)) end) or false
    end
    return list
end

--- What spec.of asks, by way of a connection to the target.
---@param query fun(sql: string, parameters: table?): table[]
---@return wherry.DigestCatalog
function catalog.of(query)
    return {
        columns = function(tables) return catalog.columns(query, tables) end,
        constants = function(wires) return catalog.constants(query, wires) end,
    }
end

return catalog
