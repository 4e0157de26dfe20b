/* lane_guess.h: which rows the target will refuse by its CHECK constraints and, once there were duplicates, by its
 * unique indexes, asked of the server for many rows at once over the few columns that these name. It is a guess, since
 * a trigger may change a row before it is checked; each row is still tried, but alone, where a refusal costs little.
 * Only the files of the lane include this. */
#ifndef WHERRY_LANE_GUESS_H
#define WHERRY_LANE_GUESS_H

#include "lane_step.h"

/* Marks in `suspect` (a byte a row of the batch) the rows from `first` up to `end`, of those that are not gone, that
 * the conditions refuse. A group has to be open; it is undone where the conditions cannot be asked for, and then they
 * are not again. 0, or -1 and e (ERR_CONNECTION and such). */
int guess_rows(struct careful *c, size_t first, size_t end, unsigned char *suspect, struct err *e);

/* NULL is allowed. */
void guess_free(struct guess *g);

#endif
