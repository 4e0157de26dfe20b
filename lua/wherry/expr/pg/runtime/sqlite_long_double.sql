-- volatility: immutable
-- The nearest value with a mantissa of 64 bits: what is left of a result in SQLite's floating point arithmetic on x86.
CREATE FUNCTION @schema@.sqlite_long_double(value numeric) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    shift integer;
    power numeric;
    scaled numeric;
    mantissa numeric;
    rest numeric;
BEGIN
    IF value = 0 THEN
        RETURN 0;
    END IF;
    -- The estimate may be one off; then the mantissa says so.
    IF value < 1e300 THEN
        shift := 63 - pg_catalog.floor(pg_catalog.ln(value::double precision) / 0.693147180559945309)::integer;
    ELSE
        shift := -933 - pg_catalog.floor(pg_catalog.ln((value * 1e-300)::double precision)
            / 0.693147180559945309)::integer;
    END IF;
    FOR attempt IN 1..3 LOOP
        power := pg_catalog.trunc(pg_catalog.power(2::numeric, pg_catalog.abs(shift)));
        IF shift >= 0 THEN
            scaled := value * power;
            mantissa := pg_catalog.trunc(scaled);
            rest := scaled - mantissa;
        ELSE
            mantissa := pg_catalog.div(value, power);
            rest := (value - mantissa * power) * 2;
            rest := CASE WHEN rest < power THEN 0.1 WHEN rest = power THEN 0.5 ELSE 0.9 END;
        END IF;
        IF mantissa < 9223372036854775808 THEN
            shift := shift + 1;
        ELSIF mantissa >= 18446744073709551616 THEN
            shift := shift - 1;
        ELSE
            EXIT;
        END IF;
    END LOOP;
    IF rest > 0.5 OR rest = 0.5 AND mantissa % 2 = 1 THEN
        mantissa := mantissa + 1;
    END IF;
    IF shift < 0 THEN
        RETURN pg_catalog.trunc(mantissa * power);
    END IF;
    RETURN mantissa * pg_catalog.trunc(pg_catalog.power(5::numeric, shift)) * ('1e-' || shift)::numeric;
END
$wherry$;
