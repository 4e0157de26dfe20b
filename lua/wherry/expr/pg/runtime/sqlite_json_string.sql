-- volatility: immutable
-- The text that a JSON string stands for; as in SQLite it ends before \u0000.
CREATE FUNCTION @schema@.sqlite_json_string(element text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
    SELECT CASE WHEN pg_catalog.strpos(element, '\') = 0
        THEN pg_catalog.substr(element, 2, pg_catalog.length(element) - 2)
        ELSE (CASE WHEN element ~ '\\u0000' THEN pg_catalog.substring(element, '^"(?:[^"\\]|\\[^u]|\\u(?!0000)....)*')
            || '"' ELSE element END)::json #>> '{}' END
$wherry$;
