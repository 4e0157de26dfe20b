/* lane_careful.c: rows that the server refuses are found, and the others arrive. A batch is a group under a savepoint.
 * A refusal mostly names its row by number; what does not depend on other rows is found behind it by trying only the
 * rest, which costs the server little, as it checks rows before it stores them. In the end all that is left goes in
 * order: a row is kept out only if it was refused with all rows before it in place (so of duplicates the first is
 * kept), and where no row is named the group is halved. */
#include "lane_step.h"

#include <string.h>

#include "stop.h"

int is_about_a_row(const struct err *e)
{
    return e->kind == ERR_SERVER && (strncmp(e->sqlstate, "22", 2) == 0 || strncmp(e->sqlstate, "23", 2) == 0 ||
                                     strncmp(e->sqlstate, "P0", 2) == 0);
}

/* A refusal that the rows before have no part in: of the values themselves, CHECK, NOT NULL. A trigger may have looked
 * at them, whatever SQLSTATE it gives. */
static int stands_alone(const struct err *e)
{
    if (e->by_function)
        return 0;
    return strncmp(e->sqlstate, "22", 2) == 0 || strcmp(e->sqlstate, "23514") == 0 || strcmp(e->sqlstate, "23502") == 0;
}

int careful_begin(struct step *s, struct err *e)
{
    return pgwire_exec(s->lane->pg, "SET CONSTRAINTS ALL IMMEDIATE", 0, NULL, NULL, e);
}

void careful_end(struct step *s)
{
    if (s->in_group)
        journal_group_end(s->lane->pg);
    s->in_group = 0;
}

/* Where a row begins in the message's data. */
static size_t start_of(const struct careful *c, size_t row)
{
    size_t start = 0;
    if (row > 0)
        memcpy(&start, c->m->ends.data + (row - 1) * sizeof start, sizeof start);
    return start;
}

/* How many of the rows from `from` up to `to` are to be sent. */
static int64_t count_live(const struct careful *c, size_t from, size_t to)
{
    int64_t count = 0;
    for (size_t row = from; row < to; row++)
        count += !c->gone[row];
    return count;
}

/* The n-th (from 0) row from `from` on that is to be sent. */
static size_t live_row(const struct careful *c, size_t from, int64_t n)
{
    size_t row = from;
    while (c->gone[row] || n-- > 0)
        row++;
    return row;
}

/* Sends the rows from `from` up to `to`, those that are neighbours in one piece. */
static int send_rows(const struct careful *c, size_t from, size_t to, struct err *e)
{
    struct sink *sink = c->step->sink;
    for (size_t row = from; row < to; row++) {
        if (c->gone[row])
            continue;
        size_t first = row;
        while (row < to && !c->gone[row])
            row++;
        size_t start = start_of(c, first);
        const struct bytes piece = {.data = c->m->data.data + start, .length = start_of(c, row) - start};
        if (sink->send(sink, &piece, e) != 0)
            return -1;
    }
    return 0;
}

struct refusal {
    int64_t line; /* of the rows that were sent, from 1; 0: unknown */
    struct err why;
};

/* Tries rows in a group, which stays open. 1: they were refused, and the group is undone; -1 and e. */
static int attempt(struct careful *c, size_t from, size_t to, struct sink_counts *done, struct refusal *r,
                   struct err *e)
{
    struct step *s = c->step;
    struct sink *sink = s->sink;
    r->line = 0;
    err_clear(&r->why);
    if (stop_signal())
        return err_set(e, ERR_INTERRUPTED, "interrupted by a signal");
    if (!s->in_group)
        journal_group_begin(s->lane->pg);
    s->in_group = 1;
    int rc = sink->open(sink, &r->why);
    if (rc == 0) {
        rc = send_rows(c, from, to, &r->why);
        if (rc == 0)
            rc = sink->close(sink, done, &r->line, &r->why);
        else if (r->why.kind == ERR_SERVER) /* its own word on a row comes with the end of the COPY */
            (void)sink->close(sink, done, &r->line, &r->why);
    }
    if (rc == 0)
        return 0;
    sink->cancel(sink);
    if (!is_about_a_row(&r->why)) {
        *e = r->why;
        return -1;
    }
    if (r->line < 0 || r->line > count_live(c, from, to))
        r->line = 0;
    journal_group_undo(s->lane->pg);
    return 1;
}

static int keep(struct careful *c, int64_t rows, const struct sink_counts *done, struct err *e)
{
    struct step *s = c->step;
    if (journal_group_keep(s->lane->pg, &s->lane->options->journal, s->slice, &s->xids, e) != 0)
        return -1;
    s->in_group = 0;
    s->done.inserted += done->inserted;
    s->done.updated += done->updated;
    s->done.skipped += done->skipped;
    s->sent += rows;
    return 0;
}

