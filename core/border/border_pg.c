/* border_pg.c: wherry.core.pg: connections and steps for Lua. Rows are for catalogs and reports: data goes by
 * core.load. */
#include <stdio.h>
#include <string.h>

#include "../journal_held.h"
#include "../keeper.h"
#include "../pgwire.h"
#include "border.h"

#define CONNECTION "wherry.pg"
#define RESULT "wherry.pg.result"
#define OPTIONS "wherry.pg.options"

/* A connection, and what keeps it once that is asked for. */
struct connection {
    struct pgwire *p;
    struct keeper *keeper;
};

static int result_close(lua_State *L)
{
    void **slot = border_handle_slot(L, 1, RESULT);

    PQclear(*slot);
    *slot = NULL;
    return 0;
}

static int connection_close(lua_State *L)
{
    void **slot = border_handle_slot(L, 1, CONNECTION);
    struct connection *c = *slot;

    *slot = NULL;
    if (c != NULL) {
        keeper_stop(c->keeper);
        pgwire_close(c->p);
        mem_free(c);
    }
    return 0;
}

struct pgwire *border_pg_wire(lua_State *L, int index)
{
    const struct connection *c = border_handle(L, index, CONNECTION);

    if (c->keeper != NULL) {
        border_usage(L, "the connection is kept alive beside its use: another one is wanted");
    }
    return c->p;
}

/* connect(conninfo, timeout_seconds) -> connection */
static int pg_connect(lua_State *L)
{
    const char *conninfo = border_text(L, 1);
    lua_Number seconds = luaL_optnumber(L, 2, 10);
    void **slot = border_handle_new(L, CONNECTION);
    struct connection *c;
    struct err e;

    luaL_argcheck(L, seconds > 0 && seconds < 1e6, 2, "a number of seconds is wanted");
    c = mem_alloc(sizeof *c, &e);
    if (c == NULL) {
        return border_raise(L, &e);
    }
    *c = (struct connection){0};
    if (pgwire_connect(&c->p, conninfo, (int)(seconds * 1000), &e) != 0) {
        mem_free(c);
        return border_raise(L, &e);
    }
    *slot = c;
    return 1;
}

/* connection:keep(seconds): something is said on it whenever nothing was for that long */
static int connection_keep(lua_State *L)
{
    struct connection *c = border_handle(L, 1, CONNECTION);
    lua_Number seconds = luaL_checknumber(L, 2);
    struct err e;

    luaL_argcheck(L, seconds > 0 && seconds < 1e6, 2, "a number of seconds is wanted");
    if (c->keeper == NULL && keeper_start(&c->keeper, c->p, (int)(seconds * 1000), &e) != 0) {
        return border_raise(L, &e);
    }
    return 0;
}

/* Pushes the rows, each keyed by column name; SQL NULL is an absent field. */
static void push_rows(lua_State *L, const PGresult *result)
{
    int rows = PQntuples(result);
    int columns = PQnfields(result);

    lua_createtable(L, rows, 0);
    for (int row = 0; row < rows; row++) {
        lua_createtable(L, 0, columns);
        for (int column = 0; column < columns; column++) {
            if (!PQgetisnull(result, row, column)) {
                lua_pushlstring(L, PQgetvalue(result, row, column), (size_t)PQgetlength(result, row, column));
                lua_setfield(L, -2, PQfname(result, column));
            }
        }
        lua_seti(L, -2, row + 1);
    }
}

/* connection:query(sql, params?) -> rows */
static int connection_query(lua_State *L)
{
    struct connection *c = border_handle(L, 1, CONNECTION);
    const char *sql = border_text(L, 2);
    const char *const *values = NULL;
    PGresult *result = NULL;
    int count = 0;
    int rc;
    void **slot;
    struct err e;

    if (!lua_isnoneornil(L, 3)) {
        values = border_texts(L, 3, &count);
    }
    slot = border_handle_new(L, RESULT);
    keeper_enter(c->keeper);
    rc = pgwire_exec(c->p, sql, count, values, &result, &e);
    keeper_leave(c->keeper);
    if (rc != 0) {
        return border_raise(L, &e);
    }
    *slot = result;
    push_rows(L, result);
    PQclear(result);
    *slot = NULL;
    return 1;
}

/* The statements { sql, params... } (n: the length with the sql, for trailing nil) at `index`; the array and all texts
 * are kept by values that are left on the stack. */
static struct journal_statement *check_statements(lua_State *L, int index, size_t *count)
{
    struct journal_statement *statements;

