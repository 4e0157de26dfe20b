/* lane.c: a table from source to target: the sending thread, and what is done when it or the reader fails.
 *
 * The reader runs ahead of the sender, over the ends of steps too, as far as the ring lets it. It never waits for a
 * commit: a step that fails is never continued in memory. Reader and ring are torn down, the journal is asked which
 * slice is next, and a new reader starts behind that slice's lower key. So a retry, a resume and a first start are one
 * path. */
#include "lane.h"

#include <string.h>

#include "lane_step.h"

/* What came of a step. */
struct sent {
    int found;                 /* 0: nothing was done, the slice was no longer to be done */
    int64_t line;              /* the row that the server refused, of those that the step sent; 0: it named none */
    int64_t rejected, refused; /* rows: all that were rejected, and those of the server */
    struct journal_counts counts;
};

/* The rows of the open sink are given up to the server's judgement. The line that it names is made one of the step. */
static int close_rows(struct step *s, int64_t rows, int64_t *line, struct err *e)
{
    int rc = step_close(s, rows, line, e);
    if (rc != 0 && *line > 0)
        *line += s->sent;
    return rc;
}

/* The rows of a message into the open sink; *rows counts those since it was opened. */
static int send_message(struct step *s, const struct ring_message *m, int64_t *rows, int64_t *line, struct err *e)
{
    if (s->sink->send(s->sink, &m->data, e) != 0) {
        /* The server's own word on a refused row comes with the end of the COPY. */
        if (e->kind == ERR_SERVER)
            (void)close_rows(s, *rows, line, e);
        return -1;
    }
    *rows += m->rows;
    if (step_reject(s, &m->rejects, m->rejected, &m->error, e) != 0)
        return -1;
    if (!step_has_many_rejects(s))
        return 0;
    /* A connection has one COPY at a time. */
    if (close_rows(s, *rows, line, e) != 0 || step_write_rejects(s, e) != 0)
        return -1;
    *rows = 0;
    return s->sink->open(s->sink, e);
}

/* The next message that is no failure of the reader; it stays the ring's until it is released. */
static struct ring_message *next_message(struct reader *r, struct err *e)
{
    struct ring_message *m = ring_take(&r->ring);
    if (!m) {
        err_set(e, ERR_INTERRUPTED, "interrupted by a signal");
    } else if (m->kind == RING_FAILED) {
        *e = m->error;
        ring_release(&r->ring);
        m = NULL;
    }
    return m;
}

/* The step's rows, as they come; *end gets the message that closes the step (to be released). *line: the row of the
 * step that the server refused, 0 if it named none. */
static int send_quick(struct step *s, struct reader *r, struct ring_message **end, int64_t *line, struct err *e)
{
    struct ring_message *m;
    int64_t rows = 0;
    if (s->sink->open(s->sink, e) != 0)
        return -1;
    while ((m = next_message(r, e)) != NULL && m->kind == RING_ROWS) {
        int rc = send_message(s, m, &rows, line, e);
        ring_release(&r->ring);
        if (rc != 0)
            return -1;
    }
    *end = m;
    return m ? close_rows(s, rows, line, e) : -1;
}

/* A row that the server refused becomes a reject. */
static int refused_by_server(struct careful *c, size_t row, const struct err *why, struct err *e)
{
    struct step *s = c->step;
    struct bytes line = {0};
    struct err last = *why;
    place_row(&last, s->table, &c->m->batch, row);
    int rc = reject_line(&line, s->table, &c->m->batch, row, why, e);
    if (rc == 0)
        rc = step_reject(s, &line, 1, &last, e);
    bytes_free(&line);
    return rc;
}

/* A batch in groups that can be undone. */
static int send_careful_message(struct step *s, const struct ring_message *m, struct err *e)
{
    struct careful c = {.step = s, .m = m, .refused = refused_by_server};
    c.gone = mem_alloc(m->batch.rows + 1, e);
    if (!c.gone)
        return -1;
    int rc = careful_rows(&c, e);
    mem_free(c.gone);
    if (rc == 0)
        rc = step_reject(s, &m->rejects, m->rejected, &m->error, e);
    if (rc != 0 || !step_has_many_rejects(s))
        return rc;
    careful_end(s);
    return step_write_rejects(s, e);
}

static int send_careful(struct step *s, struct reader *r, struct ring_message **end, struct err *e)
{
    struct ring_message *m;
    if (careful_begin(s, e) != 0)
        return -1;
    while ((m = next_message(r, e)) != NULL && m->kind == RING_ROWS) {
        int rc = send_careful_message(s, m, e);
        ring_release(&r->ring);
        if (rc != 0)
            return -1;
    }
    *end = m;
    careful_end(s);
    return m ? 0 : -1;
}

/* What the step did goes to the journal, and all of it is committed. */
static int finish_step(struct step *s, const struct ring_message *end, struct journal_slice *slice,
                       struct journal_counts *counts, struct err *e)
{
    const struct lane *l = s->lane;
    int64_t next = 0;
    *counts = (struct journal_counts){.read = end->read,
                                      .filtered = end->filtered,
                                      .merged = end->merged,
                                      .rejected = s->rejected,
                                      .passed = end->passed - s->refused,
                                      .inserted = s->done.inserted,
                                      .updated = s->done.updated};
    counts->skipped = counts->passed - counts->inserted - counts->updated;
    if (step_check_share(s, end->read, end->more, e) != 0 || step_write_rejects(s, e) != 0 ||
        step_write_notes(s, &end->notes, e) != 0 || step_write_reasons(s, &end->reasons, e) != 0 ||
        step_write_emitted(s, e) != 0 || step_write_digests(s, &end->digests, e) != 0 ||
        journal_slice_commit(l->pg, &l->options->journal, slice->id, s->table->write.target, counts, &end->reached,
                             end->more, &s->xids, &next, e) != 0)
        return -1;
    slice->id = next;
    slice->lo.length = 0;
    return bytes_append(&slice->lo, end->reached.data, end->reached.length, e);
}

