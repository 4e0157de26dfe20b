-- volatility: immutable; needs: sqlite_json_element, sqlite_json_minify, sqlite_json_string, sqlite_real, sqlite_text
-- json_extract() of SQLite as text: numbers and truth values as CAST writes them, objects and arrays as JSON.
CREATE FUNCTION @schema@.sqlite_json_text(document text, path text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    element text := @schema@.sqlite_json_element(document, path);
BEGIN
    RETURN CASE pg_catalog.left(element, 1)
        WHEN '"' THEN @schema@.sqlite_json_string(element)
        WHEN '{' THEN @schema@.sqlite_json_minify(element)
        WHEN '[' THEN @schema@.sqlite_json_minify(element)
        WHEN 't' THEN '1'
        WHEN 'f' THEN '0'
        WHEN 'n' THEN NULL
        ELSE CASE WHEN element ~ '^-?[0-9]+$' AND element::numeric BETWEEN -9223372036854775808 AND 9223372036854775807
            THEN element::bigint::text
            ELSE @schema@.sqlite_text(@schema@.sqlite_real(element)) END
    END;
END
$wherry$;
