-- volatility: volatile
-- randomblob() of SQLite: so many random bytes, at least one.
CREATE FUNCTION @schema@.sqlite_randomblob(length bigint) RETURNS bytea
LANGUAGE sql VOLATILE STRICT PARALLEL SAFE AS $wherry$
    SELECT pg_catalog.substr(pg_catalog.string_agg(pg_catalog.sha256(pg_catalog.uuid_send(pg_catalog.gen_random_uuid())
        || pg_catalog.uuid_send(pg_catalog.gen_random_uuid())), ''::bytea), 1, GREATEST(length, 1)::integer)
    FROM pg_catalog.generate_series(0, (GREATEST(length, 1) - 1) / 32)
$wherry$;
