-- pg_indexes.lua: the keys and indexes that stand on PostgreSQL tables, with all that it takes to make them again
-- exactly as they are, and what keeps them from being taken away.
local names = require "wherry.names"
local statements = require "wherry.statements"

local pg_indexes = {}

---@class wherry.StandingIndex
---@field oid string
---@field relation string the table's oid
---@field kind "primary key"|"unique"|"exclusion constraint"|"index"
---@field schema string
---@field name string
---@field unique boolean
---@field columns string[] the key's columns; an expression has none
---@field terms string[] the key's columns and expressions as SQL
---@field where string|nil a partial index's condition
---@field nulls_equal boolean
---@field expression boolean it has an expression or a condition
---@field plain boolean by columns alone, told apart as their bytes are: a B-tree of built-in operators
---@field tells_apart boolean rows of the table are known by it to those who follow changes
---@field create_sql string what puts it in place, see wherry.statements
---@field drop_sql string
---@field obstacle string|nil why it can't be taken away, or not be made again
---@field dependents { key: string|nil, text: string }[] what depends on it; key: a foreign key's oid

-- nulls_equal: servers before 15 lack the column; those before 12, collisdeterministic. custom: something that is not
-- built in is run when it is built.
local INDEXES = [[
SELECT i.indexrelid AS oid, i.indrelid AS relation, n.nspname AS schema, x.relname AS name, c.relname AS table_name,
       k.conname AS constraint_name, k.contype, k.condeferrable AS deferrable, k.condeferred AS deferred,
       pg_catalog.pg_get_indexdef(i.indexrelid) AS index_sql, pg_catalog.pg_get_constraintdef(k.oid) AS constraint_sql,
       i.indisunique AS is_unique, i.indisvalid AND i.indisready AND i.indislive AS valid,
       i.indisclustered AS clustered, i.indisreplident AS replica_identity, c.relreplident AS table_identity,
       i.indexprs IS NOT NULL AS expression, pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
       pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct' AS nulls_equal, s.spcname AS tablespace, m.amname AS method,
       pg_catalog.obj_description(i.indexrelid, 'pg_class') AS index_comment,
       pg_catalog.obj_description(k.oid, 'pg_constraint') AS constraint_comment,
       pg_catalog.has_schema_privilege(n.oid, 'CREATE') AS may_create,
       pg_catalog.has_tablespace_privilege(s.oid, 'CREATE') AS may_place,
       i.indnatts > i.indnkeyatts OR EXISTS (SELECT FROM pg_catalog.pg_collation l
           WHERE l.oid = ANY (i.indcollation) AND pg_catalog.to_jsonb(l) ->> 'collisdeterministic' = 'false')
           AS more_than_keys,
       (n.nspname, c.relname) IN (SELECT p.schemaname, p.tablename FROM pg_catalog.pg_publication_tables p)
           AS published,
       EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid IN (i.indexrelid, k.oid)
           AND d.classid IN ('pg_catalog.pg_class'::pg_catalog.regclass,
               'pg_catalog.pg_constraint'::pg_catalog.regclass)
           AND d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass,
               'pg_catalog.pg_opclass'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass))
           AS custom,
       (SELECT f.oid::pg_catalog.regprocedure FROM pg_catalog.pg_depend d
           JOIN pg_catalog.pg_proc f ON f.oid = d.refobjid WHERE d.objid = i.indexrelid
           AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
           AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
           AND NOT (pg_catalog.has_function_privilege(f.oid, 'EXECUTE')
               AND pg_catalog.has_schema_privilege(f.pronamespace, 'USAGE')) LIMIT 1) AS forbidden
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
  JOIN pg_catalog.pg_am m ON m.oid = x.relam
  JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace
  LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = x.reltablespace
  LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid
       AND k.contype IN ('p', 'u', 'x')
 WHERE i.indrelid = ANY ($1::pg_catalog.oid[])
 ORDER BY i.indrelid, k.contype IS DISTINCT FROM 'p', x.relname COLLATE "C"]]

