/* verify_compare.h: the rows of one table, as SQLite's side and PostgreSQL's have them, compared row by row, whatever
 * their number: records of hashes are sorted outside of memory. First what differs is counted, from hashes alone; then
 * both sides are read once more, for the rows of those keys that differ. Where few rows are compared (those of a
 * bucket) they are kept from the first reading. */
#ifndef WHERRY_VERIFY_COMPARE_H
#define WHERRY_VERIFY_COMPARE_H

#include "verify_capture.h"

enum comparison_side { SIDE_SQLITE, SIDE_PG };

enum comparison_kind {
    ONLY_SQLITE, /* rows whose key PostgreSQL's side does not have .. */
    ONLY_PG,     /* .. and those whose key SQLite's side does not have */
    DIFFERENT    /* the key is there on both sides, and other columns are not the same */
};

enum { COMPARISON_KINDS = DIFFERENT + 1 };

struct comparison_options {
    size_t target;                /* rows of other tables are passed by */
    int any;                      /* of several rows that SQLite's side has for a key, any may be the one that stands */
    const unsigned char *buckets; /* a byte for each of DIGEST_BUCKETS, 0: its rows are passed by; NULL: all are
                                     compared */
    const struct capture_column *columns; /* of the table; needed for the second reading */
    int keeps; /* rows are few: all of them are kept at once, and no second reading is wanted */
};

struct comparison_counts {
    int64_t rows[2]; /* by side */
    int64_t kinds[COMPARISON_KINDS];
    int64_t spilled; /* bytes written to TMPDIR, which are gone with it */
};

struct comparison;

/* *out is owned by the caller; what the options point to outlives it. 0, or -1 and e. */
int comparison_open(struct comparison **out, const struct comparison_options *options, struct err *e);
void comparison_close(struct comparison *c);

/* What takes the rows of a side, at most CREW_MOST threads at a time. */
struct verify_taker comparison_taker(struct comparison *c, enum comparison_side side);

/* Counts what differs, when both sides have been read. From then on takers want the rows of the keys of the first
 * `limit` differences of each kind; below 0: of all. 0, or -1 and e. */
int comparison_count(struct comparison *c, int64_t limit, struct comparison_counts *counts, struct err *e);

/* The hashes of the keys that are wanted, ascending; NULL: they are too many to be known one by one. */
const uint64_t *comparison_keys(const struct comparison *c, size_t *count);

/* A difference, when both sides have been read again, or their rows were kept. */
struct comparison_difference {
    enum comparison_kind kind;
    int64_t copies;                /* so many rows are alike in it */
    const unsigned char *sides[2]; /* the rows in short (verify_capture.h); NULL: there is none on this side */
};

/* 1: *difference is the next one, valid until the next call; 0: there are no more; -1 and e. */
int comparison_next(struct comparison *c, struct comparison_difference *difference, struct err *e);

#endif
