-- volatility: immutable
-- CAST(value AS REAL): the number that the text begins with, 0 where there is none, Infinity beyond a double's range.
CREATE FUNCTION @schema@.sqlite_real(value text) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    part text[] := pg_catalog.regexp_match(value,
        '^[ \t\n\v\f\r]*([+-]?)0*([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?)0*([0-9]+))?');
    fraction text := COALESCE(part[3], '');
    power integer := 0;
    magnitude integer;
BEGIN
    IF value !~ '^[ \t\n\v\f\r]*[+-]?\.?[0-9]' OR (part[2] || fraction) !~ '[1-9]' THEN
        RETURN 0;
    ELSIF part[5] IS NOT NULL THEN
        power := (part[4] || pg_catalog.left(part[5], 6))::integer;
    END IF;
    magnitude := power + CASE WHEN part[2] <> '' THEN pg_catalog.length(part[2])
        ELSE pg_catalog.length(pg_catalog.ltrim(fraction, '0')) - pg_catalog.length(fraction) END;
    IF magnitude < -330 THEN
        RETURN 0;
    ELSIF magnitude > 310
        OR (part[2] || '.' || fraction || '0e' || power)::numeric > 1.7976931348623158079e308 THEN
        RETURN (part[1] || 'Infinity')::double precision;
    ELSIF (part[2] || '.' || fraction || '0e' || power)::numeric < 2.4703282292062328e-324 THEN
        RETURN 0;
    END IF;
    RETURN (part[1] || part[2] || '.' || fraction || '0e' || power)::double precision;
END
$wherry$;
