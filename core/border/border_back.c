/* border_back.c: wherry.core.back: a resolved plan's tables from PostgreSQL into a new SQLite file. */
#include "../back_load.h"
#include "../key.h"
#include "border.h"
#include "border_table.h"
#include "border_tick.h"

void border_read_back_column(lua_State *L, int owner, struct read_column *in)
{
    int column = lua_gettop(L);

    in->name = border_required_text(L, column, "name");
    if (lua_getfield(L, column, "type") != LUA_TTABLE) {
        border_usage(L, "back: column '%s' has no type", in->name);
    }
    in->codec = border_type(L, lua_gettop(L), owner, &in->hint);
    in->type_name = border_field_text(L, lua_gettop(L), "display", NULL);
    if (in->type_name == NULL) {
        in->type_name = border_required_text(L, lua_gettop(L), "name");
    }
    if (in->codec == NULL) {
        border_usage(L, "back: column '%s' has no codec: select it as text", in->name);
    }
    lua_pop(L, 1);
}

/* The column on top of the stack: { name, type, affinity, not_null? }. */
static void read_column(lua_State *L, int owner, struct read_column *in, struct sqlite_column *out)
{
    int column = lua_gettop(L);
    const char *affinity = border_required_text(L, column, "affinity");

    if (affinity_find(affinity, &out->affinity) != 0) {
        border_usage(L, "back: '%s' is no affinity", affinity);
    }
    border_read_back_column(L, owner, in);
    out->name = in->name;
    out->not_null = border_field_boolean(L, column, "not_null");
}

/* The columns of the table at `table`. Leaves what owns them on the stack. */
static void read_columns(lua_State *L, int table, struct back_table *t)
{
    size_t count = border_push_list(L, table, "columns");
    int list = lua_gettop(L);
    struct read_column *in = border_block(L, count, sizeof *in);
    struct sqlite_column *out = border_block(L, count, sizeof *out);

    lua_newtable(L);
    if (count == 0 || count > 32767) {
        border_usage(L, "back: a table of %d columns", (int)count);
    }
    for (size_t i = 0; i < count; i++) {
        border_push_element(L, list, i, LUA_TTABLE, "columns");
        read_column(L, list + 3, &in[i], &out[i]);
        lua_pop(L, 1);
    }
    t->read.columns = in;
    t->write.columns = out;
    t->read.count = t->write.count = count;
}

/* key_columns = { 1-based indexes }. Leaves what owns them on the stack. */
static void read_key(lua_State *L, int table, struct back_table *t)
{
    size_t count = border_push_list(L, table, "key_columns");
    int list = lua_gettop(L);
    size_t *key = border_block(L, count, sizeof *key);
    const char **names = border_block(L, count, sizeof *names);

    if (count > KEY_MAX_CELLS) {
        border_usage(L, "back: the key of '%s' has %d columns", t->read.table, (int)count);
    }
    for (size_t i = 0; i < count; i++) {
        lua_Integer column = lua_rawgeti(L, list, (lua_Integer)i + 1) == LUA_TNUMBER ? lua_tointeger(L, -1) : 0;

        lua_pop(L, 1);
        if (column < 1 || (size_t)column > t->read.count) {
            border_usage(L, "back: the key of '%s' names no column of it", t->read.table);
        }
        key[i] = (size_t)column - 1;
        names[i] = t->read.columns[key[i]].name;
    }
    t->read.key_columns = t->write.key_columns = key;
    t->read.key_names = t->write.key_names = names;
    t->read.key_count = t->write.key_count = count;
}

static void read_table(lua_State *L, int table, struct back_table *t)
{
    luaL_checkstack(L, 24, "too many tables");
    t->read.table = t->write.table = border_required_text(L, table, "target");
    t->read.select_sql = border_required_text(L, table, "select_sql");
    t->write.insert_sql = border_required_text(L, table, "insert_sql");
    read_columns(L, table, t);
    read_key(L, table, t);
}

/* A list of texts; what owns it is left on the stack. */
static const char *const *read_statements(lua_State *L, const char *field, size_t *count)
{
    int length;

    (void)border_push_list(L, 1, field);
    const char **texts = border_texts(L, lua_gettop(L), &length);
    for (int i = 0; i < length; i++) {
        if (texts[i] == NULL) {
            border_usage(L, "back: element %d of '%s' is missing", i + 1, field);
        }
    }
    *count = (size_t)length;
    return texts;
}

/* The field counts, which may be missing: a statement a table. */
static const char *const *read_counts(lua_State *L, size_t tables)
{
    int type = lua_getfield(L, 1, "counts");
    size_t count = 0;
    const char *const *statements;

    lua_pop(L, 1);
    if (type == LUA_TNIL) {
        return NULL;
    }
    statements = read_statements(L, "counts", &count);
    if (count != tables) {
        border_usage(L, "back: %d counts of %d tables", (int)count, (int)tables);
    }
    return statements;
}

/* Pushes the arguments and calls the function below the progress. */
static int call_tick(lua_State *L)
{
    static const char *const phases[] = {"load", "behind", "check"};
    const struct back_progress *progress = lua_touserdata(L, 2);

    lua_settop(L, 1);
    lua_pushinteger(L, (lua_Integer)progress->table + 1);
    lua_pushinteger(L, progress->rows);
    lua_pushinteger(L, progress->total);
    lua_pushstring(L, phases[progress->phase]);
    lua_call(L, 4, 0);
    return 0;
}

