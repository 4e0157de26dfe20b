/* source_sqlite.c: rows of a SQLite table into batches, in key order: all of them, or those between two keys. */
#include <stdio.h>
#include <string.h>

#include "key.h"
#include "snapshot.h"
#include "source.h"

struct source_sqlite {
    struct source base; /* first: the two share their address */
    sqlite3 *db;
    sqlite3_stmt *statement;
    const struct read_spec *spec;
    struct bytes reached; /* encoded key of the last row of the batch before, to name the place of damage */
    int pending;          /* the statement stands on a row that did not fit into the batch before */
    int done;
};

static const char READING[] = "cannot read the table";

/* The outcome of filling a row besides 0 and -1: it would make the batch too large, and is not in it. */
enum { ROW_TOO_MUCH = 1 };

/* A text or blob. The bytes of a text are those of its storage, since no file in another encoding than UTF-8 comes this
 * far: sqlite3_value_text would only add a NUL. */
static int fill_bytes(struct batch *b, struct cell *c, enum cell_class class, sqlite3_value *value, struct err *e)
{
    const void *data = sqlite3_value_blob(value);
    size_t length = (size_t)sqlite3_value_bytes(value);

    if (data == NULL && length > 0) {
        (void)err_set(e, ERR_MEMORY, "%s: out of memory", READING);
        return err_hint(e, "a value of the source is too large for the memory of this machine");
    }
    if (b->rows > 1 && b->arena.length + b->rows * b->columns * sizeof *c + length > BATCH_BYTES) {
        return ROW_TOO_MUCH;
    }
    return batch_bytes(b, c, class, data == NULL ? "" : data, length, e);
}

static int fill_row(struct source_sqlite *s, struct batch *b, struct err *e)
{
    size_t start = b->arena.length;
    struct cell *cells = batch_row(b, e);
    int result = 0;

    if (cells == NULL) {
        return -1;
    }
    for (size_t i = 0; i < b->columns && result == 0; i++) {
        /* One look-up a cell; these values are for one thread only, as the connection is. */
        sqlite3_value *value = sqlite3_column_value(s->statement, (int)i);

        switch (sqlite3_value_type(value)) {
        case SQLITE_INTEGER:
            cells[i].class = CELL_INTEGER;
            cells[i].as.integer = sqlite3_value_int64(value);
            break;
        case SQLITE_FLOAT:
            cells[i].class = CELL_REAL;
            cells[i].as.real = sqlite3_value_double(value);
            break;
        case SQLITE_TEXT:
            result = fill_bytes(b, &cells[i], CELL_TEXT, value, e);
            break;
        case SQLITE_BLOB:
            result = fill_bytes(b, &cells[i], CELL_BLOB, value, e);
            break;
        default:
            break; /* batch_row made it NULL */
        }
    }
    if (result != 0) {
        b->rows--;
        b->arena.length = start;
    }
    return result;
}

/* A failed read: names the table, and the last row that could be read where the table has a key. */
static int read_failed(struct source_sqlite *s, const struct batch *b, struct err *e)
{
    const struct read_spec *spec = s->spec;
    char what[400];
    char key[300] = "";

    if (b->rows > 0 && spec->key_count > 0) {
        s->reached.length = 0;
        (void)key_encode(&s->reached, b, b->rows - 1, spec->key_columns, spec->key_count, NULL);
    }
    key_describe(key, sizeof key, s->reached.data, s->reached.length, spec->key_names, spec->key_count);
    (void)snprintf(what, sizeof what, "%s%s%s", READING, key[0] == '\0' ? "" : " behind the row with ", key);
    (void)snapshot_error(s->db, what, e);
    err_place(e, spec->table, NULL, NULL);
    return -1;
}

/* Remembers where this batch ends. */
static int keep_reached(struct source_sqlite *s, const struct batch *b, struct err *e)
{
    if (b->rows == 0 || s->spec->key_count == 0) {
        return 0;
    }
    s->reached.length = 0;
    return key_encode(&s->reached, b, b->rows - 1, s->spec->key_columns, s->spec->key_count, e);
}

/* Takes the row that the statement stands on, or leaves it for the next batch. */
static int take_row(struct source_sqlite *s, struct batch *b, struct err *e)
{
    int result = fill_row(s, b, e);

    if (result < 0) {
        err_place(e, s->spec->table, NULL, NULL);
        return -1;
    }
    s->pending = result == ROW_TOO_MUCH;
    return 0;
}

