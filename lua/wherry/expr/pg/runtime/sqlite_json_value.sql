-- volatility: immutable; needs: sqlite_json_element, sqlite_json_text, sqlite_json_scalar
-- json_extract() of SQLite as a number or string that equals another exactly where SQLite's values are equal.
CREATE FUNCTION @schema@.sqlite_json_value(document text, path text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    element text := @schema@.sqlite_json_element(document, path);
BEGIN
    IF element LIKE '"%' OR element LIKE '{%' OR element LIKE '[%' THEN
        RETURN pg_catalog.to_jsonb(@schema@.sqlite_json_text(document, path));
    ELSIF element IN ('true', 'false', 'null') THEN
        RETURN CASE element WHEN 'true' THEN '1' WHEN 'false' THEN '0' END::jsonb;
    END IF;
    RETURN @schema@.sqlite_json_scalar(element);
END
$wherry$;
