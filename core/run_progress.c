/* run_progress.c: what a load over lanes tells of itself while it is at work. */
#include <string.h>

#include "run_internal.h"

int run_told_make(struct run_told *t, const struct run_options *o, struct err *e)
{
    size_t count = o->count + 1;
    t->rows = mem_alloc(count * sizeof *t->rows, e);
    t->done = mem_alloc(count * sizeof *t->done, e);
    t->under_way = mem_alloc(count * sizeof *t->under_way, e);
    t->building = mem_alloc(o->jobs * sizeof *t->building, e);
    if (!t->rows || !t->done || !t->under_way || !t->building)
        return -1;
    t->progress =
        (struct run_progress){.rows = t->rows, .done = t->done, .under_way = t->under_way, .building = t->building};
    return 0;
}

void run_told_free(struct run_told *t)
{
    mem_free(t->rows);
    mem_free(t->done);
    mem_free(t->under_way);
    mem_free(t->building);
}

void run_progressed(void *context, const struct table_load *t, const struct journal_counts *step,
                    const struct err *retry)
{
    struct run_lane *l = context;
    struct run *run = l->run;
    (void)pthread_mutex_lock(&run->lock);
    l->retrying = retry != NULL;
    if (retry) {
        run->retry = *retry;
        run->retry_untold = 1;
    }
    if (step) {
        run->rows[t - run->options->tables] += step->read;
        queue_count(&run->queue, (size_t)(t - run->options->tables), step->read);
        run->total += step->read;
    }
    (void)pthread_mutex_unlock(&run->lock);
}

void run_told(struct run *run)
{
    struct run_told *t = &run->told;
    struct run_progress *p = &t->progress;
    size_t count = run->options->count;
    p->total = run->total;
    p->halted = run->failed;
    p->lanes = p->under_way_count = p->building_count = 0;
    p->retrying = run->retry_untold;
    run->retry_untold = 0;
    memcpy(t->rows, run->rows, count * sizeof *run->rows);
    memcpy(t->done, run->done, run->done_count * sizeof *run->done);
    p->done_count = run->done_count;
    p->builds_done = run->builds_done;
    p->unsent = atomic_load_explicit(&run->unsent, memory_order_relaxed);
    for (size_t i = 0; i < count && run->begun; i++)
        if (run->queue.tables[i].lanes > 0)
            t->under_way[p->under_way_count++] = i;
    for (size_t i = 0; i < run->options->jobs; i++) {
        const struct run_lane *l = &run->lanes[i];
        p->lanes += l->at_work != 0;
        p->retrying |= l->retrying;
        if (l->building)
            t->building[p->building_count++] = l->building;
    }
    p->retry = run->retry;
}
