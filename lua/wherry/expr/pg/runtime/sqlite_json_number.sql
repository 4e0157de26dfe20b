-- volatility: immutable; needs: sqlite_json_element, sqlite_json_string, sqlite_real
-- CAST(json_extract(document, path) AS REAL) of SQLite.
CREATE FUNCTION @schema@.sqlite_json_number(document text, path text) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    element text := @schema@.sqlite_json_element(document, path);
BEGIN
    RETURN CASE pg_catalog.left(element, 1)
        WHEN '"' THEN @schema@.sqlite_real(@schema@.sqlite_json_string(element))
        WHEN 't' THEN 1
        WHEN 'n' THEN NULL
        ELSE @schema@.sqlite_real(element)
    END;
END
$wherry$;
