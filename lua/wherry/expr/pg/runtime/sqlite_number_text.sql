-- volatility: immutable; needs: sqlite_text
-- CAST(value AS TEXT) of a column that holds integers and reals as doubles: a whole number was an integer.
CREATE FUNCTION @schema@.sqlite_number_text(value double precision) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
    SELECT CASE WHEN value = pg_catalog.trunc(value) AND value >= -9223372036854775808 AND value < 9223372036854775808
        THEN value::bigint::text ELSE @schema@.sqlite_text(value) END
$wherry$;
