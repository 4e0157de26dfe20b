/* sink_sqlite_rows.c: the rows of a batch into a table, by one statement: INSERT .. SELECT from a virtual table that is
 * the batch. A statement a row would open and close the table's trees for every row, and write the number of an
 * AUTOINCREMENT table each time: up to three times the work. */
#include <stdio.h>
#include <string.h>

#include "key.h"
#include "sink_sqlite_internal.h"

/* No table of the file can have it: SQLite keeps names that begin like this to itself. */
static const char MODULE[] = "sqlite_wherry_rows";

struct rows {
    sqlite3_vtab base; /* first: the two share their address */
    struct sink_sqlite *sink;
};

struct cursor {
    sqlite3_vtab_cursor base; /* first, as above */
    struct sink_sqlite *sink;
};

static struct sink_sqlite *sink_of(sqlite3_vtab_cursor *cursor)
{
    return ((struct cursor *)cursor)->sink;
}

/* The columns' names are nobody's business; there are as many as the table's rows have cells. */
static int rows_connect(sqlite3 *db, void *context, int argc, const char *const *argv, sqlite3_vtab **out,
                        char **message)
{
    struct sink_sqlite *s = context;
    sqlite3_str *sql = sqlite3_str_new(db);
    struct rows *rows;
    char *text;
    int rc;

    (void)argc;
    (void)argv;
    (void)message;
    for (size_t i = 0; i < s->spec->count; i++) {
        sqlite3_str_appendf(sql, "%s c%d", i == 0 ? "CREATE TABLE rows (" : ",", (int)i);
    }
    sqlite3_str_appendall(sql, ")");
    text = sqlite3_str_finish(sql);
    rows = sqlite3_malloc(sizeof *rows);
    rc = text == NULL || rows == NULL ? SQLITE_NOMEM : sqlite3_declare_vtab(db, text);
    sqlite3_free(text);
    if (rc != SQLITE_OK) {
        sqlite3_free(rows);
        return rc;
    }
    memset(rows, 0, sizeof *rows);
    rows->sink = s;
    *out = &rows->base;
    return SQLITE_OK;
}

static int rows_disconnect(sqlite3_vtab *table)
{
    sqlite3_free(table);
    return SQLITE_OK;
}

static int rows_best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
    (void)table;
    info->estimatedRows = BATCH_ROWS;
    info->estimatedCost = BATCH_ROWS;
    return SQLITE_OK;
}

static int rows_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out)
{
    struct cursor *cursor = sqlite3_malloc(sizeof *cursor);

    if (cursor == NULL) {
        return SQLITE_NOMEM;
    }
    memset(cursor, 0, sizeof *cursor);
    cursor->sink = ((struct rows *)table)->sink;
    *out = &cursor->base;
    return SQLITE_OK;
}

static int rows_close(sqlite3_vtab_cursor *cursor)
{
    sqlite3_free(cursor);
    return SQLITE_OK;
}

static int rows_filter(sqlite3_vtab_cursor *cursor, int index, const char *name, int argc, sqlite3_value **argv)
{
    (void)index;
    (void)name;
    (void)argc;
    (void)argv;
    sink_of(cursor)->row = 0;
    return SQLITE_OK;
}

static int rows_next(sqlite3_vtab_cursor *cursor)
{
    sink_of(cursor)->row++;
    return SQLITE_OK;
}

static int rows_eof(sqlite3_vtab_cursor *cursor)
{
    const struct sink_sqlite *s = sink_of(cursor);

    return s->row >= s->batch->rows;
}

static int rows_column(sqlite3_vtab_cursor *cursor, sqlite3_context *result, int column)
{
    const struct sink_sqlite *s = sink_of(cursor);
    const struct batch *b = s->batch;
    const struct cell *c = &b->cells[s->row * b->columns + (size_t)column];

    switch ((enum cell_class)c->class) {
    case CELL_NULL:
        break; /* as the result is without being set */
    case CELL_INTEGER:
        sqlite3_result_int64(result, c->as.integer);
        break;
    case CELL_REAL:
        sqlite3_result_double(result, c->as.real);
        break;
    /* The batch outlives the statement. */
    case CELL_TEXT:
        sqlite3_result_text64(result, (const char *)batch_data(b, c), c->length, SQLITE_STATIC, SQLITE_UTF8);
        break;
    case CELL_BLOB:
        sqlite3_result_blob64(result, batch_data(b, c), c->length, SQLITE_STATIC);
        break;
    }
    return SQLITE_OK;
}

