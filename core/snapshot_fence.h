/* snapshot_fence.h: BEGIN IMMEDIATE on a source that may be in use: nobody else commits while it is held.
 *
 * The holder alone is opened for writing (on a read-only connection BEGIN IMMEDIATE takes no lock), and it writes
 * nothing: not even a journal that a killed process left behind is rolled back into the file. */
#ifndef WHERRY_SNAPSHOT_FENCE_H
#define WHERRY_SNAPSHOT_FENCE_H

#include "snapshot_connection.h"
#include "snapshot_probe.h"

/* What fence_prepare accepts beside a file at rest: processes that use it; an encoding but UTF-8. */
enum { FENCE_LIVE = 1, FENCE_UTF16 = 2 };

/* Zero-initialise. Stays where it is: handlers of SQLite point to its connection. */
struct fence {
    char path[PROBE_PATH];    /* absolute, of the file itself */
    struct probe before;      /* before SQLite opened anything: which files are ours to remove */
    struct connection holder; /* never inside a transaction but while the fence is held */
    int wal;                  /* journal mode WAL */
    int immutable;            /* needs -shm, which cannot be made: read without locks, as it lies */
    int busy;                 /* it could not be taken because somebody else holds a lock all the time */
};

/* Looks at the file and judges it. No connection of this process may be open on it. 0, or -1 and e. */
int fence_prepare(struct fence *f, const char *path, int accepted, struct err *e);

/* Takes the fence. 1: it is held; 0: the file or its -wal cannot be opened for writing, so there is none; -1 and e. */
int fence_take(struct fence *f, struct err *e);

/* Lets writers go on; the holder stays open. 0, or -1 and e. */
int fence_release(struct fence *f, struct err *e);

/* How readers of the file are opened. */
enum connection_mode fence_reading(const struct fence *f);

/* Fills e from the last error of a connection to the file; where it is a lock, names who holds it; where it is a
 * journal that somebody left behind, says so. Returns -1. */
int fence_refuse(struct fence *f, struct connection *c, struct err *e);

/* Fills e: somebody locks the file or writes to it all the time; names who, if that can be seen. Returns -1. */
int fence_refuse_locked(struct fence *f, struct err *e);

/* Closes the holder, and takes away what SQLite made beside the file for us. No other connection of this process may be
 * open on it any more. */
void fence_close(struct fence *f);

#endif
