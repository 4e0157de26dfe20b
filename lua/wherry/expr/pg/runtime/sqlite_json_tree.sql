-- volatility: immutable; needs: sqlite_json_element, sqlite_json_each, sqlite_json_text, sqlite_json_type
-- json_tree() of SQLite without id and parent; key_json and json are key and value as JSON.
CREATE FUNCTION @schema@.sqlite_json_tree(document text)
RETURNS TABLE (key text, value text, type text, atom text, fullkey text, path text, key_json text, json text)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
    WITH RECURSIVE node AS (
        SELECT ARRAY[]::bigint[] AS place, NULL::text AS key, @schema@.sqlite_json_text(document, '$') AS value,
            @schema@.sqlite_json_type(document) AS type, CASE WHEN document !~ '^[ \t\n\r]*[[{]'
            THEN @schema@.sqlite_json_text(document, '$') END AS atom, '$' AS fullkey, '$' AS path,
            NULL::text AS key_json, @schema@.sqlite_json_element(document, '$') AS json
        UNION ALL
        SELECT node.place || each.n, each.key, each.value, each.type, each.atom, node.fullkey
            || pg_catalog.substr(each.fullkey, 2), node.fullkey, each.key_json, each.json
        FROM node CROSS JOIN LATERAL @schema@.sqlite_json_each(node.json) WITH ORDINALITY
            AS each(key, value, type, atom, fullkey, path, key_json, json, n)
        WHERE node.json ~ '^[[{]'
    )
    SELECT key, value, type, atom, fullkey, path, key_json, json FROM node ORDER BY place
$wherry$;
