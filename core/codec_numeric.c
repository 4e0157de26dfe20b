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

/* ---- the forms of a value ----
 *
 * "number" is what SQLite makes of a number in a column of numeric affinity: an integer where it is whole, else a real;
 * "short text" has no zeros at the end of a fraction, "short text .0" (.NET's decimal) one digit behind the point at
 * least. Where a value has no place in its form, it is an integer or a text. */

enum { INTEGER_OR_TEXT, NUMBER, TEXT = NUMERIC_OWN, REAL, SHORT_TEXT, SHORT_TEXT_POINT, INTEGER_OR_SHORT_TEXT };
const char *const numeric_forms[] = {[INTEGER_OR_TEXT] = "integer or text",
                                     [NUMBER] = "number",
                                     [TEXT] = "text",
                                     [REAL] = "real",
                                     [SHORT_TEXT] = "short text",
                                     [SHORT_TEXT_POINT] = "short text .0",
                                     [INTEGER_OR_SHORT_TEXT] = "integer or short text",
                                     NULL};

static int same_decimal(const struct decimal *a, const struct decimal *b)
{
    struct decimal_span span = decimal_measure(a);
    struct decimal_span other = decimal_measure(b);
    if (span.is_zero || other.is_zero) {
        return span.is_zero == other.is_zero;
    }
    if (a->negative != b->negative || span.top != other.top || span.low != other.low) {
        return 0;
    }
    for (int64_t power = span.top; power >= span.low; power--) {
        if (decimal_digit(a, power) != decimal_digit(b, power)) {
            return 0;
        }
    }
    return 1;
}

/* The real whose shortest decimal the text is: 0; 1 when there is none; -1 and e (ERR_MEMORY). */
static int real_of_text(const unsigned char *text, size_t length, struct cell *out, struct err *e)
{
    enum { LONGEST = 400 }; /* no double has so many digits before its point or behind it */
    char again[40];
    struct decimal written;
    struct decimal read;
    struct err why;
    double value = 0;
    if (length > LONGEST) {
        return 1;
    }
    err_clear(&why);
    if (codec_read_double(text, length, &value, &why) != 0) {
        if (why.kind == ERR_MEMORY) {
            *e = why;
            return -1;
        }
        return 1;
    }
    size_t used = real_to_text(again, sizeof again, value);
    if (decimal_parse(text, length, &written) != 0 || decimal_parse((const unsigned char *)again, used, &read) != 0 ||
        !same_decimal(&written, &read)) {
        return 1;
    }
    codec_real_cell(out, value);
    return 0;
}

/* The length without the zeros at the end of a fraction. */
static size_t short_length(const unsigned char *text, size_t length, int point)
{
    if (memchr(text, '.', length) == NULL) {
        return length;
    }
    while (text[length - 1] == '0' && (!point || text[length - 2] != '.')) {
        length--;
    }
    return text[length - 1] == '.' ? length - 1 : length;
}

static int writes_integers(int form)
{
    return form == INTEGER_OR_TEXT || form == NUMBER || form == INTEGER_OR_SHORT_TEXT;
}

/* The cell of a number whose text, as the server prints it, is all that `arena` has from `start` on. */
static int number_cell(const struct codec_hint *hint, size_t start, struct cell *out, struct bytes *arena,
                       struct err *e)
{
    const unsigned char *text = arena->data + start;
    size_t length = arena->length - start;
    size_t short_of = short_length(text, length, 0);
    int form = hint->form;
    int64_t integer = 0;
    int takes_integers = writes_integers(form) && (form != INTEGER_OR_TEXT || short_of == length);
    int is_integer = codec_parse_integer(text, short_of, &integer) == 0;

