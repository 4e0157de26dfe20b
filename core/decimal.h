/* decimal.h: decimal numbers as text, taken apart without changing a digit. The codecs of numbers and JSON read them
 * with this one parser, so that they agree on what a number is and on what numeric can hold. */
#ifndef WHERRY_DECIMAL_H
#define WHERRY_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

/* PostgreSQL's limits of numeric: digits before the decimal point, digits after it. */
enum { NUMERIC_WHOLE_DIGITS = 131072, NUMERIC_SCALE = 16383 };

/* sign, digits, point, digits, exponent. The pointers point into the parsed text. */
struct decimal {
    int negative;
    const unsigned char *whole;
    size_t whole_length;
    const unsigned char *fraction;
    size_t fraction_length;
    int64_t exponent; /* cut to +-DECIMAL_EXPONENT: beyond what any type holds */
};

enum { DECIMAL_EXPONENT = 1073741823 };

/* Where a number's digits lie: power of ten of the first and last digit that is not 0, and the digits after the decimal
 * point as written ("1.50" has scale 2, "1.5e1" 0). A zero has no such digits: is_zero. */
struct decimal_span {
    int is_zero;
    int64_t top;
    int64_t low;
    int64_t scale;
};

/* Reads all of the text: [+-] digits [. digits] or [+-] . digits, then [e [+-] digits]. 0, or -1 when it is no such
 * number. No spaces, no underscores, no hexadecimal. */
int decimal_parse(const unsigned char *text, size_t length, struct decimal *d);

struct decimal_span decimal_measure(const struct decimal *d);

/* NULL when an unconstrained numeric holds the number, else why not (static storage). */
const char *decimal_beyond_numeric(const struct decimal *d, const struct decimal_span *span);

/* The digit (0 to 9) that stands for this power of ten. */
unsigned decimal_digit(const struct decimal *d, int64_t power);

#endif
