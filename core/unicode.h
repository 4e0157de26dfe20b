/* unicode.h: texts by Unicode's characters, for scripts: lengths, parts, white space, case, normal forms. U+0000 is a
 * character like others here: what a script mends may hold it. */
#ifndef WHERRY_UNICODE_H
#define WHERRY_UNICODE_H

#include "mem.h"

/* 0 when `data` is UTF-8, and its number of code points in *characters (may be NULL); else -1 and e (ERR_VALUE), which
 * names the first byte that belongs to no character, counted from 1. What follows takes texts that have passed. */
int unicode_check(const unsigned char *data, size_t length, size_t *characters, struct err *e);

/* The byte at which code point `index`, counted from 0, begins; `length` when the text has no more than so many. */
size_t unicode_offset(const unsigned char *data, size_t length, size_t index);

/* Leaves out characters with the property White_Space on both sides: U+00A0 and U+3000 among them; U+200B and U+FEFF,
 * which have no width and are no spaces, stay. */
void unicode_trim(const unsigned char **data, size_t *length);

/* Append the text in lower or upper case, by Unicode's full mapping and for no language in particular: upper case of ß
 * is SS, of ŉ two characters as well; lower case of İ is i and U+0307, of Σ at the end of a word ς. 0, or -1 and e
 * (ERR_MEMORY). */
int unicode_lower(const unsigned char *data, size_t length, struct bytes *out, struct err *e);
int unicode_upper(const unsigned char *data, size_t length, struct bytes *out, struct err *e);

/* The code points that an upper case of more than one is made of, ended by 0; NULL where it is one. Static storage. */
const uint16_t *unicode_special_upper(uint32_t point);
enum { UNICODE_UPPER_POINTS = 3 };

enum unicode_form { UNICODE_NFC, UNICODE_NFD, UNICODE_NFKC, UNICODE_NFKD };

/* Appends the text in a normal form. 0, or -1 and e (ERR_MEMORY). */
int unicode_normalize(const unsigned char *data, size_t length, enum unicode_form form, struct bytes *out,
                      struct err *e);

#endif
