-- volatility: immutable; needs: sqlite_float_text
-- CAST(value AS TEXT) of a real: at most 15 digits, always with a point; of a decimal: as the integer or real it was.
CREATE FUNCTION @schema@.sqlite_text(value double precision) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET extra_float_digits = 0 AS $wherry$
    SELECT CASE WHEN value = 0 THEN '0.0'
        WHEN value = 'Infinity' THEN 'Inf'
        WHEN value = '-Infinity' THEN '-Inf'
        -- Where 15 digits are not all that it has, SQLite's last digit is not always the nearest.
        WHEN pg_catalog.abs(value) < 1.79769313486231e308 AND value::text::double precision <> value
        THEN @schema@.sqlite_float_text(value, 'g', 15, 26)
        WHEN value::text LIKE '%.%' THEN value::text
        ELSE pg_catalog.regexp_replace(value::text, '^[^e]+', '\&.0') END
$wherry$;
CREATE FUNCTION @schema@.sqlite_text(value numeric) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
    SELECT CASE WHEN value = pg_catalog.trunc(value) AND value BETWEEN -9223372036854775808 AND 9223372036854775807
        THEN pg_catalog.trunc(value)::text ELSE @schema@.sqlite_text(value::double precision) END
$wherry$;
