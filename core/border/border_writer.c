/* border_writer.c: wherry.core.pg_writer and sqlite_writer: rows that a script gives one by one. */
#include <string.h>

#include "../row_writer.h"
#include "../stop.h"
#include "border_cell.h"
#include "border_table.h"

static const char WRITER[] = "wherry.row_writer";

enum { COLUMNS_MOST = 32767 }; /* of a COPY, whose number of columns has 16 bits, and of a table of SQLite */

/* What a boolean becomes in a column. */
enum boolean { BOOLEAN_NUMBER, BOOLEAN_JSON, BOOLEAN_REFUSED };

struct column {
    const char *name;
    const char *type; /* for messages */
    enum boolean boolean;
};

struct writer {
    struct row_writer *rows; /* NULL: closed */
    size_t count;
    const struct column *columns;
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

static int writer_close(lua_State *L)
{
    struct writer *w = luaL_checkudata(L, 1, WRITER);
    struct row_writer *rows = w->rows;

    w->rows = NULL;
    if (rows != NULL) {
        rows->free(rows, connection_is_closed(L));
    }
    return 0;
}

static struct writer *check_writer(lua_State *L)
{
    struct writer *w = luaL_checkudata(L, 1, WRITER);

    if (w->rows == NULL) {
        border_usage(L, "this writer is closed");
    }
    if (connection_is_closed(L)) {
        border_usage(L, "the writer's connection was closed");
    }
    return w;
}

/* ---- making one ---- */

/* Pushes a closed writer, a table behind it that it keeps, and its connection, from the options at 1. */
static struct writer *new_writer(lua_State *L)
{
    struct writer *w;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    w = memset(lua_newuserdatauv(L, sizeof *w, USER_VALUES), 0, sizeof *w);
    luaL_setmetatable(L, WRITER);
    lua_newtable(L);
    lua_pushvalue(L, 1); /* its texts */
    lua_rawseti(L, 3, 1);
    lua_pushvalue(L, 3);
    lua_setiuservalue(L, 2, KEPT);
    lua_getfield(L, 1, "connection");
    lua_pushvalue(L, 4);
    lua_setiuservalue(L, 2, CONNECTION);
    return w;
}

/* A zeroed block that the writer keeps. */
static void *keep_block(lua_State *L, size_t count, size_t size)
{
    void *block = border_block(L, count, size);

    lua_rawseti(L, 3, (lua_Integer)lua_rawlen(L, 3) + 1);
    return block;
}

static enum boolean boolean_of(const struct codec *codec)
{
    static const char *const numbers[] = {"bool", "int2", "int4", "int8", "numeric", "float4", "float8"};
    const char *type = codec != NULL && codec->type != NULL ? codec->type : "";

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(type, numbers[i]) == 0) {
            return BOOLEAN_NUMBER;
        }
    }
    return strcmp(type, "json") == 0 || strcmp(type, "jsonb") == 0 ? BOOLEAN_JSON : BOOLEAN_REFUSED;
}

/* pg_writer{ connection =, target =, copy_sql =, binary =, columns = as a table of a resolved plan has them } -> a
 * writer. The transaction is the caller's. */
static int core_pg_writer(lua_State *L)
{
    struct writer *w = new_writer(L);
    struct pgwire *p = border_pg_wire(L, 4);
    struct write_spec *spec = keep_block(L, 1, sizeof *spec);
    struct column *columns;
    struct err e;

    spec->target = border_required_text(L, 1, "target");
    spec->copy_sql = border_required_text(L, 1, "copy_sql");
    spec->binary = border_field_boolean(L, 1, "binary");
    spec->columns = border_read_columns(L, 1, COLUMNS_MOST, spec->binary, &spec->count);
    lua_rawseti(L, 3, (lua_Integer)lua_rawlen(L, 3) + 1); /* what the types are made of */
    lua_rawseti(L, 3, (lua_Integer)lua_rawlen(L, 3) + 1); /* the columns */
    columns = keep_block(L, spec->count, sizeof *columns);
    for (size_t i = 0; i < spec->count; i++) {
        const struct copy_column *c = &spec->columns[i];

        columns[i] = (struct column){c->target_name, c->type_name, boolean_of(c->codec)};
    }
    w->columns = columns;
    w->count = spec->count;
    stop_share();
    err_clear(&e);
    if (copy_writer_open(&w->rows, p, spec, &e) != 0) {
        return border_raise(L, &e);
    }
    lua_settop(L, 2);
    return 1;
}

/* The column { name, type, affinity, not_null, is_blob } on top of the stack. */
static void read_insert_column(lua_State *L, struct insert_column *c)
{
    int column = lua_gettop(L);
    const char *affinity = border_required_text(L, column, "affinity");

    c->column.name = border_required_text(L, column, "name");
    c->column.not_null = border_field_boolean(L, column, "not_null");
    c->type = border_required_text(L, column, "type");
    c->is_blob = border_field_boolean(L, column, "is_blob");
    if (affinity_find(affinity, &c->column.affinity) != 0) {
        border_usage(L, "sqlite_writer: '%s' is no affinity", affinity);
    }
}

