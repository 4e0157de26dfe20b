/* run.c: see run.h. The caller's thread only waits and tells: it belongs to a Lua state. */
#include "run.h"

#include <pthread.h>
#include <time.h>

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
        struct timespec until;
        (void)clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 200 * 1000 * 1000;
        if (until.tv_nsec >= 1000 * 1000 * 1000) {
            until.tv_nsec -= 1000 * 1000 * 1000;
            until.tv_sec++;
        }
        (void)pthread_mutex_lock(&run->lock);
        if (!run->finished)
            (void)pthread_cond_timedwait(&run->changed, &run->lock, &until);
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
    if (pthread_mutex_init(&run.lock, NULL) != 0 || pthread_cond_init(&run.changed, NULL) != 0)
        return err_set(e, ERR_MEMORY, "out of memory for a lane");
    int rc = -1;
    if (pthread_create(&thread, NULL, run_lane, &run) != 0) {
        err_set(e, ERR_ENVIRONMENT, "cannot start a lane");
    } else {
        run_wait(&run);
        (void)pthread_join(thread, NULL);
        rc = run.rc;
        if (rc != 0)
            *e = run.error;
    }
    (void)pthread_cond_destroy(&run.changed);
    (void)pthread_mutex_destroy(&run.lock);
    return rc;
}
