/* codec_literal.c: values as the texts that the server's input functions read, for text COPY: literals of arrays,
 * composites and hstore, whose cells are JSON. Every element stands in quotes, so that none needs a look. */
#include "codec_common.h"

#include <string.h>

#include "hex.h"

enum { OID_BOX = 603, DIMENSIONS = 6 };

/* A text in quotes inside a literal. */
static int quote(struct bytes *out, const unsigned char *text, size_t length, struct err *e)
{
    if (bytes_reserve(out, 2 * length + 2, e) != 0) {
        return -1;
    }
    unsigned char *at = out->data + out->length;
    *at++ = '"';
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '"' || text[i] == '\\') {
            *at++ = '\\';
        }
        *at++ = text[i];
    }
    *at++ = '"';
    out->length = (size_t)(at - out->data);
    return 0;
}

/* The length before a value, which is taken off: *size, or 0 and *is_null. */
static int next_length(const unsigned char **wire, size_t *left, size_t *size, int *is_null, struct err *e)
{
    if (*left < 4) {
        return codec_refuse_wire(e, "literal");
    }
    uint32_t word = codec_u32(*wire);
    *wire += 4;
    *left -= 4;
    *is_null = word == UINT32_MAX;
    *size = *is_null ? 0 : word;
    return *size <= *left ? 0 : codec_refuse_wire(e, "literal");
}

/* The part of a literal that begins with its length, in quotes; `null` stands for NULL. It is taken off. */
static int append_part(const unsigned char **wire, size_t *left, const struct codec *codec,
                       const struct codec_hint *hint, const char *null, struct bytes *out, struct err *e)
{
    struct bytes text = {0};
    size_t size = 0;
    int is_null = 0;

    if (next_length(wire, left, &size, &is_null, e) != 0) {
        return -1;
    }
    if (is_null) {
        return bytes_append(out, null, strlen(null), e);
    }
    /* An empty text needs an address, too. */
    int result = bytes_reserve(&text, 1, e);
    if (result == 0) {
        result = codec_literal(codec, hint, *wire, size, &text, e);
    }
    if (result == 0) {
        result = quote(out, text.data, text.length, e);
    }
    bytes_free(&text);
    *wire += size;
    *left -= size;
    return result;
}

static int append_brackets(const uint32_t *sizes, size_t dimensions, size_t count, const char *bracket,
                           struct bytes *out, struct err *e)
{
    size_t stride = 1;

    for (size_t i = dimensions; i-- > 0;) {
        stride *= sizes[i];
        if (count % stride == 0 && bytes_append(out, bracket, 1, e) != 0) {
            return -1;
        }
    }
    return 0;
}

static int append_array(const struct codec_shape *shape, const unsigned char *wire, size_t left, struct bytes *out,
                        struct err *e)
{
    uint32_t sizes[DIMENSIONS];
    size_t elements = 1;

    if (left < 12 || codec_u32(wire) > DIMENSIONS || left < 12 + 8 * (size_t)codec_u32(wire)) {
        return codec_refuse_wire(e, "array");
    }
    size_t dimensions = codec_u32(wire);
    for (size_t i = 0; i < dimensions; i++) {
        sizes[i] = codec_u32(wire + 12 + 8 * i);
        elements *= sizes[i];
        /* Each element has a length of four bytes. */
        if (elements == 0 || elements > left / 4) {
            return codec_refuse_wire(e, "array");
        }
    }
    if (dimensions == 0) {
        return bytes_append(out, "{}", 2, e);
    }
    wire += 12 + 8 * dimensions;
    left -= 12 + 8 * dimensions;
    for (size_t i = 0; i < elements; i++) {
        if ((i > 0 && bytes_append(out, shape->element->oid == OID_BOX ? ";" : ",", 1, e) != 0) ||
            append_brackets(sizes, dimensions, i, "{", out, e) != 0 ||
            append_part(&wire, &left, shape->element, &shape->element_hint, "NULL", out, e) != 0 ||
            append_brackets(sizes, dimensions, i + 1, "}", out, e) != 0) {
            return -1;
        }
    }
    return 0;
}

