-- volatility: immutable
-- CAST(value AS BLOB): the bytes of a text in UTF-8.
CREATE FUNCTION @schema@.sqlite_blob(value text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
    SELECT pg_catalog.convert_to(value, 'UTF8')
$wherry$;
