/* border_pg_rows.c: wherry.core.pg_rows: statements of a script on a connection, with parameters, row by row. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../pgwire.h"
#include "../stop.h"
#include "border_cell.h"
#include "border_column.h"
#include "border_table.h"

#define ROWS_TYPE "wherry.pg.rows"

enum { BYTEA = 17, PARAMETERS_MOST = 65535, NUMBER_TEXT = 40 };

/* What rows keep: their connection; what their codecs point to; the names of the columns. */
enum { CONNECTION = 1, OWNER = 2, NAMES = 3, USER_VALUES = 3 };

struct column {
    const struct codec *codec; /* each has one */
    struct codec_hint hint;
};

struct rows {
    struct column *columns; /* the owner table's */
    int count;
    int under_way;
    PGresult *result; /* owned; while values of it are pushed */
    struct bytes arena;
};

/* --- parameters --- */

/* Pushes a number as text. */
static void push_number(lua_State *L, int index)
{
    char text[NUMBER_TEXT];
    double number = lua_tonumber(L, index);

    if (lua_isinteger(L, index)) {
        lua_pushfstring(L, "%I", (LUAI_UACINT)lua_tointeger(L, index));
    } else if (isnan(number)) {
        lua_pushliteral(L, "NaN");
    } else {
        lua_pushlstring(L, text, real_to_text(text, sizeof text, number));
    }
}

/* The parameters from `first` on. Their blocks and texts are left on the stack. */
static void read_values(lua_State *L, int first, struct pgwire_values *v)
{
    int count = lua_gettop(L) - first + 1;
    const char **values;
    uint32_t *types;
    int *lengths;
    int *formats;

    if (count > PARAMETERS_MOST) {
        border_usage(L, "%d parameters are more than %d", count, PARAMETERS_MOST);
    }
    count = count < 0 ? 0 : count;
    luaL_checkstack(L, 16, NULL);
    values = border_block(L, (size_t)count + 1, sizeof *values);
    types = border_block(L, (size_t)count + 1, sizeof *types);
    lengths = border_block(L, (size_t)count + 1, sizeof *lengths);
    formats = border_block(L, (size_t)count + 1, sizeof *formats);
    lua_createtable(L, count, 0);
    for (int i = 0; i < count; i++) {
        size_t length = 0;

        switch (lua_type(L, first + i)) {
        case LUA_TNIL:
            break;
        case LUA_TBOOLEAN:
            values[i] = lua_toboolean(L, first + i) ? "true" : "false";
            break;
        case LUA_TNUMBER:
            push_number(L, first + i);
            values[i] = lua_tostring(L, -1);
            lua_rawseti(L, -2, i + 1);
            break;
        case LUA_TSTRING:
            values[i] = lua_tolstring(L, first + i, &length);
            if (memchr(values[i], '\0', length) != NULL) {
                border_usage(L, "parameter %d holds a NUL byte, which no text of PostgreSQL can", i + 1);
            }
            break;
        default:
            values[i] = border_blob(L, first + i, &length);
            if (values[i] == NULL) {
                border_usage(L, "parameter %d of a query cannot be a %s", i + 1, luaL_typename(L, first + i));
            }
            if (length > INT32_MAX) {
                border_usage(L, "parameter %d is too large", i + 1);
            }
            types[i] = BYTEA;
            formats[i] = 1;
            lengths[i] = (int)length;
        }
    }
    *v = (struct pgwire_values){count, types, values, lengths, formats};
}

/* --- rows --- */

static struct pgwire *connection_of(lua_State *L, int index)
{
    void *const *slot;
    struct pgwire *p = NULL;

    (void)lua_getiuservalue(L, index, CONNECTION);
    slot = lua_touserdata(L, -1);
    if (slot != NULL && *slot != NULL) {
        p = border_pg_wire(L, -1);
    }
    lua_pop(L, 1);
    return p;
}

static void forget_result(struct rows *r)
{
    PQclear(r->result);
    r->result = NULL;
}

static int close_rows(lua_State *L)
{
    struct rows *r = luaL_checkudata(L, 1, ROWS_TYPE);
    struct pgwire *p = r->under_way ? connection_of(L, 1) : NULL;

    r->under_way = 0;
    forget_result(r);
    bytes_free(&r->arena);
    if (p != NULL) {
        stop_enter();
        pgwire_rows_abort(p);
        stop_leave(0);
    }
    return 0;
}

