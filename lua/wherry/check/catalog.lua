-- catalog.lua: what guards the rows of tables that are there, as a check has to know it: unique indexes with what they
-- compare, exclusion constraints, CHECKs of domains, rules. A fixed number of queries.
local pg = require "wherry.schema.pg"

local catalog = {}

-- One row for each key column of each index that can refuse a row. Columns that older servers lack (NULLS NOT DISTINCT,
-- collations that are not deterministic) are looked up by name.
local INDEXES = [[
SELECT c.relname AS table_name, x.relname AS name, coalesce(k.contype, 'i') AS kind, i.indisunique AS is_unique,
       i.indpred IS NOT NULL AS partial, a.attname AS column_name,
       pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct' AS nulls_equal,
       pg_catalog.to_jsonb(l) ->> 'collisdeterministic' AS deterministic
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
  JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN LATERAL pg_catalog.unnest(i.indkey) WITH ORDINALITY AS u(attnum, position) ON u.position <= i.indnkeyatts
  LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid
       AND k.contype IN ('p', 'u', 'x')
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.attnum AND u.attnum > 0
  LEFT JOIN pg_catalog.pg_collation l ON l.oid = i.indcollation[u.position - 1]
 WHERE n.nspname = $1 AND NOT c.relispartition
 ORDER BY c.relname COLLATE "C", k.contype IS DISTINCT FROM 'p', x.relname COLLATE "C", i.indexrelid, u.position]]

local RULES = [[
SELECT c.relname AS table_name, r.rulename AS name
  FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND r.ev_type = '3'
 ORDER BY c.relname COLLATE "C", r.rulename COLLATE "C"]]

-- Columns whose domain, or one below it, has a CHECK.
local DOMAINS = [[
WITH RECURSIVE below AS (
    SELECT t.oid AS origin, t.oid, t.typbasetype FROM pg_catalog.pg_type t WHERE t.typtype = 'd'
    UNION ALL
    SELECT b.origin, t.oid, t.typbasetype FROM below b JOIN pg_catalog.pg_type t ON t.oid = b.typbasetype
     WHERE t.typtype = 'd')
SELECT c.relname AS table_name, a.attname AS column_name, pg_catalog.format_type(a.atttypid, NULL) AS name,
       pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(k.oid), ', ' ORDER BY k.oid) AS definition
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN below b ON b.origin = a.atttypid
  JOIN pg_catalog.pg_constraint k ON k.contypid = b.oid AND k.contype = 'c'
 WHERE n.nspname = $1 AND a.attnum > 0 AND NOT a.attisdropped
 GROUP BY c.relname, a.attname, a.attnum, a.atttypid
 ORDER BY c.relname COLLATE "C", a.attnum]]

---@class wherry.GuardIndex
---@field name string
---@field kind "p"|"u"|"x"|"i" of the constraint; "i": an index by itself
---@field unique boolean
---@field partial boolean
---@field expression boolean
---@field nulls_equal boolean
---@field deterministic boolean no collation of it takes different texts for equal
---@field columns string[]

---@class wherry.Guards what the catalog says of a table
---@field table wherry.Table
---@field indexes wherry.GuardIndex[]
---@field rules string[]
---@field domains { column: string, name: string, definition: string }[]

local function add_index(guards, row)
    local index = guards.indexes[#guards.indexes]
    if not index or index.name ~= row.name then
        index = { name = row.name, kind = row.kind, unique = row.is_unique == "t", partial = row.partial == "t",
            expression = false, nulls_equal = row.nulls_equal == "true", deterministic = true, columns = {} }
        table.insert(guards.indexes, index)
    end
    index.expression = index.expression or row.column_name == nil
    index.deterministic = index.deterministic and row.deterministic ~= "false"
    index.columns[#index.columns + 1] = row.column_name
end

---Reads what guards the tables of a schema.
---@param query fun(sql: string, parameters: any[]): table<string, string>[]
---@param schema string
---@return table<string, wherry.Guards> by table
function catalog.read(query, schema)
    local found = {}
    for _, t in ipairs(pg.read(query, schema).tables) do
        found[t.name] = { table = t, indexes = {}, rules = {}, domains = {} }
    end
    local function each(sql, take)
        for _, row in ipairs(query(sql, { schema })) do
            if found[row.table_name] then
                take(found[row.table_name], row)
            end
        end
    end
    each(INDEXES, add_index)
    each(RULES, function(guards, row)
        table.insert(guards.rules, row.name)
    end)
    each(DOMAINS, function(guards, row)
        table.insert(guards.domains, { column = row.column_name, name = row.name, definition = row.definition })
    end)
    return found
end

return catalog
