-- volatility: immutable; needs: sqlite_json_element
-- json_type() of SQLite.
CREATE FUNCTION @schema@.sqlite_json_type(document text, path text DEFAULT '$') RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    element text := @schema@.sqlite_json_element(document, path);
BEGIN
    RETURN CASE pg_catalog.left(element, 1) WHEN '{' THEN 'object' WHEN '[' THEN 'array' WHEN '"' THEN 'text'
        WHEN 't' THEN 'true' WHEN 'f' THEN 'false' WHEN 'n' THEN 'null'
        ELSE CASE WHEN element ~ '[.eE]' THEN 'real' WHEN element IS NOT NULL THEN 'integer' END END;
END
$wherry$;
