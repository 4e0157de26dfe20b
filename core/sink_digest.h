/* sink_digest.h: rows that are only summed up: whether two tables, on either side, hold the same rows in whatever
 * order. What is digested is a row's wire in the binary format of COPY, so rows of SQLite go through their codecs
 * first, and those of PostgreSQL come that way.
 *
 * Each row has a hash of 64 bits (XXH3), and a table the sum of them in 128 bits: sums do not depend on the order, and
 * unlike XOR they see a row that is there twice. The sums are kept in buckets by the hash of the row's key, so where
 * two tables differ, only the rows of the buckets that differ have to be compared. */
#ifndef WHERRY_SINK_DIGEST_H
#define WHERRY_SINK_DIGEST_H

#include "copyfmt_read.h"
#include "sink.h"

enum { DIGEST_BUCKETS = 1024 };

struct digest_sum {
    int64_t rows;
    uint64_t low, high; /* of the sum of the rows' hashes, modulo 2^128 */
};

/* Of a table. Zero-initialise. */
struct digest {
    struct digest_sum all;
    struct digest_sum buckets[DIGEST_BUCKETS]; /* by the hash of the key's wire; a table without key has one */
};

/* What a row's fields are for; owned by the plan. */
struct digest_spec {
    size_t columns;
    const size_t *key_columns; /* indexes of the columns that are the key */
    size_t key_count;
};

/* Adds the rows of a message of COPY TO STDOUT, as copy_read_row takes it. fields: room for spec->columns, scratch. 0,
 * or -1 and e: the message is malformed, and the rows before the fault are in. */
int digest_message(struct digest *d, const struct digest_spec *spec, struct copy_reader *r,
                   const unsigned char *message, size_t length, struct copy_field *fields, struct err *e);

/* Adds what another digest of the same table has seen, e.g. that of another lane. */
void digest_add(struct digest *d, const struct digest *other);

/* The buckets in which two tables differ: their number, and, ascending, their indexes in `differ` (DIGEST_BUCKETS of
 * them, may be NULL). */
size_t digest_compare(const struct digest *a, const struct digest *b, size_t *differ);

/* The bucket of a row whose fields these are. */
size_t digest_bucket(const struct digest_spec *spec, const struct copy_field *fields);

/* A sink for rows of SQLite: encodes them as write->columns say, which is binary, and adds them to `d`. It writes
 * nowhere and takes no connection; close counts the rows as inserted. spec, write and d outlive it. *out is owned by
 * the caller. 0, or -1 and e. */
int sink_digest_open(struct sink **out, const struct write_spec *write, const struct digest_spec *spec,
                     struct digest *d, struct err *e);

#endif
