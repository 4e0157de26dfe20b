/* codec_vector.c: vector of pgvector, found by its name: int16 dimensions, int16 0, then a float4 for each of them.
 *
 * `put` takes '[1,2,3]', which is both pgvector's own text and a JSON array of numbers, and a blob of little-endian
 * float4, as the vector extensions of SQLite keep them. A number of a text must be a float4: the shortest decimal of
 * one, as the server prints it, or its exact value, as JSON writers print it after widening; others are refused, as
 * float4 does. NaN and infinities are refused, as pgvector does. With a dimension in the column's type, others are
 * refused.
 *
 * `get` writes the server's own text, or one of other programs: "spaced" after commas, ".0" behind whole numbers (both:
 * Python), "double" with all digits of the float4 as a double (numpy, Float32Array); or a blob. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "codec_common.h"

enum { MOST_DIMENSIONS = 16000, HEAD = 4 };

static const char help[] = "vectors are texts like [1,2.5,-3], or blobs of little-endian float4";

static int put_component(float value, size_t index, struct bytes *out, struct err *e)
{
    uint32_t bits;
    if (!isfinite(value)) {
        return codec_refuse(e, help, "component %zu is not a finite number", index + 1);
    }
    memcpy(&bits, &value, sizeof bits);
    return bytes_put_u32(out, bits, e);
}

static int put_blob(const unsigned char *data, size_t length, size_t *count, struct bytes *out, struct err *e)
{
    if (length % 4 != 0) {
        return codec_refuse(e, help, "a blob of %zu bytes is no run of float4: its length is no multiple of 4", length);
    }
    *count = length / 4;
    for (size_t i = 0; i < *count; i++) {
        const unsigned char *at = data + 4 * i;
        uint32_t bits = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        float value;
        memcpy(&value, &bits, sizeof value);
        if (put_component(value, i, out, e) != 0) {
            return -1;
        }
    }
    return 0;
}

static int put_number(const unsigned char *text, size_t length, size_t index, struct bytes *out, struct err *e)
{
    double value;
    float narrow;
    if (codec_read_double(text, length, &value, e) != 0) {
        return -1;
    }
    if (fabs(value) <= (double)FLT_MAX && (double)(float)value == value) {
        narrow = (float)value;
    } else if (codec_narrow(value, &narrow, e) != 0) {
        return -1;
    }
    return put_component(narrow, index, out, e);
}

static int put_text(const unsigned char *data, size_t length, size_t *count, struct bytes *out, struct err *e)
{
    codec_trim(&data, &length);
    if (length < 2 || data[0] != '[' || data[length - 1] != ']') {
        return codec_refuse(e, help, "the text is not numbers in brackets");
    }
    const unsigned char *at = data + 1;
    const unsigned char *end = data + length - 1;
    const unsigned char *inside = at;
    size_t inside_length = length - 2;
    codec_trim(&inside, &inside_length);
    *count = 0;
    for (int more = inside_length > 0; more; (*count)++) {
        const unsigned char *comma = memchr(at, ',', (size_t)(end - at));
        const unsigned char *stop = comma != NULL ? comma : end;
        if (put_number(at, (size_t)(stop - at), *count, out, e) != 0) {
            return -1;
        }
        more = comma != NULL;
        at = stop + 1;
    }
    return 0;
}

static int vector_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                      struct err *e)
{
    size_t start = out->length;
    size_t count = 0;
    int failed;
    if (c->class != CELL_TEXT && c->class != CELL_BLOB) {
        return codec_refuse_class(e, c, "a vector");
    }
    if (bytes_put_u32(out, 0, e) != 0) {
        return -1;
    }
    failed =
        c->class == CELL_BLOB ? put_blob(data, c->length, &count, out, e) : put_text(data, c->length, &count, out, e);
    if (failed) {
        return -1;
    }
    if (count == 0 || count > MOST_DIMENSIONS) {
        return codec_refuse(e, NULL, "a vector has 1 to %d dimensions, not %zu", MOST_DIMENSIONS, count);
    }
    if (hint->typmod > 0 && count != (size_t)hint->typmod) {
        return codec_refuse(e, "correct the value in the source, or give the target column the type vector without (n)",
                            "the vector has %zu dimensions, the column %d", count, (int)hint->typmod);
    }
    codec_fill_u32(out, start, count << 16);
    return 0;
}

enum { SPACED = 1, POINT = 2, DOUBLE = 4, BLOB = 8 };
static const char *const vector_forms[] = {"text",          "spaced",    "text .0",          "spaced .0", "double",
                                           "double spaced", "double .0", "double spaced .0", "blob",      NULL};

static size_t print_component(char number[CODEC_REAL_TEXT], float value, int form)
{
    double shown = (form & DOUBLE) != 0 ? (double)value : codec_float_as_printed(value);
    return (form & POINT) != 0 ? real_to_text(number, CODEC_REAL_TEXT, shown)
                               : codec_real_text(number, shown, (form & DOUBLE) != 0 ? DBL_DIG : FLT_DIG);
}

static int print_components(const unsigned char *wire, size_t count, int form, struct bytes *arena, struct err *e)
{
    const char *comma = (form & SPACED) != 0 ? ", " : ",";
    char number[CODEC_REAL_TEXT];
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = codec_u32(wire + 4 * i);
        float value;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) {
            return codec_refuse_wire(e, "vector");
        }
        size_t size = print_component(number, value, form);
        if (bytes_append(arena, i == 0 ? "[" : comma, i == 0 ? 1 : strlen(comma), e) != 0 ||
            bytes_append(arena, number, size, e) != 0) {
            return -1;
        }
    }
    return bytes_append(arena, "]", 1, e);
}

static int get_blob(const unsigned char *wire, size_t count, struct cell *out, struct bytes *arena, struct err *e)
{
    if (codec_store(out, CELL_BLOB, wire, 4 * count, arena, e) != 0) {
        return -1;
    }
    unsigned char *at = arena->data + out->as.offset;
    for (size_t i = 0; i < 4 * count; i++) {
        at[i] = wire[i / 4 * 4 + 3 - i % 4];
    }
    return 0;
}

static int vector_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                      struct bytes *arena, struct err *e)
{
    size_t start = arena->length;
    size_t count = length >= HEAD ? codec_u16(wire) : 0;
    if (count == 0 || count > MOST_DIMENSIONS || codec_u16(wire + 2) != 0 || length != HEAD + 4 * count) {
        return codec_refuse_wire(e, "vector");
    }
    if (hint->form == BLOB) {
        return get_blob(wire + HEAD, count, out, arena, e);
    }
    if (print_components(wire + HEAD, count, hint->form, arena, e) != 0 || codec_text_from(out, start, arena, e) != 0) {
        arena->length = start;
        return -1;
    }
    return 0;
}

const struct codec codecs_vector[] = {
    {.type = "vector", .put = vector_put, .get = vector_get, .forms = vector_forms},
    {.type = NULL},
};
