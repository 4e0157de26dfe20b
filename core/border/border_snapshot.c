/* border_snapshot.c: wherry.core.snapshot: the source file as Lua sees it. */
#include "border.h"

#include <sqlite3.h>

#include "../census.h"
#include "../snapshot.h"

#define SNAPSHOT_TYPE "wherry.snapshot"
#define STATEMENT_TYPE "wherry.snapshot.statement"

enum { QUERY_READER = 0, CENSUS_READER = 3, COLUMNS_MOST = 2000 };

static const char READING[] = "cannot read the source";

static int close_snapshot(lua_State *L)
{
    void **slot = border_handle_slot(L, 1, SNAPSHOT_TYPE);
    struct snapshot *snapshot = *slot;

    *slot = NULL;
    snapshot_close(snapshot);
    return 0;
}

static int close_statement(lua_State *L)
{
    void **slot = border_handle_slot(L, 1, STATEMENT_TYPE);
    sqlite3_stmt *statement = *slot;

    *slot = NULL;
    (void)sqlite3_finalize(statement);
    return 0;
}

/* open(path) -> snapshot */
static int open_snapshot(lua_State *L)
{
    const char *path = border_text(L, 1);
    void **slot = border_handle_new(L, SNAPSHOT_TYPE);
    struct snapshot *snapshot = NULL;
    struct err e;

    err_clear(&e);
    if (snapshot_open(&snapshot, path, &e) != 0) {
        return border_raise(L, &e);
    }
    *slot = snapshot;
    return 1;
}

/* copy(path, target) */
static int copy_snapshot(lua_State *L)
{
    const char *path = border_text(L, 1);
    const char *target = border_text(L, 2);
    struct err e;

    err_clear(&e);
    if (snapshot_copy(path, target, &e) != 0) {
        return border_raise(L, &e);
    }
    return 0;
}

/* s:info() -> { path, fenced, wal, fingerprint, note } */
static int info(lua_State *L)
{
    const struct snapshot_info *i = snapshot_info(border_handle(L, 1, SNAPSHOT_TYPE));

    lua_createtable(L, 0, 5);
    border_set_text(L, "path", i->path);
    border_set_boolean(L, "fenced", i->fenced);
    border_set_boolean(L, "wal", i->wal);
    border_set_text(L, "fingerprint", i->fingerprint);
    lua_pushstring(L, i->note);
    lua_setfield(L, -2, "note");
    return 1;
}

static int bind_value(lua_State *L, int index, sqlite3_stmt *statement, int parameter)
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
    default:
        border_usage(L, "parameter %d of a query cannot be a %s", parameter, luaL_typename(L, index));
    }
}

static void push_cell(lua_State *L, sqlite3_stmt *statement, int column)
{
    const char *data;

    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        lua_pushinteger(L, sqlite3_column_int64(statement, column));
        break;
    case SQLITE_FLOAT:
        lua_pushnumber(L, sqlite3_column_double(statement, column));
        break;
    case SQLITE_TEXT:
        data = (const char *)sqlite3_column_text(statement, column);
        lua_pushlstring(L, data == NULL ? "" : data, (size_t)sqlite3_column_bytes(statement, column));
        break;
    case SQLITE_BLOB:
        data = sqlite3_column_blob(statement, column);
        lua_pushlstring(L, data == NULL ? "" : data,
                        data == NULL ? 0 : (size_t)sqlite3_column_bytes(statement, column));
        break;
    default:
        lua_pushnil(L);
    }
}

