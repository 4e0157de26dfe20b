-- volatility: immutable; needs: sqlite_real
-- A number beside a text that becomes a number where it looks like one: -1, 0 or 1. Every number is less than a text.
CREATE FUNCTION @schema@.sqlite_compare(number numeric, value text) RETURNS integer
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    other double precision;
    exact numeric;
BEGIN
    IF value !~ '^[ \t\n\v\f\r]*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[ \t\n\v\f\r]*$' THEN
        RETURN -1;
    END IF;
    IF value ~ '^[ \t\n\v\f\r]*[+-]?[0-9]+[ \t\n\v\f\r]*$' THEN
        exact := pg_catalog.btrim(value, E' \t\n\v\f\r')::numeric;
    END IF;
    IF exact IS NULL OR exact NOT BETWEEN -9223372036854775808 AND 9223372036854775807 THEN
        -- A real, which holds a whole number exactly where 64 bits do.
        other := @schema@.sqlite_real(value);
        IF other IN ('Infinity', '-Infinity') THEN
            RETURN -pg_catalog.sign(other)::integer;
        END IF;
        exact := CASE WHEN other = pg_catalog.trunc(other) AND pg_catalog.abs(other) < 9223372036854775808
            THEN other::bigint::numeric ELSE other::text::numeric END;
    END IF;
    RETURN pg_catalog.sign(number - exact)::integer;
END
$wherry$;
