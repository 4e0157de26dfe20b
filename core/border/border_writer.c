/* border_writer.c: wherry.core.pg_writer: rows that a script gives one by one, into one COPY. */
#include "../copy_writer.h"
#include "border_cell.h"
#include "border_table.h"

#include <string.h>

static const char PG_WRITER[] = "wherry.pg_writer";

enum { COLUMNS_MOST = 32767 }; /* of a COPY: their number has 16 bits */

/* What a boolean becomes in a column. */
enum boolean { BOOLEAN_REFUSED, BOOLEAN_NUMBER, BOOLEAN_JSON };

struct pg_writer {
    struct copy_writer *writer; /* NULL: closed */
    struct write_spec spec;
    const enum boolean *booleans; /* one a column */
};

/* What a writer keeps: its options and blocks, and its connection. */
enum { KEPT = 1, CONNECTION = 2, USER_VALUES = 2 };

static int connection_is_closed(lua_State *L)
{
    void *const *slot;

    (void)lua_getiuservalue(L, 1, CONNECTION);
    slot = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return slot == NULL || *slot == NULL;
}

static int pg_writer_close(lua_State *L)
{
    struct pg_writer *w = luaL_checkudata(L, 1, PG_WRITER);
    struct copy_writer *writer = w->writer;

    w->writer = NULL;
    copy_writer_free(writer, connection_is_closed(L));
    return 0;
}

static struct pg_writer *check_writer(lua_State *L)
{
    struct pg_writer *w = luaL_checkudata(L, 1, PG_WRITER);

    if (w->writer == NULL) {
        border_usage(L, "this writer is closed");
    }
    if (connection_is_closed(L)) {
        border_usage(L, "the writer's connection was closed");
    }
    return w;
}

static enum boolean boolean_of(const struct copy_column *column)
{
    static const char *const numbers[] = {"bool", "int2", "int4", "int8", "numeric", "float4", "float8"};
    const char *type = column->codec != NULL && column->codec->type != NULL ? column->codec->type : "";

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(type, numbers[i]) == 0) {
            return BOOLEAN_NUMBER;
        }
    }
    return strcmp(type, "json") == 0 || strcmp(type, "jsonb") == 0 ? BOOLEAN_JSON : BOOLEAN_REFUSED;
}

/* pg_writer{ connection =, target_sql =, copy_sql =, binary =, columns = as a table of a resolved plan has them } -> a
 * writer. The transaction is the caller's. */
static int core_pg_writer(lua_State *L)
{
    struct pg_writer *w;
    struct pgwire *p;
    enum boolean *booleans;
    struct err e;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    w = memset(lua_newuserdatauv(L, sizeof *w, USER_VALUES), 0, sizeof *w);
    luaL_setmetatable(L, PG_WRITER);
    lua_getfield(L, 1, "connection");
    p = border_pg_wire(L, 3);
    lua_pushvalue(L, 3);
    lua_setiuservalue(L, 2, CONNECTION);
    w->spec.target = border_required_text(L, 1, "target_sql");
    w->spec.copy_sql = border_required_text(L, 1, "copy_sql");
    w->spec.binary = border_field_boolean(L, 1, "binary");
    lua_createtable(L, 4, 0);
    w->spec.columns = border_read_columns(L, 1, COLUMNS_MOST, w->spec.binary, &w->spec.count);
    booleans = border_block(L, w->spec.count, sizeof *booleans);
    for (size_t i = 0; i < w->spec.count; i++) {
        booleans[i] = boolean_of(&w->spec.columns[i]);
    }
    w->booleans = booleans;
    /* The blocks behind the table: columns, what their types are made of, booleans; and the options' texts. */
    lua_pushvalue(L, 1);
    for (lua_Integer i = 1; i <= 4; i++) {
        lua_rawseti(L, 4, i);
    }
    lua_setiuservalue(L, 2, KEPT);
    if (copy_writer_open(&w->writer, p, &w->spec, &e) != 0) {
        return border_raise(L, &e);
    }
    lua_settop(L, 2);
    return 1;
}

