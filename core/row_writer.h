/* row_writer.h: rows that a script gives one by one, on their way into one table, within a transaction of the caller's:
 * by COPY (copy_writer.c) or by INSERT (insert_writer.c). Flat in memory. */
#ifndef WHERRY_ROW_WRITER_H
#define WHERRY_ROW_WRITER_H

#include "database.h"
#include "sink.h"
#include "sink_sqlite.h"

/* What both kinds begin with. */
struct row_writer {
    const char *target; /* for messages; owned by the spec */
    struct batch batch; /* the row that is filled */
    int64_t rows;       /* taken so far */
    int64_t refused;    /* the number of the row that the last error is about, from 1; 0: of none, or it is not known */
    int over;           /* the rows were ended, or that failed */

    /* Takes the row of the batch. 0, or -1 and e, of which key and message name the row. ERR_VALUE without `over`: the
     * row was not taken, and all goes on as if it had not been given. With any other error it is over. */
    int (*put)(struct row_writer *w, struct err *e);

    /* Ends the rows: *stored is how many the database says that it stored. 0, or -1 and e, as above. */
    int (*end)(struct row_writer *w, int64_t *stored, struct err *e);

    /* Frees the writer, and gives up what was not ended. gone: the connection was closed before, and is not touched. */
    void (*free)(struct row_writer *w, int gone);
};

/* Begins a COPY. The spec has no merge_sql, and outlives the writer, as the connection does. *out is owned by the
 * caller. 0, or -1 and e. */
int copy_writer_open(struct row_writer **out, struct pgwire *p, const struct write_spec *spec, struct err *e);

/* A column of a table of SQLite. */
struct insert_column {
    struct sqlite_column column;
    const char *type; /* as it was declared, for messages; "" where it was not */
    int is_blob;      /* declared for blobs: a text is stored as one */
};

struct insert_spec {
    const char *target;
    const char *insert_sql; /* INSERT .. VALUES (?, ..), with `count` parameters */
    const struct insert_column *columns;
    size_t count;
};

/* Prepares an INSERT. As copy_writer_open. A value that SQLite would change on its way into the column is refused,
 * unless it stays the same number or text: 5 in a REAL column, 5.0 in one of integers, '5' in either. */
int insert_writer_open(struct row_writer **out, struct database *d, const struct insert_spec *spec, struct err *e);

/* The row that is to be filled: a batch of one row of NULL cells, one a column. NULL and e (ERR_MEMORY). */
static inline struct batch *row_writer_row(struct row_writer *w, struct err *e)
{
    batch_clear(&w->batch);
    return batch_row(&w->batch, e) != NULL ? &w->batch : NULL;
}

/* 0, or -1 and e where it is over. */
int row_writer_check(struct row_writer *w, struct err *e);

/* Notes that e is about row `row` (0: of none), and names the table, the row and the value, in the message, too.
 * Returns -1. */
int row_writer_place(struct row_writer *w, int64_t row, struct err *e);

#endif
