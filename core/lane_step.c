/* lane_step.c: a step of the load while it is open: its counts, its rejects, its limits. */
#include "lane_step.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MANY_REJECTS = 4 * 1024 * 1024 }; /* bytes of their lines */

void step_free(struct step *s)
{
    bytes_free(&s->rejects);
    bytes_free(&s->xids);
    bytes_free(&s->scratch);
    watches_free(s->table, s->watches, s->counts);
    copy_format_free(&s->format);
    load_digests_free(&s->digests);
}

/* The run stops with the row that was one too many. */
static int too_many(struct err *e, const struct err *last)
{
    char message[sizeof e->message];
    memcpy(message, e->message, sizeof message);
    *e = *last;
    (void)err_set(e, ERR_VALUE, "%s: the last one: %s", message, last->message);
    (void)err_hint(e, "correct the rows or the plan and go on with --resume, or allow more with --max-bad");
    err_place(e, last->table, last->column, last->key);
    memcpy(e->value, last->value, sizeof e->value);
    memcpy(e->value_class, last->value_class, sizeof e->value_class);
    return -1;
}

int step_reject(struct step *s, const struct bytes *lines, int64_t rows, const struct err *last, struct err *e)
{
    const struct lane_options *o = s->lane->options;
    if (rows == 0)
        return 0;
    if (bytes_append(&s->rejects, lines->data, lines->length, e) != 0)
        return -1;
    s->rejected += rows;
    if (tally_reject(s->lane->tally, rows) <= o->max_bad || o->max_bad < 0)
        return 0;
    (void)err_set(e, ERR_VALUE, "more than %" PRId64 " row%s rejected", o->max_bad,
                  o->max_bad == 1 ? " was" : "s were");
    return too_many(e, last);
}

int step_has_many_rejects(const struct step *s)
{
    return s->rejects.length >= MANY_REJECTS;
}

int step_write_rejects(struct step *s, struct err *e)
{
    const struct journal *j = &s->lane->options->journal;
    char head[64];
    if (s->rejects.length == 0)
        return 0;
    (void)snprintf(head, sizeof head, "%" PRId64 "\t%" PRId64 "\t", j->run, s->slice);
    if (journal_add_rows(s->lane->pg, j, "reject", REJECT_COLUMNS, head, &s->rejects, e) != 0)
        return -1;
    s->rejects.length = 0;
    return 0;
}

int step_close(struct step *s, int64_t rows, int64_t *line, struct err *e)
{
    struct sink_counts done = {0};
    if (s->sink->close(s->sink, &done, line, e) != 0)
        return -1;
    step_add(s, &done);
    s->sent += rows;
    return 0;
}

void step_add(struct step *s, const struct sink_counts *done)
{
    s->done.inserted += done->inserted;
    s->done.updated += done->updated;
    s->done.skipped += done->skipped;
    for (size_t i = 0; i < s->table->emit_count; i++) {
        s->done.emitted[i].rows += done->emitted[i].rows;
        s->done.emitted[i].inserted += done->emitted[i].inserted;
    }
}

int step_sink_open(struct sink **out, const struct table_load *t, struct err *e)
{
    struct sink *inner = NULL;
    if (sink_open(&inner, &t->write, e) != 0)
        return -1;
    if (t->emit_count == 0) {
        *out = inner;
        return 0;
    }
    if (sink_emit_open(out, inner, t->emits, t->emit_count, e) == 0)
        return 0;
    inner->free(inner);
    return -1;
}

int step_write_emitted(struct step *s, struct err *e)
{
    const struct journal *j = &s->lane->options->journal;
    for (size_t i = 0; i < s->table->emit_count; i++) {
        const struct sink_emitted *done = &s->done.emitted[i];
        if (done->rows > 0 &&
            journal_emitted(s->lane->pg, j, s->slice, s->table->emits[i].target, done->rows, done->inserted, e) != 0)
            return -1;
    }
    return 0;
}

int step_write_reasons(struct step *s, const struct bytes *lines, struct err *e)
{
    char head[32];
    if (lines->length == 0)
        return 0;
    (void)snprintf(head, sizeof head, "%" PRId64 "\t", s->slice);
    return journal_add_rows(s->lane->pg, &s->lane->options->journal, "slice_filtered", REASON_COLUMNS, head, lines, e);
}

int step_write_notes(struct step *s, const struct bytes *notes, struct err *e)
{
    const struct journal *j = &s->lane->options->journal;
    struct bytes lines = {0};
    char head[32];
    (void)snprintf(head, sizeof head, "%" PRId64 "\t", s->slice);
    int rc = notes_lines(&lines, s->table, notes, s->counts, s->watches, e);
    if (rc == 0 && lines.length > 0)
        rc = journal_add_rows(s->lane->pg, j, "slice_column", NOTE_COLUMNS, head, &lines, e);
    bytes_free(&lines);
    return rc;
}

int step_write_digests(struct step *s, const struct bytes *made, struct err *e)
{
    if (load_digests_add(&s->digests, made, e) != 0)
        return -1;
    return load_digests_write(&s->digests, s->lane->pg, &s->lane->options->journal, s->slice, e);
}

int step_check_share(const struct step *s, int64_t read, int more, struct err *e)
{
    enum { ENOUGH = 1000 }; /* rows of which a share says something */
    double most = s->lane->options->max_bad_percent;
    struct table_tally table = tally_table(s->lane->tally, s->lane->chain->index);
    int64_t rejected = table.rejected + s->rejected;
    read += table.read;
    if (most < 0 || (read < ENOUGH && (more || table.chains > 1)) || (double)rejected * 100 <= most * (double)read)
        return 0;
    (void)err_set(e, ERR_VALUE, "more than %g %% of the rows were rejected: %" PRId64 " of %" PRId64, most, rejected,
                  read);
    return err_hint(e, "correct the rows or the plan and go on with --resume, or allow more with --max-bad");
}