/* open(connection, sql, columns = { { name =, type = } }, ...) -> rows */
static int open_rows(lua_State *L)
{
    struct pgwire *p = border_pg_wire(L, 1);
    const char *sql = border_text(L, 2);
    struct pgwire_values v;
    struct rows *r;
    struct err e;
    int owner;
    int names;
    int self;
    int rc;

    luaL_checktype(L, 3, LUA_TTABLE);
    read_values(L, 4, &v);
    r = memset(lua_newuserdatauv(L, sizeof *r, USER_VALUES), 0, sizeof *r);
    self = lua_gettop(L);
    luaL_setmetatable(L, ROWS_TYPE);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, self, CONNECTION);
    r->count = (int)lua_rawlen(L, 3);
    lua_newtable(L);
    owner = lua_gettop(L);
    lua_createtable(L, r->count, 0);
    names = lua_gettop(L);
    r->columns = border_block(L, (size_t)r->count + 1, sizeof *r->columns);
    lua_setfield(L, owner, "columns");
    for (int i = 0; i < r->count; i++) {
        border_push_element(L, 3, (size_t)i, LUA_TTABLE, "columns");
        (void)border_required_text(L, lua_gettop(L), "name");
        (void)lua_getfield(L, -1, "name");
        lua_rawseti(L, names, i + 1);
        (void)border_push_list(L, lua_gettop(L), "type");
        r->columns[i].codec = border_type(L, lua_gettop(L), owner, &r->columns[i].hint);
        if (r->columns[i].codec == NULL) {
            border_usage(L, "column %d has no codec", i + 1);
        }
        lua_pop(L, 2);
    }
    lua_pushvalue(L, 3);
    lua_setfield(L, owner, "types"); /* names and labels are texts of these tables */
    lua_pushvalue(L, names);
    lua_setiuservalue(L, self, NAMES);
    lua_pushvalue(L, owner);
    lua_setiuservalue(L, self, OWNER);
    err_clear(&e);
    stop_share();
    stop_enter();
    rc = pgwire_rows_begin(p, sql, &v, &e);
    stop_leave(rc != 0 && e.kind == ERR_INTERRUPTED);
    if (rc != 0) {
        return border_raise(L, &e);
    }
    r->under_way = 1;
    lua_settop(L, self);
    return 1;
}

/* Takes the next row into r->result: 1, or 0 at the end. */
static int take_row(lua_State *L, struct rows *r)
{
    struct pgwire *p;
    struct err e;
    int got;

    if (!r->under_way) {
        return 0;
    }
    p = connection_of(L, 1);
    if (p == NULL) {
        r->under_way = 0;
        border_usage(L, "the handle was closed while its rows were read");
    }
    err_clear(&e);
    forget_result(r);
    stop_enter();
    got = pgwire_rows_next(p, &r->result, &e);
    stop_leave(got < 0 && e.kind == ERR_INTERRUPTED);
    if (got < 0) {
        r->under_way = 0;
        return border_raise(L, &e);
    }
    if (got == 0) {
        r->under_way = 0;
        forget_result(r);
        return 0;
    }
    if (PQnfields(r->result) != r->count) {
        border_usage(L, "the columns of a table were changed while it was read");
    }
    return 1;
}

/* Pushes a value of the row; tells its class. */
static enum cell_class push_value(lua_State *L, struct rows *r, int i)
{
    const struct column *column = &r->columns[i];
    struct cell cell = {.class = CELL_NULL};
    struct err e;

    if (PQgetisnull(r->result, 0, i)) {
        lua_pushnil(L);
        return CELL_NULL;
    }
    err_clear(&e);
    r->arena.length = 0;
    if (column->codec->get((const unsigned char *)PQgetvalue(r->result, 0, i), (size_t)PQgetlength(r->result, 0, i),
                           &column->hint, &cell, &r->arena, &e) != 0) {
        err_place(&e, NULL, PQfname(r->result, i), NULL);
        (void)border_raise(L, &e);
    }
    switch ((enum cell_class)cell.class) {
    case CELL_INTEGER:
        lua_pushinteger(L, cell.as.integer);
        break;
    case CELL_REAL:
        lua_pushnumber(L, cell.as.real);
        break;
    case CELL_TEXT:
    case CELL_BLOB:
        lua_pushlstring(L, cell.length > 0 ? (const char *)r->arena.data + cell.as.offset : "", cell.length);
        break;
    case CELL_NULL:
        lua_pushnil(L);
    }
    return (enum cell_class)cell.class;
}

