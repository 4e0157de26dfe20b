/* sink_sqlite.h: a new SQLite file: built beside its name without journal or flushes, checked, flushed, and given its
 * name. All rows go in one transaction; what fails is thrown away as a whole. */
#ifndef WHERRY_SINK_SQLITE_H
#define WHERRY_SINK_SQLITE_H

#include <sqlite3.h>

#include "affinity.h"

/* A column of the table, in the order of the statement's parameters. */
struct sqlite_column {
    const char *name; /* for messages; owned by the plan */
    enum affinity affinity;
    int not_null; /* NULL is refused here: in an INTEGER PRIMARY KEY SQLite would make a number up */
};

/* How a table is written, as the plan resolved it. All pointers are owned by the plan. */
struct sqlite_write_spec {
    const char *table; /* for messages */
    /* INSERT OR FAIL INTO .. (count columns), where the values would follow. OR FAIL: else SQLite keeps what each
     * statement changes until its end, for a way back that nobody goes. */
    const char *insert_sql;
    const struct sqlite_column *columns;
    size_t count;
    /* What names a row to people: indexes of columns, and their names; at most KEY_MAX_CELLS. */
    const size_t *key_columns;
    const char *const *key_names;
    size_t key_count;
};

/* A row without its parent, or a foreign key that cannot be checked. Names are cut. */
struct sqlite_orphan {
    char table[128];
    char parent[128];
    int64_t rowid;
    int has_rowid;     /* not so in WITHOUT ROWID tables */
    int foreign_key;   /* as in PRAGMA foreign_key_list; -1 with `problem` */
    char problem[256]; /* why the table's foreign keys cannot be checked; "" for a row */
};

enum { SQLITE_ORPHANS_KEPT = 100 };

struct sqlite_orphans {
    struct sqlite_orphan first[SQLITE_ORPHANS_KEPT];
    int64_t count; /* of all */
};

/* Why the file has to be begun anew in another form: the first value of a column that SQLite would turn into another
 * one, or a row that a CHECK constraint refuses. Texts are cut. */
struct sqlite_obstacle {
    const struct sqlite_write_spec *spec; /* of the table */
    const char *becomes;                  /* "a text": instead of the value; static storage. NULL: it is a row */
    size_t column;                        /* with `becomes` */
    char value[256];                      /* with `becomes`, as in struct err */
    char value_class[8];                  /* with `becomes`, as in struct err */
    char check[1024];                     /* the constraint's name, or its text where it has none */
    char key[512];                        /* of the row, for display */
};

enum { SQLITE_OBSTACLES_KEPT = 64 };

struct sqlite_obstacles {
    struct sqlite_obstacle first[SQLITE_OBSTACLES_KEPT];
    size_t count; /* of those kept */
};

/* What is looked at in the complete file beside its integrity. All pointers are the caller's. */
struct sqlite_checks {
    struct sqlite_orphans *orphans;
    const char *const *count_sql; /* SELECTs of a number of rows .. */
    int64_t *counts;              /* .. and what they gave */
    size_t count;                 /* of them */
};

/* Used by one thread at a time. */
struct sink_sqlite;

/* Begins the file. *removed: unfinished files of killed processes that were removed first. *out is owned by the caller.
 * 0, or -1 and e (ERR_ENVIRONMENT: the target exists, or cannot be written). */
int sink_sqlite_open(struct sink_sqlite **out, const char *path, size_t *removed, struct err *e);

/* Runs SQL, one or more statements. 0, or -1 and e: ERR_PLAN for what SQLite does not understand, ERR_VALUE where it is
 * the rows that do not fit (an index that is to be unique). */
int sink_sqlite_run(struct sink_sqlite *s, const char *sql, struct err *e);

/* The table that rows go to from now on. The spec outlives its use. 0, or -1 and e. */
int sink_sqlite_table(struct sink_sqlite *s, const struct sqlite_write_spec *spec, struct err *e);

/* Inserts the rows of a batch; *zeros counts up for each -0.0 that loses its sign. Once there is an obstacle nothing is
 * stored any more, and the values are looked at only, to know all columns that are obstacles at once. 0, or -1 and e:
 * ERR_VALUE with table and key, and column and value where one is to blame; ERR_ENVIRONMENT: the disk is full;
 * ERR_INTERRUPTED. */
int sink_sqlite_rows(struct sink_sqlite *s, const struct batch *b, int64_t *zeros, struct sqlite_obstacles *obstacles,
                     struct err *e);

/* No more rows come: lets go of what they took. What makes indexes runs behind it. 0, or -1 and e. */
int sink_sqlite_loaded(struct sink_sqlite *s, struct err *e);

/* Ends the transaction, flushes the file and checks it; nothing can be written behind that. Rows without parent are no
 * failure. 0, or -1 and e. */
int sink_sqlite_check(struct sink_sqlite *s, const struct sqlite_checks *checks, struct err *e);

/* Closes the file and gives it its name. *bytes: its size. 0, or -1 and e. */
int sink_sqlite_publish(struct sink_sqlite *s, int64_t *bytes, struct err *e);

/* Removes the file unless it was published. NULL is allowed. */
void sink_sqlite_free(struct sink_sqlite *s);

#endif
