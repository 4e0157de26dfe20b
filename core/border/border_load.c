/* border_load.c: wherry.core.load: a resolved plan's tables over the path of the core. */
#include <string.h>

#include "../key.h"
#include "../run.h"
#include "../snapshot.h"
#include "border.h"

enum {
    LOAD_READER = 1,        /* the snapshot's connection for the load */
    CELLS_MOST = 32767,     /* of a row: SQLite's limit */
    RETRY_MOST = 1000000000 /* seconds */
};

/* A zeroed block that the Lua stack owns; texts in it belong to the options table, which outlives the call. */
static void *block(lua_State *L, size_t count, size_t size)
{
    size_t total = (count ? count : 1) * size;
    return memset(lua_newuserdatauv(L, total, 0), 0, total);
}

static const char *required_text(lua_State *L, int index, const char *field)
{
    const char *text = border_field_text(L, index, field, NULL);
    if (!text)
        border_usage(L, "load: the field '%s' is missing", field);
    return text;
}

/* An integer field that has to be from `least` to `most`. */
static lua_Integer integer_between(lua_State *L, int index, const char *field, lua_Integer otherwise, lua_Integer least,
                                   lua_Integer most)
{
    lua_Integer value = border_field_integer(L, index, field, otherwise);
    if (value < least || value > most)
        border_usage(L, "load: the field '%s' is %lld, not from %lld to %lld", field, (long long)value,
                     (long long)least, (long long)most);
    return value;
}

/* Pushes field `field` of the table at `index`, which must be a table, and returns its length. */
static size_t push_list(lua_State *L, int index, const char *field)
{
    if (lua_getfield(L, index, field) != LUA_TTABLE)
        border_usage(L, "load: the field '%s' is not a table", field);
    return (size_t)lua_rawlen(L, -1);
}

/* Pushes the i-th element (from 0) of the list at `index`, which must be of a type. */
static void push_element(lua_State *L, int index, size_t i, int type, const char *list)
{
    int is = lua_rawgeti(L, index, (lua_Integer)i + 1);
    if (is != type)
        border_usage(L, "load: element %d of '%s' is a %s, not a %s", (int)i + 1, list, lua_typename(L, is),
                     lua_typename(L, type));
}

/* The column {source, target, not_null, type = {oid, name, typmod, display}} on top of the stack; its cell is the
 * position-th of the row. What the type is made of is kept alive by the table at `owner`. */
static void read_column(lua_State *L, size_t position, int owner, struct copy_column *c)
{
    int column = lua_gettop(L);
    c->cell = position;
    c->source_name = required_text(L, column, "source");
    c->target_name = required_text(L, column, "target");
    c->not_null = border_field_boolean(L, column, "not_null");
    (void)push_list(L, column, "type");
    int type = lua_gettop(L);
    c->codec = border_type(L, type, owner, &c->hint);
    c->type_name = required_text(L, type, "display");
    lua_pop(L, 1);
}

static struct copy_column *read_columns(lua_State *L, int table, size_t cells, int binary, size_t *count)
{
    *count = push_list(L, table, "columns");
    if (*count == 0 || *count > cells)
        border_usage(L, "load: %d columns cannot be filled from %d cells", (int)*count, (int)cells);
    int list = lua_gettop(L);
    struct copy_column *columns = block(L, *count, sizeof *columns);
    lua_newtable(L);
    int owner = lua_gettop(L);
    for (size_t i = 0; i < *count; i++) {
        push_element(L, list, i, LUA_TTABLE, "columns");
        read_column(L, i, owner, &columns[i]);
        lua_pop(L, 1);
        if (binary && !columns[i].codec)
            border_usage(L, "load: column '%s' has no codec for the binary format", columns[i].target_name);
    }
    lua_remove(L, list);
    return columns;
}

/* Cells of a row by index and name, from two lists of one length. */
static size_t read_cells(lua_State *L, int read, const char *columns_field, const char *names_field,
                         const struct read_spec *spec, const size_t **columns, const char *const **names)
{
    size_t count = push_list(L, read, columns_field);
    int index_list = lua_gettop(L);
    if (count > KEY_MAX_CELLS)
        border_usage(L, "load: the key of '%s' has %d columns", spec->table, (int)count);
    size_t *cells = block(L, count, sizeof *cells);
    (void)push_list(L, read, names_field);
    int name_list = lua_gettop(L);
    const char **cell_names = block(L, count, sizeof *cell_names);
    for (size_t i = 0; i < count; i++) {
        push_element(L, index_list, i, LUA_TNUMBER, columns_field);
        push_element(L, name_list, i, LUA_TSTRING, names_field);
        cells[i] = (size_t)lua_tointeger(L, -2) - 1;
        cell_names[i] = lua_tostring(L, -1);
        lua_pop(L, 2);
        if (cells[i] >= spec->columns)
            border_usage(L, "load: the key of '%s' names no cell of its row", spec->table);
    }
    *columns = cells;
    *names = cell_names;
    return count;
}

