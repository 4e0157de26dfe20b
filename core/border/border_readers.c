/* border_readers.c: what threads that read all tables of a plan side by side are given. */
#include "border_readers.h"

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
