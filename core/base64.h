/* base64.h: bytes as base64 (RFC 4648), and back. */
#ifndef WHERRY_BASE64_H
#define WHERRY_BASE64_H

#include "mem.h"

/* Appends the digits of the bytes: with `url` those of the alphabet for URLs and without padding, else the usual ones,
 * padded. 0, or -1 and e (ERR_MEMORY). */
int base64_encode(const unsigned char *bytes, size_t length, int url, struct bytes *out, struct err *e);

/* Appends the bytes that the text says. It may be of either alphabet, with white space of ASCII between the digits, and
 * without its padding. 0, or -1 and e: ERR_VALUE for what no encoder writes (another character, a padding that is not
 * at the end or of the wrong length, a digit too few, bits behind the last byte), ERR_MEMORY. */
int base64_decode(const unsigned char *text, size_t length, struct bytes *out, struct err *e);

#endif
