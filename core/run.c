/* run.c: tables in order over a lane. The caller's thread only waits and tells: it belongs to a Lua state. */
#include "run.h"

#include <pthread.h>

#include "thread.h"

enum { TICK_MS = 200 };

struct run {
    const struct run_options *options;
    struct lane_options lane_options;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct run_progress progress; /* under lock */
    int finished;                 /* under lock */
    int rc;
    struct err error;
};

static void run_progressed(void *context, const struct table_load *t, const struct journal_counts *step,
                           const struct err *retry)
{
    struct run *run = context;
    (void)pthread_mutex_lock(&run->lock);
    run->progress.table = (size_t)(t - run->options->tables);
    run->progress.retrying = retry != NULL;
    if (retry)
        run->progress.retry = *retry;
    if (step) {
        run->progress.rows += step->read;
        run->progress.total += step->read;
    }
    (void)pthread_mutex_unlock(&run->lock);
}

static void *run_lane(void *argument)
{
    struct run *run = argument;
    struct lane lane = {.options = &run->lane_options, .db = run->options->db};
    for (size_t i = 0; i < run->options->count && run->rc == 0; i++) {
        (void)pthread_mutex_lock(&run->lock);
        run->progress.table = i;
        run->progress.rows = 0;
        (void)pthread_mutex_unlock(&run->lock);
        run->rc = lane_load(&lane, &run->options->tables[i], &run->error);
    }
    lane_close(&lane);
    (void)pthread_mutex_lock(&run->lock);
    run->finished = 1;
    (void)pthread_cond_signal(&run->changed);
    (void)pthread_mutex_unlock(&run->lock);
    return NULL;
}

/* Waits for the lane, and tells about five times a second how far it is. */
static void run_wait(struct run *run)
{
    int finished;
    do {
        (void)pthread_mutex_lock(&run->lock);
        if (!run->finished)
            thread_wait(&run->changed, &run->lock, TICK_MS);
        finished = run->finished;
        struct run_progress progress = run->progress;
        (void)pthread_mutex_unlock(&run->lock);
        if (run->options->tick)
            run->options->tick(run->options->context, &progress);
    } while (!finished);
}

int run_load(const struct run_options *options, struct err *e)
{
    struct run run = {.options = options, .lane_options = options->lane};
    pthread_t thread;
    run.lane_options.progress = run_progressed;
    run.lane_options.context = &run;
    if (thread_condition_init(&run.changed, &run.lock, e) != 0)
        return -1;
    int rc = thread_start(&thread, run_lane, &run, e);
    if (rc == 0) {
        run_wait(&run);
        (void)pthread_join(thread, NULL);
        rc = run.rc;
        if (rc != 0)
            *e = run.error;
    }
    thread_condition_destroy(&run.changed, &run.lock);
    return rc;
}
