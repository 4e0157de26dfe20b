/* border_snapshot.c: wherry.core.snapshot: the source file as Lua sees it. */
#include "border.h"

#include <sqlite3.h>

#include "../census.h"
#include "../snapshot.h"
#include "../sys.h"
#include "border_table.h"
#include "border_tick.h"

#define SNAPSHOT_TYPE "wherry.snapshot"
#define STATEMENT_TYPE "wherry.snapshot.statement"

enum { QUERY_READER = 0, COLUMNS_MOST = 2000 };

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

/* open(path, { lanes = n }?) -> snapshot; lanes: readers for the load, 1 where it is absent */
static int open_snapshot(lua_State *L)
{
    const char *path = border_text(L, 1);
    struct snapshot_options options = {0};
    struct snapshot *snapshot = NULL;
    void **slot;
    struct err e;

    if (!lua_isnoneornil(L, 2)) {
        luaL_checktype(L, 2, LUA_TTABLE);
        options.lanes = (int)border_integer_between(L, 2, "lanes", 1, 1, SNAPSHOT_LANES_MOST);
    }
    slot = border_handle_new(L, SNAPSHOT_TYPE);
    err_clear(&e);
    if (snapshot_open(&snapshot, path, &options, &e) != 0) {
        return border_raise(L, &e);
    }
    *slot = snapshot;
    return 1;
}

/* Pushes the arguments and calls the function below the progress. */
static int call_tick(lua_State *L)
{
    const int64_t *progress = lua_touserdata(L, 2);

    lua_settop(L, 1);
    lua_pushinteger(L, (lua_Integer)progress[0]);
    lua_pushinteger(L, (lua_Integer)progress[1]);
    lua_call(L, 2, 0);
    return 0;
}

static void copy_tick(void *context, int64_t done, int64_t total)
{
    const int64_t progress[] = {done, total};

    border_tick_call(context, call_tick, progress);
}

/* copy{ from=, to=, check=, utf16=, shared=, tick=function(done, total)? } -> { size, taken (microseconds since 1970),
 * held (seconds), fenced } */
static int copy_snapshot(lua_State *L)
{
    struct snapshot_copied copied;
    struct snapshot_copy_options options = {0};
    const char *from;
    const char *to;
    struct border_tick tick;
    struct err e;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    from = border_required_text(L, 1, "from");
    to = border_required_text(L, 1, "to");
    options.check = border_field_boolean(L, 1, "check");
    options.utf16 = border_field_boolean(L, 1, "utf16");
    options.shared = border_field_boolean(L, 1, "shared");
    tick = border_tick_field(L);
    options.tick = copy_tick;
    options.context = &tick;
    luaL_checkstack(L, 8, NULL);
    err_clear(&e);
    if (snapshot_copy(from, to, &options, &copied, &e) != 0) {
        return border_raise(L, &e);
    }
    lua_createtable(L, 0, 4);
    border_set_integer(L, "size", copied.size);
    border_set_integer(L, "taken", copied.taken);
    lua_pushnumber(L, (lua_Number)copied.held_ms / 1000);
    lua_setfield(L, -2, "held");
    border_set_boolean(L, "fenced", copied.fenced);
    return 1;
}

