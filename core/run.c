/* run.c: lanes over one queue. The caller's thread only waits and tells: it belongs to a Lua state. */
#include <string.h>

#include "lane_step.h"
#include "run_internal.h"
#include "stop.h"
#include "thread.h"
#include "worker.h"

enum { LOOK_MS = 100 };

/* --- lanes --- */

/* Takes what comes next, waiting for it. 1; 0: nothing is left, or the lane is not wanted any more. */
static int take(struct run_lane *l, struct work *w)
{
    struct run *run = l->run;
    enum claim claim = CLAIM_LATER;
    (void)pthread_mutex_lock(&run->lock);
    while (!run->failed && !run->over && !stop_signal() &&
           (claim = l == &run->attendant ? queue_claim_statements(&run->queue, w) : queue_claim(&run->queue, w)) ==
               CLAIM_LATER)
        thread_wait(&run->changed, &run->lock, LOOK_MS);
    if (claim == CLAIM_WORK) {
        l->at_work = 1;
        l->work = w;
        l->put_back = 0;
        l->reopened = run->reopened;
        l->building = w->build ? w->build->object.id : 0;
    }
    (void)pthread_mutex_unlock(&run->lock);
    return claim == CLAIM_WORK;
}

static void give_back(struct run_lane *l, const struct work *w, enum work_state state)
{
    struct run *run = l->run;
    (void)pthread_mutex_lock(&run->lock);
    queue_end(&run->queue, w, state);
    if (w->chain && state == WORK_DONE) {
        size_t table = w->chain->chain.index;
        tally_chains(&run->tally, table, -1);
        if (queue_is_loaded(&run->queue, table))
            run->done[run->done_count++] = table;
    }
    if (w->build && state == WORK_DONE) {
        run->builds_done += w->build->object.id != 0;
        if (run->options->built)
            run->options->built[w->build - run->options->builds] = 1;
    }
    l->at_work = l->retrying = 0;
    l->work = NULL;
    l->building = 0;
    (void)pthread_cond_broadcast(&run->changed);
    (void)pthread_mutex_unlock(&run->lock);
}

/* Under lock: all that was taken from the queue's state, anew. */
static void take_stock(struct run *run)
{
    const struct run_options *o = run->options;
    size_t kept = 0;
    for (size_t i = 0; i < run->done_count; i++)
        if (queue_is_loaded(&run->queue, run->done[i]))
            run->done[kept++] = run->done[i];
    run->done_count = kept;
    for (size_t i = 0; i < o->count; i++)
        tally_chains(&run->tally, i, (int)run->queue.tables[i].left - (int)tally_table(&run->tally, i).chains);
    run->builds_done = 0;
    for (size_t i = 0; i < o->build_count; i++) {
        int done = run->queue.builds[i] == WORK_DONE;
        run->builds_done += done && o->builds[i].object.id != 0;
        if (o->built)
            o->built[i] = (unsigned char)done;
    }
}

/* Holds the queue against the journal: a crash of the server, which no connection outlives, may have taken back what is
 * done. flush: and nothing of it can be from now on. 0, or -1 and e. */
static int compare(struct run_lane *l, int flush, struct err *e)
{
    struct run *run = l->run;
    struct queue open = {0};
    (void)pthread_mutex_lock(&run->lock);
    size_t ended = run->queue.ended;
    (void)pthread_mutex_unlock(&run->lock);
    if (ended == 0)
        return 0;
    if ((flush && journal_flush(l->lane.pg, &l->options.journal, e) != 0) ||
        queue_ask(&open, &run->queue, l->lane.pg, &l->options.journal, e) != 0)
        return -1;
    (void)pthread_mutex_lock(&run->lock);
    size_t reopened = queue_reopen(&run->queue, &open, ended);
    run->reopened += reopened;
    if (reopened) {
        atomic_store_explicit(&run->distrusted, 1, memory_order_relaxed);
        take_stock(run);
    }
    (void)pthread_cond_broadcast(&run->changed);
    (void)pthread_mutex_unlock(&run->lock);
    queue_free(&open);
    return 0;
}

/* On a new connection, before the work that was claimed. */
static int run_connected(void *context, struct lane *lane, struct err *e)
{
    struct run_lane *l = context;
    (void)lane;
    if (compare(l, 0, e) != 0)
        return -1;
    (void)pthread_mutex_lock(&l->run->lock);
    l->put_back = l->run->reopened > l->reopened && l->work && !queue_may_begin(&l->run->queue, l->work);
    (void)pthread_mutex_unlock(&l->run->lock);
    return l->put_back ? err_set(e, ERR_INTERRUPTED, "what this needs has to be done again") : 0;
}

/* The first failure is the run's; the other lanes end with their steps. */
static void fail(struct run *run, const struct err *e)
{
    (void)pthread_mutex_lock(&run->lock);
    if (!run->failed)
        run->error = *e;
    run->failed = 1;
    atomic_store_explicit(&run->halt, 1, memory_order_relaxed);
    (void)pthread_cond_broadcast(&run->changed);
    (void)pthread_mutex_unlock(&run->lock);
}

