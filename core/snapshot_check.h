/* snapshot_check.h: the counts of a source and PRAGMA quick_check, in a thread of its own beside the load. */
#ifndef WHERRY_SNAPSHOT_CHECK_H
#define WHERRY_SNAPSHOT_CHECK_H

#include <pthread.h>

#include "snapshot_connection.h"
#include "snapshot_count.h"

/* Zero-initialise. */
struct snapshot_check {
    struct connection *connection; /* the reader that this is done on; NULL until begun */
    struct count_list counts;      /* one is written only before it is known */
    int checks;                    /* quick_check follows */
    pthread_t thread;
    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t changed;
    size_t known; /* counts */
    int finished;
    int result; /* 0: passed; -1: error holds what was found */
    struct err error;
};

/* Runs quick_check in this thread. 0: passed; -1 and e (ERR_SOURCE: damage, and what was found). */
int snapshot_check_run(struct connection *connection, struct err *e);

/* Whether what quick_check or integrity_check found is nothing: SQLite 3.40 takes some sound tables for damaged. */
int snapshot_check_is_false_alarm(struct connection *c, const char *found);

/* Starts the thread on the connection; otherwise as snapshot_check_start in snapshot.h. */
int snapshot_check_begin(struct snapshot_check *check, struct connection *connection,
                         const struct snapshot_count *counts, size_t length, int checks, struct err *e);

/* As snapshot_counts in snapshot.h. */
int snapshot_check_counts(struct snapshot_check *check, int wait, const int64_t **rows, size_t *known, struct err *e);

/* As snapshot_check_result in snapshot.h. */
int snapshot_check_outcome(struct snapshot_check *check, int wait, struct err *e);

/* Interrupts the thread and waits for its end. Without effect when none was begun. */
void snapshot_check_end(struct snapshot_check *check);

#endif
