/* snapshot_connection.h: a SQLite connection to a file that is not trusted: nothing in the file runs, every wait is
 * bounded, every computation can be stopped. */
#ifndef WHERRY_SNAPSHOT_CONNECTION_H
#define WHERRY_SNAPSHOT_CONNECTION_H

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdint.h>

#include "err.h"

enum connection_mode {
    CONNECTION_READ,      /* read-only, query_only */
    CONNECTION_WRITE,     /* read-write, for locks only; read-only where the file cannot be opened for writing */
    CONNECTION_IMMUTABLE, /* reads without any lock and without -wal and -shm */
    CONNECTION_CREATE     /* read-write, on a new file of our own */
};

/* Stays where it is while it is open: handlers of SQLite point to it. */
struct connection {
    sqlite3 *db;       /* owned; NULL while closed */
    atomic_int cancel; /* set by another thread: what runs ends with SQLITE_INTERRUPT */
    int wait_ms;       /* how long a lock of someone else is waited for */
    int64_t until_ms;  /* end of the present wait */
};

/* Opens `path`, which is absolute. 0, or -1 and e (see connection_refuse); c->db may be open even then. */
int connection_open(struct connection *c, const char *path, enum connection_mode mode, struct err *e);

/* NULL db is allowed. */
void connection_close(struct connection *c);

/* Runs one statement to its end and throws its rows away. Returns SQLite's (primary) result code, SQLITE_OK when done.
 */
int connection_run(struct connection *c, const char *sql);

/* The integer that a statement gives as its first cell. Returns SQLite's (primary) result code. */
int connection_integer(struct connection *c, const char *sql, int64_t *value);

/* Fills e from the connection's last error, as a reason why the file cannot be opened: ERR_ENVIRONMENT, or
 * ERR_INTERRUPTED or ERR_MEMORY. Returns -1. */
int connection_refuse(struct connection *c, const char *path, struct err *e);

#endif
