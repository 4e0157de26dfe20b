/* codec_real.c: single and double precision as text, and doubles as floats: what all codecs with such numbers share. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec_common.h"
#include "decimal.h"

static const char float_text_help[] =
    "decimal digits with an optional point and exponent, NaN, Infinity and -Infinity are numbers: correct the value in "
    "the source, or give the target column a text type";

/* Powers of ten, all of which are doubles. */
static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                              1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* Of few digits both the integer that they are and the power of ten below them are doubles, and a division rounds once,
 * as strtod does. 0 when it is another number. */
static int read_few_digits(const struct decimal *d, double *value)
{
    uint64_t digits = 0;
    if (d->whole_length + d->fraction_length > DBL_DIG || d->exponent != 0) {
        return 0;
    }
    for (size_t i = 0; i < d->whole_length; i++) {
        digits = digits * 10 + (d->whole[i] - (unsigned)'0');
    }
    for (size_t i = 0; i < d->fraction_length; i++) {
        digits = digits * 10 + (d->fraction[i] - (unsigned)'0');
    }
    *value = copysign((double)digits / tens[d->fraction_length], d->negative ? -1.0 : 1.0);
    return 1;
}

/* strtod wants a NUL at the end, and the bytes of a cell have none. */
static int read_double(const unsigned char *text, size_t length, double *value, struct err *e)
{
    char room[64];
    char *copy = room;
    if (length >= sizeof room) {
        copy = mem_alloc(length + 1, e);
        if (copy == NULL) {
            return -1;
        }
    }
    memcpy(copy, text, length);
    copy[length] = '\0';
    *value = strtod(copy, NULL);
    if (copy != room) {
        mem_free(copy);
    }
    return 0;
}

int codec_read_double(const unsigned char *text, size_t length, double *value, struct err *e)
{
    struct decimal d;
    codec_trim(&text, &length);
    if (codec_is_word(text, length, "NaN")) {
        *value = (double)NAN;
        return 0;
    }
    if (codec_is_word(text, length, "Infinity")) {
        *value = (double)INFINITY;
        return 0;
    }
    if (codec_is_word(text, length, "-Infinity")) {
        *value = -(double)INFINITY;
        return 0;
    }
    if (decimal_parse(text, length, &d) != 0) {
        return codec_refuse(e, float_text_help, "the text is not a decimal number");
    }
    if (read_few_digits(&d, value)) {
        return 0;
    }
    if (read_double(text, length, value, e) != 0) {
        return -1;
    }
    if (isinf(*value)) {
        return codec_refuse(e, "give the target column the type numeric", "the number overflows double precision");
    }
    if (*value == 0 && !decimal_measure(&d).is_zero) {
        return codec_refuse(e, "give the target column the type numeric",
                            "the number is not 0 and would become 0 in double precision");
    }
    return 0;
}

void codec_integer_cell(struct cell *out, int64_t value)
{
    out->as.integer = value;
    out->length = 0;
    out->class = CELL_INTEGER;
}

void codec_real_cell(struct cell *out, double value)
{
    out->as.real = value;
    out->length = 0;
    out->class = CELL_REAL;
}

int codec_is_whole(double value)
{
    return value >= -9223372036854775808.0 && value < 9223372036854775808.0 && (double)(int64_t)value == value &&
           !(value == 0 && signbit(value));
}

int codec_number_cell(const unsigned char *text, size_t length, struct cell *out)
{
    char again[40];
    int64_t integer = 0;
    double real = 0;
    if (length == 0 || length > 32 || !((text[0] >= '0' && text[0] <= '9') || text[0] == '-')) {
        return 0;
    }
    if (codec_parse_integer(text, length, &integer) == 0) {
        if (codec_integer_text(again, integer) != length || memcmp(again, text, length) != 0) {
            return 0;
        }
        codec_integer_cell(out, integer);
        return 1;
    }
    struct decimal d;
    if (decimal_parse(text, length, &d) != 0 || read_double(text, length, &real, NULL) != 0 || !isfinite(real) ||
        real_to_text(again, sizeof again, real) != length || memcmp(again, text, length) != 0) {
        return 0;
    }
    codec_real_cell(out, real);
    return 1;
}

enum { DIGITS = 64 };

/* The significant digits of a number that printf writes, without zeros on either side, and the power of ten of the
 * first one. Returns how many there are: 0 for a zero. */
static size_t take_digits(const char *text, char digits[DIGITS], int *power)
{
    size_t count = 0;
    int point = 0; /* digits before the decimal point, below zero for zeros after it */
    int seen_point = 0;
    for (; *text != '\0' && *text != 'e'; text++) {
        if (*text == '.') {
            seen_point = 1;
        } else if (*text != '-' && (count > 0 || *text != '0')) {
            point += !seen_point;
            digits[count++] = *text;
        } else if (*text == '0') {
            point -= seen_point;
        }
    }
    while (count > 0 && digits[count - 1] == '0') {
        count--;
    }
    *power = point - 1 + (*text == 'e' ? atoi(text + 1) : 0);
    return count;
}

/* PostgreSQL takes no decimal for a number's that lies half-way between it and a neighbour, as not every reader rounds
 * such a one to even. Only integers beyond 2^24 (floats) and 2^53 (doubles) have some of so few digits, and their
 * middles print without loss. */