    luaL_checktype(L, index, LUA_TTABLE);
    *count = (size_t)luaL_len(L, index);
    statements = lua_newuserdatauv(L, (*count + 1) * sizeof *statements, 0);
    for (size_t i = 0; i < *count; i++) {
        const char **texts;
        int length;

        luaL_checkstack(L, 8, "too many statements in one step");
        if (lua_geti(L, index, (lua_Integer)i + 1) != LUA_TTABLE) {
            border_usage(L, "step: statement %d is not a table", (int)i + 1);
        }
        texts = border_texts(L, lua_gettop(L), &length);
        if (length == 0 || texts[0] == NULL) {
            border_usage(L, "step: statement %d has no SQL", (int)i + 1);
        }
        statements[i].sql = texts[0];
        statements[i].count = length - 1;
        statements[i].values = texts + 1;
    }
    return statements;
}

/* connection:step(lock_sql, lock_params, statements) -> true, or false when lock_sql found no row */
static int connection_step(lua_State *L)
{
    struct connection *c = border_handle(L, 1, CONNECTION);
    const char *lock_sql = luaL_opt(L, border_text, 2, NULL);
    const struct journal_statement *statements;
    const char *const *lock_values = NULL;
    int lock_count = 0;
    int found = 0;
    size_t count;
    int rc;
    struct err e;

    lua_settop(L, 4);
    if (!lua_isnil(L, 3)) {
        lock_values = border_texts(L, 3, &lock_count);
    }
    statements = check_statements(L, 4, &count);
    keeper_enter(c->keeper);
    rc = journal_step(c->p, lock_sql, lock_count, lock_values, statements, count, &found, &e);
    keeper_leave(c->keeper);
    if (rc != 0) {
        return border_raise(L, &e);
    }
    lua_pushboolean(L, found);
    return 1;
}

/* connection:step_begin(lock_sql, lock_params) -> true, the step is open; or false when lock_sql found no row */
static int connection_step_begin(lua_State *L)
{
    struct connection *c = border_handle(L, 1, CONNECTION);
    const char *lock_sql = border_text(L, 2);
    const char *const *lock_values;
    int lock_count = 0;
    int found = 0;
    int rc;
    struct err e;

    lua_settop(L, 3);
    lock_values = border_texts(L, 3, &lock_count);
    keeper_enter(c->keeper);
    rc = journal_held_begin(c->p, lock_sql, lock_count, lock_values, &found, &e);
    keeper_leave(c->keeper);
    if (rc != 0) {
        return border_raise(L, &e);
    }
    lua_pushboolean(L, found);
    return 1;
}

/* connection:step_end(statements): of the step that step_begin has opened */
static int connection_step_end(lua_State *L)
{
    struct connection *c = border_handle(L, 1, CONNECTION);
    const struct journal_statement *statements;
    size_t count;
    int rc;
    struct err e;

    lua_settop(L, 2);
    statements = check_statements(L, 2, &count);
    keeper_enter(c->keeper);
    rc = journal_held_end(c->p, statements, count, &e);
    keeper_leave(c->keeper);
    return rc != 0 ? border_raise(L, &e) : 0;
}

/* connection:step_abort(): everything of the open step is undone */
static int connection_step_abort(lua_State *L)
{
    struct connection *c = border_handle(L, 1, CONNECTION);

    keeper_enter(c->keeper);
    journal_rollback(c->p);
    keeper_leave(c->keeper);
    return 0;
}

static int connection_parameter(lua_State *L)
{
    const struct connection *c = border_handle(L, 1, CONNECTION);
    const char *name = luaL_checkstring(L, 2);
    const char *value;

    keeper_enter(c->keeper);
    value = PQparameterStatus(c->p->conn, name);
    keeper_leave(c->keeper);
    lua_pushstring(L, value);
    return 1;
}

/* connection:lost(): whether it is known to be of no use any more. Never waits. */
static int connection_lost(lua_State *L)
{
    const struct connection *c = border_handle(L, 1, CONNECTION);
    int lost = 0;

    if (keeper_try_enter(c->keeper)) {
        lost = !pgwire_alive(c->p);
        keeper_leave(c->keeper);
    }
    lua_pushboolean(L, lost);
    return 1;
}

static int connection_alive(lua_State *L)
{
    const struct connection *c = border_handle(L, 1, CONNECTION);
    int alive;

    keeper_enter(c->keeper);
    alive = pgwire_alive(c->p);
    keeper_leave(c->keeper);
    lua_pushboolean(L, alive);
    return 1;
}

/* connection:in_failed_transaction(): whether a statement of the transaction has failed, so that it can't be committed.
 */
