-- volatility: immutable
-- The members of a JSON object or array in order: the name as it is written, the value without white space.
CREATE FUNCTION @schema@.sqlite_json_members(document text)
RETURNS TABLE (ordinal bigint, label text, element text)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
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
    SELECT member, CASE WHEN document ~ '^[ \t\n\r]*\{' THEN pg_catalog.max(token) FILTER (WHERE place = 1) END,
        pg_catalog.string_agg(token, '' ORDER BY n) FILTER (WHERE place > 2 OR document ~ '^[ \t\n\r]*\[')
    FROM placed
    GROUP BY member
    ORDER BY member
$wherry$;
