-- volatility: immutable; needs: sqlite_json_element, sqlite_json_text, sqlite_real, sqlite_exact_number
-- json_extract() of SQLite as a number or string that equals another exactly where SQLite's values are equal.
CREATE FUNCTION @schema@.sqlite_json_value(document text, path text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    element text := @schema@.sqlite_json_element(document, path);
    number double precision;
BEGIN
    IF element LIKE '"%' OR element LIKE '{%' OR element LIKE '[%' THEN
        RETURN pg_catalog.to_jsonb(@schema@.sqlite_json_text(document, path));
    ELSIF element IN ('true', 'false', 'null') THEN
        RETURN CASE element WHEN 'true' THEN '1' WHEN 'false' THEN '0' END::jsonb;
    ELSIF element ~ '^-?[0-9]+$' AND element::numeric BETWEEN -9223372036854775808 AND 9223372036854775807 THEN
        RETURN pg_catalog.to_jsonb(element::numeric);
    END IF;
    number := @schema@.sqlite_real(element);
    IF number IN ('Infinity', '-Infinity') THEN
        -- Beyond every double.
        RETURN pg_catalog.to_jsonb(pg_catalog.sign(number)::numeric * 1e400);
    ELSIF pg_catalog.abs(number) >= 9007199254740992 THEN
        RETURN pg_catalog.to_jsonb(pg_catalog.trunc(@schema@.sqlite_exact_number(number)));
    END IF;
    RETURN pg_catalog.to_jsonb(number);
END
$wherry$;
