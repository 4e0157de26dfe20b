-- volatility: immutable; needs: sqlite_json_scalar
-- A scalar under numeric affinity: a string that is a number becomes that number.
CREATE FUNCTION @schema@.sqlite_json_numeric(value jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
    SELECT CASE WHEN pg_catalog.jsonb_typeof(value) = 'string' AND value #>> '{}'
        ~ '^[ \t\n\v\f\r]*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[ \t\n\v\f\r]*$'
        THEN @schema@.sqlite_json_scalar(pg_catalog.btrim(value #>> '{}', E' \t\n\v\f\r')) ELSE value END
$wherry$;
