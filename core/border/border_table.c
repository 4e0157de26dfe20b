/* border_table.c: tables of a resolved plan as the core takes them, and what reading lists of options needs. */
#include "border_table.h"

#include <string.h>

#include "../key.h"
#include "border.h"
#include "border_digest.h"
#include "border_lookup.h"
#include "border_stage.h"

enum { CELLS_MOST = 32767 /* of a row: SQLite's limit */ };

/* A zeroed block that the Lua stack owns; texts in it belong to the options table, which outlives the call. */
void *border_block(lua_State *L, size_t count, size_t size)
{
    size_t total = (count ? count : 1) * size;
    return memset(lua_newuserdatauv(L, total, 0), 0, total);
}

const char *border_required_text(lua_State *L, int index, const char *field)
{
    const char *text = border_field_text(L, index, field, NULL);
    if (!text)
        border_usage(L, "the field '%s' is missing", field);
    return text;
}

/* An integer field that has to be from `least` to `most`. */
lua_Integer border_integer_between(lua_State *L, int index, const char *field, lua_Integer otherwise, lua_Integer least,
                                   lua_Integer most)
{
    lua_Integer value = border_field_integer(L, index, field, otherwise);
    if (value < least || value > most)
        border_usage(L, "the field '%s' is %lld, not from %lld to %lld", field, (long long)value, (long long)least,
                     (long long)most);
    return value;
}

/* Pushes field `field` of the table at `index`, which must be a table, and returns its length. */
size_t border_push_list(lua_State *L, int index, const char *field)
{
    if (lua_getfield(L, index, field) != LUA_TTABLE)
        border_usage(L, "the field '%s' is not a table", field);
    return (size_t)lua_rawlen(L, -1);
}

/* Pushes the i-th element (from 0) of the list at `index`, which must be of a type. */
void border_push_element(lua_State *L, int index, size_t i, int type, const char *list)
{
    int is = lua_rawgeti(L, index, (lua_Integer)i + 1);
    if (is != type)
        border_usage(L, "element %d of '%s' is a %s, not a %s", (int)i + 1, list, lua_typename(L, is),
                     lua_typename(L, type));
}

/* One word of on_bad, as the place-th of `count`: the last one may say what becomes of a value at last, all others are
 * conversions. */
static void read_on_bad_word(lua_State *L, const char *word, size_t place, size_t count, enum mend *mends,
                             struct copy_column *c)
{
    static const char *const last_words[] = {
        [ON_BAD_FAIL] = "fail", [ON_BAD_REJECT] = "reject", [ON_BAD_NULL] = "null"};
    for (size_t i = 0; i < sizeof last_words / sizeof last_words[0]; i++)
        if (place + 1 == count && strcmp(word, last_words[i]) == 0) {
            c->on_bad = (enum on_bad)i;
            return;
        }
    if (mend_find(word, &mends[c->mend_count]) != 0)
        border_usage(L, "column '%s': '%s' is no conversion%s", c->target_name, word,
                     place + 1 == count ? ", nor 'fail', 'reject' or 'null'" : "");
    c->mend_count++;
}

/* on_bad of the column at `column`: a word or a list of words; without it a bad value stops the run. The conversions
 * are kept alive by the table at `owner`. */
