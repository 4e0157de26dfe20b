/* sink.h: where rows go. A sink takes batches of one target table at a time and never commits: that is the journal's.
 * It has two halves, so that encoding overlaps sending: `encode` runs in a lane's reading thread and touches no
 * connection; the others run in its sending thread. */
#ifndef WHERRY_SINK_H
#define WHERRY_SINK_H

#include "copyfmt.h"
#include "pgwire.h"

enum { EMIT_TARGETS_MOST = 16 };

/* What the target says it did with the rows since open. */
struct sink_counts {
    int64_t inserted;
    int64_t updated; /* rows that were there and have the new values */
    int64_t skipped; /* rows that were there and stay as they are */
    /* Of rows for other tables, by the place of the table in the plan's list (emit.h). */
    struct sink_emitted {
        int64_t rows;
        int64_t inserted;
    } emitted[EMIT_TARGETS_MOST];
};

struct sink {
    /* Reading thread: appends row `row` of the batch to `out`, or leaves `out` as it was: COPY_REJECT or -1, and e
     * (ERR_VALUE with column and value, ERR_MEMORY). */
    int (*encode)(struct sink *s, const struct batch *b, size_t row, struct bytes *out, struct err *e);

    /* Sending thread: opens the table for rows inside the step's transaction, takes encoded rows, and closes it.
     * close: on a refusal *line is the refused row's number since open (from 1), or 0 where the target does not tell.
     * cancel: gives up the rows since open. */
    int (*open)(struct sink *s, struct err *e);
    int (*send)(struct sink *s, const struct bytes *rows, struct err *e);
    int (*close)(struct sink *s, struct sink_counts *counts, int64_t *line, struct err *e);
    void (*cancel)(struct sink *s);

    /* The connection that the sending half uses from now on (it changes when a lost one is replaced). */
    void (*use)(struct sink *s, struct pgwire *p);

    /* Reading thread: from now on encode tells these, one a column, what it did with values. */
    void (*observe)(struct sink *s, struct form_watch *watches, struct copy_counts *counts);

    /* Frees the sink; the connection under it stays open. */
    void (*free)(struct sink *s);
};

/* How a table is written by COPY, as the plan resolved it; owned by the plan. */
struct write_spec {
    const char *target;   /* "schema"."table", quoted: the journal's name for it */
    const char *copy_sql; /* COPY .. FROM STDIN .. */
    int binary;
    const struct copy_column *columns;
    size_t count;

    /* Where rows may meet rows that are there already: copy_sql goes into a table of the session, which stage_sql makes
     * where there is none yet and clear_sql empties; merge_sql takes its rows to the target and gives one row of two
     * counts, inserted and updated. All three, or NULL: copy_sql goes into the target itself. */
    const char *stage_sql;
    const char *clear_sql;
    const char *merge_sql;
};

/* COPY into PostgreSQL. *out is owned by the caller. 0, or -1 and e. */
int sink_pg_open(struct sink **out, const struct write_spec *spec, struct err *e);

void sink_pg_use(struct sink *s, struct pgwire *p);

/* COPY and merge, for a spec with merge_sql; its line is 0 for rows that the merge refuses. As sink_pg_open and
 * sink_pg_use. */
int sink_apply_open(struct sink **out, const struct write_spec *spec, struct err *e);
void sink_apply_use(struct sink *s, struct pgwire *p);

/* The sink that the spec asks for. */
static inline int sink_open(struct sink **out, const struct write_spec *spec, struct err *e)
{
    return spec->merge_sql ? sink_apply_open(out, spec, e) : sink_pg_open(out, spec, e);
}

#endif
