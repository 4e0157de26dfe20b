/* snapshot_connection.h: a SQLite connection to a file that is not trusted: nothing in the file runs, every wait is
 * bounded, every computation can be stopped, and memory is limited.
 *
 * Memory: the columns of one row may come out of a few bytes of a hostile file, e.g. ten generated columns of a
 * gigabyte each (zeroblob, randomblob, printf). So SQLite as a whole may take a third of the memory that the process
 * has, and 3 GiB at most; what needs more is refused as ERR_MEMORY. A third, since a row is held three times on its
 * way: by SQLite, in the batch and as wire. An honest row is at most 1 GB (SQLite's own limit of a record), so every
 * honest row can be loaded where there are some 3 GB of memory, and less where rows are smaller. A limit that the host
 * program has set (sqlite3_hard_heap_limit64) is left as it is. */
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

/* Kilobytes of pages of a connection that reads. */
enum { CONNECTION_CACHE = 2000 };

/* Sets how much of the file's pages is kept. Returns SQLite's (primary) result code. */
int connection_cache(struct connection *c, int kilobytes);

/* Begins a read transaction and takes its snapshot of the file. Returns SQLite's (primary) result code. */
int connection_begin(struct connection *c);

/* The integer that a statement gives as its first cell. Returns SQLite's (primary) result code. */
int connection_integer(struct connection *c, const char *sql, int64_t *value);

/* Fills e from the connection's last error, as a reason why the file cannot be opened: ERR_ENVIRONMENT, or
 * ERR_INTERRUPTED or ERR_MEMORY. Returns -1. */
int connection_refuse(struct connection *c, const char *path, struct err *e);

#endif
