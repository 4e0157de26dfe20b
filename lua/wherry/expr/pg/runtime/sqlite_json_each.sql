-- volatility: immutable; needs: sqlite_json_element, sqlite_json_members, sqlite_json_text, sqlite_json_type
-- json_each() of SQLite without id and parent; key_json and json are key and value as JSON.
CREATE FUNCTION @schema@.sqlite_json_each(document text, root text DEFAULT '$')
RETURNS TABLE (key text, value text, type text, atom text, fullkey text, path text, key_json text, json text)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
    SELECT CASE WHEN m.label IS NULL THEN m.ordinal::text ELSE @schema@.sqlite_json_text(m.label, '$') END,
        @schema@.sqlite_json_text(m.element, '$'), @schema@.sqlite_json_type(m.element),
        CASE WHEN m.element !~ '^[[{]' THEN @schema@.sqlite_json_text(m.element, '$') END,
        root || CASE WHEN m.ordinal IS NULL THEN '' WHEN m.label IS NULL THEN '[' || m.ordinal || ']'
            WHEN m.label ~ '^"[A-Za-z][A-Za-z0-9]*"$' THEN '.' || pg_catalog.btrim(m.label, '"')
            ELSE '.' || m.label END,
        root, COALESCE(m.label, m.ordinal::text), m.element
    FROM (SELECT @schema@.sqlite_json_element(document, root) AS element) AS whole
    CROSS JOIN LATERAL (
        SELECT ordinal, label, element FROM @schema@.sqlite_json_members(whole.element) WHERE whole.element ~ '^[[{]'
        UNION ALL SELECT NULL, NULL, whole.element WHERE whole.element !~ '^[[{]'
    ) AS m
    ORDER BY m.ordinal
$wherry$;
