/* crew.h: threads that share a list of things to do. */
#ifndef WHERRY_CREW_H
#define WHERRY_CREW_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum { CREW_MOST = 16 };

/* Zero-initialise, then set items, work and context. */
struct crew {
    size_t items;
    /* Does one of them; slot: of the thread, from 0. 0, or -1 and e: then the others end with what they are at. */
    int (*work)(void *context, size_t item, size_t slot, struct err *e);
    void *context;
    atomic_size_t next; /* item */
    atomic_int stopped; /* a thread has failed: the others need not go on */
};

/* How far a crew has come that reads tables. */
struct crew_progress {
    size_t table;  /* the first table that is not at its end */
    int64_t rows;  /* of it */
    int64_t total; /* of all tables */
    int stopped;   /* a thread has failed: the others end */
};

/* Does all items with at most `threads` threads, the calling one among them. 0, or -1 and e of the first that failed.
 */
int crew_run(struct crew *c, size_t threads, struct err *e);

#endif
