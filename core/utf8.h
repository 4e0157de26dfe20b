/* utf8.h: one character of UTF-8 at a time; the one definition of well-formed that display and codecs share. */
#ifndef WHERRY_UTF8_H
#define WHERRY_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The length (1 to 4) of the well-formed character at the start of `data`, its code point in *point (may be NULL); 0
 * when the bytes are none: overlong form, surrogate, above U+10FFFF, stray or missing continuation byte, or length 0.
 */
size_t utf8_character(const unsigned char *data, size_t length, uint32_t *point);

#endif
