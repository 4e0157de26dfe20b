/* lane_careful.c: rows that the server refuses are found, and the others arrive. A batch is a group under a savepoint.
 * A refusal mostly names its row by number; what does not depend on other rows is found behind it by trying only the
 * rest, which costs the server little, as it checks rows before it stores them. In the end all that is left goes in
 * order: a row is kept out only if it was refused with all rows before it in place (so of duplicates the first is
 * kept), and where no row is named the group is halved. Rows of which a refusal is foreseen (lane_guess.h) are held
 * back until the others are in place. */
#include "lane_guess.h"

#include <stdio.h>
#include <string.h>

#include "lane_trial.h"
#include "stop.h"

/* Rows of a group where refusals come unforeseen. The server's effort for a COPY grows with the square of its rows up
 * to a thousand; below some hundred the COPY itself is most of it. */
enum { GROUP_ROWS = 500 };

/* A trigger may give any code. Classes that are none of PostgreSQL's are those of applications. */
static int is_an_applications(const char *sqlstate)
{
    static const char *const own[] = {"00", "01", "02", "03", "08", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "20",
                                      "21", "24", "25", "26", "27", "28", "2B", "2D", "2F", "34", "38", "39", "3B",
                                      "3D", "3F", "40", "42", "53", "54", "55", "57", "58", "72", "F0", "HV", "XX"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strncmp(sqlstate, own[i], 2) == 0)
            return 0;
    return sqlstate[0] != '\0';
}

/* Too large for a page, or for an entry of an index. */
static int is_too_large(const struct err *e)
{
    return strcmp(e->sqlstate, "54000") == 0;
}

int is_about_a_row(const struct err *e)
{
    return e->kind == ERR_SERVER && (is_an_applications(e->sqlstate) || is_too_large(e));
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

void careful_forget(struct lane *l)
{
    guess_free(l->guess);
    l->guess = NULL;
    trial_free(l->trial);
    l->trial = NULL;
}

size_t careful_start(const struct careful *c, size_t row)
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
        size_t start = careful_start(c, first);
        const struct bytes piece = {.data = c->m->data.data + start, .length = careful_start(c, row) - start};
        if (sink->send(sink, &piece, e) != 0)
            return -1;
    }
    return 0;
}

struct refusal {
    int64_t line; /* of the rows that were sent, from 1; 0: unknown */
    struct err why;
};

static void open_group(struct step *s)
{
    if (!s->in_group)
        journal_group_begin(s->lane->pg);
    s->in_group = 1;
}

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
    open_group(s);
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
    /* Rows are stored many at a time: the one that is too large is any of those before the line. */
    if (r->line < 0 || r->line > count_live(c, from, to) || is_too_large(&r->why))
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
    step_add(s, done);
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
        for (size_t i = 0; i < s->table->write.count; i++)
            s->watches[i].each = 1;
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

/* The reader has counted the row in. */
static int take_from_digests(struct careful *c, size_t row, struct err *e)
{
    struct step *s = c->step;
    if (!load_is_digested(s->table))
        return 0;
    return load_digests_row(&s->digests, c->m->data.data + careful_start(c, row), DIGEST_TAKE, e);
}

int careful_refuse(struct careful *c, size_t row, const struct err *why, struct err *e)
{
    c->gone[row] = 1;
    c->step->refused++;
    if (take_from_digests(c, row, e) != 0)
        return -1;
    return count_refused(c->step, &c->m->batch, row, e) != 0 ? -1 : c->refused(c, row, why, e);
}

/* Remembers which unique index refused a row, for the guess: what the server said of it, up to the key. */
static void note_duplicate(struct refusals *lately, const struct err *why)
{
    char said[250];
    size_t used = strlen(lately->duplicates), size = sizeof lately->duplicates;
    (void)snprintf(said, sizeof said, "%.*s\n", (int)strcspn(why->message, "("), why->message);
    if (strcmp(why->sqlstate, "23505") != 0 || used + strlen(said) >= size || strstr(lately->duplicates, said))
        return;
    (void)snprintf(lately->duplicates + used, size - used, "%s", said);
    lately->duplicates_told++;
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
        c->step->lane->refusals.in_order = 1;
        if (r.line == 0 && left > 1) {
            size_t half = live_row(c, from, left / 2);
            if (settle(c, from, half, NULL, e) != 0)
                return -1;
            from = half;
            continue;
        }
        size_t bad = live_row(c, from, r.line ? r.line - 1 : 0);
        if (c->step->table->emit_count > 0 && r.line > 1 && !stands_alone(&r.why)) {
            /* The rows before it are in place only once the server has taken what was made of them, too. */
            if (settle(c, from, bad, NULL, e) != 0)
                return -1;
            from = bad;
            continue;
        }
        note_duplicate(&c->step->lane->refusals, &r.why);
        c->found++;
        if (careful_refuse(c, bad, &r.why, e) != 0)
            return -1;
    }
    return 0;
}

/* Finds rows that are refused for themselves, by tries of a window of rows that are undone again; what a function
 * refuses, which may have looked at other rows, is held back until these are in place. A window is as long
 * as one bad row is likely to be in it: what is sent behind a bad row is sent for nothing, and so is a window without
 * one. 0: all rows were tried, or one was refused in another way; then, if all rows were in that try, 1, and *r has it.
 * 2: all were kept at once. -1 and e. */
