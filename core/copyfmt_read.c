/* copyfmt_read.c: the messages of COPY TO STDOUT, binary, into cells. */
#include "copyfmt_read.h"

#include <stdio.h>
#include <string.h>

#include "codec_common.h"

enum { HEADER = 19, MAGIC = 11 };

static int malformed(const char *what, struct err *e)
{
    (void)err_set(e, ERR_SERVER, "the rows of the server are not in the binary format of COPY: %s", what);
    return err_hint(e, "connect to the PostgreSQL server directly, without a program in between");
}

/* The signature, 32 bits of flags, and 32 bits of length of a header extension, which is passed by. */
static int read_header(const unsigned char *message, size_t length, size_t *at, struct err *e)
{
    static const char magic[MAGIC] = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', '\377', '\r', '\n', '\0'};
    const unsigned char *header = message + *at;

    if (length - *at < HEADER || memcmp(header, magic, MAGIC) != 0) {
        return malformed("the signature is missing", e);
    }
    /* The upper half is for what a reader has to know. */
    if (codec_u32(header + MAGIC) >> 16 != 0) {
        return malformed("unknown flags", e);
    }
    if (codec_u32(header + MAGIC + 4) > length - *at - HEADER) {
        return malformed("the header ends too early", e);
    }
    *at += HEADER + codec_u32(header + MAGIC + 4);
    return 0;
}

int copy_read_row(struct copy_reader *r, const unsigned char *message, size_t length, size_t *at,
                  struct copy_field *fields, size_t count, struct err *e)
{
    if (!r->begun) {
        if (read_header(message, length, at, e) != 0) {
            return -1;
        }
        r->begun = 1;
    }
    if (*at == length) {
        return 0;
    }
    if (r->ended) {
        return malformed("something follows the end", e);
    }
    if (length - *at < 2) {
        return malformed("a row ends too early", e);
    }
    unsigned number = codec_u16(message + *at);
    *at += 2;
    if (number == 0xFFFF) {
        r->ended = 1;
        return *at == length ? 0 : malformed("something follows the end", e);
    }
    if (number != count) {
        return malformed("a row has another number of fields than the statement has columns", e);
    }
    for (size_t i = 0; i < count; i++) {
        if (length - *at < 4) {
            return malformed("a row ends too early", e);
        }
        uint32_t size = codec_u32(message + *at);
        *at += 4;
        fields[i].data = message + *at;
        fields[i].length = -1;
        if (size == UINT32_MAX) {
            continue;
        }
        if (size > INT32_MAX || size > length - *at) {
            return malformed("a field ends too early", e);
        }
        fields[i].length = (int32_t)size;
        *at += size;
    }
    return 1;
}

/* Turns a codec's reason into the whole story: the column, and the value where the server's form can say it. Returns
 * -1. */
static int tell(const struct read_column *column, const struct copy_field *field, struct err *e)
{
    struct codec_hint plain = column->hint;
    struct bytes arena = {0};
    struct cell cell = {.class = CELL_NULL};
    char why[sizeof e->message];
    char hint[sizeof e->hint];
    struct err ignored;

    if (e == NULL || e->kind != ERR_VALUE) {
        return -1;
    }
    memcpy(why, e->message, sizeof why);
    memcpy(hint, e->hint, sizeof hint);
    (void)err_set(e, ERR_VALUE, "value of \"%s\" %s cannot be stored in SQLite: %s", column->name, column->type_name,
                  why);
    (void)err_hint(e, "%s", hint);
    err_place(e, NULL, column->name, NULL);
    plain.stored = STORED_BY_FORM;
    plain.form = 0;
    plain.zone_seconds = 0;
    if (column->codec->get(field->data, (size_t)field->length, &plain, &cell, &arena, &ignored) == 0) {
        int has_bytes = cell.class == CELL_TEXT || cell.class == CELL_BLOB;

        cell_describe(e->value, sizeof e->value, &cell, has_bytes ? arena.data + cell.as.offset : NULL);
        (void)snprintf(e->value_class, sizeof e->value_class, "%s", cell_class_name((enum cell_class)cell.class));
    }
    bytes_free(&arena);
    return -1;
}

int copy_read_cells(const struct read_column *columns, size_t count, const struct copy_field *fields, struct batch *b,
                    size_t *bad, struct err *e)
{
    size_t start = b->arena.length;
    struct cell *cells;

    if (b->columns != count) {
        return err_set(e, ERR_INTERNAL, "a batch of %zu columns for rows of %zu", b->columns, count);
    }
    cells = batch_row(b, e);
    if (cells == NULL) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        const struct copy_field *field = &fields[i];

        if (field->length < 0) {
            continue; /* batch_row made it NULL */
        }
        if (columns[i].codec->get(field->data, (size_t)field->length, &columns[i].hint, &cells[i], &b->arena, e) != 0) {
            b->rows--;
            b->arena.length = start;
            if (bad != NULL) {
                *bad = i;
            }
            return tell(&columns[i], field, e);
        }
    }
    return 0;
}
