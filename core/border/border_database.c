/* border_database.c: wherry.core.database: a SQLite file that a script has opened, and its statements. */
#include <sqlite3.h>

#include "../database.h"
#include "../mem.h"
#include "../stop.h"
#include "border_cell.h"
#include "border_column.h"

#define DATABASE_TYPE "wherry.database"
#define STATEMENT_TYPE "wherry.statement"

/* Closing the database ends its statements, whatever Lua still holds of them. */
struct handle {
    struct database *database; /* owned */
    struct statement *first;   /* each is owned by its own userdata */
};

struct statement {
    sqlite3_stmt *statement; /* owned */
    struct handle *handle;   /* NULL: the database was closed meanwhile */
    struct statement *next, *previous;
    int columns;
    int at_end;
};

static int close_database(lua_State *L)
{
    void **slot = border_handle_slot(L, 1, DATABASE_TYPE);
    struct handle *h = *slot;

    *slot = NULL;
    if (h == NULL) {
        return 0;
    }
    for (struct statement *s = h->first; s != NULL; s = s->next) {
        (void)sqlite3_finalize(s->statement);
        s->statement = NULL;
        s->handle = NULL;
    }
    database_close(h->database);
    mem_free(h);
    return 0;
}

static int close_statement(lua_State *L)
{
    void **slot = border_handle_slot(L, 1, STATEMENT_TYPE);
    struct statement *s = *slot;

    *slot = NULL;
    if (s == NULL) {
        return 0;
    }
    if (s->handle != NULL) {
        (void)sqlite3_finalize(s->statement);
        if (s->previous != NULL) {
            s->previous->next = s->next;
        } else {
            s->handle->first = s->next;
        }
        if (s->next != NULL) {
            s->next->previous = s->previous;
        }
    }
    mem_free(s);
    return 0;
}

/* open(path, { write = boolean, create = boolean }?) -> database */
static int open_database(lua_State *L)
{
    const char *path = border_text(L, 1);
    enum database_mode mode = DATABASE_READ;
    struct handle *h;
    void **slot;
    struct err e;

    if (!lua_isnoneornil(L, 2)) {
        luaL_checktype(L, 2, LUA_TTABLE);
        mode = border_field_boolean(L, 2, "create")  ? DATABASE_CREATE
               : border_field_boolean(L, 2, "write") ? DATABASE_WRITE
                                                     : DATABASE_READ;
    }
    slot = border_handle_new(L, DATABASE_TYPE);
    h = mem_alloc(sizeof *h, &e);
    if (h == NULL) {
        return border_raise(L, &e);
    }
    *slot = h;
    stop_share();
    err_clear(&e);
    if (database_open(&h->database, path, mode, &e) != 0) {
        *slot = NULL;
        mem_free(h);
        return border_raise(L, &e);
    }
    return 1;
}

struct database *border_database(lua_State *L, int index)
{
    const struct handle *h = border_handle(L, index, DATABASE_TYPE);

    return h->database;
}

/* database:in_transaction(): whether a transaction has begun. */
static int in_transaction(lua_State *L)
{
    lua_pushboolean(L, !sqlite3_get_autocommit(database_connection(border_database(L, 1))));
    return 1;
}

/* database:prepare(sql) -> statement */
static int prepare(lua_State *L)
{
    struct handle *h = border_handle(L, 1, DATABASE_TYPE);
    const char *sql = border_text(L, 2);
    void **slot = border_handle_new(L, STATEMENT_TYPE);
    struct statement *s;
    struct err e;

    stop_share();
    err_clear(&e);
    s = mem_alloc(sizeof *s, &e);
    if (s == NULL) {
        return border_raise(L, &e);
    }
    if (database_prepare(h->database, sql, &s->statement, &e) != 0) {
        mem_free(s);
        return border_raise(L, &e);
    }
    s->handle = h;
    s->next = h->first;
    if (h->first != NULL) {
        h->first->previous = s;
    }
    h->first = s;
    s->columns = sqlite3_column_count(s->statement);
    *slot = s;
    return 1;
}

static struct statement *open_statement(lua_State *L)
{
    struct statement *s = border_handle(L, 1, STATEMENT_TYPE);

    if (s->handle == NULL) {
        border_usage(L, "the handle was closed while a statement of it was under way");
    }
    return s;
}

/* Raises what SQLite has said last of the statement, which is at its end then. */
static int refuse(lua_State *L, struct statement *s)
{
    struct err e;

    err_clear(&e);
    (void)database_error(s->handle->database, sqlite3_sql(s->statement), &e);
    (void)sqlite3_reset(s->statement);
    s->at_end = 1;
    return border_raise(L, &e);
}

