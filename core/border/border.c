/* border.c: the module wherry.core: its parts put together, error objects, handles, options. */
#include "border.h"

#include <libpq-fe.h>
#include <limits.h>
#include <lualib.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "../sys.h"
#include "border_cell.h"

#define ERROR_TYPE "wherry.error"

static int error_to_string(lua_State *L)
{
    lua_getfield(L, 1, "message");
    return 1;
}

void border_push_error(lua_State *L, const struct err *e)
{
    lua_createtable(L, 0, 8);
    border_set_text(L, "kind", err_kind_name(e->kind));
    border_set_text(L, "message", e->message[0] != '\0' ? e->message : "unknown error");
    border_set_text(L, "hint", e->hint);
    border_set_text(L, "sqlstate", e->sqlstate);
    border_set_text(L, "table", e->table);
    border_set_text(L, "column", e->column);
    border_set_text(L, "key", e->key);
    border_set_text(L, "value", e->value);
    border_set_text(L, "value_class", e->value_class);
    if (luaL_newmetatable(L, ERROR_TYPE)) {
        lua_pushcfunction(L, error_to_string);
        lua_setfield(L, -2, "__tostring");
    }
    lua_setmetatable(L, -2);
}

int border_raise(lua_State *L, const struct err *e)
{
    border_push_error(L, e);
    lua_error(L);
    abort(); /* lua_error does not return, but is not declared so */
}

int border_usage(lua_State *L, const char *format, ...)
{
    struct err e;
    char message[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    err_set(&e, ERR_USAGE, "%s", message);
    border_raise(L, &e);
}

/* --- handles --- */

void border_handle_type(lua_State *L, const char *name, const luaL_Reg *methods, lua_CFunction close)
{
    if (luaL_newmetatable(L, name)) {
        lua_newtable(L);
        luaL_setfuncs(L, methods, 0);
        lua_pushcfunction(L, close);
        lua_setfield(L, -2, "close");
        lua_setfield(L, -2, "__index");
        lua_pushcfunction(L, close);
        lua_setfield(L, -2, "__gc");
        lua_pushcfunction(L, close);
        lua_setfield(L, -2, "__close");
    }
    lua_pop(L, 1);
}

void **border_handle_new(lua_State *L, const char *name)
{
    void **slot = lua_newuserdatauv(L, sizeof *slot, 0);

    *slot = NULL;
    luaL_setmetatable(L, name);
    return slot;
}

void **border_handle_slot(lua_State *L, int index, const char *name)
{
    return luaL_checkudata(L, index, name);
}

void *border_handle(lua_State *L, int index, const char *name)
{
    void **slot = border_handle_slot(L, index, name);

    if (*slot == NULL) {
        border_usage(L, "this %s is closed", name);
    }
    return *slot;
}

/* --- options and results --- */

const char *border_text(lua_State *L, int index)
{
    size_t length = 0;
    const char *text = luaL_checklstring(L, index, &length);

    if (strlen(text) != length) {
        border_usage(L, "argument %d holds a NUL byte", index);
    }
    return text;
}

const char *border_field_text(lua_State *L, int index, const char *field, const char *otherwise)
{
    const char *text = otherwise;
    size_t length = 0;
    int type = lua_getfield(L, index, field);

    if (type == LUA_TSTRING) {
        text = lua_tolstring(L, -1, &length);
        if (strlen(text) != length) {
            border_usage(L, "option %s holds a NUL byte", field);
        }
    } else if (type != LUA_TNIL) {
        border_usage(L, "option %s: a string is wanted, not a %s", field, lua_typename(L, type));
    }
    lua_pop(L, 1);
    return text;
}

lua_Integer border_field_integer(lua_State *L, int index, const char *field, lua_Integer otherwise)
{
    lua_Integer value = otherwise;
    int type = lua_getfield(L, index, field);

    if (type != LUA_TNIL) {
        int exact = 0;

        value = lua_tointegerx(L, -1, &exact);
        if (!exact) {
            border_usage(L, "option %s: an integer is wanted, not a %s", field, lua_typename(L, type));
        }
    }
    lua_pop(L, 1);
    return value;
}

int border_field_boolean(lua_State *L, int index, const char *field)
{
    int value;

    lua_getfield(L, index, field);
    value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}

void border_set_text(lua_State *L, const char *field, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        lua_pushstring(L, text);
        lua_setfield(L, -2, field);
    }
}

void border_set_integer(lua_State *L, const char *field, lua_Integer value)
{
    lua_pushinteger(L, value);
    lua_setfield(L, -2, field);
}

void border_set_boolean(lua_State *L, const char *field, int value)
{
    lua_pushboolean(L, value);
    lua_setfield(L, -2, field);
}

