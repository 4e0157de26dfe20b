/* digest.h: rows summed up, so that two tables, on either side, are seen to hold the same rows in whatever order.
 *
 * A row is hashed (record_hash.h) as record_send gives it for ROW(c1, ..): the number of columns, and of each its type,
 * its length and its bytes, in their canonical form (canonical.h). A table is the sum of its rows' hashes modulo 2^64:
 * sums don't depend on the order, can be taken back, and unlike XOR they see a row that is there twice. They are kept
 * in buckets by the hash of the row's key, which is the record of the key's columns, so where two tables differ, only
 * the rows of the buckets that differ have to be compared. */
#ifndef WHERRY_DIGEST_H
#define WHERRY_DIGEST_H

#include "codec.h"
#include "mem.h"

enum { DIGEST_BUCKETS = 1024, DIGEST_LENGTH_WORD = 4 };

struct digest_bucket {
    int64_t rows;
    uint64_t sum; /* of the rows' hashes, modulo 2^64 */
};

/* Of a table. Zero-initialise. */
struct digest {
    struct digest_bucket buckets[DIGEST_BUCKETS];
};

#define DIGEST_CONSTANT SIZE_MAX

/* One column of a table, as the rows of one load have it. */
struct digest_column {
    size_t field; /* index in the row that is written, or DIGEST_CONSTANT */
    /* What rows without the field have: a whole binary field in canonical form, length word first; NULL: NULL. */
    const unsigned char *constant;
    size_t constant_length;
    uint32_t oid;              /* of the type that the server is told to send */
    const struct codec *codec; /* of the field; NULL: its wire is canonical */
    const struct codec_hint *hint;
    int is_canonical; /* the field needs no canonical_put: filled by digest_prepare */
};

/* How rows of one load go into one of the digests. Owned by the plan. */
struct digest_spec {
    size_t target;                       /* which of the digests of a load */
    const struct digest_column *columns; /* by name */
    size_t count;
    const size_t *key; /* indexes into columns; none: the row itself is the key */
    size_t key_count;
};

/* The bytes of a field of the binary format, with its length word. */
static inline size_t digest_field_size(const unsigned char *field)
{
    uint32_t length = (uint32_t)field[0] << 24 | (uint32_t)field[1] << 16 | (uint32_t)field[2] << 8 | field[3];
    return length == UINT32_MAX ? DIGEST_LENGTH_WORD : DIGEST_LENGTH_WORD + (size_t)length;
}

/* Fills is_canonical of the columns. */
void digest_prepare(struct digest_column *columns, size_t count);

/* Room for the rows that one thread hashes. Zero-initialise; free with digest_scratch_free. */
struct digest_scratch {
    struct bytes record; /* of the row that digest_row was given last */
    /* Of digest_put. */
    struct bytes records;
    struct bytes places; /* where the columns lie in the record */
    struct bytes fields; /* where the fields lie in the row */
    struct bytes rows;   /* that wait for their hashes: where their records lie */
};

void digest_scratch_free(struct digest_scratch *s);

/* The hashes of a row of binary COPY, which begins with the number of its fields. 0, or -1 and e: ERR_MEMORY, or
 * ERR_INTERNAL for a row that has not the fields of the spec. */
int digest_row(const struct digest_spec *spec, const unsigned char *row, struct digest_scratch *s, uint64_t *key_hash,
               uint64_t *row_hash, struct err *e);

/* The same of a row that has only some of the fields: `given` has their indexes, ascending or not, given_count of them,
 * in the order in which they stand in the row. */
int digest_row_of(const struct digest_spec *spec, const size_t *given, size_t given_count, const unsigned char *row,
                  struct digest_scratch *s, uint64_t *key_hash, uint64_t *row_hash, struct err *e);

static inline size_t digest_bucket_of(uint64_t key_hash)
{
    return (size_t)(key_hash & (DIGEST_BUCKETS - 1));
}

static inline void digest_add_row(struct digest *d, uint64_t key_hash, uint64_t row_hash)
{
    struct digest_bucket *bucket = &d->buckets[digest_bucket_of(key_hash)];
    bucket->rows++;
    bucket->sum += row_hash;
}

static inline void digest_take_row(struct digest *d, uint64_t key_hash, uint64_t row_hash)
{
    struct digest_bucket *bucket = &d->buckets[digest_bucket_of(key_hash)];
    bucket->rows--;
    bucket->sum -= row_hash;
}

/* As digest_row and digest_row_of, and the row is added to a digest, which has it once digest_settle was called: many
 * rows are hashed together, which is quicker. The digest stays where it is until then. */
int digest_put(const struct digest_spec *spec, const unsigned char *row, struct digest_scratch *s, struct digest *into,
               struct err *e);
int digest_put_of(const struct digest_spec *spec, const size_t *given, size_t given_count, const unsigned char *row,
                  struct digest_scratch *s, struct digest *into, struct err *e);
void digest_settle(struct digest_scratch *s);

/* Adds, or takes away, what another digest of the same table has seen. */
void digest_add(struct digest *d, const struct digest *other);
void digest_take(struct digest *d, const struct digest *other);

/* The sums over all buckets. */
struct digest_bucket digest_total(const struct digest *d);

/* The buckets in which two tables differ: their number, and, ascending, their indexes in `differ` (DIGEST_BUCKETS of
 * them, may be NULL). */
size_t digest_compare(const struct digest *a, const struct digest *b, size_t *differ);

enum { DIGEST_PACKED_MOST = 1 + (10 + 10 + 8) * DIGEST_BUCKETS };

/* The digest without its empty buckets, as the journal keeps it: its length; `out` has DIGEST_PACKED_MOST bytes. */
size_t digest_pack(const struct digest *d, unsigned char *out);

/* The digest of packed bytes, which are not trusted. 0, or -1 and e (ERR_VALUE). */
int digest_unpack(struct digest *d, const unsigned char *packed, size_t length, struct err *e);

#endif
