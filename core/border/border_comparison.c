/* border_comparison.c: wherry.core.verify.comparison: rows of both sides compared (core/verify_compare.h).
 *
 * comparison{ target = which digest, types = { type or false, .. by column }, key = { places of columns }, any =
 * boolean?, keeps = boolean?, buckets = { n, .. }? }: first source and stream `into` it. Then comparison:count(limit?)
 * -> { sqlite = rows, pg = rows, only_sqlite =, only_pg =, different =, spilled = }, and comparison:keys(most) -> { the
 * hashes of keys that differ }, nil: they are more. Then, unless it keeps rows from the first reading on, source and
 * stream `into` it once more, the latter with a digest; and comparison:next() -> { kind =
 * "only_sqlite"|"only_pg"|"different", copies =, name = of the row in SQLite, columns = { { place =, sqlite = { class=,
 * text= or hex= }?, pg = likewise, byte = where they begin to differ? } }, key = likewise } or nil: all other columns
 * than the key's of a row that only one side has, else those that differ. With `keeps` the stream needs a digest, too.
 */
#include "border_comparison.h"

#include "border_table.h"
#include "utf8.h"

#define COMPARISON "wherry.verify.comparison"

enum { TARGETS_MOST = 1000000 }; /* more tables than there are anywhere */

struct held_comparison {
    struct comparison *c; /* NULL: closed */
    size_t columns;
    const unsigned char *is_key; /* a byte a column */
};

static struct held_comparison *held_at(lua_State *L, int index)
{
    struct held_comparison *held = luaL_checkudata(L, index, COMPARISON);
    if (!held->c)
        border_usage(L, "the comparison is closed");
    return held;
}

static int comparison_free(lua_State *L)
{
    struct held_comparison *held = luaL_checkudata(L, 1, COMPARISON);
    comparison_close(held->c);
    held->c = NULL;
    return 0;
}

/* The field `types`: types, or false for what has none. The table at `owner` keeps what hints point to. */
static const struct capture_column *read_types(lua_State *L, int owner, size_t *count)
{
    *count = border_push_list(L, 1, "types");
    int list = lua_gettop(L);
    struct capture_column *columns = border_block(L, *count, sizeof *columns);
    lua_rawseti(L, owner, (lua_Integer)lua_rawlen(L, owner) + 1);
    for (size_t i = 0; i < *count; i++) {
        columns[i].hint.typmod = -1;
        if (lua_rawgeti(L, list, (lua_Integer)i + 1) == LUA_TTABLE)
            columns[i].codec = border_type(L, lua_gettop(L), owner, &columns[i].hint);
        lua_pop(L, 1);
    }
    /* Texts in hints are the types'. */
    lua_rawseti(L, owner, (lua_Integer)lua_rawlen(L, owner) + 1);
    return columns;
}

