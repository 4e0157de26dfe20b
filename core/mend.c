/* mend.c: the conversions that a plan may name for values that do not fit. */
#include "mend.h"

#include <math.h>
#include <string.h>

#include "codec_common.h"
#include "decimal.h"
#include "hex.h"
#include "mend_time.h"
#include "utf8.h"

static const char *const mend_names[MEND_COUNT] = {
    [MEND_REPLACE] = "replace", [MEND_STRIP] = "strip",     [MEND_ESCAPE] = "escape", [MEND_CUT] = "cut",
    [MEND_ROUND] = "round",     [MEND_NEAREST] = "nearest", [MEND_TRUTH] = "truth",   [MEND_EMPTY_NULL] = "empty_null",
};

int mend_find(const char *name, enum mend *mend)
{
    for (int i = 0; i < MEND_COUNT; i++) {
        if (strcmp(mend_names[i], name) == 0) {
            *mend = (enum mend)i;
            return 0;
        }
    }
    return -1;
}

static int is_type(const struct codec *codec, const char *type)
{
    return codec != NULL && strcmp(codec->type, type) == 0;
}

/* What was appended to the arena is the new text. */
static int text_made(struct cell *out, struct bytes *arena, struct err *e)
{
    return codec_text_from(out, 0, arena, e) != 0 ? -1 : 1;
}

/* --- bytes that are no text --- */

/* What stands for a faulty byte. */
static int append_fault(struct bytes *arena, enum mend mend, unsigned char byte, struct err *e)
{
    char escape[4] = {'\\', 'x', 0, 0};
    switch (mend) {
    case MEND_REPLACE:
        return bytes_append(arena, "\xEF\xBF\xBD", 3, e);
    case MEND_ESCAPE:
        hex_encode(escape + 2, &byte, 1);
        return bytes_append(arena, escape, sizeof escape, e);
    default:
        return 0;
    }
}

static int mend_faults(enum mend mend, const struct cell *c, const unsigned char *data, struct cell *out,
                       struct bytes *arena, struct err *e)
{
    size_t at = 0;
    if (c->class != CELL_TEXT || utf8_check(data, c->length, &at, NULL) == 0) {
        return 0;
    }
    if (bytes_append(arena, data, at, e) != 0) {
        return -1;
    }
    while (at < c->length) {
        size_t size = data[at] == 0 ? 0 : utf8_character(data + at, c->length - at, NULL);
        if ((size == 0 ? append_fault(arena, mend, data[at], e) : bytes_append(arena, data + at, size, e)) != 0) {
            return -1;
        }
        at += size == 0 ? 1 : size;
    }
    return text_made(out, arena, e);
}

/* --- texts that are too long --- */

static int mend_cut(const struct codec *codec, const struct codec_hint *hint, const struct cell *c,
                    const unsigned char *data, struct cell *out, struct bytes *arena, struct err *e)
{
    enum { NAME_BYTES = 63 };
    int limited = (is_type(codec, "varchar") || is_type(codec, "bpchar")) && hint->typmod >= 4;
    size_t most = limited ? (size_t)hint->typmod - 4 : SIZE_MAX;
    size_t most_bytes = is_type(codec, "name") ? (size_t)NAME_BYTES : SIZE_MAX;
    size_t end = 0;
    if (c->class != CELL_TEXT) {
        return 0;
    }
    for (size_t characters = 0; end < c->length && characters < most; characters++) {
        size_t size = utf8_character(data + end, c->length - end, NULL);
        if (size == 0) {
            return 0; /* where no characters are, none can be counted */
        }
        if (end + size > most_bytes) {
            break;
        }
        end += size;
    }
    if (end == c->length) {
        return 0;
    }
    return bytes_append(arena, data, end, e) != 0 ? -1 : text_made(out, arena, e);
}

/* --- numbers --- */

/* Reads a real or a text as a decimal; `room` holds a real's text. 0, or -1 when it is no finite number. */
static int read_decimal(const struct cell *c, const unsigned char *data, char room[40], struct decimal *d)
{
    size_t length = c->length;
    if (c->class == CELL_TEXT) {
        codec_trim(&data, &length);
        return decimal_parse(data, length, d);
    }
    if (c->class != CELL_REAL || !isfinite(c->as.real)) {
        return -1;
    }
    length = real_to_text(room, 40, c->as.real);
    return decimal_parse((const unsigned char *)room, length, d);
}

/* The digits after the decimal point that a type keeps, below 0 for zeros before it. 0, or -1: it has no such limit. */
static int scale_of(const struct codec *codec, const struct codec_hint *hint, int64_t *scale)
{
    static const char *const integers[] = {"int2", "int4", "int8", "oid"};
    for (size_t i = 0; i < sizeof integers / sizeof integers[0]; i++) {
        if (is_type(codec, integers[i])) {
            *scale = 0;
            return 0;
        }
    }
    if (is_type(codec, "money")) {
        *scale = 2;
        return 0;
    }
    if (!is_type(codec, "numeric") || hint->typmod < 4) {
        return mend_time_scale(codec, hint, scale);
    }
    /* 11 bits with a sign. */
    *scale = (((hint->typmod - 4) & 0x7FF) ^ 1024) - 1024;
    return 0;
}

/* Adds one to the last of `count` digits; the first is a 0 that takes the carry. */
static void add_one(unsigned char *digits, size_t count)
{
    for (; digits[count - 1] == '9'; count--) {
        digits[count - 1] = '0';
    }
    digits[count - 1]++;
}