-- A row for each key column. A collation that is not the column's own stands in no expression that the server prints.
local TERMS = [[
SELECT i.indexrelid AS index, a.attname AS column_name,
       pg_catalog.pg_get_indexdef(i.indexrelid, u.position::int, false)
           || coalesce(' COLLATE ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(l.collname),
               '') AS term
  FROM pg_catalog.pg_index i
  JOIN LATERAL pg_catalog.unnest(i.indkey) WITH ORDINALITY AS u(attnum, position) ON u.position <= i.indnkeyatts
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.attnum AND u.attnum > 0
  LEFT JOIN pg_catalog.pg_collation l ON l.oid = i.indcollation[u.position - 1]
       AND l.oid <> coalesce(a.attcollation, 100)
  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = l.collnamespace
 WHERE i.indrelid = ANY ($1::pg_catalog.oid[]) ORDER BY i.indexrelid, u.position]]

local STATISTICS = [[
SELECT a.attrelid AS index, a.attnum AS number, a.attstattarget AS target
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_index i ON i.indexrelid = a.attrelid
 WHERE i.indrelid = ANY ($1::pg_catalog.oid[]) AND a.attstattarget >= 0 ORDER BY a.attrelid, a.attnum]]

-- What depends on an index or on its constraint. A partition's foreign key goes and comes with its parent's.
local DEPENDENTS = [[
WITH wanted AS (
    SELECT i.indexrelid, 'pg_catalog.pg_class'::pg_catalog.regclass AS class, i.indexrelid AS object
      FROM pg_catalog.pg_index i WHERE i.indrelid = ANY ($1::pg_catalog.oid[])
    UNION ALL
    SELECT k.conindid, 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid FROM pg_catalog.pg_constraint k
     WHERE k.conrelid = ANY ($1::pg_catalog.oid[]) AND k.contype IN ('p', 'u', 'x'))
SELECT w.indexrelid AS index, f.oid AS key, f.conname AS key_name, f.conrelid::pg_catalog.regclass AS child,
       v.oid::pg_catalog.regclass AS view, pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) AS described
  FROM wanted w JOIN pg_catalog.pg_depend d ON d.refclassid = w.class AND d.refobjid = w.object
  LEFT JOIN pg_catalog.pg_constraint f ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
       AND f.oid = d.objid AND f.contype = 'f'
  LEFT JOIN pg_catalog.pg_rewrite r ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND r.oid = d.objid
  LEFT JOIN pg_catalog.pg_class v ON v.oid = r.ev_class
 WHERE d.deptype IN ('n', 'a') AND (f.oid IS NULL OR f.conparentid = 0)
UNION ALL
SELECT w.indexrelid, NULL, NULL, NULL, NULL, pg_catalog.pg_describe_object(d.refclassid, d.refobjid, 0)
  FROM wanted w JOIN pg_catalog.pg_depend d ON d.classid = w.class AND d.objid = w.object
 WHERE d.deptype IN ('e', 'x')
 ORDER BY 1, 3, 6]]

local KINDS = { p = "primary key", u = "unique", x = "exclusion constraint" }

local function truth(value)
    return value == "t" or value == "true"
end

local function grouped(rows)
    local groups = {}
    for _, row in ipairs(rows) do
        groups[row.index] = groups[row.index] or {}
        table.insert(groups[row.index], row)
    end
    return groups
end

