/* border_stage_view.c: what functions of a script see of a row: `old`, the source row, and `new`, the target row. Views
 * over the batch, made once and given to one row after the other: a table for each row would cost three times as much.
 */
#include <math.h>
#include <string.h>

#include "border_cell.h"
#include "border_stage_row.h"

/* The user value is the lane's userdata. */
struct view {
    struct hook_lane *lane;
    uint64_t generation;
};

static size_t slot_of(const struct name_index *index, const void *text)
{
    return (size_t)(((uintptr_t)text >> 4) * 0x9E3779B1U) & index->mask;
}

/* The lane of the view at index 1. Raises when the view is not of the row under way. */
static struct hook_lane *lane_of(lua_State *L)
{
    const struct view *view = lua_touserdata(L, 1);
    if (!view || lua_rawlen(L, 1) != sizeof *view)
        (void)luaL_error(L, "no view of a row");
    if (!view->lane->active || view->generation != view->lane->generation)
        (void)luaL_error(L, "this view is of another row: old and new are valid inside the call that they are given "
                            "to; keep the values, not the view");
    return view->lane;
}

/* Raises: there is no such column. */
static int unknown_column(lua_State *L, const struct hook_lane *lane, const char *side, int key)
{
    luaL_where(L, 1);
    (void)lua_rawgeti(L, LUA_REGISTRYINDEX, lane->self);
    (void)lua_getiuservalue(L, -1, 1);
    int functions = lua_gettop(L);
    lua_getfield(L, functions, "unknown");
    lua_pushstring(L, side);
    lua_pushvalue(L, key);
    lua_getfield(L, functions, side);
    lua_getfield(L, -1, "names");
    lua_remove(L, -2);
    lua_call(L, 3, 1);
    lua_insert(L, functions - 1);
    lua_settop(L, functions - 1);
    lua_concat(L, 2);
    return lua_error(L);
}

/* Long strings, of which a state may have several, are looked up by what they say. */
static size_t find_text(lua_State *L, const struct hook_lane *lane, const char *side, int key)
{
    lua_Integer place = 0;
    if (lua_type(L, key) == LUA_TSTRING) {
        (void)lua_rawgeti(L, LUA_REGISTRYINDEX, lane->self);
        (void)lua_getiuservalue(L, -1, 1);
        lua_getfield(L, -1, side);
        lua_getfield(L, -1, "names");
        lua_pushvalue(L, key);
        lua_rawget(L, -2);
        place = lua_tointeger(L, -1);
        lua_pop(L, 5);
    }
    if (place == 0)
        (void)unknown_column(L, lane, side, key);
    return (size_t)place - 1;
}

/* The place of the column that the string at `key` names. Raises where there is none. */
static inline size_t find(lua_State *L, const struct hook_lane *lane, const struct name_index *index, const char *side,
                          int key)
{
    const void *text = lua_type(L, key) == LUA_TSTRING ? lua_tostring(L, key) : NULL;
    for (size_t slot = slot_of(index, text); text && index->entries[slot].text; slot = (slot + 1) & index->mask)
        if (index->entries[slot].text == text)
            return index->entries[slot].place;
    return find_text(L, lane, side, key);
}

static void push_cell(lua_State *L, const struct batch *b, const struct cell *c)
{
    switch ((enum cell_class)c->class) {
    case CELL_NULL:
        lua_pushnil(L);
        break;
    case CELL_INTEGER:
        lua_pushinteger(L, c->as.integer);
        break;
    case CELL_REAL:
        lua_pushnumber(L, c->as.real);
        break;
    case CELL_TEXT:
    case CELL_BLOB:
        (void)lua_pushlstring(L, (const char *)batch_data(b, c), c->length);
        break;
    }
}

static const struct cell *old_cell(const struct hook_lane *lane, size_t place)
{
    return &lane->cells[lane->table->old_cells[place]];
}

static int index_old(lua_State *L)
{
    struct hook_lane *lane = lane_of(L);
    push_cell(L, lane->batch, old_cell(lane, find(L, lane, &lane->old_index, "old", 2)));
    return 1;
}

static int assign_old(lua_State *L)
{
    return luaL_error(L, "old.%s: the source row can't be changed; assign to new", luaL_tolstring(L, 2, NULL));
}

static int index_new(lua_State *L)
{
    struct hook_lane *lane = lane_of(L);
    border_push_new(L, lane, find(L, lane, &lane->new_index, "new", 2));
    return 1;
}

static int assign_new(lua_State *L)
{
    struct hook_lane *lane = lane_of(L);
    size_t column = find(L, lane, &lane->new_index, "new", 2);
    lua_settop(L, 3);
    border_assign(L, lane, column);
    return 0;
}

/* Raises what the core says; it is about a value unless the load has to stop. */
static int raise(lua_State *L, struct hook_lane *lane, const char *column, const struct err *e)
{
    if (e->kind != ERR_VALUE) {
        *lane->e = *e;
        lane->failed = 1;
    }
    return luaL_error(L, "new.%s: %s", column, e->message);
}

/* A document is made when somebody wants to see it. */
static void push_document(lua_State *L, struct hook_lane *lane, const struct copy_column *column)
{
    struct cell made;
    struct err e;
    size_t bad = 0;
    err_clear(&e);
    if (fold_row(column->fold, lane->batch, lane->cells, &lane->folded, &made, &bad, &e) != 0)
        (void)raise(L, lane, column->target_name, &e);
    else if (made.class == CELL_NULL)
        lua_pushnil(L);
    else
        (void)lua_pushlstring(L, (const char *)lane->folded.data, lane->folded.length);
}

