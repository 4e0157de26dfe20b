/* verify_stream.h: the rows of a table of PostgreSQL as they come, hashed. */
#ifndef WHERRY_VERIFY_STREAM_H
#define WHERRY_VERIFY_STREAM_H

#include "pgwire.h"
#include "verify_source.h"
#include "verify_unread.h"

struct verify_stream_options {
    const char *select_sql; /* the columns of the spec; spec NULL: the hash of the key and that of the row */
    const struct digest_spec *spec;
    const struct unread_spec *unread; /* not NULL: the SELECT has its columns instead, and the taker gets those rows
                                         alone that can't be read back, key and row with the hash of their cells */
    size_t target;
    struct verify_taker taker; /* its slot is 0 */
    /* Called in the caller's thread about five times a second with the rows so far. May be NULL. */
    void (*tick)(void *context, int64_t rows);
    void *context;
};

/* Reads over `p`, which does nothing else meanwhile. 0, or -1 and e. */
int verify_stream(struct pgwire *p, const struct verify_stream_options *options, struct err *e);

#endif
