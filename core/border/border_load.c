/* border_load.c: wherry.core.load and load_rejects: a resolved plan's tables over the path of the core.
 *
 * load_rejects{ snapshot=, conninfo=, journal=, run=, source=, retry= as for load; tables = { one table of the plan,
 * whose `read` has sql_key besides: the same SELECT for the one row whose key is bound to ?1..?k }, rejects = { { id =
 * id in journal.reject, key = the bytes of its column key }, ... } }: reads these rows from the source again and loads
 * those that fit by now, whatever on_bad says: a row is loaded or stays open with its new reason. In steps of some
 * hundred rows, each a slice of kind 'retry'. Only open rejects of this run are loaded, each once. Gives { loaded = n,
 * refused = n, dropped = n (rows that the script leaves out by now, which are counted as filtered or merged), gone = {
 * ids of rows that the source does not have, or that the plan leaves out } }; raises what stopped it: what was
 * committed stays, and the same call goes on. */
#include "../run.h"
#include "../snapshot.h"
#include "../stop.h"
#include "border_lookup.h"
#include "border_stage.h"
#include "border_table.h"
#include "border_tick.h"

enum {
    LOAD_READER = 1,        /* the snapshot's connection for the load */
    HALTED_MOST = 10,       /* ticks that functions have to end a step when another lane has failed */
    RETRY_MOST = 1000000000 /* seconds */
};

