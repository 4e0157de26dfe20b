/* json_scan.h: one pass over a JSON text that finds all that is asked of it: whether a type takes it, and in which
 * styles it is what jsonb gives back. For codec files only; others call json_check. */
#ifndef WHERRY_JSON_SCAN_H
#define WHERRY_JSON_SCAN_H

#include <stddef.h>

/* The styles in which programs write the same JSON. 0 is jsonb's own: a space after each comma and colon, and all
 * characters as they are. */
enum {
    JSON_COMPACT = 1, /* no spaces: JavaScript */
    JSON_ASCII = 2,   /* all others than ASCII as \uXXXX: Python, with spaces */
    JSON_STYLES = 4
};

/* As json_check. *styles gets, where the text is taken with `strict`, a bit 1 << style for each style in which jsonb
 * gives it back to the byte: of that style, keys in jsonb's order (by length, then bytes), each once, numbers without
 * exponent, no escape that is not needed. */
int json_scan(const unsigned char *data, size_t length, int strict, unsigned *styles, size_t *at, const char **why);

#endif
