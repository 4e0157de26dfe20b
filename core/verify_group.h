/* verify_group.h: rows of one key, from sorted records of both sides. */
#ifndef WHERRY_VERIFY_GROUP_H
#define WHERRY_VERIFY_GROUP_H

#include "sorter.h"

/* A record: key[0] is the hash of the row's key, key[1] that of the row; row: the side in the highest bit, and in the
 * others where the row is kept, if it is. */
enum { GROUP_SIDE_BIT = 63, GROUP_KEPT_MOST = 256 };

/* Rows of one side that are alike, and have no counterpart. */
struct group_rows {
    int64_t count;
    uint64_t kept; /* where the first of them is kept */
};

struct group {
    uint64_t key_hash;
    int64_t rows[2];                            /* by side */
    int64_t equal;                              /* pairs of rows that are the same on both sides */
    int64_t alone[2];                           /* rows without such a counterpart, by side .. */
    struct group_rows kept[2][GROUP_KEPT_MOST]; /* .. and the first kinds of them */
    size_t kept_count[2];
};

/* Reads groups from a cursor. Zero-initialise, then set `cursor`. */
struct group_reader {
    struct sort_cursor *cursor; /* not owned */
    struct sort_record ahead;   /* the next record */
    int state;                  /* 0: not begun; 1: there is a record ahead; 2: the end */
};

/* 1: *g is the next group; 0: the end; -1 and e. */
int group_next(struct group_reader *r, struct group *g, struct err *e);

#endif