/* Pushes the value on top as text; Lua's own conversion would cut a float to 14 digits. */
static const char *push_exact_text(lua_State *L, size_t *length)
{
    if (lua_type(L, -1) == LUA_TNUMBER && !lua_isinteger(L, -1)) {
        char digits[40];

        snprintf(digits, sizeof digits, "%.17g", (double)lua_tonumber(L, -1));
        lua_pushstring(L, digits);
        return lua_tolstring(L, -1, length);
    }
    return luaL_tolstring(L, -1, length);
}

const char **border_texts(lua_State *L, int index, int *count)
{
    const char **texts;
    lua_Integer n;

    index = lua_absindex(L, index);
    luaL_checktype(L, index, LUA_TTABLE);
    n = border_field_integer(L, index, "n", -1);
    if (n < 0) {
        n = luaL_len(L, index);
    }
    if (n > INT_MAX / 16) {
        border_usage(L, "%lld values are too many", (long long)n);
    }
    texts = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *texts, 0);
    lua_createtable(L, (int)n, 0);
    for (lua_Integer i = 1; i <= n; i++) {
        size_t length = 0;

        texts[i - 1] = NULL;
        switch (lua_geti(L, index, i)) {
        case LUA_TNIL:
            break;
        case LUA_TBOOLEAN:
            texts[i - 1] = lua_toboolean(L, -1) ? "true" : "false";
            break;
        case LUA_TNUMBER:
        case LUA_TSTRING:
            texts[i - 1] = push_exact_text(L, &length);
            if (memchr(texts[i - 1], '\0', length) != NULL) {
                border_usage(L, "value %d holds a NUL byte, which no text of PostgreSQL can", (int)i);
            }
            lua_seti(L, -3, i);
            break;
        default:
            border_usage(L, "value %d: a string, number, boolean or nil is wanted, not a %s", (int)i,
                         luaL_typename(L, -1));
        }
        lua_pop(L, 1);
    }
    texts[n] = NULL;
    *count = (int)n;
    return texts;
}

/* --- the module --- */

/* The versions of the libraries as they run, not as they were compiled against. */
static int versions(lua_State *L)
{
    int libpq = PQlibVersion();
    unsigned xxhash = XXH_versionNumber();

    lua_createtable(L, 0, 4);
    border_set_text(L, "sqlite", sqlite3_libversion());
    lua_pushfstring(L, "%d.%d", libpq / 10000, libpq % 10000);
    lua_setfield(L, -2, "libpq");
    border_set_text(L, "lua", LUA_VERSION_MAJOR "." LUA_VERSION_MINOR);
    lua_pushfstring(L, "%d.%d.%d", (int)(xxhash / 10000), (int)(xxhash / 100 % 100), (int)(xxhash % 100));
    lua_setfield(L, -2, "xxhash");
    return 1;
}

/* Copies the fields of the table on top into the table below it and pops it. */
static void merge_fields(lua_State *L)
{
    lua_pushnil(L);
    while (lua_next(L, -2) != 0) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_settable(L, -5);
    }
    lua_pop(L, 1);
}

int luaopen_wherry_core(lua_State *L)
{
    luaL_checkversion(L);
    sys_keep_standard_streams();
    lua_newtable(L);
    border_open_sys(L);
    lua_setfield(L, -2, "sys");
    border_open_snapshot(L);
    lua_setfield(L, -2, "snapshot");
    border_open_pg(L);
    lua_setfield(L, -2, "pg");
    border_open_private(L);
    lua_setfield(L, -2, "private");
    border_open_tools(L);
    lua_setfield(L, -2, "tools");
    border_open_json(L);
    lua_setfield(L, -2, "json");
    border_open_stage(L);
    lua_setfield(L, -2, "stage");
    border_open_terminal(L);
    lua_setfield(L, -2, "terminal");
    border_open_lookup(L);
    lua_setfield(L, -2, "lookup");
    border_open_verify(L);
    lua_setfield(L, -2, "verify");
    border_open_database(L);
    lua_setfield(L, -2, "database");
    border_open_pg_rows(L);
    lua_setfield(L, -2, "pg_rows");
    border_open_load(L);
    merge_fields(L);
    border_open_check(L);
    merge_fields(L);
    border_open_codec(L);
    merge_fields(L);
    border_open_back(L);
    merge_fields(L);
    border_open_rows(L);
    merge_fields(L);
    border_open_cell(L);
    merge_fields(L);
    border_open_writer(L);
    merge_fields(L);
    border_open_digest(L);
    merge_fields(L);
    lua_pushcfunction(L, versions);
    lua_setfield(L, -2, "versions");
    return 1;
}
