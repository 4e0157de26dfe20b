/* border_digest_spec.c: how rows of a load go into a digest, as the plan says it. */
#include <string.h>

#include "border_digest.h"
#include "border_table.h"

/* A zeroed block that the table at `owner` keeps alive. */
static void *owned(lua_State *L, int owner, size_t count, size_t size)
{
    void *block = border_block(L, count, size);
    lua_rawseti(L, owner, (lua_Integer)lua_rawlen(L, owner) + 1);
    return block;
}

/* constant of the column at `column`: a field of the binary format, which the table at `column` keeps alive. */
static void read_constant(lua_State *L, int column, struct digest_column *c)
{
    size_t length = 0;
    if (lua_getfield(L, column, "constant") != LUA_TNIL) {
        c->constant = (const unsigned char *)luaL_checklstring(L, -1, &length);
        c->constant_length = length;
        if (length < DIGEST_LENGTH_WORD || digest_field_size(c->constant) != length)
            border_usage(L, "what stands for a column in a digest is not a field of the binary format");
    }
    lua_pop(L, 1);
}

/* { oid =, field =?, constant =? }, on top of the stack. */
static void read_column(lua_State *L, const struct copy_column *columns, size_t count, struct digest_column *c)
{
    int column = lua_gettop(L);
    lua_Integer field = border_integer_between(L, column, "field", 0, 0, (lua_Integer)count);
    c->oid = (uint32_t)border_integer_between(L, column, "oid", 0, 1, UINT32_MAX);
    c->field = DIGEST_CONSTANT;
    if (field > 0) {
        c->field = (size_t)field - 1;
        c->codec = columns[c->field].codec;
        c->hint = &columns[c->field].hint;
    }
    read_constant(L, column, c);
}

const struct digest_spec *border_read_digest(lua_State *L, int table, const struct copy_column *columns, size_t count,
                                             int binary)
{
    luaL_checkstack(L, 12, "too many tables");
    lua_newtable(L);
    int owner = lua_gettop(L);
    if (lua_getfield(L, table, "digest") == LUA_TNIL) {
        lua_pop(L, 1);
        return NULL;
    }
    lua_pop(L, 1);
    if (!binary)
        border_usage(L, "rows in the text format have no digest");
    (void)border_push_list(L, table, "digest");
    int given = lua_gettop(L);
    struct digest_spec *spec = owned(L, owner, 1, sizeof *spec);
    spec->target = (size_t)border_integer_between(L, given, "target", 0, 1, INT32_MAX) - 1;
    spec->count = border_push_list(L, given, "columns");
    struct digest_column *digested = owned(L, owner, spec->count, sizeof *digested);
    for (size_t i = 0; i < spec->count; i++) {
        border_push_element(L, given + 1, i, LUA_TTABLE, "columns");
        read_column(L, columns, count, &digested[i]);
        lua_pop(L, 1);
    }
    digest_prepare(digested, spec->count);
    spec->columns = digested;
    spec->key_count = border_push_list(L, given, "key");
    size_t *key = owned(L, owner, spec->key_count, sizeof *key);
    for (size_t i = 0; i < spec->key_count; i++) {
        border_push_element(L, given + 2, i, LUA_TNUMBER, "key");
        lua_Integer place = lua_tointeger(L, -1);
        if (place < 1 || (size_t)place > spec->count)
            border_usage(L, "the key of a digest has no column %lld", (long long)place);
        key[i] = (size_t)place - 1;
        lua_pop(L, 1);
    }
    spec->key = key;
    lua_settop(L, owner);
    return spec;
}
