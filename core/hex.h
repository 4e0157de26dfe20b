/* hex.h: bytes as hexadecimal digits, and back. */
#ifndef WHERRY_HEX_H
#define WHERRY_HEX_H

#include <stddef.h>

/* Writes two lower-case digits a byte, without a NUL behind them. */
void hex_encode(char *out, const unsigned char *bytes, size_t length);

/* The values of digits, plus one; 0 for what is none. Only hex_value reads it. */
extern const signed char hex_values[256];

/* The value of a digit of either case, or -1. Called for every digit, which no branch can foresee. */
static inline int hex_value(unsigned char digit)
{
    return hex_values[digit] - 1;
}

/* What four digits say that have been found to be digits. */
static inline unsigned hex_four(const unsigned char *digits)
{
    unsigned value = 0;
    for (int i = 0; i < 4; i++) {
        value = value << 4 | (unsigned)hex_value(digits[i]);
    }
    return value;
}

#endif
