/* hex.h: bytes as hexadecimal digits, and back. */
#ifndef WHERRY_HEX_H
#define WHERRY_HEX_H

#include <stddef.h>

/* Writes two lower-case digits a byte, without a NUL behind them. */
void hex_encode(char *out, const unsigned char *bytes, size_t length);

/* The value of a digit of either case, or -1. */
int hex_value(unsigned char digit);

#endif