static int rows_rowid(sqlite3_vtab_cursor *cursor, sqlite3_int64 *rowid)
{
    *rowid = (sqlite3_int64)sink_of(cursor)->row;
    return SQLITE_OK;
}

/* Without xCreate: the table is there by its module's name alone. */
static const sqlite3_module module = {
    .xConnect = rows_connect,
    .xBestIndex = rows_best_index,
    .xDisconnect = rows_disconnect,
    .xOpen = rows_open,
    .xClose = rows_close,
    .xFilter = rows_filter,
    .xNext = rows_next,
    .xEof = rows_eof,
    .xColumn = rows_column,
    .xRowid = rows_rowid,
};

int sink_sqlite_table(struct sink_sqlite *s, const struct sqlite_write_spec *spec, struct err *e)
{
    sqlite3 *db = s->to.db;
    char *sql;
    int rc;

    (void)sqlite3_finalize(s->insert);
    s->insert = NULL;
    s->spec = spec;
    sql = sqlite3_mprintf("%s SELECT * FROM %s", spec->insert_sql, MODULE);
    /* A module that is registered again forgets the columns of the table before. */
    rc = sql == NULL ? SQLITE_NOMEM : sqlite3_create_module_v2(db, MODULE, &module, s, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->insert, NULL);
    }
    if (rc != SQLITE_OK) {
        (void)(sql == NULL ? err_set(e, ERR_MEMORY, "out of memory for a statement")
                           : sink_sqlite_failed(s, db, "the table cannot be filled", ERR_PLAN, e));
        err_place(e, spec->table, NULL, NULL);
    }
    sqlite3_free(sql);
    return rc == SQLITE_OK ? 0 : -1;
}

static void describe_row(const struct sink_sqlite *s, const struct batch *b, size_t row, char *out, size_t size)
{
    const struct sqlite_write_spec *spec = s->spec;

    key_describe_row(out, size, b, row, spec->key_columns, spec->key_names, spec->key_count);
}

/* Names the row that something is the matter with. Returns -1. */
static int place_row(const struct sink_sqlite *s, const struct batch *b, size_t row, struct err *e)
{
    char key[sizeof e->key];

    describe_row(s, b, row, key, sizeof key);
    err_place(e, s->spec->table, NULL, key);
    return -1;
}

static int refuse_null(const struct sqlite_column *column, struct err *e)
{
    (void)err_set(e, ERR_VALUE, "value does not fit \"%s\": it is NULL, and the column takes none", column->name);
    err_place(e, NULL, column->name, NULL);
    (void)snprintf(e->value_class, sizeof e->value_class, "null");
    return -1;
}

/* NaN: no column keeps it. */
static int refuse_change(const struct sqlite_column *column, const struct cell *c, const char *becomes, struct err *e)
{
    const char *class = cell_class_name((enum cell_class)c->class);

    (void)err_set(e, ERR_VALUE, "value does not fit \"%s\": SQLite would store %s instead of the %s", column->name,
                  becomes, class);
    err_place(e, NULL, column->name, NULL);
    cell_describe(e->value, sizeof e->value, c, NULL);
    (void)snprintf(e->value_class, sizeof e->value_class, "%s", class);
    return -1;
}

static int is_known(const struct sqlite_obstacles *o, const struct sqlite_write_spec *spec, size_t column)
{
    for (size_t i = 0; i < o->count; i++) {
        if (o->first[i].spec == spec && o->first[i].becomes != NULL && o->first[i].column == column) {
            return 1;
        }
    }
    return 0;
}

/* Room for one more, about a row of the table; NULL: there is none. */
static struct sqlite_obstacle *add_obstacle(const struct sink_sqlite *s, const struct batch *b, size_t row,
                                            struct sqlite_obstacles *obstacles)
{
    struct sqlite_obstacle *o = NULL;

    if (obstacles->count < SQLITE_OBSTACLES_KEPT) {
        o = &obstacles->first[obstacles->count++];
        memset(o, 0, sizeof *o);
        o->spec = s->spec;
        describe_row(s, b, row, o->key, sizeof o->key);
    }
    return o;
}

