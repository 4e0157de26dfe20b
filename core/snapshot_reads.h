/* snapshot_reads.h: which columns a statement reads, as SQLite's authorizer tells it. */
#ifndef WHERRY_SNAPSHOT_READS_H
#define WHERRY_SNAPSHOT_READS_H

#include <sqlite3.h>
#include <stddef.h>

#include "err.h"

/* Compiles a statement that may only read, and does not run it. `out` gets the tables and columns that it reads, each
 * name with a NUL behind it, as far as they fit into `size` bytes; *length is what they need. A pair may come more than
 * once. 0, or -1 and e (ERR_SOURCE with SQLite's words). */
int snapshot_reads(sqlite3 *db, const char *sql, char *out, size_t size, size_t *length, struct err *e);

#endif
