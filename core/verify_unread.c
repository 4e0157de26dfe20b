/* verify_unread.c: values of PostgreSQL into cells and back, to see of which rows that fails. */
#include "verify_unread.h"

#include "record_hash.h"

enum { WORD = 8, HEAD = 1 + WORD }; /* the class and a word, which is a number or the length of the bytes behind it */

void unread_free(struct unread_reader *r)
{
    copy_format_free(&r->format);
    batch_free(&r->batch);
    bytes_free(&r->wire);
    bytes_free(&r->record);
}

static uint64_t word_of(const struct cell *c)
{
    uint64_t word = 0;

    if (c->class == CELL_INTEGER) {
        word = (uint64_t)c->as.integer;
    } else if (c->class == CELL_REAL) {
        double value = c->as.real + 0.0; /* -0.0 + 0.0 is 0.0 */

        memcpy(&word, &value, sizeof word);
    } else if (c->class != CELL_NULL) {
        word = c->length;
    }
    return word;
}

int unread_hash(const struct batch *b, size_t row, const struct copy_column *columns, size_t count,
                struct bytes *record, uint64_t *hash, struct err *e)
{
    record->length = 0;
    for (size_t i = 0; i < count; i++) {
        const struct cell *c = &b->cells[row * b->columns + columns[i].cell];
        uint64_t word = word_of(c);
        unsigned char head[HEAD] = {c->class};

        memcpy(head + 1, &word, sizeof word);
        if (bytes_append(record, head, sizeof head, e) != 0) {
            return -1;
        }
        if ((c->class == CELL_TEXT || c->class == CELL_BLOB) &&
            bytes_append(record, batch_data(b, c), c->length, e) != 0) {
            return -1;
        }
    }
    *hash = record_hash(record->data, record->length);
    return 0;
}

static int prepare(struct unread_reader *r, struct err *e)
{
    const struct unread_spec *spec = r->spec;

    if (r->format.columns != NULL) {
        batch_clear(&r->batch);
        return 0;
    }
    if (batch_init(&r->batch, spec->count, e) != 0) {
        return -1;
    }
    r->format.binary = 1;
    r->format.columns = spec->write;
    r->format.count = spec->count;
    return 0;
}

int unread_row(struct unread_reader *r, const struct copy_field *fields, uint64_t *hash, struct err *e)
{
    const struct unread_spec *spec = r->spec;
    struct err refusal;

    err_clear(&refusal);
    if (prepare(r, e) != 0) {
        return -1;
    }
    if (copy_read_cells(spec->read, spec->count, fields, &r->batch, NULL, &refusal) != 0) {
        if (refusal.kind == ERR_VALUE) { /* no cell: no file has the row */
            *hash = 0;
            return 1;
        }
        *e = refusal;
        return -1;
    }
    r->wire.length = 0;
    if (copy_row(&r->format, &r->batch, 0, &r->wire, &refusal) == 0) {
        return 0;
    }
    if (refusal.kind != ERR_VALUE) {
        *e = refusal;
        return -1;
    }
    return unread_hash(&r->batch, 0, spec->write, spec->count, &r->record, hash, e) != 0 ? -1 : 1;
}