static int probe(struct careful *c, size_t first, size_t end, struct refusal *r, struct err *e)
{
    struct sink_counts done = {0};
    struct step *s = c->step;
    size_t distance = s->lane->refusals.distance;
    size_t window = distance ? 3 * distance + 8 : end - first;
    for (size_t from = first; count_live(c, from, end) > 0;) {
        size_t to = end - from > window ? from + window : end;
        int64_t left = count_live(c, from, to);
        int whole = from == first && to == end;
        int rc = left > 0 ? attempt(c, from, to, &done, r, e) : 0;
        if (rc < 0)
            return -1;
        if (rc == 0 && left > 0 && whole)
            return keep(c, left, &done, e) != 0 ? -1 : 2;
        if (rc == 0) {
            if (left > 0)
                journal_group_undo(s->lane->pg);
            from = to;
            continue;
        }
        if (r->line == 0 || !(stands_alone(&r->why) || r->why.by_function))
            return whole;
        size_t bad = live_row(c, from, r->line - 1);
        c->found++;
        if (r->why.by_function)
            c->held[bad] = c->gone[bad] = 1;
        else if (careful_refuse(c, bad, &r->why, e) != 0)
            return -1;
        from = bad + 1;
    }
    return 0;
}

/* Holds rows back that will likely be refused: they are marked in c->held and as gone. 0, or -1 and e. */
static int hold(struct careful *c, size_t first, size_t end, struct err *e)
{
    memset(c->held, 0, c->m->batch.rows);
    /* Rows with others behind them are not looked at by their bytes. */
    if (c->step->lane->refusals.distance == 0 || c->step->table->emit_count > 0)
        return 0;
    open_group(c->step);
    if (guess_rows(c, first, end, c->held, e) != 0)
        return -1;
    for (size_t row = first; row < end; row++)
        c->gone[row] |= c->held[row];
    return 0;
}

/* Tries them alone, once all others are in their places. 0, or -1 and e. */
static int try_held(struct careful *c, size_t first, size_t end, struct err *e)
{
    struct sink_counts done = {0};
    struct refusal r;
    int rc = c->step->table->emit_count > 0 ? 0 : trial_rows(c, first, end, e);
    for (size_t row = first; row < end && rc >= 0; row++) {
        if (!c->held[row])
            continue;
        c->held[row] = c->gone[row] = 0;
        rc = attempt(c, row, row + 1, &done, &r, e);
        if (rc == 0)
            rc = keep(c, 1, &done, e);
        else if (rc == 1)
            rc = careful_refuse(c, row, &r.why, e);
        c->gone[row] = 1;
    }
    return rc;
}

static int send_group(struct careful *c, size_t first, size_t end, struct err *e)
{
    struct refusal r;
    struct step *s = c->step;
    struct refusals *lately = &s->lane->refusals;
    int64_t refused = -s->refused, found = -c->found;
    if (hold(c, first, end, e) != 0)
        return -1;
    int rc = lately->in_order ? 0 : probe(c, first, end, &r, e);
    /* A refused row costs the rows before it once more: as few as will have one or two of them. */
    size_t some = lately->in_order && lately->distance ? 2 * lately->distance + 8 : end - first;
    for (size_t from = first; (rc == 0 || rc == 1) && from < end; from += some)
        if (settle(c, from, end - from > some ? from + some : end, rc == 1 ? &r : NULL, e) != 0)
            rc = -1;
        else
            rc = 0;
    if (rc < 0 || try_held(c, first, end, e) != 0)
        return -1;
    refused += s->refused;
    found += c->found;
    lately->distance = refused == 0 ? 0 : (end - first) / (size_t)(found ? found : 1);
    lately->in_order = lately->in_order && found;
    return 0;
}

/* All rows at once, but for those of which a refusal is foreseen. 1: others were refused; -1 and e. */
static int send_at_once(struct careful *c, struct err *e)
{
    struct sink_counts done = {0};
    struct refusal r;
    size_t rows = c->m->batch.rows;
    if (hold(c, 0, rows, e) != 0)
        return -1;
    int64_t left = count_live(c, 0, rows);
    int rc = left > 0 ? attempt(c, 0, rows, &done, &r, e) : 0;
    if (rc == 0 && left > 0)
        rc = keep(c, left, &done, e);
    if (rc == 0)
        return try_held(c, 0, rows, e);
    for (size_t row = 0; row < rows; row++)
        c->gone[row] &= !c->held[row];
    return rc;
}

int careful_rows(struct careful *c, struct err *e)
{
    struct step *s = c->step;
    size_t rows = c->m->batch.rows;
    int rc = 1;
    c->held = mem_alloc(rows + 1, e);
    if (!c->held)
        return -1;
    for (size_t row = 0; row < rows; row++)
        c->gone[row] = careful_start(c, row) == careful_start(c, row + 1);
    if (s->lane->refusals.foreseen)
        rc = send_at_once(c, e);
    for (size_t from = 0; rc == 1 && from < rows; from += GROUP_ROWS)
        if (send_group(c, from, rows - from > GROUP_ROWS ? from + GROUP_ROWS : rows, e) != 0)
            rc = -1;
    s->lane->refusals.foreseen = c->found == 0;
    mem_free(c->held);
    c->held = NULL;
    return rc < 0 ? -1 : 0;
}
