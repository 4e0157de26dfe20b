-- The catalog queries of pg.lua. Everything is qualified with pg_catalog: a search_path may hold a table of the same
-- name. $1 is the schema. Partitions are hidden behind their parents.

local queries = {}

-- Relations of the schema: ordinary, partitioned and foreign tables, views, materialized views.
queries.relations = [[
SELECT c.oid, c.relname AS name, c.relkind AS kind,
       pg_catalog.pg_has_role(c.relowner, 'USAGE') AS owned,
       pg_catalog.has_table_privilege(c.oid, 'INSERT') AS can_insert,
       pg_catalog.has_table_privilege(c.oid, 'SELECT') AS can_select,
       pg_catalog.row_security_active(c.oid) AS rls_in_force,
       (SELECT e.extname FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
         WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0
           AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e' LIMIT 1) AS extension
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT c.relispartition
 ORDER BY c.relname COLLATE "C"]]

-- Columns with their base type: a domain's type and typmod are those under its innermost domain.
queries.columns = [[
WITH RECURSIVE wanted AS (
    SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.atthasdef, a.attidentity,
           a.attgenerated, a.attcollation
      FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
       AND a.attnum > 0 AND NOT a.attisdropped),
base AS (
    SELECT t.oid AS origin, t.oid, t.typname, t.typtype, t.typbasetype, -1 AS typmod, t.typtypmod, false AS not_null,
           false AS has_default, 0 AS depth, t.typnotnull, t.typdefault
      FROM pg_catalog.pg_type t WHERE t.oid IN (SELECT atttypid FROM wanted)
    UNION ALL
    SELECT b.origin, t.oid, t.typname, t.typtype, t.typbasetype, b.typtypmod, t.typtypmod, b.not_null OR b.typnotnull,
           b.has_default OR b.typdefault IS NOT NULL, b.depth + 1, t.typnotnull, t.typdefault
      FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.typbasetype WHERE b.typtype = 'd')
SELECT w.attrelid AS relation, w.attname AS name, b.oid AS type_oid, b.typname AS type_name, b.typtype,
       CASE WHEN b.depth > 0 THEN b.typmod ELSE w.atttypmod END AS typmod,
       pg_catalog.format_type(w.atttypid, w.atttypmod) AS display,
       CASE WHEN b.depth > 0 THEN o.typname END AS domain,
       w.attnotnull OR b.not_null AS not_null,
       (w.atthasdef AND w.attgenerated = '') OR b.has_default AS has_default,
       w.attidentity AS identity, w.attgenerated <> '' AS generated,
       pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS default_sql, l.collname AS collation
  FROM wanted w
  JOIN base b ON b.origin = w.atttypid AND b.typtype <> 'd'
  JOIN pg_catalog.pg_type o ON o.oid = w.atttypid
  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = w.attrelid AND d.adnum = w.attnum
  LEFT JOIN pg_catalog.pg_collation l ON l.oid = w.attcollation AND w.attcollation <> 100
 ORDER BY w.attrelid, w.attnum]]

-- The sequences behind columns: of identities, those that defaults call, those that columns own.
queries.sequences = [[
WITH found AS (
    SELECT d.refobjid AS relation, d.refobjsubid AS attnum, d.objid AS sequence,
           CASE WHEN d.deptype = 'i' THEN 1 ELSE 3 END AS rank
      FROM pg_catalog.pg_depend d
     WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
       AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
    UNION ALL
    SELECT a.adrelid, a.adnum, d.refobjid, 2
      FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_attrdef a ON a.oid = d.objid
     WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
       AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'n')
SELECT f.relation, a.attname AS column_name, sn.nspname AS schema, s.relname AS name,
       pg_catalog.has_sequence_privilege(s.oid, 'UPDATE') AS can_update
  FROM found f
  JOIN pg_catalog.pg_class s ON s.oid = f.sequence AND s.relkind = 'S'
  JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace
  JOIN pg_catalog.pg_class c ON c.oid = f.relation AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = $1
  JOIN pg_catalog.pg_attribute a ON a.attrelid = f.relation AND a.attnum = f.attnum
 ORDER BY f.relation, f.attnum, f.rank, s.relname COLLATE "C"]]

-- Keys, foreign keys and CHECKs, one row for each of their columns.
queries.constraints = [[
SELECT k.oid, k.conrelid AS relation, k.conname AS name, k.contype AS kind, a.attname AS column_name,
       CASE WHEN k.contype = 'f' THEN pg_catalog.obj_description(k.oid, 'pg_constraint') END AS comment,
       k.convalidated AS valid, k.condeferrable AS deferrable, k.condeferred AS deferred,
       pg_catalog.pg_get_constraintdef(k.oid) AS definition,
       pn.nspname AS parent_schema, p.relname AS parent, pa.attname AS parent_column,
       pg_catalog.has_column_privilege(k.confrelid, pa.attnum, 'REFERENCES') AS may_reference,
       CASE k.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE'
            WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' END AS on_delete,
       CASE k.confupdtype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE'
            WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' END AS on_update
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN LATERAL ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey)) WITH ORDINALITY
       AS u(attnum, parent_attnum, position) ON true
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
  LEFT JOIN pg_catalog.pg_class p ON p.oid = k.confrelid
  LEFT JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
  LEFT JOIN pg_catalog.pg_attribute pa ON pa.attrelid = k.confrelid AND pa.attnum = u.parent_attnum
 WHERE n.nspname = $1 AND k.contype IN ('p', 'u', 'f', 'c') AND k.conparentid = 0 AND NOT c.relispartition
 ORDER BY k.conrelid, k.conname COLLATE "C", k.oid, u.position]]

-- Indexes that stand for no constraint, one row for each key column; an expression has no name.
queries.indexes = [[
SELECT i.indexrelid AS oid, i.indrelid AS relation, x.relname AS name, i.indisunique AS is_unique,
       i.indpred IS NOT NULL AS partial, pg_catalog.pg_get_indexdef(i.indexrelid) AS definition,
       a.attname AS column_name, (i.indoption[u.position - 1] & 1) = 1 AS descending, l.collname AS collation
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
  JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN LATERAL pg_catalog.unnest(i.indkey) WITH ORDINALITY AS u(attnum, position) ON u.position <= i.indnkeyatts
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.attnum AND u.attnum > 0
  LEFT JOIN pg_catalog.pg_collation l ON l.oid = i.indcollation[u.position - 1] AND l.oid <> 100
 WHERE n.nspname = $1 AND NOT c.relispartition
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                    WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
 ORDER BY i.indrelid, x.relname COLLATE "C", u.position]]

-- User triggers; bit 4 of tgtype is INSERT, bit 16 UPDATE.
queries.triggers = [[
SELECT t.tgrelid AS relation, c.relname AS table_name, t.tgname AS name, t.tgenabled AS enabled,
       (t.tgtype & 4) <> 0 AS on_insert, (t.tgtype & 16) <> 0 AS on_update,
       pg_catalog.pg_get_triggerdef(t.oid) AS definition
  FROM pg_catalog.pg_trigger t
  JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 AND NOT t.tgisinternal AND NOT c.relispartition
 ORDER BY c.relname COLLATE "C", t.tgname COLLATE "C"]]

return queries
