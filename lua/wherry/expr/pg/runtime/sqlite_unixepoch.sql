-- volatility: immutable; needs: sqlite_moment
-- unixepoch() of SQLite over stored values: seconds since 1970-01-01.
CREATE FUNCTION @schema@.sqlite_unixepoch(value text,
    VARIADIC modifiers text[] DEFAULT '{}') RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $wherry$
DECLARE
    m double precision[] := @schema@.sqlite_moment(value, NULL::double precision, modifiers, NULL, NULL);
BEGIN
    RETURN m[1]::bigint / 1000 - 210866760000;
END
$wherry$;
CREATE FUNCTION @schema@.sqlite_unixepoch(value double precision,
    VARIADIC modifiers text[] DEFAULT '{}') RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $wherry$
DECLARE
    m double precision[] := @schema@.sqlite_moment(NULL::text, value, modifiers, NULL, NULL);
BEGIN
    RETURN m[1]::bigint / 1000 - 210866760000;
END
$wherry$;
