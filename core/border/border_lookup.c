/* border_lookup.c: wherry.core.lookup: maps from value to value that are filled before a load, and asked in hooks. */
#include "border_lookup.h"

#include <stdio.h>
#include <string.h>

#include "../lookup_fill.h"
#include "../snapshot.h"
#include "../stage_keys.h"
#include "border_cell.h"
#include "border_table.h"

#define LOOKUP_TYPE "wherry.lookup"

enum { QUERY_READER = 0 };

/* The field of the registry with the lookups of a state, by their names. */
static const char OF_STATE[] = "wherry.lookups";

static int close_lookup(lua_State *L)
{
    void **slot = border_handle_slot(L, 1, LOOKUP_TYPE);
    struct lookup *lookup = *slot;
    *slot = NULL;
    lookup_free(lookup);
    return 0;
}

/* The Lua value at `index` as a cell; its bytes belong to it. Raises for what is no value. */
static const unsigned char *read_cell(lua_State *L, int index, struct cell *c)
{
    size_t length = 0;
    const char *bytes = NULL;
    memset(c, 0, sizeof *c);
    switch (lua_type(L, index)) {
    case LUA_TNIL:
        return NULL;
    case LUA_TBOOLEAN:
        c->class = CELL_INTEGER;
        c->as.integer = lua_toboolean(L, index);
        return NULL;
    case LUA_TNUMBER:
        c->class = lua_isinteger(L, index) ? CELL_INTEGER : CELL_REAL;
        if (c->class == CELL_INTEGER)
            c->as.integer = lua_tointeger(L, index);
        else
            c->as.real = lua_tonumber(L, index);
        return NULL;
    case LUA_TSTRING:
        bytes = lua_tolstring(L, index, &length);
        c->class = CELL_TEXT;
        break;
    default:
        bytes = border_blob(L, index, &length);
        c->class = CELL_BLOB;
    }
    if (!bytes)
        border_usage(L, "lookup: a %s is no value", luaL_typename(L, index));
    c->length = (uint32_t)length;
    return (const unsigned char *)bytes;
}

/* nil where the key is not there. */
static int push_found(lua_State *L, const struct lookup *lookup, int key)
{
    struct cell c;
    const unsigned char *data = read_cell(L, key, &c);
    const struct cell *found = lookup_find(lookup, &c, data);
    switch (found ? (enum cell_class)found->class : CELL_NULL) {
    case CELL_NULL:
        lua_pushnil(L);
        break;
    case CELL_INTEGER:
        lua_pushinteger(L, (lua_Integer)found->as.integer);
        break;
    case CELL_REAL:
        lua_pushnumber(L, found->as.real);
        break;
    case CELL_TEXT:
    case CELL_BLOB:
        (void)lua_pushlstring(L, (const char *)lookup_data(lookup, found), found->length);
        break;
    }
    return 1;
}

/* new{ collation = "BINARY"|"NOCASE"|"RTRIM"?, affinity = word? } -> an empty lookup */
static int new_lookup(lua_State *L)
{
    enum collation collation = COLLATION_BINARY;
    enum affinity affinity = AFFINITY_BLOB;
    struct lookup *lookup = NULL;
    struct err e;
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    if (collation_find(border_field_text(L, 1, "collation", "BINARY"), &collation) != 0 ||
        affinity_find(border_field_text(L, 1, "affinity", "blob"), &affinity) != 0)
        border_usage(L, "lookup: there is no such collation or affinity");
    void **slot = border_handle_new(L, LOOKUP_TYPE);
    err_clear(&e);
    if (lookup_new(&lookup, collation, affinity, &e) != 0)
        return border_raise(L, &e);
    *slot = lookup;
    return 1;
}

/* l:add(key, value) -> true; false: the key is there already. Not while a load is under way. */
static int add(lua_State *L)
{
    struct lookup *lookup = border_handle(L, 1, LOOKUP_TYPE);
    struct cell key, value;
    struct err e;
    lua_settop(L, 3);
    const unsigned char *key_data = read_cell(L, 2, &key), *value_data = read_cell(L, 3, &value);
    err_clear(&e);
    int added = lookup_add(lookup, &key, key_data, &value, value_data, &e);
    if (added < 0)
        return border_raise(L, &e);
    lua_pushboolean(L, added == 0);
    return 1;
}

/* l:fill{ snapshot=, sql=, keys = columns of the key (1), replaces = boolean?, kept = { lookups }? } -> { rows,
 * marked }: from the rows of a SELECT, as core/lookup_fill.h has it */
