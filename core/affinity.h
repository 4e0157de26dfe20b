/* affinity.h: what SQLite does to a value on its way into a column: a column's affinity may turn it into another
 * storage class. */
#ifndef WHERRY_AFFINITY_H
#define WHERRY_AFFINITY_H

#include "batch.h"

enum affinity { AFFINITY_BLOB, AFFINITY_TEXT, AFFINITY_NUMERIC, AFFINITY_INTEGER, AFFINITY_REAL };

/* The affinity of a word: "blob", "text", "numeric", "integer", "real". 0, or -1: there is none of this name. */
int affinity_find(const char *word, enum affinity *affinity);

/* Whether the affinity leaves all cells of the class as they are, so that none has to be looked at. */
static inline int affinity_keeps(enum cell_class class, enum affinity affinity)
{
    return class == CELL_NULL || class == CELL_BLOB ||
           (class == CELL_TEXT && (affinity == AFFINITY_TEXT || affinity == AFFINITY_BLOB)) ||
           (class == CELL_INTEGER && affinity != AFFINITY_TEXT && affinity != AFFINITY_REAL);
}

/* What SQLite would store instead of the cell: "a number", "a text", "NULL"; NULL: the cell as it is. Static storage.
 */
const char *affinity_changes(enum affinity affinity, const struct cell *c, const unsigned char *data);

/* Whether it is -0.0 on its way into a column of REAL affinity, where SQLite keeps 0.0: the same number, so no change
 * of the value for the function above. */
int affinity_loses_sign(enum affinity affinity, const struct cell *c);

/* An integer's text, with its end. */
enum { AFFINITY_DIGITS = 24 };

/* The cell as SQLite compares it with one of a column of the affinity: a text that looks like a number becomes the
 * number, an integer beside texts its digits (in `digits`); a real stays one there. *out is the cell, and its bytes, if
 * any, are returned: those of `data`, or `digits`. */
const unsigned char *affinity_compared(enum affinity affinity, const struct cell *c, const unsigned char *data,
                                       struct cell *out, char digits[AFFINITY_DIGITS]);

/* Makes an integer of a real that is one: the same number. 1: it did. */
int affinity_whole(struct cell *c);

#endif
