/* copyfmt.c: the two formats of COPY as pure functions over buffers. */
#include "copyfmt.h"

#include <stdio.h>
#include <string.h>

#include "codec_common.h"
#include "hex.h"

/* The largest field that PostgreSQL can store: 1 GB less its own header. */
enum { FIELD_BYTES = 0x3FFFFFFF - 4 };

void copy_format_free(struct copy_format *f)
{
    bytes_free(&f->scratch);
    bytes_free(&f->scratch_arena);
}

int copy_begin(const struct copy_format *f, struct bytes *out, struct err *e)
{
    /* The signature, then 32 bits of flags and 32 bits of header extension, all zero. */
    static const unsigned char header[19] = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', 0xFF, '\r', '\n', 0};
    return f->binary ? bytes_append(out, header, sizeof header, e) : 0;
}

int copy_end(const struct copy_format *f, struct bytes *out, struct err *e)
{
    return f->binary ? bytes_put_u16(out, 0xFFFF, e) : 0;
}

/* Turns a codec's reason into the whole story: column, value, class. Always returns -1. */
static int tell(const struct copy_column *column, const struct cell *c, const unsigned char *data, struct err *e)
{
    char why[sizeof e->message];
    char hint[sizeof e->hint];
    if (e == NULL || e->kind != ERR_VALUE) {
        return -1;
    }
    memcpy(why, e->message, sizeof why);
    memcpy(hint, e->hint, sizeof hint);
    (void)err_set(e, ERR_VALUE, "value does not fit \"%s\" %s: %s", column->target_name, column->type_name, why);
    (void)err_hint(e, "%s", hint);
    err_place(e, NULL, column->source_name, NULL);
    cell_describe(e->value, sizeof e->value, c, data);
    (void)snprintf(e->value_class, sizeof e->value_class, "%s", cell_class_name((enum cell_class)c->class));
    return -1;
}

static int refuse_null(struct err *e)
{
    return codec_refuse(e, "fill the column in the source, or let the target column take NULL",
                        "it is NULL but the target column refuses NULL");
}

static int refuse_size(size_t length, struct err *e)
{
    return codec_refuse(e, "values of 1 GB and more cannot be stored in PostgreSQL: split the value in the source",
                        "%zu bytes are more than a PostgreSQL value holds", length);
}

/* Tells the column's watch which wire a cell has become. */
static int watch(const struct copy_format *f, const struct copy_column *column, const struct cell *c,
                 const unsigned char *data, const unsigned char *wire, size_t length, struct err *e)
{
    return f->watches == NULL ? 0
                              : form_watch_see(&f->watches[column - f->columns], column->codec, &column->hint, c, data,
                                               wire, length, e);
}

static int put_binary(const struct copy_format *f, const struct copy_column *column, const struct cell *c,
                      const unsigned char *data, struct bytes *out, struct err *e)
{
    if (c->class == CELL_NULL) {
        return column->not_null ? refuse_null(e) : bytes_put_u32(out, 0xFFFFFFFF, e);
    }
    if (column->codec == NULL) {
        return err_set(e, ERR_INTERNAL, "column \"%s\" has no codec for the binary format", column->target_name);
    }
    if (bytes_put_u32(out, 0, e) != 0) {
        return -1;
    }
    size_t start = out->length;
    if (column->codec->put(c, data, &column->hint, out, e) != 0) {
        return -1;
    }
    size_t length = out->length - start;
    if (length > FIELD_BYTES) {
        return refuse_size(length, e);
    }
    unsigned char *word = out->data + start - 4;
    word[0] = (unsigned char)(length >> 24);
    word[1] = (unsigned char)(length >> 16);
    word[2] = (unsigned char)(length >> 8);
    word[3] = (unsigned char)length;
    return watch(f, column, c, data, out->data + start, length, e);
}

static int append_escaped(struct bytes *out, const unsigned char *text, size_t length, struct err *e)
{
    /* At least one byte, so that the address of an empty text never counts from a null pointer. */
    if (bytes_reserve(out, 2 * length + 1, e) != 0) {
        return -1;
    }
    unsigned char *at = out->data + out->length;
    for (size_t i = 0; i < length; i++) {
        unsigned char letter = 0;
        switch (text[i]) {
        case '\\':
            letter = '\\';
            break;
        case '\t':
            letter = 't';
            break;
        case '\n':
            letter = 'n';
            break;
        case '\r':
            letter = 'r';
            break;
        default:
            *at++ = text[i];
            continue;
        }
        *at++ = '\\';
        *at++ = letter;
    }
    out->length = (size_t)(at - out->data);
    return 0;
}

