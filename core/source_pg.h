/* source_pg.h: rows of PostgreSQL as batches of cells: COPY (SELECT ...) TO STDOUT in the binary format, each column
 * through its codec. */
#ifndef WHERRY_SOURCE_PG_H
#define WHERRY_SOURCE_PG_H

#include "copyfmt_read.h"
#include "pgwire.h"
#include "source.h"

/* How a table of PostgreSQL is read, as the plan resolved it. All pointers are owned by the plan. */
struct pg_read_spec {
    const char *table;      /* for messages */
    const char *select_sql; /* the SELECT, without COPY around it */
    const struct read_column *columns;
    size_t count;
    /* What names a row to people: indexes of columns, and their names; at most KEY_MAX_CELLS. */
    const size_t *key_columns;
    const char *const *key_names;
    size_t key_count;
};

/* Begins to read over `p`, which the caller has put into its transaction and which does nothing else until the source
 * is closed. next is ERR_VALUE with table, column and key for a value that has no cell, and ERR_INTERNAL when the
 * server counts other rows than came. close gives up what was not read. *out is owned by the caller. 0, or -1 and e. */
int source_pg_open(struct source **out, struct pgwire *p, const struct pg_read_spec *spec, struct err *e);

#endif
