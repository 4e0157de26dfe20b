/* border_stage.c: wherry.core.stage: states for the functions of a script, one a lane, and the stage of a table that
 * calls them. A state loads the script file anew, so what stands at its top level is done once for each. */
#include "border_stage.h"

#include <lualib.h>
#include <string.h>

#include "../copyfmt.h"
#include "../stop.h"
#include "border_lookup.h"
#include "border_stage_row.h"
#include "border_table.h"

#define LANES_TYPE "wherry.stage_lanes"

enum { LANES_MOST = 64 };

/* What a handle points to. */
struct hook_states {
    size_t count;
    lua_State *states[LANES_MOST]; /* owned, but with a gate: then it is a thread of the state that holds the handle */
    pthread_mutex_t gate;          /* held by whoever calls into that state while a load is under way */
    int has_gate;
    atomic_int interrupted;
};

/* The field of a state's registry with what wherry.stage.lane gave. */
static const char OF_STATE[] = "wherry.stage_lane";

static int close_lanes(lua_State *L)
{
    struct hook_states **slot = (struct hook_states **)border_handle_slot(L, 1, LANES_TYPE);
    struct hook_states *lanes = *slot;
    *slot = NULL;
    for (size_t i = 0; lanes && i < lanes->count; i++)
        if (lanes->states[i] && !lanes->has_gate)
            lua_close(lanes->states[i]);
    if (lanes && lanes->has_gate)
        (void)pthread_mutex_destroy(&lanes->gate);
    mem_free(lanes);
    return 0;
}

/* In the new state, protected: (light userdata: its opening). */
struct opening {
    const char *path, *cpath, *script, *hash;
};

static int open_state(lua_State *L)
{
    const struct opening *o = lua_touserdata(L, 1);
    luaL_openlibs(L);
    lua_getglobal(L, "package");
    lua_pushstring(L, o->path);
    lua_setfield(L, -2, "path");
    lua_pushstring(L, o->cpath);
    lua_setfield(L, -2, "cpath");
    lua_getglobal(L, "require");
    lua_pushliteral(L, "wherry.stage.lane");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "open");
    lua_pushstring(L, o->script);
    lua_pushstring(L, o->hash);
    lua_call(L, 2, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, OF_STATE);
    return 0;
}

/* An error of ours that another state raised, as one of this state; else what it says. */
static void carry_error(lua_State *from, lua_State *L)
{
    static const char *const fields[] = {"kind", "message", "hint"};
    if (!lua_istable(from, -1)) {
        struct err e;
        const char *text = lua_type(from, -1) == LUA_TSTRING ? lua_tostring(from, -1) : NULL;
        (void)err_set(&e, ERR_PLAN, "%s", text ? text : "the script can't be loaded in a lane");
        border_push_error(L, &e);
        return;
    }
    lua_newtable(L);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        lua_pushstring(from, fields[i]);
        lua_rawget(from, -2);
        if (lua_type(from, -1) == LUA_TSTRING) {
            lua_pushstring(L, lua_tostring(from, -1));
            lua_setfield(L, -2, fields[i]);
        }
        lua_pop(from, 1);
    }
}

/* Calls a function of a lane's state on it with one value, protected; what it gives stays on that stack. Raises in L
 * what it raises. */
static void call_in(lua_State *state, lua_State *L, lua_CFunction function, const void *given)
{
    lua_settop(state, 0);
    lua_pushcfunction(state, function);
    lua_pushlightuserdata(state, (void *)(uintptr_t)given);
    if (lua_pcall(state, 1, 1, 0) == LUA_OK)
        return;
    carry_error(state, L);
    lua_settop(state, 0);
    (void)lua_error(L);
}

/* lanes{ count=, script= (path), hash= } -> a handle: so many states that have loaded the script, which must have that
 * hash. Raises what the script raises. */
static int new_lanes(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    struct opening o = {.script = border_required_text(L, 1, "script"), .hash = border_required_text(L, 1, "hash")};
    size_t count = (size_t)border_integer_between(L, 1, "count", 1, 1, LANES_MOST);
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "path");
    lua_getfield(L, -2, "cpath");
    o.path = luaL_checkstring(L, -2);
    o.cpath = luaL_checkstring(L, -1);
    struct hook_states **slot = (struct hook_states **)border_handle_new(L, LANES_TYPE);
    struct err e;
    *slot = mem_alloc(sizeof **slot, &e);
    if (!*slot)
        return border_raise(L, &e);
    for (; (*slot)->count < count; (*slot)->count++) {
        lua_State *state = luaL_newstate();
        (*slot)->states[(*slot)->count] = state;
        if (!state) {
            (void)err_set(&e, ERR_MEMORY, "out of memory for a state of Lua");
            return border_raise(L, &e);
        }
    }
    for (size_t i = 0; i < count; i++)
        call_in((*slot)->states[i], L, open_state, &o);
    return 1;
}

