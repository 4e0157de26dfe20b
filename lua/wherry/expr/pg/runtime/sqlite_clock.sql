-- volatility: immutable
-- A time of day HH:MM[:SS[.fff]][zone] as hour, minute, second, zone in minutes, 1 with a zone; NULL for all else.
CREATE FUNCTION @schema@.sqlite_clock(value text) RETURNS double precision[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    part text[] := pg_catalog.regexp_match(value, '^([0-9][0-9]):([0-9][0-9])(?::([0-9][0-9])(?:\.([0-9]+))?)?'
        || '[ \t\n\v\f\r]*(?:([+-])([0-9][0-9]):([0-9][0-9])[ \t\n\v\f\r]*|([zZ])[ \t\n\v\f\r]*)?$');
    fraction double precision := 0;
    divisor double precision := 1;
BEGIN
    IF part IS NULL OR part[1] > '24' OR part[2] > '59' OR part[3] > '59' OR part[6] > '14' OR part[7] > '59'
        OR pg_catalog.length(part[4]) > 300 THEN
        RETURN NULL;
    END IF;
    FOR i IN 1..COALESCE(pg_catalog.length(part[4]), 0) LOOP
        fraction := fraction * 10 + pg_catalog.substr(part[4], i, 1)::integer;
        divisor := divisor * 10;
    END LOOP;
    RETURN ARRAY[part[1]::integer, part[2]::integer, COALESCE(part[3]::integer, 0) + fraction / divisor,
        COALESCE((part[5] || '1')::integer * (part[6]::integer * 60 + part[7]::integer), 0),
        CASE WHEN part[5] IS NULL AND part[8] IS NULL THEN 0 ELSE 1 END];
END
$wherry$;
