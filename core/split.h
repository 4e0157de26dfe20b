/* split.h: large tables of a source are read in parts, by ranges of rowids, so that threads share one table, too. */
#ifndef WHERRY_SPLIT_H
#define WHERRY_SPLIT_H

#include "source.h"

/* A part of a table that one thread reads: most often all of it. Zero-initialise; free with split_free. */
struct split_range {
    struct bytes after; /* encoded key behind which it begins; empty: at the start */
    int64_t until;      /* the last rowid of it, where it is bounded */
    int bounded;
};

/* Gives the parts of a table, at least one, in the order of its rows, to `add`, which takes what a range owns. range: a
 * SELECT of the least and the greatest rowid, where that is the key that the table is read by, or NULL; readers: those
 * that share the work. 0, or -1 and e: of add, or the table cannot be read. */
int split_table(const struct read_spec *read, const char *range, sqlite3 *db, size_t readers,
                int (*add)(void *context, struct split_range *part, struct err *e), void *context, struct err *e);

void split_free(struct split_range *part);

/* How many of the first rows of the batch are in the part; less than it has: the part has ended. */
size_t split_rows(const struct split_range *part, const struct read_spec *read, const struct batch *b);

#endif
