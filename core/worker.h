/* worker.h: work in a thread of its own, while the caller's thread waits and tells how far it is: that one belongs to a
 * Lua state. */
#ifndef WHERRY_WORKER_H
#define WHERRY_WORKER_H

#include "err.h"

/* Runs work(context, e) in a thread, and meanwhile look(context) in the caller's: about five times a second and once
 * at the end. look may be NULL. Returns what work returned, or -1 and e. */
int worker_run(int (*work)(void *context, struct err *e), void (*look)(void *context), void *context, struct err *e);

#endif
