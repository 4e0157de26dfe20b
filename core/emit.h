/* emit.h: rows that functions of a script make for other tables than the one whose rows they are called for. They
 * travel with the row of which they were made, and get into the target in its step, or not at all. */
#ifndef WHERRY_EMIT_H
#define WHERRY_EMIT_H

#include "digest.h"
#include "sink.h"

enum {
    EMIT_BYTES = 8 * 1024 * 1024, /* of rows that wait for a COPY of their own */
    EMIT_COLUMNS_MOST = 1600      /* PostgreSQL's limit */
};

/* A table that gets such rows; owned by the plan. */
struct emit_target {
    const char *target;                /* "schema"."table", quoted: the journal's name for it */
    const struct copy_column *columns; /* those that may be given; count of them */
    const unsigned char *is_optional;  /* a byte a column: the target has something for it where it is not given */
    size_t count;
    const struct digest_spec *digest; /* what the rows are summed up as; NULL: nobody asks */
};

/* Appends one row for targets[target]: those of its columns that are given (a byte a column) have their values in the
 * cells of the only row of b, each at its place. 0; -1 and e (ERR_VALUE, ERR_MEMORY), and out is as before. */
int emit_row(struct bytes *out, const struct emit_target *targets, size_t target, const unsigned char *is_given,
             const struct batch *b, struct err *e);

/* Appends what follows an encoded row: the rows that were made of it, which may be none. 0, or -1 and e. */
int emit_append(struct bytes *out, const struct bytes *rows, struct err *e);

/* A sink over another one, which it owns: it takes encoded rows with what was made of them behind each. *out is owned
 * by the caller. 0, or -1 and e: then the other sink is the caller's still. */
int sink_emit_open(struct sink **out, struct sink *inner, const struct emit_target *targets, size_t count,
                   struct err *e);

#endif