/* s:query(sql, ...) -> array of rows keyed by column name */
static int query(lua_State *L)
{
    sqlite3 *db = snapshot_reader(border_handle(L, 1, SNAPSHOT_TYPE), QUERY_READER);
    const char *sql = border_text(L, 2);
    int parameters = lua_gettop(L) - 2;
    void **slot = border_handle_new(L, STATEMENT_TYPE); /* pushing rows may raise: the statement has an owner */
    sqlite3_stmt *statement = NULL;
    lua_Integer rows = 0;
    struct err e;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

    *slot = statement;
    err_clear(&e);
    for (int i = 1; i <= parameters && rc == SQLITE_OK; i++) {
        rc = bind_value(L, 2 + i, statement, i);
    }
    lua_newtable(L);
    while (rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
        int columns = sqlite3_column_count(statement);

        lua_createtable(L, 0, columns);
        for (int i = 0; i < columns; i++) {
            lua_pushstring(L, sqlite3_column_name(statement, i));
            push_cell(L, statement, i);
            lua_rawset(L, -3);
        }
        lua_rawseti(L, -2, ++rows);
    }
    *slot = NULL;
    if (rc == SQLITE_OK) {
        rc = sqlite3_finalize(statement);
        if (rc != SQLITE_OK) {
            (void)snapshot_error(db, READING, &e);
        }
    } else {
        (void)snapshot_error(db, READING, &e);
        (void)sqlite3_finalize(statement);
    }
    if (rc != SQLITE_OK) {
        return border_raise(L, &e);
    }
    return 1;
}

/* s:unchanged() -> true, or raises kind "changed" */
static int unchanged(lua_State *L)
{
    struct snapshot *snapshot = border_handle(L, 1, SNAPSHOT_TYPE);
    struct err e;

    err_clear(&e);
    if (snapshot_unchanged(snapshot, &e) != 0) {
        return border_raise(L, &e);
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* s:check_start() */
static int check_start(lua_State *L)
{
    struct snapshot *snapshot = border_handle(L, 1, SNAPSHOT_TYPE);
    struct err e;

    err_clear(&e);
    if (snapshot_check_start(snapshot, &e) != 0) {
        return border_raise(L, &e);
    }
    return 0;
}

/* s:check(wait) -> "running" | "passed", or raises kind "source" */
static int check(lua_State *L)
{
    struct snapshot *snapshot = border_handle(L, 1, SNAPSHOT_TYPE);
    struct err e;
    int result;

    err_clear(&e);
    result = snapshot_check_result(snapshot, lua_toboolean(L, 2), &e);
    if (result < 0) {
        return border_raise(L, &e);
    }
    lua_pushstring(L, result > 0 ? "running" : "passed");
    return 1;
}

static void push_census(lua_State *L, const struct census_column *c)
{
    lua_createtable(L, 0, 9);
    for (int class = CELL_NULL; class <= CELL_BLOB; class ++) {
        border_set_integer(L, cell_class_name((enum cell_class) class), c->count[class]);
    }
    if (c->count[CELL_INTEGER] > 0) {
        border_set_integer(L, "integer_min", c->integer_min);
        border_set_integer(L, "integer_max", c->integer_max);
    }
    border_set_boolean(L, "integers_inexact", c->integers_inexact);
    border_set_boolean(L, "integers_bool", c->integers_bool);
}

/* s:census(table, select_sql, n) -> array of n columns' counts */
static int census(lua_State *L)
{
    struct snapshot *snapshot = border_handle(L, 1, SNAPSHOT_TYPE);
    const char *table = border_text(L, 2);
    const char *select = border_text(L, 3);
    lua_Integer columns = luaL_checkinteger(L, 4);
    struct census_column *out;
    struct err e;

    if (columns < 1 || columns > COLUMNS_MOST) {
        border_usage(L, "a census of %d columns", (int)columns);
    }
    out = lua_newuserdatauv(L, (size_t)columns * sizeof *out, 0);
    err_clear(&e);
    if (census_run(snapshot_reader(snapshot, CENSUS_READER), table, select, out, (size_t)columns, &e) != 0) {
        return border_raise(L, &e);
    }
    lua_createtable(L, (int)columns, 0);
    for (lua_Integer i = 0; i < columns; i++) {
        push_census(L, &out[i]);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

int border_open_snapshot(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"info", info},     {"query", query}, {"unchanged", unchanged}, {"check_start", check_start}, {"check", check},
        {"census", census}, {NULL, NULL},
    };
    static const luaL_Reg no_methods[] = {{NULL, NULL}};
    static const luaL_Reg functions[] = {{"open", open_snapshot}, {"copy", copy_snapshot}, {NULL, NULL}};

    border_handle_type(L, SNAPSHOT_TYPE, methods, close_snapshot);
    border_handle_type(L, STATEMENT_TYPE, no_methods, close_statement);
    luaL_newlib(L, functions);
    return 1;
}
