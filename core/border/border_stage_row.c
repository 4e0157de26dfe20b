/* border_stage_row.c: a batch through the functions of a script: the maps of columns, then `row`. One protected call a
 * batch; behind a row that fails there is another one for the rest. What functions assign stands beside the batch until
 * they are through with the row, since `old` shows what was read. */
#include "border_stage_row.h"

#include "border_stage.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "../key.h"
#include "../stop.h"

enum { FUNCTIONS = 2, ROW, MAPS, DROP, OLD, NEW, EMIT, BASE }; /* the stack while rows are under way */

static void push_references(lua_State *L, const struct hook_lane *lane)
{
    static const char *const fields[] = {"row", "maps", "drop", "old", "new", "emit"};
    luaL_checkstack(L, 40, NULL);
    (void)lua_rawgeti(L, LUA_REGISTRYINDEX, lane->self);
    (void)lua_getiuservalue(L, -1, 1);
    lua_remove(L, -2);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        lua_getfield(L, FUNCTIONS, fields[i]);
    for (int side = OLD; side <= NEW; side++) {
        lua_getfield(L, side, "views");
        lua_replace(L, side);
    }
}

/* The place of what a function gives for the row under way: of a map, or of row, which is behind the maps. */
static uint64_t *digest_of(const struct hook_lane *lane, size_t function)
{
    return &lane->digests[(lane->result->before + lane->row) * (lane->table->map_count + 1) + function];
}

/* Keeps what a function gave, or compares it with what it gave in the rehearsal. */
static void take_digest(struct hook_lane *lane, size_t function, uint64_t given)
{
    struct hook_table *t = lane->table;
    if (!lane->digests)
        return;
    if (lane->rehearses) {
        *digest_of(lane, function) = given;
    } else if (*digest_of(lane, function) != given && !t->differs) {
        t->differs = 1;
        t->differs_column = function < t->map_count ? t->maps[function] : SIZE_MAX;
        row_describe(t->differs_key, sizeof t->differs_key, lane->batch, lane->row, &t->load->read);
    }
}

/* What was assigned to a column, whatever was assigned before. */
static uint64_t digest_assigned(const struct hook_lane *lane, size_t column)
{
    const struct cell *c = &lane->overlay[column];
    uint64_t seed = (uint64_t)column << 8 | c->class;
    if (c->class == CELL_TEXT || c->class == CELL_BLOB)
        return XXH3_64bits_withSeed(batch_data(lane->batch, c), c->length, seed);
    return XXH3_64bits_withSeed(&c->as, sizeof c->as, seed);
}

/* The same in whatever order columns were assigned. */
static uint64_t digest_of_row(const struct hook_lane *lane, const char *reason, size_t length)
{
    uint64_t sum = reason ? XXH3_64bits(reason, length) : 0;
    for (size_t i = 0; i < lane->assigned_count; i++)
        sum += digest_assigned(lane, lane->assigned[i]);
    const struct bytes *emitted = &lane->result->emitted;
    if (emitted->length > lane->emit_start)
        sum += XXH3_64bits(emitted->data + lane->emit_start, emitted->length - lane->emit_start);
    return sum;
}

/* What is on top of the stack, which the column's map has given, goes there. */
static void assign_mapped(lua_State *L, struct hook_lane *lane)
{
    size_t column = lane->column;
    unsigned before = lane->cells[lane->table->load->write.columns[column].cell].marks;
    border_assign(L, lane, column);
    lane->overlay[column].marks = (uint8_t)(CELL_MAPPED | (before & CELL_NO_KEY));
}

/* The map of the column has failed for the row under way. */
static void assign_unfit(lua_State *L, struct hook_lane *lane)
{
    lua_pushnil(L);
    border_assign(L, lane, lane->column);
    lane->overlay[lane->column].marks = CELL_UNFIT;
}

static void forget_unfit(struct hook_lane *lane)
{
    if (lane->any_unfit)
        memset(lane->is_unfit, 0, lane->table->map_count);
    lane->any_unfit = 0;
}

