-- The catalog queries of pg_entire.lua: what a copy of a schema has to know beyond what loading needs. $1 is the
-- schema. What later versions added to the catalog is read by way of JSON, so that PostgreSQL 12 answers too.

local queries = {}

-- How the database compares text, and how it prints what the catalog holds.
queries.settings = [[
SELECT d.datcollate AS collation, d.datctype AS ctype, pg_catalog.to_jsonb(d) ->> 'datlocprovider' AS provider,
       pg_catalog.current_setting('standard_conforming_strings') AS standard_strings,
       pg_catalog.current_setting('DateStyle') AS date_style,
       pg_catalog.current_setting('server_version_num') AS version,
       EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = $1) AS schema_exists
  FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()]]

queries.relations = [[
SELECT c.oid, pg_catalog.obj_description(c.oid, 'pg_class') AS comment,
       CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END AS view_sql, c.relname AS name,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class p ON p.oid = h.inhrelid
         WHERE h.inhparent = c.oid) AS children,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_inherits h WHERE h.inhrelid = c.oid) AS parents
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT c.relispartition
 ORDER BY c.relname COLLATE "C"]]

-- The types of columns: schema and category of the base type, the element of an array, the column's collation.
queries.columns = [[
WITH RECURSIVE base AS (
    SELECT t.oid AS origin, t.oid, t.typtype, t.typbasetype, t.typcategory, t.typelem, t.typnamespace,
           t.typdefault AS default_sql, 0 AS depth
      FROM pg_catalog.pg_type t
    UNION ALL
    SELECT b.origin, t.oid, t.typtype, t.typbasetype, t.typcategory, t.typelem, t.typnamespace,
           coalesce(b.default_sql, t.typdefault), b.depth + 1
      FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.typbasetype WHERE b.typtype = 'd')
SELECT a.attrelid AS relation, a.attname AS name, a.atttypid AS declared_oid, b.oid AS type_oid,
       b.typcategory AS category, tn.nspname AS type_schema,
       (SELECT x.extname FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension x ON x.oid = d.refobjid
         WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = b.oid AND d.deptype = 'e'
           AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass LIMIT 1) AS extension,
       e.oid AS element_oid, e.typname AS element_name, e.typtype AS element_typtype,
       CASE WHEN o.typtype = 'd' THEN b.default_sql END AS domain_default, a.attnotnull AS own_not_null,
       l.collname AS collation, l.collisdeterministic AS deterministic,
       pg_catalog.col_description(a.attrelid, a.attnum) AS comment
  FROM pg_catalog.pg_attribute a
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_type o ON o.oid = a.atttypid
  JOIN base b ON b.origin = a.atttypid AND b.typtype <> 'd'
  JOIN pg_catalog.pg_namespace tn ON tn.oid = b.typnamespace
  LEFT JOIN pg_catalog.pg_type e ON e.oid = b.typelem AND b.typcategory = 'A'
  LEFT JOIN pg_catalog.pg_collation l ON l.oid = a.attcollation
 WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attrelid, a.attnum]]

queries.labels = [[
SELECT e.enumtypid AS type_oid, e.enumlabel AS label
  FROM pg_catalog.pg_enum e ORDER BY e.enumtypid, e.enumsortorder]]

-- The conditions of domains, each under every domain that is built on it.
queries.domain_checks = [[
WITH RECURSIVE chain AS (
    SELECT t.oid AS origin, t.oid, t.typbasetype, 0 AS depth FROM pg_catalog.pg_type t WHERE t.typtype = 'd'
    UNION ALL
    SELECT h.origin, t.oid, t.typbasetype, h.depth + 1
      FROM chain h JOIN pg_catalog.pg_type t ON t.oid = h.typbasetype AND t.typtype = 'd')
SELECT h.origin AS type_oid, k.conname AS name, pg_catalog.pg_get_expr(k.conbin, 0) AS expression
  FROM chain h JOIN pg_catalog.pg_constraint k ON k.contypid = h.oid AND k.contype = 'c'
 ORDER BY h.origin, h.depth DESC, k.conname COLLATE "C"]]

