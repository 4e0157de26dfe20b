/* snapshot.h: a SQLite file held still and opened with a hostile file in mind.
 *
 * The file is looked at once from outside (stat, header, locks, other processes) before SQLite opens it: a process with
 * live SQLite connections must never open and close the database files itself, since that drops POSIX locks. Then a
 * holder takes BEGIN IMMEDIATE (the fence), readers are opened and begin their read transaction under it, and the
 * holder rolls back. Readers cannot write; triggers, views, extensions and functions with side effects never run.
 * Where the holder cannot be opened for writing there is no fence, only change detection (snapshot_info.fenced = 0). */
#ifndef WHERRY_SNAPSHOT_H
#define WHERRY_SNAPSHOT_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* Connections begun under the fence: catalog, load, counts and quick_check, census; and one for each lane of the load
 * behind the first, which has the load's. */
enum { SNAPSHOT_READERS = 4, SNAPSHOT_LANES_MOST = 256 };

/* Readers that a census may use. */
enum { SNAPSHOT_CENSUS_MOST = 16 };

struct snapshot; /* opaque; not thread-safe, but each reader connection may be used by one thread at a time */

/* Zero-initialised: one lane. */
struct snapshot_options {
    int lanes; /* readers for the load, 1 to SNAPSHOT_LANES_MOST; 0: 1 */
    int live;  /* a file that another process uses is read beside it, and not refused: see snapshot_info.live */
    int hold;  /* the fence is held until snapshot_release: of several files, each as it is at one moment of all */
};

struct snapshot_info {
    int fenced;           /* the readers share one state, guaranteed */
    int live;             /* another process uses it: the readers share one state without a fence. The file may change
                             meanwhile (with a rollback journal, who wants to write to it waits) */
    int wal;              /* journal mode WAL */
    char path[4096];      /* absolute */
    char fingerprint[33]; /* 32 hex digits over size, mtime_ns, header (change counter, schema cookie, page count,
                             application_id), WAL header and size, and sqlite_schema */
    char note[256];       /* why there is no fence; "" otherwise */
    char user[400];       /* live: which process uses it, and how */
    int64_t taken;        /* live: the moment that is read, microseconds since 1970 */
};

/* Opens the file at `path` and takes the snapshot. Refuses with ERR_ENVIRONMENT and a clear message and hint: missing,
 * directory, empty, not a database, encrypted, truncated (size against the header), UTF-16, unreadable, a hot journal,
 * another process that has the file open or holds a lock (hint: `wherry snapshot`; with options->live only one that
 * holds a lock for long, or writes without pause), a path that is no regular file.
 * options: NULL for the defaults. *out is owned by the caller (snapshot_close). 0, or -1 and e. */
int snapshot_open(struct snapshot **out, const char *path, const struct snapshot_options *options, struct err *e);

/* Lets writers go on that a held fence keeps waiting; where none is held, nothing. 0, or -1 and e. */
int snapshot_release(struct snapshot *s, struct err *e);

const struct snapshot_info *snapshot_info(const struct snapshot *s);

/* Reader connection n (0 .. SNAPSHOT_READERS-1), inside its read transaction. Owned by the snapshot. 0: catalog; 1: the
 * load; 2: counts and quick_check; 3: census. Reads stop with SQLITE_INTERRUPT when stop_signal() is set. */
sqlite3 *snapshot_reader(struct snapshot *s, int n);

/* The reader of lane n of the load (0 .. lanes - 1), inside its read transaction; lane 0 has snapshot_reader(s, 1). All
 * readers see the same moment. Owned by the snapshot; NULL where there is no such lane. */
sqlite3 *snapshot_lane(struct snapshot *s, int n);

/* The readers that a census may use, at most `most` (at least 1) of them, in `readers`; returns their number. Beside
 * its own these are the lanes' and the catalog's, which have nothing to do meanwhile: the load begins when the plan is
 * resolved, and the caller is the thread that asks the catalog. */
size_t snapshot_census_readers(struct snapshot *s, sqlite3 *readers[SNAPSHOT_CENSUS_MOST], size_t most);

/* Proves that the file is as it was when the snapshot was taken: stat, PRAGMA data_version of the holder, WAL header.
 * A file in use may change: then nothing is to be proved. 0, or -1 and e (ERR_CHANGED). */
int snapshot_unchanged(struct snapshot *s, struct err *e);

/* A statement that counts rows. */
struct snapshot_count {
    const char *table; /* which a failure names */
    const char *sql;   /* gives one integer */
};

/* Starts what a thread of its own does on reader 2 while the rows are read elsewhere: the counts, which are copied, in
 * their order, and then, with `check`, PRAGMA quick_check. A second call is without effect. 0, or -1 and e. */
int snapshot_check_start(struct snapshot *s, const struct snapshot_count *counts, size_t length, int check,
                         struct err *e);

/* The first `known` counts are known: *rows, owned by the snapshot. 0: all of them (or none was asked for); 1: there
 * are more to come; -1 and e: one failed, and those behind it will not come. With `wait` it blocks, but returns -1 with
 * ERR_INTERRUPTED when stop_signal() is set. */
int snapshot_counts(struct snapshot *s, int wait, const int64_t **rows, size_t *known, struct err *e);

/* 1: still running; 0: passed (or never started); -1: e holds what was found (ERR_SOURCE), or why a count failed. With
 * `wait` it blocks, but returns -1 with ERR_INTERRUPTED when stop_signal() is set. */
int snapshot_check_result(struct snapshot *s, int wait, struct err *e);

/* Ends the check thread and all connections. Files that were not there before are not left behind. NULL is allowed. */
void snapshot_close(struct snapshot *s);

/* Zero-initialised: a copy for this user alone of a file with UTF-8 texts, not checked. */
struct snapshot_copy_options {
    int check;  /* the copy has to pass quick_check */
    int utf16;  /* a file with UTF-16 texts is copied, too */
    int shared; /* the copy gets the file's permissions instead of 0600 */
    /* Told now and then how many bytes (or, where there is no fence, pages) of how many are there; may be NULL. */
    void (*tick)(void *context, int64_t done, int64_t total);
    void *context;
};

struct snapshot_copied {
    int64_t size;    /* bytes */
    int64_t taken;   /* the moment that the copy shows, microseconds since 1970; also its time of modification */
    int64_t held_ms; /* how long writers were held up by the fence */
    int fenced;
};

/* Copies a database, live or not, into a new file at `target`, as it is at one moment; target must not exist and
 * appears complete (written beside, flushed to the disk and renamed). 0, or -1 and e. */
int snapshot_copy(const char *path, const char *target, const struct snapshot_copy_options *options,
                  struct snapshot_copied *copied, struct err *e);

struct snapshot_seen {
    char path[4096]; /* absolute */
    char user[400];  /* which process uses the file, and how; "" where none is seen */
    int64_t size;    /* bytes, those of the -wal included */
};

/* Looks at a source without opening it; refuses as snapshot_open does, but not a file that is in use. 0, or -1 and e.
 */
int snapshot_look(const char *path, struct snapshot_seen *seen, struct err *e);

/* Fills e (ERR_SOURCE, or ERR_INTERRUPTED when stop_signal() is set) from the last error of a connection. Returns -1.
 */
int snapshot_error(sqlite3 *db, const char *what, struct err *e);

#endif
