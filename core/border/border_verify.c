/* border_verify.c: wherry.core.verify: rows of both sides read again, summed up or compared.
 *
 * keys() -> a set of encoded source keys, or of rows as JSON where they have none: keys:add(bytes), #keys.
 *
 * source{ snapshot= and source=, or snapshots= as for load, tables= as core.check's, with `digest` (and `range`),
 * hooks=, lookups=, threads=, rejected = { [place of a table] = keys }?, tick = function(index, rows, total)?,
 * connection = of core.pg?, targets = n or into = comparison, unfit_sums = boolean?, unfit_more = { two sums }? } ->
 * { tables = { { rows, rejected, left_out, unfit, unfit_key, unfit_why, unfit_value, unfit_sum = a core.digest? (with
 * unfit_sums: of their cells), merged, filtered = { reason = n } }, .. }, digests = { a core.digest for each of the
 * targets } } (no digests with `into`): every table that has a digest, or emits rows that have one, is read, changed
 * and encoded as a load would do it; rows that are rejected for a value, and those whose keys are in `rejected`, are
 * left out, as are those at which a load would stop (unfit; the key and the rest tell of the first one, with unfit_more
 * of one that the first of these sums has and the second has not). Of columns that a table names in foreign = { { field
 * =, type = SQL }, .. } the server is asked, over the connection, what it makes of their texts.
 *
 * stream{ connection=, select=, digest = { target =, columns = { { oid =, field = }, .. }, key = { places } }?, target
 * = 1?, tick = function(rows)?, into = comparison?, unread = { from = columns as core.back's, columns = a table's }? }
 * -> a core.digest, nothing with `into`: the rows of a SELECT over a connection of core.pg, whose columns are the
 * digest's fields; without `digest` it gives the hash of the key and that of the row, made by the server. With `unread`
 * its columns are those of `from`, and the digest is that of the cells of rows that `columns` does not read back.
 *
 * comparison{ .. }: see border_comparison.c. */
#include "../verify_stream.h"
#include "border_comparison.h"
#include "border_digest.h"
#include "border_lookup.h"
#include "border_readers.h"
#include "border_stage.h"
#include "border_tick.h"

#define KEYS "wherry.verify.keys"
#define RESULTS "wherry.verify.results"

enum { TARGETS_MOST = 1000000 }; /* more tables than there are anywhere */

/* ---- keys ---- */

static int keys_new(lua_State *L)
{
    struct key_set *keys = lua_newuserdatauv(L, sizeof *keys, 0);
    *keys = (struct key_set){0};
    luaL_setmetatable(L, KEYS);
    return 1;
}

static int keys_add(lua_State *L)
{
    struct key_set *keys = luaL_checkudata(L, 1, KEYS);
    size_t length = 0;
    const char *key = luaL_checklstring(L, 2, &length);
    struct err e;
    err_clear(&e);
    return key_set_add(keys, (const unsigned char *)key, length, &e) != 0 ? border_raise(L, &e) : 0;
}

static int keys_count(lua_State *L)
{
    const struct key_set *keys = luaL_checkudata(L, 1, KEYS);
    lua_pushinteger(L, (lua_Integer)keys->count);
    return 1;
}

static int keys_free(lua_State *L)
{
    key_set_free(luaL_checkudata(L, 1, KEYS));
    return 0;
}

/* The field `rejected`: one set a table, those of a table without any are empty. The sets stay the options'. */
static const struct key_set *read_rejected(lua_State *L, size_t count)
{
    if (lua_getfield(L, 1, "rejected") != LUA_TTABLE) {
        lua_pop(L, 1);
        return NULL;
    }
    int list = lua_gettop(L);
    struct key_set *sets = border_block(L, count, sizeof *sets);
    for (size_t i = 0; i < count; i++) {
        if (lua_rawgeti(L, list, (lua_Integer)i + 1) != LUA_TNIL) {
            struct key_set *keys = luaL_checkudata(L, -1, KEYS);
            key_set_sort(keys);
            sets[i] = *keys;
        }
        lua_pop(L, 1);
    }
    return sets;
}

