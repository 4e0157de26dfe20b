/* check.h: what a load would meet, without loading: every row is read and every cell encoded, by the load's own code;
 * what does not fit is counted and named instead of stopping anything. Then the keys: which rows would be duplicates or
 * orphans once their values are what the target makes of them.
 *
 * A row that the plan rejects is not there for keys, as it would not be in the target. One that would stop the run is,
 * since the run only goes on when it is mended. */
#ifndef WHERRY_CHECK_H
#define WHERRY_CHECK_H

#include <sqlite3.h>

#include "check_column.h"
#include "crew.h"
#include "lane.h"

/* Columns whose values are compared. */
struct check_key {
    size_t table;          /* index into the tables */
    const size_t *columns; /* indexes into the columns that are written; a foreign key's in the order of its parent's */
    size_t count;
    int unique;
    int nulls_equal; /* NULLS NOT DISTINCT */
    int rejects;     /* rows that it does not allow are rejected; the same for all unique keys of a table */
};

/* A foreign key: what its key holds has to be in the parent's. */
struct check_reference {
    size_t child; /* indexes into the keys */
    size_t parent;
    int rejects; /* orphans are rejected */
};

/* A row that breaks a key. */
struct check_breach {
    uint64_t row;
    uint64_t first;      /* of a duplicate: the row that keeps the key */
    int named;           /* `first` is known */
    char key[512];       /* what names the row */
    char first_key[512]; /* of a duplicate */
    char value[512];     /* the key's values */
};

struct check_breaches {
    int64_t count;
    struct check_breach examples[CHECK_EXAMPLES]; /* in the order of rows */
    size_t example_count;
};

struct check_table_result {
    int64_t rows;
    int64_t stopping; /* rows with a value at which the run would stop */
    int64_t bad;      /* rows rejected for a value */
    int64_t rejected; /* .. and for keys and foreign keys */
    int64_t bytes;    /* of wire */
    struct check_column
        *columns;               /* owned; one a column that is written, and one more: rows that stages refused whole */
    struct stage_result staged; /* counts of rows that stages took out, which are none of the others */
};

struct check_key_result {
    int64_t unknown; /* values that only the server can compare */
    struct check_breaches duplicates;
};

struct check_result {
    struct check_table_result *tables; /* owned, one a table */
    struct check_key_result *keys;     /* owned, one a key */
    struct check_breaches *references; /* owned, one a foreign key: its orphans */
    size_t table_count;
    size_t *column_counts; /* owned, one a table: of the columns that are written */
    int64_t spilled;       /* bytes written to TMPDIR, which are gone */
};

struct check_options {
    sqlite3 *const *readers; /* reader_count of the first source, as many of the next one, and so on */
    size_t reader_count;     /* so many tables, or parts of them, at a time */
    const struct table_load *tables;
    const char *const *ranges; /* one a table: a SELECT of the least and the greatest rowid, where that is the key that
                                  it is read by, so that it can be split; or NULL */
    size_t count;
    const struct check_key *keys;
    size_t key_count;
    const struct check_reference *references;
    size_t reference_count;
    /* Called in the caller's thread about five times a second. May be NULL. */
    void (*tick)(void *context, const struct crew_progress *progress);
    void *context;
};

/* Reads, encodes and compares. *r is zeroed first, and to be freed whatever the result. 0, or -1 and e: the source
 * could not be read, memory or the disk of TMPDIR is full, or a signal asked to stop. */
int check_run(const struct check_options *options, struct check_result *r, struct err *e);

void check_result_free(struct check_result *r);

#endif
