/* border_tick.h: a Lua function that is told, while the core works, how far it came. */
#ifndef WHERRY_BORDER_TICK_H
#define WHERRY_BORDER_TICK_H

#include <pthread.h>

#include "border.h"

struct border_tick {
    lua_State *L;
    int function;          /* stack index, 0: nobody wants to know */
    int ends;              /* the function gave true: the work is to end */
    pthread_mutex_t *gate; /* held during a call, which is left out where it is not to be had within a second; NULL:
                            * nobody else calls into the state */
};

/* Pushes the field `tick` of the table at stack index 1, a function or nil, and leaves it on the stack. Raises kind
 * "usage" for anything else. */
struct border_tick border_tick_field(lua_State *L);

/* Calls `tell` under protection with the function at index 1 and `progress` as a light userdata at index 2. An error in
 * it ends the telling, never the work: threads are at it, so nothing may be raised here. What `tell` gives, if
 * anything, says whether the work is to end. */
void border_tick_call(struct border_tick *tick, lua_CFunction tell, const void *progress);

#endif
