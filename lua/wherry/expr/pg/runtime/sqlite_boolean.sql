-- volatility: immutable
-- The truth value that 0 and 1 stand for; any other number is an error.
CREATE FUNCTION @schema@.sqlite_boolean(value numeric) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
BEGIN
    IF value NOT IN (0, 1) THEN
        RAISE EXCEPTION USING ERRCODE = 'numeric_value_out_of_range',
            MESSAGE = pg_catalog.format('the column holds 0 and 1, not %s', value);
    END IF;
    RETURN value = 1;
END
$wherry$;
CREATE FUNCTION @schema@.sqlite_boolean(value double precision) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
    SELECT @schema@.sqlite_boolean(value::text::numeric)
$wherry$;
