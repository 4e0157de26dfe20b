-- volatility: immutable; needs: sqlite_exact_number, sqlite_long_double
-- A double as SQLite's printf writes it by %f, %e or %g: its own digits, which are not always the nearest ones.
CREATE FUNCTION @schema@.sqlite_float_text(value double precision, style text, places integer,
    significant integer DEFAULT 16, alternate boolean DEFAULT false) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    sign text := CASE WHEN value < 0 THEN '-' ELSE '' END;
    absolute double precision := pg_catalog.abs(value);
    fixed boolean := style = 'f';
    -- With 26 significant digits (SQLite's flag !) zeros at the end are cut off and one digit stays behind the point.
    long boolean := significant > 16;
    cut_zeros boolean := CASE style WHEN 'g' THEN NOT alternate ELSE significant > 16 END;
    number numeric;
    rounder double precision;
    scale numeric := 1;
    factor numeric;
    exponent integer := 0;
    position integer;
    result text := '';
    digit integer;
    needed integer;
    count integer;
    digits text := '';
BEGIN
    IF value = 'Infinity' OR value = '-Infinity' THEN
        RETURN sign || 'Inf';
    END IF;
    IF fixed AND NOT long AND NOT alternate AND absolute < 1e10 AND places <= 8 THEN
        -- Far from a tie and within 15 digits every way of rounding gives the same.
        number := absolute::numeric * ('1e' || places)::numeric;
        IF number < 1e11 AND pg_catalog.abs(number - pg_catalog.trunc(number) - 0.5) > 0.001 THEN
            RETURN sign || pg_catalog.round(absolute::numeric, places);
        END IF;
    END IF;

    number := @schema@.sqlite_exact_number(absolute);
    IF style = 'g' AND places > 0 THEN
        places := places - 1;
    END IF;
    rounder := ('5e-' || places % 10 + 1)::double precision;
    FOR i IN 1..places / 10 LOOP
        rounder := rounder * 1e-10::double precision;
    END LOOP;
    IF fixed THEN
        position := -1023;
        IF absolute > 0 THEN
            position := ('x' || pg_catalog.encode(pg_catalog.float8send(absolute), 'hex'))::bit(12)::integer - 1023;
        END IF;
        IF places + position / 3 < 15 AND absolute > 1e-200 THEN
            factor := @schema@.sqlite_long_double(number * @schema@.sqlite_exact_number(3e-16));
            rounder := @schema@.sqlite_long_double(@schema@.sqlite_exact_number(rounder) + factor)::double precision;
        END IF;
        number := @schema@.sqlite_long_double(number + @schema@.sqlite_exact_number(rounder));
    END IF;
    IF number > 0 THEN
        FOREACH digit IN ARRAY ARRAY[100, 10, 1] LOOP
            factor := @schema@.sqlite_exact_number(('1e' || digit)::double precision);
            WHILE number >= @schema@.sqlite_long_double(factor * scale) LOOP
                scale := @schema@.sqlite_long_double(scale * factor);
                exponent := exponent + digit;
            END LOOP;
        END LOOP;
        IF exponent > 0 THEN
            -- Enough digits that what is cut off cannot decide the rounding.
            number := @schema@.sqlite_long_double(pg_catalog.div(number * 1e60, scale) * 1e-60);
        END IF;
        WHILE number < @schema@.sqlite_exact_number(1e-8) LOOP
            number := @schema@.sqlite_long_double(number * 100000000);
            exponent := exponent - 8;
        END LOOP;
        WHILE number < 1 LOOP
            number := @schema@.sqlite_long_double(number * 10);
            exponent := exponent - 1;
        END LOOP;
    END IF;
    IF NOT fixed THEN
        number := @schema@.sqlite_long_double(number + @schema@.sqlite_exact_number(rounder));
        IF number >= 10 THEN
            number := @schema@.sqlite_long_double(number * @schema@.sqlite_exact_number(0.1));
            exponent := exponent + 1;
        END IF;
    END IF;
    IF style = 'g' AND exponent >= -4 AND exponent <= places THEN
        places := places - exponent;
        fixed := true;
    END IF;

    -- Digits before the point, zeros behind it, digits behind these; what is not significant is 0.
    position := CASE WHEN fixed THEN exponent ELSE 0 END;
    needed := GREATEST(position + 1, 0) + GREATEST(places - CASE WHEN position < 0 THEN -position - 1 ELSE 0 END, 0);
    count := LEAST(needed, significant);
    factor := pg_catalog.trunc(number * ('1e' || count - 1)::numeric, 2);
    IF count BETWEEN 1 AND 17 AND factor - pg_catalog.trunc(factor) BETWEEN 0.02 AND 0.97 THEN
        digits := pg_catalog.lpad(pg_catalog.trunc(factor)::text, count, '0');
    ELSE
        FOR i IN 1..count LOOP
            digit := pg_catalog.trunc(number)::integer;
            digits := digits || digit;
            number := @schema@.sqlite_long_double((number - digit) * 10);
        END LOOP;
    END IF;
    digits := pg_catalog.rpad(digits, needed, '0');
    alternate := alternate OR long OR places > 0;
    IF position >= 0 THEN
        result := pg_catalog.left(digits, position + 1) || CASE WHEN alternate THEN '.' ELSE '' END
            || pg_catalog.substr(digits, position + 2);
    ELSE
        result := '0' || CASE WHEN alternate THEN '.' ELSE '' END
            || pg_catalog.repeat('0', LEAST(-position - 1, places)) || digits;
    END IF;
    IF cut_zeros AND alternate THEN
        result := pg_catalog.rtrim(result, '0');
        IF result LIKE '%.' THEN
            result := CASE WHEN long THEN result || '0' ELSE pg_catalog.rtrim(result, '.') END;
        END IF;
    END IF;
    IF NOT fixed THEN
        result := result || 'e' || CASE WHEN exponent < 0 THEN '-' ELSE '+' END
            || CASE WHEN pg_catalog.abs(exponent) < 10 THEN '0' ELSE '' END || pg_catalog.abs(exponent);
    END IF;
    RETURN sign || result;
END
$wherry$;
