/* decimal.c: decimal numbers as text, taken apart without changing a digit. */
#include "decimal.h"

#include <string.h>

static size_t count_digits(const unsigned char *text, size_t length)
{
    size_t count = 0;
    while (count < length && text[count] >= '0' && text[count] <= '9') {
        count++;
    }
    return count;
}

/* [+-] digits, all of it. */
static int parse_exponent(const unsigned char *text, size_t length, int64_t *exponent)
{
    int negative = length > 0 && text[0] == '-';
    size_t at = negative || (length > 0 && text[0] == '+') ? 1 : 0;
    int64_t value = 0;
    if (at == length || at + count_digits(text + at, length - at) != length) {
        return -1;
    }
    for (; at < length; at++) {
        value = value * 10 + (text[at] - '0');
        if (value > DECIMAL_EXPONENT) {
            value = DECIMAL_EXPONENT;
        }
    }
    *exponent = negative ? -value : value;
    return 0;
}

int decimal_parse(const unsigned char *text, size_t length, struct decimal *d)
{
    size_t at = 0;
    memset(d, 0, sizeof *d);
    if (length > 0 && (text[0] == '-' || text[0] == '+')) {
        d->negative = text[0] == '-';
        at = 1;
    }
    d->whole = text + at;
    d->whole_length = count_digits(text + at, length - at);
    at += d->whole_length;
    d->fraction = text + at;
    if (at < length && text[at] == '.') {
        at++;
        d->fraction = text + at;
        d->fraction_length = count_digits(text + at, length - at);
        at += d->fraction_length;
    }
    if (d->whole_length + d->fraction_length == 0) {
        return -1;
    }
    if (at < length && (text[at] == 'e' || text[at] == 'E')) {
        return parse_exponent(text + at + 1, length - at - 1, &d->exponent);
    }
    return at == length ? 0 : -1;
}

/* The i-th digit as written, the point left out. */
static unsigned written_digit(const struct decimal *d, size_t i)
{
    unsigned char digit = i < d->whole_length ? d->whole[i] : d->fraction[i - d->whole_length];
    return (unsigned)(digit - '0');
}

unsigned decimal_digit(const struct decimal *d, int64_t power)
{
    int64_t at = (int64_t)d->whole_length + d->exponent - 1 - power;
    if (at < 0 || at >= (int64_t)(d->whole_length + d->fraction_length)) {
        return 0;
    }
    return written_digit(d, (size_t)at);
}

struct decimal_span decimal_measure(const struct decimal *d)
{
    struct decimal_span span = {.is_zero = 1};
    size_t count = d->whole_length + d->fraction_length;
    size_t first = 0;
    size_t end = count;
    int64_t units = (int64_t)d->whole_length + d->exponent - 1; /* power of the first written digit */
    while (first < count && written_digit(d, first) == 0) {
        first++;
    }
    while (end > first && written_digit(d, end - 1) == 0) {
        end--;
    }
    if (first < end) {
        span.is_zero = 0;
        span.top = units - (int64_t)first;
        span.low = units - (int64_t)(end - 1);
    }
    span.scale = (int64_t)d->fraction_length - d->exponent;
    if (span.scale < 0) {
        span.scale = 0;
    }
    return span;
}

const char *decimal_beyond_numeric(const struct decimal *d, const struct decimal_span *span)
{
    if (d->exponent >= DECIMAL_EXPONENT || d->exponent <= -DECIMAL_EXPONENT) {
        return "its exponent is beyond the limits of numeric";
    }
    if (!span->is_zero && span->top >= NUMERIC_WHOLE_DIGITS) {
        return "more than 131072 digits before the decimal point, beyond the limits of numeric";
    }
    if (span->scale > NUMERIC_SCALE) {
        return "more than 16383 digits after the decimal point, beyond the limits of numeric";
    }
    return NULL;
}
