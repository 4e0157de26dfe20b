/* border_column.c: values of SQLite's statements as Lua has them. */
#include "border_column.h"

#include "border_cell.h"

int border_bind(lua_State *L, int index, sqlite3_stmt *statement, int parameter)
{
    size_t length = 0;
    const char *text;

    switch (lua_type(L, index)) {
    case LUA_TNIL:
        return sqlite3_bind_null(statement, parameter);
    case LUA_TBOOLEAN:
        return sqlite3_bind_int(statement, parameter, lua_toboolean(L, index));
    case LUA_TNUMBER:
        return lua_isinteger(L, index) ? sqlite3_bind_int64(statement, parameter, lua_tointeger(L, index))
                                       : sqlite3_bind_double(statement, parameter, lua_tonumber(L, index));
    case LUA_TSTRING:
        text = lua_tolstring(L, index, &length);
        return sqlite3_bind_text64(statement, parameter, text, length, SQLITE_TRANSIENT, SQLITE_UTF8);
    case LUA_TTABLE: /* { blob = bytes } */
        if (lua_getfield(L, index, "blob") == LUA_TSTRING) {
            text = lua_tolstring(L, -1, &length);
            lua_pop(L, 1); /* the table keeps it */
            return sqlite3_bind_blob64(statement, parameter, text, length, SQLITE_TRANSIENT);
        }
        lua_pop(L, 1);
        border_usage(L, "parameter %d of a query cannot be a table", parameter);
    default:
        text = border_blob(L, index, &length);
        if (text == NULL) {
            border_usage(L, "parameter %d of a query cannot be a %s", parameter, luaL_typename(L, index));
        }
        return sqlite3_bind_blob64(statement, parameter, text, length, SQLITE_TRANSIENT);
    }
}

int border_push_column(lua_State *L, sqlite3_stmt *statement, int column)
{
    const char *data;

    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        lua_pushinteger(L, sqlite3_column_int64(statement, column));
        return 0;
    case SQLITE_FLOAT:
        lua_pushnumber(L, sqlite3_column_double(statement, column));
        return 0;
    case SQLITE_TEXT:
        data = (const char *)sqlite3_column_text(statement, column);
        if (data == NULL) {
            lua_pushnil(L);
            return -1;
        }
        lua_pushlstring(L, data, (size_t)sqlite3_column_bytes(statement, column));
        return 0;
    case SQLITE_BLOB:
        data = sqlite3_column_blob(statement, column);
        if (data == NULL && sqlite3_column_bytes(statement, column) > 0) {
            lua_pushnil(L);
            return -1;
        }
        lua_pushlstring(L, data == NULL ? "" : data, (size_t)sqlite3_column_bytes(statement, column));
        return 0;
    default:
        lua_pushnil(L);
        return 0;
    }
}

lua_Integer border_value_bytes(lua_State *L, int index)
{
    return (lua_Integer)sizeof(lua_Number) +
           (lua_type(L, index) == LUA_TSTRING ? (lua_Integer)lua_rawlen(L, index) : 0);
}
