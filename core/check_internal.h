/* check_internal.h: what the parts of a check share. */
#ifndef WHERRY_CHECK_INTERNAL_H
#define WHERRY_CHECK_INTERNAL_H

#include <stdatomic.h>

#include "check.h"
#include "check_key.h"
#include "crew.h"
#include "row_set.h"
#include "split.h"

/* A part of a table that one thread reads: most often all of it. */
struct check_part {
    size_t table;
    struct split_range range;
    uint64_t base; /* rows of the table before it; known when all parts are read */
    struct check_table_result found;
    struct row_set gone; /* rows of it that are rejected for a value */
};

/* Rows are numbered within their part while it is read: part and row in one number, which sorts as the rows do. */
enum { CHECK_PART_BITS = 24, CHECK_ROW_BITS = 40 };

struct check {
    const struct check_options *options;
    struct check_result *result;
    struct spill *spill;      /* NULL: there are no keys */
    struct sorter *sorters;   /* one a key */
    struct row_set *gone;     /* one a table: rows that are rejected */
    struct check_part *parts; /* those of a table follow each other */
    size_t part_count;
    struct crew crew;      /* that reads the parts */
    atomic_llong *rows;    /* one a table: read so far */
    atomic_llong *open;    /* one a table: parts that are not at their end */
    atomic_llong *unknown; /* one a key */
};

/* A thread's connection to the source of a table. */
static inline sqlite3 *check_reader(const struct check *c, size_t table, size_t slot)
{
    return c->options->readers[c->options->tables[table].reader * c->options->reader_count + slot];
}

/* The number of a row within its table. */
static inline uint64_t check_row(const struct check *c, uint64_t row)
{
    return c->parts[row >> CHECK_ROW_BITS].base + (row & ((UINT64_C(1) << CHECK_ROW_BITS) - 1));
}

/* Splits what is worth splitting. 0, or -1 and e. */
int check_make_parts(struct check *c, struct err *e);

/* Puts together what the parts have found. 0, or -1 and e. */
int check_join_parts(struct check *c, struct err *e);

void check_free_parts(struct check *c);

/* Reads a part to its end; slot: of the thread, for stages, too. 0, or -1 and e. */
int check_read_part(struct check *c, size_t part, size_t slot, struct err *e);

/* Finds duplicates, then orphans, and rejects what is rejected for them. 0, or -1 and e. */
int check_breaches(struct check *c, struct err *e);

/* Names the rows of all breaches that were found. 0, or -1 and e. */
int check_name_rows(struct check *c, struct err *e);

#endif
