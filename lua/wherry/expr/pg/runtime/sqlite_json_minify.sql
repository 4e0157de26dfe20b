-- volatility: immutable
-- JSON text without the white space between its tokens, as json() of SQLite writes it; malformed JSON is an error.
CREATE FUNCTION @schema@.sqlite_json_minify(document text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
    SELECT pg_catalog.regexp_replace(document::json::text, '("(?:[^"\\]|\\.)*")|[ \t\n\r]+', '\1', 'g')
$wherry$;
