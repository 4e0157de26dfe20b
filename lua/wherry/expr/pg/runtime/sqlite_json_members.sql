-- volatility: immutable
-- The members of a JSON object or array in order: the name as it is written, the value without white space.
CREATE FUNCTION @schema@.sqlite_json_members(document text)
RETURNS TABLE (ordinal bigint, label text, element text)
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
BEGIN
    -- Without escapes PostgreSQL's own functions give the names as they are written.
    IF pg_catalog.strpos(document, '\') = 0 AND document ~ '^[ \t\n\r]*\{' THEN
        RETURN QUERY SELECT e.n - 1, '"' || e.name || '"', CASE WHEN e.value::text ~ '^[[{]'
            THEN pg_catalog.regexp_replace(e.value::text, '("[^"]*")|[ \t\n\r]+', '\1', 'g') ELSE e.value::text END
        FROM pg_catalog.json_each(document::json) WITH ORDINALITY AS e(name, value, n);
        RETURN;
    ELSIF pg_catalog.strpos(document, '\') = 0 THEN
        RETURN QUERY SELECT e.n - 1, NULL::text, CASE WHEN e.value::text ~ '^[[{]'
            THEN pg_catalog.regexp_replace(e.value::text, '("[^"]*")|[ \t\n\r]+', '\1', 'g') ELSE e.value::text END
        FROM pg_catalog.json_array_elements(document::json) WITH ORDINALITY AS e(value, n);
        RETURN;
    END IF;
    RETURN QUERY
    WITH found AS (
        SELECT m.token[1] AS token, m.n, pg_catalog.sum(CASE WHEN m.token[1] IN ('[', '{') THEN 1
            WHEN m.token[1] IN (']', '}') THEN -1 ELSE 0 END) OVER (ORDER BY m.n) AS depth
        FROM pg_catalog.regexp_matches(document, '"(?:[^"\\]|\\.)*"|[][{},:]|[^][{},:" \t\n\r]+', 'g')
            WITH ORDINALITY AS m(token, n)
    ), numbered AS (
        SELECT token, n, depth, pg_catalog.count(*) FILTER (WHERE token = ',' AND depth = 1) OVER (ORDER BY n) AS member
        FROM found
    ), placed AS (
        SELECT token, n, member, pg_catalog.row_number() OVER (PARTITION BY member ORDER BY n) AS place
        FROM numbered
        WHERE n > 1 AND depth > 0 AND NOT (token = ',' AND depth = 1)
    )
    SELECT placed.member, CASE WHEN document ~ '^[ \t\n\r]*\{' THEN pg_catalog.max(token) FILTER (WHERE place = 1) END,
        pg_catalog.string_agg(token, '' ORDER BY n) FILTER (WHERE place > 2 OR document ~ '^[ \t\n\r]*\[')
    FROM placed
    GROUP BY placed.member
    ORDER BY placed.member;
END
$wherry$;
