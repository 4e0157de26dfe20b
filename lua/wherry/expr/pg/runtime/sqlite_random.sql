-- volatility: volatile
-- random() of SQLite: any integer of 64 bits.
CREATE FUNCTION @schema@.sqlite_random() RETURNS bigint
LANGUAGE sql VOLATILE PARALLEL SAFE AS $wherry$
    SELECT ('x' || pg_catalog.encode(pg_catalog.substr(pg_catalog.sha256(pg_catalog.uuid_send(
        pg_catalog.gen_random_uuid())), 1, 8), 'hex'))::bit(64)::bigint
$wherry$;
