-- volatility: immutable; needs: sqlite_moment
-- unixepoch() of SQLite over stored values: seconds since 1970-01-01.
CREATE FUNCTION @schema@.sqlite_unixepoch(value text, VARIADIC modifiers text[] DEFAULT '{}')
RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $wherry$
    SELECT pg_catalog.div(m[1]::numeric, 1000)::bigint - 210866760000
    FROM (SELECT @schema@.sqlite_moment(value, NULL::double precision, modifiers, NULL, NULL) AS m) AS moment
$wherry$;
CREATE FUNCTION @schema@.sqlite_unixepoch(value double precision, VARIADIC modifiers text[] DEFAULT '{}')
RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $wherry$
    SELECT pg_catalog.div(m[1]::numeric, 1000)::bigint - 210866760000
    FROM (SELECT @schema@.sqlite_moment(NULL::text, value, modifiers, NULL, NULL) AS m) AS moment
$wherry$;