/* The hexadecimal input of bytea is \x...; its backslash is escaped for COPY. */
static int append_hex(struct bytes *out, const unsigned char *data, size_t length, struct err *e)
{
    if (bytes_append(out, "\\\\x", 3, e) != 0 || bytes_reserve(out, 2 * length, e) != 0) {
        return -1;
    }
    hex_encode((char *)out->data + out->length, data, length);
    out->length += 2 * length;
    return 0;
}

static int append_cell(struct bytes *out, const struct cell *c, const unsigned char *data, struct err *e)
{
    char number[40];
    switch ((enum cell_class)c->class) {
    case CELL_NULL:
        return bytes_append(out, "\\N", 2, e);
    case CELL_INTEGER:
        return bytes_append(out, number, codec_integer_text(number, c->as.integer), e);
    case CELL_REAL:
        return bytes_append(out, number, real_to_text(number, sizeof number, c->as.real), e);
    case CELL_TEXT:
        return append_escaped(out, data, c->length, e);
    case CELL_BLOB:
        return append_hex(out, data, c->length, e);
    }
    return err_set(e, ERR_INTERNAL, "a cell of an unknown class");
}

/* A column without codec, or with one whose text the server does not read: the server's input function reads the cell,
 * so it has to be a text that COPY can carry. A blob has none: its hexadecimal form would be taken for the value itself
 * by some types. */
static int put_foreign(const struct cell *c, const unsigned char *data, struct bytes *out, struct err *e)
{
    size_t at = 0;
    if (c->class == CELL_BLOB) {
        return codec_refuse_class(e, c, "a value of this type");
    }
    if (c->class == CELL_TEXT && utf8_check(data, c->length, &at, NULL) != 0) {
        return codec_refuse(e, NULL,
                            data[at] == 0
                                ? "the text has the character U+0000 at byte %zu, which PostgreSQL cannot store"
                                : "the text is not valid UTF-8 at byte %zu",
                            at);
    }
    return append_cell(out, c, data, e);
}

static int put_text(struct copy_format *f, const struct copy_column *column, const struct cell *c,
                    const unsigned char *data, struct bytes *out, struct err *e)
{
    struct cell stored;
    /* The server reads its own form, not the one that the source has. */
    struct codec_hint plain = column->hint;
    plain.stored = STORED_BY_FORM;
    plain.zone_seconds = 0;
    if (c->class == CELL_NULL) {
        return column->not_null ? refuse_null(e) : append_cell(out, c, NULL, e);
    }
    if (column->codec == NULL || column->codec->foreign) {
        return put_foreign(c, data, out, e);
    }
    f->scratch.length = 0;
    f->scratch_arena.length = 0;
    if (column->codec->put(c, data, &column->hint, &f->scratch, e) != 0) {
        return -1;
    }
    if (f->scratch.length > FIELD_BYTES) {
        return refuse_size(f->scratch.length, e);
    }
    /* An empty wire needs an address too: reserve before reading from it. */
    if (bytes_reserve(&f->scratch, 1, e) != 0 ||
        watch(f, column, c, data, f->scratch.data, f->scratch.length, e) != 0 ||
        column->codec->get(f->scratch.data, f->scratch.length, &plain, &stored, &f->scratch_arena, e) != 0) {
        return -1;
    }
    int has_bytes = stored.class == CELL_TEXT || stored.class == CELL_BLOB;
    return append_cell(out, &stored, has_bytes ? f->scratch_arena.data + stored.as.offset : NULL, e);
}

int copy_row(struct copy_format *f, const struct batch *b, size_t row, struct bytes *out, struct err *e)
{
    size_t start = out->length;
    const struct cell *cells = b->cells + row * b->columns;
    if (f->binary && bytes_put_u16(out, (unsigned)f->count, e) != 0) {
        return -1;
    }
    for (size_t i = 0; i < f->count; i++) {
        const struct copy_column *column = &f->columns[i];
        const struct cell *c = &cells[column->cell];
        const unsigned char *data = NULL;
        int result = 0;
        if (c->class == CELL_TEXT || c->class == CELL_BLOB) {
            data = batch_data(b, c);
        }
        if (f->binary) {
            result = put_binary(f, column, c, data, out, e);
        } else {
            result = i > 0 ? bytes_append(out, "\t", 1, e) : 0;
            if (result == 0) {
                result = put_text(f, column, c, data, out, e);
            }
        }
        if (result != 0) {
            out->length = start;
            return tell(column, c, data, e);
        }
    }
    if (!f->binary && bytes_append(out, "\n", 1, e) != 0) {
        out->length = start;
        return -1;
    }
    return 0;
}
