/* verify_source.h: the rows of a source once more, through the plan, as a load would write them: read, changed by
 * functions, encoded and hashed. Nothing is written.
 *
 * Rows that the plan rejects for a value are left out, as are those that the target had rejected. So are rows at whose
 * values a load would stop: they are counted. */
#ifndef WHERRY_VERIFY_SOURCE_H
#define WHERRY_VERIFY_SOURCE_H

#include "crew.h"
#include "digest.h"
#include "key_set.h"
#include "lane.h"
#include "verify_foreign.h"

/* A row as it stands in a table of the target, or is expected to. */
struct verify_row {
    size_t target; /* which of the digests it belongs to */
    uint64_t key_hash;
    uint64_t row_hash;
    const struct digest_spec *spec;
    const struct bytes *record; /* what was hashed: canonical (digest.h) */
    /* Of a row of SQLite: the cells that it was made of; load NULL: it comes from PostgreSQL; batch NULL: a function
     * has emitted it. */
    const struct table_load *load;
    const struct batch *batch;
    size_t row;
};

/* What takes rows; `part` may be NULL. Both are called in the threads that read, slot says in which. */
struct verify_taker {
    int (*row)(void *context, size_t slot, const struct verify_row *row, struct err *e);
    int (*part)(void *context, size_t slot, struct err *e); /* a part of a table is at its end */
    void *context;
};

/* A taker that adds rows to digests[row->target]; from any number of threads. */
struct verify_taker verify_summing(struct digest **digests);

struct verify_table_result {
    int64_t rows;     /* that were read */
    int64_t rejected; /* for a value, as the plan says */
    int64_t left_out; /* because the target had rejected them */
    int64_t unfit;    /* a load would stop at them */
    char unfit_key[512];
    char unfit_why[1024];
    char unfit_value[256];
    struct stage_result staged; /* counts of rows that stages took out */
};

struct verify_source_options {
    sqlite3 *const *readers; /* reader_count of the first source, as many of the next one, and so on */
    size_t reader_count;
    const struct table_load *tables;      /* those with a digest, or whose emitted rows have one, give rows */
    const char *const *ranges;            /* one a table, see split.h */
    const struct key_set *rejected;       /* one a table; NULL: there are none */
    const struct verify_foreign *foreign; /* one a table; NULL: none has such columns */
    struct pgwire *pg;                    /* that is asked about them */
    struct digest **unfit; /* one a table, of the cells (verify_unread.h) of rows at which a load would stop; NULL:
                              nobody asks */
    const struct digest *unfit_more; /* by how much `unfit` exceeds what it should be: a row is told that makes the
                                        difference; NULL: the first of all is */
    size_t count;
    struct verify_taker taker;
    /* Called in the caller's thread about five times a second. May be NULL. */
    void (*tick)(void *context, const struct crew_progress *progress);
    void *context;
};

/* Reads. results: one a table, zeroed; to be freed with verify_results_free whatever the result. 0, or -1 and e: the
 * source could not be read, or a signal asked to stop. */
int verify_source(const struct verify_source_options *options, struct verify_table_result *results, struct err *e);

void verify_results_free(struct verify_table_result *results, size_t count);

#endif
