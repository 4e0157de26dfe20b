/* run_internal.h: a load over lanes while it is at work. Only the files of the run include this. */
#ifndef WHERRY_RUN_INTERNAL_H
#define WHERRY_RUN_INTERNAL_H

#include <pthread.h>

#include "run.h"

struct run;

/* What a tick gets, in arrays that are made once. */
struct run_told {
    struct run_progress progress;
    int64_t *rows;
    int64_t *building;
    size_t *under_way;
    size_t *done;
};

/* A lane, and the thread that it has beside the first one's. */
struct run_lane {
    struct run *run;
    struct lane_options options;
    struct lane lane;
    size_t number, reopened; /* the run's, when the lane took its work */
    pthread_t thread;
    int64_t building;        /* under the run's lock: object under way; 0: none */
    int at_work;             /* under the run's lock */
    const struct work *work; /* under the run's lock: what it is at; NULL: nothing */
    int put_back;            /* the work is to be claimed again: what it needs is open again */
    int retrying;            /* under the run's lock */
};

struct run {
    const struct run_options *options;
    struct tally tally;
    struct run_lane *lanes;
    struct run_lane attendant; /* takes statements alone; it reads nothing, and nothing is told of it */
    atomic_int halt;           /* a lane has failed */
    atomic_int distrusted;     /* as the journal's */

    pthread_mutex_t lock;
    pthread_cond_t changed;
    int over;  /* the lanes have ended */
    int begun; /* what follows is there */
    struct queue queue;
    size_t reopened; /* chains and builds that a crash of the server has taken back */
    int failed;
    struct err error; /* of the lane that failed first */
    int64_t total;
    int64_t *rows; /* by table */
    size_t *done;
    size_t done_count;
    size_t builds_done;
    struct err retry; /* the last reason of a lane that tries its connection again */
    int retry_untold; /* it may be connected again before the next tick */

    atomic_llong unsent; /* bytes of rows that lanes have encoded and not sent */

    struct run_told told; /* the caller's thread only */
};

/* --- run_progress.c --- */

/* Arrays for what the options name. 0, or -1 and e; free with run_told_free. */
int run_told_make(struct run_told *t, const struct run_options *o, struct err *e);
void run_told_free(struct run_told *t);

/* As progress of struct lane_options; the context is a struct run_lane. */
void run_progressed(void *context, const struct table_load *t, const struct journal_counts *step,
                    const struct err *retry);

/* Under lock: what has to be told, in arrays of the caller's thread. */
void run_told(struct run *run);

#endif
