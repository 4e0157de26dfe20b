/* back_load.h: the way back: tables of PostgreSQL, as one transaction sees them, into a new SQLite file. A reading
 * thread on the PostgreSQL connection and a writing thread, with a bounded ring of batches between them. */
#ifndef WHERRY_BACK_LOAD_H
#define WHERRY_BACK_LOAD_H

#include "sink_sqlite.h"
#include "source_pg.h"

struct back_table {
    struct pg_read_spec read;
    struct sqlite_write_spec write; /* its columns are those of read */
};

/* What the work is at. */
enum back_phase {
    BACK_LOAD,   /* rows */
    BACK_BEHIND, /* the statements behind the rows: indexes, triggers */
    BACK_CHECK   /* the check of the file, and its flush */
};

/* How far it is; a copy, taken under lock. */
struct back_progress {
    enum back_phase phase;
    size_t table;  /* index of the table under way */
    int64_t rows;  /* of it in the file */
    int64_t total; /* rows of all tables in the file */
};

struct back_options {
    const char *conninfo;
    const char *snapshot;      /* exported by a transaction that is open all the time; NULL: a snapshot of its own */
    const char *path;          /* of the file */
    const char *const *before; /* SQL that makes the tables */
    size_t before_count;
    const struct back_table *tables;
    size_t count;
    const char *const *behind; /* SQL behind the rows */
    size_t behind_count;
    const char *const *count_sql; /* by table, a SELECT of the number of its rows in the complete file; may be NULL */
    /* Called in the caller's thread about five times a second and once at the end. May be NULL. */
    void (*tick)(void *context, const struct back_progress *progress);
    void *context;
};

struct back_result {
    /* By table, arrays of options->count that the caller has zeroed. */
    int64_t *rows;
    int64_t *zeros;                    /* values that were -0.0 and lost their sign */
    int64_t *counts;                   /* what count_sql gave; may be NULL without it */
    struct sqlite_obstacles obstacles; /* not empty: no file was made, and none can be made of these tables */
    struct sqlite_orphans orphans;
    int64_t bytes;  /* size of the file */
    size_t removed; /* unfinished files of killed processes that were removed */
};

/* Makes the file. Blocks until done, failed or interrupted. 0, or -1 and e: then, and with obstacles, nothing has the
 * file's name. */
int back_load(const struct back_options *options, struct back_result *result, struct err *e);

#endif
