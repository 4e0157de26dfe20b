/* border_stage.h: functions of a script over rows, as a stage of a load (core/stage.h). */
#ifndef WHERRY_BORDER_STAGE_H
#define WHERRY_BORDER_STAGE_H

#include <pthread.h>

#include "../lane.h"
#include "border.h"

/* The stage of the table of the resolved plan at `table`, whose `read` and `write` stand in t: what its `hooks` say is
 * called in the states that the field `hooks` of the options at index 1 holds (wherry.core.stage.lanes). NULL where it
 * has none. Its blocks stay on the stack. */
struct stage *border_read_hooks(lua_State *L, int table, struct table_load *t);

/* Pushes a list of { table =, source =, key =, map = column? }, one for each of the tables whose functions gave
 * something else when they were called twice for a row. */
void border_push_unsteady(lua_State *L, const struct table_load *tables, size_t count);

/* The states of the field `hooks` of the options at index 1; NULL: there is none. Valid as long as the options. */
struct hook_states *border_hook_states(lua_State *L);

/* What whoever calls into the caller's state has to hold while functions may be called; NULL: nothing. */
pthread_mutex_t *border_hook_gate(struct hook_states *states);

/* Ends functions that are under way, an endless loop too: the stage fails with ERR_INTERRUPTED. From any thread, as
 * often as one likes. Of a coroutine, what is around it ends. states: or NULL. */
void border_hooks_interrupt(struct hook_states *states);

/* The functions look for themselves whether a signal asks to stop, which costs them some: for a caller's thread that
 * has no other one beside it. states: or NULL. */
void border_hooks_watch(struct hook_states *states);

#endif
