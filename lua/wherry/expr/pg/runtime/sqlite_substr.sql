-- volatility: immutable
-- substr(value, first, count): negative places count from the end, a negative count takes what stands before.
CREATE FUNCTION @schema@.sqlite_substr(value text, first bigint, count bigint DEFAULT 1000000000) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    -- SQLite takes the low 32 bits of both.
    start bigint := (first & 4294967295) - CASE WHEN first & 2147483648 = 0 THEN 0 ELSE 4294967296 END;
    wanted bigint := (count & 4294967295) - CASE WHEN count & 2147483648 = 0 THEN 0 ELSE 4294967296 END;
    backwards boolean := wanted < 0;
BEGIN
    wanted := pg_catalog.abs(wanted);
    IF start < 0 THEN
        start := start + pg_catalog.length(value);
        IF start < 0 THEN
            wanted := GREATEST(wanted + start, 0);
            start := 0;
        END IF;
    ELSIF start > 0 THEN
        start := start - 1;
    ELSIF wanted > 0 THEN
        wanted := wanted - 1;
    END IF;
    IF backwards THEN
        start := start - wanted;
        IF start < 0 THEN
            wanted := wanted + start;
            start := 0;
        END IF;
    END IF;
    RETURN pg_catalog.left(pg_catalog.substr(value, LEAST(start + 1, 2147483647)::integer),
        GREATEST(LEAST(wanted, 2147483647), 0)::integer);
END
$wherry$;
