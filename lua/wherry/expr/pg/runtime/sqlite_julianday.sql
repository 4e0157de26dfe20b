-- volatility: immutable; needs: sqlite_moment
-- julianday() of SQLite over stored values: the julian day number.
CREATE FUNCTION @schema@.sqlite_julianday(value text,
    VARIADIC modifiers text[] DEFAULT '{}') RETURNS double precision
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $wherry$
DECLARE
    m double precision[] := @schema@.sqlite_moment(value, NULL::double precision, modifiers, NULL, NULL);
BEGIN
    RETURN m[1] / 86400000.0;
END
$wherry$;
CREATE FUNCTION @schema@.sqlite_julianday(value double precision,
    VARIADIC modifiers text[] DEFAULT '{}') RETURNS double precision
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $wherry$
DECLARE
    m double precision[] := @schema@.sqlite_moment(NULL::text, value, modifiers, NULL, NULL);
BEGIN
    RETURN m[1] / 86400000.0;
END
$wherry$;