static void note_change(const struct sink_sqlite *s, const struct batch *b, size_t row, size_t column,
                        const char *becomes, struct sqlite_obstacles *obstacles)
{
    const struct cell *c = &b->cells[row * b->columns + column];
    struct sqlite_obstacle *o = is_known(obstacles, s->spec, column) ? NULL : add_obstacle(s, b, row, obstacles);

    if (o != NULL) {
        o->becomes = becomes;
        o->column = column;
        cell_describe(o->value, sizeof o->value, c, c->class == CELL_TEXT ? batch_data(b, c) : NULL);
        (void)snprintf(o->value_class, sizeof o->value_class, "%s", cell_class_name((enum cell_class)c->class));
    }
}

/* Looks at each cell of a row before SQLite does. 0, or -1 and e. */
static int look_at_row(const struct sink_sqlite *s, const struct batch *b, size_t row, int64_t *zeros,
                       struct sqlite_obstacles *obstacles, struct err *e)
{
    const struct cell *cells = b->cells + row * b->columns;

    for (size_t i = 0; i < b->columns; i++) {
        const struct sqlite_column *column = &s->spec->columns[i];
        const struct cell *c = &cells[i];
        const char *becomes;

        if (c->class == CELL_NULL && column->not_null) {
            return refuse_null(column, e);
        }
        if (affinity_keeps((enum cell_class)c->class, column->affinity)) {
            continue;
        }
        becomes = affinity_changes(column->affinity, c, c->class == CELL_TEXT ? batch_data(b, c) : NULL);
        *zeros += affinity_loses_sign(column->affinity, c);
        if (becomes != NULL && column->affinity == AFFINITY_BLOB) {
            return refuse_change(column, c, becomes, e);
        }
        if (becomes != NULL) {
            note_change(s, b, row, i, becomes, obstacles);
        }
    }
    return 0;
}

/* What SQLite said of the statement: a row that a CHECK refuses is an obstacle. 0, or -1 and e. */
static int refused(const struct sink_sqlite *s, const struct batch *b, struct sqlite_obstacles *obstacles,
                   struct err *e)
{
    static const char start[] = "CHECK constraint failed: ";
    sqlite3 *db = s->to.db;
    size_t row = s->row < b->rows ? s->row : 0;
    struct sqlite_obstacle *o = NULL;

    if (sqlite3_extended_errcode(db) == SQLITE_CONSTRAINT_CHECK) {
        o = add_obstacle(s, b, row, obstacles);
    }
    if (o == NULL) {
        (void)sink_sqlite_failed(s, db, "SQLite refused the row", sink_sqlite_fault(db), e);
        return place_row(s, b, row, e);
    }
    /* Nothing but the message has the constraint's name. */
    const char *said = sqlite3_errmsg(db);
    size_t skipped = strncmp(said, start, sizeof start - 1) == 0 ? sizeof start - 1 : 0;

    (void)snprintf(o->check, sizeof o->check, "%s", said + skipped);
    return 0;
}

/* 0, or -1 and e. */
static int insert_batch(struct sink_sqlite *s, const struct batch *b, struct sqlite_obstacles *obstacles, struct err *e)
{
    int result = 0;

    s->batch = b;
    if (sqlite3_step(s->insert) != SQLITE_DONE) {
        result = refused(s, b, obstacles, e);
    } else if ((size_t)sqlite3_changes(s->to.db) != b->rows) {
        result = err_set(e, ERR_INTERNAL, "SQLite stored %d rows of %zu", sqlite3_changes(s->to.db), b->rows);
        err_place(e, s->spec->table, NULL, NULL);
    }
    (void)sqlite3_reset(s->insert);
    s->batch = NULL;
    return result;
}

int sink_sqlite_rows(struct sink_sqlite *s, const struct batch *b, int64_t *zeros, struct sqlite_obstacles *obstacles,
                     struct err *e)
{
    if (b->columns != s->spec->count) {
        return err_set(e, ERR_INTERNAL, "a batch of %zu columns for %zu values", b->columns, s->spec->count);
    }
    for (size_t row = 0; row < b->rows; row++) {
        if (look_at_row(s, b, row, zeros, obstacles, e) != 0) {
            return place_row(s, b, row, e);
        }
    }
    return obstacles->count > 0 ? 0 : insert_batch(s, b, obstacles, e);
}
