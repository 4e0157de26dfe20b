-- volatility: immutable; needs: sqlite_float_text
-- One conversion of SQLite's printf(), as %05d or %-8s: of an integer, a real, or a text.
CREATE FUNCTION @schema@.sqlite_printf(format text, value bigint) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $wherry$
DECLARE
    part text[] := pg_catalog.regexp_match(format, '^%([-+ #!0,]*)([0-9]*)(?:\.([0-9]*))?([a-zA-Z])$');
    flags text := part[1];
    width integer := COALESCE(NULLIF(part[2], '')::integer, 0);
    places integer := CASE WHEN part[3] = '' THEN 0 ELSE COALESCE(part[3]::integer, -1) END;
    number numeric := COALESCE(value, 0);
    base integer := CASE part[4] WHEN 'x' THEN 16 WHEN 'X' THEN 16 WHEN 'o' THEN 8 ELSE 10 END;
    prefix text := '';
    digits text;
BEGIN
    IF part[4] IN ('d', 'i') THEN
        prefix := CASE WHEN number < 0 THEN '-' WHEN flags ~ '\+' THEN '+' WHEN flags ~ ' ' THEN ' ' ELSE '' END;
        -- Of + and the blank the last one counts.
        IF number >= 0 AND flags ~ '[+ ]' THEN
            prefix := pg_catalog.right(pg_catalog.translate(flags, '-#!0,', ''), 1);
        END IF;
        number := pg_catalog.abs(number);
    ELSIF number < 0 THEN
        number := number + 18446744073709551616;
    END IF;
    IF flags ~ '0' THEN
        places := GREATEST(places, width - pg_catalog.length(prefix));
    END IF;
    IF base = 10 THEN
        digits := number::text;
    ELSE
        digits := '';
        LOOP
            digits := pg_catalog.substr('0123456789abcdef', (number % base)::integer + 1, 1) || digits;
            number := pg_catalog.div(number, base);
            EXIT WHEN number = 0;
        END LOOP;
    END IF;
    digits := CASE part[4] WHEN 'X' THEN pg_catalog.upper(digits) ELSE digits END;
    digits := pg_catalog.repeat('0', places - pg_catalog.length(digits)) || digits;
    IF flags ~ ',' AND base = 10 THEN
        digits := pg_catalog.reverse(pg_catalog.regexp_replace(pg_catalog.reverse(digits), '(...)(?=.)', '\1,', 'g'));
    END IF;
    IF flags ~ '#' AND COALESCE(value, 0) <> 0 THEN
        prefix := CASE part[4] WHEN 'x' THEN '0x' WHEN 'X' THEN '0X' WHEN 'o' THEN '0' ELSE prefix END;
    END IF;
    digits := prefix || digits;
    RETURN CASE WHEN flags ~ '-' THEN digits || pg_catalog.repeat(' ', width - pg_catalog.length(digits))
        ELSE pg_catalog.repeat(' ', width - pg_catalog.length(digits)) || digits END;
END
$wherry$;
CREATE FUNCTION @schema@.sqlite_printf(format text, value double precision) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $wherry$
DECLARE
    part text[] := pg_catalog.regexp_match(format, '^%([-+ #!0,]*)([0-9]*)(?:\.([0-9]*))?([a-zA-Z])$');
    flags text := part[1];
    width integer := COALESCE(NULLIF(part[2], '')::integer, 0);
    number double precision := COALESCE(value, 0);
    digits text := @schema@.sqlite_float_text(pg_catalog.abs(number), pg_catalog.lower(part[4]),
        CASE WHEN part[3] = '' THEN 0 ELSE COALESCE(part[3]::integer, 6) END, CASE WHEN flags ~ '!' THEN 26 ELSE 16 END,
        flags ~ '#');
    prefix text := CASE WHEN number < 0 THEN '-' WHEN flags ~ '[+ ]'
        THEN pg_catalog.right(pg_catalog.translate(flags, '-#!0,', ''), 1) ELSE '' END;
BEGIN
    IF part[4] IN ('E', 'G') AND digits <> 'Inf' THEN
        digits := pg_catalog.upper(digits);
    END IF;
    IF flags ~ '0' AND flags !~ '-' AND digits <> 'Inf' THEN
        digits := pg_catalog.repeat('0', width - pg_catalog.length(prefix || digits)) || digits;
    END IF;
    digits := prefix || digits;
    RETURN CASE WHEN flags ~ '-' THEN digits || pg_catalog.repeat(' ', width - pg_catalog.length(digits))
        ELSE pg_catalog.repeat(' ', width - pg_catalog.length(digits)) || digits END;
END
$wherry$;
CREATE FUNCTION @schema@.sqlite_printf(format text, value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $wherry$
DECLARE
    part text[] := pg_catalog.regexp_match(format, '^%([-+ #!0,]*)([0-9]*)(?:\.([0-9]*))?([a-zA-Z])$');
    flags text := part[1];
    width integer := COALESCE(NULLIF(part[2], '')::integer, 0);
    places integer := CASE WHEN part[3] = '' THEN 0 ELSE part[3]::integer END;
    result text := COALESCE(value, CASE WHEN part[4] IN ('q', 'w') THEN '(NULL)' WHEN part[4] = 'Q' THEN 'NULL'
        ELSE '' END);
    fill text;
BEGIN
    -- Without the flag ! lengths are in bytes; a character cut in two is an error.
    IF flags ~ '!' THEN
        result := COALESCE(pg_catalog.left(result, places), result);
    ELSIF pg_catalog.octet_length(result) > places THEN
        result := pg_catalog.convert_from(pg_catalog.substr(pg_catalog.convert_to(result, 'UTF8'), 1, places), 'UTF8');
    END IF;
    result := CASE part[4] WHEN 'q' THEN pg_catalog.replace(result, '''', '''''')
        WHEN 'Q' THEN CASE WHEN value IS NULL THEN result
            ELSE '''' || pg_catalog.replace(result, '''', '''''') || '''' END
        WHEN 'w' THEN pg_catalog.replace(result, '"', '""')
        ELSE result END;
    fill := pg_catalog.repeat(' ', width - CASE WHEN flags ~ '!' THEN pg_catalog.length(result)
        ELSE pg_catalog.octet_length(result) END);
    RETURN CASE WHEN flags ~ '-' THEN result || fill ELSE fill || result END;
END
$wherry$;
