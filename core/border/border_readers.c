/* border_readers.c: what threads that read all tables of a plan side by side are given. */
#include "border_readers.h"

#include "../stop.h"
#include "../sys.h"

enum { THREADS_MOST = 1000000 }; /* more than there are anywhere */

struct table_load *border_read_ranged(lua_State *L, const struct border_sources *sources, const char ***ranges,
                                      size_t *count)
{
    *count = border_push_list(L, 1, "tables");
    int list = lua_gettop(L);
    struct table_load *tables = border_block(L, *count, sizeof *tables);
    *ranges = border_block(L, *count, sizeof(const char *));
    for (size_t i = 0; i < *count; i++) {
        luaL_checkstack(L, 8, "too many tables");
        border_push_element(L, list, i, LUA_TTABLE, "tables");
        int table = lua_gettop(L);
        (*ranges)[i] = border_field_text(L, table, "range", NULL);
        border_read_table(L, table, sources, &tables[i]);
    }
    return tables;
}

sqlite3 *const *border_read_readers(lua_State *L, const struct border_sources *sources, size_t *threads)
{
    sqlite3 **readers = border_block(L, sources->count * SNAPSHOT_CENSUS_MOST, sizeof *readers);
    size_t least = (size_t)border_integer_between(L, 1, "threads", sys_processors(), 1, THREADS_MOST);
    for (size_t i = 0; i < sources->count; i++)
        least = snapshot_census_readers(sources->snapshots[i], readers, least);
    for (size_t i = 0; i < sources->count; i++)
        (void)snapshot_census_readers(sources->snapshots[i], readers + i * least, least);
    *threads = least;
    return readers;
}

static int call_tick(lua_State *L)
{
    const struct crew_progress *progress = lua_touserdata(L, 2);
    lua_settop(L, 1);
    lua_pushinteger(L, (lua_Integer)progress->table + 1);
    lua_pushinteger(L, progress->rows);
    lua_pushinteger(L, progress->total);
    lua_call(L, 3, 0);
    return 0;
}

void border_told_tick(void *context, const struct crew_progress *progress)
{
    struct border_told *told = context;
    if (progress->stopped || stop_signal())
        border_hooks_interrupt(told->hooks);
    border_tick_call(told->tick, call_tick, progress);
}