static int connection_in_failed_transaction(lua_State *L)
{
    const struct connection *c = border_handle(L, 1, CONNECTION);

    keeper_enter(c->keeper);
    lua_pushboolean(L, PQtransactionStatus(c->p->conn) == PQTRANS_INERROR);
    keeper_leave(c->keeper);
    return 1;
}

/* connection:in_transaction(): whether a transaction has begun, a failed one included. */
static int connection_in_transaction(lua_State *L)
{
    const struct connection *c = border_handle(L, 1, CONNECTION);

    keeper_enter(c->keeper);
    lua_pushboolean(L, PQtransactionStatus(c->p->conn) != PQTRANS_IDLE);
    keeper_leave(c->keeper);
    return 1;
}

static int connection_describe(lua_State *L)
{
    const struct connection *c = border_handle(L, 1, CONNECTION);
    const struct pgwire *p = c->p;

    lua_createtable(L, 0, 4);
    border_set_text(L, "host", PQhost(p->conn));
    border_set_text(L, "port", PQport(p->conn));
    border_set_text(L, "user", PQuser(p->conn));
    border_set_text(L, "dbname", PQdb(p->conn));
    return 1;
}

/* connection:mask(text) -> text without this connection's password */
static int connection_mask(lua_State *L)
{
    const struct connection *c = border_handle(L, 1, CONNECTION);
    size_t length = 0;
    const char *text = luaL_checklstring(L, 2, &length);
    size_t size = 4 * length + 16; /* a mask is longer than a password of one byte */
    char *copy = lua_newuserdatauv(L, size, 0);

    memcpy(copy, text, length + 1);
    pgwire_mask(c->p->conninfo, copy, size);
    lua_pushstring(L, copy);
    return 1;
}

/* parse(conninfo) -> { keyword = value }, password included */
static int pg_parse(lua_State *L)
{
    const char *conninfo = border_text(L, 1);
    PQconninfoOption *parsed;
    void **slot = border_handle_new(L, OPTIONS);
    struct err e;

    parsed = pgwire_parse(conninfo, &e);
    if (parsed == NULL) {
        return border_raise(L, &e);
    }
    *slot = parsed;
    lua_newtable(L);
    for (const PQconninfoOption *option = parsed; option->keyword != NULL; option++) {
        if (option->val != NULL) {
            lua_pushstring(L, option->val);
            lua_setfield(L, -2, option->keyword);
        }
    }
    PQconninfoFree(parsed);
    *slot = NULL;
    return 1;
}

static int options_close(lua_State *L)
{
    void **slot = border_handle_slot(L, 1, OPTIONS);

    PQconninfoFree(*slot);
    *slot = NULL;
    return 0;
}

/* quote_literal(text) -> 'text', in the E'' form where it holds backslashes, so that no setting changes its meaning */
static int pg_quote_literal(lua_State *L)
{
    size_t length = 0;
    const char *text = luaL_checklstring(L, 1, &length);
    luaL_Buffer out;

    if (memchr(text, '\0', length) != NULL) {
        border_usage(L, "quote_literal: the text holds a NUL byte, which no text of PostgreSQL can");
    }
    luaL_buffinit(L, &out);
    if (memchr(text, '\\', length) != NULL) {
        luaL_addstring(&out, " E");
    }
    luaL_addchar(&out, '\'');
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\'' || text[i] == '\\') {
            luaL_addchar(&out, text[i]);
        }
        luaL_addchar(&out, text[i]);
    }
    luaL_addchar(&out, '\'');
    luaL_pushresult(&out);
    return 1;
}

int border_open_pg(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"query", connection_query},
        {"step", connection_step},
        {"step_begin", connection_step_begin},
        {"step_end", connection_step_end},
        {"step_abort", connection_step_abort},
        {"keep", connection_keep},
        {"parameter", connection_parameter},
        {"alive", connection_alive},
        {"lost", connection_lost},
        {"mask", connection_mask},
        {"describe", connection_describe},
        {"in_transaction", connection_in_transaction},
        {"in_failed_transaction", connection_in_failed_transaction},
        {NULL, NULL},
    };
    static const luaL_Reg functions[] = {
        {"connect", pg_connect},
        {"parse", pg_parse},
        {"quote_literal", pg_quote_literal},
        {NULL, NULL},
    };
    static const luaL_Reg none[] = {{NULL, NULL}};

    border_handle_type(L, CONNECTION, methods, connection_close);
    border_handle_type(L, RESULT, none, result_close);
    border_handle_type(L, OPTIONS, none, options_close);
    luaL_newlib(L, functions);
    return 1;
}
