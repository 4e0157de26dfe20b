/* verify_foreign.h: columns whose types have no codec: the server itself says what it makes of the texts that it is
 * sent. */
#ifndef WHERRY_VERIFY_FOREIGN_H
#define WHERRY_VERIFY_FOREIGN_H

#include "mem.h"
#include "pgwire.h"

/* Of a table; owned by the plan. */
struct verify_foreign {
    const size_t *fields;     /* of the row that is written; they hold texts */
    const char *const *types; /* in SQL, one a field */
    size_t count;             /* 0: there are none */
};

/* Rows of binary COPY, one behind the other. Zero-initialise; free with foreign_rows_free. */
struct foreign_rows {
    struct bytes data;
    size_t *ends; /* owned; of each row in data */
    size_t count, capacity;
};

/* Appends a row. 0, or -1 and e. */
int foreign_rows_add(struct foreign_rows *r, const unsigned char *row, size_t length, struct err *e);

/* The bytes of a row. */
const unsigned char *foreign_rows_at(const struct foreign_rows *r, size_t row, size_t *length);

void foreign_rows_free(struct foreign_rows *r);

/* Appends to `out` the rows from `first` on, `count` of them, with the texts of these fields as the server gives them
 * back. A transaction that is open stays usable. 0; 1: the server refuses one of the values, and `out` is as before; -1
 * and e. */
int foreign_normalise(struct pgwire *p, const struct verify_foreign *f, const struct foreign_rows *in, size_t first,
                      size_t count, struct foreign_rows *out, struct err *e);

#endif
