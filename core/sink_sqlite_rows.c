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

/* Names the row that something is the matter with. Returns -1. */
static int place_row(const struct sink_sqlite *s, const struct batch *b, size_t row, struct err *e)
{
    const struct sqlite_write_spec *spec = s->spec;
    char key[sizeof e->key];

    key_describe_row(key, sizeof key, b, row, spec->key_columns, spec->key_names, spec->key_count);
    err_place(e, spec->table, NULL, key);
    return -1;
}

static int refuse_null(const struct sqlite_column *column, struct err *e)
{
    (void)err_set(e, ERR_VALUE, "value does not fit \"%s\": it is NULL, and the column takes none", column->name);
    err_place(e, NULL, column->name, NULL);
    (void)snprintf(e->value_class, sizeof e->value_class, "null");
    return -1;
}

static int refuse_change(const struct sqlite_column *column, const struct cell *c, const unsigned char *data,
                         const char *becomes, struct err *e)
{
    const char *class = cell_class_name((enum cell_class)c->class);

    (void)err_set(e, ERR_VALUE, "value does not fit \"%s\": SQLite would store %s instead of the %s", column->name,
                  becomes, class);
    (void)err_hint(e, "declare the column with a type that keeps it: TEXT for texts, INTEGER or REAL for numbers, BLOB "
                      "for all classes");
    err_place(e, NULL, column->name, NULL);
    cell_describe(e->value, sizeof e->value, c, data);
    (void)snprintf(e->value_class, sizeof e->value_class, "%s", class);
    return -1;
}

/* Looks at each cell of a row before SQLite does. 0, or -1 and e. */
static int look_at_row(const struct sink_sqlite *s, const struct batch *b, size_t row, int64_t *zeros, struct err *e)
{
    const struct cell *cells = b->cells + row * b->columns;

    for (size_t i = 0; i < b->columns; i++) {
        const struct sqlite_column *column = &s->spec->columns[i];
        const struct cell *c = &cells[i];
        const unsigned char *data;
        const char *becomes;

        if (c->class == CELL_NULL && column->not_null) {
            return refuse_null(column, e);
        }
        if (affinity_keeps((enum cell_class)c->class, column->affinity)) {
            continue;
        }
        data = c->class == CELL_TEXT ? batch_data(b, c) : NULL;
        becomes = affinity_changes(column->affinity, c, data);
        *zeros += affinity_loses_sign(column->affinity, c);
        if (becomes != NULL) {
            return refuse_change(column, c, data, becomes, e);
        }
    }
    return 0;
}

int sink_sqlite_rows(struct sink_sqlite *s, const struct batch *b, int64_t *zeros, struct err *e)
{
    sqlite3 *db = s->to.db;
    int stored;
    int rc;

    if (b->columns != s->spec->count) {
        return err_set(e, ERR_INTERNAL, "a batch of %zu columns for %zu values", b->columns, s->spec->count);
    }
    for (size_t row = 0; row < b->rows; row++) {
        if (look_at_row(s, b, row, zeros, e) != 0) {
            return place_row(s, b, row, e);
        }
    }
    s->batch = b;
    rc = sqlite3_step(s->insert);
    stored = sqlite3_changes(db);
    if (rc != SQLITE_DONE) {
        (void)sink_sqlite_failed(s, db, "SQLite refused the row", sink_sqlite_fault(db), e);
        (void)place_row(s, b, s->row < b->rows ? s->row : 0, e);
    } else if ((size_t)stored != b->rows) {
        (void)err_set(e, ERR_INTERNAL, "SQLite stored %d rows of %zu", stored, b->rows);
        err_place(e, s->spec->table, NULL, NULL);
        rc = SQLITE_ERROR;
    }
    (void)sqlite3_reset(s->insert);
    s->batch = NULL;
    return rc == SQLITE_DONE ? 0 : -1;
}
