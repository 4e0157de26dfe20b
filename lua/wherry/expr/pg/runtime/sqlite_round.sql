-- volatility: immutable; needs: sqlite_float_text
-- round(value, places): the number that SQLite's printf writes by %.*f, of 16 digits at most.
CREATE FUNCTION @schema@.sqlite_round(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
    SELECT CASE WHEN pg_catalog.abs(value) > 4503599627370496 THEN value
        WHEN value < 0 THEN pg_catalog.trunc(value - 0.5) ELSE pg_catalog.trunc(value + 0.5) END
$wherry$;
CREATE FUNCTION @schema@.sqlite_round(value double precision, places bigint) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
    SELECT CASE WHEN pg_catalog.abs(value) > 4503599627370496 THEN value
        WHEN places <= 0 THEN @schema@.sqlite_round(value)
        ELSE @schema@.sqlite_float_text(value, 'f', LEAST(places, 30)::integer)::double precision END
$wherry$;
