/* snapshot_check.h: PRAGMA quick_check in a thread of its own, beside the load. */
#ifndef WHERRY_SNAPSHOT_CHECK_H
#define WHERRY_SNAPSHOT_CHECK_H

#include <pthread.h>

#include "snapshot_connection.h"

/* Zero-initialise. */
struct snapshot_check {
    struct connection *connection; /* the reader that is checked on; NULL until begun */
    pthread_t thread;
    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t ended;
    int finished;
    int result; /* 0: passed; -1: error holds what was found */
    struct err error;
};

/* Runs quick_check in this thread. 0: passed; -1 and e (ERR_SOURCE: damage, and what was found). */
int snapshot_check_run(struct connection *connection, struct err *e);

/* Whether what quick_check or integrity_check found is nothing: SQLite 3.40 takes some sound tables for damaged. */
int snapshot_check_is_false_alarm(struct connection *c, const char *found);

/* Starts the thread; a second call is without effect. 0, or -1 and e. */
int snapshot_check_begin(struct snapshot_check *check, struct connection *connection, struct err *e);

/* As snapshot_check_result in snapshot.h. */
int snapshot_check_outcome(struct snapshot_check *check, int wait, struct err *e);

/* Interrupts the check and waits for its thread. Without effect when none was begun. */
void snapshot_check_end(struct snapshot_check *check);

#endif