static int sqlite_next(struct source *base, struct batch *b, struct err *e)
{
    struct source_sqlite *s = (struct source_sqlite *)base;

    batch_clear(b);
    if (b->columns != s->spec->columns) {
        return err_set(e, ERR_INTERNAL, "a batch of %zu columns for rows of %zu", b->columns, s->spec->columns);
    }
    if (s->pending && take_row(s, b, e) != 0) {
        return -1;
    }
    while (!s->done && !s->pending && !batch_full(b)) {
        int rc = sqlite3_step(s->statement);

        if (rc == SQLITE_DONE) {
            s->done = 1;
        } else if (rc != SQLITE_ROW) {
            return read_failed(s, b, e);
        } else if (take_row(s, b, e) != 0) {
            return -1;
        }
    }
    if (keep_reached(s, b, e) != 0) {
        return -1;
    }
    return b->rows > 0;
}

static void sqlite_close(struct source *base)
{
    struct source_sqlite *s = (struct source_sqlite *)base;

    if (s != NULL) {
        (void)sqlite3_finalize(s->statement);
        bytes_free(&s->reached);
        mem_free(s);
    }
}

/* Binds the cells of an encoded key, behind `before` parameters, with their own storage classes: 1, 1.0 and '1' are
 * different places. */
static int bind_key(struct source_sqlite *s, int before, const unsigned char *key, size_t length, struct err *e)
{
    struct cell cells[KEY_MAX_CELLS];
    int count = key_decode(cells, key, length, e);
    int rc = SQLITE_OK;

    if (count < 0) {
        return -1;
    }
    if ((size_t)count != s->spec->key_count || before + count > sqlite3_bind_parameter_count(s->statement)) {
        return err_set(e, ERR_INTERNAL, "a key of %d values for a table with %zu key columns", count,
                       s->spec->key_count);
    }
    for (int i = 0; i < count && rc == SQLITE_OK; i++) {
        const struct cell *c = &cells[i];
        int place = before + i + 1;

        switch ((enum cell_class)c->class) {
        case CELL_NULL:
            rc = sqlite3_bind_null(s->statement, place);
            break;
        case CELL_INTEGER:
            rc = sqlite3_bind_int64(s->statement, place, c->as.integer);
            break;
        case CELL_REAL:
            rc = sqlite3_bind_double(s->statement, place, c->as.real);
            break;
        case CELL_TEXT:
            rc = sqlite3_bind_text64(s->statement, place, (const char *)key + c->as.offset, c->length, SQLITE_TRANSIENT,
                                     SQLITE_UTF8);
            break;
        case CELL_BLOB:
            rc = sqlite3_bind_blob64(s->statement, place, key + c->as.offset, c->length, SQLITE_TRANSIENT);
            break;
        }
    }
    return rc == SQLITE_OK ? 0 : snapshot_error(s->db, READING, e);
}

/* The statement for a range, or NULL where the plan has none. */
static const char *sql_of(const struct read_spec *spec, int behind, int bounded)
{
    if (behind) {
        return bounded ? spec->sql_between : spec->sql_after;
    }
    return bounded ? spec->sql_until : spec->sql_first;
}

int source_sqlite_open(struct source **out, sqlite3 *db, const struct read_spec *spec, const struct key_range *range,
                       struct err *e)
{
    static const struct key_range all;
    const struct key_range *r = range != NULL ? range : &all;
    struct source_sqlite *s = NULL;
    int behind = r->after_length > 0;
    int bounded = r->until_length > 0;
    int keys = behind + bounded;
    const char *sql = sql_of(spec, behind, bounded);

    *out = NULL;
    if (sql == NULL) {
        (void)err_set(e, ERR_INTERNAL, "the table has no key to read %s", behind ? "behind" : "up to");
        goto fail;
    }
    s = mem_alloc(sizeof *s, e);
    if (s == NULL) {
        goto fail;
    }
    s->base.next = sqlite_next;
    s->base.close = sqlite_close;
    s->db = db;
    s->spec = spec;
    if (sqlite3_prepare_v2(db, sql, -1, &s->statement, NULL) != SQLITE_OK) {
        (void)snapshot_error(db, READING, e);
        goto fail;
    }
    if ((size_t)sqlite3_column_count(s->statement) != spec->columns) {
        (void)err_set(e, ERR_INTERNAL, "the plan reads %zu columns and the SELECT gives %d", spec->columns,
                      sqlite3_column_count(s->statement));
        goto fail;
    }
    if (keys > 0 && sqlite3_bind_parameter_count(s->statement) != keys * (int)spec->key_count) {
        (void)err_set(e, ERR_INTERNAL, "the SELECT for a range has %d parameters for %zu key columns",
                      sqlite3_bind_parameter_count(s->statement), spec->key_count);
        goto fail;
    }
    if (behind && (bind_key(s, 0, r->after, r->after_length, e) != 0 ||
                   bytes_append(&s->reached, r->after, r->after_length, e) != 0)) {
        goto fail;
    }
    if (bounded && bind_key(s, behind ? (int)spec->key_count : 0, r->until, r->until_length, e) != 0) {
        goto fail;
    }
    *out = &s->base;
    return 0;
fail:
    sqlite_close(s == NULL ? NULL : &s->base);
    err_place(e, spec->table, NULL, NULL);
    return -1;
}
