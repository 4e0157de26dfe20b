/* codec_numeric.c: numeric: a header of four 16-bit words (count of digits, weight, sign, scale), then digits in base
 * 10000. Every decimal goes over as it is written: no digit is rounded away, and zeros behind the point stay. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "codec_common.h"
#include "decimal.h"

enum { SIGN_NEGATIVE = 0x4000, SIGN_NAN = 0xC000, SIGN_INFINITY = 0xD000, SIGN_MINUS_INFINITY = 0xF000 };

static const char fit_help[] =
    "give the target column more digits, or the type numeric without limits; values are never rounded";

/* PostgreSQL's packing of numeric(precision, scale): 16 bits precision, 11 bits signed scale. */
static int has_limits(const struct codec_hint *hint, int64_t *precision, int64_t *scale)
{
    if (hint->typmod < 4) {
        return 0;
    }
    int32_t packed = hint->typmod - 4;
    *precision = (packed >> 16) & 0xFFFF;
    *scale = ((packed & 0x7FF) ^ 1024) - 1024;
    return 1;
}

/* Rounds towards minus infinity, so that the power -1 belongs to the word -1. */
static int64_t word_of(int64_t power)
{
    return power >= 0 ? power / 4 : -((3 - power) / 4);
}

static int put_header(struct bytes *out, int64_t count, int64_t weight, unsigned sign, int64_t scale, struct err *e)
{
    uint64_t header = ((uint64_t)count & 0xFFFF) << 48 | ((uint64_t)weight & 0xFFFF) << 32 | (uint64_t)sign << 16 |
                      ((uint64_t)scale & 0xFFFF);
    return bytes_put_u64(out, header, e);
}

static int put_special(unsigned sign, const struct codec_hint *hint, struct bytes *out, struct err *e)
{
    int64_t precision = 0;
    int64_t scale = 0;
    if (sign != SIGN_NAN && has_limits(hint, &precision, &scale)) {
        return codec_refuse(e, fit_help, "infinity needs a numeric without limits");
    }
    /* PostgreSQL itself sends infinities with this scale, which means nothing: the same bytes make wires comparable. */
    return put_header(out, 0, 0, sign, sign == SIGN_NAN ? 0 : 32, e);
}

static int put_decimal(const struct decimal *d, const struct codec_hint *hint, struct bytes *out, struct err *e)
{
    struct decimal_span span = decimal_measure(d);
    int64_t precision = 0;
    int64_t scale = 0;
    if (has_limits(hint, &precision, &scale)) {
        if (!span.is_zero && span.low < -scale) {
            return codec_refuse(e, fit_help, "it has digits beyond the column's scale of %lld and would be rounded",
                                (long long)scale);
        }
        if (!span.is_zero && span.top >= precision - scale) {
            return codec_refuse(e, fit_help, "it has too many digits for numeric(%lld,%lld)", (long long)precision,
                                (long long)scale);
        }
        /* What is left beyond the scale are zeros. */
        span.scale = scale < 0 ? 0 : scale;
    }
    const char *why = decimal_beyond_numeric(d, &span);
    if (why != NULL) {
        return codec_refuse(e, "give the target column the type text", "%s", why);
    }
    if (span.is_zero) {
        return put_header(out, 0, 0, 0, span.scale, e);
    }
    int64_t first = word_of(span.top);
    int64_t last = word_of(span.low);
    if (bytes_reserve(out, 8 + 2 * (size_t)(first - last + 1), e) != 0 ||
        put_header(out, first - last + 1, first, d->negative ? SIGN_NEGATIVE : 0, span.scale, e) != 0) {
        return -1;
    }
    for (int64_t word = first; word >= last; word--) {
        unsigned value = 0;
        for (int64_t power = 4 * word + 3; power >= 4 * word; power--) {
            value = value * 10 + decimal_digit(d, power);
        }
        if (bytes_put_u16(out, value, e) != 0) {
            return -1;
        }
    }
    return 0;
}

static int put_text(const unsigned char *text, size_t length, const struct codec_hint *hint, struct bytes *out,
                    struct err *e)
{
    struct decimal d;
    codec_trim(&text, &length);
    if (codec_is_word(text, length, "NaN")) {
        return put_special(SIGN_NAN, hint, out, e);
    }
    if (codec_is_word(text, length, "Infinity")) {
        return put_special(SIGN_INFINITY, hint, out, e);
    }
    if (codec_is_word(text, length, "-Infinity")) {
        return put_special(SIGN_MINUS_INFINITY, hint, out, e);
    }
    if (decimal_parse(text, length, &d) != 0) {
        return codec_refuse(e,
                            "decimal digits with an optional point and exponent are numbers: correct the value in the "
                            "source, or give the target column a text type",
                            "the text is not a decimal number");
    }
    return put_decimal(&d, hint, out, e);
}

