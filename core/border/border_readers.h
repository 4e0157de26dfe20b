/* border_readers.h: what threads that read all tables of a plan side by side are given. */
#ifndef WHERRY_BORDER_READERS_H
#define WHERRY_BORDER_READERS_H

#include "../crew.h"
#include "border_stage.h"
#include "border_table.h"
#include "border_tick.h"

/* The field `tables` of the options at 1, and the field `range` of each (core/split.h). */
struct table_load *border_read_ranged(lua_State *L, const struct border_sources *sources, const char ***ranges,
                                      size_t *count);

/* Readers for the field `threads`, without it as many as there are processors, of each source, those of a source side
 * by side; *threads: how many there are. */
sqlite3 *const *border_read_readers(lua_State *L, const struct border_sources *sources, size_t *threads);

/* Who is told how far the threads have come. */
struct border_told {
    struct border_tick *tick;
    struct hook_states *hooks;
};

/* Calls tick(index, rows, total) of a struct border_told; ends functions of the script where the threads are to end. */
void border_told_tick(void *context, const struct crew_progress *progress);

#endif
