/* journal_held.h: a step that is held open between its two ends for work that comes from elsewhere: a hook of the plan.
 * What commits is here, as in all of the journal, so that the work itself can't. */
#ifndef WHERRY_JOURNAL_HELD_H
#define WHERRY_JOURNAL_HELD_H

#include "journal.h"

/* BEGIN and the lock. lock_sql finds exactly the journal row in the state in which the work is still to be done, FOR
 * UPDATE; *found is 0, and no transaction is open, when it found none. 0, or -1 and e, and then no transaction is open.
 */
int journal_held_begin(struct pgwire *p, const char *lock_sql, int lock_count, const char *const *lock_values,
                       int *found, struct err *e);

/* The statements, among them the one that advances the row, and COMMIT. On failure everything is rolled back. 0, or -1
 * and e: ERR_CONNECTION leaves open whether the commit happened, and another begin with the same lock_sql settles it.
 * Given up instead: journal_rollback. */
int journal_held_end(struct pgwire *p, const struct journal_statement *statements, size_t count, struct err *e);

#endif
