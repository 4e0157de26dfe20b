/* lane_retry.c: rejected rows once more: read from the source by key, and loaded where they fit by now. Each step is a
 * slice of its own; what it loaded is locked as open before and marked as loaded in the same transaction, so a row
 * whose step was committed without an answer is not loaded twice. */

#include "lane_step.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEP_ROWS = 500 };

struct retrying {
    const struct table_load *table;
    struct read_spec by_key; /* as table->read, but behind a key is the row of that key */
    struct sink *sink;
    struct retry *rejects;
    size_t count;
    size_t next; /* the first one that no committed step has dealt with */

    /* Of the step under way. */
    struct step step;
    struct ring_message m;
    struct retry *rows[STEP_ROWS]; /* of the rows of m.batch */
    struct err *why[STEP_ROWS];    /* owned; of those that were refused, else NULL */
    struct form_watch *watches;
    struct copy_counts *counts;
    struct stage_result staged;      /* of one row */
    struct bytes emitted[STEP_ROWS]; /* what was made of the rows of m.batch */
};

/* Forgets the step. */
static void end_step(struct retrying *r)
{
    for (size_t i = 0; i < STEP_ROWS; i++) {
        mem_free(r->why[i]);
        r->why[i] = NULL;
    }
    step_free(&r->step);
    batch_free(&r->m.batch);
    bytes_free(&r->m.data);
    bytes_free(&r->m.ends);
    bytes_free(&r->m.notes);
    stage_result_reset(&r->staged);
    r->sink->observe(r->sink, NULL, NULL);
    watches_free(r->table, r->watches, r->counts);
    memset(&r->step, 0, sizeof r->step);
    memset(&r->m, 0, sizeof r->m);
    r->watches = NULL;
    r->counts = NULL;
    r->step.table = r->table;
}

static int keep_refusal(struct retrying *r, size_t row, const struct err *why, struct err *e)
{
    r->why[row] = mem_alloc(sizeof *why, e);
    if (!r->why[row])
        return -1;
    *r->why[row] = *why;
    return 0;
}

static int refused(struct careful *c, size_t row, const struct err *why, struct err *e)
{
    return keep_refusal(c->context, row, why, e);
}

static int add_row(struct batch *to, const struct batch *from, struct err *e)
{
    struct cell *cells = batch_row(to, e);
    if (!cells)
        return -1;
    for (size_t i = 0; i < from->columns; i++) {
        const struct cell *c = &from->cells[i];
        if (c->class != CELL_TEXT && c->class != CELL_BLOB)
            cells[i] = *c;
        else if (batch_bytes(to, &cells[i], (enum cell_class)c->class, batch_data(from, c), c->length, e) != 0)
            return -1;
        cells[i].marks = c->marks;
    }
    return 0;
}

/* What was made of the only row of the stages' result. */
static int keep_emitted(struct retrying *r, size_t row, struct err *e)
{
    r->emitted[row].length = 0;
    return bytes_append(&r->emitted[row], r->staged.emitted.data, r->staged.emitted.length, e);
}

/* Rows that stages have taken out in the step. */
static int64_t taken_out(const struct stage_result *staged)
{
    return staged->filtered + staged->merged;
}

/* Reads the row of a reject, passes it through the stage, and adds it to the batch. A row that is not there any more is
 * no error. */
static int read_row(struct retrying *r, struct lane *l, struct retry *reject, struct err *e)
{
    const struct key_range range = {.after = reject->key, .after_length = reject->key_length};
    struct source *source = NULL;
    struct batch one = {0};
    int64_t before = taken_out(&r->staged);
    int rc = -1;
    if (batch_init(&one, r->by_key.columns, e) != 0)
        return -1;
    if (source_sqlite_open(&source, l->db, &r->by_key, &range, e) != 0)
        goto done;
    if (source->next(source, &one, e) < 0)
        goto done;
    if (stages_apply(r->table->stages, r->table->stage_count, &one, &r->staged, e) != 0)
        goto done;
    reject->outcome = taken_out(&r->staged) > before ? RETRY_DROPPED : RETRY_GONE;
    rc = 0;
    if (one.rows > 0) {
        reject->outcome = RETRY_LOADED; /* until somebody says otherwise */
        const struct stage_row *staged = stage_refusal(&r->staged, 0);
        r->rows[r->m.batch.rows] = reject;
        rc = add_row(&r->m.batch, &one, e);
        if (rc == 0 && r->table->emit_count > 0)
            rc = keep_emitted(r, r->m.batch.rows - 1, e);
        if (rc == 0 && staged)
            rc = keep_refusal(r, r->m.batch.rows - 1, staged->why, e);
    }
done:
    if (source)
        source->close(source);
    batch_free(&one);
    return rc;
}

