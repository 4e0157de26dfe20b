/* key.c: the key of a source row as bytes, and back. */
#include "key.h"

#include <stdio.h>
#include <string.h>

static int encode_cell(struct bytes *out, const struct batch *b, const struct cell *c, struct err *e)
{
    unsigned char class = c->class;
    uint64_t bits = 0;

    if (bytes_append(out, &class, 1, e) != 0) {
        return -1;
    }
    switch ((enum cell_class)c->class) {
    case CELL_NULL:
        return 0;
    case CELL_INTEGER:
        return bytes_put_u64(out, (uint64_t)c->as.integer, e);
    case CELL_REAL:
        memcpy(&bits, &c->as.real, sizeof bits);
        return bytes_put_u64(out, bits, e);
    case CELL_TEXT:
    case CELL_BLOB:
        if (bytes_put_u32(out, c->length, e) != 0) {
            return -1;
        }
        return bytes_append(out, batch_data(b, c), c->length, e);
    }
    return err_set(e, ERR_INTERNAL, "a key cell has the unknown storage class %d", class);
}

int key_encode(struct bytes *out, const struct batch *b, size_t row, const size_t *columns, size_t count, struct err *e)
{
    size_t before = out->length;

    if (count > KEY_MAX_CELLS) {
        return err_set(e, ERR_INTERNAL, "a key of %zu columns; the most is %d", count, KEY_MAX_CELLS);
    }
    if (row >= b->rows) {
        return err_set(e, ERR_INTERNAL, "row %zu of a batch of %zu rows has no key", row, b->rows);
    }
    for (size_t i = 0; i < count; i++) {
        if (columns[i] >= b->columns) {
            out->length = before;
            return err_set(e, ERR_INTERNAL, "key column %zu of a row of %zu cells", columns[i], b->columns);
        }
        if (encode_cell(out, b, b->cells + row * b->columns + columns[i], e) != 0) {
            out->length = before;
            return -1;
        }
    }
    return 0;
}

static uint64_t big_endian(const unsigned char *data, size_t length)
{
    uint64_t value = 0;

    for (size_t i = 0; i < length; i++) {
        value = value << 8 | data[i];
    }
    return value;
}

/* Decodes the cell at *at and moves *at behind it. 0, or -1 when the bytes end too early or hold no cell. */
static int decode_cell(struct cell *c, const unsigned char *data, size_t length, size_t *at)
{
    size_t left = length - *at - 1;
    const unsigned char *body = data + *at + 1;
    size_t used = 0;
    uint64_t bits;

    memset(c, 0, sizeof *c);
    c->class = data[*at];
    switch ((enum cell_class)c->class) {
    case CELL_NULL:
        break;
    case CELL_INTEGER:
    case CELL_REAL:
        used = 8;
        if (left < used) {
            return -1;
        }
        bits = big_endian(body, used);
        if (c->class == CELL_REAL) {
            memcpy(&c->as.real, &bits, sizeof bits);
        } else {
            memcpy(&c->as.integer, &bits, sizeof bits);
        }
        break;
    case CELL_TEXT:
    case CELL_BLOB:
        if (left < 4) {
            return -1;
        }
        c->length = (uint32_t)big_endian(body, 4);
        if (left - 4 < c->length) {
            return -1;
        }
        c->as.offset = *at + 1 + 4;
        used = 4 + (size_t)c->length;
        break;
    default:
        return -1;
    }
    *at += 1 + used;
    return 0;
}

int key_decode(struct cell *cells, const unsigned char *data, size_t length, struct err *e)
{
    size_t at = 0;
    int count = 0;

    while (at < length) {
        if (count == KEY_MAX_CELLS || decode_cell(&cells[count], data, length, &at) != 0) {
            return err_set(e, ERR_INTERNAL, "%zu bytes of the journal are not a key", length);
        }
        count++;
    }
    return count;
}

/* Appends to a fixed buffer and keeps it terminated; what does not fit is cut. */
static void append(char *out, size_t size, const char *text)
{
    size_t used = strlen(out);

    (void)snprintf(out + used, size - used, "%s", text);
}

/* Appends a cell of a key; name may be NULL. data: what the offsets of texts and blobs count from. */
static void describe_cell(char *out, size_t size, const char *name, const struct cell *c, const unsigned char *data)
{
    char value[128];
    int bytes = c->class == CELL_TEXT || c->class == CELL_BLOB;

    append(out, size, out[0] != '\0' ? ", " : "");
    if (name) {
        append(out, size, name);
        append(out, size, "=");
    }
    cell_describe(value, sizeof value, c, bytes ? data + c->as.offset : NULL);
    append(out, size, c->class == CELL_NULL ? "NULL" : c->class == CELL_BLOB ? "x'" : bytes ? "'" : "");
    append(out, size, value);
    append(out, size, bytes ? "'" : "");
}

void key_describe(char *out, size_t size, const unsigned char *data, size_t length, const char *const *names,
                  size_t count)
{
    struct cell cells[KEY_MAX_CELLS];
    int n;

    if (size == 0) {
        return;
    }
    out[0] = '\0';
    n = key_decode(cells, data, length, NULL);
    for (int i = 0; i < n; i++) {
        describe_cell(out, size, (size_t)i < count ? names[i] : NULL, &cells[i], data);
    }
}

void key_describe_row(char *out, size_t size, const struct batch *b, size_t row, const size_t *columns,
                      const char *const *names, size_t count)
{
    out[0] = '\0';
    for (size_t i = 0; i < count && row < b->rows; i++) {
        describe_cell(out, size, names[i], b->cells + row * b->columns + columns[i], b->arena.data);
    }
}
