-- volatility: immutable
-- json_valid() of SQLite 3.40: JSON by RFC 8259 that is nested in at most 2000 levels.
CREATE FUNCTION @schema@.sqlite_json_valid(value text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL UNSAFE AS $wherry$
DECLARE
    brackets text;
BEGIN
    IF pg_catalog.current_setting('server_version_num')::integer >= 160000 THEN
        IF NOT pg_catalog.pg_input_is_valid(value, 'json') THEN
            RETURN false;
        END IF;
    ELSE
        -- The block is what makes the function unsafe for parallel plans: it starts a subtransaction.
        BEGIN
            PERFORM value::json;
        EXCEPTION WHEN invalid_text_representation OR statement_too_complex THEN
            RETURN false;
        END;
    END IF;
    IF pg_catalog.length(value) - pg_catalog.length(pg_catalog.translate(value, '[{', '')) <= 2000 THEN
        RETURN true;
    END IF;
    brackets := pg_catalog.regexp_replace(value, '"([^"\\]|\\.)*"|[^][{}"]', '', 'g');
    FOR depth IN 1..2000 LOOP
        brackets := pg_catalog.regexp_replace(brackets, '\[\]|\{\}', '', 'g');
        EXIT WHEN brackets = '';
    END LOOP;
    RETURN brackets = '';
END
$wherry$;
