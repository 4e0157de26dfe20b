-- volatility: immutable; needs: sqlite_json_element, sqlite_json_string, sqlite_number, sqlite_real
-- json_extract() of SQLite as a column of numbers stores it; what is no number, nor a text of one, is an error.
CREATE FUNCTION @schema@.sqlite_json_stored(document text, path text) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    element text := @schema@.sqlite_json_element(document, path);
BEGIN
    IF element LIKE '"%' THEN
        element := pg_catalog.btrim(@schema@.sqlite_json_string(element), E' \t\n\v\f\r');
        IF element !~ '^[+-]?[0-9]+$' THEN
            RETURN @schema@.sqlite_number(element)::double precision::text::numeric;
        END IF;
    ELSIF element IN ('true', 'false', 'null') THEN
        RETURN CASE element WHEN 'true' THEN 1 WHEN 'false' THEN 0 END;
    ELSIF element ~ '^[[{]' THEN
        RETURN @schema@.sqlite_number(element);
    END IF;
    IF element ~ '^[+-]?[0-9]+$' AND element::numeric BETWEEN -9223372036854775808 AND 9223372036854775807 THEN
        RETURN element::numeric;
    END IF;
    RETURN @schema@.sqlite_real(element)::text::numeric;
END
$wherry$;