/* In the caller's thread. */
static void look(void *context)
{
    struct run *run = context;
    struct err e;
    err_clear(&e);
    if (run->options->watch && run->options->watch(run->options->watched, &e) != 0)
        fail(run, &e);
    if (!run->options->tick)
        return;
    (void)pthread_mutex_lock(&run->lock);
    run_told(run);
    (void)pthread_mutex_unlock(&run->lock);
    run->options->tick(run->options->context, &run->told.progress);
}

/* Statements without an object: a transaction that the journal knows nothing of. */
static int run_statements(struct lane *l, const struct journal_object *o, struct err *e)
{
    int found = 0;
    struct journal_statement *statements = mem_alloc((o->count + 1) * sizeof *statements, e);
    if (!statements)
        return -1;
    for (size_t i = 0; i < o->count; i++)
        statements[i].sql = o->statements[i];
    int rc = journal_step(l->pg, NULL, 0, NULL, statements, o->count, &found, e);
    mem_free(statements);
    return rc;
}

/* A build may take minutes: when another lane fails, its statement is cancelled. */
static int build_on(struct lane *l, void *context, int *committed, struct err *e)
{
    const struct journal *j = &l->options->journal;
    const struct build *b = context;
    int found = 0, rc = -1;
    (void)committed;
    l->pg->halt = l->options->halt;
    if (b->object.id == 0)
        rc = run_statements(l, &b->object, e);
    else if (journal_object_start(l->pg, j, &b->object, &found, e) == 0)
        rc = found ? journal_object_step(l->pg, j, &b->object, &found, e) : 0;
    l->pg->halt = NULL;
    return rc;
}

/* WORK_GIVEN_UP: the server refuses it; who looks at it when all is loaded finds out why. WORK_WAITS and e: else. */
static enum work_state do_build(struct lane *l, const struct build *b, struct err *e)
{
    if (lane_persist(l, NULL, build_on, (void *)(uintptr_t)b, e) == 0)
        return WORK_DONE;
    return e->kind == ERR_SERVER ? WORK_GIVEN_UP : WORK_WAITS;
}

/* A lane beside the first for which the server has no connection is no failure: the others do its work. */
static int is_superfluous(const struct run_lane *l, const struct err *e)
{
    return l->number > 0 && l->lane.backend == 0 && strcmp(e->sqlstate, "53300") == 0;
}

static void work_on(struct run_lane *l)
{
    struct err e;
    struct work w;
    int wanted = 1;
    while (wanted && take(l, &w)) {
        enum work_state state = WORK_DONE;
        err_clear(&e);
        if (w.build)
            state = do_build(&l->lane, w.build, &e);
        else if (lane_load(&l->lane, &w.chain->chain, &e) != 0)
            state = WORK_WAITS;
        if (state == WORK_WAITS && !l->put_back) {
            wanted = 0;
            if (!is_superfluous(l, &e))
                fail(l->run, &e);
        }
        give_back(l, &w, state);
    }
}

static void *lane_main(void *argument)
{
    struct run_lane *l = argument;
    work_on(l);
    lane_close(&l->lane);
    return NULL;
}

/* The attendant connects when there is something for it. Without a connection, or when it has lost it, it leaves what
 * there is to the lanes: they try again, and know what a failure is. */
static void *attend(void *argument)
{
    struct run_lane *l = argument;
    struct err e;
    struct work w;
    for (enum work_state state = WORK_DONE; state != WORK_WAITS && take(l, &w); give_back(l, &w, state)) {
        state = do_build(&l->lane, w.build, &e);
        if (state == WORK_GIVEN_UP && !l->lane.pg)
            state = WORK_WAITS;
    }
    lane_close(&l->lane);
    return NULL;
}

static void end_attendant(struct run *run)
{
    (void)pthread_mutex_lock(&run->lock);
    run->over = 1;
    (void)pthread_cond_broadcast(&run->changed);
    (void)pthread_mutex_unlock(&run->lock);
    (void)pthread_join(run->attendant.thread, NULL);
}

/* --- the run --- */

static int add_part(void *context, const struct journal_part *part, struct err *e)
{
    return queue_add(context, part, e);
}

static void add_tally(void *context, const char *source, const char *table, int64_t read, int64_t rejected)
{
    struct run *run = context;
    (void)tally_reject(&run->tally, rejected);
    for (size_t i = 0; i < run->options->count; i++)
        if (strcmp(run->options->tables[i].read.table, table) == 0 &&
            strcmp(run->options->tables[i].source, source) == 0)
            tally_commit(&run->tally, i, read, rejected);
}

