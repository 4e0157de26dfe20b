-- volatility: immutable; needs: sqlite_json_members
-- The JSON text at a path of SQLite, NULL where there is none; the first of equal names counts.
CREATE FUNCTION @schema@.sqlite_json_element(document text, path text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    -- The cast raises an error where the document is no JSON.
    element text := pg_catalog.btrim(document::json::text, E' \t\n\r');
    rest text := pg_catalog.substr(path, 2);
    part text[];
    index integer;
BEGIN
    IF path NOT LIKE '$%' THEN
        RAISE EXCEPTION 'JSON path error near "%"', path;
    END IF;
    WHILE rest <> '' AND element IS NOT NULL LOOP
        part := pg_catalog.regexp_match(rest, '^(?:\.("[^"]+"|[^."[][^.[]*)|\[([0-9]+)\]|\[(#)(?:-([0-9]+))?\])(.*)$');
        IF part IS NULL THEN
            RAISE EXCEPTION 'JSON path error near "%"', rest;
        END IF;
        rest := part[5];
        IF part[1] IS NOT NULL THEN
            IF element NOT LIKE '{%' THEN
                RETURN NULL;
            ELSIF pg_catalog.strpos(element, '\') = 0 THEN
                SELECT e.value::text INTO element
                FROM pg_catalog.json_each(element::json) WITH ORDINALITY AS e(key, value, n)
                WHERE e.key = pg_catalog.btrim(part[1], '"') ORDER BY e.n LIMIT 1;
            ELSE
                -- Names are compared as they are written: an escape is no character.
                SELECT m.element INTO element FROM @schema@.sqlite_json_members(element) AS m
                WHERE m.label = '"' || pg_catalog.btrim(part[1], '"') || '"' ORDER BY m.ordinal LIMIT 1;
            END IF;
        ELSIF element NOT LIKE '[%' THEN
            RETURN NULL;
        ELSE
            IF part[3] IS NOT NULL THEN
                index := pg_catalog.json_array_length(element::json) - COALESCE(part[4], '0')::integer;
            ELSE
                index := part[2]::integer;
            END IF;
            IF index < 0 THEN
                RETURN NULL;
            ELSIF pg_catalog.strpos(element, '\') = 0 THEN
                element := (element::json -> index)::text;
            ELSE
                SELECT m.element INTO element FROM @schema@.sqlite_json_members(element) AS m WHERE m.ordinal = index;
            END IF;
        END IF;
    END LOOP;
    RETURN element;
END
$wherry$;
