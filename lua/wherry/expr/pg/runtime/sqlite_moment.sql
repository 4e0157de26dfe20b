-- volatility: immutable; needs: sqlite_julian_midnight, sqlite_civil, sqlite_time_number, sqlite_clock
-- A time value with its modifiers: julian day in milliseconds, year, month, day, hour, minute, second; or NULL.
CREATE FUNCTION @schema@.sqlite_moment(value text, number double precision, modifiers text[],
    moment timestamp with time zone, zone text) RETURNS double precision[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $wherry$
DECLARE
    -- Julian day in milliseconds, date, time of day: each NULL while it is not known. A number is `raw` until a
    -- modifier has decided what it counts. A zone in minutes is taken off when the julian day is computed.
    jd bigint;
    ymd integer[];
    hms double precision[];
    tz integer := 0;
    raw double precision;
    zoned boolean := false;
    last integer := COALESCE(pg_catalog.cardinality(modifiers), 0);
    word text := '';
    part text[];
    clock double precision[];
    step double precision;
    count integer;
    shift bigint;
    local_time timestamp;
BEGIN
    IF value IS NOT NULL THEN
        part := pg_catalog.regexp_match(value, '^(-?)([0-9]{4})-([0-9]{2})-([0-9]{2})[T \t\n\v\f\r]*(.*)$');
        word := value;
        IF part[3] BETWEEN '01' AND '12' AND part[4] BETWEEN '01' AND '31' THEN
            ymd := ARRAY[(part[1] || part[2])::integer, part[3]::integer, part[4]::integer];
            word := part[5];
        END IF;
        clock := CASE WHEN word <> '' THEN @schema@.sqlite_clock(word) END;
        IF clock IS NOT NULL THEN
            hms := clock[1:3];
            tz := clock[4];
            zoned := clock[5] = 1;
        ELSIF ymd IS NOT NULL AND word <> '' THEN
            RETURN NULL;
        ELSIF ymd IS NULL AND pg_catalog.lower(value COLLATE "C") = 'now' THEN
            IF moment IS NULL THEN
                RAISE EXCEPTION 'the time "now" is not allowed where the result must always be the same';
            END IF;
            jd := pg_catalog.floor(EXTRACT(epoch FROM moment) * 1000)::bigint + 210866760000000;
        ELSIF ymd IS NULL THEN
            number := @schema@.sqlite_time_number(value);
        END IF;
    END IF;
    IF number IS NOT NULL THEN
        raw := LEAST(GREATEST(number, -1e17), 1e17);
        IF raw >= 0 AND raw < 5373484.5 THEN
            jd := pg_catalog.trunc(raw * 86400000.0 + 0.5)::bigint;
        END IF;
    ELSIF jd IS NULL AND ymd IS NULL AND hms IS NULL THEN
        RETURN NULL;
    END IF;

    -- Round 0 takes off the zone of a full date; the round after the last modifier computes the julian day.
    FOR i IN 0..last + 1 LOOP
        CONTINUE WHEN i = 0 AND (ymd IS NULL OR tz = 0);
        word := '';
        IF i BETWEEN 1 AND last THEN
            word := pg_catalog.lower(modifiers[i] COLLATE "C");
            IF word IS NULL OR word = '' THEN
                RETURN NULL;
            END IF;
        END IF;

        IF word IN ('auto', 'julianday', 'unixepoch') THEN
            IF i > 1 OR word <> 'auto' AND raw IS NULL OR word = 'julianday' AND jd IS NULL THEN
                RETURN NULL;
            END IF;
            IF word = 'unixepoch' OR word = 'auto' AND raw IS NOT NULL AND jd IS NULL THEN
                step := raw * 1000.0 + 210866760000000.0;
                IF word = 'unixepoch' AND NOT (step >= 0 AND step < 464269060800000.0)
                    OR word = 'auto' AND NOT (raw >= -210866760000.0 AND raw <= 253402300799.0) THEN
                    RETURN NULL;
                END IF;
                jd := pg_catalog.trunc(step + 0.5)::bigint;
            END IF;
            raw := NULL;
            CONTINUE;
        ELSIF word LIKE 'start of %' THEN
            IF jd IS NULL AND ymd IS NULL AND hms IS NULL
                OR word NOT IN ('start of day', 'start of month', 'start of year') THEN
                RETURN NULL;
            END IF;
            IF ymd IS NULL THEN
                ymd := CASE WHEN jd IS NULL THEN ARRAY[2000, 1, 1] ELSE @schema@.sqlite_civil(jd) END;
                IF ymd IS NULL THEN
                    RETURN NULL;
                END IF;
            END IF;
            ymd := ARRAY[ymd[1], CASE word WHEN 'start of year' THEN 1 ELSE ymd[2] END,
                CASE word WHEN 'start of day' THEN ymd[3] ELSE 1 END];
            hms := ARRAY[0, 0, 0];
            tz := 0;
            jd := NULL;
            raw := NULL;
            CONTINUE;
        ELSIF word LIKE 'weekday %' THEN
            step := @schema@.sqlite_time_number(pg_catalog.substr(word, 9));
            IF NOT COALESCE(step >= 0 AND step < 7 AND step = pg_catalog.trunc(step), false) THEN
                RETURN NULL;
            END IF;
            tz := 0;
        ELSIF word IN ('localtime', 'utc') THEN
            IF zone IS NULL THEN
                RAISE EXCEPTION 'the modifier "%" is not allowed where the result must always be the same', word;
            END IF;
            CONTINUE WHEN word = 'utc' AND zoned;
        ELSIF word <> '' THEN
            part := pg_catalog.regexp_match(word, '^([+0-9-][^: \t\n\v\f\r]*)(.*)$');
            step := @schema@.sqlite_time_number(part[1]);
            IF step IS NULL THEN
                RETURN NULL;
            END IF;
            IF part[2] LIKE ':%' THEN
                clock := @schema@.sqlite_clock(pg_catalog.ltrim(word, '+-'));
                IF clock IS NULL OR word ~ '^[+-][+-]' THEN
                    RETURN NULL;
                END IF;
                shift := clock[1]::bigint * 3600000 + clock[2]::bigint * 60000 - clock[4]::bigint * 60000
                    + pg_catalog.trunc(clock[3] * 1000.0 + 0.5)::bigint;
                shift := (shift + 86400000) % 86400000 * CASE WHEN word LIKE '-%' THEN -1 ELSE 1 END;
                word := ':';
            ELSE
                word := pg_catalog.regexp_replace(part[2], '^[ \t\n\v\f\r]+', '');
                IF pg_catalog.octet_length(word) NOT BETWEEN 3 AND 10 THEN
                    RETURN NULL;
                END IF;
                word := pg_catalog.regexp_replace(word, 's$', '');
                count := pg_catalog.array_position(ARRAY['second', 'minute', 'hour', 'day', 'month', 'year'], word);
                IF count IS NULL OR pg_catalog.abs(step) >= (ARRAY[464269992787968, 7737900007424, 128969998336,
                    5373485, 176546, 14713])[count] THEN
                    RETURN NULL;
                END IF;
            END IF;
        END IF;

        IF jd IS NULL THEN
            IF raw IS NOT NULL THEN
                RETURN NULL;
            END IF;
            jd := @schema@.sqlite_julian_midnight(COALESCE(ymd[1], 2000), COALESCE(ymd[2], 1), COALESCE(ymd[3], 1));
            IF jd IS NULL THEN
                RETURN NULL;
            END IF;
            IF hms IS NOT NULL THEN
                jd := jd + hms[1]::bigint * 3600000 + hms[2]::bigint * 60000
                    + pg_catalog.trunc(hms[3] * 1000.0 + 0.5)::bigint;
                IF tz <> 0 THEN
                    jd := jd - tz::bigint * 60000;
                    ymd := NULL;
                    hms := NULL;
                    tz := 0;
                END IF;
            END IF;
        END IF;

        CONTINUE WHEN i = 0;
        EXIT WHEN word = '';
        IF word = ':' THEN
            jd := jd + shift;
        ELSIF word LIKE 'weekday %' THEN
            IF ymd IS NULL AND jd NOT BETWEEN 0 AND 464269060799999 THEN
                RETURN NULL;
            END IF;
            shift := (jd + 129600000) / 86400000 % 7;
            jd := jd + (step::bigint - CASE WHEN shift > step THEN shift - 7 ELSE shift END) * 86400000;
        ELSIF word IN ('localtime', 'utc') THEN
            IF jd NOT BETWEEN 0 AND 464269060799999 THEN
                RETURN NULL;
            END IF;
            local_time := pg_catalog.timezone('UTC', 
                pg_catalog.to_timestamp(((jd - 210866760000000) / 1000)::double precision));
            jd := jd + 1000 * EXTRACT(epoch FROM CASE word
                WHEN 'localtime' THEN pg_catalog.timezone(zone, pg_catalog.timezone('UTC', local_time))
                ELSE pg_catalog.timezone('UTC', pg_catalog.timezone(zone, local_time)) END - local_time)::bigint;
            zoned := zoned OR word = 'utc';
        ELSE
            IF word IN ('month', 'year') THEN
                ymd := COALESCE(ymd, @schema@.sqlite_civil(jd));
                shift := CASE WHEN hms IS NULL THEN (jd + 43200000) % 86400000 ELSE hms[1]::bigint * 3600000
                    + hms[2]::bigint * 60000 + pg_catalog.trunc(hms[3] * 1000.0 + 0.5)::bigint END;
                count := pg_catalog.trunc(step)::integer;
                step := step - count;
                IF word = 'year' THEN
                    ymd[1] := ymd[1] + count;
                ELSE
                    ymd[2] := ymd[2] + count;
                    count := CASE WHEN ymd[2] > 0 THEN (ymd[2] - 1) / 12 ELSE (ymd[2] - 12) / 12 END;
                    ymd[1] := ymd[1] + count;
                    ymd[2] := ymd[2] - count * 12;
                END IF;
                jd := @schema@.sqlite_julian_midnight(ymd[1], ymd[2], ymd[3]) + shift;
                IF jd IS NULL THEN
                    RETURN NULL;
                END IF;
            END IF;
            step := step * 1000.0 * CASE word WHEN 'second' THEN 1 WHEN 'minute' THEN 60 WHEN 'hour' THEN 3600
                WHEN 'day' THEN 86400 WHEN 'month' THEN 2592000 ELSE 31536000 END;
            jd := jd + pg_catalog.trunc(step + CASE WHEN step < 0 THEN -0.5 ELSE 0.5 END)::bigint;
        END IF;
        ymd := NULL;
        hms := NULL;
        tz := 0;
    END LOOP;

    IF jd NOT BETWEEN 0 AND 464269060799999 THEN
        RETURN NULL;
    END IF;
    ymd := COALESCE(ymd, @schema@.sqlite_civil(jd));
    IF hms IS NULL THEN
        shift := (jd + 43200000) % 86400000;
        hms := ARRAY[shift / 3600000, shift / 60000 % 60, shift % 60000 / 1000.0];
    END IF;
    RETURN ARRAY[jd, ymd[1], ymd[2], ymd[3], hms[1], hms[2], hms[3]];
END
$wherry$;
