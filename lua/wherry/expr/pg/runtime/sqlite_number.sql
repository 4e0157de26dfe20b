-- volatility: immutable
-- The number that a whole text is; a text that is none is an error.
CREATE FUNCTION @schema@.sqlite_number(value text) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
BEGIN
    IF value !~ '^[ \t\n\v\f\r]*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[ \t\n\v\f\r]*$' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_text_representation',
            MESSAGE = pg_catalog.format('the column holds numbers, no text like %L', value);
    END IF;
    RETURN pg_catalog.btrim(value, E' \t\n\v\f\r')::numeric;
END
$wherry$;
