-- volatility: immutable
-- round(value, places): away from zero at the middle, what lies a few last bits below the middle included.
CREATE FUNCTION @schema@.sqlite_round(value double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
    SELECT CASE WHEN pg_catalog.abs(value) > 4503599627370496 THEN value
        WHEN value < 0 THEN pg_catalog.trunc(value - 0.5) ELSE pg_catalog.trunc(value + 0.5) END
$wherry$;
CREATE FUNCTION @schema@.sqlite_round(value double precision, places bigint) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    digits CONSTANT integer := LEAST(places, 30)::integer;
    -- The fraction in two parts of 52 bits, each an integer that is exact.
    unit CONSTANT numeric := 0.0000000000000002220446049250313080847263336181640625;
    size double precision := pg_catalog.abs(value);
    scaled double precision;
    exact numeric;
    exponent integer := 0;
BEGIN
    IF size > 4503599627370496 THEN
        RETURN value;
    ELSIF places <= 0 THEN
        RETURN @schema@.sqlite_round(value);
    ELSIF size < 1e-30 THEN
        RETURN 0;
    END IF;
    scaled := (size - pg_catalog.trunc(size)) * 4503599627370496::double precision;
    exact := pg_catalog.trunc(size)::bigint + pg_catalog.trunc(scaled)::bigint * unit
        + pg_catalog.trunc((scaled - pg_catalog.trunc(scaled)) * 4503599627370496::double precision)::bigint * unit
            * unit;
    WHILE size >= 2 LOOP
        size := size / 2;
        exponent := exponent + 1;
    END LOOP;
    WHILE size < 1 LOOP
        size := size * 2;
        exponent := exponent - 1;
    END LOOP;
    IF digits + exponent / 3 < 15 THEN
        exact := exact + exact * 3e-16;
    END IF;
    exact := pg_catalog.trunc(exact + 0.5 * pg_catalog.power(10::numeric, -digits), digits);
    RETURN pg_catalog.sign(value) * exact::double precision;
END
$wherry$;
