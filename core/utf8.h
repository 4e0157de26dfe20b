/* utf8.h: the one definition of well-formed UTF-8, a character or a text at a time, that display and codecs share. */
#ifndef WHERRY_UTF8_H
#define WHERRY_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The length (1 to 4) of the well-formed character at the start of `data`, its code point in *point (may be NULL); 0
 * when the bytes are none: overlong form, surrogate, above U+10FFFF, stray or missing continuation byte, or length 0.
 */
size_t utf8_character(const unsigned char *data, size_t length, uint32_t *point);

/* As utf8_character, without a call for what is frequent, of a character that is not ASCII; 0 for one that is. */
static inline size_t utf8_beyond_ascii(const unsigned char *data, size_t length)
{
    unsigned char first = data[0];
    if (first < 0xC2) {
        return 0;
    }
    if (length >= 3 && first < 0xF0) {
        int has_tail = (data[1] & 0xC0) == 0x80;
        if (first < 0xE0) {
            return has_tail ? 2 : 0;
        }
        /* E0 and ED take half of what may follow the others. */
        if (first != 0xE0 && first != 0xED) {
            return has_tail && (data[2] & 0xC0) == 0x80 ? 3 : 0;
        }
    }
    return utf8_character(data, length, NULL);
}

/* 0 when `data` is UTF-8 that PostgreSQL takes as text (no U+0000, no surrogates, nothing above U+10FFFF, no overlong
 * forms), else -1 and the byte offset of the first fault in *at. *characters (may be NULL) gets the code points. */
int utf8_check(const unsigned char *data, size_t length, size_t *at, size_t *characters);

#endif