/* Binds what stands behind the statement on the stack. */
static void bind_all(lua_State *L, struct statement *s)
{
    int count = lua_gettop(L) - 1;
    int wanted = sqlite3_bind_parameter_count(s->statement);

    (void)sqlite3_reset(s->statement);
    s->at_end = 0;
    if (count != wanted) {
        border_usage(L, "the statement takes %d parameter%s, not %d: %s", wanted, wanted == 1 ? "" : "s", count,
                     sqlite3_sql(s->statement));
    }
    for (int i = 1; i <= count; i++) {
        if (border_bind(L, 1 + i, s->statement, i) != SQLITE_OK) {
            (void)refuse(L, s);
        }
    }
    stop_share();
}

/* statement:bind(...): begins it anew with these parameters */
static int bind_statement(lua_State *L)
{
    bind_all(L, open_statement(L));
    return 0;
}

/* 1: there is a row; 0: the end. */
static int step(lua_State *L, struct statement *s)
{
    int rc;

    if (s->at_end) {
        return 0;
    }
    stop_enter();
    rc = sqlite3_step(s->statement);
    stop_leave((rc & 0xff) == SQLITE_INTERRUPT);
    if (rc == SQLITE_ROW) {
        return 1;
    }
    if (rc != SQLITE_DONE) {
        (void)refuse(L, s);
    }
    s->at_end = 1;
    (void)sqlite3_reset(s->statement);
    return 0;
}

/* statement:next(metatable) -> the next row as a table with this metatable, and the bytes of its values; nil: the end
 */
static int next(lua_State *L)
{
    struct statement *s = open_statement(L);
    lua_Integer bytes = 0;

    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    if (!step(L, s)) {
        return 0;
    }
    if (sqlite3_column_count(s->statement) != s->columns) {
        border_usage(L, "the columns of a table were changed while it was read");
    }
    lua_createtable(L, 0, s->columns);
    for (int i = 0; i < s->columns; i++) {
        lua_pushstring(L, sqlite3_column_name(s->statement, i));
        if (border_push_column(L, s->statement, i) != 0) {
            return refuse(L, s);
        }
        bytes += border_value_bytes(L, -1);
        lua_rawset(L, -3);
    }
    lua_pushvalue(L, 2);
    lua_setmetatable(L, -2);
    lua_pushinteger(L, bytes);
    return 2;
}

/* statement:list() -> the next row as a list, in which NULL is nil and a blob a blob; nil: the end */
static int list(lua_State *L)
{
    struct statement *s = open_statement(L);

    if (!step(L, s)) {
        return 0;
    }
    lua_createtable(L, s->columns, 0);
    for (int i = 0; i < sqlite3_column_count(s->statement); i++) {
        int is_blob = sqlite3_column_type(s->statement, i) == SQLITE_BLOB;

        if (border_push_column(L, s->statement, i) != 0) {
            return refuse(L, s);
        }
        if (is_blob) {
            border_to_blob(L);
        }
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

/* statement:value() -> the first column of the next row; nil: NULL, no row, no column */
static int value(lua_State *L)
{
    struct statement *s = open_statement(L);

    if (!step(L, s) || sqlite3_column_count(s->statement) == 0) {
        return 0;
    }
    return border_push_column(L, s->statement, 0) == 0 ? 1 : refuse(L, s);
}

/* statement:run(...) -> the number of rows that it has changed */
static int run(lua_State *L)
{
    struct statement *s = open_statement(L);
    sqlite3 *db = database_connection(s->handle->database);
    sqlite3_int64 before = sqlite3_total_changes64(db);

    bind_all(L, s);
    while (step(L, s)) {
    }
    /* What changes no rows leaves the last statement's number behind. */
    lua_pushinteger(L, sqlite3_total_changes64(db) == before ? 0 : sqlite3_changes64(db));
    return 1;
}

/* statement:columns() -> names */
static int columns(lua_State *L)
{
    struct statement *s = open_statement(L);

    lua_createtable(L, s->columns, 0);
    for (int i = 0; i < s->columns; i++) {
        lua_pushstring(L, sqlite3_column_name(s->statement, i));
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

int border_open_database(lua_State *L)
{
    static const luaL_Reg methods[] = {{"prepare", prepare}, {"in_transaction", in_transaction}, {NULL, NULL}};
    static const luaL_Reg statement_methods[] = {
        {"bind", bind_statement}, {"next", next}, {"list", list}, {"value", value}, {"run", run},
        {"columns", columns},     {NULL, NULL},
    };
    static const luaL_Reg functions[] = {{"open", open_database}, {NULL, NULL}};

    border_handle_type(L, DATABASE_TYPE, methods, close_database);
    border_handle_type(L, STATEMENT_TYPE, statement_methods, close_statement);
    luaL_newlib(L, functions);
    return 1;
}
