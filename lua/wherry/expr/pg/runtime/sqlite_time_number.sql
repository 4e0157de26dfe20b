-- volatility: immutable
-- The number that a whole text is in SQLite, NULL if it is none; what no date function accepts is cut to +-1e300 or 0.
CREATE FUNCTION @schema@.sqlite_time_number(value text) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    part text[] := pg_catalog.regexp_match(value,
        '^[ \t\n\v\f\r]*([+-]?)0*([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?)0*([0-9]+))?[ \t\n\v\f\r]*$');
    power integer;
BEGIN
    IF part IS NULL OR value !~ '^[ \t\n\v\f\r]*[+-]?\.?[0-9]' THEN
        RETURN NULL;
    END IF;
    IF part[5] IS NOT NULL AND pg_catalog.length(part[5]) > 4 THEN
        power := CASE part[4] WHEN '-' THEN -9999 ELSE 9999 END;
    ELSE
        power := COALESCE((part[4] || part[5])::integer, 0);
    END IF;
    IF (part[2] || COALESCE(part[3], '')) !~ '[1-9]' OR power + pg_catalog.length(part[2]) < -290 THEN
        RETURN 0;
    ELSIF power + pg_catalog.length(part[2]) > 300 THEN
        RETURN (part[1] || '1e300')::double precision;
    END IF;
    RETURN (part[1] || '0' || part[2] || '.' || COALESCE(part[3], '') || '0e' || power)::double precision;
END
$wherry$;