/* What the map of a column gives for the value that it has. One that it gives back stays as it is, bytes as bytes. */
static void call_map(lua_State *L, struct hook_lane *lane, size_t map)
{
    lane->column = lane->table->maps[map];
    lane->map = map;
    if (lane->is_unfit[map]) {
        assign_unfit(L, lane);
    } else {
        border_push_new(L, lane, lane->column);
        (void)lua_rawgeti(L, MAPS, (lua_Integer)map + 1);
        lua_pushvalue(L, -2);
        lua_call(L, 1, 1);
        if (!lua_rawequal(L, -1, -2) || lua_type(L, -1) != lua_type(L, -2) ||
            lua_isinteger(L, -1) != lua_isinteger(L, -2))
            assign_mapped(L, lane);
    }
    if (lane->digests)
        take_digest(lane, map, lane->is_assigned[lane->column] ? digest_assigned(lane, lane->column) : 0);
    lua_settop(L, BASE - 1);
    lane->column = SIZE_MAX;
}

/* What `row` gives: nothing, or why the row is left out. 1: it is. */
static int judge_row(lua_State *L, struct hook_lane *lane)
{
    size_t length = 0;
    if (lua_isnil(L, -1)) {
        if (lane->digests)
            take_digest(lane, lane->table->map_count, digest_of_row(lane, NULL, 0));
        return 0;
    }
    if (!lua_istable(L, -1) || !lua_getmetatable(L, -1) || !lua_rawequal(L, -1, DROP))
        return luaL_error(L, "it gives a %s: nothing, or w.drop \"reason\", is expected", luaL_typename(L, BASE));
    lua_getfield(L, BASE, "reason");
    const char *reason = lua_tolstring(L, -1, &length);
    if (!reason)
        return luaL_error(L, "a drop without a reason");
    if (lane->result->emitted.length > lane->emit_start)
        return luaL_error(L, "it drops a row that it has emitted others for: they would have no row to go with");
    if (lane->digests)
        take_digest(lane, lane->table->map_count, digest_of_row(lane, reason, length));
    if (!lane->rehearses && stage_drop(lane->result, lane->row, reason, length, lane->e) != 0) {
        lane->failed = 1;
        return luaL_error(L, "out of memory");
    }
    return 1;
}

static int call_row(lua_State *L, struct hook_lane *lane)
{
    lua_pushvalue(L, ROW);
    border_push_view(L, OLD, lane);
    border_push_view(L, NEW, lane);
    lua_pushvalue(L, EMIT);
    lua_call(L, 3, 1);
    int dropped = judge_row(L, lane);
    lua_settop(L, BASE - 1);
    return dropped;
}

/* What was assigned is in the row from now on. */
static void write_back(struct hook_lane *lane)
{
    const struct copy_column *columns = lane->table->load->write.columns;
    for (size_t i = 0; i < lane->assigned_count; i++)
        lane->cells[columns[lane->assigned[i]].cell] = lane->overlay[lane->assigned[i]];
}

static void forget_assigned(struct hook_lane *lane)
{
    for (size_t i = 0; i < lane->assigned_count; i++)
        lane->is_assigned[lane->assigned[i]] = 0;
    lane->assigned_count = 0;
}

/* What functions have made of rows that are not kept. */
static void forget_made(struct hook_lane *lane)
{
    lane->batch->arena.length = lane->result->own;
    lane->result->emitted.length = 0;
}

/* Rows from lane->row on. An error leaves it at the row where it was raised. */
static int run_rows(lua_State *L)
{
    struct hook_lane *lane = lua_touserdata(L, 1);
    struct batch *b = lane->batch;
    push_references(L, lane);
    for (; lane->row < b->rows; lane->row++) {
        if (stage_is_out(lane->result, lane->row))
            continue;
        if (lane->rehearses)
            forget_made(lane);
        else if (stage_is_full(b, lane->result, lane->row))
            stage_leave(b, lane->result, lane->row);
        if (lane->row == b->rows)
            break;
        lane->cells = b->cells + lane->row * b->columns;
        lane->generation++;
        lane->emit_start = lane->result->emitted.length;
        lane->active = 1;
        for (size_t i = 0; i < lane->table->map_count; i++)
            call_map(L, lane, i);
        int dropped = lane->table->has_row && call_row(L, lane);
        lane->active = 0;
        if (!dropped && !lane->rehearses)
            write_back(lane);
        lane->result->rows[lane->row].emitted = lane->emit_start;
        lane->result->rows[lane->row].emitted_length = lane->result->emitted.length - lane->emit_start;
        forget_assigned(lane);
        forget_unfit(lane);
    }
    return 0;
}

