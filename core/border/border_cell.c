/* border_cell.c: Lua values as cells; wherry.core.blob. */
#include "border_cell.h"

#include <string.h>

static const char BLOB[] = "wherry.blob";

void border_to_blob(lua_State *L)
{
    (void)lua_newuserdatauv(L, 0, 1);
    lua_insert(L, -2);
    lua_setiuservalue(L, -2, 1);
    luaL_setmetatable(L, BLOB);
}

/* blob(bytes) -> a blob: #b is its length, tostring(b) its bytes, == compares them. It is made of a string, or of a
 * blob. */
static int core_blob(lua_State *L)
{
    lua_settop(L, 1);
    if (luaL_testudata(L, 1, BLOB) != NULL) {
        return 1;
    }
    if (lua_type(L, 1) != LUA_TSTRING) {
        border_usage(L, "blob: a string is wanted, not a %s", luaL_typename(L, 1));
    }
    border_to_blob(L);
    return 1;
}

const char *border_blob(lua_State *L, int index, size_t *length)
{
    const char *bytes;

    if (luaL_testudata(L, index, BLOB) == NULL) {
        return NULL;
    }
    (void)lua_getiuservalue(L, index, 1);
    bytes = lua_tolstring(L, -1, length);
    lua_pop(L, 1);
    return bytes;
}

static int blob_to_string(lua_State *L)
{
    (void)luaL_checkudata(L, 1, BLOB);
    (void)lua_getiuservalue(L, 1, 1);
    return 1;
}

static int blob_length(lua_State *L)
{
    size_t length = 0;

    (void)luaL_checkudata(L, 1, BLOB);
    (void)border_blob(L, 1, &length);
    lua_pushinteger(L, (lua_Integer)length);
    return 1;
}

static int blob_equal(lua_State *L)
{
    size_t left_length = 0;
    size_t right_length = 0;
    const char *left = border_blob(L, 1, &left_length);
    const char *right = border_blob(L, 2, &right_length);

    lua_pushboolean(L, left != NULL && right != NULL && left_length == right_length &&
                           memcmp(left, right, left_length) == 0);
    return 1;
}

int border_cell(lua_State *L, int index, struct batch *b, struct cell *c, struct err *e)
{
    size_t length = 0;
    const char *bytes;

    switch (lua_type(L, index)) {
    case LUA_TNIL:
        return 0;
    case LUA_TBOOLEAN:
        c->class = CELL_INTEGER;
        c->as.integer = lua_toboolean(L, index);
        return 0;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) {
            c->class = CELL_INTEGER;
            c->as.integer = lua_tointeger(L, index);
        } else {
            c->class = CELL_REAL;
            c->as.real = lua_tonumber(L, index);
        }
        return 0;
    case LUA_TSTRING:
        bytes = lua_tolstring(L, index, &length);
        return batch_bytes(b, c, CELL_TEXT, bytes, length, e);
    default:
        bytes = border_blob(L, index, &length);
        return bytes != NULL ? batch_bytes(b, c, CELL_BLOB, bytes, length, e)
                             : err_set(e, ERR_VALUE, "a %s is no value", luaL_typename(L, index));
    }
}

int border_open_cell(lua_State *L)
{
    static const luaL_Reg meta[] = {
        {"__tostring", blob_to_string}, {"__len", blob_length}, {"__eq", blob_equal}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"blob", core_blob}, {NULL, NULL}};

    if (luaL_newmetatable(L, BLOB)) {
        luaL_setfuncs(L, meta, 0);
    }
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}