/* tick(index, rows, total, phase) */
static void back_tick(void *context, const struct back_progress *progress)
{
    border_tick_call(context, call_tick, progress);
}

/* { table, rowid?, parent, foreign_key } or { table, problem }, ..., count = of all */
static void push_orphans(lua_State *L, const struct sqlite_orphans *orphans)
{
    int kept = (int)(orphans->count < SQLITE_ORPHANS_KEPT ? orphans->count : SQLITE_ORPHANS_KEPT);

    lua_createtable(L, kept, 1);
    for (int i = 0; i < kept; i++) {
        const struct sqlite_orphan *o = &orphans->first[i];

        lua_createtable(L, 0, 4);
        border_set_text(L, "table", o->table);
        border_set_text(L, "parent", o->parent);
        border_set_text(L, "problem", o->problem);
        if (o->has_rowid) {
            border_set_integer(L, "rowid", o->rowid);
        }
        if (o->foreign_key >= 0) {
            border_set_integer(L, "foreign_key", o->foreign_key);
        }
        lua_rawseti(L, -2, i + 1);
    }
    border_set_integer(L, "count", orphans->count);
}

/* { table, key, column, becomes, value, class } or { table, key, check }, ... */
static void push_obstacles(lua_State *L, const struct sqlite_obstacles *obstacles)
{
    lua_createtable(L, (int)obstacles->count, 0);
    for (size_t i = 0; i < obstacles->count; i++) {
        const struct sqlite_obstacle *o = &obstacles->first[i];

        lua_createtable(L, 0, 6);
        border_set_text(L, "table", o->spec->table);
        border_set_text(L, "key", o->key);
        border_set_text(L, "check", o->check);
        if (o->becomes != NULL) {
            border_set_text(L, "column", o->spec->columns[o->column].name);
            border_set_text(L, "becomes", o->becomes);
            border_set_text(L, "value", o->value);
            border_set_text(L, "class", o->value_class);
        }
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* Sets a field of the table on top of the stack to a list. */
static void push_counts(lua_State *L, const char *field, const int64_t *counts, size_t count)
{
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushinteger(L, counts[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, field);
}

static void push_result(lua_State *L, const struct back_options *options, const struct back_result *result)
{
    lua_createtable(L, 0, 6);
    border_set_integer(L, "removed", (lua_Integer)result->removed);
    if (result->obstacles.count > 0) {
        push_obstacles(L, &result->obstacles);
        lua_setfield(L, -2, "obstacles");
        return;
    }
    push_counts(L, "rows", result->rows, options->count);
    push_counts(L, "zeros", result->zeros, options->count);
    if (options->count_sql != NULL) {
        push_counts(L, "counts", result->counts, options->count);
    }
    push_orphans(L, &result->orphans);
    lua_setfield(L, -2, "foreign_keys");
    border_set_integer(L, "bytes", result->bytes);
}

/* back{ conninfo=, snapshot=?, path=, before={sql}, behind={sql}, tables=, counts={sql}? (by table, a SELECT of its
 * rows' number), tick=function? } -> { rows = { n }, zeros = { n } (by table: values -0.0 that lost their sign), counts
 * = { n
 * }? (what the SELECTs gave in the complete file), bytes=, removed= (unfinished files of killed processes),
 * foreign_keys = { { table, rowid?, parent, foreign_key } or { table, problem }, count= } }, or, where the file has to
 * have another form and was not made: { removed=, obstacles = { { table, key, column, becomes, value, class } (what
 * SQLite would store instead of the first such value of a column) or { table, key, check } (that refused a row) } }.
 * Blocks until the file is there; raises what stopped it. */
static int core_back(lua_State *L)
{
    struct err e;

    err_clear(&e);
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    struct border_tick tick = border_tick_field(L);
    struct back_options options = {.tick = back_tick, .context = &tick};
    options.conninfo = border_required_text(L, 1, "conninfo");
    options.snapshot = border_field_text(L, 1, "snapshot", NULL);
    options.path = border_required_text(L, 1, "path");
    options.before = read_statements(L, "before", &options.before_count);
    options.behind = read_statements(L, "behind", &options.behind_count);
    options.count = border_push_list(L, 1, "tables");
    int list = lua_gettop(L);
    struct back_table *tables = border_block(L, options.count, sizeof *tables);
    options.tables = tables;
    /* The orphans' room is too large for the stack. */
    struct back_result *result = border_block(L, 1, sizeof *result);
    result->rows = border_block(L, options.count, sizeof *result->rows);
    result->zeros = border_block(L, options.count, sizeof *result->zeros);
    result->counts = border_block(L, options.count, sizeof *result->counts);
    options.count_sql = read_counts(L, options.count);
    for (size_t i = 0; i < options.count; i++) {
        border_push_element(L, list, i, LUA_TTABLE, "tables");
        read_table(L, lua_gettop(L), &tables[i]);
    }
    luaL_checkstack(L, 8, NULL);
    if (back_load(&options, result, &e) != 0) {
        return border_raise(L, &e);
    }
    push_result(L, &options, result);
    return 1;
}

int border_open_back(lua_State *L)
{
    static const luaL_Reg functions[] = {{"back", core_back}, {NULL, NULL}};

    luaL_newlib(L, functions);
    return 1;
}
