/* check_breaches.c: duplicates and orphans, from sorted digests.
 *
 * The first row of a key keeps it, as it does in a load, which comes in the order of rows. A row that lost one key does
 * not keep another: with several keys on a table that is found by rounds, each of which goes by the losers of the one
 * before; chains are as long as there are rounds. Orphans come after duplicates, and rejecting one may make others. */
#include <string.h>

#include "check_internal.h"

/* ---- examples ---- */

/* Keeps the first rows of all. */
static void keep_example(struct check_breaches *b, uint64_t row, uint64_t first)
{
    size_t at = b->example_count;

    while (at > 0 && b->examples[at - 1].row > row) {
        at--;
    }
    if (at == CHECK_EXAMPLES) {
        return;
    }
    if (b->example_count < CHECK_EXAMPLES) {
        b->example_count++;
    }
    memmove(&b->examples[at + 1], &b->examples[at], (b->example_count - at - 1) * sizeof b->examples[0]);
    b->examples[at].row = row;
    b->examples[at].first = first;
}

static int same_key(const struct sort_record *a, const struct sort_record *b)
{
    return a->key[0] == b->key[0] && a->key[1] == b->key[1];
}

/* ---- duplicates ---- */

/* The losers of one key, where those in `before` keep nothing. */
static int find_losers(struct check *c, size_t key, const struct row_set *before, struct row_set *losers, struct err *e)
{
    struct check_breaches *out = &c->result->keys[key].duplicates;
    struct sort_cursor *cursor = NULL;
    struct sort_record record, winner = {.row = 0};
    int has_winner = 0;
    int got;

    memset(out, 0, sizeof *out);
    if (sort_cursor_open(&cursor, &c->sorters[key], e) != 0) {
        return -1;
    }
    while ((got = sort_cursor_next(cursor, &record, e)) > 0) {
        if (has_winner && same_key(&record, &winner)) {
            out->count++;
            keep_example(out, record.row, winner.row);
            if (row_set_add(losers, record.row, e) < 0) {
                got = -1;
                break;
            }
        } else if (!row_set_has(before, record.row)) {
            winner = record;
            has_winner = 1;
        }
    }
    sort_cursor_close(cursor);
    return got;
}

/* All keys of a table, once. *broken: those with duplicates; *rejects: whether these are rejected. */
static int one_round(struct check *c, size_t table, const struct row_set *before, struct row_set *losers,
                     size_t *broken, int *rejects, struct err *e)
{
    const struct check_options *o = c->options;

    *broken = 0;
    for (size_t i = 0; i < o->key_count; i++) {
        if (o->keys[i].table == table && o->keys[i].unique) {
            if (find_losers(c, i, before, losers, e) != 0) {
                return -1;
            }
            *broken += c->result->keys[i].duplicates.count > 0;
            *rejects = o->keys[i].rejects;
        }
    }
    return 0;
}

static int find_duplicates(struct check *c, size_t table, struct err *e)
{
    struct row_set before = {0}, losers = {0};
    size_t broken = 0;
    int rejects = 0;
    int result = one_round(c, table, &before, &losers, &broken, &rejects, e);

    while (result == 0 && broken > 1 && !row_set_equal(&before, &losers)) {
        row_set_free(&before);
        before = losers;
        memset(&losers, 0, sizeof losers);
        result = one_round(c, table, &before, &losers, &broken, &rejects, e);
    }
    if (result == 0 && rejects) {
        result = row_set_join(&c->gone[table], &losers, e);
    }
    row_set_free(&before);
    row_set_free(&losers);
    return result;
}

/* ---- orphans ---- */

/* Goes through both keys side by side. */
struct join {
    struct check *check;
    struct sort_cursor *child;
    struct sort_cursor *parent;
    struct sort_record ahead; /* the parent's next record */
    int has_ahead;
    const struct row_set *gone; /* the parent's rows that are not there */
    struct sort_record key;     /* the child's key that was looked for */
    int looked;
    int found;
};

static int next_parent(struct join *j, struct err *e)
{
    j->has_ahead = sort_cursor_next(j->parent, &j->ahead, e);
    return j->has_ahead < 0 ? -1 : 0;
}

static int is_before(const struct sort_record *a, const struct sort_record *b)
{
    return a->key[0] < b->key[0] || (a->key[0] == b->key[0] && a->key[1] < b->key[1]);
}

/* Whether a parent row has the key. */
static int look(struct join *j, const struct sort_record *child, struct err *e)
{
    if (j->looked && same_key(&j->key, child)) {
        return 0;
    }
    j->looked = 1;
    j->found = 0;
    j->key = *child;
    while (j->has_ahead && is_before(&j->ahead, child)) {
        if (next_parent(j, e) != 0) {
            return -1;
        }
    }
    while (j->has_ahead && same_key(&j->ahead, child)) {
        j->found |= !row_set_has(j->gone, j->ahead.row);
        if (next_parent(j, e) != 0) {
            return -1;
        }
    }
    return 0;
}

static int join_rows(struct join *j, size_t child_table, int rejects, struct check_breaches *out, struct err *e)
{
    struct row_set *gone = &j->check->gone[child_table];
    struct sort_record record;
    int got = next_parent(j, e);

    while (got >= 0 && (got = sort_cursor_next(j->child, &record, e)) > 0) {
        if (row_set_has(gone, record.row)) {
            continue;
        }
        if (look(j, &record, e) != 0) {
            return -1;
        }
        if (!j->found) {
            out->count++;
            keep_example(out, record.row, record.row);
            if (rejects && row_set_add(gone, record.row, e) < 0) {
                return -1;
            }
        }
    }
    return got < 0 ? -1 : 0;
}

static int find_orphans(struct check *c, size_t reference, struct err *e)
{
    const struct check_reference *r = &c->options->references[reference];
    size_t child = c->options->keys[r->child].table;
    struct check_breaches *out = &c->result->references[reference];
    struct join j = {.check = c, .gone = &c->gone[c->options->keys[r->parent].table]};
    int result = -1;

    /* What is rejected is found once; what is not, each time anew. */
    if (!r->rejects) {
        memset(out, 0, sizeof *out);
    }
    if (sort_cursor_open(&j.child, &c->sorters[r->child], e) == 0 &&
        sort_cursor_open(&j.parent, &c->sorters[r->parent], e) == 0) {
        result = join_rows(&j, child, r->rejects, out, e);
    }
    sort_cursor_close(j.child);
    sort_cursor_close(j.parent);
    return result;
}

/* Until no table loses rows that others refer to. */
static int find_all_orphans(struct check *c, struct err *e)
{
    const struct check_options *o = c->options;
    uint64_t before, after = UINT64_MAX;

    do {
        before = after;
        after = 0;
        for (size_t i = 0; i < o->reference_count; i++) {
            if (find_orphans(c, i, e) != 0) {
                return -1;
            }
        }
        for (size_t i = 0; i < o->count; i++) {
            after += c->gone[i].count;
        }
    } while (after != before && after > 0);
    return 0;
}

int check_breaches(struct check *c, struct err *e)
{
    for (size_t i = 0; i < c->options->count; i++) {
        if (find_duplicates(c, i, e) != 0) {
            return -1;
        }
    }
    if (find_all_orphans(c, e) != 0) {
        return -1;
    }
    for (size_t i = 0; i < c->options->count; i++) {
        c->result->tables[i].rejected = (int64_t)c->gone[i].count;
    }
    return 0;
}
