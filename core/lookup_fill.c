/* lookup_fill.c: a lookup from the rows of a SELECT of SQLite. */
#include "lookup_fill.h"

#include <string.h>

#include "key.h"
#include "snapshot.h"

static const char READING[] = "cannot read what a lookup is filled from";

/* A value as a cell whose bytes SQLite keeps. */
static const unsigned char *cell_of(sqlite3_value *value, struct cell *c)
{
    const void *data = NULL;
    memset(c, 0, sizeof *c);
    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
        c->class = CELL_INTEGER;
        c->as.integer = sqlite3_value_int64(value);
        return NULL;
    case SQLITE_FLOAT:
        c->class = CELL_REAL;
        c->as.real = sqlite3_value_double(value);
        return NULL;
    case SQLITE_TEXT:
        c->class = CELL_TEXT;
        break;
    case SQLITE_BLOB:
        c->class = CELL_BLOB;
        break;
    default:
        return NULL;
    }
    data = sqlite3_value_blob(value);
    c->length = data ? (uint32_t)sqlite3_value_bytes(value) : 0;
    return data ? data : (const unsigned char *)"";
}

static void give(sqlite3_context *context, const struct cell *c, const unsigned char *data)
{
    switch ((enum cell_class)c->class) {
    case CELL_NULL:
        sqlite3_result_null(context);
        break;
    case CELL_INTEGER:
        sqlite3_result_int64(context, c->as.integer);
        break;
    case CELL_REAL:
        sqlite3_result_double(context, c->as.real);
        break;
    case CELL_TEXT:
        sqlite3_result_text64(context, (const char *)data, c->length, SQLITE_TRANSIENT, SQLITE_UTF8);
        break;
    case CELL_BLOB:
        sqlite3_result_blob64(context, data, c->length, SQLITE_TRANSIENT);
        break;
    }
}

/* wherry_kept(value, n, ...) */
static void kept(sqlite3_context *context, int count, sqlite3_value **values)
{
    const struct lookup_fill *fill = sqlite3_user_data(context);
    struct cell key;
    const unsigned char *data = count > 0 ? cell_of(values[0], &key) : NULL;
    for (int i = 1; i < count; i++) {
        int n = sqlite3_value_int(values[i]);
        const struct cell *found =
            n > 0 && (size_t)n <= fill->kept_count ? lookup_find(fill->kept[n - 1], &key, data) : NULL;
        if (found) {
            give(context, found, lookup_data(fill->kept[n - 1], found));
            return;
        }
    }
    if (count > 0)
        sqlite3_result_value(context, values[0]);
}

struct row {
    struct cell key, value;
    const unsigned char *key_data, *value_data;
};

static int same_bytes(const struct cell *one, const unsigned char *one_data, const struct cell *other,
                      const unsigned char *other_data)
{
    if (one->class != other->class)
        return 0;
    if (one->class == CELL_TEXT || one->class == CELL_BLOB)
        return one->length == other->length && memcmp(one_data, other_data, one->length) == 0;
    return one->class == CELL_NULL || one->as.integer == other->as.integer;
}

/* A key of several columns, as a blob in `encoded`. 0; 1: it has a NULL; -1 and e. */
static int encode_key(sqlite3_stmt *statement, size_t keys, struct batch *b, struct bytes *encoded, struct err *e)
{
    size_t columns[KEY_MAX_CELLS];
    struct cell *cells;
    batch_clear(b);
    encoded->length = 0;
    cells = batch_row(b, e);
    if (!cells)
        return -1;
    for (size_t i = 0; i < keys; i++) {
        const unsigned char *data = cell_of(sqlite3_column_value(statement, (int)i), &cells[i]);
        columns[i] = i;
        if (cells[i].class == CELL_NULL)
            return 1;
        if (data && batch_bytes(b, &cells[i], (enum cell_class)cells[i].class, data, cells[i].length, e) != 0)
            return -1;
    }
    return key_encode(encoded, b, 0, columns, keys, e);
}

