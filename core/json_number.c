/* json_number.c: numbers of JSON as a program holds them. */
#include "json_number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "codec_common.h"
#include "decimal.h"

/* With its NUL. Returns the length. */
static size_t shortest(char out[JSON_REAL_TEXT], double value)
{
    int length = 0;
    /* Numbers near zero have fewer digits than others. */
    int fewest = fabs(value) < DBL_MIN ? 1 : DBL_DIG;

    for (int digits = fewest; digits <= DBL_DECIMAL_DIG; digits++) {
        length = snprintf(out, JSON_REAL_TEXT, "%.*g", digits, value);
        if (strtod(out, NULL) == value) {
            break;
        }
    }
    return (size_t)length;
}

size_t json_real_write(char out[JSON_REAL_TEXT], double value)
{
    size_t length = shortest(out, value);

    if (strpbrk(out, ".e") == NULL) {
        memcpy(out + length, ".0", 2);
        length += 2;
    }
    return length;
}

static int is_same_number(const struct decimal *a, const struct decimal *b)
{
    struct decimal_span left = decimal_measure(a);
    struct decimal_span right = decimal_measure(b);

    if (a->negative != b->negative || left.is_zero != right.is_zero) {
        return 0;
    }
    if (left.is_zero) {
        return 1;
    }
    if (left.top != right.top || left.low != right.low) {
        return 0;
    }
    for (int64_t power = left.low; power <= left.top; power++) {
        if (decimal_digit(a, power) != decimal_digit(b, power)) {
            return 0;
        }
    }
    return 1;
}

int json_number_read(const unsigned char *text, size_t length, struct cell *out)
{
    enum { LONGEST = 512 }; /* what is longer than any double's digits is none, but for zeros that nobody writes */
    char copy[LONGEST + 1];
    char again[JSON_REAL_TEXT];
    int64_t integer = 0;
    struct decimal written;
    struct decimal read;

    int is_beyond = codec_parse_integer(text, length, &integer);
    if (is_beyond == 0 && !(integer == 0 && text[0] == '-')) {
        codec_integer_cell(out, integer);
        return 0;
    }
    if (is_beyond == 1 || length > LONGEST || decimal_parse(text, length, &written) != 0) {
        return -1;
    }
    memcpy(copy, text, length);
    copy[length] = '\0';
    double real = strtod(copy, NULL);
    if (!isfinite(real)) {
        return -1;
    }
    size_t used = shortest(again, real);
    if (decimal_parse((const unsigned char *)again, used, &read) != 0 || !is_same_number(&written, &read)) {
        return -1;
    }
    codec_real_cell(out, real);
    return 0;
}
