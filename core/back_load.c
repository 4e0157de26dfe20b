/* back_load.c: tables of PostgreSQL into a new SQLite file: the reading thread, the writing thread, and what is done
 * when one of them fails.
 *
 * There is no retry and no resume: what is not complete is thrown away, and the next run starts over. The writing
 * thread opens the connection, so that whatever is wrong with target or server is told before the first row; then it
 * belongs to the reading thread. */
#include "back_load.h"

#include <stdio.h>
#include <string.h>

#include "ring.h"
#include "stop.h"
#include "thread.h"
#include "worker.h"

enum { CONNECT_MS = 10000 };

struct back {
    const struct back_options *options;
    struct back_result *result;
    struct sink_sqlite *sink; /* the writing thread's */
    struct pgwire *pg;        /* the reading thread's while it runs */
    struct ring ring;
    pthread_t reader;
    struct err read_error;
    pthread_mutex_t lock;
    struct back_progress progress; /* under lock */
};

/* Reading thread. */

/* A batch in a slot of the ring for rows of this width. 0, or -1 and e. */
static int fit_batch(struct batch *b, size_t columns, struct err *e)
{
    if (b->columns == columns) {
        return 0;
    }
    batch_free(b);
    return batch_init(b, columns, e);
}

/* All rows of a table. 0, or -1 and e, where no error is set when the writer has gone. */
static int read_table(struct back *back, const struct back_table *t, struct err *e)
{
    struct source *source = NULL;
    int got = source_pg_open(&source, back->pg, &t->read, e) == 0 ? 1 : -1;

    while (got > 0) {
        struct ring_message *m = ring_claim(&back->ring);

        if (m == NULL || fit_batch(&m->batch, t->read.count, e) != 0) {
            got = -1;
            break;
        }
        got = source->next(source, &m->batch, e);
        m->kind = got > 0 ? RING_ROWS : RING_STEP_END;
        if (got >= 0) {
            ring_publish(&back->ring);
        }
    }
    if (source != NULL) {
        source->close(source);
    }
    return got;
}

static void *reader_main(void *argument)
{
    struct back *back = argument;
    const struct back_options *o = back->options;
    struct err *e = &back->read_error;
    int result = 0;

    for (size_t i = 0; i < o->count && result == 0; i++) {
        result = read_table(back, &o->tables[i], e);
    }
    if (result != 0) {
        struct ring_message *m = ring_claim(&back->ring);

        if (e->kind == ERR_CONNECTION && e->hint[0] == '\0') {
            (void)err_hint(e, "run it again: what was read is thrown away, since with the connection its view of the "
                              "database is gone");
        }
        if (m != NULL) {
            m->kind = RING_FAILED;
            m->error = *e;
            ring_publish(&back->ring);
        }
    }
    return NULL;
}

