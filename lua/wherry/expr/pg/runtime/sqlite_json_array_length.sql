-- volatility: immutable; needs: sqlite_json_element
-- json_array_length() of SQLite: 0 for what is no array, NULL where there is nothing.
CREATE FUNCTION @schema@.sqlite_json_array_length(document text, path text DEFAULT '$') RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    element text := @schema@.sqlite_json_element(document, path);
BEGIN
    RETURN CASE WHEN element LIKE '[%' THEN pg_catalog.json_array_length(element::json)
        WHEN element IS NOT NULL THEN 0 END;
END
$wherry$;
