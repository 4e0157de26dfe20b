/* fold.h: one JSON document of several cells of a row: texts that always stand in it, and values between them. */
#ifndef WHERRY_FOLD_H
#define WHERRY_FOLD_H

#include "batch.h"

/* A text, and the value of a cell behind it. */
struct fold_part {
    const char *text; /* JSON as it stands; owned by the plan */
    int has_cell;
    size_t cell;      /* index in the batch's row */
    int is_json;      /* a text there is JSON itself; else it becomes a string */
    const char *name; /* of the member, for messages; owned by the plan */
};

struct fold {
    const struct fold_part *parts; /* owned by the plan */
    size_t count;
    int whole; /* the document is one value: where that is NULL, there is no document */
};

/* The cell of a column that is a document: NULL, unless a stage gave it another value, which may be NULL, too. */
static const struct cell fold_replaced_by_null = {.class = CELL_NULL, .length = 1};

static inline int fold_is_replaced(const struct cell *c)
{
    return c->class != CELL_NULL || c->length != 0;
}

/* Makes the document of the row that begins at `row`, a row of `b`: *made is a text cell (or NULL) whose bytes are the
 * whole of `out`, which is overwritten. Integers keep their digits, reals get the fewest that read back as the same,
 * NULL is null. 0; -1 and e (ERR_MEMORY, or ERR_VALUE where a value is none of JSON's: then *bad is its cell). */
int fold_row(const struct fold *f, const struct batch *b, const struct cell *row, struct bytes *out, struct cell *made,
             size_t *bad, struct err *e);

#endif
