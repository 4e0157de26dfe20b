/* source_pg.c: rows of PostgreSQL into batches. */
#include "source_pg.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "key.h"

struct source_pg {
    struct source base; /* first: the two share their address */
    struct pgwire *pg;
    const struct pg_read_spec *spec;
    struct copy_reader reader;
    struct copy_field *fields; /* owned; of the row under way */
    const unsigned char *message;
    size_t length, at; /* of the message */
    int pending;       /* fields hold a row that did not fit into the batch before */
    int done;
    int64_t rows; /* that came */
};

/* Names the row whose fields were just read: its key cells alone are made once more. */
static void place_row(const struct source_pg *s, struct err *e)
{
    const struct pg_read_spec *spec = s->spec;
    struct read_column columns[KEY_MAX_CELLS];
    struct copy_field fields[KEY_MAX_CELLS];
    size_t places[KEY_MAX_CELLS];
    struct batch batch = {0};
    char text[sizeof e->key] = "";
    struct err ignored;

    for (size_t i = 0; i < spec->key_count; i++) {
        columns[i] = spec->columns[spec->key_columns[i]];
        fields[i] = s->fields[spec->key_columns[i]];
        places[i] = i;
    }
    if (spec->key_count > 0 && batch_init(&batch, spec->key_count, &ignored) == 0 &&
        copy_read_cells(columns, spec->key_count, fields, &batch, NULL, &ignored) == 0) {
        key_describe_row(text, sizeof text, &batch, 0, places, spec->key_names, spec->key_count);
    }
    batch_free(&batch);
    err_place(e, NULL, NULL, text);
}

/* The next row into s->fields. 1, 0 at the end, -1 and e. */
static int next_row(struct source_pg *s, struct err *e)
{
    int64_t counted = 0;

    while (!s->done) {
        const char *data;
        int got = s->message == NULL
                      ? 0
                      : copy_read_row(&s->reader, s->message, s->length, &s->at, s->fields, s->spec->count, e);

        if (got != 0) {
            s->rows += got > 0;
            return got;
        }
        got = pgwire_copy_get(s->pg, &data, &s->length, &counted, e);
        s->message = (const unsigned char *)data;
        s->at = 0;
        if (got < 0) {
            return -1;
        }
        s->done = got == 0;
        if (s->done && (!s->reader.ended || counted != s->rows)) {
            return err_set(e, ERR_INTERNAL, "the server counts %" PRId64 " rows, and %" PRId64 " came", counted,
                           s->rows);
        }
    }
    return 0;
}

/* Bytes of the row under way on the wire, about what its cells take. */
static size_t row_size(const struct source_pg *s)
{
    size_t size = 0;

    for (size_t i = 0; i < s->spec->count; i++) {
        size += s->fields[i].length > 0 ? (size_t)s->fields[i].length : 0;
    }
    return size;
}

/* Lets go of the message when all of its rows were taken. */
static void drop_message(struct source_pg *s)
{
    if (s->at == s->length) {
        pgwire_copy_drop(s->pg);
        s->message = NULL;
    }
}

static int pg_next(struct source *base, struct batch *b, struct err *e)
{
    struct source_pg *s = (struct source_pg *)base;

    batch_clear(b);
    while (!batch_full(b)) {
        int got = s->pending ? 1 : next_row(s, e);

        if (got < 0) {
            err_place(e, s->spec->table, NULL, NULL);
            return -1;
        }
        if (got == 0) {
            break;
        }
        s->pending = b->rows > 0 &&
                     b->arena.length + (b->rows + 1) * b->columns * sizeof(struct cell) + row_size(s) > BATCH_BYTES;
        if (s->pending) {
            break;
        }
        if (copy_read_cells(s->spec->columns, s->spec->count, s->fields, b, NULL, e) != 0) {
            err_place(e, s->spec->table, NULL, NULL);
            place_row(s, e);
            return -1;
        }
        /* A large row is in the batch now, and the batch may wait for its turn. */
        if (s->length > BATCH_BYTES) {
            drop_message(s);
        }
    }
    return b->rows > 0;
}

static void pg_close(struct source *base)
{
    struct source_pg *s = (struct source_pg *)base;

    if (s == NULL) {
        return;
    }
    if (!s->done) {
        pgwire_copy_abort(s->pg);
    }
    mem_free(s->fields);
    mem_free(s);
}

int source_pg_open(struct source **out, struct pgwire *p, const struct pg_read_spec *spec, struct err *e)
{
    static const char start[] = "COPY (";
    static const char end[] = "\n) TO STDOUT (FORMAT binary)"; /* a comment may end the SELECT */
    struct source_pg *s = NULL;
    struct bytes sql = {0};

    *out = NULL;
    if (spec->key_count > KEY_MAX_CELLS) {
        (void)err_set(e, ERR_INTERNAL, "a key of %zu columns; the most is %d", spec->key_count, KEY_MAX_CELLS);
        goto fail;
    }
    s = mem_alloc(sizeof *s, e);
    if (s == NULL) {
        goto fail;
    }
    s->base.next = pg_next;
    s->base.close = pg_close;
    s->pg = p;
    s->spec = spec;
    s->done = 1; /* nothing to give up yet */
    s->fields = mem_alloc(spec->count * sizeof *s->fields, e);
    if (s->fields == NULL || bytes_append(&sql, start, sizeof start - 1, e) != 0 ||
        bytes_append(&sql, spec->select_sql, strlen(spec->select_sql), e) != 0 ||
        bytes_append(&sql, end, sizeof end, e) != 0 || pgwire_copy_out_begin(p, (const char *)sql.data, e) != 0) {
        goto fail;
    }
    s->done = 0;
    bytes_free(&sql);
    *out = &s->base;
    return 0;
fail:
    bytes_free(&sql);
    pg_close(s == NULL ? NULL : &s->base);
    err_place(e, spec->table, NULL, NULL);
    return -1;
}