-- What is done inside of the transaction for one statement only. A function in an index may find its own tables and
-- functions by the search path, as it does for the application.
local function within(list, row, sql)
    if row.tablespace then
        list[#list + 1] = "SET LOCAL default_tablespace TO " .. names.quote_pg(row.tablespace)
    end
    if truth(row.custom) then
        list[#list + 1] = "SET LOCAL search_path TO DEFAULT"
    end
    list[#list + 1] = sql
    if truth(row.custom) then
        list[#list + 1] = "SET LOCAL search_path TO pg_catalog"
    end
    if row.tablespace then
        list[#list + 1] = "SET LOCAL default_tablespace TO ''"
    end
end

-- A key comes as an index first, which lets others be built beside it; the constraint then takes the index over.
local function constraint(list, row, qualified)
    local name = names.quote_pg(row.constraint_name)
    if row.contype == "x" then
        within(list, row, ("ALTER TABLE ONLY %s ADD CONSTRAINT %s %s"):format(qualified, name, row.constraint_sql))
        return
    end
    within(list, row, row.index_sql)
    list[#list + 1] = ("ALTER TABLE ONLY %s ADD CONSTRAINT %s %s USING INDEX %s%s"):format(qualified, name,
        row.contype == "p" and "PRIMARY KEY" or "UNIQUE", name,
        truth(row.deferred) and " DEFERRABLE INITIALLY DEFERRED" or truth(row.deferrable) and " DEFERRABLE" or "")
end

-- What hangs on an index, or on its constraint, and goes with it.
local function belongings(list, row, qualified, statistics)
    local name = names.quote_pg(row.name)
    local index = names.qualified(row.schema, row.name)
    for _, one in ipairs(statistics or {}) do
        list[#list + 1] = ("ALTER INDEX %s ALTER COLUMN %s SET STATISTICS %s"):format(index, one.number, one.target)
    end
    if row.index_comment then
        list[#list + 1] = ("COMMENT ON INDEX %s IS %s"):format(index, names.literal_pg(row.index_comment))
    end
    if row.constraint_comment then
        list[#list + 1] = ("COMMENT ON CONSTRAINT %s ON %s IS %s"):format(name, qualified,
            names.literal_pg(row.constraint_comment))
    end
    if truth(row.clustered) then
        list[#list + 1] = ("ALTER TABLE %s CLUSTER ON %s"):format(qualified, name)
    end
    if truth(row.replica_identity) then
        list[#list + 1] = ("ALTER TABLE ONLY %s REPLICA IDENTITY USING INDEX %s"):format(qualified, name)
    end
end

-- Why an index can't be taken away and made again, whatever depends on it.
local function obstacle(row)
    if not truth(row.valid) then
        return "it is not valid, and would be valid when it is made again"
    elseif (row.contype == "p" or row.contype == "u") and row.method ~= "btree" then
        return "it is no plain key"
    elseif row.may_create == "f" then
        return ("this role may create nothing in the schema %s"):format(names.quote_pg(row.schema))
    elseif row.may_place == "f" then
        return ("this role may create nothing in the tablespace %s"):format(names.quote_pg(row.tablespace))
    elseif row.forbidden then
        return ("this role may not call %s, which it is built by"):format(row.forbidden)
    end
    return nil
end

local function dependents(rows)
    local list = {}
    for i, row in ipairs(rows or {}) do
        local text = row.key and ("the foreign key %s of %s refers to it"):format(names.quote_pg(row.key_name),
            row.child) or row.view and ("the view %s depends on it"):format(row.view) or row.described .. " needs it"
        list[i] = { key = row.key, text = text }
    end
    return list
end

local function standing(row, terms, statistics)
    local qualified, list = names.qualified(row.schema, row.table_name), {}
    if row.contype then
        constraint(list, row, qualified)
    else
        within(list, row, row.index_sql)
    end
    belongings(list, row, qualified, statistics)
    local index = {
        oid = row.oid, relation = row.relation, kind = KINDS[row.contype] or "index", schema = row.schema,
        name = row.name, unique = truth(row.is_unique), columns = {}, terms = {}, where = row.predicate,
        nulls_equal = truth(row.nulls_equal), expression = truth(row.expression) or row.predicate ~= nil,
        plain = row.method == "btree" and not (truth(row.expression) or row.predicate or truth(row.custom)
            or truth(row.more_than_keys)),
        tells_apart = truth(row.published) and (truth(row.replica_identity)
            or row.contype == "p" and row.table_identity == "d"),
        create_sql = statements.join(list), obstacle = obstacle(row),
        drop_sql = row.contype and ("ALTER TABLE ONLY %s DROP CONSTRAINT %s"):format(qualified,
            names.quote_pg(row.constraint_name)) or "DROP INDEX " .. names.qualified(row.schema, row.name),
    }
    for _, term in ipairs(terms or {}) do
        index.columns[#index.columns + 1] = term.column_name
        index.terms[#index.terms + 1] = term.term
    end
    return index
end

---The keys and indexes of tables, a table's primary key first, then by name.
---@param query fun(sql: string, parameters: table): table[]
---@param relations string[] oids
---@return table<string, wherry.StandingIndex[]> by table's oid
function pg_indexes.read(query, relations)
    local wanted, by_table = { "{" .. table.concat(relations, ",") .. "}" }, {}
    local rows = query(INDEXES, wanted)
    if not rows[1] then
        return by_table
    end
    local terms, statistics = grouped(query(TERMS, wanted)), grouped(query(STATISTICS, wanted))
    local depend = grouped(query(DEPENDENTS, wanted))
    for _, row in ipairs(rows) do
        local index = standing(row, terms[row.oid], statistics[row.oid])
        index.dependents = dependents(depend[row.oid])
        by_table[row.relation] = by_table[row.relation] or {}
        table.insert(by_table[row.relation], index)
    end
    return by_table
end

return pg_indexes