void border_push_new(lua_State *L, struct hook_lane *lane, size_t column)
{
    const struct copy_column *c = &lane->table->load->write.columns[column];
    if (lane->is_assigned[column])
        push_cell(L, lane->batch, &lane->overlay[column]);
    else if (c->fold && !fold_is_replaced(&lane->cells[c->cell]))
        push_document(L, lane, c);
    else
        push_cell(L, lane->batch, &lane->cells[c->cell]);
}

/* Somebody who builds a text in the column, piece by piece, needs room for it once. */
static void forget_last(struct hook_lane *lane, size_t column)
{
    const struct cell *last = &lane->overlay[column];
    struct bytes *arena = &lane->batch->arena;
    if (lane->is_assigned[column] && (last->class == CELL_TEXT || last->class == CELL_BLOB) &&
        last->as.offset + last->length == arena->length)
        arena->length = (size_t)last->as.offset;
}

void border_assign(lua_State *L, struct hook_lane *lane, size_t column)
{
    const struct copy_column *c = &lane->table->load->write.columns[column];
    struct cell made = {.class = CELL_NULL};
    struct err e;
    if (lua_type(L, -1) == LUA_TNUMBER && !lua_isinteger(L, -1) && isnan(lua_tonumber(L, -1)))
        (void)luaL_error(L, "new.%s: not a number (NaN): SQLite has none; nil is NULL", c->target_name);
    err_clear(&e);
    size_t length = lane->batch->arena.length;
    forget_last(lane, column);
    if (border_cell(L, -1, lane->batch, &made, &e) != 0) {
        lane->batch->arena.length = length;
        (void)raise(L, lane, c->target_name, &e);
    }
    lua_pop(L, 1);
    if (c->fold && made.class == CELL_NULL)
        made = fold_replaced_by_null;
    if (!lane->is_assigned[column]) {
        lane->is_assigned[column] = 1;
        lane->assigned[lane->assigned_count++] = column;
    }
    lane->overlay[column] = made;
}

int border_is_blob(lua_State *L)
{
    const struct view *view = luaL_testudata(L, 1, "wherry.old");
    const char *side = view ? "old" : "new";
    const struct cell *c;
    if (!view && !luaL_testudata(L, 1, "wherry.new"))
        return luaL_error(L, "is_blob takes old or new, and the name of a column");
    struct hook_lane *lane = lane_of(L);
    size_t place = find(L, lane, view ? &lane->old_index : &lane->new_index, side, 2);
    if (view)
        c = old_cell(lane, place);
    else
        c = lane->is_assigned[place] ? &lane->overlay[place]
                                     : &lane->cells[lane->table->load->write.columns[place].cell];
    lua_pushboolean(L, c->class == CELL_BLOB);
    return 1;
}

void border_push_view(lua_State *L, int views, const struct hook_lane *lane)
{
    (void)lua_rawgeti(L, views, (lua_Integer)(lane->generation % VIEWS) + 1);
    struct view *view = lua_touserdata(L, -1);
    view->generation = lane->generation;
}

static void push_metatable(lua_State *L, const char *name, lua_CFunction index, lua_CFunction assign)
{
    if (!luaL_newmetatable(L, name))
        return;
    lua_pushcfunction(L, index);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, assign);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
}

/* Names the column at a place; the table of places by name is on top of the stack and keeps the name. */
static void add_name(lua_State *L, struct name_index *index, const char *name, size_t place)
{
    lua_pushstring(L, name);
    const void *text = lua_tostring(L, -1);
    size_t slot = slot_of(index, text);
    while (index->entries[slot].text)
        slot = (slot + 1) & index->mask;
    index->entries[slot] = (struct name_entry){text, place};
    lua_pushinteger(L, (lua_Integer)place + 1);
    lua_rawset(L, -3);
}

/* Pushes { entries =, views = } of the metatable on top of the stack, and names of no column yet; *index is theirs. */
static void push_side(lua_State *L, int lane, size_t count, struct name_index *index)
{
    size_t size = 8;
    while (size < 2 * count)
        size *= 2;
    lua_newtable(L);
    index->mask = size - 1;
    index->entries = memset(lua_newuserdatauv(L, size * sizeof *index->entries, 0), 0, size * sizeof *index->entries);
    lua_setfield(L, -2, "entries");
    lua_newtable(L);
    for (int i = 1; i <= VIEWS; i++) {
        struct view *view = lua_newuserdatauv(L, sizeof *view, 1);
        view->lane = lua_touserdata(L, lane);
        view->generation = 0;
        lua_pushvalue(L, lane);
        (void)lua_setiuservalue(L, -2, 1);
        lua_pushvalue(L, -4);
        (void)lua_setmetatable(L, -2);
        lua_rawseti(L, -2, i);
    }
    lua_setfield(L, -2, "views");
    lua_newtable(L);
}

void border_add_views(lua_State *L, int functions, int lane, const struct hook_table *table)
{
    struct hook_lane *made = lua_touserdata(L, lane);
    push_metatable(L, "wherry.old", index_old, assign_old);
    push_side(L, lane, table->old_count, &made->old_index);
    for (size_t i = 0; i < table->old_count; i++)
        add_name(L, &made->old_index, table->old_names[i], i);
    lua_setfield(L, -2, "names");
    lua_setfield(L, functions, "old");
    lua_pop(L, 1);
    push_metatable(L, "wherry.new", index_new, assign_new);
    push_side(L, lane, table->load->write.count, &made->new_index);
    for (size_t i = 0; i < table->load->write.count; i++)
        add_name(L, &made->new_index, table->load->write.columns[i].target_name, i);
    lua_setfield(L, -2, "names");
    lua_setfield(L, functions, "new");
    lua_pop(L, 1);
}
