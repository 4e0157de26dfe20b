/* record_hash.h: the hash by which PostgreSQL tells rows apart in hashed plans, hash_bytes_extended with seed 0: the
 * final version of Bob Jenkins's lookup3, 64 bits. SQL reaches it as hash_record_extended(ROW(bytea), 0), so that both
 * sides hash the same bytes to the same number. Words are little-endian on every machine, as on nearly all servers. */
#ifndef WHERRY_RECORD_HASH_H
#define WHERRY_RECORD_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t record_hash(const unsigned char *data, size_t length);

struct record {
    const unsigned char *data;
    size_t length;
    uint64_t hash; /* filled by record_hash_all */
};

/* Hashes many records, several at a time: what one step of the hash waits for is the step before it. */
void record_hash_all(struct record *records, size_t count);

#endif
