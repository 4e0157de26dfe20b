/* copy_writer.h: rows that are given one by one, into one COPY. Encoded as loads are; flat in memory. */
#ifndef WHERRY_COPY_WRITER_H
#define WHERRY_COPY_WRITER_H

#include "sink.h"

struct copy_writer;

/* Begins the COPY, within the transaction that is open on the connection. The spec has no merge_sql, and outlives the
 * writer. *out is owned by the caller. 0, or -1 and e. */
int copy_writer_open(struct copy_writer **out, struct pgwire *p, const struct write_spec *spec, struct err *e);

/* The row that is to be filled: a batch of one row of NULL cells, one a column. NULL and e (ERR_MEMORY). */
struct batch *copy_writer_row(struct copy_writer *w, struct err *e);

/* Takes the row that was filled. 0, or -1 and e. ERR_VALUE: the row was not taken, and the writer goes on as if it had
 * not been given. With any other kind the COPY is over. */
int copy_writer_put(struct copy_writer *w, struct err *e);

/* Rows taken so far. */
int64_t copy_writer_rows(const struct copy_writer *w);

/* Ends the COPY: *stored is how many rows the server says that it stored. 0, or -1 and e. */
int copy_writer_end(struct copy_writer *w, int64_t *stored, struct err *e);

/* The number of the row that the last error is about, from 1; 0: of none, or the server does not tell. Message and key
 * name it, too. */
int64_t copy_writer_refused(const struct copy_writer *w);

/* Frees the writer; a COPY that was not ended is given up, unless the connection has gone: `gone`, then it is not
 * touched. NULL is allowed. */
void copy_writer_free(struct copy_writer *w, int gone);

#endif