/* Raises e, with the number of the row that it is about. */
static int raise_row(lua_State *L, const struct err *e, int64_t row)
{
    border_push_error(L, e);
    if (row > 0) {
        border_set_integer(L, "row", row);
    }
    return lua_error(L);
}

/* The value at `index` as a column's cell. 0, or -1 and e. */
static int fill(lua_State *L, int index, const struct pg_writer *w, size_t column, struct batch *b, struct err *e)
{
    struct cell *c = &b->cells[column];
    const char *text = lua_toboolean(L, index) ? "true" : "false";

    if (lua_type(L, index) != LUA_TBOOLEAN || w->booleans[column] == BOOLEAN_NUMBER) {
        return border_cell(L, index, b, c, e);
    }
    if (w->booleans[column] == BOOLEAN_JSON) {
        return batch_bytes(b, c, CELL_TEXT, text, strlen(text), e);
    }
    (void)err_set(e, ERR_VALUE, "a boolean fits columns of booleans, numbers and JSON");
    (void)strcpy(e->value, text);
    return err_hint(e, "write a text (tostring(value)), or a number");
}

/* Names the row under way and the column that does not take the value at hand. */
static int refuse(lua_State *L, const struct pg_writer *w, size_t column, struct err *e)
{
    const struct copy_column *c = &w->spec.columns[column];
    int64_t row = copy_writer_rows(w->writer) + 1;
    struct err why = *e;

    if (e->kind == ERR_VALUE) {
        (void)err_set(e, ERR_VALUE, "row %lld: value does not fit \"%s\" %s: %s", (long long)row, c->target_name,
                      c->type_name, why.message);
        (void)err_hint(e, "%s", why.hint);
        memcpy(e->value, why.value, sizeof e->value);
        err_place(e, w->spec.target, c->target_name, NULL);
    }
    return raise_row(L, e, row);
}

static int put(lua_State *L, struct pg_writer *w, struct err *e)
{
    return copy_writer_put(w->writer, e) == 0 ? 0 : raise_row(L, e, copy_writer_refused(w->writer));
}

/* writer:write(values, ...), one a column */
static int pg_writer_write(lua_State *L)
{
    struct pg_writer *w = check_writer(L);
    size_t given = (size_t)lua_gettop(L) - 1;
    struct batch *b;
    struct err e;

    err_clear(&e);
    if (given != w->spec.count) {
        (void)err_set(&e, ERR_USAGE, "row %lld: %d value%s for %d column%s", (long long)copy_writer_rows(w->writer) + 1,
                      (int)given, given == 1 ? "" : "s", (int)w->spec.count, w->spec.count == 1 ? "" : "s");
        err_place(&e, w->spec.target, NULL, NULL);
        return raise_row(L, &e, copy_writer_rows(w->writer) + 1);
    }
    b = copy_writer_row(w->writer, &e);
    if (b == NULL) {
        return border_raise(L, &e);
    }
    for (size_t i = 0; i < given; i++) {
        if (fill(L, (int)i + 2, w, i, b, &e) != 0) {
            return refuse(L, w, i, &e);
        }
    }
    return put(L, w, &e);
}

/* writer:finish() -> the number of rows that the server stored */
static int pg_writer_finish(lua_State *L)
{
    struct pg_writer *w = check_writer(L);
    int64_t stored = 0;
    struct err e;

    err_clear(&e);
    if (copy_writer_end(w->writer, &stored, &e) != 0) {
        return raise_row(L, &e, copy_writer_refused(w->writer));
    }
    lua_pushinteger(L, stored);
    return 1;
}

/* writer:rows() -> the number of rows taken */
static int pg_writer_rows(lua_State *L)
{
    const struct pg_writer *w = luaL_checkudata(L, 1, PG_WRITER);

    lua_pushinteger(L, w->writer != NULL ? copy_writer_rows(w->writer) : 0);
    return 1;
}

int border_open_writer(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"write", pg_writer_write}, {"finish", pg_writer_finish}, {"rows", pg_writer_rows}, {NULL, NULL}};
    static const luaL_Reg functions[] = {{"pg_writer", core_pg_writer}, {NULL, NULL}};

    border_handle_type(L, PG_WRITER, methods, pg_writer_close);
    luaL_newlib(L, functions);
    return 1;
}
