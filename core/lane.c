/* lane.c: a table from source to target: the sending thread, and what is done when it or the reader fails.
 *
 * The reader runs ahead of the sender, over the ends of steps too, as far as the ring lets it. It never waits for a
 * commit: a step that fails is never continued in memory. Reader and ring are torn down, the journal is asked which
 * slice is next, and a new reader starts behind that slice's lower key. So a retry, a resume and a first start are one
 * path. */
#include "lane.h"

#include <string.h>

#include "lane_read.h"
#include "stop.h"
#include "sys.h"

enum { CONNECT_MS = 10000, FIRST_BACK_OFF_MS = 100, LAST_BACK_OFF_MS = 5000 };

/* The step's rows, as they come, into the open sink; *end gets the message that closes the step (to be released). */
static int send_rows(struct reader *r, struct ring_message **end, struct err *e)
{
    for (;;) {
        struct ring_message *m = ring_take(&r->ring);
        if (!m)
            return err_set(e, ERR_INTERRUPTED, "interrupted by a signal");
        if (m->kind == RING_STEP_END) {
            *end = m;
            return 0;
        }
        int rc = m->kind == RING_FAILED ? -1 : r->sink->send(r->sink, &m->data, e);
        if (m->kind == RING_FAILED)
            *e = m->error;
        ring_release(&r->ring);
        if (rc != 0)
            return -1;
    }
}

/* One step: lock, COPY, advance, commit. *found is 0, and nothing was done, when the slice is no longer to be done.
 * *line: the row of this COPY that the server refused, 0 if it named none. */
static int send_step(const struct lane *l, struct reader *r, struct journal_slice *slice, struct journal_counts *counts,
                     int *found, int64_t *line, struct err *e)
{
    const struct journal *j = &l->options->journal;
    struct ring_message *end = NULL;
    struct sink_counts done = {0};
    *line = 0;
    if (journal_slice_begin(l->pg, j, slice->id, found, e) != 0)
        return -1;
    if (!*found)
        return 0;
    if (r->sink->open(r->sink, e) != 0)
        goto fail;
    if (send_rows(r, &end, e) != 0) {
        /* The server's own word on a refused row comes with the end of the COPY. */
        if (e->kind == ERR_SERVER)
            (void)r->sink->close(r->sink, &done, line, e);
        goto fail;
    }
    if (r->sink->close(r->sink, &done, line, e) != 0)
        goto fail;
    counts->read = end->read;
    counts->filtered = end->filtered;
    counts->passed = end->passed;
    counts->inserted = done.inserted;
    counts->updated = done.updated;
    counts->skipped = end->passed - done.inserted - done.updated;
    int64_t next = 0;
    if (journal_slice_commit(l->pg, j, slice->id, r->table->write.target, counts, &end->reached, end->more, &next, e) !=
        0)
        goto fail;
    slice->id = next;
    slice->lo.length = 0;
    int rc = bytes_append(&slice->lo, end->reached.data, end->reached.length, e);
    ring_release(&r->ring);
    return rc;
fail:
    r->sink->cancel(r->sink);
    journal_rollback(l->pg);
    return -1;
}

/* Finds the key of the row that the server refused, the line-th that passed behind `lo`, by reading again: keeping the
 * keys of all rows in flight would cost every good run something. */
static void locate_refused(const struct lane *l, const struct table_load *t, const struct bytes *lo, int64_t line,
                           struct err *e)
{
    struct source *source = NULL;
    struct batch batch = {0};
    struct err ignored;
    int64_t passed = 0, filtered = 0;
    char text[sizeof e->key] = "";
    if (line <= 0 || !t->read.key_count || batch_init(&batch, t->read.columns, &ignored) != 0)
        return;
    if (source_sqlite_open(&source, l->db, &t->read, lo->data, lo->length, &ignored) != 0)
        goto done;
    while (source->next(source, &batch, &ignored) > 0) {
        if (t->stage && t->stage->apply(t->stage, &batch, &filtered, &ignored) != 0)
            break;
        if (passed + (int64_t)batch.rows < line) {
            passed += (int64_t)batch.rows;
            continue;
        }
        row_describe(text, sizeof text, &batch, (size_t)(line - passed - 1), &t->read);
        break;
    }
    err_place(e, NULL, NULL, text);
done:
    if (source)
        source->close(source);
    batch_free(&batch);
}