    if (takes_integers && is_integer) {
        arena->length = start;
        codec_integer_cell(out, integer);
        return 0;
    }
    if (form == NUMBER || form == REAL) {
        int none = real_of_text(text, length, out, e);
        if (none > 0 && is_integer) {
            codec_integer_cell(out, integer);
            none = 0;
        }
        if (none <= 0) {
            arena->length = start;
            return none;
        }
    }
    if (form == SHORT_TEXT || form == INTEGER_OR_SHORT_TEXT) {
        arena->length = start + short_of;
    } else if (form == SHORT_TEXT_POINT) {
        arena->length = start + short_length(text, length, 1);
        if (memchr(text, '.', arena->length - start) == NULL && bytes_append(arena, ".0", 2, e) != 0) {
            return -1;
        }
    }
    return codec_text_from(out, start, arena, e);
}

/* The integer of at most 16 digits that most numerics without a scale are. */
static int is_short_integer(const struct numeric *n, int64_t *value)
{
    if (n->scale != 0 || n->weight > 3 || n->count > n->weight + 1 || (n->sign != 0 && n->sign != SIGN_NEGATIVE)) {
        return 0;
    }
    *value = 0;
    for (int64_t i = 0; i <= n->weight; i++) {
        *value = *value * 10000 + (i < n->count ? codec_u16(n->words + 2 * i) : 0);
    }
    *value = n->sign == SIGN_NEGATIVE ? -*value : *value;
    return 1;
}

/* Without a scale there are no zeros to leave out. */
uint32_t numeric_key(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    int form = hint->form;
    int64_t value = 0;
    struct numeric n;
    if (length < 8 || codec_u16(wire + 6) != 0) {
        return (uint32_t)form;
    }
    if (writes_integers(form) && read_numeric(wire, length, &n, NULL) == 0 && is_short_integer(&n, &value)) {
        return INTEGER_OR_TEXT;
    }
    return form == SHORT_TEXT ? TEXT : (uint32_t)form;
}

/* Integers do where they are written as such, whatever zeros the scale adds, and so do reals of a usual size: their
 * wire has the digits of their shortest decimal. */
int numeric_comes_back(const struct cell *c, const unsigned char *data, const unsigned char *wire,
                       const struct codec_hint *hint, const unsigned char *forms, size_t count)
{
    enum { FEW = 100 }; /* digits of a fraction: real_of_text reads no text of any length */
    (void)data;
    (void)hint;
    if (count != 1) {
        return 0;
    }
    if (c->class == CELL_INTEGER) {
        return forms[0] == NUMBER || forms[0] == INTEGER_OR_SHORT_TEXT;
    }
    if (c->class != CELL_REAL || (forms[0] != NUMBER && forms[0] != REAL)) {
        return 0;
    }
    double size = fabs(c->as.real);
    return size >= 1e-4 && size < 1e15 && codec_u16(wire + 6) <= FEW &&
           (forms[0] == REAL || !codec_is_whole(c->as.real));
}

static int special_cell(const char *word, double value, const struct codec_hint *hint, struct cell *out,
                        struct bytes *arena, struct err *e)
{
    if ((hint->form == NUMBER || hint->form == REAL) && isinf(value)) {
        codec_real_cell(out, value);
        return 0;
    }
    return codec_store(out, CELL_TEXT, word, strlen(word), arena, e);
}

int numeric_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                struct bytes *arena, struct err *e)
{
    struct numeric n;
    if (read_numeric(wire, length, &n, e) != 0) {
        return -1;
    }
    int64_t integer = 0;
    if (writes_integers(hint->form) && is_short_integer(&n, &integer)) {
        codec_integer_cell(out, integer);
        return 0;
    }
    if (n.sign == SIGN_NAN) {
        return special_cell("NaN", (double)NAN, hint, out, arena, e);
    }
    if (n.sign == SIGN_INFINITY || n.sign == SIGN_MINUS_INFINITY) {
        return n.sign == SIGN_INFINITY ? special_cell("Infinity", (double)INFINITY, hint, out, arena, e)
                                       : special_cell("-Infinity", -(double)INFINITY, hint, out, arena, e);
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
    arena->length = (size_t)(at - arena->data);
    if (number_cell(hint, start, out, arena, e) != 0) {
        arena->length = start;
        return -1;
    }
    return 0;
}