static int fill(lua_State *L)
{
    struct lookup *lookup = border_handle(L, 1, LOOKUP_TYPE);
    struct lookup_fill options = {0};
    struct err e;
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    lua_getfield(L, 2, "snapshot");
    struct snapshot *snapshot = border_handle(L, 3, "wherry.snapshot");
    options.sql = border_required_text(L, 2, "sql");
    options.keys = (size_t)border_integer_between(L, 2, "keys", 1, 1, 16);
    options.replaces = border_field_boolean(L, 2, "replaces");
    if (lua_getfield(L, 2, "kept") != LUA_TNIL) {
        options.kept_count = border_push_list(L, 2, "kept");
        int list = lua_gettop(L);
        const struct lookup **maps = border_block(L, options.kept_count, sizeof *maps);
        for (size_t i = 0; i < options.kept_count; i++) {
            border_push_element(L, list, i, LUA_TUSERDATA, "kept");
            maps[i] = border_handle(L, -1, LOOKUP_TYPE);
            lua_pop(L, 1);
        }
        options.kept = maps;
    }
    err_clear(&e);
    if (lookup_fill(lookup, snapshot_reader(snapshot, QUERY_READER), &options, &e) != 0)
        return border_raise(L, &e);
    lua_createtable(L, 0, 2);
    border_set_integer(L, "rows", (lua_Integer)options.rows);
    border_set_integer(L, "marked", (lua_Integer)options.marked);
    return 1;
}

/* l:get(key) -> the value; nil: NULL, or the key is not there */
static int get(lua_State *L)
{
    const struct lookup *lookup = border_handle(L, 1, LOOKUP_TYPE);
    lua_settop(L, 2);
    return push_found(L, lookup, 2);
}

/* l:info() -> { count, bytes, digest } */
static int info(lua_State *L)
{
    const struct lookup *lookup = border_handle(L, 1, LOOKUP_TYPE);
    lua_settop(L, 1);
    lua_createtable(L, 0, 3);
    border_set_integer(L, "count", (lua_Integer)lookup_count(lookup));
    border_set_integer(L, "bytes", (lua_Integer)lookup_memory(lookup));
    char digest[17];
    (void)snprintf(digest, sizeof digest, "%016llx", (unsigned long long)lookup_digest(lookup));
    border_set_text(L, "digest", digest);
    return 1;
}

void border_lookups_take(lua_State *L, int index)
{
    if (lua_getfield(L, index, "lookups") != LUA_TNIL)
        luaL_checktype(L, -1, LUA_TTABLE);
    lua_setfield(L, LUA_REGISTRYINDEX, OF_STATE);
}

void border_lookups_share(lua_State *from, lua_State *to)
{
    luaL_checkstack(from, 4, NULL);
    luaL_checkstack(to, 4, NULL);
    if (lua_getfield(from, LUA_REGISTRYINDEX, OF_STATE) == LUA_TTABLE) {
        lua_newtable(to);
        lua_pushnil(from);
        while (lua_next(from, -2) != 0) {
            void **own = luaL_testudata(from, -1, LOOKUP_TYPE);
            if (own && *own) {
                void **slot = border_handle_new(to, LOOKUP_TYPE);
                *slot = lookup_share(*own);
                lua_setfield(to, -2, lua_tostring(from, -2));
            }
            lua_pop(from, 1);
        }
        lua_setfield(to, LUA_REGISTRYINDEX, OF_STATE);
    }
    lua_pop(from, 1);
}

