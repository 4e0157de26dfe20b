-- volatility: immutable; needs: sqlite_moment
-- date() of SQLite over stored values: the date YYYY-MM-DD.
CREATE FUNCTION @schema@.sqlite_date(value text,
    VARIADIC modifiers text[] DEFAULT '{}') RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $wherry$
DECLARE
    m double precision[] := @schema@.sqlite_moment(value, NULL::double precision, modifiers, NULL, NULL);
BEGIN
    RETURN CASE WHEN m[2] < 0 THEN '-' ELSE '' END
        || pg_catalog.lpad(pg_catalog.abs(m[2])::text, 4, '0') || '-' || pg_catalog.lpad(m[3]::text, 2, '0')
        || '-' || pg_catalog.lpad(m[4]::text, 2, '0');
END
$wherry$;
CREATE FUNCTION @schema@.sqlite_date(value double precision,
    VARIADIC modifiers text[] DEFAULT '{}') RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $wherry$
DECLARE
    m double precision[] := @schema@.sqlite_moment(NULL::text, value, modifiers, NULL, NULL);
BEGIN
    RETURN CASE WHEN m[2] < 0 THEN '-' ELSE '' END
        || pg_catalog.lpad(pg_catalog.abs(m[2])::text, 4, '0') || '-' || pg_catalog.lpad(m[3]::text, 2, '0')
        || '-' || pg_catalog.lpad(m[4]::text, 2, '0');
END
$wherry$;
