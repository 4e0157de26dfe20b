-- volatility: immutable
-- value GLOB pattern: * any text, ? one character, [...] and [^...] one of or none of these.
CREATE FUNCTION @schema@.sqlite_glob(pattern text, value text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $wherry$
DECLARE
    at integer := 1;
    part text;
    close text;
    expression text := '';
BEGIN
    WHILE at <= pg_catalog.length(pattern) LOOP
        part := pg_catalog.substr(pattern, at, 1);
        at := at + 1;
        IF part = '*' THEN
            expression := expression || '.*';
        ELSIF part = '?' THEN
            expression := expression || '.';
        ELSIF part = '[' THEN
            part := '[';
            IF pg_catalog.substr(pattern, at, 1) = '^' THEN
                part := '[^';
                at := at + 1;
            END IF;
            IF pg_catalog.substr(pattern, at, 1) = ']' THEN
                part := part || '\]';
                at := at + 1;
            END IF;
            LOOP
                close := pg_catalog.substr(pattern, at, 1);
                IF close = '' THEN
                    RETURN false;
                END IF;
                at := at + 1;
                EXIT WHEN close = ']';
                part := part || pg_catalog.regexp_replace(close, '[^[:alnum:]\u0080-\U0010ffff]', '\\\&');
                IF pg_catalog.substr(pattern, at, 1) = '-'
                    AND pg_catalog.substr(pattern, at + 1, 1) NOT IN ('', ']') THEN
                    IF close COLLATE "C" <= pg_catalog.substr(pattern, at + 1, 1) COLLATE "C" THEN
                        part := part || '-' || pg_catalog.regexp_replace(pg_catalog.substr(pattern, at + 1, 1),
                            '[^[:alnum:]\u0080-\U0010ffff]', '\\\&');
                    END IF;
                    at := at + 2;
                END IF;
            END LOOP;
            expression := expression || part || ']';
        ELSE
            expression := expression || pg_catalog.regexp_replace(part, '[^[:alnum:]\u0080-\U0010ffff]', '\\\&');
        END IF;
    END LOOP;
    RETURN value COLLATE "C" ~ ('^' || expression || '$');
END
$wherry$;
