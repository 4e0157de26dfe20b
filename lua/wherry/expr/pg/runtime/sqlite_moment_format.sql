-- volatility: immutable; needs: sqlite_julian_midnight, sqlite_float_text
-- strftime's formatting of what sqlite_moment gives; NULL for a format that SQLite does not know.
CREATE FUNCTION @schema@.sqlite_moment_format(format text, moment double precision[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    jd bigint := moment[1];
    result text := '';
    piece text;
    day integer := (jd - @schema@.sqlite_julian_midnight(moment[2]::integer, 1, 1) - moment[5]::bigint * 3600000
        - moment[6]::bigint * 60000 - pg_catalog.trunc(moment[7] * 1000.0 + 0.5)::bigint + 43200000) / 86400000;
    position integer := 1;
    next_one integer;
BEGIN
    LOOP
        next_one := pg_catalog.strpos(pg_catalog.substr(format, position), '%');
        IF next_one = 0 THEN
            RETURN result || pg_catalog.substr(format, position);
        END IF;
        result := result || pg_catalog.substr(format, position, next_one - 1);
        position := position + next_one + 1;
        piece := CASE pg_catalog.substr(format, position - 1, 1)
            WHEN '%' THEN '%'
            WHEN 'd' THEN pg_catalog.lpad(moment[4]::text, 2, '0')
            WHEN 'f' THEN CASE WHEN moment[7] >= 59.999 THEN '59.999'
                ELSE pg_catalog.lpad(@schema@.sqlite_float_text(moment[7], 'f', 3), 6, '0') END
            WHEN 'H' THEN pg_catalog.lpad(moment[5]::text, 2, '0')
            WHEN 'j' THEN pg_catalog.lpad((day + 1)::text, 3, '0')
            WHEN 'J' THEN @schema@.sqlite_float_text(jd / 86400000.0::double precision, 'g', 16)
            WHEN 'm' THEN pg_catalog.lpad(moment[3]::text, 2, '0')
            WHEN 'M' THEN pg_catalog.lpad(moment[6]::text, 2, '0')
            WHEN 's' THEN (jd / 1000 - 210866760000)::text
            WHEN 'S' THEN pg_catalog.lpad(pg_catalog.trunc(moment[7])::text, 2, '0')
            WHEN 'w' THEN ((jd + 129600000) / 86400000 % 7)::text
            WHEN 'W' THEN pg_catalog.lpad(((day + 7 - (jd + 43200000) / 86400000 % 7) / 7)::text, 2, '0')
            WHEN 'Y' THEN CASE WHEN moment[2] < 0 THEN '-' || pg_catalog.to_char(-moment[2], 'FM9000')
                ELSE pg_catalog.lpad(moment[2]::text, 4, '0') END
        END;
        IF piece IS NULL THEN
            RETURN NULL;
        END IF;
        result := result || piece;
    END LOOP;
END
$wherry$;
