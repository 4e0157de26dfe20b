/* keeper.h: a thread that says something on a connection whenever its owner has said nothing for a while. The session
 * that holds the journal's lock has nothing to ask for hours while the lanes work: this keeps it from being taken for a
 * dead client's, and from timeouts of the server and of the network between. */
#ifndef WHERRY_KEEPER_H
#define WHERRY_KEEPER_H

#include "pgwire.h"

struct keeper; /* opaque */

/* From now on the connection may be used between keeper_enter and keeper_leave only. The keeper does not own it. Every
 * every_ms milliseconds a statement is run on it, unless it is in use or in a failed transaction. *out is owned by the
 * caller (keeper_stop). 0, or -1 and e. */
int keeper_start(struct keeper **out, struct pgwire *p, int every_ms, struct err *e);

/* Around each use. NULL is allowed. */
void keeper_enter(struct keeper *k);
/* The same without waiting: 0 where the keeper is at it, which may take as long as a connection takes to be lost. */
int keeper_try_enter(struct keeper *k);
void keeper_leave(struct keeper *k);

/* Ends the thread. A statement of its that is still under way is given up, and the connection with it: close that one.
 * NULL is allowed. */
void keeper_stop(struct keeper *k);

#endif