/* own(functions) -> a handle: the only lane calls the functions where they were made, in a thread of this state;
 * functions(name, source, maps, has_row) gives those of a table. */
static int new_own(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    struct hook_states **slot = (struct hook_states **)border_handle_new(L, LANES_TYPE);
    struct err e;
    *slot = mem_alloc(sizeof **slot, &e);
    if (!*slot)
        return border_raise(L, &e);
    (void)pthread_mutex_init(&(*slot)->gate, NULL);
    (*slot)->has_gate = 1;
    (*slot)->count = 1;
    lua_newtable(L);
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "functions");
    (*slot)->states[0] = lua_newthread(L);
    lua_setfield(L, -2, "thread");
    lua_setfield(L, LUA_REGISTRYINDEX, OF_STATE);
    return 1;
}

struct hook_states *border_hook_states(lua_State *L)
{
    struct hook_states *states = NULL;
    if (lua_getfield(L, 1, "hooks") != LUA_TNIL)
        states = border_handle(L, lua_gettop(L), LANES_TYPE);
    lua_pop(L, 1);
    return states;
}

pthread_mutex_t *border_hook_gate(struct hook_states *states)
{
    return states && states->has_gate ? &states->gate : NULL;
}

/* What a function catches of it is raised again at its next instruction, until nothing catches it any more. */
static void raise_interrupted(lua_State *L, lua_Debug *activation)
{
    (void)activation;
    (void)luaL_error(L, "interrupted");
}

void border_hooks_interrupt(struct hook_states *states)
{
    if (!states)
        return;
    atomic_store(&states->interrupted, 1);
    for (size_t i = 0; i < states->count; i++)
        lua_sethook(states->states[i], raise_interrupted, LUA_MASKCOUNT, 1);
}

static void look_for_stop(lua_State *L, lua_Debug *activation)
{
    if (!stop_signal())
        return;
    lua_sethook(L, raise_interrupted, LUA_MASKCOUNT, 1);
    raise_interrupted(L, activation);
}

void border_hooks_watch(struct hook_states *states)
{
    enum { INSTRUCTIONS = 10000 };
    for (size_t i = 0; states && i < states->count; i++)
        lua_sethook(states->states[i], look_for_stop, LUA_MASKCOUNT, INSTRUCTIONS);
}

/* A table's functions in a lane's state. */
struct attaching {
    lua_State *from;
    struct hook_table *table;
    const char *source, *name; /* the table's */
};