/* The field `key`: places of columns. */
static const unsigned char *read_key(lua_State *L, int owner, size_t columns)
{
    size_t count = border_push_list(L, 1, "key");
    int list = lua_gettop(L);
    unsigned char *is_key = border_block(L, columns, 1);
    lua_rawseti(L, owner, (lua_Integer)lua_rawlen(L, owner) + 1);
    for (size_t i = 0; i < count; i++) {
        border_push_element(L, list, i, LUA_TNUMBER, "key");
        lua_Integer place = lua_tointeger(L, -1);
        if (place < 1 || (size_t)place > columns)
            border_usage(L, "the key has no column %lld", (long long)place);
        is_key[place - 1] = 1;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return is_key;
}

static const unsigned char *read_buckets(lua_State *L, int owner)
{
    if (lua_getfield(L, 1, "buckets") == LUA_TNIL) {
        lua_pop(L, 1);
        return NULL;
    }
    lua_pop(L, 1);
    size_t count = border_push_list(L, 1, "buckets");
    int list = lua_gettop(L);
    unsigned char *buckets = border_block(L, DIGEST_BUCKETS, 1);
    lua_rawseti(L, owner, (lua_Integer)lua_rawlen(L, owner) + 1);
    for (size_t i = 0; i < count; i++) {
        border_push_element(L, list, i, LUA_TNUMBER, "buckets");
        lua_Integer bucket = lua_tointeger(L, -1);
        if (bucket < 0 || bucket >= DIGEST_BUCKETS)
            border_usage(L, "there is no bucket %lld", (long long)bucket);
        buckets[bucket] = 1;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return buckets;
}

static int verify_comparison(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    struct held_comparison *held = lua_newuserdatauv(L, sizeof *held, 1);
    *held = (struct held_comparison){0};
    luaL_setmetatable(L, COMPARISON);
    lua_newtable(L);
    lua_pushvalue(L, 3);
    lua_setiuservalue(L, 2, 1);
    struct comparison_options options = {.target =
                                             (size_t)border_integer_between(L, 1, "target", 1, 1, TARGETS_MOST) - 1,
                                         .any = border_field_boolean(L, 1, "any"),
                                         .keeps = border_field_boolean(L, 1, "keeps")};
    options.columns = read_types(L, 3, &held->columns);
    held->is_key = read_key(L, 3, held->columns);
    options.buckets = read_buckets(L, 3);
    struct err e;
    err_clear(&e);
    if (comparison_open(&held->c, &options, &e) != 0)
        return border_raise(L, &e);
    lua_settop(L, 2);
    return 1;
}

/* comparison:count(limit?) */
static int comparison_counted(lua_State *L)
{
    struct held_comparison *held = held_at(L, 1);
    struct comparison_counts counts;
    struct err e;
    err_clear(&e);
    if (comparison_count(held->c, luaL_optinteger(L, 2, -1), &counts, &e) != 0)
        return border_raise(L, &e);
    lua_createtable(L, 0, 6);
    border_set_integer(L, "sqlite", counts.rows[SIDE_SQLITE]);
    border_set_integer(L, "pg", counts.rows[SIDE_PG]);
    border_set_integer(L, "only_sqlite", counts.kinds[ONLY_SQLITE]);
    border_set_integer(L, "only_pg", counts.kinds[ONLY_PG]);
    border_set_integer(L, "different", counts.kinds[DIFFERENT]);
    border_set_integer(L, "spilled", counts.spilled);
    return 1;
}

/* comparison:keys(most) -> { the hashes of the keys that differ }; nil: they are more than that */
static int comparison_list(lua_State *L)
{
    const struct held_comparison *held = held_at(L, 1);
    lua_Integer most = luaL_checkinteger(L, 2);
    size_t count;
    const uint64_t *keys = comparison_keys(held->c, &count);
    if (!keys || (lua_Integer)count > most)
        return 0;
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        lua_pushinteger(L, (lua_Integer)keys[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

/* Sets { class =, text = or hex = }: texts as they are, those that are not UTF-8 as hex digits; the values of a key
 * are parts of a name, and escaped. */
static void set_value(lua_State *L, const char *field, const struct captured_value *value, int64_t from, int is_key)
{
    char text[CAPTURE_TEXT];
    char escaped[CAPTURE_TEXT];
    size_t length = captured_show(text, value, from);
    const unsigned char *bytes = (const unsigned char *)text;
    lua_createtable(L, 0, 2);
    border_set_text(L, "class", cell_class_name(value->class));
    if (is_key) {
        err_escape(escaped, sizeof escaped, bytes, length);
        border_set_text(L, "text", escaped);
    } else if (utf8_check(bytes, length, &(size_t){0}, NULL) != 0) {
        cell_describe(escaped, sizeof escaped, &(struct cell){.class = CELL_BLOB, .length = (uint32_t)length}, bytes);
        border_set_text(L, "hex", escaped);
    } else {
        lua_pushlstring(L, text, length);
        lua_setfield(L, -2, "text");
    }
    lua_setfield(L, -2, field);
}

/* Appends the column to the list at `list`: that of the key, or of others where the sides differ. */
static void push_column(lua_State *L, size_t place, int is_key, const unsigned char *at[2], int list)
{
    static const char *const names[] = {[SIDE_SQLITE] = "sqlite", [SIDE_PG] = "pg"};
    struct captured_value values[2];
    int64_t from = 0;
    for (size_t side = 0; side < 2; side++)
        if (at[side])
            values[side] = captured_next(&at[side]);
    if (at[0] && at[1])
        from = captured_difference(&values[0], &values[1]);
    if (from == CAPTURE_SAME && !is_key)
        return;
    lua_createtable(L, 0, 4);
    border_set_integer(L, "place", (lua_Integer)place + 1);
    for (size_t side = 0; side < 2; side++)
        if (at[side])
            set_value(L, names[side], &values[side], from, is_key);
    if (from > 0)
        border_set_integer(L, "byte", from + 1);
    lua_rawseti(L, list, (lua_Integer)lua_rawlen(L, list) + 1);
}

static int comparison_tell(lua_State *L)
{
    static const char *const kinds[] = {
        [ONLY_SQLITE] = "only_sqlite", [ONLY_PG] = "only_pg", [DIFFERENT] = "different"};
    struct held_comparison *held = held_at(L, 1);
    struct comparison_difference difference;
    struct err e;
    err_clear(&e);
    int got = comparison_next(held->c, &difference, &e);
    if (got < 0)
        return border_raise(L, &e);
    if (got == 0)
        return 0;
    luaL_checkstack(L, 10, NULL);
    lua_createtable(L, 0, 4);
    border_set_text(L, "kind", kinds[difference.kind]);
    border_set_integer(L, "copies", difference.copies);
    const unsigned char *at[2] = {NULL, NULL};
    for (size_t side = 0; side < 2; side++) {
        if (!difference.sides[side])
            continue;
        const char *name = captured_name(difference.sides[side], &at[side]);
        if (side == SIDE_SQLITE)
            border_set_text(L, "name", name);
    }
    int found = lua_gettop(L);
    lua_newtable(L);
    lua_newtable(L);
    for (size_t i = 0; i < held->columns; i++)
        push_column(L, i, held->is_key[i], at, held->is_key[i] ? found + 1 : found + 2);
    lua_setfield(L, found, "columns");
    lua_setfield(L, found, "key");
    return 1;
}

struct comparison *border_check_comparison(lua_State *L, int index)
{
    return held_at(L, index)->c;
}

void border_add_comparison(lua_State *L)
{
    static const luaL_Reg methods[] = {{"count", comparison_counted},
                                       {"keys", comparison_list},
                                       {"next", comparison_tell},
                                       {"close", comparison_free},
                                       {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", comparison_free}, {"__close", comparison_free}, {NULL, NULL}};
    if (luaL_newmetatable(L, COMPARISON)) {
        luaL_setfuncs(L, meta, 0);
        luaL_newlib(L, methods);
        lua_setfield(L, -2, "__index");
    }
    lua_pop(L, 1);
    lua_pushcfunction(L, verify_comparison);
    lua_setfield(L, -2, "comparison");
}