/* Encodes the rows of the batch. What does not fit is refused, whatever the column says of others. */
static int encode_rows(struct retrying *r, struct careful *c, struct err *e)
{
    struct err why;
    for (size_t row = 0; row < r->m.batch.rows; row++) {
        err_clear(&why);
        int rc = r->why[row] ? COPY_REJECT : r->sink->encode(r->sink, &r->m.batch, row, &r->m.data, &why);
        if (rc == 0 && r->table->emit_count > 0 && emit_append(&r->m.data, &r->emitted[row], e) != 0)
            return -1;
        if (rc != 0 && !r->why[row] && why.kind != ERR_VALUE) {
            *e = why;
            return -1;
        }
        if ((rc != 0 && !r->why[row] && refused(c, row, &why, e) != 0) ||
            bytes_append(&r->m.ends, &r->m.data.length, sizeof r->m.data.length, e) != 0)
            return -1;
        if (rc == 0 && load_is_digested(r->table) &&
            load_digests_row(&r->step.digests, r->m.data.data + careful_start(c, row), DIGEST_ADD, e) != 0)
            return -1;
        r->m.rows += rc == 0;
    }
    return notes_take(&r->m.notes, r->table, r->watches, r->counts, e);
}

/* The journal gets the new reason of a row that was refused again. */
static int tell_refused(struct retrying *r, size_t row, struct err *e)
{
    const struct err *why = r->why[row];
    struct bytes reason = {0}, hint = {0}, column = {0};
    struct reject_facts f;
    int rc = -1;
    r->rows[row]->outcome = RETRY_REFUSED;
    if (reject_facts_of(&f, r->table, &r->m.batch, row, why, e) != 0)
        return -1;
    /* Each ends in a NUL to be a parameter. */
    if (clean_text(&reason, why->message, e) == 0 && bytes_append(&reason, "", 1, e) == 0 &&
        clean_text(&hint, why->hint, e) == 0 && bytes_append(&hint, "", 1, e) == 0 &&
        clean_text(&column, f.column ? f.column : "", e) == 0 && bytes_append(&column, "", 1, e) == 0 &&
        bytes_append(&f.row, "", 1, e) == 0 && (f.value.length == 0 || bytes_append(&f.value, "", 1, e) == 0)) {
        const struct journal_reject reject = {.id = r->rows[row]->id,
                                              .column = f.column ? (const char *)column.data : NULL,
                                              .value = (const char *)f.value.data,
                                              .sqlstate = f.sqlstate[0] != '\0' ? f.sqlstate : NULL,
                                              .reason = (const char *)reason.data,
                                              .hint = why->hint[0] != '\0' ? (const char *)hint.data : NULL,
                                              .row = (const char *)f.row.data};
        rc = journal_reject_again(r->step.lane->pg, &r->step.lane->options->journal, &reject, e);
    }
    bytes_free(&reason);
    bytes_free(&hint);
    bytes_free(&column);
    reject_facts_free(&f);
    return rc;
}

static int add_id(struct bytes *list, const struct retry *reject, struct err *e)
{
    char number[32];
    (void)snprintf(number, sizeof number, "%s%" PRId64, list->length ? "," : "", reject->id);
    return bytes_append(list, number, strlen(number), e);
}

/* What became of the rows, rejects up to `end`, goes to the journal, and the step is committed. */
static int commit(struct retrying *r, size_t end, struct err *e)
{
    struct step *s = &r->step;
    struct bytes loaded = {0}, dropped = {0}, reasons = {0};
    struct journal_counts counts = {.inserted = s->done.inserted,
                                    .updated = s->done.updated,
                                    .passed = s->sent,
                                    .filtered = r->staged.filtered,
                                    .merged = r->staged.merged,
                                    .rejected = -s->sent - taken_out(&r->staged)};
    int rc = -1;
    counts.skipped = counts.passed - counts.inserted - counts.updated;
    for (size_t row = 0; row < r->m.batch.rows; row++)
        if ((r->why[row] ? tell_refused(r, row, e) : add_id(&loaded, r->rows[row], e)) != 0)
            goto done;
    for (size_t i = r->next; i < end; i++)
        if (r->rejects[i].outcome == RETRY_DROPPED && add_id(&dropped, &r->rejects[i], e) != 0)
            goto done;
    if (reasons_take(&reasons, &r->staged, e) != 0 || step_write_reasons(s, &reasons, e) != 0)
        goto done;
    if (step_write_notes(s, &r->m.notes, e) == 0 && step_write_emitted(s, e) == 0 &&
        step_write_digests(s, &r->m.digests, e) == 0)
        rc = journal_retry_commit(s->lane->pg, &s->lane->options->journal, s->slice, r->table->write.target, &loaded,
                                  &dropped, &counts, &s->xids, e);
done:
    bytes_free(&loaded);
    bytes_free(&dropped);
    bytes_free(&reasons);
    return rc;
}

