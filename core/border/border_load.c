/* border_load.c: wherry.core.load: a resolved plan's tables over the path of the core. */
#include "../run.h"
#include "../snapshot.h"
#include "border_table.h"

enum {
    LOAD_READER = 1,        /* the snapshot's connection for the load */
    RETRY_MOST = 1000000000 /* seconds */
};

struct tick {
    lua_State *L;
    int function; /* stack index of tick, 0: none */
};

/* Pushes the arguments and calls the function below the progress. */
static int call_tick(lua_State *L)
{
    const struct run_progress *progress = lua_touserdata(L, 2);
    lua_settop(L, 1);
    lua_pushinteger(L, (lua_Integer)progress->table + 1);
    lua_pushinteger(L, progress->rows);
    lua_pushinteger(L, progress->total);
    if (progress->retrying)
        lua_pushstring(L, progress->retry.message);
    else
        lua_pushnil(L);
    lua_call(L, 4, 0);
    return 0;
}

/* tick(index, rows, total, retry?): an error in it stops the telling, never the load. Nothing is raised here, since the
 * lane's threads are at work: all that may fail is done inside the protected call. */
static void load_tick(void *context, const struct run_progress *progress)
{
    struct tick *tick = context;
    lua_State *L = tick->L;
    if (!tick->function)
        return;
    lua_pushcfunction(L, call_tick);
    lua_pushvalue(L, tick->function);
    lua_pushlightuserdata(L, (void *)(uintptr_t)progress);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
        lua_pop(L, 1);
        tick->function = 0;
    }
}

/* The field retry, seconds with or without a fraction, as milliseconds. */
static int64_t read_retry(lua_State *L)
{
    lua_Number seconds = 60;
    int type = lua_getfield(L, 1, "retry");
    if (type == LUA_TNUMBER)
        seconds = lua_tonumber(L, -1);
    if ((type != LUA_TNUMBER && type != LUA_TNIL) || !(seconds >= 0 && seconds <= RETRY_MOST))
        border_usage(L, "load: the field 'retry' is no number of seconds");
    lua_pop(L, 1);
    return (int64_t)(seconds * 1000);
}

/* The limits max_bad, rows, and max_bad_percent; -1 where there is none. */
static int64_t read_max_bad(lua_State *L)
{
    int given = lua_getfield(L, 1, "max_bad") != LUA_TNIL;
    lua_pop(L, 1);
    return given ? border_integer_between(L, 1, "max_bad", 0, 0, LUA_MAXINTEGER) : -1;
}

static double read_max_bad_percent(lua_State *L)
{
    lua_Number percent = -1;
    int type = lua_getfield(L, 1, "max_bad_percent");
    if (type == LUA_TNUMBER)
        percent = lua_tonumber(L, -1);
    if ((type != LUA_TNUMBER && type != LUA_TNIL) || (type == LUA_TNUMBER && !(percent >= 0 && percent <= 100)))
        border_usage(L, "load: the field 'max_bad_percent' is no number from 0 to 100");
    lua_pop(L, 1);
    return percent;
}

/* load{ snapshot=, conninfo=, journal= (quoted schema), run=, source=, tables=, step_rows=, step_bytes=, retry=
 * (seconds), max_bad=, max_bad_percent=, tick=function? }: blocks until every table is loaded; raises what stopped it.
 */
static int core_load(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_getfield(L, 1, "snapshot");
    struct snapshot *snapshot = border_handle(L, 2, "wherry.snapshot");
    struct tick tick = {.L = L};
    int type = lua_getfield(L, 1, "tick");
    if (type != LUA_TNIL && type != LUA_TFUNCTION)
        border_usage(L, "load: the field 'tick' is a %s, not a function", lua_typename(L, type));
    tick.function = type == LUA_TFUNCTION ? 3 : 0;
    const char *source = border_required_text(L, 1, "source");
    size_t count = border_push_list(L, 1, "tables");
    struct table_load *tables = border_block(L, count, sizeof *tables);
    for (size_t i = 0; i < count; i++) {
        border_push_element(L, 4, i, LUA_TTABLE, "tables");
        border_read_table(L, lua_gettop(L), source, &tables[i]);
    }
    struct run_options options = {
        .lane = {.conninfo = border_required_text(L, 1, "conninfo"),
                 .journal = {border_required_text(L, 1, "journal"),
                             border_integer_between(L, 1, "run", 0, 1, LUA_MAXINTEGER)},
                 .step_rows = border_integer_between(L, 1, "step_rows", 50000, 1, LUA_MAXINTEGER),
                 .step_bytes = border_integer_between(L, 1, "step_bytes", 16 * 1024 * 1024, 1, LUA_MAXINTEGER),
                 .max_bad = read_max_bad(L),
                 .max_bad_percent = read_max_bad_percent(L),
                 .retry_ms = read_retry(L)},
        .db = snapshot_reader(snapshot, LOAD_READER),
        .tables = tables,
        .count = count,
        .tick = load_tick,
        .context = &tick,
    };
    struct err e;
    err_clear(&e);
    luaL_checkstack(L, 8, NULL);
    if (run_load(&options, &e) != 0)
        return border_raise(L, &e);
    return 0;
}

int border_open_load(lua_State *L)
{
    static const luaL_Reg functions[] = {{"load", core_load}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