/* The slice and those that its commits add behind it. At the end slice->id is 0, or else the slice was taken from us
 * and the journal has to be asked again. *committed is set when a step was. */
static int send_slices(struct lane *l, const struct table_load *t, struct sink *sink, struct journal_slice *slice,
                       int *committed, struct err *e)
{
    const struct lane_options *o = l->options;
    struct reader reader;
    int64_t line = 0;
    int found = 1;
    int rc = 0;
    if (reader_start(&reader, l, t, sink, &slice->lo, e) != 0)
        return -1;
    while (rc == 0 && found && slice->id != 0) {
        struct journal_counts counts = {0};
        rc = send_step(l, &reader, slice, &counts, &found, &line, e);
        if (rc == 0 && found) {
            *committed = 1;
            if (o->progress)
                o->progress(o->context, t, &counts, NULL);
        }
    }
    reader_end(&reader);
    if (rc != 0 && e->kind == ERR_SERVER)
        locate_refused(l, t, &slice->lo, line, e);
    return rc;
}

/* Everything behind the journal's next slice, until the table is done. */
static int send_table(struct lane *l, const struct table_load *t, struct sink *sink, int *committed, struct err *e)
{
    struct journal_slice slice = {0};
    int rc;
    do {
        rc = journal_slice_next(l->pg, &l->options->journal, t->source, t->read.table, &slice, e);
        if (rc == 0 && slice.id != 0)
            rc = send_slices(l, t, sink, &slice, committed, e);
    } while (rc == 0 && slice.id != 0);
    bytes_free(&slice.lo);
    return rc;
}

/* Errors that pass by themselves: lost connections, and refusals that another attempt may not meet. */
static int worth_a_retry(const struct err *e)
{
    static const char *const passing[] = {"40001", "40P01", "55P03"};
    if (e->kind == ERR_CONNECTION)
        return 1;
    if (e->kind != ERR_SERVER)
        return 0;
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
        if (strcmp(e->sqlstate, passing[i]) == 0)
            return 1;
    return strncmp(e->sqlstate, "53", 2) == 0;
}

/* Connects where there is no connection, and ends the session that a lost one has left behind. Triggers and defaults of
 * the target run as in a session of its application: with the search path of role and database. What is ours is
 * qualified. */
static int lane_connect(struct lane *l, struct err *e)
{
    if (l->pg)
        return 0;
    if (pgwire_connect(&l->pg, l->options->conninfo, CONNECT_MS, e) != 0)
        return -1;
    if (l->backend)
        journal_end_session(l->pg, l->backend);
    l->backend = PQbackendPID(l->pg->conn); /* libpq forgets it with the connection */
    if (pgwire_exec(l->pg, "RESET search_path", 0, NULL, NULL, e) == 0)
        return 0;
    lane_close(l);
    return -1;
}

int lane_load(struct lane *l, const struct table_load *t, struct err *e)
{
    const struct lane_options *o = l->options;
    struct sink *sink = NULL;
    int64_t failing_since = 0, back_off = 0;
    int rc = -1;
    if (sink_pg_open(&sink, &t->write, e) != 0)
        return -1;
    for (;;) {
        int committed = 0;
        err_clear(e);
        if (lane_connect(l, e) == 0) {
            sink_pg_use(sink, l->pg);
            rc = send_table(l, t, sink, &committed, e);
            if (rc == 0)
                break;
        }
        if (stop_signal()) {
            err_set(e, ERR_INTERRUPTED, "interrupted by a signal");
            break;
        }
        if (failing_since == 0 || committed) {
            failing_since = sys_clock_ms();
            back_off = FIRST_BACK_OFF_MS;
        }
        if (!worth_a_retry(e) || sys_clock_ms() + back_off > failing_since + o->retry_ms)
            break;
        if (o->progress)
            o->progress(o->context, t, NULL, e);
        lane_close(l);
        sys_sleep_ms(back_off);
        back_off = back_off * 2 < LAST_BACK_OFF_MS ? back_off * 2 : LAST_BACK_OFF_MS;
    }
    if (rc != 0)
        err_place(e, t->read.table, NULL, NULL);
    sink->free(sink);
    return rc;
}

void lane_close(struct lane *l)
{
    pgwire_close(l->pg);
    l->pg = NULL;
}