/* The row as it was read, for somebody who looks for what its function does not like. */
static void describe_row(struct err *why, const struct hook_lane *lane)
{
    const struct hook_table *t = lane->table;
    char text[sizeof why->hint];
    if (t->old_count > 0)
        key_describe_row(text, sizeof text, lane->batch, lane->row, t->old_cells, t->old_names, t->old_count);
    else
        row_describe(text, sizeof text, lane->batch, lane->row, &t->load->read);
    (void)err_hint(why, "the row: %s", text);
}

/* The row under way is refused for the error on top of the stack. 0, or -1 and e. */
static int refuse_row(lua_State *L, struct hook_lane *lane)
{
    const struct hook_table *t = lane->table;
    const char *message = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "an error without words";
    struct err why;
    int stops = !t->rejects;
    if (lane->column == SIZE_MAX) {
        (void)err_set(&why, ERR_VALUE, "row: %s", message);
    } else {
        const struct copy_column *c = &t->load->write.columns[lane->column];
        const struct cell *cell = &lane->cells[c->cell];
        (void)err_set(&why, ERR_VALUE, "map of %s: %s", c->target_name, message);
        err_place(&why, NULL, c->source_name, NULL);
        (void)snprintf(why.value_class, sizeof why.value_class, "%s", cell_class_name((enum cell_class)cell->class));
        cell_describe(why.value, sizeof why.value, cell,
                      cell->class == CELL_TEXT || cell->class == CELL_BLOB ? batch_data(lane->batch, cell) : NULL);
        stops = c->on_bad != ON_BAD_REJECT;
    }
    if (stops) {
        why.kind = ERR_PLAN; /* it is the script that has to be mended, not the value */
        describe_row(&why, lane);
    }
    return stage_refuse(lane->result, lane->row, &why, stops, lane->e);
}

/* Whether it was a map that has failed, of a column that takes NULL for what does not fit. */
static int becomes_null(const struct hook_lane *lane)
{
    const struct copy_column *c = lane->column == SIZE_MAX ? NULL : &lane->table->load->write.columns[lane->column];
    return c && c->on_bad == ON_BAD_NULL && (!c->not_null || c->null_field != NULL);
}

/* A row at which a function failed. *again: it goes through the functions once more. 0, or -1 and e. */
static int take_failure(lua_State *L, struct hook_lane *lane, int *again)
{
    *again = becomes_null(lane);
    if (*again) {
        lane->is_unfit[lane->map] = 1;
        lane->any_unfit = 1;
        return 0;
    }
    forget_unfit(lane);
    if (lane->digests)
        take_digest(lane, lane->table->map_count, 1);
    lane->result->emitted.length = lane->emit_start;
    return lane->rehearses ? 0 : refuse_row(L, lane);
}

/* All rows of the batch. 0, or -1 and e. */
static int run_batch(struct hook_lane *lane)
{
    lua_State *L = lane->L;
    int rc = 0, again = 0;
    forget_unfit(lane);
    for (lane->row = 0; rc == 0 && lane->row < lane->batch->rows; lane->row += !again) {
        again = 0;
        lua_settop(L, 0);
        (void)lua_rawgeti(L, LUA_REGISTRYINDEX, lane->explain);
        lua_pushcfunction(L, run_rows);
        lua_pushlightuserdata(L, lane);
        lane->column = SIZE_MAX;
        int status = lua_pcall(L, 1, 0, 1);
        lane->active = 0;
        forget_assigned(lane);
        if (status == LUA_OK)
            break;
        if (lane->failed)
            rc = -1;
        else if (atomic_load(lane->interrupted) || stop_signal())
            rc = err_set(lane->e, ERR_INTERRUPTED, "interrupted in a function of the script");
        else if (status == LUA_ERRMEM)
            rc = err_set(lane->e, ERR_MEMORY, "out of memory in a function of the script");
        else
            rc = take_failure(L, lane, &again);
    }
    lua_settop(L, 0);
    return rc;
}