/* Appends the number with `scale` digits after the point. */
static int append_rounded(struct bytes *arena, const struct decimal *d, const struct decimal_span *span, int64_t scale,
                          struct err *e)
{
    int64_t top = span->is_zero || span->top < 0 ? 0 : span->top;
    if (top < -scale) {
        top = -scale;
    }
    size_t count = (size_t)(top + scale + 1);
    /* Digits first: one left free in front for a carry. */
    struct bytes digits = {0};
    int result = -1;
    if (bytes_reserve(&digits, count + 1, e) != 0 || bytes_reserve(arena, count + (size_t)top + 8, e) != 0) {
        goto done;
    }
    digits.data[0] = '0';
    for (size_t i = 0; i < count; i++) {
        digits.data[1 + i] = (unsigned char)('0' + decimal_digit(d, top - (int64_t)i));
    }
    if (decimal_digit(d, -scale - 1) >= 5) {
        add_one(digits.data, count + 1);
    }
    size_t first = digits.data[0] == '0';
    int is_zero = 1;
    for (size_t i = 0; i <= count && is_zero; i++) {
        is_zero = digits.data[i] == '0';
    }
    if (d->negative && !is_zero) {
        arena->data[arena->length++] = '-';
    }
    for (size_t i = first; i <= count; i++) {
        int64_t power = top + 1 - (int64_t)i;
        if (power == -1) {
            arena->data[arena->length++] = '.';
        }
        arena->data[arena->length++] = digits.data[i];
    }
    for (int64_t power = -scale; power > 0; power--) {
        arena->data[arena->length++] = '0';
    }
    result = 0;
done:
    bytes_free(&digits);
    return result;
}

static int mend_round(const struct codec *codec, const struct codec_hint *hint, const struct cell *c,
                      const unsigned char *data, struct cell *out, struct bytes *arena, struct err *e)
{
    char room[40];
    struct decimal d;
    int64_t scale = 0;
    int64_t integer = 0;
    if (scale_of(codec, hint, &scale) != 0) {
        return mend_time(codec, hint, c, data, out, arena, e);
    }
    if (c->class == CELL_INTEGER && scale < 0) {
        memset(&d, 0, sizeof d);
        d.whole_length = codec_integer_text(room, c->as.integer);
        if (decimal_parse((const unsigned char *)room, d.whole_length, &d) != 0) {
            return 0;
        }
    } else if (read_decimal(c, data, room, &d) != 0) {
        return 0;
    }
    struct decimal_span span = decimal_measure(&d);
    if (span.is_zero || span.low >= -scale || span.top >= NUMERIC_WHOLE_DIGITS) {
        return 0;
    }
    if (append_rounded(arena, &d, &span, scale, e) != 0) {
        return -1;
    }
    if (codec_parse_integer(arena->data, arena->length, &integer) == 0) {
        *out = (struct cell){.as.integer = integer, .class = CELL_INTEGER};
        return 1;
    }
    return text_made(out, arena, e);
}

static int mend_nearest(const struct codec *codec, const struct cell *c, struct cell *out)
{
    double value = 0;
    if (c->class != CELL_INTEGER && c->class != CELL_REAL) {
        return 0;
    }
    if (is_type(codec, "float8") && c->class == CELL_INTEGER) {
        value = (double)c->as.integer;
    } else if (is_type(codec, "float4")) {
        float narrow = c->class == CELL_INTEGER ? (float)c->as.integer : (float)c->as.real;
        /* Beyond the type's range there is no nearest number that would say anything about the value. */
        if (!isfinite(narrow) || (narrow == 0 && c->class == CELL_REAL && c->as.real != 0)) {
            return 0;
        }
        value = codec_float_as_printed(narrow);
    } else {
        return 0;
    }
    *out = (struct cell){.as.real = value, .class = CELL_REAL};
    return 1;
}

static int mend_truth(const struct codec *codec, const struct cell *c, const unsigned char *data, struct cell *out)
{
    char room[40];
    struct decimal d;
    int is_true = 0;
    if (!is_type(codec, "bool")) {
        return 0;
    }
    if (c->class == CELL_INTEGER) {
        is_true = c->as.integer != 0;
    } else if (c->class == CELL_REAL) {
        is_true = c->as.real != 0;
    } else if (read_decimal(c, data, room, &d) == 0) {
        is_true = !decimal_measure(&d).is_zero;
    } else {
        return 0;
    }
    *out = (struct cell){.as.integer = is_true, .class = CELL_INTEGER};
    return 1;
}

static int mend_empty_null(const struct cell *c, const unsigned char *data, struct cell *out)
{
    size_t length = c->length;
    if (c->class != CELL_TEXT) {
        return 0;
    }
    codec_trim(&data, &length);
    if (length > 0) {
        return 0;
    }
    *out = (struct cell){.class = CELL_NULL};
    return 1;
}

int mend_cell(enum mend mend, const struct codec *codec, const struct codec_hint *hint, const struct cell *c,
              const unsigned char *data, struct cell *out, struct bytes *arena, struct err *e)
{
    /* An empty text needs an address too. */
    arena->length = 0;
    if (bytes_reserve(arena, 1, e) != 0) {
        return -1;
    }
    switch (mend) {
    case MEND_REPLACE:
    case MEND_STRIP:
    case MEND_ESCAPE:
        return mend_faults(mend, c, data, out, arena, e);
    case MEND_CUT:
        return mend_cut(codec, hint, c, data, out, arena, e);
    case MEND_ROUND:
        return mend_round(codec, hint, c, data, out, arena, e);
    case MEND_NEAREST:
        return mend_nearest(codec, c, out);
    case MEND_TRUTH:
        return mend_truth(codec, c, data, out);
    case MEND_EMPTY_NULL:
        return mend_empty_null(c, data, out);
    case MEND_COUNT:
        break;
    }
    return 0;
}
