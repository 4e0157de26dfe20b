-- volatility: immutable
-- All decimal digits of a finite double.
CREATE FUNCTION @schema@.sqlite_exact_number(value double precision) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    bits bigint := ('x' || pg_catalog.encode(pg_catalog.float8send(value), 'hex'))::bit(64)::bigint;
    exponent integer := ((bits >> 52) & 2047)::integer;
    mantissa numeric := bits & 4503599627370495;
BEGIN
    IF exponent = 0 THEN
        exponent := -1074;
    ELSE
        exponent := exponent - 1075;
        mantissa := mantissa + 4503599627370496;
    END IF;
    IF bits < 0 THEN
        mantissa := -mantissa;
    END IF;
    IF exponent >= 0 THEN
        RETURN mantissa * pg_catalog.trunc(pg_catalog.power(2::numeric, exponent));
    END IF;
    RETURN mantissa * pg_catalog.trunc(pg_catalog.power(5::numeric, -exponent)) * ('1e' || exponent)::numeric;
END
$wherry$;