/* The lookup of that name, or NULL. */
static const struct lookup *find_lookup(lua_State *L, const char *name)
{
    const struct lookup *found = NULL;
    if (lua_getfield(L, LUA_REGISTRYINDEX, OF_STATE) == LUA_TTABLE) {
        (void)lua_getfield(L, -1, name);
        void **slot = luaL_testudata(L, -1, LOOKUP_TYPE);
        found = slot ? *slot : NULL;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return found;
}

/* The lookup of that name, which the state keeps; raises kind "usage" where there is none. */
static const struct lookup *needed(lua_State *L, const char *name)
{
    const struct lookup *found = find_lookup(L, name);
    if (!found)
        border_usage(L, "there is no lookup '%s'", name);
    return found;
}

const struct remap *border_read_remap(lua_State *L, int column, int owner)
{
    int lookup = lua_getfield(L, column, "lookup") == LUA_TTABLE, at = lua_gettop(L);
    int remap = lua_getfield(L, column, "remap") == LUA_TTABLE;
    if (!lookup && !remap) {
        lua_settop(L, at - 1);
        return NULL;
    }
    luaL_checkstack(L, 8, NULL);
    struct remap *r = border_block(L, 1, sizeof *r);
    lua_rawseti(L, owner, (lua_Integer)lua_rawlen(L, owner) + 1);
    r->lookup = lookup ? border_required_text(L, at, "name") : NULL;
    if (remap) {
        r->offset = border_field_integer(L, at + 1, "offset", 0);
        if (lua_getfield(L, at + 1, "lookups") != LUA_TNIL)
            r->count = border_push_list(L, at + 1, "lookups");
        int list = lua_gettop(L);
        const struct lookup **lookups = border_block(L, r->count, sizeof *lookups);
        lua_rawseti(L, owner, (lua_Integer)lua_rawlen(L, owner) + 1);
        for (size_t i = 0; i < r->count; i++) {
            border_push_element(L, list, i, LUA_TSTRING, "lookups");
            lookups[i] = needed(L, lua_tostring(L, -1));
            lua_pop(L, 1);
        }
        r->lookups = lookups;
    }
    lua_settop(L, at - 1);
    return r;
}

static enum missing read_missing(lua_State *L, int lookup)
{
    static const char *const words[] = {[MISSING_BAD] = "bad", [MISSING_NULL] = "null", [MISSING_KEEP] = "keep"};
    const char *word = border_field_text(L, lookup, "missing", "bad");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i]) == 0)
            return (enum missing)i;
    return (enum missing)border_usage(L, "a lookup's missing is 'bad', 'null' or 'keep', not '%s'", word);
}

/* The columns of the table that are looked up. */
static const struct stage_lookup *read_lookups(lua_State *L, int table, size_t *count)
{
    size_t columns = border_push_list(L, table, "columns");
    int list = lua_gettop(L);
    struct stage_lookup *lookups = border_block(L, columns, sizeof *lookups);
    for (size_t i = 0; i < columns; i++) {
        border_push_element(L, list, i, LUA_TTABLE, "columns");
        if (lua_getfield(L, -1, "lookup") == LUA_TTABLE) {
            int lookup = lua_gettop(L);
            lookups[(*count)++] = (struct stage_lookup){.cell = i,
                                                        .lookup = needed(L, border_required_text(L, lookup, "name")),
                                                        .missing = read_missing(L, lookup)};
        }
        lua_pop(L, 2);
    }
    lua_remove(L, list);
    return lookups;
}

struct stage *border_read_keys(lua_State *L, int table, const struct table_load *t)
{
    struct stage_keys keys = {.base.apply = stage_keys_apply};
    luaL_checkstack(L, 10, NULL);
    if (lua_getfield(L, table, "merge") == LUA_TTABLE) {
        keys.merged = needed(L, border_required_text(L, lua_gettop(L), "lookup"));
        keys.key_columns = t->read.key_columns;
        keys.key_count = t->read.key_count;
    }
    lua_pop(L, 1);
    keys.lookups = read_lookups(L, table, &keys.lookup_count);
    if (!keys.merged && keys.lookup_count == 0)
        return NULL;
    if (keys.merged && keys.key_count == 0)
        border_usage(L, "'%s' is merged without a key", t->read.table);
    struct stage_keys *made = border_block(L, 1, sizeof *made);
    *made = keys;
    return &made->base;
}

/* find(name, key) -> the value; nil: NULL, or the key is not there. Raises where no lookups are there, or not this one:
 * lookups are filled for a load. */
static int find(lua_State *L)
{
    const char *name = border_text(L, 1);
    lua_settop(L, 2);
    const struct lookup *lookup = find_lookup(L, name);
    if (lookup)
        return push_found(L, lookup, 2);
    if (lua_getfield(L, LUA_REGISTRYINDEX, OF_STATE) != LUA_TTABLE)
        return border_usage(L, "w.lookup is for hooks: lookups are filled when the load begins");
    return border_usage(L, "there is no lookup '%s' in the plan's lookups", name);
}

int border_open_lookup(lua_State *L)
{
    static const luaL_Reg methods[] = {{"add", add}, {"fill", fill}, {"get", get}, {"info", info}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"new", new_lookup}, {"find", find}, {NULL, NULL}};
    border_handle_type(L, LOOKUP_TYPE, methods, close_lookup);
    luaL_newlib(L, functions);
    return 1;
}
