/* border_check.c: wherry.core.check: all rows of a resolved plan's tables, read and encoded, and nothing written. */
#include "../check.h"

#include "../check_key.h"
#include "border_lookup.h"
#include "border_readers.h"
#include "border_stage.h"
#include "border_tick.h"

#define RESULT_TYPE "wherry.check.result"

/* The result belongs to a userdata: pushing what is in it may raise. */
static int free_result(lua_State *L)
{
    check_result_free(luaL_checkudata(L, 1, RESULT_TYPE));
    return 0;
}

/* ---- options ---- */

/* keys = {{ table = 1-based, columns = {1-based, of the table's columns}, unique =, nulls_equal =, rejects = }, ...} */
static struct check_key *read_keys(lua_State *L, const struct table_load *tables, size_t table_count, size_t *count)
{
    *count = border_push_list(L, 1, "keys");
    int list = lua_gettop(L);
    struct check_key *keys = border_block(L, *count, sizeof *keys);
    for (size_t i = 0; i < *count; i++) {
        luaL_checkstack(L, 8, "too many keys");
        border_push_element(L, list, i, LUA_TTABLE, "keys");
        int key = lua_gettop(L);
        keys[i].table = (size_t)border_integer_between(L, key, "table", 0, 1, (lua_Integer)table_count) - 1;
        keys[i].unique = border_field_boolean(L, key, "unique");
        keys[i].nulls_equal = border_field_boolean(L, key, "nulls_equal");
        keys[i].rejects = border_field_boolean(L, key, "rejects");
        keys[i].count = border_push_list(L, key, "columns");
        size_t *columns = border_block(L, keys[i].count, sizeof *columns);
        for (size_t k = 0; k < keys[i].count; k++) {
            border_push_element(L, key + 1, k, LUA_TNUMBER, "columns");
            lua_Integer column = lua_tointeger(L, -1);
            if (column < 1 || (size_t)column > tables[keys[i].table].write.count)
                border_usage(L, "key %d names a column that its table does not have", (int)i + 1);
            columns[k] = (size_t)column - 1;
            lua_pop(L, 1);
        }
        keys[i].columns = columns;
        /* The columns' block stays on the stack; what it was read from does not. */
        lua_replace(L, key);
        lua_settop(L, key);
    }
    return keys;
}

/* foreign_keys = {{ child = key, parent = key, rejects = }, ...}, 1-based */
static struct check_reference *read_references(lua_State *L, size_t key_count, size_t *count)
{
    *count = border_push_list(L, 1, "foreign_keys");
    int list = lua_gettop(L);
    struct check_reference *references = border_block(L, *count, sizeof *references);
    for (size_t i = 0; i < *count; i++) {
        border_push_element(L, list, i, LUA_TTABLE, "foreign_keys");
        int reference = lua_gettop(L);
        references[i].child = (size_t)border_integer_between(L, reference, "child", 0, 1, (lua_Integer)key_count) - 1;
        references[i].parent = (size_t)border_integer_between(L, reference, "parent", 0, 1, (lua_Integer)key_count) - 1;
        references[i].rejects = border_field_boolean(L, reference, "rejects");
        lua_pop(L, 1);
    }
    return references;
}

/* ---- results ---- */

static void push_reason(lua_State *L, const struct check_reason *reason)
{
    static const char *const outcomes[] = {"stops", "rejects", "nulls", "converts"};
    lua_createtable(L, 0, 6);
    border_set_text(L, "reason", reason->message);
    border_set_text(L, "class", reason->value_class);
    border_set_text(L, "hint", reason->hint);
    border_set_text(L, "outcome", outcomes[reason->outcome]);
    border_set_integer(L, "count", reason->count);
    lua_createtable(L, (int)reason->example_count, 0);
    for (size_t i = 0; i < reason->example_count; i++) {
        lua_createtable(L, 0, 3);
        border_set_text(L, "key", reason->examples[i].key);
        lua_pushstring(L, reason->examples[i].value);
        lua_setfield(L, -2, "value");
        border_set_text(L, "reason", reason->examples[i].message);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "examples");
}