/* sqlite_writer{ connection =, target =, insert_sql =, columns = { { name, type, affinity, not_null, is_blob }, .. } }
 * -> a writer. The transaction is the caller's. */
static int core_sqlite_writer(lua_State *L)
{
    struct writer *w = new_writer(L);
    struct database *database = border_database(L, 4);
    struct insert_spec *spec = keep_block(L, 1, sizeof *spec);
    struct insert_column *inserted;
    struct column *columns;
    struct err e;

    spec->target = border_required_text(L, 1, "target");
    spec->insert_sql = border_required_text(L, 1, "insert_sql");
    spec->count = border_push_list(L, 1, "columns");
    if (spec->count == 0 || spec->count > COLUMNS_MOST) {
        border_usage(L, "sqlite_writer: %d columns", (int)spec->count);
    }
    inserted = keep_block(L, spec->count, sizeof *inserted);
    columns = keep_block(L, spec->count, sizeof *columns);
    for (size_t i = 0; i < spec->count; i++) {
        border_push_element(L, 5, i, LUA_TTABLE, "columns");
        read_insert_column(L, &inserted[i]);
        columns[i] = (struct column){inserted[i].column.name, inserted[i].type, BOOLEAN_NUMBER};
        lua_pop(L, 1);
    }
    spec->columns = inserted;
    w->columns = columns;
    w->count = spec->count;
    stop_share();
    err_clear(&e);
    if (insert_writer_open(&w->rows, database, spec, &e) != 0) {
        return border_raise(L, &e);
    }
    lua_settop(L, 2);
    return 1;
}

/* ---- using it ---- */

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
static int fill(lua_State *L, int index, const struct column *column, struct batch *b, struct cell *c, struct err *e)
{
    const char *text = lua_toboolean(L, index) ? "true" : "false";
    struct err why;

    if (lua_type(L, index) == LUA_TBOOLEAN && column->boolean == BOOLEAN_JSON) {
        return batch_bytes(b, c, CELL_TEXT, text, strlen(text), e);
    }
    if (lua_type(L, index) == LUA_TBOOLEAN && column->boolean == BOOLEAN_REFUSED) {
        (void)err_set(&why, ERR_VALUE, "the boolean %s fits columns of booleans, numbers and JSON", text);
        (void)err_hint(&why, "write a text: tostring(value)");
        (void)strcpy(why.value, text);
    } else if (border_cell(L, index, b, c, &why) == 0) {
        return 0;
    }
    *e = why;
    if (why.kind == ERR_VALUE) {
        (void)err_set(e, ERR_VALUE, "value does not fit \"%s\"%s%s: %s", column->name,
                      column->type[0] != '\0' ? " " : "", column->type, why.message);
        (void)err_hint(e, "%s", why.hint);
        err_place(e, NULL, column->name, NULL);
    }
    return -1;
}

/* writer:write(values, ...), one a column */
static int writer_write(lua_State *L)
{
    struct writer *w = check_writer(L);
    struct row_writer *rows = w->rows;
    size_t given = (size_t)lua_gettop(L) - 1;
    struct batch *b;
    struct err e;
    int rc;

    err_clear(&e);
    if (given != w->count) {
        (void)err_set(&e, ERR_USAGE, "%d value%s for %d column%s", (int)given, given == 1 ? "" : "s", (int)w->count,
                      w->count == 1 ? "" : "s");
        (void)row_writer_place(rows, rows->rows + 1, &e);
        return raise_row(L, &e, rows->refused);
    }
    b = row_writer_row(rows, &e);
    if (b == NULL) {
        return border_raise(L, &e);
    }
    for (size_t i = 0; i < given; i++) {
        if (fill(L, (int)i + 2, &w->columns[i], b, &b->cells[i], &e) != 0) {
            (void)row_writer_place(rows, rows->rows + 1, &e);
            return raise_row(L, &e, rows->refused);
        }
    }
    stop_enter();
    rc = rows->put(rows, &e);
    stop_leave(rc != 0 && e.kind == ERR_INTERRUPTED);
    return rc == 0 ? 0 : raise_row(L, &e, rows->refused);
}

/* writer:finish() -> the number of rows taken, the number of rows that the database says it stored */
static int writer_finish(lua_State *L)
{
    struct writer *w = check_writer(L);
    int64_t stored = 0;
    struct err e;
    int rc;

    err_clear(&e);
    stop_enter();
    rc = w->rows->end(w->rows, &stored, &e);
    stop_leave(rc != 0 && e.kind == ERR_INTERRUPTED);
    if (rc != 0) {
        return raise_row(L, &e, w->rows->refused);
    }
    lua_pushinteger(L, w->rows->rows);
    lua_pushinteger(L, stored);
    return 2;
}

int border_open_writer(lua_State *L)
{
    static const luaL_Reg methods[] = {{"write", writer_write}, {"finish", writer_finish}, {NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"pg_writer", core_pg_writer}, {"sqlite_writer", core_sqlite_writer}, {NULL, NULL}};

    border_handle_type(L, WRITER, methods, writer_close);
    luaL_newlib(L, functions);
    return 1;
}