static int put_real(double value, const struct codec_hint *hint, struct bytes *out, struct err *e)
{
    char text[40];
    struct decimal d;
    if (isnan(value)) {
        return put_special(SIGN_NAN, hint, out, e);
    }
    if (isinf(value)) {
        return put_special(value < 0 ? SIGN_MINUS_INFINITY : SIGN_INFINITY, hint, out, e);
    }
    size_t length = real_to_text(text, sizeof text, value);
    /* The ".0" only marks a real; as a numeric it would claim a digit of scale. */
    if (length > 2 && memcmp(text + length - 2, ".0", 2) == 0) {
        length -= 2;
    }
    if (decimal_parse((const unsigned char *)text, length, &d) != 0) {
        return err_set(e, ERR_INTERNAL, "a real does not read as a decimal: %s", text);
    }
    return put_decimal(&d, hint, out, e);
}

int numeric_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                struct err *e)
{
    char text[24];
    struct decimal d = {0};
    switch ((enum cell_class)c->class) {
    case CELL_INTEGER:
        d.whole_length = codec_integer_text(text, c->as.integer);
        d.whole = (const unsigned char *)text;
        d.fraction = d.whole + d.whole_length;
        if (c->as.integer < 0) {
            d.negative = 1;
            d.whole++;
            d.whole_length--;
        }
        return put_decimal(&d, hint, out, e);
    case CELL_REAL:
        return put_real(c->as.real, hint, out, e);
    case CELL_TEXT:
        return put_text(data, c->length, hint, out, e);
    default:
        return codec_refuse_class(e, c, "a number");
    }
}

/* A numeric as it came over the wire. */
struct numeric {
    const unsigned char *words;
    int64_t count;
    int64_t weight;
    unsigned sign;
    int64_t scale;
};

/* The digit at a power of ten. */
static unsigned wire_digit(const struct numeric *n, int64_t power)
{
    static const unsigned tens[] = {1, 10, 100, 1000};
    int64_t at = n->weight - word_of(power);
    if (at < 0 || at >= n->count) {
        return 0;
    }
    return codec_u16(n->words + 2 * at) / tens[power - 4 * word_of(power)] % 10;
}

static int read_numeric(const unsigned char *wire, size_t length, struct numeric *n, struct err *e)
{
    if (length < 8) {
        return codec_refuse_wire(e, "numeric");
    }
    n->words = wire + 8;
    n->count = codec_u16(wire);
    n->weight = (int16_t)codec_u16(wire + 2);
    n->sign = codec_u16(wire + 4);
    n->scale = codec_u16(wire + 6);
    if (length != 8 + 2 * (size_t)n->count || n->scale > NUMERIC_SCALE ||
        (n->sign != 0 && n->sign != SIGN_NEGATIVE && n->sign != SIGN_NAN && n->sign != SIGN_INFINITY &&
         n->sign != SIGN_MINUS_INFINITY)) {
        return codec_refuse_wire(e, "numeric");
    }
    for (int64_t i = 0; i < n->count; i++) {
        if (codec_u16(n->words + 2 * i) > 9999) {
            return codec_refuse_wire(e, "numeric");
        }
    }
    /* Digits that the scale hides would vanish in the text. */
    for (int64_t power = 4 * (n->weight - n->count + 1); n->count > 0 && power < -n->scale; power++) {
        if (wire_digit(n, power) != 0) {
            return codec_refuse_wire(e, "numeric");
        }
    }
    return 0;
}

int numeric_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                struct bytes *arena, struct err *e)
{
    struct numeric n;
    (void)hint;
    if (read_numeric(wire, length, &n, e) != 0) {
        return -1;
    }
    if (n.sign == SIGN_NAN) {
        return codec_store(out, CELL_TEXT, "NaN", 3, arena, e);
    }
    if (n.sign == SIGN_INFINITY) {
        return codec_store(out, CELL_TEXT, "Infinity", 8, arena, e);
    }
    if (n.sign == SIGN_MINUS_INFINITY) {
        return codec_store(out, CELL_TEXT, "-Infinity", 9, arena, e);
    }
    int64_t top = n.count > 0 ? 4 * n.weight + 3 : 0;
    int64_t zero = -n.scale; /* below the lowest power that is shown, until a digit is not 0 */
    int is_zero = 1;
    for (int64_t power = top; power >= zero && is_zero; power--) {
        is_zero = wire_digit(&n, power) == 0;
    }
    while (top > 0 && wire_digit(&n, top) == 0) {
        top--;
    }
    if (top < 0) {
        top = 0;
    }
    if (bytes_reserve(arena, (size_t)(top + n.scale) + 4, e) != 0) {
        return -1;
    }
    size_t start = arena->length;
    unsigned char *at = arena->data + start;
    if (n.sign == SIGN_NEGATIVE && !is_zero) {
        *at++ = '-';
    }
    for (int64_t power = top; power >= -n.scale; power--) {
        if (power == -1) {
            *at++ = '.';
        }
        *at++ = (unsigned char)('0' + wire_digit(&n, power));
    }
    size_t written = (size_t)(at - (arena->data + start));
    int64_t integer = 0;
    if (n.scale == 0 && codec_parse_integer(arena->data + start, written, &integer) == 0) {
        out->as.integer = integer;
        out->length = 0;
        out->class = CELL_INTEGER;
        return 0;
    }
    arena->length = start + written;
    out->as.offset = start;
    out->length = (uint32_t)written;
    out->class = CELL_TEXT;
    return 0;
}