-- Constraints: the condition of CHECKs, what keys do about NULL and when they are checked, exclusions.
queries.constraints = [[
SELECT k.conrelid AS relation, k.conname AS name, k.contype AS kind, k.convalidated AS valid,
       k.condeferrable AS deferrable, k.confmatchtype AS match,
       pg_catalog.jsonb_array_length(nullif(pg_catalog.to_jsonb(k) -> 'confdelsetcols', 'null')) AS set_columns,
       pg_catalog.pg_get_expr(k.conbin, k.conrelid) AS expression,
       pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct' AS nulls_not_distinct,
       i.indnkeyatts < i.indnatts AS including,
       pg_catalog.pg_get_constraintdef(k.oid) AS definition
  FROM pg_catalog.pg_constraint k
  JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u')
 WHERE n.nspname = $1 AND k.contype IN ('p', 'u', 'f', 'c', 'x') AND k.conparentid = 0 AND NOT c.relispartition
 ORDER BY k.conrelid, k.conname COLLATE "C"]]

-- The columns of indexes: their expressions, operator classes, place of NULL; those after the key are only included.
queries.index_columns = [[
SELECT i.indrelid AS relation, x.relname AS name, m.amname AS method, i.indisvalid AS valid,
       u.position > i.indnkeyatts AS included,
       CASE WHEN u.attnum = 0 THEN pg_catalog.pg_get_indexdef(i.indexrelid, u.position::integer, false) END
           AS expression,
       a.attname AS column_name, (i.indoption[u.position - 1] & 2) = 2 AS nulls_first,
       o.opcname AS operator_class, o.opcdefault AS default_class, l.collname AS collation,
       l.collisdeterministic AS deterministic,
       pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct' AS nulls_not_distinct,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
  JOIN pg_catalog.pg_am m ON m.oid = x.relam
  JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN LATERAL pg_catalog.unnest(i.indkey) WITH ORDINALITY AS u(attnum, position) ON true
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.attnum AND u.attnum > 0
  LEFT JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[u.position - 1] AND u.position <= i.indnkeyatts
  LEFT JOIN pg_catalog.pg_collation l ON l.oid = i.indcollation[u.position - 1] AND u.position <= i.indnkeyatts
 WHERE n.nspname = $1 AND NOT c.relispartition
 ORDER BY i.indrelid, x.relname COLLATE "C", u.position]]

queries.policies = [[
SELECT p.polrelid AS relation, p.polname AS name
  FROM pg_catalog.pg_policy p
  JOIN pg_catalog.pg_class c ON c.oid = p.polrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 ORDER BY p.polrelid, p.polname COLLATE "C"]]

-- Rewrite rules that are not a view's own.
queries.rules = [[
SELECT r.ev_class AS relation, r.rulename AS name
  FROM pg_catalog.pg_rewrite r
  JOIN pg_catalog.pg_class c ON c.oid = r.ev_class JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 AND r.rulename <> '_RETURN' ORDER BY r.ev_class, r.rulename COLLATE "C"]]

-- Functions that no extension brought.
queries.functions = [[
SELECT p.proname AS name, pg_catalog.pg_get_function_identity_arguments(p.oid) AS arguments, p.prokind AS kind,
       p.prosrc AS source
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname = $1
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid
                      AND d.deptype = 'e')
 ORDER BY p.proname COLLATE "C", pg_catalog.pg_get_function_identity_arguments(p.oid) COLLATE "C"]]

-- Sequences with the last value they gave, where it may be read.
queries.sequences = [[
SELECT s.schemaname AS schema, s.sequencename AS name, s.last_value, s.increment_by, s.start_value
  FROM pg_catalog.pg_sequences s ORDER BY s.schemaname COLLATE "C", s.sequencename COLLATE "C"]]

return queries
