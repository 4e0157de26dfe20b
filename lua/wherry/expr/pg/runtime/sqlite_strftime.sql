-- volatility: immutable; needs: sqlite_moment, sqlite_moment_format
-- strftime() of SQLite over stored values.
CREATE FUNCTION @schema@.sqlite_strftime(format text, value text,
    VARIADIC modifiers text[] DEFAULT '{}') RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $wherry$
    SELECT @schema@.sqlite_moment_format(format,
        @schema@.sqlite_moment(value, NULL::double precision, modifiers, NULL, NULL))
$wherry$;
CREATE FUNCTION @schema@.sqlite_strftime(format text, value double precision,
    VARIADIC modifiers text[] DEFAULT '{}') RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $wherry$
    SELECT @schema@.sqlite_moment_format(format,
        @schema@.sqlite_moment(NULL::text, value, modifiers, NULL, NULL))
$wherry$;
