/* sink_sqlite_internal.h: what the parts of the SQLite file's writer share. */
#ifndef WHERRY_SINK_SQLITE_INTERNAL_H
#define WHERRY_SINK_SQLITE_INTERNAL_H

#include "beside.h"
#include "sink_sqlite.h"
#include "snapshot_connection.h"

struct sink_sqlite {
    struct beside beside;
    struct connection to;
    const struct sqlite_write_spec *spec; /* of the statement */
    sqlite3_stmt *insert;
    const struct batch *batch; /* that the statement reads .. */
    size_t row;                /* .. and its row under way */
};

/* Fills e from the last error of a connection to the file: what SQLite says, or, where it is the system's affair, the
 * file. otherwise: the kind of all errors that are about the statement or its values. Returns -1. */
int sink_sqlite_failed(const struct sink_sqlite *s, sqlite3 *db, const char *what, enum err_kind otherwise,
                       struct err *e);

/* Rows that do not fit are the values' fault, all else the statement's. */
enum err_kind sink_sqlite_fault(sqlite3 *db);

#endif
