/* border_stage_emit.c: emit(table, { column = value, ... }), by which `row` makes rows for other tables. */
#include <math.h>
#include <string.h>

#include "border_cell.h"
#include "border_digest.h"
#include "border_stage_row.h"
#include "border_table.h"

/* Pushes the table of functions; the lane's userdata is the upvalue. */
static struct hook_lane *push_functions(lua_State *L)
{
    struct hook_lane *lane = lua_touserdata(L, lua_upvalueindex(1));
    (void)lua_getiuservalue(L, lua_upvalueindex(1), 1);
    return lane;
}

/* Raises: there is no such table, or no such column of it. known: the table whose keys are the names that there are. */
static int unknown_name(lua_State *L, int functions, const char *what, int key, int known)
{
    luaL_where(L, 1);
    lua_getfield(L, functions, "unknown");
    lua_pushstring(L, what);
    lua_pushvalue(L, key);
    lua_pushvalue(L, known);
    lua_call(L, 3, 1);
    lua_concat(L, 2);
    return lua_error(L);
}

/* Raises what the core says; what is not about a value stops the load. */
static int raise(lua_State *L, struct hook_lane *lane, const char *table, const char *column, const struct err *e)
{
    if (e->kind != ERR_VALUE) {
        *lane->e = *e;
        lane->failed = 1;
    }
    return column ? luaL_error(L, "emit to %s: %s: %s", table, column, e->message)
                  : luaL_error(L, "emit to %s: %s", table, e->message);
}

/* The only row of the batch, NULLs. */
static struct cell *fresh_row(lua_State *L, struct hook_lane *lane, struct batch *b, size_t columns)
{
    struct cell *cells = NULL;
    struct err e;
    if (b->columns == columns || batch_init(b, columns, &e) == 0) {
        batch_clear(b);
        cells = batch_row(b, &e);
    }
    if (!cells)
        (void)raise(L, lane, "a table", NULL, &e);
    return cells;
}

/* emit(table, { column = value }). A column that is not given gets its default in the target. */
static int emit(lua_State *L)
{
    unsigned char given[EMIT_COLUMNS_MOST] = {0};
    struct err e;
    err_clear(&e);
    lua_settop(L, 2);
    struct hook_lane *lane = push_functions(L);
    if (!lane->active || lane->column != SIZE_MAX)
        return luaL_error(L, "emit is valid inside the call of row that it is given to");
    lua_getfield(L, 3, "emits");
    if (lua_type(L, 1) != LUA_TSTRING)
        return luaL_error(L, "emit takes the name of a table, and a table of columns");
    lua_pushvalue(L, 1);
    if (lua_rawget(L, 4) != LUA_TTABLE)
        return unknown_name(L, 3, "emit", 1, 4);
    if (!lua_istable(L, 2))
        return luaL_error(L, "emit to %s: { column = value, ... } is expected, not a %s", lua_tostring(L, 1),
                          luaL_typename(L, 2));
    lua_getfield(L, 5, "index");
    size_t target = (size_t)lua_tointeger(L, -1);
    lua_getfield(L, 5, "columns");
    const struct emit_target *t = &lane->table->load->emits[target];
    struct batch *b = &lane->emitting[target];
    struct cell *cells = fresh_row(L, lane, b, t->count);
    lua_pushnil(L);
    while (lua_next(L, 2) != 0) {
        lua_pushvalue(L, -2);
        if (lua_type(L, -1) != LUA_TSTRING || lua_rawget(L, 7) != LUA_TNUMBER)
            return unknown_name(L, 3, lua_tostring(L, 1), 8, 7);
        size_t column = (size_t)lua_tointeger(L, -1);
        lua_pop(L, 1);
        if (lua_type(L, -1) == LUA_TNUMBER && !lua_isinteger(L, -1) && isnan(lua_tonumber(L, -1)))
            err_set(&e, ERR_VALUE, "not a number (NaN): SQLite has none");
        else
            (void)border_cell(L, -1, b, &cells[column], &e);
        if (e.kind != ERR_NONE)
            return raise(L, lane, lua_tostring(L, 1), t->columns[column].target_name, &e);
        given[column] = 1;
        lua_pop(L, 1);
    }
    for (size_t i = 0; i < t->count; i++)
        if (!given[i] && !t->is_optional[i])
            return luaL_error(L, "emit to %s: %s is missing: it is NOT NULL without a default", lua_tostring(L, 1),
                              t->columns[i].target_name);
    if (emit_row(&lane->result->emitted, lane->table->load->emits, target, given, b, &e) != 0)
        return raise(L, lane, lua_tostring(L, 1), NULL, &e);
    return 0;
}

void border_add_emit(lua_State *L, int functions, int lane, const struct hook_table *table)
{
    const struct table_load *load = table->load;
    lua_newtable(L);
    for (size_t i = 0; i < load->emit_count; i++) {
        lua_newtable(L);
        border_set_integer(L, "index", (lua_Integer)i);
        lua_newtable(L);
        for (size_t k = 0; k < load->emits[i].count; k++) {
            lua_pushstring(L, load->emits[i].columns[k].target_name);
            lua_pushinteger(L, (lua_Integer)k);
            lua_rawset(L, -3);
        }
        lua_setfield(L, -2, "columns");
        lua_setfield(L, -2, table->emit_names[i]);
    }
    lua_setfield(L, functions, "emits");
    lua_pushvalue(L, lane);
    lua_pushcclosure(L, emit, 1);
    lua_setfield(L, functions, "emit");
}

/* emits = { { name =, target_sql =, columns = { .., optional = boolean } }, .. } of the hooks at the index. */
void border_read_emits(lua_State *L, int hooks, struct hook_table *t, struct table_load *load)
{
    if (lua_getfield(L, hooks, "emits") == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    lua_pop(L, 1);
    size_t count = border_push_list(L, hooks, "emits");
    int list = lua_gettop(L);
    if (count > EMIT_TARGETS_MOST)
        border_usage(L, "row emits to %d tables, and %d are the most", (int)count, (int)EMIT_TARGETS_MOST);
    struct emit_target *emits = border_block(L, count, sizeof *emits);
    const char **emit_names = border_block(L, count, sizeof *emit_names);
    for (size_t i = 0; i < count; i++) {
        luaL_checkstack(L, 12, "too many tables");
        border_push_element(L, list, i, LUA_TTABLE, "emits");
        int entry = lua_gettop(L);
        emit_names[i] = border_required_text(L, entry, "name");
        emits[i].target = border_required_text(L, entry, "target_sql");
        emits[i].columns = border_read_columns(L, entry, EMIT_COLUMNS_MOST, 1, &emits[i].count);
        emits[i].digest = border_read_digest(L, entry, emits[i].columns, emits[i].count, 1);
        unsigned char *is_optional = border_block(L, emits[i].count, 1);
        (void)border_push_list(L, entry, "columns");
        for (size_t k = 0; k < emits[i].count; k++) {
            border_push_element(L, -1, k, LUA_TTABLE, "columns");
            is_optional[k] = (unsigned char)border_field_boolean(L, lua_gettop(L), "optional");
            lua_pop(L, 1);
        }
        emits[i].is_optional = is_optional;
    }
    t->emit_names = emit_names;
    load->emits = emits;
    load->emit_count = count;
}
