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

/* What whoever calls into the caller's state has to hold while a load is under way whose options are at index 1; NULL:
 * nothing. */
pthread_mutex_t *border_hook_gate(lua_State *L);

#endif
