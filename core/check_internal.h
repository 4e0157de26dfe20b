/* check_internal.h: what the parts of a check share. */
#ifndef WHERRY_CHECK_INTERNAL_H
#define WHERRY_CHECK_INTERNAL_H

#include <stdatomic.h>

#include "check.h"
#include "check_key.h"
#include "row_set.h"

struct check {
    const struct check_options *options;
    struct check_result *result;
    struct spill *spill;    /* NULL: there are no keys */
    struct sorter *sorters; /* one a key */
    struct row_set *gone;   /* one a table: rows that are rejected */
    atomic_llong *rows;     /* one a table: read so far */
    atomic_uchar *finished; /* one a table */
    atomic_int stopped;     /* a thread has failed, the others need not go on */
};

/* Reads a table to its end. 0, or -1 and e. */
int check_read_table(struct check *c, size_t table, sqlite3 *db, struct err *e);

/* Finds duplicates, then orphans, and rejects what is rejected for them. 0, or -1 and e. */
int check_breaches(struct check *c, struct err *e);

/* Names the rows of all breaches that were found. 0, or -1 and e. */
int check_name_rows(struct check *c, sqlite3 *db, struct err *e);

#endif
