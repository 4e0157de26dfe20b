/* border_json.c: wherry.core.json: JSON for scripts, with its own null, arrays and large numbers. */
#include "border_json.h"

#include <string.h>

#include "../codec.h"

const char border_json_array[] = "wherry.json.array";
const char border_json_number[] = "wherry.json.number";
const char border_json_null[] = "wherry.json.null";

static const char NULL_VALUE[] = "wherry.json.the null"; /* its key in the registry */

void border_json_push_null(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, NULL_VALUE);
}

int border_json_is(lua_State *L, int index, const char *kind)
{
    if (!lua_getmetatable(L, index)) {
        return 0;
    }
    luaL_getmetatable(L, kind);
    int same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

/* array(list?) -> the same table, marked as one that is an array also when it is empty */
static int json_array(lua_State *L)
{
    if (lua_isnoneornil(L, 1)) {
        lua_settop(L, 0);
        lua_newtable(L);
    } else if (lua_type(L, 1) != LUA_TTABLE) {
        return border_usage(L, "w.json.array: a table is wanted, not a %s", luaL_typename(L, 1));
    } else if (lua_getmetatable(L, 1)) {
        lua_pop(L, 1);
        if (!border_json_is(L, 1, border_json_array)) {
            return border_usage(L, "w.json.array: the table has a metatable, which it would lose");
        }
    }
    lua_settop(L, 1);
    luaL_setmetatable(L, border_json_array);
    return 1;
}

/* is_array(value) -> boolean: a table that was marked, or decoded from an array */
static int json_is_array(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_pushboolean(L, lua_istable(L, 1) && border_json_is(L, 1, border_json_array));
    return 1;
}

/* number(text) -> a number of any size, which encode writes as it is */
static int json_number(lua_State *L)
{
    size_t length = 0;
    const unsigned char *text = border_tool_text(L, 1, "w.json.number", &length);
    const char *why = NULL;
    size_t at = 0;
    struct err e;

    if (text == NULL) {
        return 0;
    }
    int is_begun = length > 0 && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
    if (!is_begun || json_check(text, length, 0, &at, &why) != 0 || text[length - 1] <= ' ') {
        err_set(&e, ERR_VALUE, "the text is not a number as JSON writes one");
        return border_tool_raise(L, "w.json.number", &e, text, length);
    }
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "text");
    luaL_setmetatable(L, border_json_number);
    return 1;
}

static int number_to_string(lua_State *L)
{
    lua_getfield(L, 1, "text");
    return 1;
}

static int number_equal(lua_State *L)
{
    lua_getfield(L, 1, "text");
    lua_getfield(L, 2, "text");
    lua_pushboolean(L, lua_rawequal(L, -1, -2));
    return 1;
}

static int null_to_string(lua_State *L)
{
    lua_pushliteral(L, "null");
    return 1;
}

/* The metatables, and JSON's null in the registry. */
static void make_kinds(lua_State *L)
{
    static const luaL_Reg number[] = {{"__tostring", number_to_string}, {"__eq", number_equal}, {NULL, NULL}};
    static const luaL_Reg null[] = {{"__tostring", null_to_string}, {NULL, NULL}};

    luaL_newmetatable(L, border_json_array);
    luaL_newmetatable(L, border_json_number);
    luaL_setfuncs(L, number, 0);
    lua_newuserdatauv(L, 0, 0);
    luaL_newmetatable(L, border_json_null);
    luaL_setfuncs(L, null, 0);
    lua_setmetatable(L, -2);
    lua_setfield(L, LUA_REGISTRYINDEX, NULL_VALUE);
    lua_pop(L, 2);
}

int border_open_json(lua_State *L)
{
    static const luaL_Reg functions[] = {{"decode", border_json_decode}, {"encode", border_json_encode},
                                         {"array", json_array},          {"is_array", json_is_array},
                                         {"number", json_number},        {NULL, NULL}};

    make_kinds(L);
    border_tool_library(L, functions);
    border_json_push_null(L);
    lua_setfield(L, -2, "null");
    return 1;
}