/* look(path) -> { path, size, user? }: a file that a run could read, and who uses it; nothing of it is opened */
static int look(lua_State *L)
{
    const char *path = border_text(L, 1);
    struct snapshot_seen seen;
    struct err e;

    err_clear(&e);
    if (snapshot_look(path, &seen, &e) != 0) {
        return border_raise(L, &e);
    }
    lua_createtable(L, 0, 3);
    border_set_text(L, "path", seen.path);
    border_set_text(L, "user", seen.user);
    border_set_integer(L, "size", seen.size);
    return 1;
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
    case LUA_TTABLE: /* { blob = bytes } */
        if (lua_getfield(L, index, "blob") == LUA_TSTRING) {
            text = lua_tolstring(L, -1, &length);
            lua_pop(L, 1); /* the table keeps it */
            return sqlite3_bind_blob64(statement, parameter, text, length, SQLITE_TRANSIENT);
        }
        lua_pop(L, 1);
        border_usage(L, "parameter %d of a query is a table without a blob", parameter);
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

/* ---- census ---- */

static void push_texts(lua_State *L, const struct census_texts *t)
{
    border_set_integer(L, "text_characters", t->characters_most);
    border_set_integer(L, "text_bytes", t->bytes_most);
    border_set_integer(L, "texts_with_nul", t->with_nul);
    border_set_integer(L, "texts_invalid", t->invalid);
}

static void push_candidates(lua_State *L, const struct census_texts *t)
{
    lua_createtable(L, 0, CENSUS_CANDIDATE_COUNT);
    for (int i = 0; i < CENSUS_CANDIDATE_COUNT; i++) {
        border_set_integer(L, census_candidate_name((enum census_candidate)i), t->accepted[i]);
    }
    lua_setfield(L, -2, "accepted");
    lua_createtable(L, 0, CENSUS_CANDIDATE_COUNT);
    for (int i = 0; i < CENSUS_CANDIDATE_COUNT; i++) {
        if (t->refused[i]) {
            lua_pushstring(L, t->against[i]);
            lua_setfield(L, -2, census_candidate_name((enum census_candidate)i));
        }
    }
    lua_setfield(L, -2, "against");
    border_set_integer(L, "uuid_hyphens", t->uuid_hyphens);
    border_set_integer(L, "uuid_digits", t->uuid_digits);
    border_set_integer(L, "uuid_upper", t->uuid_upper);
    border_set_integer(L, "uuid_rfc", t->uuid_rfc);
    border_set_integer(L, "times_with_t", t->times_with_t);
    border_set_integer(L, "times_with_z", t->times_with_z);
    border_set_integer(L, "times_plain", t->times_plain);
    border_set_integer(L, "fraction_digits", t->fraction_most);
}

static void push_number(lua_State *L, const char *field, double value)
{
    lua_pushnumber(L, value);
    lua_setfield(L, -2, field);
}

static void push_shown(lua_State *L, const char *field, int64_t count, const char *shown)
{
    if (count > 0) {
        lua_pushstring(L, shown);
        lua_setfield(L, -2, field);
    }
}

/* decades = { [n] = { integers, reals, texts, integer_min?, integer_max?, real_min?, real_max? } } for those that are
 * not empty: numbers from 10^n on. */
static void push_decades(lua_State *L, const struct census_decade *decades)
{
    lua_createtable(L, CENSUS_DECADES, 1);
    for (int i = 0; i < CENSUS_DECADES; i++) {
        const struct census_decade *d = &decades[i];

        if (d->integers + d->reals == 0) {
            continue;
        }
        lua_createtable(L, 0, 8);
        border_set_integer(L, "integers", d->integers);
        border_set_integer(L, "reals", d->reals);
        border_set_integer(L, "texts", d->texts);
        if (d->integers > 0) {
            border_set_integer(L, "integer_min", d->integer_min);
            border_set_integer(L, "integer_max", d->integer_max);
        }
        if (d->reals > 0) {
            push_number(L, "real_min", d->real_min);
            push_number(L, "real_max", d->real_max);
        }
        lua_rawseti(L, -2, i);
    }
    lua_setfield(L, -2, "decades");
}

static void push_stored(lua_State *L, const struct census_stored *s)
{
    push_decades(L, s->decades);
    border_set_integer(L, "julian", s->julian);
    border_set_integer(L, "texts_iso", s->texts_iso);
    border_set_integer(L, "texts_go", s->texts_go);
    border_set_integer(L, "texts_other", s->texts_other);
    push_shown(L, "iso_shown", s->texts_iso, s->iso_shown);
    push_shown(L, "go_shown", s->texts_go, s->go_shown);
    push_shown(L, "other_shown", s->texts_other, s->other_shown);
    border_set_integer(L, "blobs_rfc", s->uuid_rfc);
    border_set_integer(L, "blobs_net", s->uuid_net);
    border_set_integer(L, "blobs_even", s->uuid_even);
    border_set_integer(L, "blobs_rfc_versions", s->uuid_rfc_versions);
    border_set_integer(L, "blobs_net_versions", s->uuid_net_versions);
}

static void push_census(lua_State *L, const struct census_column *c, enum census_wanted wanted)
{
    lua_createtable(L, 0, 32);
    for (int class = CELL_NULL; class <= CELL_BLOB; class ++) {
        border_set_integer(L, cell_class_name((enum cell_class) class), c->count[class]);
    }
    if (c->count[CELL_INTEGER] > 0) {
        border_set_integer(L, "integer_min", c->integer_min);
        border_set_integer(L, "integer_max", c->integer_max);
    }
    if (c->count[CELL_REAL] > 0) {
        push_number(L, "real_min", c->real_min);
        push_number(L, "real_max", c->real_max);
    }
    border_set_boolean(L, "integers_inexact", c->integers_inexact);
    border_set_boolean(L, "integers_bool", c->integers_bool);
    border_set_boolean(L, "reals_fraction", c->reals_fraction);
    border_set_integer(L, "blob_bytes", c->blob_bytes_most);
    border_set_integer(L, "blobs_of_16", c->blobs_of_16);
    if (wanted >= CENSUS_TEXTS) {
        push_texts(L, &c->texts);
    }
    if (wanted == CENSUS_CANDIDATES) {
        push_candidates(L, &c->texts);
    }
    if (wanted == CENSUS_STORED) {
        push_stored(L, &c->stored);
    }
}

/* The length of the list `field` of the job at `index`; the list is left on the stack. */
static size_t push_wanted(lua_State *L, int index)
{
    lua_Unsigned length;

    if (lua_type(L, index) != LUA_TTABLE || lua_getfield(L, index, "wanted") != LUA_TTABLE) {
        border_usage(L, "census: a job is a table with the list `wanted`");
    }
    length = lua_rawlen(L, -1);
    if (length < 1 || length > COLUMNS_MOST) {
        border_usage(L, "a census of %d columns", (int)length);
    }
    return (size_t)length;
}

/* What is wanted of each column: the list on top of the stack into `wanted`. */
static void read_wanted(lua_State *L, unsigned char *wanted, size_t count)
{
    static const char *const words[] = {"types", "classes", "texts", "candidates", "stored", NULL};

    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        wanted[i] = (unsigned char)luaL_checkoption(L, -1, NULL, words);
        lua_pop(L, 1);
    }
}