/* Reads the rows of those rejects that are open, from r->next up to *end: no more than fit into a batch. */
static int read_rows(struct retrying *r, struct lane *l, const PGresult *open, size_t *end, struct err *e)
{
    if (batch_init(&r->m.batch, r->by_key.columns, e) != 0)
        return -1;
    size_t i = r->next;
    for (; i < *end && !batch_full(&r->m.batch); i++) {
        struct retry *reject = &r->rejects[i];
        int is_open = 0;
        for (int row = 0; row < PQntuples(open) && !is_open; row++)
            is_open = strtoll(PQgetvalue(open, row, 0), NULL, 10) == reject->id;
        for (size_t before = r->next; before < i; before++)
            is_open = is_open && r->rejects[before].id != reject->id; /* asked for twice */
        reject->outcome = RETRY_LOADED; /* by a step whose answer was lost, or by somebody else */
        if (is_open && read_row(r, l, reject, e) != 0)
            return -1;
    }
    *end = i;
    return 0;
}

/* The rejects from r->next up to *end, as the ids that the journal is asked for. */
static int list_ids(const struct retrying *r, size_t end, struct bytes *out, struct err *e)
{
    char number[32];
    for (size_t i = r->next; i < end; i++) {
        (void)snprintf(number, sizeof number, "%c%" PRId64, i == r->next ? '{' : ',', r->rejects[i].id);
        if (bytes_append(out, number, strlen(number), e) != 0)
            return -1;
    }
    return bytes_append(out, "}", 2, e);
}

/* One step: some rejects, from r->next on. */
static int retry_step(struct retrying *r, struct lane *l, struct err *e)
{
    struct careful c = {.step = &r->step, .m = &r->m, .refused = refused, .context = r};
    struct bytes ids = {0};
    PGresult *open = NULL;
    size_t end = r->count - r->next < STEP_ROWS ? r->count : r->next + STEP_ROWS;
    int rc = -1;
    r->step = (struct step){.lane = l, .table = r->table, .sink = r->sink, .digests.table = r->table};
    if (list_ids(r, end, &ids, e) != 0 || watches_make(r->table, &r->watches, &r->counts, e) != 0)
        goto done;
    r->sink->observe(r->sink, r->watches, r->counts);
    if (journal_retry_begin(l->pg, &l->options->journal, r->table->source, r->table->read.table, (const char *)ids.data,
                            &r->step.slice, &open, e) != 0)
        goto done;
    c.gone = mem_alloc(STEP_ROWS, e);
    if (c.gone && careful_begin(&r->step, e) == 0 && read_rows(r, l, open, &end, e) == 0 &&
        encode_rows(r, &c, e) == 0 && careful_rows(&c, e) == 0) {
        careful_end(&r->step);
        rc = commit(r, end, e);
    }
    if (rc == 0)
        r->next = end;
    else
        journal_rollback(l->pg);
done:
    if (rc != 0)
        for (size_t i = r->next; i < end; i++)
            r->rejects[i].outcome = RETRY_OPEN;
    PQclear(open);
    bytes_free(&ids);
    mem_free(c.gone);
    end_step(r);
    return rc;
}

static int retry_on(struct lane *l, void *context, int *committed, struct err *e)
{
    struct retrying *r = context;
    r->sink->use(r->sink, l->pg);
    while (r->next < r->count) {
        if (retry_step(r, l, e) != 0)
            return -1;
        *committed = 1;
    }
    return 0;
}

int lane_retry(struct lane *l, const struct table_load *t, const char *sql_key, struct retry *rejects, size_t count,
               struct err *e)
{
    struct retrying *r = mem_alloc(sizeof *r, e);
    if (!r)
        return -1;
    r->table = t;
    r->by_key = t->read;
    r->by_key.sql_after = sql_key;
    r->rejects = rejects;
    r->count = count;
    r->staged.slot = l->number;
    for (size_t i = 0; i < count; i++)
        rejects[i].outcome = RETRY_OPEN;
    int rc = step_sink_open(&r->sink, t, e);
    if (rc == 0) {
        rc = lane_persist(l, t, retry_on, r, e);
        r->sink->free(r->sink);
        careful_forget(l);
    }
    stage_result_free(&r->staged);
    for (size_t i = 0; i < STEP_ROWS; i++)
        bytes_free(&r->emitted[i]);
    mem_free(r);
    return rc;
}
