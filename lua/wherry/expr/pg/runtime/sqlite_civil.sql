-- volatility: immutable
-- Year, month and day of a julian day number in milliseconds; NULL outside the years -4713 to 9999.
CREATE FUNCTION @schema@.sqlite_civil(jd bigint) RETURNS integer[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $wherry$
    SELECT CASE WHEN jd BETWEEN 0 AND 464269060799999 THEN ARRAY[
        CASE WHEN e.e - CASE WHEN e.e < 14 THEN 1 ELSE 13 END > 2 THEN c.c - 4716 ELSE c.c - 4715 END,
        e.e - CASE WHEN e.e < 14 THEN 1 ELSE 13 END,
        b.b - 36525 * (c.c & 32767) / 100 - pg_catalog.trunc(30.6001 * e.e)::integer] END
    FROM (SELECT ((jd + 43200000) / 86400000)::integer AS z) AS z
    CROSS JOIN LATERAL (SELECT pg_catalog.trunc((z.z - 1867216.25) / 36524.25)::integer AS a) AS a
    CROSS JOIN LATERAL (SELECT z.z + 1 + a.a - a.a / 4 + 1524 AS b) AS b
    CROSS JOIN LATERAL (SELECT pg_catalog.trunc((b.b - 122.1) / 365.25)::integer AS c) AS c
    CROSS JOIN LATERAL (SELECT pg_catalog.trunc((b.b - 36525 * (c.c & 32767) / 100) / 30.6001)::integer AS e) AS e
$wherry$;