/* The comparison in the field `into`, or NULL. */
static struct comparison *read_into(lua_State *L)
{
    struct comparison *c = NULL;
    if (lua_getfield(L, 1, "into") != LUA_TNIL)
        c = border_check_comparison(L, lua_gettop(L));
    lua_pop(L, 1);
    return c;
}

/* foreign = { { field =, type = }, .. } of the tables: columns that travel as texts, and their types in SQL. */
static const struct verify_foreign *read_foreign(lua_State *L, size_t count)
{
    (void)border_push_list(L, 1, "tables");
    int list = lua_gettop(L);
    struct verify_foreign *all = border_block(L, count, sizeof *all);
    for (size_t i = 0; i < count; i++) {
        luaL_checkstack(L, 8, "too many tables");
        border_push_element(L, list, i, LUA_TTABLE, "tables");
        int table = lua_gettop(L);
        if (lua_getfield(L, table, "foreign") == LUA_TNIL) {
            lua_settop(L, table - 1);
            continue;
        }
        lua_pop(L, 1);
        all[i].count = border_push_list(L, table, "foreign");
        size_t *fields = border_block(L, all[i].count, sizeof *fields);
        const char **types = border_block(L, all[i].count, sizeof *types);
        for (size_t k = 0; k < all[i].count; k++) {
            border_push_element(L, table + 1, k, LUA_TTABLE, "foreign");
            fields[k] = (size_t)border_integer_between(L, lua_gettop(L), "field", 0, 1, TARGETS_MOST) - 1;
            types[k] = border_required_text(L, lua_gettop(L), "type");
            lua_pop(L, 1);
        }
        all[i].fields = fields;
        all[i].types = types;
    }
    return all;
}

/* ---- reading the source ---- */

struct results {
    struct verify_table_result *tables; /* the stack's */
    size_t count;
};

/* Pushing what is in the results may raise. */
static int free_results(lua_State *L)
{
    struct results *r = luaL_checkudata(L, 1, RESULTS);
    verify_results_free(r->tables, r->count);
    return 0;
}

static void push_result(lua_State *L, const struct verify_table_result *r)
{
    lua_createtable(L, 0, 10);
    border_set_integer(L, "rows", r->rows);
    border_set_integer(L, "rejected", r->rejected);
    border_set_integer(L, "left_out", r->left_out);
    border_set_integer(L, "unfit", r->unfit);
    border_set_text(L, "unfit_key", r->unfit_key);
    border_set_text(L, "unfit_why", r->unfit_why);
    border_set_text(L, "unfit_value", r->unfit_value);
    border_set_integer(L, "merged", r->staged.merged);
    lua_createtable(L, 0, (int)r->staged.reason_count);
    for (size_t i = 0; i < r->staged.reason_count; i++)
        border_set_integer(L, r->staged.reasons[i].text, r->staged.reasons[i].rows);
    lua_setfield(L, -2, "filtered");
}