static void read_on_bad(lua_State *L, int column, int owner, struct copy_column *c)
{
    enum { WORDS_MOST = 16 };
    int type = lua_getfield(L, column, "on_bad");
    int value = lua_gettop(L);
    size_t count = type == LUA_TTABLE ? (size_t)lua_rawlen(L, value) : type != LUA_TNIL;
    if ((type != LUA_TNIL && type != LUA_TSTRING && type != LUA_TTABLE) || count > WORDS_MOST)
        border_usage(L, "column '%s': on_bad is neither a word nor a list of words", c->target_name);
    enum mend *mends = border_block(L, count, sizeof *mends);
    lua_rawseti(L, owner, (lua_Integer)lua_rawlen(L, owner) + 1);
    c->mends = mends;
    for (size_t i = 0; i < count; i++) {
        if (type == LUA_TSTRING) {
            read_on_bad_word(L, lua_tostring(L, value), i, count, mends, c);
            continue;
        }
        border_push_element(L, value, i, LUA_TSTRING, "on_bad");
        read_on_bad_word(L, lua_tostring(L, -1), i, count, mends, c);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* A part of a fold: { text=, cell=?, json=?, name=? }, on top of the stack; cell: 1-based, one of `cells`. */
static void read_part(lua_State *L, size_t cells, struct fold_part *p)
{
    int part = lua_gettop(L);
    p->text = border_required_text(L, part, "text");
    p->name = border_field_text(L, part, "name", "");
    p->is_json = border_field_boolean(L, part, "json");
    lua_Integer cell = border_integer_between(L, part, "cell", 0, 0, (lua_Integer)cells);
    p->has_cell = cell > 0;
    p->cell = p->has_cell ? (size_t)cell - 1 : 0;
}

/* fold of the column at `column`: { whole=?, parts = { .. } }; NULL where it has none. Kept alive as conversions are.
 */
static const struct fold *read_fold(lua_State *L, int column, int owner, size_t cells)
{
    if (lua_getfield(L, column, "fold") == LUA_TNIL) {
        lua_pop(L, 1);
        return NULL;
    }
    lua_pop(L, 1);
    luaL_checkstack(L, 8, "too many folds");
    (void)border_push_list(L, column, "fold");
    int given = lua_gettop(L);
    struct fold *fold = border_block(L, 1, sizeof *fold);
    lua_rawseti(L, owner, (lua_Integer)lua_rawlen(L, owner) + 1);
    fold->whole = border_field_boolean(L, given, "whole");
    fold->count = border_push_list(L, given, "parts");
    struct fold_part *parts = border_block(L, fold->count, sizeof *parts);
    lua_rawseti(L, owner, (lua_Integer)lua_rawlen(L, owner) + 1);
    fold->parts = parts;
    for (size_t i = 0; i < fold->count; i++) {
        border_push_element(L, given + 1, i, LUA_TTABLE, "parts");
        read_part(L, cells, &parts[i]);
        lua_pop(L, 1);
    }
    if (fold->whole && (fold->count != 1 || !parts[0].has_cell))
        border_usage(L, "a fold that is one value has one part with a cell");
    lua_settop(L, given - 1);
    return fold;
}

/* The column {source, target, not_null, type = {oid, name, typmod, display}, on_bad?, on_null?, fold?} on top of the
 * stack; its cell is the position-th of the row. What the type is made of is kept alive by the table at `owner`. */
static void read_column(lua_State *L, size_t position, int owner, size_t cells, int binary, struct copy_column *c)
{
    int column = lua_gettop(L);
    c->cell = position;
    c->fold = read_fold(L, column, owner, cells);
    c->remap = border_read_remap(L, column, owner);
    c->source_name = border_required_text(L, column, "source");
    c->target_name = border_required_text(L, column, "target");
    c->not_null = border_field_boolean(L, column, "not_null");
    border_read_on_null(L, column, owner, binary, c);
    (void)border_push_list(L, column, "type");
    int type = lua_gettop(L);
    c->codec = border_type(L, type, owner, &c->hint);
    c->type_name = border_required_text(L, type, "display");
    lua_pop(L, 1);
    read_on_bad(L, column, owner, c);
}

struct copy_column *border_read_columns(lua_State *L, int table, size_t cells, int binary, size_t *count)
{
    *count = border_push_list(L, table, "columns");
    if (*count == 0 || *count > cells)
        border_usage(L, "%d columns cannot be filled from %d cells", (int)*count, (int)cells);
    int list = lua_gettop(L);
    struct copy_column *columns = border_block(L, *count, sizeof *columns);
    lua_newtable(L);
    int owner = lua_gettop(L);
    for (size_t i = 0; i < *count; i++) {
        border_push_element(L, list, i, LUA_TTABLE, "columns");
        read_column(L, i, owner, cells, binary, &columns[i]);
        lua_pop(L, 1);
        if (binary && !columns[i].codec)
            border_usage(L, "column '%s' has no codec for the binary format", columns[i].target_name);
    }
    lua_remove(L, list);
    return columns;
}

/* Cells of a row by index and name, from two lists of one length. */
static size_t read_cells(lua_State *L, int read, const char *columns_field, const char *names_field,
                         const struct read_spec *spec, const size_t **columns, const char *const **names)
{
    size_t count = border_push_list(L, read, columns_field);
    int index_list = lua_gettop(L);
    if (count > KEY_MAX_CELLS)
        border_usage(L, "the key of '%s' has %d columns", spec->table, (int)count);
    size_t *cells = border_block(L, count, sizeof *cells);
    (void)border_push_list(L, read, names_field);
    int name_list = lua_gettop(L);
    const char **cell_names = border_block(L, count, sizeof *cell_names);
    for (size_t i = 0; i < count; i++) {
        border_push_element(L, index_list, i, LUA_TNUMBER, columns_field);
        border_push_element(L, name_list, i, LUA_TSTRING, names_field);
        cells[i] = (size_t)lua_tointeger(L, -2) - 1;
        cell_names[i] = lua_tostring(L, -1);
        lua_pop(L, 2);
        if (cells[i] >= spec->columns)
            border_usage(L, "the key of '%s' names no cell of its row", spec->table);
    }
    *columns = cells;
    *names = cell_names;
    return count;
}

/* read = {table, sql_first, sql_after?, sql_until?, sql_between?, columns, key_columns = {1-based}, key_names,
 * label_columns?, label_names?} */
static void read_read(lua_State *L, int table, struct read_spec *spec)
{
    (void)border_push_list(L, table, "read");
    int read = lua_gettop(L);
    spec->table = border_required_text(L, read, "table");
    spec->sql_first = border_required_text(L, read, "sql_first");
    spec->sql_after = border_field_text(L, read, "sql_after", NULL);
    spec->sql_until = border_field_text(L, read, "sql_until", NULL);
    spec->sql_between = border_field_text(L, read, "sql_between", NULL);
    spec->columns = (size_t)border_integer_between(L, read, "columns", 0, 1, CELLS_MOST);
    spec->key_count = read_cells(L, read, "key_columns", "key_names", spec, &spec->key_columns, &spec->key_names);
    if (spec->sql_after && spec->key_count == 0)
        border_usage(L, "'%s' is paged without a key", spec->table);
    int labelled = lua_getfield(L, read, "label_columns") != LUA_TNIL;
    lua_pop(L, 1);
    if (labelled)
        spec->label_count =
            read_cells(L, read, "label_columns", "label_names", spec, &spec->label_columns, &spec->label_names);
}

/* The names of a row's cells: by the columns that they fill, and those behind them by the key or as the list more_names
 * says. */
static const char *const *name_cells(lua_State *L, int table, const struct table_load *t)
{
    const char **names = border_block(L, t->read.columns, sizeof *names);
    for (size_t i = 0; i < t->write.count; i++)
        names[t->write.columns[i].cell] = t->write.columns[i].source_name;
    for (size_t i = 0; i < t->read.key_count; i++)
        if (!names[t->read.key_columns[i]])
            names[t->read.key_columns[i]] = t->read.key_names[i];
    size_t more = 0;
    lua_getfield(L, table, "read");
    if (lua_getfield(L, -1, "more_names") == LUA_TTABLE)
        more = (size_t)lua_rawlen(L, -1);
    int list = lua_gettop(L);
    for (size_t i = 0; i < more && i < t->read.columns; i++) {
        border_push_element(L, list, i, LUA_TSTRING, "more_names");
        names[t->read.columns - more + i] = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    lua_pop(L, 2);
    for (size_t i = 0; i < t->read.columns; i++)
        if (!names[i])
            border_usage(L, "cell %d of '%s' fills no column and is none of its key", (int)i + 1, t->read.table);
    return names;
}

struct border_sources border_read_sources(lua_State *L)
{
    struct border_sources s = {.count = 1};
    int list = lua_getfield(L, 1, "snapshots") != LUA_TNIL;
    lua_pop(L, 1);
    if (list)
        s.count = border_push_list(L, 1, "snapshots");
    if (s.count == 0)
        border_usage(L, "the list 'snapshots' is empty");
    int given = list ? lua_gettop(L) : 1;
    s.names = border_block(L, s.count, sizeof *s.names);
    s.snapshots = border_block(L, s.count, sizeof(struct snapshot *));
    for (size_t i = 0; i < s.count; i++) {
        if (list)
            border_push_element(L, given, i, LUA_TTABLE, "snapshots");
        else
            lua_pushvalue(L, 1);
        s.names[i] = border_required_text(L, lua_gettop(L), list ? "name" : "source");
        lua_getfield(L, -1, "snapshot");
        s.snapshots[i] = border_handle(L, lua_gettop(L), "wherry.snapshot");
        lua_pop(L, 2);
    }
    return s;
}

/* The index of the source that the table's field `from` names. */
static size_t read_from(lua_State *L, int table, const struct border_sources *sources)
{
    const char *from = border_field_text(L, table, "from", sources->names[0]);
    for (size_t i = 0; i < sources->count; i++)
        if (strcmp(sources->names[i], from) == 0)
            return i;
    return (size_t)border_usage(L, "'%s' is no source of this call", from);
}

/* The stages of the table, in the order in which rows go through them. */
static void read_stages(lua_State *L, int table, struct table_load *t)
{
    enum { STAGES_MOST = 2 };
    struct stage **stages = border_block(L, STAGES_MOST, sizeof *stages);
    t->stages = stages;
    stages[t->stage_count] = border_read_keys(L, table, t);
    t->stage_count += stages[t->stage_count] != NULL;
    stages[t->stage_count] = border_read_hooks(L, table, t);
    t->stage_count += stages[t->stage_count] != NULL;
}

/* The blocks of a table stay on the stack: a few values a table, so the stack is asked for room first. */
void border_read_table(lua_State *L, int table, const struct border_sources *sources, struct table_load *t)
{
    luaL_checkstack(L, 28, "too many tables");
    t->reader = read_from(L, table, sources);
    t->source = sources->names[t->reader];
    read_read(L, table, &t->read);
    t->write.target = border_required_text(L, table, "target_sql");
    t->write.copy_sql = border_required_text(L, table, "copy_sql");
    t->write.merge_sql = border_field_text(L, table, "merge_sql", NULL);
    if (t->write.merge_sql != NULL) {
        t->write.stage_sql = border_required_text(L, table, "stage_sql");
        t->write.clear_sql = border_required_text(L, table, "clear_sql");
    }
    t->write.binary = border_field_boolean(L, table, "binary");
    t->write.columns = border_read_columns(L, table, t->read.columns, t->write.binary, &t->write.count);
    t->digest = border_read_digest(L, table, t->write.columns, t->write.count, t->write.binary);
    t->rejects = border_field_boolean(L, table, "rejects");
    read_stages(L, table, t);
    t->cell_names = name_cells(L, table, t);
}