static const char *required_text(lua_State *L, int index, const char *field)
{
    const char *text = border_field_text(L, index, field, NULL);

    if (text == NULL) {
        border_usage(L, "census: a job needs the text `%s`", field);
    }
    return text;
}

/* The jobs in the list at `index`, in a userdata that is left on the stack; the texts belong to the list. */
static struct census_job *read_jobs(lua_State *L, int index, size_t count)
{
    struct census_job *jobs = lua_newuserdatauv(L, (count + 1) * sizeof *jobs, 0);
    size_t columns = 0;
    struct census_column *out;
    unsigned char *wanted;

    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        columns += push_wanted(L, lua_gettop(L));
        lua_pop(L, 2);
    }
    out = lua_newuserdatauv(L, (columns + 1) * sizeof *out, 0);
    wanted = lua_newuserdatauv(L, columns + 1, 0);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        jobs[i].columns = push_wanted(L, lua_gettop(L));
        read_wanted(L, wanted, jobs[i].columns);
        lua_pop(L, 1);
        jobs[i].table = required_text(L, lua_gettop(L), "table");
        jobs[i].select = required_text(L, lua_gettop(L), "select");
        jobs[i].range = border_field_text(L, lua_gettop(L), "range", NULL);
        jobs[i].wanted = wanted;
        jobs[i].out = out;
        wanted += jobs[i].columns;
        out += jobs[i].columns;
        lua_pop(L, 1);
    }
    return jobs;
}

/* s:census(jobs, threads) -> array of arrays of column statistics, one a job and one a column. threads: at most so
 * many; absent: as many as there are processors and readers. */
static int census(lua_State *L)
{
    struct snapshot *snapshot = border_handle(L, 1, SNAPSHOT_TYPE);
    lua_Integer threads = luaL_optinteger(L, 3, sys_processors());
    sqlite3 *readers[SNAPSHOT_READERS];
    const struct census_job *jobs;
    size_t count;
    struct err e;

    luaL_checktype(L, 2, LUA_TTABLE);
    count = lua_rawlen(L, 2);
    jobs = read_jobs(L, 2, count);
    err_clear(&e);
    if (census_run(readers, snapshot_census_readers(snapshot, readers, threads < 1 ? 1 : (size_t)threads), jobs, count,
                   &e) != 0) {
        return border_raise(L, &e);
    }
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_createtable(L, (int)jobs[i].columns, 0);
        for (size_t k = 0; k < jobs[i].columns; k++) {
            push_census(L, &jobs[i].out[k], (enum census_wanted)jobs[i].wanted[k]);
            lua_rawseti(L, -2, (lua_Integer)k + 1);
        }
        lua_rawseti(L, -2, (lua_Integer)i + 1);
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
    static const luaL_Reg functions[] = {
        {"open", open_snapshot}, {"copy", copy_snapshot}, {"look", look}, {NULL, NULL}};

    border_handle_type(L, SNAPSHOT_TYPE, methods, close_snapshot);
    border_handle_type(L, STATEMENT_TYPE, no_methods, close_statement);
    luaL_newlib(L, functions);
    border_set_integer(L, "lanes_most", SNAPSHOT_LANES_MOST);
    return 1;
}