static void push_column(lua_State *L, const struct check_column *column)
{
    lua_createtable(L, 0, 4);
    border_set_integer(L, "values", column->watch.values);
    border_set_integer(L, "inexact", column->watch.inexact);
    border_set_integer(L, "others", column->others);
    border_set_integer(L, "defaulted", column->defaulted);
    border_set_integer(L, "missed", column->missed);
    border_set_integer(L, "mapped", column->mapped);
    border_set_integer(L, "bytes", column->bytes);
    lua_createtable(L, (int)column->count, 0);
    for (size_t i = 0; i < column->count; i++) {
        push_reason(L, &column->reasons[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "reasons");
}

static void push_table(lua_State *L, const struct check_table_result *table, size_t columns)
{
    lua_createtable(L, 0, 6);
    border_set_integer(L, "rows", table->rows);
    border_set_integer(L, "stopping", table->stopping);
    border_set_integer(L, "bad", table->bad);
    border_set_integer(L, "rejected", table->rejected);
    border_set_integer(L, "merged", table->staged.merged);
    lua_createtable(L, 0, (int)table->staged.reason_count);
    for (size_t i = 0; i < table->staged.reason_count; i++) {
        border_set_integer(L, table->staged.reasons[i].text, table->staged.reasons[i].rows);
    }
    lua_setfield(L, -2, "filtered");
    push_column(L, &table->columns[columns]);
    lua_setfield(L, -2, "whole");
    border_set_integer(L, "bytes", table->bytes);
    lua_createtable(L, (int)columns, 0);
    for (size_t i = 0; i < columns; i++) {
        push_column(L, &table->columns[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "columns");
}

/* Fields of the table on top. */
static void set_breaches(lua_State *L, const struct check_breaches *breaches)
{
    border_set_integer(L, "count", breaches->count);
    lua_createtable(L, (int)breaches->example_count, 0);
    for (size_t i = 0; i < breaches->example_count; i++) {
        lua_createtable(L, 0, 3);
        border_set_text(L, "key", breaches->examples[i].key);
        border_set_text(L, "first_key", breaches->examples[i].first_key);
        border_set_text(L, "value", breaches->examples[i].value);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "examples");
}

static int push_result(lua_State *L, const struct check_result *r, size_t keys, size_t references)
{
    luaL_checkstack(L, 16, NULL);
    lua_createtable(L, 0, 4);
    border_set_integer(L, "spilled", r->spilled);
    lua_createtable(L, (int)r->table_count, 0);
    for (size_t i = 0; i < r->table_count; i++) {
        push_table(L, &r->tables[i], r->column_counts[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "tables");
    lua_createtable(L, (int)keys, 0);
    for (size_t i = 0; i < keys; i++) {
        lua_createtable(L, 0, 3);
        border_set_integer(L, "unknown", r->keys[i].unknown);
        set_breaches(L, &r->keys[i].duplicates);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "keys");
    lua_createtable(L, (int)references, 0);
    for (size_t i = 0; i < references; i++) {
        lua_createtable(L, 0, 2);
        set_breaches(L, &r->references[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "foreign_keys");
    return 1;
}

/* check{ snapshot= and source=, or snapshots= as for load, tables=, keys=, foreign_keys=, threads?=, tick? = function }
 * -> { tables, keys, foreign_keys, spilled, unsteady (border_stage.h) }: blocks until every table is read; raises what
 * keeps it from that. The tables are those of load; one that is read by its rowid may have a `range`: a SELECT of the
 * least and the greatest.
 */
static int core_check(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    border_lookups_take(L, 1);
    const struct border_sources sources = border_read_sources(L);
    struct border_tick tick = border_tick_field(L);
    struct border_told told = {.tick = &tick, .hooks = border_hook_states(L)};
    tick.gate = border_hook_gate(told.hooks);
    struct check_options options = {.tick = border_told_tick, .context = &told};
    const char **ranges;
    options.tables = border_read_ranged(L, &sources, &ranges, &options.count);
    options.ranges = ranges;
    options.keys = read_keys(L, options.tables, options.count, &options.key_count);
    options.references = read_references(L, options.key_count, &options.reference_count);
    options.readers = border_read_readers(L, &sources, &options.reader_count);
    struct check_result *result = lua_newuserdatauv(L, sizeof *result, 0);
    *result = (struct check_result){0};
    luaL_setmetatable(L, RESULT_TYPE);
    struct err e;
    err_clear(&e);
    luaL_checkstack(L, 8, NULL);
    if (check_run(&options, result, &e) != 0)
        return border_raise(L, &e);
    (void)push_result(L, result, options.key_count, options.reference_count);
    border_push_unsteady(L, options.tables, options.count);
    lua_setfield(L, -2, "unsteady");
    return 1;
}

/* equality(type) -> a word for how PostgreSQL compares values of the type, nil where only the server can tell. Values
 * of two types can be compared when the word is the same; when it is "exact", the types have to be, too. */
static int core_equality(lua_State *L)
{
    struct codec_hint hint;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_newtable(L);
    const struct codec *codec = border_type(L, 1, 2, &hint);
    lua_pushstring(L, codec != NULL ? equality_name(equality_of(codec, &hint)) : NULL);
    return 1;
}

int border_open_check(lua_State *L)
{
    static const luaL_Reg functions[] = {{"check", core_check}, {"equality", core_equality}, {NULL, NULL}};
    if (luaL_newmetatable(L, RESULT_TYPE)) {
        lua_pushcfunction(L, free_result);
        lua_setfield(L, -2, "__gc");
    }
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}
