-- volatility: immutable; needs: sqlite_number
-- The integer that a number or a text is; anything else is an error, never rounded.
CREATE FUNCTION @schema@.sqlite_whole(value numeric) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
BEGIN
    IF value <> pg_catalog.trunc(value) THEN
        RAISE EXCEPTION USING ERRCODE = 'numeric_value_out_of_range',
            MESSAGE = pg_catalog.format('the column holds whole numbers, not %s', value);
    END IF;
    RETURN value::bigint;
END
$wherry$;
CREATE FUNCTION @schema@.sqlite_whole(value double precision) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
BEGIN
    IF value <> pg_catalog.trunc(value) THEN
        RAISE EXCEPTION USING ERRCODE = 'numeric_value_out_of_range',
            MESSAGE = pg_catalog.format('the column holds whole numbers, not %s', value);
    END IF;
    RETURN value::bigint;
END
$wherry$;
CREATE FUNCTION @schema@.sqlite_whole(value text) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
    SELECT CASE WHEN value ~ '^[ \t\n\v\f\r]*[+-]?[0-9]+[ \t\n\v\f\r]*$'
        THEN @schema@.sqlite_whole(@schema@.sqlite_number(value))
        ELSE @schema@.sqlite_whole(@schema@.sqlite_number(value)::double precision) END
$wherry$;
