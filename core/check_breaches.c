/* check_breaches.c: duplicates and orphans, from sorted digests.
 *
 * The first row of a key keeps it, as it does in a load, which comes in the order of rows; a row that lost one key
 * keeps no other. Orphans come after duplicates, and rejecting one may make others. */
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

/* The next record of a key, its row as a number within the table. As sort_cursor_next. */
static int next_record(const struct check *c, struct sort_cursor *cursor, struct sort_record *record, struct err *e)
{
    int got = sort_cursor_next(cursor, record, e);

    if (got > 0) {
        record->row = check_row(c, record->row);
    }
    return got;
}

/* ---- duplicates ---- */

/* Rows that have a key in common are a group. Those of all keys of a table are gone through in the order of rows: a row
 * takes its groups, unless one of them is taken. */
struct groups {
    struct check *check;
    struct sorter members;     /* key: row and group; row: the key */
    struct sort_buffer buffer; /* of members */
    uint64_t count;
    struct row_set taken; /* groups */
    struct row_set losers;
    struct sort_record *open; /* owned: the memberships of the row under way, at most one a key */
    size_t open_count;
};

static int add_member(struct groups *g, uint64_t row, size_t key, struct err *e)
{
    struct sort_record member = {.key = {row, g->count}, .row = key};

    return sort_buffer_add(&g->buffer, &member, e);
}

/* The groups of one key. */
static int gather(struct groups *g, size_t key, struct err *e)
{
    struct sort_cursor *cursor = NULL;
    struct sort_record record, first = {.row = 0};
    int size = 0;
    int got;

    if (sort_cursor_open(&cursor, &g->check->sorters[key], e) != 0) {
        return -1;
    }
    while ((got = next_record(g->check, cursor, &record, e)) > 0) {
        if (size == 0 || !same_key(&record, &first)) {
            g->count += size > 1;
            first = record;
            size = 1;
            continue;
        }
        if ((size == 1 && add_member(g, first.row, key, e) != 0) || add_member(g, record.row, key, e) != 0) {
            got = -1;
            break;
        }
        size = 2;
    }
    g->count += size > 1;
    sort_cursor_close(cursor);
    return got;
}

/* The row whose memberships are open: it takes its groups, or it loses those that are taken. */
static int settle(struct groups *g, struct err *e)
{
    int lost = 0;

    for (size_t i = 0; i < g->open_count; i++) {
        const struct sort_record *member = &g->open[i];

        if (row_set_has(&g->taken, member->key[1])) {
            struct check_breaches *out = &g->check->result->keys[member->row].duplicates;

            lost = 1;
            out->count++;
            keep_example(out, member->key[0], member->key[1]); /* the group, until its first row is known */
        }
    }
    if (lost) {
        return row_set_add(&g->losers, g->open[0].key[0], e) < 0 ? -1 : 0;
    }
    for (size_t i = 0; i < g->open_count; i++) {
        if (row_set_add(&g->taken, g->open[i].key[1], e) < 0) {
            return -1;
        }
    }
    return 0;
}

static int settle_all(struct groups *g, struct err *e)
{
    struct sort_cursor *cursor = NULL;
    struct sort_record member;
    int got;

    if (sort_cursor_open(&cursor, &g->members, e) != 0) {
        return -1;
    }
    while ((got = sort_cursor_next(cursor, &member, e)) > 0) {
        if (g->open_count > 0 && g->open[0].key[0] != member.key[0]) {
            if (settle(g, e) != 0) {
                got = -1;
                break;
            }
            g->open_count = 0;
        }
        g->open[g->open_count++] = member;
    }
    sort_cursor_close(cursor);
    return got != 0 ? -1 : settle(g, e);
}

/* The examples know their group; the first of its rows that did not lose is the one that keeps the key. */
static int find_first_rows(struct groups *g, struct err *e)
{
    struct sort_cursor *cursor = NULL;
    struct sort_record member;
    struct row_set found = {0};
    int got;

    if (sort_cursor_open(&cursor, &g->members, e) != 0) {
        return -1;
    }
    while ((got = sort_cursor_next(cursor, &member, e)) > 0) {
        struct check_breaches *out = &g->check->result->keys[member.row].duplicates;
        int is_first = !row_set_has(&g->losers, member.key[0]) && !row_set_has(&found, member.key[1]);

        for (size_t i = 0; is_first && i < out->example_count; i++) {
            if (out->examples[i].first == member.key[1] && !out->examples[i].named) {
                out->examples[i].first = member.key[0];
                out->examples[i].named = 1;
            }
        }
        if (is_first && row_set_add(&found, member.key[1], e) < 0) {
            got = -1;
            break;
        }
    }
    row_set_free(&found);
    sort_cursor_close(cursor);
    return got;
}

static int gather_all(struct groups *g, size_t table, int *rejects, struct err *e)
{
    const struct check_options *o = g->check->options;

    for (size_t i = 0; i < o->key_count; i++) {
        if (o->keys[i].table == table && o->keys[i].unique) {
            *rejects = o->keys[i].rejects;
            if (gather(g, i, e) != 0) {
                return -1;
            }
        }
    }
    return sort_buffer_flush(&g->buffer, e);
}

static int find_duplicates(struct check *c, size_t table, struct err *e)
{
    struct groups g = {.check = c, .members = {.spill = c->spill}};
    int rejects = 0;
    int result = -1;

    g.buffer.sorter = &g.members;
    g.open = mem_alloc((c->options->key_count + 1) * sizeof *g.open, e);
    if (g.open != NULL && gather_all(&g, table, &rejects, e) == 0 &&
        (g.count == 0 || (settle_all(&g, e) == 0 && find_first_rows(&g, e) == 0))) {
        result = rejects ? row_set_join(&c->gone[table], &g.losers, 0, e) : 0;
    }
    sort_buffer_free(&g.buffer);
    sorter_free(&g.members);
    row_set_free(&g.taken);
    row_set_free(&g.losers);
    mem_free(g.open);
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
    j->has_ahead = next_record(j->check, j->parent, &j->ahead, e);
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

    while (got >= 0 && (got = next_record(j->check, j->child, &record, e)) > 0) {
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
    uint64_t *seen = mem_alloc((o->reference_count + 1) * sizeof *seen, e);
    int again = 1;

    if (seen == NULL) {
        return -1;
    }
    memset(seen, 0xFF, (o->reference_count + 1) * sizeof *seen);
    while (again) {
        again = 0;
        for (size_t i = 0; i < o->reference_count; i++) {
            const struct row_set *gone = &c->gone[o->keys[o->references[i].parent].table];

            if (seen[i] == gone->count) {
                continue;
            }
            seen[i] = gone->count;
            again = 1;
            if (find_orphans(c, i, e) != 0) {
                mem_free(seen);
                return -1;
            }
        }
    }
    mem_free(seen);
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
