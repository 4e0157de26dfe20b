-- volatility: immutable
-- The order of two scalars in SQLite as -1, 0 or 1: numbers before texts, texts by their bytes.
CREATE FUNCTION @schema@.sqlite_json_compare(one jsonb, other jsonb) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
    SELECT CASE WHEN one = other THEN 0
        WHEN pg_catalog.jsonb_typeof(one) <> pg_catalog.jsonb_typeof(other)
        THEN CASE pg_catalog.jsonb_typeof(one) WHEN 'number' THEN -1 ELSE 1 END
        WHEN pg_catalog.jsonb_typeof(one) = 'number'
        THEN CASE WHEN (one #>> '{}')::numeric < (other #>> '{}')::numeric THEN -1 ELSE 1 END
        WHEN (one #>> '{}') COLLATE "C" < (other #>> '{}') COLLATE "C" THEN -1
        ELSE 1 END
$wherry$;
