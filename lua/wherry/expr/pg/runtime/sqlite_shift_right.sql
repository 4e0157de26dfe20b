-- volatility: immutable
-- value >> places: to the left for negative places, 0 or -1 where every bit has gone.
CREATE FUNCTION @schema@.sqlite_shift_right(value bigint, places bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
    SELECT CASE WHEN places <= -64 THEN 0
        WHEN places < 0 THEN value << (-places)::integer
        WHEN places < 64 THEN value >> places::integer
        WHEN value < 0 THEN -1 ELSE 0 END
$wherry$;