static int is_middle(const char *text, long double middle)
{
    char digits[DIGITS];
    char middle_digits[DIGITS];
    char middle_text[DIGITS];
    int power = 0;
    int middle_power = 0;
    size_t count = take_digits(text, digits, &power);
    (void)snprintf(middle_text, sizeof middle_text, "%.45Le", middle);
    return take_digits(middle_text, middle_digits, &middle_power) == count && power == middle_power &&
           memcmp(digits, middle_digits, count) == 0;
}

static int is_halfway(const char *text, double value, double below, double above)
{
    return is_middle(text, ((long double)value + (long double)below) / 2) ||
           is_middle(text, ((long double)value + (long double)above) / 2);
}

static int is_halfway_of_doubles(const char *text, double value)
{
    return fabs(value) > 0x1p53 && fabs(value) < 1e41 &&
           is_halfway(text, value, nextafter(value, 0), nextafter(value, 2 * value));
}

static int is_halfway_of_floats(const char *text, float value)
{
    return fabsf(value) > 0x1p24F && fabsf(value) < 1e20F &&
           is_halfway(text, value, nextafterf(value, 0), nextafterf(value, 2 * value));
}

/* The shortest decimal of a float of common size without printing it: the first number of decimals with which the
 * nearest decimal lies between the middles to the neighbours. All products are exact: 24 bits of a float, 28 of 10^12.
 * 0 when the float is of another size, or a case that needs a closer look. */
static int short_decimal_of_float(float value, double *shown)
{
    double size = fabs((double)value);
    float to_middle;
    uint32_t bits;
    if (!(size >= 1e-3 && size < 0x1p24)) {
        return 0;
    }
    memcpy(&bits, &value, sizeof bits);
    uint32_t middle_bits = (bits & 0x7F800000) - (UINT32_C(24) << 23);
    memcpy(&to_middle, &middle_bits, sizeof to_middle);
    /* Below a power of two the neighbour is half as far. */
    double below = (bits & 0x7FFFFF) == 0 ? (double)to_middle / 2 : (double)to_middle;
    for (size_t k = 0; k <= 12; k++) {
        double product = size * tens[k];
        double nearest = rint(product);
        double distance = fabs(product - nearest);
        if (distance < below * tens[k]) {
            *shown = copysign(nearest / tens[k], (double)value);
            return 1;
        }
        if (distance < (double)to_middle * tens[k]) {
            return 0;
        }
    }
    return 0;
}

double codec_float_as_printed(float value)
{
    char text[32];
    double shown;
    if (short_decimal_of_float(value, &shown)) {
        return shown;
    }
    /* 6 digits are exact both ways for normal numbers; subnormal ones have fewer digits to spend. */
    for (int digits = fabsf(value) < FLT_MIN ? 1 : FLT_DIG; digits <= FLT_DECIMAL_DIG; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value && !is_halfway_of_floats(text, value)) {
            break;
        }
    }
    return strtod(text, NULL);
}

/* A decimal of at most 6 digits is what its float prints as: true for most stored values, without a call of printf. */
static int has_six_digits(double value)
{
    double size = fabs(value);
    for (size_t k = 0; size < 1e6 && k <= FLT_DIG; k++) {
        double product = size * tens[k];
        if (product >= 1e6) {
            return 0;
        }
        if ((double)(int32_t)(product + 0.5) / tens[k] == size) {
            return 1;
        }
    }
    return 0;
}

int codec_narrow(double value, float *narrow, struct err *e)
{
    static const char help[] = "give the target column the type double precision";
    static const double overflow = 0x1.FFFFFFp+127; /* from here on, rounding leads beyond the largest float */
    if (!isfinite(value)) {
        *narrow = isnan(value) ? NAN : value < 0 ? -INFINITY : INFINITY;
        return 0;
    }
    if (fabs(value) >= overflow) {
        return codec_refuse(e, help, "the number overflows single precision");
    }
    *narrow = (float)value;
    if (!has_six_digits(value) && codec_float_as_printed(*narrow) != value) {
        return codec_refuse(e, help, "the number has more digits than single precision keeps");
    }
    return 0;
}

size_t codec_real_text(char out[CODEC_REAL_TEXT], double value, int whole_digits)
{
    char text[40];
    char digits[DIGITS];
    int power = 0;
    size_t used = 0;
    size_t length = real_to_text(text, sizeof text, value);
    if (!isfinite(value)) {
        memcpy(out, text, length);
        return length;
    }
    for (int more = DBL_DIG + 1;
         whole_digits == DBL_DIG && more <= DBL_DECIMAL_DIG && is_halfway_of_doubles(text, value); more++) {
        (void)snprintf(text, sizeof text, "%.*g", more, value);
    }
    size_t count = take_digits(text, digits, &power);
    if (signbit(value)) {
        out[used++] = '-';
    }
    if (count == 0) {
        out[used++] = '0';
    } else if (power < -4 || power >= whole_digits) {
        out[used++] = digits[0];
        if (count > 1) {
            out[used++] = '.';
            memcpy(out + used, digits + 1, count - 1);
            used += count - 1;
        }
        used += (size_t)snprintf(out + used, CODEC_REAL_TEXT - used, "e%c%02d", power < 0 ? '-' : '+', abs(power));
    } else {
        for (int at = power < 0 ? power : 0; at < (int)count || at <= power; at++) {
            /* `at` counts the digits from the first significant one; zeros stand before and after them. */
            out[used++] = at >= 0 && at < (int)count ? digits[at] : '0';
            if (at == power && at + 1 < (int)count) {
                out[used++] = '.';
            }
        }
    }
    return used;
}