/* Pushes the report and calls the function below the progress. */
static int call_tick(lua_State *L)
{
    const struct run_progress *progress = lua_touserdata(L, 2);
    lua_settop(L, 1);
    lua_newtable(L);
    border_set_integer(L, "total", progress->total);
    border_set_integer(L, "lanes", (lua_Integer)progress->lanes);
    border_set_integer(L, "builds_done", (lua_Integer)progress->builds_done);
    border_set_integer(L, "unsent", progress->unsent);
    lua_newtable(L);
    for (size_t i = 0; i < progress->under_way_count; i++) {
        size_t table = progress->under_way[i];
        lua_pushinteger(L, progress->rows[table]);
        lua_rawseti(L, -2, (lua_Integer)table + 1);
    }
    lua_setfield(L, -2, "tables");
    lua_newtable(L);
    for (size_t i = 0; i < progress->done_count; i++) {
        lua_pushinteger(L, (lua_Integer)progress->done[i] + 1);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "done");
    lua_newtable(L);
    for (size_t i = 0; i < progress->building_count; i++) {
        lua_pushinteger(L, progress->building[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "building");
    if (progress->retrying) {
        lua_pushstring(L, progress->retry.message);
        lua_setfield(L, -2, "retry");
    }
    lua_call(L, 1, 1);
    return 1;
}

struct told {
    struct border_tick *tick;
    struct hook_states *hooks;
    int halted; /* so many times a lane had failed; the others end with their step, if that does end */
};

/* tick{ total = rows in committed steps, lanes = at work, tables = { [index] = rows of a table under way }, done = {
 * indexes of tables of which nothing is left }, building = { ids of objects }, builds_done = n, unsent = bytes that are
 * encoded and wait for their connections, retry = message? } -> true: the load is to end */
static void load_tick(void *context, const struct run_progress *progress)
{
    struct told *told = context;
    told->halted += progress->halted;
    if (told->halted > HALTED_MOST)
        border_hooks_interrupt(told->hooks);
    border_tick_call(told->tick, call_tick, progress);
}

struct watched {
    const struct border_sources *sources;
    const struct border_tick *tick;
    struct hook_states *hooks;
};

/* What the sources count beside the load must not have failed, and the caller must want it still. Of a signal the lanes
 * tell. */
static int watch_load(void *context, struct err *e)
{
    const struct watched *w = context;
    const int64_t *rows;
    size_t known;
    if (stop_signal())
        border_hooks_interrupt(w->hooks);
    if (w->tick->ends)
        return err_set(e, ERR_ENVIRONMENT, "the load was ended from outside");
    for (size_t i = 0; i < w->sources->count; i++)
        if (snapshot_counts(w->sources->snapshots[i], 0, &rows, &known, e) < 0 && e->kind != ERR_INTERRUPTED)
            return -1;
    return 0;
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

/* The limits max_bad, rows, and max_bad_percent; -1 where there is none. */
static int64_t read_max_bad(lua_State *L)
{
    int given = lua_getfield(L, 1, "max_bad") != LUA_TNIL;
    lua_pop(L, 1);
    return given ? border_integer_between(L, 1, "max_bad", 0, 0, LUA_MAXINTEGER) : -1;
}

static double read_max_bad_percent(lua_State *L)
{
    lua_Number percent = -1;
    int type = lua_getfield(L, 1, "max_bad_percent");
    if (type == LUA_TNUMBER)
        percent = lua_tonumber(L, -1);
    if ((type != LUA_TNUMBER && type != LUA_TNIL) || (type == LUA_TNUMBER && !(percent >= 0 && percent <= 100)))
        border_usage(L, "load: the field 'max_bad_percent' is no number from 0 to 100");
    lua_pop(L, 1);
    return percent;
}

/* The options of a lane, which load and load_rejects have in common. */
static struct lane_options read_lane(lua_State *L)
{
    return (struct lane_options){.conninfo = border_required_text(L, 1, "conninfo"),
                                 .journal = {.schema = border_required_text(L, 1, "journal"),
                                             .run = border_integer_between(L, 1, "run", 0, 1, LUA_MAXINTEGER)},
                                 .step_rows = border_integer_between(L, 1, "step_rows", 50000, 1, LUA_MAXINTEGER),
                                 .step_bytes =
                                     border_integer_between(L, 1, "step_bytes", 16 * 1024 * 1024, 1, LUA_MAXINTEGER),
                                 .max_bad = read_max_bad(L),
                                 .max_bad_percent = read_max_bad_percent(L),
                                 .retry_ms = read_retry(L)};
}

/* The list `field` of the table at `index`, numbers from 1 to `most`, as indexes; NULL for none. The block stays on the
 * stack. */
static const size_t *read_indexes(lua_State *L, int index, const char *field, size_t most, size_t *count)
{
    *count = 0;
    if (lua_getfield(L, index, field) == LUA_TNIL) {
        lua_pop(L, 1);
        return NULL;
    }
    lua_pop(L, 1);
    *count = border_push_list(L, index, field);
    int list = lua_gettop(L);
    size_t *indexes = border_block(L, *count, sizeof *indexes);
    for (size_t i = 0; i < *count; i++) {
        border_push_element(L, list, i, LUA_TNUMBER, field);
        lua_Integer value = lua_tointeger(L, -1);
        if (value < 1 || (size_t)value > most)
            border_usage(L, "load: %lld in '%s' is no index from 1 to %d", (long long)value, field, (int)most);
        indexes[i] = (size_t)value - 1;
        lua_pop(L, 1);
    }
    lua_remove(L, list);
    return indexes;
}

/* { object = id, from=, to=, statements = { sql, .. }, settings=?, tables = { indexes }?, waits = { indexes }?,
 * excludes = { indexes }? } on top of the stack. */
static void read_build(lua_State *L, size_t tables, size_t builds, struct build *b)
{
    int build = lua_gettop(L);
    luaL_checkstack(L, 10, "too many builds");
    b->object.id = border_integer_between(L, build, "object", 0, 0, LUA_MAXINTEGER);
    if (b->object.id != 0) {
        b->object.from = border_required_text(L, build, "from");
        b->object.to = border_required_text(L, build, "to");
    }
    b->object.settings = border_field_text(L, build, "settings", NULL);
    b->object.count = border_push_list(L, build, "statements");
    int list = lua_gettop(L);
    const char **statements = border_block(L, b->object.count, sizeof *statements);
    for (size_t i = 0; i < b->object.count; i++) {
        border_push_element(L, list, i, LUA_TSTRING, "statements");
        statements[i] = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    b->object.statements = statements;
    b->tables = read_indexes(L, build, "tables", tables, &b->table_count);
    b->waits = read_indexes(L, build, "waits", builds, &b->wait_count);
    b->excludes = read_indexes(L, build, "excludes", builds, &b->exclude_count);
}

/* The field `builds`, a list or nil. */
static const struct build *read_builds(lua_State *L, size_t tables, size_t *count)
{
    *count = 0;
    if (lua_getfield(L, 1, "builds") == LUA_TNIL)
        return NULL;
    lua_pop(L, 1);
    *count = border_push_list(L, 1, "builds");
    int list = lua_gettop(L);
    struct build *builds = border_block(L, *count, sizeof *builds);
    for (size_t i = 0; i < *count; i++) {
        luaL_checkstack(L, 2, "too many builds");
        border_push_element(L, list, i, LUA_TTABLE, "builds");
        read_build(L, tables, *count, &builds[i]);
    }
    return builds;
}

/* The readers of `jobs` lanes, of each lane one a source. */
static sqlite3 *const *read_readers(lua_State *L, const struct border_sources *sources, size_t *jobs)
{
    *jobs = (size_t)border_integer_between(L, 1, "jobs", 1, 1, SNAPSHOT_LANES_MOST);
    sqlite3 **readers = border_block(L, *jobs * sources->count, sizeof *readers);
    for (size_t i = 0; i < *jobs; i++)
        for (size_t k = 0; k < sources->count; k++) {
            sqlite3 *reader = snapshot_lane(sources->snapshots[k], (int)i);
            if (!reader)
                border_usage(L, "load: the snapshot has %d readers for %d lanes", (int)i, (int)*jobs);
            readers[i * sources->count + k] = reader;
        }
    return readers;
}

/* load{ snapshot= and source=, or snapshots= (a list of { name=, snapshot= }), conninfo=, journal= (quoted schema),
 * run=, tables=, builds=?, jobs= (lanes, 1), attended= (false), step_rows=, step_bytes=, retry= (seconds), max_bad=,
 * max_bad_percent=, tick=function? }: blocks until every table is loaded and what could be built on them is; raises
 * what stopped it, which may be a count of a snapshot. A table may have `from`, the name of its source, and `after`,
 * indexes of tables that have to be loaded before it. A build is an object of the journal, put in place in one step,
 * or, without `object`, statements that may be run at any time, for which `attended` allows one connection more; one
 * that the server refuses stays as it is. Gives a list: whether each build was done; and the functions that are
 * unsteady (border_stage.h). */
static int core_load(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    border_lookups_take(L, 1);
    const struct border_sources sources = border_read_sources(L);
    struct border_tick tick = border_tick_field(L);
    struct told told = {.tick = &tick, .hooks = border_hook_states(L)};
    tick.gate = border_hook_gate(told.hooks);
    size_t count = border_push_list(L, 1, "tables"), build_count = 0, jobs = 0;
    int list = lua_gettop(L);
    struct table_load *tables = border_block(L, count, sizeof *tables);
    for (size_t i = 0; i < count; i++) {
        luaL_checkstack(L, 4, "too many tables");
        border_push_element(L, list, i, LUA_TTABLE, "tables");
        int table = lua_gettop(L);
        border_read_table(L, table, &sources, &tables[i]);
        tables[i].after = read_indexes(L, table, "after", count, &tables[i].after_count);
    }
    const struct build *builds = read_builds(L, count, &build_count);
    unsigned char *built = border_block(L, build_count, sizeof *built);
    sqlite3 *const *readers = read_readers(L, &sources, &jobs);
    struct watched watched = {&sources, &tick, told.hooks};
    struct run_options options = {
        .lane = read_lane(L),
        .readers = readers,
        .sources = sources.count,
        .jobs = jobs,
        .attended = border_field_boolean(L, 1, "attended"),
        .tables = tables,
        .count = count,
        .builds = builds,
        .build_count = build_count,
        .built = built,
        .watch = watch_load,
        .watched = &watched,
        .tick = load_tick,
        .context = &told,
    };
    struct err e;
    err_clear(&e);
    luaL_checkstack(L, 8, NULL);
    if (run_load(&options, &e) != 0)
        return border_raise(L, &e);
    lua_newtable(L);
    for (size_t i = 0; i < build_count; i++) {
        lua_pushboolean(L, built[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    border_push_unsteady(L, tables, count);
    return 2;
}

/* The list of rejects at `index`: { id, key }. The keys belong to the list. */
static struct retry *read_rejects(lua_State *L, int index, size_t *count)
{
    *count = border_push_list(L, index, "rejects");
    int list = lua_gettop(L);
    struct retry *rejects = border_block(L, *count, sizeof *rejects);
    for (size_t i = 0; i < *count; i++) {
        border_push_element(L, list, i, LUA_TTABLE, "rejects");
        int reject = lua_gettop(L);
        rejects[i].id = border_integer_between(L, reject, "id", 0, 1, LUA_MAXINTEGER);
        if (lua_getfield(L, reject, "key") != LUA_TSTRING || lua_rawlen(L, -1) == 0)
            border_usage(L, "load_rejects: the key of reject %lld is no text of bytes", (long long)rejects[i].id);
        rejects[i].key = (const unsigned char *)lua_tolstring(L, -1, &rejects[i].key_length);
        lua_pop(L, 2);
    }
    return rejects;
}

/* Pushes { loaded = n, refused = n, dropped = n, gone = { ids } }. */
static void push_outcomes(lua_State *L, const struct retry *rejects, size_t count)
{
    lua_Integer loaded = 0, refused = 0, dropped = 0, gone = 0;
    luaL_checkstack(L, 4, NULL);
    lua_newtable(L);
    lua_newtable(L);
    for (size_t i = 0; i < count; i++) {
        loaded += rejects[i].outcome == RETRY_LOADED;
        refused += rejects[i].outcome == RETRY_REFUSED;
        dropped += rejects[i].outcome == RETRY_DROPPED;
        if (rejects[i].outcome == RETRY_GONE) {
            lua_pushinteger(L, rejects[i].id);
            lua_rawseti(L, -2, ++gone);
        }
    }
    lua_setfield(L, -2, "gone");
    border_set_integer(L, "loaded", loaded);
    border_set_integer(L, "refused", refused);
    border_set_integer(L, "dropped", dropped);
}

static int core_load_rejects(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    border_lookups_take(L, 1);
    const struct border_sources sources = border_read_sources(L);
    struct table_load table = {0};
    if (border_push_list(L, 1, "tables") != 1)
        border_usage(L, "load_rejects: 'tables' has to have one table");
    int given = lua_gettop(L) + 1;
    border_push_element(L, given - 1, 0, LUA_TTABLE, "tables");
    border_read_table(L, given, &sources, &table);
    lua_getfield(L, given, "read");
    const char *sql_key = border_required_text(L, lua_gettop(L), "sql_key");
    size_t count = 0;
    struct retry *rejects = read_rejects(L, 1, &count);
    struct lane_options options = read_lane(L);
    struct lane lane = {.options = &options, .db = snapshot_reader(sources.snapshots[table.reader], LOAD_READER)};
    struct err e;
    err_clear(&e);
    border_hooks_watch(border_hook_states(L));
    int rc = lane_retry(&lane, &table, sql_key, rejects, count, &e);
    lane_close(&lane);
    if (rc != 0)
        return border_raise(L, &e);
    push_outcomes(L, rejects, count);
    return 1;
}

int border_open_load(lua_State *L)
{
    static const luaL_Reg functions[] = {{"load", core_load}, {"load_rejects", core_load_rejects}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
