-- volatility: stable; needs: sqlite_moment
-- date() of SQLite, where the time may be now and the zone the session's: the date YYYY-MM-DD.
CREATE FUNCTION @schema@.sqlite_current_date(value text,
    VARIADIC modifiers text[] DEFAULT '{}') RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $wherry$
DECLARE
    m double precision[] := @schema@.sqlite_moment(value, NULL::double precision, modifiers,
        pg_catalog.statement_timestamp(), pg_catalog.current_setting('TimeZone'));
BEGIN
    RETURN CASE WHEN m[2] < 0 THEN '-' ELSE '' END
        || pg_catalog.lpad(pg_catalog.abs(m[2])::text, 4, '0') || '-' || pg_catalog.lpad(m[3]::text, 2, '0')
        || '-' || pg_catalog.lpad(m[4]::text, 2, '0');
END
$wherry$;
CREATE FUNCTION @schema@.sqlite_current_date(value double precision,
    VARIADIC modifiers text[] DEFAULT '{}') RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $wherry$
DECLARE
    m double precision[] := @schema@.sqlite_moment(NULL::text, value, modifiers,
        pg_catalog.statement_timestamp(), pg_catalog.current_setting('TimeZone'));
BEGIN
    RETURN CASE WHEN m[2] < 0 THEN '-' ELSE '' END
        || pg_catalog.lpad(pg_catalog.abs(m[2])::text, 4, '0') || '-' || pg_catalog.lpad(m[3]::text, 2, '0')
        || '-' || pg_catalog.lpad(m[4]::text, 2, '0');
END
$wherry$;
