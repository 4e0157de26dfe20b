/* row_set.h: a set of row numbers as bits, in blocks that exist only where a row is in it. */
#ifndef WHERRY_ROW_SET_H
#define WHERRY_ROW_SET_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* Zero-initialise; free with row_set_free. */
struct row_set {
    unsigned char **blocks; /* owned; NULL where no row of it is in the set */
    size_t capacity;        /* blocks */
    uint64_t count;         /* rows in the set */
};

/* Adds a row. 1: it was not there; 0: it was; -1 and e (ERR_MEMORY). */
int row_set_add(struct row_set *s, uint64_t row, struct err *e);

int row_set_has(const struct row_set *s, uint64_t row);

/* Adds all rows of another set, each with `base` added to its number. 0, or -1 and e. */
int row_set_join(struct row_set *s, const struct row_set *other, uint64_t base, struct err *e);

/* Empties the set and frees its blocks. */
void row_set_free(struct row_set *s);

#endif