/* One step: lock, COPY, advance, commit. *found is 0, and nothing was done, when the slice is no longer to be done.
 * *line: the row of the step that the server refused, 0 if it named none. */
static int send_step(struct lane *l, struct reader *r, struct journal_slice *slice, struct sent *sent, struct err *e)
{
    struct step s = {.lane = l, .table = r->table, .sink = r->sink, .slice = slice->id, .digests.table = r->table};
    struct ring_message *end = NULL;
    int durable = 0;
    sent->line = sent->rejected = sent->refused = 0;
    sent->counts = (struct journal_counts){0};
    if (lane_expect(l, &durable, e) != 0 ||
        journal_slice_begin(l->pg, &l->options->journal, slice->id, durable, &sent->found, e) != 0)
        return -1;
    if (!sent->found)
        return 0;
    int rc = r->careful ? send_careful(&s, r, &end, e) : send_quick(&s, r, &end, &sent->line, e);
    if (rc == 0)
        rc = finish_step(&s, end, slice, &sent->counts, e);
    sent->rejected = s.rejected;
    sent->refused = s.refused;
    if (rc == 0) {
        lane_count_step(l, s.slice, &sent->counts);
        ring_release(&r->ring);
    } else {
        (void)tally_reject(l->tally, -s.rejected);
        l->chain->steps.unsure = s.slice;
        l->chain->steps.unsure_counts = sent->counts;
        r->sink->cancel(r->sink);
        journal_rollback(l->pg);
    }
    step_free(&s);
    return rc;
}

/* Finds the key of the row that the server refused, the line-th that passed behind `lo`, by reading again: keeping the
 * keys of all rows in flight would cost every good run something. */
static void locate_refused(const struct lane *l, const struct table_load *t, const struct bytes *lo, int64_t line,
                           struct err *e)
{
    const struct key_range range = chain_behind(l->chain, lo);
    struct source *source = NULL;
    struct batch batch = {0};
    struct err ignored;
    struct stage_result staged = {.slot = l->number};
    int64_t passed = 0;
    char text[sizeof e->key] = "";
    if (line <= 0 || !t->read.key_count || batch_init(&batch, t->read.columns, &ignored) != 0)
        return;
    if (source_sqlite_open(&source, l->db, &t->read, &range, &ignored) != 0)
        goto done;
    while (stages_go_on(&batch, &staged) || source->next(source, &batch, &ignored) > 0) {
        if (stages_apply(t->stages, t->stage_count, &batch, &staged, &ignored) != 0)
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
    stage_result_free(&staged);
    batch_free(&batch);
}

/* The slice and those that its commits add behind it. At the end slice->id is 0, or else the journal has to be asked
 * again: the slice was taken from us, or what is behind it goes another way. *committed is set when a step was. */
static int send_slices(struct lane *l, const struct table_load *t, struct sink *sink, struct journal_slice *slice,
                       int *careful, int *committed, struct err *e)
{
    struct reader reader;
    struct sent sent = {.found = 1};
    int rc = 0, again = 0;
    if (reader_start(&reader, l, sink, *careful, &slice->lo, e) != 0)
        return -1;
    while (rc == 0 && !again && sent.found && slice->id != 0) {
        rc = send_step(l, &reader, slice, &sent, e);
        if (rc == 0 && sent.found) {
            *committed = 1;
            /* A step in which the server refused nothing: the next one goes the quick way. */
            again = *careful && sent.refused == 0;
            rc = lane_halted(l, e);
        }
    }
    reader_end(&reader);
    if (rc == 0)
        *careful = *careful && !again;
    else if (t->rejects && !*careful && is_about_a_row(e))
        *careful = 1, rc = 0; /* the step is done anew */
    else if (e->kind == ERR_SERVER && sent.rejected == 0)
        locate_refused(l, t, &slice->lo, sent.line, e);
    return rc;
}

/* Everything behind the journal's next slice, until the chain is done. */
static int send_chain(struct lane *l, struct sink *sink, int *careful, int *committed, struct err *e)
{
    const struct table_load *t = l->chain->table;
    const struct journal_part part = {.source = t->source,
                                      .table = t->read.table,
                                      .until = l->chain->until.data,
                                      .until_length = l->chain->until.length};
    struct journal_slice slice = {0};
    int rc = 0;
    while (rc == 0) {
        rc = journal_slice_next(l->pg, &l->options->journal, &part, &slice, e);
        if (rc != 0)
            break;
        lane_settle(l, slice.id);
        if (slice.id == 0)
            break;
        rc = send_slices(l, t, sink, &slice, careful, committed, e);
    }
    bytes_free(&slice.lo);
    return rc;
}

struct loading {
    struct sink *sink;
    int careful;
};

static int load_on(struct lane *l, void *context, int *committed, struct err *e)
{
    struct loading *loading = context;
    loading->sink->use(loading->sink, l->pg);
    return send_chain(l, loading->sink, &loading->careful, committed, e);
}

int lane_load(struct lane *l, struct chain *chain, struct err *e)
{
    struct loading loading = {0};
    l->chain = chain;
    if (l->readers)
        l->db = l->readers[chain->table->reader];
    l->refusals = (struct refusals){0};
    if (step_sink_open(&loading.sink, chain->table, e) != 0)
        return -1;
    int rc = lane_persist(l, chain->table, load_on, &loading, e);
    loading.sink->free(loading.sink);
    careful_forget(l);
    if (l->readers)
        (void)sqlite3_db_release_memory(l->db); /* of one file among many: its pages are hardly read again */
    return rc;
}
