/* border_snapshot.c: wherry.core.snapshot: the source file as Lua sees it. */
#include "border.h"

#include <sqlite3.h>
#include <string.h>

#include "../snapshot.h"
#include "../snapshot_reads.h"
#include "../sys.h"
#include "border_column.h"
#include "border_table.h"
#include "border_tick.h"

#define SNAPSHOT_TYPE "wherry.snapshot"
#define STATEMENT_TYPE "wherry.snapshot.statement"

enum { QUERY_READER = 0 };

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

/* open(path, { lanes = n?, live = boolean?, hold = boolean? }?) -> snapshot; lanes: readers for the load, 1 where it is
 * absent; live: a file in use is read, too; hold: nobody writes to it until release */
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
        options.live = border_field_boolean(L, 2, "live");
        options.hold = border_field_boolean(L, 2, "hold");
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

/* s:info() -> { path, fenced, wal, fingerprint, note, user?, taken? (microseconds since 1970) }; the last two where the
 * file is in use */
static int info(lua_State *L)
{
    const struct snapshot_info *i = snapshot_info(border_handle(L, 1, SNAPSHOT_TYPE));

    lua_createtable(L, 0, 7);
    border_set_text(L, "path", i->path);
    border_set_boolean(L, "fenced", i->fenced);
    border_set_boolean(L, "wal", i->wal);
    border_set_text(L, "fingerprint", i->fingerprint);
    lua_pushstring(L, i->note);
    lua_setfield(L, -2, "note");
    if (i->live) {
        border_set_text(L, "user", i->user);
        border_set_integer(L, "taken", i->taken);
    }
    return 1;
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
        rc = border_bind(L, 2 + i, statement, i);
    }
    lua_newtable(L);
    while (rc == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
        int columns = sqlite3_column_count(statement);

        lua_createtable(L, 0, columns);
        for (int i = 0; i < columns; i++) {
            lua_pushstring(L, sqlite3_column_name(statement, i));
            if (border_push_column(L, statement, i) != 0) {
                rc = SQLITE_NOMEM;
            }
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

/* s:reads(sql) -> array of { table =, column = } that the statement reads; it is compiled, and may do nothing else */
static int reads(lua_State *L)
{
    sqlite3 *db = snapshot_reader(border_handle(L, 1, SNAPSHOT_TYPE), QUERY_READER);
    const char *sql = border_text(L, 2);
    size_t length = 0;
    size_t again = 0;
    const char *names;
    struct err e;

    err_clear(&e);
    if (snapshot_reads(db, sql, NULL, 0, &length, &e) != 0) {
        return border_raise(L, &e);
    }
    names = border_block(L, length, 1);
    if (snapshot_reads(db, sql, lua_touserdata(L, -1), length, &again, &e) != 0) {
        return border_raise(L, &e);
    }
    lua_newtable(L);
    for (const char *at = names; at < names + length; at += strlen(at) + 1) {
        lua_createtable(L, 0, 2);
        border_set_text(L, "table", at);
        at += strlen(at) + 1;
        border_set_text(L, "column", at);
        lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    }
    return 1;
}

/* s:release(): ends what open has held */
static int release(lua_State *L)
{
    struct snapshot *snapshot = border_handle(L, 1, SNAPSHOT_TYPE);
    struct err e;

    err_clear(&e);
    return snapshot_release(snapshot, &e) != 0 ? border_raise(L, &e) : 0;
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

/* The list at the index `list`, or nothing: a block that is left on the stack. */
static const struct snapshot_count *read_counts(lua_State *L, int list, size_t *length)
{
    struct snapshot_count *counts;

    *length = 0;
    if (lua_isnoneornil(L, list)) {
        return NULL;
    }
    luaL_checktype(L, list, LUA_TTABLE);
    *length = (size_t)lua_rawlen(L, list);
    counts = border_block(L, *length, sizeof *counts);
    for (size_t i = 0; i < *length; i++) {
        border_push_element(L, list, i, LUA_TTABLE, "counts");
        counts[i].table = border_required_text(L, lua_gettop(L), "table");
        counts[i].sql = border_required_text(L, lua_gettop(L), "sql");
        lua_pop(L, 1);
    }
    return counts;
}

/* s:check_start({ check = true, counts = { { table=, sql = gives one integer }, ... } }?): counts, and then runs
 * quick_check where that is wanted (without an argument it is), in a thread beside the caller's */
static int check_start(lua_State *L)
{
    struct snapshot *snapshot = border_handle(L, 1, SNAPSHOT_TYPE);
    const struct snapshot_count *counts = NULL;
    size_t length = 0;
    int check = 1;
    struct err e;

    if (!lua_isnoneornil(L, 2)) {
        luaL_checktype(L, 2, LUA_TTABLE);
        check = border_field_boolean(L, 2, "check");
        lua_getfield(L, 2, "counts");
        counts = read_counts(L, lua_gettop(L), &length);
    }
    err_clear(&e);
    if (snapshot_check_start(snapshot, counts, length, check, &e) != 0) {
        return border_raise(L, &e);
    }
    return 0;
}

/* s:counts(wait) -> list of the counts that are known, in their order, and why the next one failed, if it did; with
 * `wait` only when all are known, or one failed */
static int counts(lua_State *L)
{
    struct snapshot *snapshot = border_handle(L, 1, SNAPSHOT_TYPE);
    const int64_t *rows;
    size_t known;
    struct err e;
    int result;

    err_clear(&e);
    result = snapshot_counts(snapshot, lua_toboolean(L, 2), &rows, &known, &e);
    lua_createtable(L, (int)known, 0);
    for (size_t i = 0; i < known; i++) {
        lua_pushinteger(L, rows[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    if (result >= 0) {
        return 1;
    }
    border_push_error(L, &e);
    return 2;
}

/* s:check(wait) -> "running" | "passed", or raises what was found, kind "source", or why a count failed */
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

int border_open_snapshot(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"info", info},       {"query", query}, {"unchanged", unchanged},  {"check_start", check_start},
        {"counts", counts},   {"check", check}, {"census", border_census}, {"reads", reads},
        {"release", release}, {NULL, NULL},
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