/* Counts what the row has added to the notes of the step. */
static int count_refused(struct step *s, const struct batch *b, size_t row, struct err *e)
{
    struct err ignored;
    if (!s->watches) {
        if (watches_make(s->table, &s->watches, &s->counts, e) != 0)
            return -1;
        s->format = (struct copy_format){.binary = s->table->write.binary,
                                         .columns = s->table->write.columns,
                                         .count = s->table->write.count,
                                         .watches = s->watches,
                                         .counts = s->counts};
    }
    s->scratch.length = 0;
    err_clear(&ignored);
    if (copy_row(&s->format, b, row, &s->scratch, &ignored) == 0)
        return 0;
    *e = ignored;
    return -1;
}

static int refuse(struct careful *c, size_t row, const struct err *why, struct err *e)
{
    c->gone[row] = 1;
    c->step->refused++;
    return count_refused(c->step, &c->m->batch, row, e) != 0 ? -1 : c->refused(c, row, why, e);
}

/* Sends the rows from `from` up to `to` in order, and refuses those that the server refuses. known: how an attempt at
 * all of them just ended; NULL: there was none. */
static int settle(struct careful *c, size_t from, size_t to, const struct refusal *known, struct err *e)
{
    struct sink_counts done = {0};
    struct refusal r;
    int64_t left;
    while ((left = count_live(c, from, to)) > 0) {
        int rc = 1;
        if (known)
            r = *known;
        else
            rc = attempt(c, from, to, &done, &r, e);
        known = NULL;
        if (rc < 0)
            return -1;
        if (rc == 0)
            return keep(c, left, &done, e);
        size_t next;
        if (r.line == 0 && left > 1) {
            next = live_row(c, from, left / 2);
            rc = settle(c, from, next, NULL, e);
        } else {
            size_t bad = live_row(c, from, r.line ? r.line - 1 : 0);
            next = bad + 1;
            rc = refuse(c, bad, &r.why, e) != 0 ? -1 : settle(c, from, bad, NULL, e);
        }
        if (rc != 0)
            return -1;
        from = next;
    }
    return 0;
}

/* Finds rows that are refused for themselves, by tries of a window of rows that are undone again. A window is as long
 * as one bad row is likely to be in it: what is sent behind a bad row is sent for nothing, and so is a window without
 * one. *r: how the last try ended, if it was at all rows at once and did not say which row was refused for itself;
 * then 1. 0: all rows were tried. 2: all were kept at once. -1 and e. */
static int probe(struct careful *c, struct refusal *r, struct err *e)
{
    struct sink_counts done = {0};
    struct step *s = c->step;
    size_t rows = c->m->batch.rows;
    size_t window = s->window ? s->window : rows;
    for (size_t from = 0; count_live(c, from, rows) > 0;) {
        size_t to = rows - from > window ? from + window : rows;
        int64_t left = count_live(c, from, to);
        int rc = left > 0 ? attempt(c, from, to, &done, r, e) : 0;
        if (rc < 0)
            return -1;
        if (rc == 0 && left > 0 && from == 0 && to == rows)
            return keep(c, left, &done, e) != 0 ? -1 : 2;
        if (rc == 0) {
            if (left > 0)
                journal_group_undo(s->lane->pg);
            from = to;
            continue;
        }
        if (r->line == 0 || !stands_alone(&r->why))
            return from == 0 && to == rows;
        size_t bad = live_row(c, from, r->line - 1);
        if (refuse(c, bad, &r->why, e) != 0)
            return -1;
        from = bad + 1;
    }
    return 0;
}

int careful_rows(struct careful *c, struct err *e)
{
    enum { WINDOW_LEAST = 32 };
    struct refusal r;
    struct step *s = c->step;
    size_t rows = c->m->batch.rows;
    int64_t refused = s->refused;
    for (size_t row = 0; row < rows; row++)
        c->gone[row] = start_of(c, row) == start_of(c, row + 1);
    int rc = probe(c, &r, e);
    if (rc >= 0 && rc < 2)
        rc = settle(c, 0, rows, rc == 1 ? &r : NULL, e);
    /* The next batch will likely be like this one. */
    refused = s->refused - refused;
    s->window = refused == 0 ? 0 : 3 * rows / (size_t)refused;
    if (s->window > 0 && s->window < WINDOW_LEAST)
        s->window = WINDOW_LEAST;
    return rc < 0 ? -1 : 0;
}
