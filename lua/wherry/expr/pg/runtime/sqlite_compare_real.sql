-- volatility: immutable; needs: sqlite_compare, sqlite_real
-- A real beside a text that becomes a number where it looks like one: -1, 0 or 1.
CREATE FUNCTION @schema@.sqlite_compare_real(number double precision, value text) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET extra_float_digits = 1 AS $wherry$
    SELECT CASE WHEN number NOT IN ('Infinity', '-Infinity')
        THEN @schema@.sqlite_compare(CASE WHEN number = pg_catalog.trunc(number)
            AND pg_catalog.abs(number) < 9223372036854775808 THEN number::bigint::numeric
            ELSE number::text::numeric END, value)
        -- Nothing but a text that is beyond a double's range itself is as great.
        WHEN @schema@.sqlite_compare(0, value) = -1 AND @schema@.sqlite_compare(1e308, value) = -1
            AND @schema@.sqlite_real(value) < 1e308 THEN -1
        ELSE pg_catalog.sign(CASE WHEN @schema@.sqlite_real(value) = number THEN 0 ELSE number END)::integer END
$wherry$;
