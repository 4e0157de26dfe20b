-- volatility: stable; needs: sqlite_moment
-- unixepoch() of SQLite, where the time may be now and the zone the session's: seconds since 1970-01-01.
CREATE FUNCTION @schema@.sqlite_current_unixepoch(value text,
    VARIADIC modifiers text[] DEFAULT '{}') RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $wherry$
DECLARE
    m double precision[] := @schema@.sqlite_moment(value, NULL::double precision, modifiers,
        pg_catalog.statement_timestamp(), pg_catalog.current_setting('TimeZone'));
BEGIN
    RETURN m[1]::bigint / 1000 - 210866760000;
END
$wherry$;
CREATE FUNCTION @schema@.sqlite_current_unixepoch(value double precision,
    VARIADIC modifiers text[] DEFAULT '{}') RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $wherry$
DECLARE
    m double precision[] := @schema@.sqlite_moment(NULL::text, value, modifiers,
        pg_catalog.statement_timestamp(), pg_catalog.current_setting('TimeZone'));
BEGIN
    RETURN m[1]::bigint / 1000 - 210866760000;
END
$wherry$;
