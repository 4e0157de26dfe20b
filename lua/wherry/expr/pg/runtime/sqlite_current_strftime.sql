-- volatility: stable; needs: sqlite_moment, sqlite_moment_format
-- strftime() of SQLite, where the time may be now and the zone the session's.
CREATE FUNCTION @schema@.sqlite_current_strftime(format text, value text,
    VARIADIC modifiers text[] DEFAULT '{}') RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $wherry$
    SELECT @schema@.sqlite_moment_format(format,
        @schema@.sqlite_moment(value, NULL::double precision, modifiers,
        pg_catalog.statement_timestamp(), pg_catalog.current_setting('TimeZone')))
$wherry$;
CREATE FUNCTION @schema@.sqlite_current_strftime(format text, value double precision,
    VARIADIC modifiers text[] DEFAULT '{}') RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $wherry$
    SELECT @schema@.sqlite_moment_format(format,
        @schema@.sqlite_moment(NULL::text, value, modifiers,
        pg_catalog.statement_timestamp(), pg_catalog.current_setting('TimeZone')))
$wherry$;
