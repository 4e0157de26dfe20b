-- volatility: immutable; needs: sqlite_real, sqlite_exact_number
-- A number as JSON that equals another exactly where SQLite's integers and doubles are equal.
CREATE FUNCTION @schema@.sqlite_json_scalar(digits text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    number double precision;
BEGIN
    IF digits ~ '^[+-]?[0-9]+$' AND digits::numeric BETWEEN -9223372036854775808 AND 9223372036854775807 THEN
        RETURN pg_catalog.to_jsonb(digits::numeric);
    END IF;
    number := CASE WHEN digits ~ 'Infinity$' THEN digits::double precision ELSE @schema@.sqlite_real(digits) END;
    IF number IN ('Infinity', '-Infinity') THEN
        -- Beyond every double.
        RETURN pg_catalog.to_jsonb(pg_catalog.sign(number)::numeric * 1e400);
    ELSIF pg_catalog.abs(number) >= 9007199254740992 THEN
        RETURN pg_catalog.to_jsonb(pg_catalog.trunc(@schema@.sqlite_exact_number(number)));
    END IF;
    RETURN pg_catalog.to_jsonb(number);
END
$wherry$;