/* Connects, and sees what the transaction sees that has exported its snapshot. 0, or -1 and e. */
static int connect_to(struct back *back, struct err *e)
{
    static const char begin[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    static const char letters[] = "0123456789ABCDEFabcdef-";
    const struct back_options *o = back->options;
    char sql[200];

    if (o->snapshot != NULL && (o->snapshot[strspn(o->snapshot, letters)] != '\0' || strlen(o->snapshot) > 100)) {
        return err_set(e, ERR_USAGE, "this is no identifier of a snapshot: %.100s", o->snapshot);
    }
    if (pgwire_connect(&back->pg, o->conninfo, CONNECT_MS, e) != 0 ||
        pgwire_exec(back->pg, begin, 0, NULL, NULL, e) != 0) {
        return -1;
    }
    (void)snprintf(sql, sizeof sql, "SET TRANSACTION SNAPSHOT '%s'", o->snapshot == NULL ? "" : o->snapshot);
    return o->snapshot == NULL ? 0 : pgwire_exec(back->pg, sql, 0, NULL, NULL, e);
}

/* Writing thread. */

static void tell(struct back *back, enum back_phase phase, size_t table, int64_t rows)
{
    (void)pthread_mutex_lock(&back->lock);
    back->progress.phase = phase;
    if (back->progress.table != table) {
        back->progress.table = table;
        back->progress.rows = 0;
    }
    back->progress.rows += rows;
    back->progress.total += rows;
    (void)pthread_mutex_unlock(&back->lock);
}

/* What the reader sends of a table into the file. 0, or -1 and e. */
static int write_table(struct back *back, size_t i, struct err *e)
{
    int ended = 0;
    int result = sink_sqlite_table(back->sink, &back->options->tables[i].write, e);

    tell(back, BACK_LOAD, i, 0);
    while (result == 0 && !ended) {
        struct ring_message *m = ring_take(&back->ring);

        if (m == NULL) {
            return err_set(e, ERR_INTERRUPTED, "stopped by signal %d", stop_signal());
        }
        if (m->kind == RING_FAILED) {
            *e = m->error;
            result = -1;
        } else if (m->kind == RING_STEP_END) {
            ended = 1;
        } else {
            result = sink_sqlite_rows(back->sink, &m->batch, &back->result->zeros[i], &back->result->obstacles, e);
            if (result == 0) {
                back->result->rows[i] += (int64_t)m->batch.rows;
                tell(back, BACK_LOAD, i, (int64_t)m->batch.rows);
            }
        }
        ring_release(&back->ring);
    }
    return result;
}

static int write_tables(struct back *back, struct err *e)
{
    int result = ring_init(&back->ring, 1, e);

    if (result != 0) {
        return -1;
    }
    result = thread_start(&back->reader, reader_main, back, e);
    if (result == 0) {
        for (size_t i = 0; i < back->options->count && result == 0; i++) {
            result = write_table(back, i, e);
        }
        ring_close(&back->ring);
        atomic_store(&back->pg->given_up, result != 0);
        (void)pthread_join(back->reader, NULL);
    }
    ring_free(&back->ring);
    return result;
}

static int run_all(struct back *back, const char *const *statements, size_t count, struct err *e)
{
    for (size_t i = 0; i < count; i++) {
        if (sink_sqlite_run(back->sink, statements[i], e) != 0) {
            return -1;
        }
    }
    return 0;
}

/* The writing thread's whole way. */
static int work(void *context, struct err *e)
{
    struct back *back = context;
    const struct back_options *o = back->options;
    struct back_result *r = back->result;
    const struct sqlite_checks checks = {&r->orphans, o->count_sql, r->counts, o->count_sql == NULL ? 0 : o->count};
    size_t last = o->count > 0 ? o->count - 1 : 0;

    if (sink_sqlite_open(&back->sink, o->path, &r->removed, e) != 0 ||
        run_all(back, o->before, o->before_count, e) != 0 || connect_to(back, e) != 0 || write_tables(back, e) != 0) {
        return -1;
    }
    /* Not needed any longer: what is still to do may take its time. */
    pgwire_close(back->pg);
    back->pg = NULL;
    if (r->obstacles.count > 0) {
        return 0;
    }
    tell(back, BACK_BEHIND, last, 0);
    if (sink_sqlite_loaded(back->sink, e) != 0 || run_all(back, o->behind, o->behind_count, e) != 0) {
        return -1;
    }
    tell(back, BACK_CHECK, last, 0);
    if (sink_sqlite_check(back->sink, &checks, e) != 0) {
        return -1;
    }
    return sink_sqlite_publish(back->sink, &r->bytes, e);
}

static void look(void *context)
{
    struct back *back = context;
    struct back_progress progress;

    if (back->options->tick != NULL) {
        (void)pthread_mutex_lock(&back->lock);
        progress = back->progress;
        (void)pthread_mutex_unlock(&back->lock);
        back->options->tick(back->options->context, &progress);
    }
}

int back_load(const struct back_options *options, struct back_result *result, struct err *e)
{
    struct back back = {.options = options, .result = result, .lock = PTHREAD_MUTEX_INITIALIZER};
    int failed = worker_run(work, look, &back, e);

    pgwire_close(back.pg);
    sink_sqlite_free(back.sink);
    return failed;
}