/* Asks the journal what is to be done, and what was done before. No other lane is there yet. */
static int look_up(struct lane *l, void *context, int *committed, struct err *e)
{
    struct run *run = context;
    const struct run_options *o = run->options;
    const struct journal *j = &l->options->journal;
    (void)committed;
    queue_free(&run->queue);
    tally_free(&run->tally);
    if (queue_init(&run->queue, o->tables, o->count, o->builds, o->build_count, e) != 0 ||
        tally_init(&run->tally, o->count, e) != 0 || journal_parts(l->pg, j, add_part, &run->queue, e) != 0 ||
        queue_arrange(&run->queue, e) != 0)
        return -1;
    if (o->lane.max_bad >= 0 || o->lane.max_bad_percent >= 0)
        return journal_tally(l->pg, j, add_tally, run, e);
    return 0;
}

static void begin(struct run *run)
{
    (void)pthread_mutex_lock(&run->lock);
    for (size_t i = 0; i < run->options->count; i++) {
        tally_chains(&run->tally, i, (int)run->queue.tables[i].left);
        if (queue_is_loaded(&run->queue, i))
            run->done[run->done_count++] = i;
    }
    run->begun = 1;
    (void)pthread_mutex_unlock(&run->lock);
}

/* All lanes, until nothing is left for them. The first one keeps its connection. */
static void work_all(struct run *run)
{
    struct run_lane *lanes = run->lanes;
    size_t lane_count = 1;
    struct err ignored;
    run->over = 0;
    /* Where no more threads are to be had, the lanes that there are do it all. */
    while (lane_count < run->options->jobs && lane_count < run->queue.chain_count + run->queue.build_count &&
           thread_start(&lanes[lane_count].thread, lane_main, &lanes[lane_count], &ignored) == 0)
        lane_count++;
    int attended =
        run->options->attended && thread_start(&run->attendant.thread, attend, &run->attendant, &ignored) == 0;
    work_on(&lanes[0]);
    for (size_t i = 1; i < lane_count; i++)
        (void)pthread_join(lanes[i].thread, NULL);
    if (attended)
        end_attendant(run);
}

/* What the queue takes for done is on the server's disk, or open again. */
static int settle(struct lane *l, void *context, int *committed, struct err *e)
{
    (void)l;
    (void)committed;
    return compare(context, 1, e);
}

static int run_main(void *context, struct err *e)
{
    struct run *run = context;
    struct run_lane *first = &run->lanes[0];
    size_t reopened;
    int failed = lane_persist(&first->lane, NULL, look_up, run, e) != 0;
    if (failed) {
        lane_close(&first->lane);
        return -1;
    }
    begin(run);
    do {
        work_all(run);
        reopened = run->reopened;
        err_clear(e);
        if (run->failed)
            *e = run->error;
        else if (stop_signal())
            (void)err_set(e, ERR_INTERRUPTED, "interrupted by a signal");
        failed = run->failed || stop_signal() || lane_persist(&first->lane, NULL, settle, first, e) != 0;
    } while (!failed && run->reopened > reopened);
    lane_close(&first->lane);
    return failed ? -1 : 0;
}

static int make_arrays(struct run *run, struct err *e)
{
    const struct run_options *o = run->options;
    size_t count = o->count + 1;
    run->lanes = mem_alloc(o->jobs * sizeof *run->lanes, e);
    run->rows = mem_alloc(count * sizeof *run->rows, e);
    run->done = mem_alloc(count * sizeof *run->done, e);
    if (!run->lanes || !run->rows || !run->done || run_told_make(&run->told, o, e) != 0)
        return -1;
    for (size_t i = 0; i < o->jobs; i++) {
        struct run_lane *l = &run->lanes[i];
        *l = (struct run_lane){.run = run, .options = o->lane, .number = i};
        l->options.progress = run_progressed;
        l->options.connected = run_connected;
        l->options.context = l;
        l->options.halt = &run->halt;
        l->options.unsent = &run->unsent;
        l->options.journal.distrusted = &run->distrusted;
        l->options.lanes = o->jobs;
        l->lane = (struct lane){.options = &l->options,
                                .readers = o->readers + i * (o->sources ? o->sources : 1),
                                .tally = &run->tally,
                                .number = i};
    }
    run->attendant = (struct run_lane){.run = run, .options = o->lane};
    run->attendant.options.retry_ms = 0;
    run->attendant.options.connected = run_connected;
    run->attendant.options.context = &run->attendant;
    run->attendant.options.halt = &run->halt;
    run->attendant.options.journal.distrusted = &run->distrusted;
    run->attendant.lane.options = &run->attendant.options;
    return 0;
}

int run_load(const struct run_options *options, struct err *e)
{
    struct run run = {.options = options};
    if (thread_condition_init(&run.changed, &run.lock, e) != 0)
        return -1;
    int rc = make_arrays(&run, e) == 0 ? worker_run(run_main, look, &run, e) : -1;
    queue_free(&run.queue);
    tally_free(&run.tally);
    mem_free(run.lanes);
    mem_free(run.rows);
    mem_free(run.done);
    run_told_free(&run.told);
    thread_condition_destroy(&run.changed, &run.lock);
    return rc;
}
