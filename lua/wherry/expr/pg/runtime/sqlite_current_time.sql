-- volatility: stable; needs: sqlite_moment
-- time() of SQLite, where the time may be now and the zone the session's: the time of day HH:MM:SS.
CREATE FUNCTION @schema@.sqlite_current_time(value text,
    VARIADIC modifiers text[] DEFAULT '{}') RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $wherry$
DECLARE
    m double precision[] := @schema@.sqlite_moment(value, NULL::double precision, modifiers,
        pg_catalog.statement_timestamp(), pg_catalog.current_setting('TimeZone'));
BEGIN
    RETURN pg_catalog.lpad(m[5]::text, 2, '0') || ':' || pg_catalog.lpad(m[6]::text, 2, '0')
        || ':' || pg_catalog.lpad(pg_catalog.trunc(m[7])::text, 2, '0');
END
$wherry$;
CREATE FUNCTION @schema@.sqlite_current_time(value double precision,
    VARIADIC modifiers text[] DEFAULT '{}') RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $wherry$
DECLARE
    m double precision[] := @schema@.sqlite_moment(NULL::text, value, modifiers,
        pg_catalog.statement_timestamp(), pg_catalog.current_setting('TimeZone'));
BEGIN
    RETURN pg_catalog.lpad(m[5]::text, 2, '0') || ':' || pg_catalog.lpad(m[6]::text, 2, '0')
        || ':' || pg_catalog.lpad(pg_catalog.trunc(m[7])::text, 2, '0');
END
$wherry$;
