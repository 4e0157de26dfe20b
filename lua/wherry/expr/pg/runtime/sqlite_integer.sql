-- volatility: immutable
-- CAST(value AS INTEGER): the digits that a text begins with, a real without its fraction, both held within 64 bits.
CREATE FUNCTION @schema@.sqlite_integer(value text) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
    SELECT LEAST(GREATEST(COALESCE(pg_catalog.substring(value, '^[ \t\n\v\f\r]*([+-]?[0-9]+)'), '0')::numeric,
        -9223372036854775808), 9223372036854775807)::bigint
$wherry$;
CREATE FUNCTION @schema@.sqlite_integer(value double precision) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
    SELECT CASE WHEN value >= 9223372036854775807 THEN 9223372036854775807
        WHEN value <= -9223372036854775808 THEN '-9223372036854775808'::bigint
        ELSE pg_catalog.trunc(value)::bigint END
$wherry$;
CREATE FUNCTION @schema@.sqlite_integer(value numeric) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
    SELECT LEAST(GREATEST(pg_catalog.trunc(value), -9223372036854775808), 9223372036854775807)::bigint
$wherry$;
