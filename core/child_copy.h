/* child_copy.h: the bytes of a file into an open one, as fast as the file system can, by a child process: a process
 * that closes a descriptor of a database file loses the locks that it holds on it. */
#ifndef WHERRY_CHILD_COPY_H
#define WHERRY_CHILD_COPY_H

#include <stdint.h>

#include "err.h"

struct child_copy {
    const char *from;
    uint64_t device; /* of the file that `from` has to be still */
    uint64_t inode;
    int to;           /* an empty file, open for writing */
    const char *into; /* its path, for messages */
    /* Told now and then how many bytes of how many are there; NULL: nobody wants to know. */
    void (*tick)(void *context, int64_t done, int64_t total);
    void *context;
};

/* Copies. The room is taken first, so that a disk that is too small is known at once; where the file system can let
 * both files share their blocks, they do. *bytes: how many were copied. 0, or -1 and e: ERR_ENVIRONMENT (the disk is
 * full, a file cannot be read or written, its file system does not answer), ERR_CHANGED (`from` is another file by now)
 * or ERR_INTERRUPTED. The child never outlives this process. */
int child_copy(const struct child_copy *c, int64_t *bytes, struct err *e);

#endif