/* rows:next(metatable) -> the next row as a table with this metatable, and the bytes of its values; nil: the end */
static int next(lua_State *L)
{
    struct rows *r = luaL_checkudata(L, 1, ROWS_TYPE);
    lua_Integer bytes = 0;

    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    if (!take_row(L, r)) {
        return 0;
    }
    (void)lua_getiuservalue(L, 1, NAMES);
    lua_createtable(L, 0, r->count);
    for (int i = 0; i < r->count; i++) {
        lua_rawgeti(L, 3, i + 1);
        (void)push_value(L, r, i);
        bytes += border_value_bytes(L, -1);
        lua_rawset(L, 4);
    }
    forget_result(r);
    lua_pushvalue(L, 2);
    lua_setmetatable(L, 4);
    lua_pushinteger(L, bytes);
    return 2;
}

/* rows:list() -> the next row as a list, in which NULL is nil and a bytea a blob; nil: the end */
static int list(lua_State *L)
{
    struct rows *r = luaL_checkudata(L, 1, ROWS_TYPE);

    if (!take_row(L, r)) {
        return 0;
    }
    lua_createtable(L, r->count, 0);
    for (int i = 0; i < r->count; i++) {
        if (push_value(L, r, i) == CELL_BLOB) {
            border_to_blob(L);
        }
        lua_rawseti(L, -2, i + 1);
    }
    forget_result(r);
    return 1;
}

/* rows:value() -> the first column of the next row; nil: NULL, no row, no column */
static int value(lua_State *L)
{
    struct rows *r = luaL_checkudata(L, 1, ROWS_TYPE);

    if (!take_row(L, r) || r->count == 0) {
        return 0;
    }
    (void)push_value(L, r, 0);
    return 1;
}

/* rows:columns() -> names */
static int columns(lua_State *L)
{
    (void)luaL_checkudata(L, 1, ROWS_TYPE);
    (void)lua_getiuservalue(L, 1, NAMES);
    return 1;
}

/* --- statements --- */

/* describe(connection, sql, ...) -> { { name =, oid =, typmod = }, ... } of the columns that it will give */
static int describe(lua_State *L)
{
    struct pgwire *p = border_pg_wire(L, 1);
    const char *sql = border_text(L, 2);
    PGresult *described = NULL;
    struct pgwire_values v;
    struct rows *r;
    struct err e;
    int rc;

    read_values(L, 3, &v);
    r = memset(lua_newuserdatauv(L, sizeof *r, USER_VALUES), 0, sizeof *r); /* owns the description */
    luaL_setmetatable(L, ROWS_TYPE);
    err_clear(&e);
    stop_share();
    stop_enter();
    rc = pgwire_describe(p, sql, &v, &described, &e);
    stop_leave(rc != 0 && e.kind == ERR_INTERRUPTED);
    if (rc != 0) {
        return border_raise(L, &e);
    }
    r->result = described;
    lua_createtable(L, PQnfields(described), 0);
    for (int i = 0; i < PQnfields(described); i++) {
        lua_createtable(L, 0, 3);
        lua_pushstring(L, PQfname(described, i));
        lua_setfield(L, -2, "name");
        border_set_integer(L, "oid", PQftype(described, i));
        border_set_integer(L, "typmod", PQfmod(described, i));
        lua_rawseti(L, -2, i + 1);
    }
    forget_result(r);
    return 1;
}

/* run(connection, sql, ...) -> what the server says of it ("INSERT 0 5"), and the number that is in that; rows are
 * thrown away */
static int run(lua_State *L)
{
    struct pgwire *p = border_pg_wire(L, 1);
    const char *sql = border_text(L, 2);
    struct pgwire_values v;
    PGresult *result = NULL;
    char tag[64] = "";
    lua_Integer rows = 0;
    struct err e;
    int rc;

    read_values(L, 3, &v);
    err_clear(&e);
    stop_share();
    stop_enter();
    rc = pgwire_rows_begin(p, sql, &v, &e);
    while (rc == 0 && (rc = pgwire_rows_next(p, &result, &e)) == 1) {
        PQclear(result);
        result = NULL;
        rc = 0;
    }
    stop_leave(rc != 0 && e.kind == ERR_INTERRUPTED);
    if (rc != 0) {
        return border_raise(L, &e);
    }
    if (result != NULL) {
        (void)snprintf(tag, sizeof tag, "%s", PQcmdStatus(result));
        rows = strtoll(PQcmdTuples(result), NULL, 10);
        PQclear(result);
    }
    lua_pushstring(L, tag);
    lua_pushinteger(L, rows);
    return 2;
}

int border_open_pg_rows(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"next", next}, {"list", list}, {"value", value}, {"columns", columns}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"open", open_rows}, {"describe", describe}, {"run", run}, {NULL, NULL}};

    border_handle_type(L, ROWS_TYPE, methods, close_rows);
    luaL_newlib(L, functions);
    return 1;
}
