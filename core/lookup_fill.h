/* lookup_fill.h: a lookup from the rows of a SELECT of SQLite. */
#ifndef WHERRY_LOOKUP_FILL_H
#define WHERRY_LOOKUP_FILL_H

#include <sqlite3.h>

#include "lookup.h"

struct lookup_fill {
    const char *sql; /* gives the key and behind it the value; with `replaces`, whether the row is marked behind that */
    size_t keys;     /* columns of the key; several become one blob (key.h) */
    int replaces;    /* the value stands in the place of the key: NULL does not, and a key may come again with the same
                        value */
    /* What the statement's function wherry_kept(value, n, ...) asks: the first of the n-th maps, from 1, that has the
     * value gives what it returns, else that is the value itself. Not owned. */
    const struct lookup *const *kept;
    size_t kept_count;
    int64_t rows, marked; /* out: how many there were */
};

/* Adds the rows; a row without a key (NULL) is passed over. 0, or -1 and e: ERR_PLAN with the key where one comes
 * twice. */
int lookup_fill(struct lookup *l, sqlite3 *db, struct lookup_fill *fill, struct err *e);

#endif