static int tell_twice(const struct lookup_fill *fill, const struct cell *key, const unsigned char *data, struct err *e)
{
    const char *quote = key->class == CELL_TEXT ? "\"" : "";
    char shown[200];
    cell_describe(shown, sizeof shown, key, data);
    if (fill->replaces)
        return err_set(e, ERR_PLAN, "the key %s%s%s stands for rows that are merged into different ones", quote, shown,
                       quote);
    (void)err_set(e, ERR_PLAN, "the key %s%s%s stands in it twice", quote, shown, quote);
    return err_hint(e, "let the SELECT give each key once: group by it, or choose a row by min() or max()");
}

static int add_row(struct lookup *l, const struct lookup_fill *fill, const struct row *row, struct err *e)
{
    const struct cell *there;
    int added;
    if (row->key.class == CELL_NULL || (fill->replaces && row->value.class == CELL_NULL))
        return 0;
    added = lookup_add(l, &row->key, row->key_data, &row->value, row->value_data, e);
    if (added <= 0)
        return added;
    there = lookup_find(l, &row->key, row->key_data);
    if (fill->replaces && there && same_bytes(there, lookup_data(l, there), &row->value, row->value_data))
        return 0;
    return tell_twice(fill, &row->key, row->key_data, e);
}

static int add_rows(struct lookup *l, sqlite3_stmt *statement, struct lookup_fill *fill, struct batch *b,
                    struct bytes *encoded, struct err *e)
{
    int rc;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        struct row row;
        memset(&row, 0, sizeof row);
        fill->rows++;
        fill->marked += fill->replaces && sqlite3_column_int(statement, (int)fill->keys + 1) != 0;
        if (fill->keys == 1) {
            row.key_data = cell_of(sqlite3_column_value(statement, 0), &row.key);
        } else {
            int without = encode_key(statement, fill->keys, b, encoded, e);
            if (without < 0)
                return -1;
            if (without)
                continue;
            row.key = (struct cell){.class = CELL_BLOB, .length = (uint32_t)encoded->length};
            row.key_data = encoded->data;
        }
        row.value_data = cell_of(sqlite3_column_value(statement, (int)fill->keys), &row.value);
        if (add_row(l, fill, &row, e) != 0)
            return -1;
    }
    return rc == SQLITE_DONE ? 0 : snapshot_error(sqlite3_db_handle(statement), READING, e);
}

int lookup_fill(struct lookup *l, sqlite3 *db, struct lookup_fill *fill, struct err *e)
{
    static const char NAME[] = "wherry_kept";
    struct batch b = {0};
    struct bytes encoded = {0};
    sqlite3_stmt *statement = NULL;
    int rc = -1;
    if (fill->keys == 0 || fill->keys > KEY_MAX_CELLS || batch_init(&b, fill->keys, e) != 0)
        return -1;
    if (sqlite3_create_function_v2(db, NAME, -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, fill, kept,
                                   NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, fill->sql, -1, &statement, NULL) != SQLITE_OK) {
        (void)snapshot_error(db, READING, e);
        if ((sqlite3_errcode(db) & 0xff) == SQLITE_ERROR)
            e->kind = ERR_PLAN; /* the statement is the plan's */
        goto done;
    }
    if ((size_t)sqlite3_column_count(statement) != fill->keys + (fill->replaces ? 2 : 1)) {
        (void)err_set(e, ERR_PLAN, "the SELECT gives %d column%s; a key and its value are expected",
                      sqlite3_column_count(statement), sqlite3_column_count(statement) == 1 ? "" : "s");
        goto done;
    }
    rc = add_rows(l, statement, fill, &b, &encoded, e);
done:
    (void)sqlite3_finalize(statement);
    (void)sqlite3_create_function_v2(db, NAME, -1, SQLITE_UTF8, NULL, NULL, NULL, NULL, NULL);
    bytes_free(&encoded);
    batch_free(&b);
    return rc;
}
