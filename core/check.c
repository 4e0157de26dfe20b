/* check.c: the tables dealt out to threads, then what their keys say together. The caller's thread only waits and
 * tells: it belongs to a Lua state. */
#include "check.h"

#include <string.h>

#include "check_internal.h"
#include "stop.h"
#include "thread.h"

enum { READERS_MOST = 16, TICK_MS = 200 };

struct pool {
    struct check *check;
    atomic_size_t next; /* table */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t working; /* threads, under lock */
};

struct worker {
    struct pool *pool;
    sqlite3 *db;
    pthread_t thread;
    struct err error;
    int failed;
};

static void *work(void *context)
{
    struct worker *w = context;
    struct check *c = w->pool->check;

    while (!w->failed && !atomic_load(&c->stopped)) {
        size_t table = atomic_fetch_add(&w->pool->next, 1);

        if (table >= c->options->count) {
            break;
        }
        err_clear(&w->error);
        if (check_read_table(c, table, w->db, &w->error) != 0) {
            w->failed = 1;
            atomic_store(&c->stopped, 1);
        } else {
            atomic_store(&c->finished[table], 1);
        }
    }
    (void)pthread_mutex_lock(&w->pool->lock);
    w->pool->working--;
    (void)pthread_cond_signal(&w->pool->changed);
    (void)pthread_mutex_unlock(&w->pool->lock);
    return NULL;
}

static void tell(const struct check *c)
{
    struct check_progress progress = {0};

    if (c->options->tick == NULL) {
        return;
    }
    while (progress.table < c->options->count && atomic_load(&c->finished[progress.table])) {
        progress.table++;
    }
    for (size_t i = 0; i < c->options->count; i++) {
        progress.total += atomic_load(&c->rows[i]);
    }
    progress.rows = progress.table < c->options->count ? atomic_load(&c->rows[progress.table]) : 0;
    c->options->tick(c->options->context, &progress);
}

static void wait_for(struct pool *pool)
{
    size_t working;

    do {
        (void)pthread_mutex_lock(&pool->lock);
        if (pool->working > 0) {
            thread_wait(&pool->changed, &pool->lock, TICK_MS);
        }
        working = pool->working;
        (void)pthread_mutex_unlock(&pool->lock);
        tell(pool->check);
    } while (working > 0);
}

static int read_tables(struct check *c, struct err *e)
{
    struct pool pool = {.check = c};
    struct worker workers[READERS_MOST];
    const struct check_options *o = c->options;
    size_t threads = o->reader_count < READERS_MOST ? o->reader_count : READERS_MOST;
    size_t started = 0;
    int result = 0;

    threads = threads < o->count ? threads : o->count;
    atomic_init(&pool.next, 0);
    if (thread_condition_init(&pool.changed, &pool.lock, e) != 0) {
        return -1;
    }
    pool.working = threads;
    for (; started < threads; started++) {
        workers[started] = (struct worker){.pool = &pool, .db = o->readers[started]};
        if (thread_start(&workers[started].thread, work, &workers[started], &workers[started].error) != 0) {
            break;
        }
    }
    if (started < threads) {
        /* Without a thread there is only less to share the work with. */
        (void)pthread_mutex_lock(&pool.lock);
        pool.working -= threads - started;
        (void)pthread_mutex_unlock(&pool.lock);
        if (started == 0) {
            *e = workers[0].error;
            result = -1;
        }
    }
    wait_for(&pool);
    for (size_t i = 0; i < started; i++) {
        (void)pthread_join(workers[i].thread, NULL);
        if (workers[i].failed && result == 0) {
            *e = workers[i].error;
            result = -1;
        }
    }
    thread_condition_destroy(&pool.changed, &pool.lock);
    return result;
}

static int prepare_result(const struct check_options *o, struct check_result *r, struct err *e)
{
    r->tables = mem_alloc((o->count + 1) * sizeof *r->tables, e);
    r->column_counts = r->tables == NULL ? NULL : mem_alloc((o->count + 1) * sizeof *r->column_counts, e);
    r->keys = r->column_counts == NULL ? NULL : mem_alloc((o->key_count + 1) * sizeof *r->keys, e);
    r->references = r->keys == NULL ? NULL : mem_alloc((o->reference_count + 1) * sizeof *r->references, e);
    if (r->references == NULL) {
        return -1;
    }
    for (; r->table_count < o->count; r->table_count++) {
        size_t columns = o->tables[r->table_count].write.count;
        struct check_table_result *t = &r->tables[r->table_count];

        t->columns = mem_alloc((columns + 1) * sizeof *t->columns, e);
        if (t->columns == NULL) {
            return -1;
        }
        r->column_counts[r->table_count] = columns;
    }
    return 0;
}

static int prepare(struct check *c, struct err *e)
{
    const struct check_options *o = c->options;

    c->gone = mem_alloc((o->count + 1) * sizeof *c->gone, e);
    c->rows = c->gone == NULL ? NULL : mem_alloc((o->count + 1) * sizeof *c->rows, e);
    c->finished = c->rows == NULL ? NULL : mem_alloc((o->count + 1) * sizeof *c->finished, e);
    c->sorters = c->finished == NULL ? NULL : mem_alloc((o->key_count + 1) * sizeof *c->sorters, e);
    if (c->sorters == NULL || (o->key_count > 0 && spill_open(&c->spill, e) != 0)) {
        return -1;
    }
    for (size_t i = 0; i < o->key_count; i++) {
        c->sorters[i].spill = c->spill;
    }
    return prepare_result(o, c->result, e);
}

int check_run(const struct check_options *options, struct check_result *r, struct err *e)
{
    struct check c = {.options = options, .result = r};
    int result = -1;

    memset(r, 0, sizeof *r);
    if (prepare(&c, e) == 0 && read_tables(&c, e) == 0 && check_breaches(&c, e) == 0 &&
        check_name_rows(&c, options->reader_count > 0 ? options->readers[0] : NULL, e) == 0) {
        r->spilled = c.spill == NULL ? 0 : spill_bytes(c.spill);
        result = 0;
    }
    for (size_t i = 0; c.sorters != NULL && i < options->key_count; i++) {
        sorter_free(&c.sorters[i]);
    }
    for (size_t i = 0; c.gone != NULL && i < options->count; i++) {
        row_set_free(&c.gone[i]);
    }
    spill_close(c.spill);
    mem_free(c.sorters);
    mem_free(c.finished);
    mem_free(c.rows);
    mem_free(c.gone);
    return result;
}

void check_result_free(struct check_result *r)
{
    for (size_t i = 0; i < r->table_count; i++) {
        for (size_t k = 0; k < r->column_counts[i]; k++) {
            check_column_free(&r->tables[i].columns[k]);
        }
        mem_free(r->tables[i].columns);
    }
    mem_free(r->references);
    mem_free(r->keys);
    mem_free(r->column_counts);
    mem_free(r->tables);
    memset(r, 0, sizeof *r);
}
