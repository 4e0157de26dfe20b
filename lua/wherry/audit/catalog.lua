-- audit/catalog.lua: what the target's catalog has of the tables of a plan now: columns, constraints, indexes and
-- triggers, with what tells whether they are in force.
local names = require "wherry.names"

local catalog = {}

-- $1: the tables as they are written in SQL.
local TABLES = [[SELECT t.name, c.oid, c.relkind AS kind, c.relpersistence AS persistence
    FROM pg_catalog.unnest($1::pg_catalog.text[]) AS t(name)
    LEFT JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(t.name)]]

-- $1: oids. The type of a domain is what it stands for, as the plan has it.
local COLUMNS = [[
WITH RECURSIVE wanted AS (
    SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.atthasdef, a.attidentity,
           a.attgenerated
      FROM pg_catalog.pg_attribute a
     WHERE a.attrelid = ANY ($1::pg_catalog.oid[]) AND a.attnum > 0 AND NOT a.attisdropped),
base AS (
    SELECT t.oid AS origin, t.oid, t.typname, t.typtype, t.typbasetype, -1 AS typmod, t.typtypmod, false AS not_null,
           false AS has_default, 0 AS depth, t.typnotnull, t.typdefault
      FROM pg_catalog.pg_type t WHERE t.oid IN (SELECT atttypid FROM wanted)
    UNION ALL
    SELECT b.origin, t.oid, t.typname, t.typtype, t.typbasetype, b.typtypmod, t.typtypmod, b.not_null OR b.typnotnull,
           b.has_default OR b.typdefault IS NOT NULL, b.depth + 1, t.typnotnull, t.typdefault
      FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.typbasetype WHERE b.typtype = 'd')
SELECT w.attrelid AS relation, w.attname AS name, b.oid AS type_oid, b.typname AS type_name,
       CASE WHEN b.depth > 0 THEN b.typmod ELSE w.atttypmod END AS typmod,
       pg_catalog.format_type(w.atttypid, w.atttypmod) AS display, w.attnotnull OR b.not_null AS not_null,
       (w.atthasdef AND w.attgenerated = '') OR b.has_default AS has_default, w.attidentity AS identity,
       w.attgenerated <> '' AS generated,
       (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d
         WHERE d.adrelid = w.attrelid AND d.adnum = w.attnum) AS default_sql
  FROM wanted w JOIN base b ON b.origin = w.atttypid AND b.typtype <> 'd'
 ORDER BY w.attrelid, w.attnum]]

-- Triggers that a foreign key works by may be off: then it holds for nothing that comes.
local CONSTRAINTS = [[
SELECT k.oid, k.conrelid AS relation, k.conname AS name, k.contype AS kind, k.convalidated AS valid,
       (SELECT pg_catalog.array_to_json(pg_catalog.array_agg(a.attname ORDER BY u.n))::pg_catalog.text
          FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY u(i, n)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.i) AS columns,
       EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgconstraint = k.oid AND t.tgisinternal
                AND t.tgenabled IN ('D', 'R')) AS off
  FROM pg_catalog.pg_constraint k
 WHERE k.conrelid = ANY ($1::pg_catalog.oid[]) AND k.contype IN ('p', 'u', 'f', 'c', 'x')
 ORDER BY k.conrelid, k.conname COLLATE "C"]]

local INDEXES = [[
SELECT i.indrelid AS relation, x.relname AS name, i.indisunique AS is_unique,
       i.indisvalid AND i.indisready AND i.indislive AS valid
  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
 WHERE i.indrelid = ANY ($1::pg_catalog.oid[])]]

local TRIGGERS = [[
SELECT t.tgrelid AS relation, t.tgname AS name, t.tgenabled IN ('D', 'R') AS off
  FROM pg_catalog.pg_trigger t WHERE t.tgrelid = ANY ($1::pg_catalog.oid[]) AND NOT t.tgisinternal]]

-- Sessions for which triggers and foreign keys are off, by what is set for the database or for roles.
local REPLICA = [[
SELECT coalesce(r.rolname, 'all roles') AS role, d.datname AS database
  FROM pg_catalog.pg_db_role_setting s LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
  LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
 WHERE 'session_replication_role=replica' = ANY (s.setconfig)
   AND (s.setdatabase = 0 OR d.datname = pg_catalog.current_database())]]

---@class wherry.AuditColumn
---@field name string
---@field type_oid integer
---@field type_name string
---@field typmod integer
---@field display string
---@field not_null boolean
---@field has_default boolean
---@field identity boolean
---@field default_sql string|nil
---@field generated boolean

---@class wherry.AuditTable
---@field oid string
---@field kind string relkind
---@field unlogged boolean
---@field columns table<string, wherry.AuditColumn> by name
---@field constraints table<string, { kind: string, valid: boolean, off: boolean, columns: string }> by name
---@field indexes table<string, { unique: boolean, valid: boolean }> by name
---@field triggers table<string, { off: boolean }> by name

local function truth(value)
    return value == "t" or value == "true" or value == true or value == 1
end

local function integer(value)
    return math.tointeger(tonumber(value))
end

local function read_columns(query, by_oid, oids)
    for _, row in ipairs(query(COLUMNS, { oids })) do
        by_oid[tostring(row.relation)].columns[row.name] = { name = row.name, type_oid = integer(row.type_oid),
            type_name = row.type_name, typmod = integer(row.typmod), display = row.display,
            not_null = truth(row.not_null), has_default = truth(row.has_default),
            identity = row.identity ~= nil and row.identity ~= "", generated = truth(row.generated),
            default_sql = row.default_sql }
    end
end

---Reads what there is of tables.
---@param query fun(sql: string, parameters: table): table[] rows by column name
---@param tables string[] as they are written in SQL
---@return table<string, wherry.AuditTable> by that; one that is not there is not in it
function catalog.read(query, tables)
    local found, by_oid, oids = {}, {}, {}
    for _, row in ipairs(query(TABLES, { names.array_pg(tables) })) do
        if row.oid then
            local t = { oid = tostring(row.oid), kind = row.kind, unlogged = row.persistence == "u", columns = {},
                constraints = {}, indexes = {}, triggers = {} }
            found[row.name], by_oid[t.oid], oids[#oids + 1] = t, t, t.oid
        end
    end
    local list = names.array_pg(oids)
    read_columns(query, by_oid, list)
    for _, row in ipairs(query(CONSTRAINTS, { list })) do
        by_oid[tostring(row.relation)].constraints[row.name] = { kind = row.kind, valid = truth(row.valid),
            off = truth(row.off), columns = row.columns }
    end
    for _, row in ipairs(query(INDEXES, { list })) do
        by_oid[tostring(row.relation)].indexes[row.name] = { unique = truth(row.is_unique), valid = truth(row.valid) }
    end
    for _, row in ipairs(query(TRIGGERS, { list })) do
        by_oid[tostring(row.relation)].triggers[row.name] = { off = truth(row.off) }
    end
    return found
end

---For whom triggers and foreign keys are switched off by a setting.
---@param query fun(sql: string, parameters: table): table[]
---@return string[]
function catalog.replicas(query)
    local list = {}
    for i, row in ipairs(query(REPLICA, {})) do
        list[i] = row.role .. (row.database and " in " .. row.database or "")
    end
    return list
end

return catalog