/* read = {table, sql_first, sql_after?, columns, key_columns = {1-based}, key_names, label_columns?, label_names?} */
static void read_read(lua_State *L, int table, struct read_spec *spec)
{
    (void)push_list(L, table, "read");
    int read = lua_gettop(L);
    spec->table = required_text(L, read, "table");
    spec->sql_first = required_text(L, read, "sql_first");
    spec->sql_after = border_field_text(L, read, "sql_after", NULL);
    spec->columns = (size_t)integer_between(L, read, "columns", 0, 1, CELLS_MOST);
    spec->key_count = read_cells(L, read, "key_columns", "key_names", spec, &spec->key_columns, &spec->key_names);
    if (spec->sql_after && spec->key_count == 0)
        border_usage(L, "load: '%s' is paged without a key", spec->table);
    int labelled = lua_getfield(L, read, "label_columns") != LUA_TNIL;
    lua_pop(L, 1);
    if (labelled)
        spec->label_count =
            read_cells(L, read, "label_columns", "label_names", spec, &spec->label_columns, &spec->label_names);
}

/* The blocks of a table stay on the stack: a few values a table, so the stack is asked for room first. */
static void read_table(lua_State *L, int table, const char *source, struct table_load *t)
{
    luaL_checkstack(L, 24, "too many tables");
    t->source = source;
    read_read(L, table, &t->read);
    t->write.target = required_text(L, table, "target_sql");
    t->write.copy_sql = required_text(L, table, "copy_sql");
    t->write.binary = border_field_boolean(L, table, "binary");
    t->write.columns = read_columns(L, table, t->read.columns, t->write.binary, &t->write.count);
}

struct tick {
    lua_State *L;
    int function; /* stack index of tick, 0: none */
};

/* Pushes the arguments and calls the function below the progress. */
static int call_tick(lua_State *L)
{
    const struct run_progress *progress = lua_touserdata(L, 2);
    lua_settop(L, 1);
    lua_pushinteger(L, (lua_Integer)progress->table + 1);
    lua_pushinteger(L, progress->rows);
    lua_pushinteger(L, progress->total);
    if (progress->retrying)
        lua_pushstring(L, progress->retry.message);
    else
        lua_pushnil(L);
    lua_call(L, 4, 0);
    return 0;
}

/* tick(index, rows, total, retry?): an error in it stops the telling, never the load. Nothing is raised here, since the
 * lane's threads are at work: all that may fail is done inside the protected call. */
static void load_tick(void *context, const struct run_progress *progress)
{
    struct tick *tick = context;
    lua_State *L = tick->L;
    if (!tick->function)
        return;
    lua_pushcfunction(L, call_tick);
    lua_pushvalue(L, tick->function);
    lua_pushlightuserdata(L, (void *)(uintptr_t)progress);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
        lua_pop(L, 1);
        tick->function = 0;
    }
}

/* The field retry, seconds with or without a fraction, as milliseconds. */
static int64_t read_retry(lua_State *L)
{
    lua_Number seconds = 60;
    int type = lua_getfield(L, 1, "retry");
    if (type == LUA_TNUMBER)
        seconds = lua_tonumber(L, -1);
    if ((type != LUA_TNUMBER && type != LUA_TNIL) || !(seconds >= 0 && seconds <= RETRY_MOST))
        border_usage(L, "load: the field 'retry' is no number of seconds");
    lua_pop(L, 1);
    return (int64_t)(seconds * 1000);
}

/* load{ snapshot=, conninfo=, journal= (quoted schema), run=, source=, tables=, step_rows=, step_bytes=, retry=
 * (seconds), tick=function? }: blocks until every table is loaded; raises what stopped it. */
static int core_load(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_getfield(L, 1, "snapshot");
    struct snapshot *snapshot = border_handle(L, 2, "wherry.snapshot");
    struct tick tick = {.L = L};
    int type = lua_getfield(L, 1, "tick");
    if (type != LUA_TNIL && type != LUA_TFUNCTION)
        border_usage(L, "load: the field 'tick' is a %s, not a function", lua_typename(L, type));
    tick.function = type == LUA_TFUNCTION ? 3 : 0;
    const char *source = required_text(L, 1, "source");
    size_t count = push_list(L, 1, "tables");
    struct table_load *tables = block(L, count, sizeof *tables);
    for (size_t i = 0; i < count; i++) {
        push_element(L, 4, i, LUA_TTABLE, "tables");
        read_table(L, lua_gettop(L), source, &tables[i]);
    }
    struct run_options options = {
        .lane = {.conninfo = required_text(L, 1, "conninfo"),
                 .journal = {required_text(L, 1, "journal"), integer_between(L, 1, "run", 0, 1, LUA_MAXINTEGER)},
                 .step_rows = integer_between(L, 1, "step_rows", 50000, 1, LUA_MAXINTEGER),
                 .step_bytes = integer_between(L, 1, "step_bytes", 16 * 1024 * 1024, 1, LUA_MAXINTEGER),
                 .retry_ms = read_retry(L)},
        .db = snapshot_reader(snapshot, LOAD_READER),
        .tables = tables,
        .count = count,
        .tick = load_tick,
        .context = &tick,
    };
    struct err e;
    err_clear(&e);
    luaL_checkstack(L, 8, NULL);
    if (run_load(&options, &e) != 0)
        return border_raise(L, &e);
    return 0;
}

int border_open_load(lua_State *L)
{
    static const luaL_Reg functions[] = {{"load", core_load}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
