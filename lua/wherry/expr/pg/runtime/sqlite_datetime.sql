-- volatility: immutable; needs: sqlite_moment
-- datetime() of SQLite over stored values: date and time YYYY-MM-DD HH:MM:SS.
CREATE FUNCTION @schema@.sqlite_datetime(value text,
    VARIADIC modifiers text[] DEFAULT '{}') RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $wherry$
DECLARE
    m double precision[] := @schema@.sqlite_moment(value, NULL::double precision, modifiers, NULL, NULL);
BEGIN
    RETURN CASE WHEN m[2] < 0 THEN '-' ELSE '' END
        || pg_catalog.lpad(pg_catalog.abs(m[2])::text, 4, '0') || '-' || pg_catalog.lpad(m[3]::text, 2, '0')
        || '-' || pg_catalog.lpad(m[4]::text, 2, '0')
        || ' ' || pg_catalog.lpad(m[5]::text, 2, '0') || ':' || pg_catalog.lpad(m[6]::text, 2, '0')
        || ':' || pg_catalog.lpad(pg_catalog.trunc(m[7])::text, 2, '0');
END
$wherry$;
CREATE FUNCTION @schema@.sqlite_datetime(value double precision,
    VARIADIC modifiers text[] DEFAULT '{}') RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $wherry$
DECLARE
    m double precision[] := @schema@.sqlite_moment(NULL::text, value, modifiers, NULL, NULL);
BEGIN
    RETURN CASE WHEN m[2] < 0 THEN '-' ELSE '' END
        || pg_catalog.lpad(pg_catalog.abs(m[2])::text, 4, '0') || '-' || pg_catalog.lpad(m[3]::text, 2, '0')
        || '-' || pg_catalog.lpad(m[4]::text, 2, '0')
        || ' ' || pg_catalog.lpad(m[5]::text, 2, '0') || ':' || pg_catalog.lpad(m[6]::text, 2, '0')
        || ':' || pg_catalog.lpad(pg_catalog.trunc(m[7])::text, 2, '0');
END
$wherry$;