static int append_composite(const struct codec_shape *shape, const unsigned char *wire, size_t left, struct bytes *out,
                            struct err *e)
{
    if (left < 4 || codec_u32(wire) != shape->field_count) {
        return codec_refuse_wire(e, "composite");
    }
    wire += 4;
    left -= 4;
    for (size_t i = 0; i < shape->field_count; i++) {
        if (left < 4) {
            return codec_refuse_wire(e, "composite");
        }
        wire += 4;
        left -= 4;
        if (bytes_append(out, i == 0 ? "(" : ",", 1, e) != 0 ||
            append_part(&wire, &left, shape->fields[i].codec, &shape->fields[i].hint, "", out, e) != 0) {
            return -1;
        }
    }
    return bytes_append(out, shape->field_count == 0 ? "()" : ")", shape->field_count == 0 ? 2 : 1, e);
}

/* One text of an hstore, in quotes, or NULL. */
static int append_word(const unsigned char **wire, size_t *left, struct bytes *out, struct err *e)
{
    size_t size = 0;
    int is_null = 0;

    if (next_length(wire, left, &size, &is_null, e) != 0 ||
        (is_null ? bytes_append(out, "NULL", 4, e) : quote(out, *wire, size, e)) != 0) {
        return -1;
    }
    *wire += size;
    *left -= size;
    return 0;
}

static int append_hstore(const unsigned char *wire, size_t left, struct bytes *out, struct err *e)
{
    if (left < 4) {
        return codec_refuse_wire(e, "hstore");
    }
    uint32_t count = codec_u32(wire);
    wire += 4;
    left -= 4;
    for (uint32_t i = 0; i < count; i++) {
        if ((i > 0 && bytes_append(out, ",", 1, e) != 0) || append_word(&wire, &left, out, e) != 0 ||
            bytes_append(out, "=>", 2, e) != 0 || append_word(&wire, &left, out, e) != 0) {
            return -1;
        }
    }
    return 0;
}

static int append_cell(const struct cell *c, const unsigned char *data, struct bytes *out, struct err *e)
{
    char number[CODEC_REAL_TEXT];
    switch ((enum cell_class)c->class) {
    case CELL_INTEGER:
        return bytes_append(out, number, codec_integer_text(number, c->as.integer), e);
    case CELL_REAL:
        return bytes_append(out, number, codec_real_text(number, c->as.real, 15), e);
    case CELL_TEXT:
        return bytes_append(out, data, c->length, e);
    case CELL_BLOB:
        if (bytes_append(out, "\\x", 2, e) != 0 || bytes_reserve(out, 2 * (size_t)c->length, e) != 0) {
            return -1;
        }
        hex_encode((char *)out->data + out->length, data, c->length);
        out->length += 2 * (size_t)c->length;
        return 0;
    case CELL_NULL:
        break;
    }
    return err_set(e, ERR_INTERNAL, "a value without a text");
}

int codec_literal(const struct codec *codec, const struct codec_hint *hint, const unsigned char *wire, size_t length,
                  struct bytes *out, struct err *e)
{
    if (strcmp(codec->type, "array") == 0) {
        return append_array(hint->shape, wire, length, out, e);
    }
    if (strcmp(codec->type, "composite") == 0) {
        return append_composite(hint->shape, wire, length, out, e);
    }
    if (strcmp(codec->type, "hstore") == 0) {
        return append_hstore(wire, length, out, e);
    }
    struct bytes arena = {0};
    struct cell c = {.class = CELL_NULL};
    /* The server reads its own form, not the one that the source has. */
    struct codec_hint own = *hint;
    own.stored = STORED_BY_FORM;
    own.zone_seconds = 0;
    own.form = codec->own_form;
    /* An empty text needs an address, too. */
    int result = bytes_reserve(&arena, 1, e);
    if (result == 0) {
        result = codec->get(wire, length, &own, &c, &arena, e);
    }
    if (result == 0) {
        int has_bytes = c.class == CELL_TEXT || c.class == CELL_BLOB;
        result = append_cell(&c, has_bytes ? arena.data + c.as.offset : NULL, out, e);
    }
    bytes_free(&arena);
    return result;
}