/* The batch once, and nothing of it is kept but what the functions gave. 0, or -1 and e. */
static int rehearse(struct hook_lane *lane)
{
    lane->digests = mem_alloc((lane->batch->rows + 1) * (lane->table->map_count + 1) * sizeof *lane->digests, lane->e);
    if (!lane->digests)
        return -1;
    lane->rehearses = 1;
    int rc = run_batch(lane);
    lane->rehearses = 0;
    forget_made(lane);
    return rc;
}

/* 0, or -1 and e. */
static int begin_batch(struct hook_lane *lane)
{
    mem_free(lane->digests);
    lane->digests = NULL;
    return atomic_exchange(&lane->table->is_tried, 1) == 0 ? rehearse(lane) : 0;
}

int border_apply_hooks(struct stage *s, struct batch *b, struct stage_result *r, struct err *e)
{
    struct hook_table *t = (struct hook_table *)s;
    if (r->slot >= t->lane_count)
        return err_set(e, ERR_INTERNAL, "a lane without a state for the functions of the script");
    struct hook_lane *lane = t->lanes[r->slot];
    lane->table = t;
    lane->batch = b;
    lane->result = r;
    lane->e = e;
    lane->failed = 0;
    if (lane->gate)
        (void)pthread_mutex_lock(lane->gate);
    int rc = r->before == 0 ? begin_batch(lane) : 0;
    if (rc == 0)
        rc = run_batch(lane);
    if (lane->gate)
        (void)pthread_mutex_unlock(lane->gate);
    return rc;
}

void border_push_unsteady(lua_State *L, const struct table_load *tables, size_t count)
{
    lua_Integer found = 0;
    lua_newtable(L);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < tables[i].stage_count; k++) {
            const struct hook_table *t = (const struct hook_table *)tables[i].stages[k];
            if (t->base.apply != border_apply_hooks || !t->differs)
                continue;
            lua_newtable(L);
            border_set_text(L, "table", tables[i].read.table);
            border_set_text(L, "source", tables[i].source);
            border_set_text(L, "key", t->differs_key);
            if (t->differs_column != SIZE_MAX)
                border_set_text(L, "map", t->load->write.columns[t->differs_column].target_name);
            lua_rawseti(L, -2, ++found);
        }
}

static int free_hook_lane(lua_State *L)
{
    struct hook_lane *lane = lua_touserdata(L, 1);
    mem_free(lane->digests);
    bytes_free(&lane->folded);
    for (size_t i = 0; i < EMIT_TARGETS_MOST; i++)
        batch_free(&lane->emitting[i]);
    return 0;
}

int border_make_hook_lane(lua_State *L)
{
    const struct hook_table *table = lua_touserdata(L, 2);
    size_t count = table->load->write.count;
    size_t size = sizeof(struct hook_lane) + count * (sizeof(struct cell) + sizeof(size_t) + 1) + table->map_count;
    struct hook_lane *lane = memset(lua_newuserdatauv(L, size, 1), 0, size);
    int self = lua_gettop(L);
    lane->overlay = (struct cell *)(lane + 1);
    lane->assigned = (size_t *)(lane->overlay + count);
    lane->is_assigned = (unsigned char *)(lane->assigned + count);
    lane->is_unfit = lane->is_assigned + count;
    if (luaL_newmetatable(L, "wherry.hook_lane")) {
        lua_pushcfunction(L, free_hook_lane);
        lua_setfield(L, -2, "__gc");
    }
    (void)lua_setmetatable(L, self);
    lua_pushvalue(L, 1);
    (void)lua_setiuservalue(L, self, 1);
    border_add_views(L, 1, self, table);
    border_add_emit(L, 1, self, table);
    lua_pushvalue(L, self);
    lane->self = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_getfield(L, 1, "explain");
    lane->explain = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushvalue(L, self);
    return 1;
}