/* Digests for the field `targets`, in a list on top of the stack. */
static struct digest **push_digests(lua_State *L, size_t *count)
{
    *count = (size_t)border_integer_between(L, 1, "targets", 0, 0, TARGETS_MOST);
    struct digest **digests = border_block(L, *count, sizeof *digests);
    lua_createtable(L, (int)*count, 0);
    for (size_t i = 0; i < *count; i++) {
        digests[i] = border_push_digest(L);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return digests;
}

/* A plan's digests have to be among those that are made. */
static void check_targets(lua_State *L, const struct table_load *tables, size_t count, size_t targets)
{
    for (size_t i = 0; i < count; i++) {
        int fits = !tables[i].digest || tables[i].digest->target < targets;
        for (size_t k = 0; k < tables[i].emit_count; k++)
            fits &= !tables[i].emits[k].digest || tables[i].emits[k].digest->target < targets;
        if (!fits)
            border_usage(L, "'%s' goes into a digest that is not among the %d", tables[i].read.table, (int)targets);
    }
}

/* For the field `unfit_sums`: a digest a table, in a list on top of the stack, which is empty without it. */
static struct digest **push_unfit(lua_State *L, size_t count)
{
    struct digest **sums = NULL;
    int is_wanted = border_field_boolean(L, 1, "unfit_sums");
    if (is_wanted)
        sums = border_block(L, count, sizeof *sums);
    lua_createtable(L, is_wanted ? (int)count : 0, 0);
    for (size_t i = 0; is_wanted && i < count; i++) {
        sums[i] = border_push_digest(L);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return sums;
}

/* The field `unfit_more`, the second digest taken from the first one; or NULL. */
static const struct digest *read_unfit_more(lua_State *L)
{
    if (lua_getfield(L, 1, "unfit_more") != LUA_TTABLE) {
        lua_pop(L, 1);
        return NULL;
    }
    int list = lua_gettop(L);
    lua_rawgeti(L, list, 1);
    lua_rawgeti(L, list, 2);
    const struct digest *whole = border_check_digest(L, list + 1);
    const struct digest *less = border_check_digest(L, list + 2);
    struct digest *more = border_block(L, 1, sizeof *more);
    for (size_t i = 0; i < DIGEST_BUCKETS; i++) {
        more->buckets[i].rows = whole->buckets[i].rows - less->buckets[i].rows;
        more->buckets[i].sum = whole->buckets[i].sum - less->buckets[i].sum;
    }
    return more;
}

static int verify_read(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    border_lookups_take(L, 1);
    const struct border_sources sources = border_read_sources(L);
    struct border_tick tick = border_tick_field(L);
    struct border_told told = {.tick = &tick, .hooks = border_hook_states(L)};
    tick.gate = border_hook_gate(told.hooks);
    struct verify_source_options options = {.tick = border_told_tick, .context = &told};
    const char **ranges;
    options.tables = border_read_ranged(L, &sources, &ranges, &options.count);
    options.ranges = ranges;
    options.readers = border_read_readers(L, &sources, &options.reader_count);
    options.rejected = read_rejected(L, options.count);
    options.foreign = read_foreign(L, options.count);
    if (lua_getfield(L, 1, "connection") != LUA_TNIL)
        options.pg = border_pg_wire(L, lua_gettop(L));
    options.unfit_more = read_unfit_more(L);
    options.unfit = push_unfit(L, options.count);
    int unfit = lua_gettop(L);
    struct comparison *into = read_into(L);
    struct results *results = lua_newuserdatauv(L, sizeof *results, 1);
    *results = (struct results){.count = 0};
    luaL_setmetatable(L, RESULTS);
    int owner = lua_gettop(L);
    results->tables = border_block(L, options.count, sizeof *results->tables);
    lua_setiuservalue(L, owner, 1);
    results->count = options.count;
    size_t targets = 0;
    struct digest **digests = push_digests(L, &targets);
    if (!into)
        check_targets(L, options.tables, options.count, targets);
    options.taker = into ? comparison_taker(into, SIDE_SQLITE) : verify_summing(digests);
    struct err e;
    err_clear(&e);
    luaL_checkstack(L, 10, NULL);
    if (verify_source(&options, results->tables, &e) != 0)
        return border_raise(L, &e);
    int list = lua_gettop(L);
    lua_createtable(L, 0, 2);
    lua_pushvalue(L, list);
    lua_setfield(L, -2, "digests");
    lua_createtable(L, (int)options.count, 0);
    for (size_t i = 0; i < options.count; i++) {
        push_result(L, &results->tables[i]);
        lua_rawgeti(L, unfit, (lua_Integer)i + 1);
        lua_setfield(L, -2, "unfit_sum");
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "tables");
    return 1;
}

/* ---- reading the target ---- */

static int call_rows_tick(lua_State *L)
{
    const int64_t *rows = lua_touserdata(L, 2);
    lua_settop(L, 1);
    lua_pushinteger(L, *rows);
    lua_call(L, 1, 0);
    return 0;
}

static void stream_tick(void *context, int64_t rows)
{
    border_tick_call(context, call_rows_tick, &rows);
}

/* The field `digest`: as that of a table, but no codec is needed for what the server sends. */
static const struct digest_spec *read_stream_digest(lua_State *L)
{
    size_t count = 0;
    if (lua_getfield(L, 1, "digest") == LUA_TTABLE) {
        count = border_push_list(L, lua_gettop(L), "columns");
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return border_read_digest(L, 1, border_block(L, count, sizeof(struct copy_column)), count, 1);
}

/* The field `unread`, or NULL. What keeps it is left on the stack. */
static const struct unread_spec *read_unread(lua_State *L)
{
    if (lua_getfield(L, 1, "unread") != LUA_TTABLE) {
        lua_pop(L, 1);
        return NULL;
    }
    int table = lua_gettop(L);
    size_t count = border_push_list(L, table, "from");
    int list = lua_gettop(L);
    struct read_column *read = border_block(L, count, sizeof *read);
    struct unread_spec *spec = border_block(L, 1, sizeof *spec);
    lua_newtable(L);
    int owner = lua_gettop(L);
    for (size_t i = 0; i < count; i++) {
        border_push_element(L, list, i, LUA_TTABLE, "from");
        border_read_back_column(L, owner, &read[i]);
        lua_pop(L, 1);
    }
    spec->read = read;
    spec->write = border_read_columns(L, table, count, 1, &spec->count);
    if (spec->count != count)
        border_usage(L, "%d columns are read, and %d written", (int)count, (int)spec->count);
    return spec;
}

static int verify_read_stream(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    struct border_tick tick = border_tick_field(L);
    lua_getfield(L, 1, "connection");
    struct pgwire *p = border_pg_wire(L, lua_gettop(L));
    struct verify_stream_options options = {
        .select_sql = border_required_text(L, 1, "select"), .tick = stream_tick, .context = &tick};
    options.unread = read_unread(L);
    options.spec = options.unread ? NULL : read_stream_digest(L);
    struct comparison *into = read_into(L);
    struct digest *digest = border_push_digest(L);
    int top = lua_gettop(L);
    options.target =
        options.spec ? options.spec->target : (size_t)border_integer_between(L, 1, "target", 1, 1, TARGETS_MOST) - 1;
    struct digest **digests = border_block(L, options.target + 1, sizeof *digests);
    digests[options.target] = digest;
    options.taker = into ? comparison_taker(into, SIDE_PG) : verify_summing(digests);
    struct err e;
    err_clear(&e);
    if (verify_stream(p, &options, &e) != 0)
        return border_raise(L, &e);
    lua_settop(L, top);
    return into ? 0 : 1;
}

int border_open_verify(lua_State *L)
{
    static const luaL_Reg key_methods[] = {{"add", keys_add}, {NULL, NULL}};
    static const luaL_Reg key_meta[] = {{"__gc", keys_free}, {"__len", keys_count}, {NULL, NULL}};
    static const luaL_Reg results_meta[] = {{"__gc", free_results}, {NULL, NULL}};
    static const luaL_Reg functions[] = {
        {"keys", keys_new}, {"source", verify_read}, {"stream", verify_read_stream}, {NULL, NULL}};
    if (luaL_newmetatable(L, KEYS)) {
        luaL_setfuncs(L, key_meta, 0);
        luaL_newlib(L, key_methods);
        lua_setfield(L, -2, "__index");
    }
    if (luaL_newmetatable(L, RESULTS))
        luaL_setfuncs(L, results_meta, 0);
    lua_pop(L, 2);
    luaL_newlib(L, functions);
    border_add_comparison(L);
    return 1;
}
