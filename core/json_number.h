/* json_number.h: numbers of JSON as a program holds them, digit for digit or not at all. */
#ifndef WHERRY_JSON_NUMBER_H
#define WHERRY_JSON_NUMBER_H

#include "batch.h"

/* The cell of a number as JSON writes one: an integer where it is one of 64 bits, a real where its shortest decimal is
 * the very number that the text says. 0, or -1: it is more than either holds. -0 is a real. */
int json_number_read(const unsigned char *text, size_t length, struct cell *out);

/* Writes a finite double (no NUL) and returns the length: the shortest decimal that gives it back, always with a point
 * or an exponent, so that it is read as a real. */
enum { JSON_REAL_TEXT = 32 };
size_t json_real_write(char out[JSON_REAL_TEXT], double value);

#endif
