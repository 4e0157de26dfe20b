/* insert_writer.c: rows that are given one by one, each by one prepared INSERT. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "codec_common.h"
#include "row_writer.h"

struct insert_writer {
    struct row_writer base; /* first: the two share their address */
    const struct insert_spec *spec;
    struct database *database; /* not owned */
    sqlite3_stmt *insert;      /* owned */
    int64_t stored;
};

/* Fills e with why a value does not fit its column. Returns -1. */
static int refuse(const struct insert_column *column, const struct cell *c, const unsigned char *data, const char *why,
                  const char *hint, struct err *e)
{
    const char *class = cell_class_name((enum cell_class)c->class);

    (void)err_set(e, ERR_VALUE, "value does not fit \"%s\"%s%s: %s", column->column.name,
                  column->type[0] != '\0' ? " " : "", column->type, why);
    (void)err_hint(e, "%s", hint);
    err_place(e, NULL, column->column.name, NULL);
    cell_describe(e->value, sizeof e->value, c, data);
    (void)snprintf(e->value_class, sizeof e->value_class, "%s", class);
    return -1;
}

/* Whether a text is what SQLite would write for the number that it makes of it. */
static int is_own_text(const unsigned char *data, size_t length)
{
    char text[40];
    char own[40];
    char *end = NULL;
    size_t size;

    if (length == 0 || length >= sizeof text - 8) {
        return 0;
    }
    memcpy(text, data, length);
    text[length] = '\0';
    errno = 0;
    long long integer = strtoll(text, &end, 10);
    if (errno == 0 && *end == '\0') {
        size = codec_integer_text(own, integer);
    } else {
        size = real_to_text(own, sizeof own, strtod(text, NULL));
    }
    return size == length && memcmp(own, text, length) == 0;
}

/* SQLite takes any bytes for a text; a NUL within is one of its characters. */
static int is_utf8(const unsigned char *data, size_t length)
{
    size_t at = 0;

    while (at < length) {
        size_t fault = 0;

        if (utf8_check(data + at, length - at, &fault, NULL) == 0) {
            return 1;
        }
        if (data[at + fault] != '\0') {
            return 0;
        }
        at += fault + 1;
    }
    return 1;
}

static int look_at_text(const struct insert_column *column, const struct cell *c, const unsigned char *data,
                        struct err *e)
{
    if (!is_utf8(data, c->length)) {
        return refuse(column, c, data, "the text is not valid UTF-8", "bytes that are no text: w.blob(bytes)", e);
    }
    if (affinity_changes(column->column.affinity, c, data) != NULL && !is_own_text(data, c->length)) {
        return refuse(column, c, data, "SQLite would store a number that is written in another way",
                      "write the number, or give the column a type of text", e);
    }
    return 0;
}

static int is_double(int64_t value)
{
    double nearest = (double)value;

    return nearest < 9223372036854775808.0 && (int64_t)nearest == value;
}

/* What SQLite would change on the way into the column, or make up, is refused; what it would cut is written in full. 0,
 * or -1 and e. */
static int look_at(struct row_writer *base, const struct insert_column *column, struct cell *c, struct err *e)
{
    enum affinity affinity = column->column.affinity;
    char text[40];

    switch ((enum cell_class)c->class) {
    case CELL_NULL:
        return column->column.not_null
                   ? refuse(column, c, NULL, "it is NULL, and the column takes none",
                            "a column that is left out gets its default, or the next number where it is the rowid", e)
                   : 0;
    case CELL_INTEGER:
        return affinity == AFFINITY_REAL && !is_double(c->as.integer)
                   ? refuse(column, c, NULL, "no floating-point number is equal to it",
                            "give the column a type of integers", e)
                   : 0;
    case CELL_REAL:
        if (isnan(c->as.real)) {
            return refuse(column, c, NULL, "it is not a number, for which SQLite stores NULL", "write nil", e);
        }
        /* SQLite's own text has 15 digits. */
        return affinity == AFFINITY_TEXT
                   ? batch_bytes(&base->batch, c, CELL_TEXT, text, real_to_text(text, sizeof text, c->as.real), e)
                   : 0;
    case CELL_TEXT:
        if (column->is_blob) {
            c->class = CELL_BLOB;
            return 0;
        }
        return look_at_text(column, c, batch_data(&base->batch, c), e);
    case CELL_BLOB:
        break;
    }
    return 0;
}

