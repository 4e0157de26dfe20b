/* source.h: where rows come from. A source fills batches; it knows nothing of codecs or of PostgreSQL. */
#ifndef WHERRY_SOURCE_H
#define WHERRY_SOURCE_H

#include <sqlite3.h>

#include "batch.h"

struct source {
    /* Clears b and fills it with the next rows. 1: rows are in b; 0: the end; -1 and e (ERR_SOURCE, ERR_MEMORY,
     * ERR_INTERRUPTED). */
    int (*next)(struct source *s, struct batch *b, struct err *e);
    /* Frees the source; the connection under it stays open. */
    void (*close)(struct source *s);
};

/* How a SQLite table is read, as the plan resolved it. All pointers are owned by the plan. */
struct read_spec {
    const char *table;     /* source table, for messages */
    const char *sql_first; /* SELECT from the start, in key order */
    const char *sql_after; /* the same behind a key bound to ?1..?k; NULL: the table has no usable key, one step */
    /* From the start up to and with a key bound to ?1..?k, and behind ?1..?k up to and with ?k+1..?2k. NULL: the plan
     * has no ranges that end before the table does. */
    const char *sql_until;
    const char *sql_between;
    size_t columns; /* cells in a row */
    /* The key: unique, in the order of the SELECT. Its cells' indexes in the row, and their names. */
    const size_t *key_columns;
    const char *const *key_names;
    size_t key_count; /* 0 with sql_after NULL */
    /* What names a row to people: the key, or more than that (a declared primary key beside the rowid). 0: the key. */
    const size_t *label_columns;
    const char *const *label_names;
    size_t label_count;
};

/* What names a row of the batch to people, e.g. "id=42"; "" where nothing does. */
void row_describe(char *out, size_t size, const struct batch *b, size_t row, const struct read_spec *spec);

/* The rows behind a key, up to and with another one; both encoded (key.h), owned by the caller. */
struct key_range {
    const unsigned char *after;
    size_t after_length; /* 0: from the start */
    const unsigned char *until;
    size_t until_length; /* 0: to the end */
};

/* Opens a source over the rows of `db` in a range (NULL: all). Doubles are read as doubles; texts and blobs with
 * sqlite3_column_bytes, so NUL bytes are kept. *out is owned by the caller. 0, or -1 and e. */
int source_sqlite_open(struct source **out, sqlite3 *db, const struct read_spec *spec, const struct key_range *range,
                       struct err *e);

#endif
