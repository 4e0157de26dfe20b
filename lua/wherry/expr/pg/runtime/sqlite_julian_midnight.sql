-- volatility: immutable
-- Julian day number of the midnight that begins a Gregorian day, in milliseconds; NULL outside -4713 to 9999.
CREATE FUNCTION @schema@.sqlite_julian_midnight(y integer, m integer, d integer) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $wherry$
    SELECT CASE WHEN sqlite_julian_midnight.y BETWEEN -4713 AND 9999 THEN
        (36525 * (c.y + 4716) / 100 + 306001 * (c.m + 1) / 10000 + d + 2 - c.y / 100 + c.y / 100 / 4 - 1525)
        * 86400000::bigint + 43200000 END
    FROM (SELECT CASE WHEN m <= 2 THEN y - 1 ELSE y END AS y, CASE WHEN m <= 2 THEN m + 12 ELSE m END AS m) AS c
$wherry$;
