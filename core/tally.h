/* tally.h: rows that were read and rejected so far, over all lanes, for the plan's limits. Those of a table are in
 * committed steps; the run's rejected ones count from the moment they are found, and those of a step that fails are
 * taken back. */
#ifndef WHERRY_TALLY_H
#define WHERRY_TALLY_H

#include <pthread.h>
#include <stdint.h>

#include "mem.h"

struct table_tally {
    int64_t read;
    int64_t rejected;
    size_t chains; /* parts of the table that are not done (lane.h) */
};

struct tally {
    pthread_mutex_t lock;
    int64_t rejected; /* of the run */
    struct table_tally *tables;
};

/* All zero, for so many tables. 0, or -1 and e. */
int tally_init(struct tally *t, size_t tables, struct err *e);
void tally_free(struct tally *t);

/* Adds rejected rows (below 0: takes them back), and gives all of the run. */
int64_t tally_reject(struct tally *t, int64_t rows);

/* Adds rows of a table that a committed step has read, and those of them that it has rejected: the run has these
 * already. */
void tally_commit(struct tally *t, size_t table, int64_t read, int64_t rejected);

/* Adds parts of a table that are to be done (below 0: that are done). */
void tally_chains(struct tally *t, size_t table, int chains);

/* What is known of a table. */
struct table_tally tally_table(struct tally *t, size_t table);

#endif
