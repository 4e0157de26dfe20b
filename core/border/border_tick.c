/* border_tick.c: telling Lua how far the core came. */
#include "border_tick.h"

#include <time.h>

struct border_tick border_tick_field(lua_State *L)
{
    int type = lua_getfield(L, 1, "tick");

    if (type != LUA_TNIL && type != LUA_TFUNCTION) {
        border_usage(L, "the field 'tick' is a %s, not a function", lua_typename(L, type));
    }
    return (struct border_tick){.L = L, .function = type == LUA_TFUNCTION ? lua_gettop(L) : 0};
}

/* Whoever is inside may be in an endless loop, and the caller's thread is who has to end it. */
static int enter(pthread_mutex_t *gate)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    return pthread_mutex_timedlock(gate, &until) == 0;
}

void border_tick_call(struct border_tick *tick, lua_CFunction tell, const void *progress)
{
    lua_State *L = tick->L;

    if (tick->function == 0) {
        return;
    }
    if (tick->gate && !enter(tick->gate))
        return;
    lua_pushcfunction(L, tell);
    lua_pushvalue(L, tick->function);
    lua_pushlightuserdata(L, (void *)(uintptr_t)progress);
    if (lua_pcall(L, 2, 1, 0) != LUA_OK) {
        tick->function = 0;
    } else {
        tick->ends = lua_toboolean(L, -1);
    }
    lua_pop(L, 1);
    if (tick->gate)
        (void)pthread_mutex_unlock(tick->gate);
}