static int bind(sqlite3_stmt *insert, int place, const struct batch *b, const struct cell *c)
{
    switch ((enum cell_class)c->class) {
    case CELL_NULL:
        break;
    case CELL_INTEGER:
        return sqlite3_bind_int64(insert, place, c->as.integer);
    case CELL_REAL:
        return sqlite3_bind_double(insert, place, c->as.real);
    /* The batch outlives the step. */
    case CELL_TEXT:
        return sqlite3_bind_text64(insert, place, (const char *)batch_data(b, c), c->length, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case CELL_BLOB:
        return sqlite3_bind_blob64(insert, place, batch_data(b, c), c->length, SQLITE_STATIC);
    }
    return sqlite3_bind_null(insert, place);
}

/* Binds the row and runs the statement. 0, or -1 and e. */
static int insert_row(struct insert_writer *w, struct err *e)
{
    sqlite3 *db = database_connection(w->database);
    sqlite3_int64 before = sqlite3_total_changes64(db);
    const struct batch *b = &w->base.batch;
    int rc = SQLITE_OK;

    for (size_t i = 0; i < w->spec->count && rc == SQLITE_OK; i++) {
        rc = bind(w->insert, (int)i + 1, b, &b->cells[i]);
    }
    if (rc == SQLITE_OK) {
        rc = sqlite3_step(w->insert);
    }
    if (rc != SQLITE_DONE) {
        (void)database_error(w->database, w->spec->insert_sql, e);
        (void)sqlite3_reset(w->insert);
        return -1;
    }
    (void)sqlite3_reset(w->insert);
    /* What stores no row leaves the number of the statement before behind. */
    w->stored += sqlite3_total_changes64(db) == before ? 0 : sqlite3_changes64(db);
    return 0;
}

/* Where the transaction has gone, what would be written now would be stored for itself. */
static int check_transaction(struct insert_writer *w, struct err *e)
{
    if (!sqlite3_get_autocommit(database_connection(w->database))) {
        return 0;
    }
    w->base.over = 1;
    return err_set(e, ERR_USAGE, "the transaction of the rows of %s was ended by another statement", w->base.target);
}

static int insert_put(struct row_writer *base, struct err *e)
{
    struct insert_writer *w = (struct insert_writer *)base;

    if (row_writer_check(base, e) != 0 || check_transaction(w, e) != 0) {
        return -1;
    }
    for (size_t i = 0; i < w->spec->count; i++) {
        if (look_at(base, &w->spec->columns[i], &base->batch.cells[i], e) != 0) {
            return row_writer_place(base, base->rows + 1, e);
        }
    }
    if (insert_row(w, e) != 0) {
        /* A trigger or a full disk may have taken back the whole transaction. */
        base->over = e->kind != ERR_VALUE || sqlite3_get_autocommit(database_connection(w->database));
        return row_writer_place(base, base->rows + 1, e);
    }
    base->rows++;
    return 0;
}

static int insert_end(struct row_writer *base, int64_t *stored, struct err *e)
{
    struct insert_writer *w = (struct insert_writer *)base;

    *stored = 0;
    if (row_writer_check(base, e) != 0 || check_transaction(w, e) != 0) {
        return -1;
    }
    base->over = 1;
    *stored = w->stored;
    return 0;
}

/* A statement outlives its connection. */
static void insert_free(struct row_writer *base, int gone)
{
    struct insert_writer *w = (struct insert_writer *)base;

    (void)gone;
    (void)sqlite3_finalize(w->insert);
    batch_free(&base->batch);
    mem_free(w);
}

int insert_writer_open(struct row_writer **out, struct database *d, const struct insert_spec *spec, struct err *e)
{
    struct insert_writer *w = mem_alloc(sizeof *w, e);

    if (w == NULL) {
        return -1;
    }
    w->base.target = spec->target;
    w->base.put = insert_put;
    w->base.end = insert_end;
    w->base.free = insert_free;
    w->spec = spec;
    w->database = d;
    if (batch_init(&w->base.batch, spec->count, e) != 0 || database_prepare(d, spec->insert_sql, &w->insert, e) != 0) {
        err_place(e, spec->target, NULL, NULL);
        insert_free(&w->base, 0);
        return -1;
    }
    *out = &w->base;
    return 0;
}