/* Pushes the functions of a table, in a lane's state. Raises where the script does not have them. */
static void push_functions(lua_State *L, const char *name, const char *source, const char *const *maps,
                           size_t map_count, int has_row)
{
    lua_getfield(L, LUA_REGISTRYINDEX, OF_STATE);
    lua_getfield(L, -1, "functions");
    lua_remove(L, -2);
    lua_pushstring(L, name);
    lua_pushstring(L, source);
    lua_newtable(L);
    for (size_t i = 0; i < map_count; i++) {
        lua_pushstring(L, maps[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_pushboolean(L, has_row);
    lua_call(L, 4, 1);
}

/* What a table wants of each state. */
struct wanted {
    const char *name, *source;
    const char *const *maps;
    size_t map_count;
    int has_row;
};

static int find_functions(lua_State *L)
{
    const struct wanted *w = lua_touserdata(L, 1);
    push_functions(L, w->name, w->source, w->maps, w->map_count, w->has_row);
    return 0;
}

/* lanes:find{ name=, source=?, maps= (target columns), row= }: raises where a state does not have the functions of the
 * table, as they are looked for when it is loaded. */
static int find_in_lanes(lua_State *L)
{
    struct hook_states *states = border_handle(L, 1, LANES_TYPE);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    struct wanted w = {.name = border_required_text(L, 2, "name"),
                       .source = border_field_text(L, 2, "source", NULL),
                       .has_row = border_field_boolean(L, 2, "row")};
    w.map_count = border_push_list(L, 2, "maps");
    int list = lua_gettop(L);
    const char **maps = border_block(L, w.map_count, sizeof *maps);
    for (size_t i = 0; i < w.map_count; i++) {
        border_push_element(L, list, i, LUA_TSTRING, "maps");
        maps[i] = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    w.maps = maps;
    for (size_t i = 0; i < states->count; i++)
        call_in(states->states[i], L, find_functions, &w);
    return 0;
}

static int attach(lua_State *L)
{
    const struct attaching *a = lua_touserdata(L, 1);
    const struct hook_table *t = a->table;
    border_lookups_share(a->from, L);
    lua_settop(L, 1);
    const char **maps = lua_newuserdatauv(L, (t->map_count + 1) * sizeof *maps, 0);
    for (size_t i = 0; i < t->map_count; i++)
        maps[i] = t->load->write.columns[t->maps[i]].target_name;
    lua_pushcfunction(L, border_make_hook_lane);
    push_functions(L, a->name, a->source, maps, t->map_count, t->has_row);
    lua_pushlightuserdata(L, (void *)(uintptr_t)a->table);
    lua_call(L, 2, 1);
    return 1;
}

/* The columns that the list `maps` of the hooks at the index names. */
static const size_t *read_maps(lua_State *L, int hooks, const struct write_spec *write, size_t *count)
{
    *count = border_push_list(L, hooks, "maps");
    int list = lua_gettop(L);
    size_t *maps = border_block(L, *count, sizeof *maps);
    for (size_t i = 0; i < *count; i++) {
        border_push_element(L, list, i, LUA_TSTRING, "maps");
        const char *name = lua_tostring(L, -1);
        size_t column = 0;
        while (column < write->count && strcmp(write->columns[column].target_name, name) != 0)
            column++;
        if (column == write->count)
            border_usage(L, "there is a map of '%s', and no column of that name is written", name);
        maps[i] = column;
        lua_pop(L, 1);
    }
    return maps;
}

/* What `old` shows: old_names and old_columns of the table's `read`. */
static void read_old(lua_State *L, int table, struct hook_table *t)
{
    lua_getfield(L, table, "read");
    int read = lua_gettop(L);
    if (lua_getfield(L, read, "old_names") == LUA_TNIL)
        return;
    lua_pop(L, 1);
    t->old_count = border_push_list(L, read, "old_names");
    int names = lua_gettop(L);
    if (border_push_list(L, read, "old_columns") != t->old_count)
        border_usage(L, "'old_names' and 'old_columns' are not of one length");
    int columns = lua_gettop(L);
    const char **old_names = border_block(L, t->old_count, sizeof *old_names);
    size_t *old_cells = border_block(L, t->old_count, sizeof *old_cells);
    for (size_t i = 0; i < t->old_count; i++) {
        border_push_element(L, names, i, LUA_TSTRING, "old_names");
        border_push_element(L, columns, i, LUA_TNUMBER, "old_columns");
        old_names[i] = lua_tostring(L, -2);
        old_cells[i] = (size_t)lua_tointeger(L, -1) - 1;
        if (old_cells[i] >= t->load->read.columns)
            border_usage(L, "'old_columns' names no cell of the row");
        lua_pop(L, 2);
    }
    t->old_names = old_names;
    t->old_cells = old_cells;
}

struct stage *border_read_hooks(lua_State *L, int table, struct table_load *load)
{
    luaL_checkstack(L, 20, "too many tables");
    int top = lua_gettop(L);
    if (lua_getfield(L, table, "hooks") == LUA_TNIL) {
        lua_settop(L, top);
        return NULL;
    }
    int hooks = lua_gettop(L);
    struct hook_table *t = border_block(L, 1, sizeof *t);
    t->base.apply = border_apply_hooks;
    t->load = load;
    t->maps = read_maps(L, hooks, &load->write, &t->map_count);
    t->rejects = border_field_boolean(L, hooks, "rejects");
    t->has_row = border_field_boolean(L, hooks, "row");
    if (t->has_row)
        read_old(L, table, t);
    border_read_emits(L, hooks, t, load);
    (void)lua_getfield(L, 1, "hooks");
    struct hook_states *lanes = border_handle(L, lua_gettop(L), LANES_TYPE);
    t->lane_count = lanes->count;
    t->lanes = border_block(L, lanes->count, sizeof *t->lanes);
    lua_getfield(L, table, "source");
    const struct attaching attaching = {
        .from = L, .table = t, .source = load->source, .name = border_text(L, lua_gettop(L))};
    for (size_t i = 0; i < lanes->count; i++) {
        call_in(lanes->states[i], L, attach, &attaching);
        t->lanes[i] = lua_touserdata(lanes->states[i], -1);
        t->lanes[i]->L = lanes->states[i];
        t->lanes[i]->gate = border_hook_gate(lanes);
        t->lanes[i]->interrupted = &lanes->interrupted;
        lua_settop(lanes->states[i], 0);
    }
    return &t->base;
}

int border_open_stage(lua_State *L)
{
    static const luaL_Reg methods[] = {{"find", find_in_lanes}, {NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"lanes", new_lanes}, {"own", new_own}, {"is_blob", border_is_blob}, {NULL, NULL}};
    border_handle_type(L, LANES_TYPE, methods, close_lanes);
    luaL_newlib(L, functions);
    return 1;
}
