/* lane_trial.h: rows of which a refusal is foreseen are tried one by one in one journey to the server, which says of
 * each why it is refused. Nothing of a trial stays. Only the files of the lane include this. */
#ifndef WHERRY_LANE_TRIAL_H
#define WHERRY_LANE_TRIAL_H

#include "lane_step.h"

/* Tries the rows from `first` up to `end` that are held, and refuses those that the server refuses, whose marks in
 * c->held go. The rest is to be sent. No COPY may be open. 0, or -1 and e. */
int trial_rows(struct careful *c, size_t first, size_t end, struct err *e);

/* NULL is allowed. */
void trial_free(struct trial *t);

#endif
