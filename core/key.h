/* key.h: the key of a source row as bytes: storage class and value of each key cell, so that a range can be journalled,
 * and bound again exactly. Form, per cell: one class byte, then 8 bytes big-endian (integer, or the bits of a real), or
 * 4 bytes big-endian length and the bytes (text, blob), or nothing (NULL). */
#ifndef WHERRY_KEY_H
#define WHERRY_KEY_H

#include "batch.h"

enum { KEY_MAX_CELLS = 16 };

/* Appends the encoded key of row `row` (its cells at the indexes `columns[0..count)`) to out. 0, or -1 and e. */
int key_encode(struct bytes *out, const struct batch *b, size_t row, const size_t *columns, size_t count,
               struct err *e);

/* Decodes at most KEY_MAX_CELLS cells; text and blob offsets point into `data` itself. Returns the number of cells, or
 * -1 and e (ERR_INTERNAL) when the bytes are not a key. */
int key_decode(struct cell *cells, const unsigned char *data, size_t length, struct err *e);

/* Renders a key for display: "id=42" or "a='x', b=7". names: the key columns' names, count of them. */
void key_describe(char *out, size_t size, const unsigned char *data, size_t length, const char *const *names,
                  size_t count);

/* The same for row `row` of a batch; "" where there is no key. Nothing is allocated: no key is lost where memory is
 * refused. */
void key_describe_row(char *out, size_t size, const struct batch *b, size_t row, const size_t *columns,
                      const char *const *names, size_t count);

#endif
