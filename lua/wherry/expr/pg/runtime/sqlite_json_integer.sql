-- volatility: immutable; needs: sqlite_json_element, sqlite_json_string, sqlite_integer, sqlite_real
-- CAST(json_extract(document, path) AS INTEGER) of SQLite.
CREATE FUNCTION @schema@.sqlite_json_integer(document text, path text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    element text := @schema@.sqlite_json_element(document, path);
BEGIN
    RETURN CASE
        WHEN element LIKE '"%' THEN @schema@.sqlite_integer(@schema@.sqlite_json_string(element))
        WHEN element = 'true' THEN 1
        WHEN element = 'null' THEN NULL
        WHEN element ~ '^-?[0-9]+$' THEN @schema@.sqlite_integer(element)
        ELSE @schema@.sqlite_integer(@schema@.sqlite_real(element))
    END;
END
$wherry$;
