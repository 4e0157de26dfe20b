-- volatility: stable; needs: sqlite_moment
-- julianday() of SQLite, where the time may be now and the zone the session's: the julian day number.
CREATE FUNCTION @schema@.sqlite_current_julianday(value text,
    VARIADIC modifiers text[] DEFAULT '{}') RETURNS double precision
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $wherry$
DECLARE
    m double precision[] := @schema@.sqlite_moment(value, NULL::double precision, modifiers,
        pg_catalog.statement_timestamp(), pg_catalog.current_setting('TimeZone'));
BEGIN
    RETURN m[1] / 86400000.0;
END
$wherry$;
CREATE FUNCTION @schema@.sqlite_current_julianday(value double precision,
    VARIADIC modifiers text[] DEFAULT '{}') RETURNS double precision
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $wherry$
DECLARE
    m double precision[] := @schema@.sqlite_moment(NULL::text, value, modifiers,
        pg_catalog.statement_timestamp(), pg_catalog.current_setting('TimeZone'));
BEGIN
    RETURN m[1] / 86400000.0;
END
$wherry$;
