/* beside.h: a database file that is built beside its name, as NAME.wherry-XXXXXX, and gets the name when it is
 * complete: whoever looks finds the whole file or none. An existing file is never replaced, also one that appears
 * meanwhile.
 *
 * Whoever builds holds a lock on the unfinished file (beyond the bytes that SQLite locks), so files that a killed
 * process left behind are told from those that are being built: the next one for the same name removes them. */
#ifndef WHERRY_BESIDE_H
#define WHERRY_BESIDE_H

#include <sys/types.h>

#include "err.h"

enum { BESIDE_PATH = 4096 + 64 };

/* Zero-initialise. */
struct beside {
    char target[BESIDE_PATH];    /* absolute: SQLite takes some relative names for something else, e.g. "file:x" */
    char path[BESIDE_PATH + 16]; /* the unfinished file; "" while there is none */
    int fd;                      /* of the unfinished file; closing it lets go of SQLite's locks, so it is kept open */
    size_t removed;              /* files of killed processes that were removed */
};

/* Makes the empty file, nobody else's to read. what: the target's name in messages, e.g. "the copy's target". 0, or -1
 * and e (ERR_ENVIRONMENT with a hint): the target or a journal of it exists, or its directory cannot be written. */
int beside_create(struct beside *b, const char *target, const char *what, struct err *e);

/* Brings what is written so far to the disk. 0, or -1 and e. */
int beside_flush(const struct beside *b, struct err *e);

/* Gives the file its name for good. No connection of SQLite may be open on it any more. mode: its permissions, or
 * BESIDE_BY_UMASK: those of a new file. 0, or -1 and e: the name is as it was. */
enum { BESIDE_BY_UMASK = 010000 };
int beside_publish(struct beside *b, mode_t mode, const char *what, struct err *e);

/* Removes what SQLite left beside the unfinished file (-journal, -wal, -shm), when all that was in it is in the file.
 * No connection of SQLite may be open on it any more. */
void beside_tidy(const struct beside *b);

/* Removes the unfinished file, if there is one. No connection of SQLite may be open on it any more. */
void beside_discard(struct beside *b);

#endif
