/* border_rows.c: wherry.core.rows: the rows of one table of a resolved plan, each with its key, what it is called, its
 * cells as JSON and the fields that its columns travel as. For the few that have to be found again, not for loading. */
#include "../cell_json.h"
#include "../key.h"
#include "../snapshot.h"
#include "border_lookup.h"
#include "border_table.h"

enum {
    ROWS_READER = 0, /* the snapshot's connection for questions */
    NAME_BYTES = 512 /* of what names a row, as in errors */
};

struct rows {
    const struct table_load *table;
    const unsigned char *after; /* the options table's; NULL: from the start */
    size_t after_length;
    struct batch batch;
    struct stage_result staged; /* of the batch */
    struct copy_format format;
    struct bytes scratch;
};

static void push_bytes(lua_State *L, const struct bytes *b)
{
    lua_pushlstring(L, b->length ? (const char *)b->data : "", b->length);
}

/* Pushes the list of fields; false where a column has none: its type has no codec, or its value does not fit. */
static void push_fields(lua_State *L, struct rows *r, size_t row)
{
    size_t count = r->table->write.count;
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        struct err e;
        err_clear(&e);
        r->scratch.length = 0;
        int rc = r->table->write.columns[i].codec ? copy_cell(&r->format, i, &r->batch, row, &r->scratch, &e) : -1;
        if (rc != 0 && e.kind == ERR_MEMORY)
            (void)border_raise(L, &e);
        if (rc == 0)
            push_bytes(L, &r->scratch);
        else
            lua_pushboolean(L, 0);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static void push_row(lua_State *L, struct rows *r, size_t row)
{
    const struct read_spec *read = &r->table->read;
    char name[NAME_BYTES];
    struct err e;
    err_clear(&e);
    lua_createtable(L, 0, 4);
    r->scratch.length = 0;
    if (read->key_count) {
        if (key_encode(&r->scratch, &r->batch, row, read->key_columns, read->key_count, &e) != 0)
            (void)border_raise(L, &e);
        push_bytes(L, &r->scratch);
        lua_setfield(L, -2, "key");
    }
    row_describe(name, sizeof name, &r->batch, row, read);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "key_text");
    r->scratch.length = 0;
    if (row_json(&r->scratch, &r->batch, row, r->table->cell_names, read->columns, &e) != 0)
        (void)border_raise(L, &e);
    push_bytes(L, &r->scratch);
    lua_setfield(L, -2, "row");
    push_fields(L, r, row);
    lua_setfield(L, -2, "fields");
}

/* each, rows -> whether to go on. What is pushed here may raise: the caller calls it protected. */
static int deliver(lua_State *L)
{
    struct rows *r = lua_touserdata(L, 2);
    lua_settop(L, 1);
    lua_createtable(L, (int)r->batch.rows, 0);
    lua_Integer count = 0;
    for (size_t row = 0; row < r->batch.rows; row++) {
        if (stage_refusal(&r->staged, row))
            continue;
        push_row(L, r, row);
        lua_rawseti(L, -2, ++count);
    }
    lua_call(L, 1, 1);
    return 1;
}

/* Sends what was read through the stages, and delivers it. 1; 0 where `each` gave false; -1 as read_rows. */
static int deliver_batch(lua_State *L, struct rows *r, int each, struct err *e)
{
    do {
        if (stages_apply(r->table->stages, r->table->stage_count, &r->batch, &r->staged, e) != 0)
            return -1;
        lua_pushcfunction(L, deliver);
        lua_pushvalue(L, each);
        lua_pushlightuserdata(L, r);
        if (lua_pcall(L, 2, 1, 0) != LUA_OK)
            return -1;
        int go_on = lua_toboolean(L, -1);
        lua_pop(L, 1);
        if (!go_on)
            return 0;
    } while (stages_go_on(&r->batch, &r->staged));
    return 1;
}

/* Reads and delivers until the end, or until `each` (at the stack index) gives false. 0, -1 and e, or -1 with a raised
 * value on top of the stack and e untouched. */
static int read_rows(lua_State *L, sqlite3 *db, struct rows *r, int each, struct err *e)
{
    const struct key_range range = {.after = r->after, .after_length = r->after_length};
    struct source *source = NULL;
    int rc = source_sqlite_open(&source, db, &r->table->read, &range, e);
    while (rc == 0) {
        int more = source->next(source, &r->batch, e);
        if (more <= 0) {
            rc = more;
            break;
        }
        int go_on = deliver_batch(L, r, each, e);
        if (go_on <= 0) {
            rc = go_on;
            break;
        }
    }
    if (source)
        source->close(source);
    return rc;
}

/* rows{ snapshot=, source=, table=, after= (a key; without it from the start), limit= (rows at a time), each=function,
 * hooks=, lookups= (as core.load's) }: calls each(rows) -> whether to go on, with lists of { key, key_text, row = JSON,
 * fields = {bytes or false} }, in the order of the key: rows that the stages let through. A field is what stands in
 * binary COPY, its length first. */
static int core_rows(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    border_lookups_take(L, 1);
    lua_getfield(L, 1, "snapshot");
    struct snapshot *snapshot = border_handle(L, 2, "wherry.snapshot");
    if (lua_getfield(L, 1, "each") != LUA_TFUNCTION)
        border_usage(L, "rows: the field 'each' is no function");
    struct rows r = {0};
    if (lua_getfield(L, 1, "after") != LUA_TNIL)
        r.after = (const unsigned char *)luaL_checklstring(L, -1, &r.after_length);
    lua_Integer limit = border_integer_between(L, 1, "limit", BATCH_ROWS, 1, BATCH_ROWS);
    (void)border_push_list(L, 1, "table");
    struct table_load table = {0};
    const char *name = border_required_text(L, 1, "source");
    border_read_table(L, lua_gettop(L), &(struct border_sources){.names = &name, .count = 1}, &table);
    luaL_checkstack(L, 16, NULL);
    r.table = &table;
    r.format = (struct copy_format){.binary = 1, .columns = table.write.columns, .count = table.write.count};
    struct err e;
    err_clear(&e);
    int top = lua_gettop(L);
    int rc = batch_init(&r.batch, table.read.columns, &e);
    if (rc == 0) {
        r.batch.row_limit = (size_t)limit;
        rc = read_rows(L, snapshot_reader(snapshot, ROWS_READER), &r, 3, &e);
        batch_free(&r.batch);
    }
    stage_result_free(&r.staged);
    copy_format_free(&r.format);
    bytes_free(&r.scratch);
    if (rc != 0 && lua_gettop(L) > top)
        return lua_error(L);
    return rc != 0 ? border_raise(L, &e) : 0;
}

int border_open_rows(lua_State *L)
{
    static const luaL_Reg functions[] = {{"rows", core_rows}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
