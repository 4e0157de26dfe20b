-- volatility: immutable; needs: sqlite_json_members, sqlite_json_minify, sqlite_json_created
-- json_set(), json_insert(), json_replace() (with the value as JSON) and json_remove() of SQLite at one path.
CREATE FUNCTION @schema@.sqlite_json_edit(change text, document text, path text, value text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $wherry$
DECLARE
    part text[] := pg_catalog.regexp_match(path,
        '^(?:\$|\.("[^"]+"|[^."[][^.[]*)|\[([0-9]+)\]|\[(#)(?:-([0-9]+))?\])(.*)$');
    name text;
    place bigint;
    size bigint;
    added text;
    result text;
BEGIN
    IF path = '' THEN
        RETURN CASE change WHEN 'insert' THEN document ELSE value END;
    ELSIF path LIKE '$%' THEN
        RETURN @schema@.sqlite_json_edit(change, @schema@.sqlite_json_minify(document), part[5], value);
    ELSIF document NOT LIKE (CASE WHEN part[1] IS NULL THEN '[%' ELSE '{%' END) THEN
        RETURN document;
    END IF;
    name := '"' || pg_catalog.btrim(part[1], '"') || '"';
    SELECT pg_catalog.count(*), pg_catalog.min(m.ordinal) FILTER (WHERE m.label = name) INTO size, place
    FROM @schema@.sqlite_json_members(document) AS m;
    IF part[1] IS NULL THEN
        place := CASE WHEN part[3] IS NULL THEN part[2]::bigint ELSE size - COALESCE(part[4]::bigint, 0) END;
    END IF;
    IF change IN ('set', 'insert') AND (place IS NULL OR place = size) THEN
        added := CASE WHEN name IS NULL THEN ''
            ELSE pg_catalog.to_json(pg_catalog.btrim(part[1], '"'))::text || ':' END
            || @schema@.sqlite_json_created(part[5], value);
    END IF;
    SELECT pg_catalog.string_agg(s.member, ',' ORDER BY s.ordinal) INTO result
    FROM (
        SELECT m.ordinal, COALESCE(m.label || ':', '') || CASE WHEN m.ordinal = place
            THEN @schema@.sqlite_json_edit(change, m.element, part[5], value) ELSE m.element END AS member
        FROM @schema@.sqlite_json_members(document) AS m
        UNION ALL SELECT size, added
    ) AS s;
    RETURN pg_catalog.left(document, 1) || COALESCE(result, '') || pg_catalog.right(document, 1);
END
$wherry$;
