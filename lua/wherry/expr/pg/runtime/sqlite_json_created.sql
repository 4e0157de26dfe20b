-- volatility: immutable
-- What json_set() makes for the rest of a path that leads on from where a document ends; NULL where it makes nothing.
CREATE FUNCTION @schema@.sqlite_json_created(path text, value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    part text[] := pg_catalog.regexp_match(path, '^(?:\.("[^"]+"|[^."[][^.[]*)|(\[0\]))(.*)$');
    inner_value text;
BEGIN
    IF path = '' THEN
        RETURN value;
    END IF;
    inner_value := @schema@.sqlite_json_created(part[3], value);
    RETURN CASE WHEN part[2] IS NOT NULL THEN '[' || inner_value || ']'
        ELSE '{' || pg_catalog.to_json(pg_catalog.btrim(part[1], '"'))::text || ':' || inner_value || '}' END;
END
$wherry$;
