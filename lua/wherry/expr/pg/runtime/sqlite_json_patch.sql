-- volatility: immutable; needs: sqlite_json_members, sqlite_json_minify
-- json_patch() of SQLite: a merge patch by RFC 7396; of equal names the first counts, or those after an object.
CREATE FUNCTION @schema@.sqlite_json_patch(document text, patch text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    changes CONSTANT text := @schema@.sqlite_json_minify(patch);
    base text := @schema@.sqlite_json_minify(document);
    list text[] := '{}';
    done text[] := '{}';
    old record;
    new record;
    value text;
    is_object boolean;
BEGIN
    IF changes NOT LIKE '{%' THEN
        RETURN changes;
    ELSIF base NOT LIKE '{%' THEN
        base := '{}';
    END IF;
    FOR old IN SELECT m.label, m.element FROM @schema@.sqlite_json_members(base) AS m LOOP
        value := old.element;
        IF NOT old.label = ANY (done) THEN
            FOR new IN SELECT m.element FROM @schema@.sqlite_json_members(changes) AS m WHERE m.label = old.label LOOP
                is_object := value LIKE '{%' AND new.element LIKE '{%';
                value := CASE WHEN new.element <> 'null' THEN @schema@.sqlite_json_patch(value, new.element) END;
                EXIT WHEN NOT COALESCE(is_object, false);
            END LOOP;
        END IF;
        done := done || old.label;
        IF value IS NOT NULL THEN
            list := list || (old.label || ':' || value);
        END IF;
    END LOOP;
    FOR new IN SELECT m.label, m.element FROM @schema@.sqlite_json_members(changes) AS m
        WHERE m.element <> 'null' AND NOT m.label = ANY (done) ORDER BY m.ordinal LOOP
        list := list || (new.label || ':' || @schema@.sqlite_json_patch('{}', new.element));
    END LOOP;
    RETURN '{' || pg_catalog.array_to_string(list, ',') || '}';
END
$wherry$;
