/* run.c: tables in order over a lane. The caller's thread only waits and tells: it belongs to a Lua state. */
#include "run.h"

#include <pthread.h>

#include "worker.h"

struct run {
    const struct run_options *options;
    struct lane_options lane_options;
    pthread_mutex_t lock;
    struct run_progress progress; /* under lock */
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

static int run_lane(void *context, struct err *e)
{
    struct run *run = context;
    struct lane lane = {.options = &run->lane_options, .db = run->options->db};
    int rc = 0;
    for (size_t i = 0; i < run->options->count && rc == 0; i++) {
        (void)pthread_mutex_lock(&run->lock);
        run->progress.table = i;
        run->progress.rows = 0;
        (void)pthread_mutex_unlock(&run->lock);
        rc = lane_load(&lane, &run->options->tables[i], e);
    }
    lane_close(&lane);
    return rc;
}

static void run_tell(void *context)
{
    struct run *run = context;
    if (!run->options->tick)
        return;
    (void)pthread_mutex_lock(&run->lock);
    struct run_progress progress = run->progress;
    (void)pthread_mutex_unlock(&run->lock);
    run->options->tick(run->options->context, &progress);
}

int run_load(const struct run_options *options, struct err *e)
{
    struct run run = {.options = options, .lane_options = options->lane, .lock = PTHREAD_MUTEX_INITIALIZER};
    run.lane_options.progress = run_progressed;
    run.lane_options.context = &run;
    return worker_run(run_lane, run_tell, &run, e);
}
