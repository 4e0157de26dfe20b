/* database.h: a SQLite file that a script has opened by itself: read as it is at one moment, or written. */
#ifndef WHERRY_DATABASE_H
#define WHERRY_DATABASE_H

#include <sqlite3.h>

#include "err.h"

enum database_mode {
    DATABASE_READ,  /* a snapshot of the file; see snapshot.h */
    DATABASE_WRITE, /* a file that is there and can be written */
    DATABASE_CREATE /* the same, made where it is missing */
};

struct database; /* opaque; for one thread at a time */

/* Opens the file at `path`. Scripts are trusted and call for what they want, so views can be read, and triggers run
 * where the file is written; extensions and functions with side effects stay out. *out is owned by the caller. 0, or -1
 * and e. */
int database_open(struct database **out, const char *path, enum database_mode mode, struct err *e);

/* Ends all statements that are left, and the connection. NULL is allowed. */
void database_close(struct database *d);

/* Owned by the database. */
sqlite3 *database_connection(const struct database *d);

/* Fills e from the connection's last error: ERR_USAGE for SQL that is wrong, ERR_VALUE for a constraint with its table
 * and column, else ERR_SOURCE, ERR_MEMORY or ERR_INTERRUPTED. sql: the statement, for the message. Returns -1. */
int database_error(const struct database *d, const char *sql, struct err *e);

/* Prepares one statement, to the end of `sql`; *out is owned by the caller. 0, or -1 and e. */
int database_prepare(struct database *d, const char *sql, sqlite3_stmt **out, struct err *e);

#endif
