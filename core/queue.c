/* queue.c: which work comes next. */
#include "queue.h"

#include <string.h>

int queue_init(struct queue *q, const struct table_load *tables, size_t table_count, const struct build *builds,
               size_t build_count, struct err *e)
{
    *q = (struct queue){.plan = tables, .table_count = table_count, .plan_builds = builds, .build_count = build_count};
    q->tables = mem_alloc((table_count + 1) * sizeof *q->tables, e);
    q->builds = mem_alloc((build_count + 1) * sizeof *q->builds, e);
    q->builds_ended = mem_alloc((build_count + 1) * sizeof *q->builds_ended, e);
    q->awaited = mem_alloc(build_count + 1, e);
    if (q->tables && q->builds && q->builds_ended && q->awaited)
        return 0;
    queue_free(q);
    return -1;
}

void queue_free(struct queue *q)
{
    for (size_t i = 0; i < q->chain_count; i++)
        chain_free(&q->chains[i].chain);
    mem_free(q->chains);
    mem_free(q->tables);
    mem_free(q->builds);
    mem_free(q->builds_ended);
    mem_free(q->awaited);
    *q = (struct queue){0};
}

static int make_room(struct queue *q, struct err *e)
{
    if (q->chain_count < q->chain_room)
        return 0;
    size_t room = q->chain_room ? 2 * q->chain_room : 16;
    struct queue_chain *chains = mem_alloc(room * sizeof *chains, e);
    if (!chains)
        return -1;
    if (q->chain_count)
        memcpy(chains, q->chains, q->chain_count * sizeof *chains);
    mem_free(q->chains);
    q->chains = chains;
    q->chain_room = room;
    return 0;
}

int queue_add(struct queue *q, const struct journal_part *part, struct err *e)
{
    size_t table = 0;
    while (table < q->table_count &&
           (strcmp(q->plan[table].read.table, part->table) != 0 || strcmp(q->plan[table].source, part->source) != 0))
        table++;
    if (table == q->table_count)
        return 0;
    if (make_room(q, e) != 0)
        return -1;
    struct queue_chain *c = &q->chains[q->chain_count];
    *c = (struct queue_chain){.chain = {.table = &q->plan[table], .index = table}, .state = WORK_WAITS};
    if (part->until_length && bytes_append(&c->chain.until, part->until, part->until_length, e) != 0)
        return -1;
    q->chain_count++;
    return 0;
}

int queue_arrange(struct queue *q, struct err *e)
{
    struct queue_chain *sorted = mem_alloc((q->chain_count + 1) * sizeof *sorted, e);
    size_t at = 0;
    if (!sorted)
        return -1;
    for (size_t i = 0; i < q->chain_count; i++)
        q->tables[q->chains[i].chain.index].left++;
    for (size_t table = 0; table < q->table_count; table++) {
        q->tables[table].first = q->tables[table].end = at;
        at += q->tables[table].left;
    }
    for (size_t i = 0; i < q->chain_count; i++)
        sorted[q->tables[q->chains[i].chain.index].end++] = q->chains[i];
    mem_free(q->chains);
    q->chains = sorted;
    return 0;
}

void queue_count(struct queue *q, size_t table, int64_t rows)
{
    q->tables[table].rows += rows;
    q->weighed = 0;
}

int queue_is_loaded(const struct queue *q, size_t table)
{
    return q->tables[table].left == 0;
}

static int may_begin(const struct queue *q, size_t table)
{
    const struct table_load *t = &q->plan[table];
    for (size_t i = 0; i < t->after_count; i++)
        if (t->after[i] != table && !queue_is_loaded(q, t->after[i]))
            return 0;
    return 1;
}

static struct queue_chain *waiting_chain(const struct queue *q, size_t table)
{
    for (size_t i = q->tables[table].first; i < q->tables[table].end; i++)
        if (q->chains[i].state == WORK_WAITS)
            return &q->chains[i];
    return NULL;
}

/* A part of the table at which the fewest lanes are, and no more than `most`; NULL: there is none. */
static struct queue_chain *find_chain(const struct queue *q, size_t most, int in_order)
{
    struct queue_chain *found = NULL;
    for (size_t table = 0; table < q->table_count; table++) {
        const struct queue_table *t = &q->tables[table];
        if (t->left == 0 || t->lanes > most || (in_order && !may_begin(q, table)))
            continue;
        if (found && t->lanes >= q->tables[found->chain.index].lanes)
            continue;
        struct queue_chain *chain = waiting_chain(q, table);
        if (chain)
            found = chain;
        if (chain && t->lanes == 0)
            break;
    }
    return found;
}

/* Statements that the journal has no object for. */
static int is_statements(const struct build *b)
{
    return b->object.id == 0;
}

/* What waits for an object that was given up is given up, too. */
static void pass_on(struct queue *q)
{
    for (int changed = 1; changed;) {
        changed = 0;
        for (size_t i = 0; i < q->build_count; i++) {
            const struct build *b = &q->plan_builds[i];
            for (size_t k = 0; k < b->wait_count && q->builds[i] == WORK_WAITS; k++)
                if (q->builds[b->waits[k]] == WORK_GIVEN_UP && !is_statements(&q->plan_builds[b->waits[k]])) {
                    q->builds[i] = WORK_GIVEN_UP;
                    changed = 1;
                }
        }
    }
}

static int may_build(const struct queue *q, const struct build *b)
{
    for (size_t i = 0; i < b->table_count; i++)
        if (!queue_is_loaded(q, b->tables[i]))
            return 0;
    for (size_t i = 0; i < b->wait_count; i++) {
        enum work_state state = q->builds[b->waits[i]];
        if (state != WORK_DONE && !(state == WORK_GIVEN_UP && is_statements(&q->plan_builds[b->waits[i]])))
            return 0;
    }
    for (size_t i = 0; i < b->exclude_count; i++)
        if (q->builds[b->excludes[i]] == WORK_UNDER_WAY)
            return 0;
    return 1;
}

static void look_who_waits(struct queue *q)
{
    for (size_t i = 0; i < q->build_count; i++)
        for (size_t k = 0; k < q->plan_builds[i].wait_count; k++)
            q->awaited[q->plan_builds[i].waits[k]] = 1;
    q->looked = 1;
}

static void weigh(struct queue *q)
{
    if (!q->looked)
        look_who_waits(q);
    for (size_t i = 0; i < q->table_count; i++)
        q->tables[i].weight = q->tables[i].rows;
    for (size_t i = 0; i < q->build_count; i++) {
        const struct build *b = &q->plan_builds[i];
        for (size_t k = 1; k < b->table_count; k++) {
            struct queue_table *other = &q->tables[b->tables[k]];
            int64_t rows = q->tables[b->tables[0]].rows;
            other->weight = other->weight < rows ? rows : other->weight;
        }
    }
    q->weighed = 1;
}

/* A foreign key is checked by reading both of its tables. */
static int64_t weight_of(const struct queue *q, const struct build *b)
{
    int64_t rows = 0;
    for (size_t i = 0; i < b->table_count; i++)
        rows += q->tables[b->tables[i]].rows;
    int64_t weight = b->table_count ? q->tables[b->tables[0]].weight : 0;
    return rows > weight ? rows : weight;
}

static int goes_before(const struct queue *q, const struct build *b, const struct build *other)
{
    int awaited = q->awaited[b - q->plan_builds], other_awaited = q->awaited[other - q->plan_builds];
    return awaited != other_awaited ? awaited : weight_of(q, b) > weight_of(q, other);
}

/* The build that may begin before others, an object of the journal or statements; NULL: there is none. */
static const struct build *find_build(struct queue *q, int statements)
{
    const struct build *found = NULL;
    if (!q->weighed)
        weigh(q);
    for (size_t i = 0; i < q->build_count; i++) {
        const struct build *b = &q->plan_builds[i];
        if (q->builds[i] == WORK_WAITS && is_statements(b) == statements && (!found || goes_before(q, b, found)) &&
            may_build(q, b))
            found = b;
    }
    return found;
}

static void begin_build(struct queue *q, const struct build *b)
{
    q->builds[b - q->plan_builds] = WORK_UNDER_WAY;
    q->under_way++;
}

enum claim queue_claim(struct queue *q, struct work *out)
{
    *out = (struct work){.chain = find_chain(q, 0, 1)};
    if (!out->chain)
        out->build = find_build(q, 0);
    if (!out->chain && !out->build)
        out->chain = find_chain(q, SIZE_MAX, 1);
    if (!out->chain && !out->build)
        out->build = find_build(q, 1);
    /* Tables that wait for each other in a ring. */
    if (!out->chain && !out->build && q->under_way == 0)
        out->chain = find_chain(q, 0, 0);
    if (out->chain) {
        out->chain->state = WORK_UNDER_WAY;
        q->tables[out->chain->chain.index].lanes++;
        q->under_way++;
    } else if (out->build) {
        begin_build(q, out->build);
    } else {
        /* Builds that wait for each other in a ring never come: nothing is under way that could end. */
        return q->under_way > 0 ? CLAIM_LATER : CLAIM_NOTHING;
    }
    return CLAIM_WORK;
}

enum claim queue_claim_statements(struct queue *q, struct work *out)
{
    *out = (struct work){.build = find_build(q, 1)};
    if (out->build) {
        begin_build(q, out->build);
        return CLAIM_WORK;
    }
    for (size_t i = 0; i < q->build_count; i++)
        if (q->builds[i] == WORK_WAITS && is_statements(&q->plan_builds[i]))
            return CLAIM_LATER;
    return CLAIM_NOTHING;
}

int queue_may_begin(const struct queue *q, const struct work *w)
{
    return w->chain ? may_begin(q, w->chain->chain.index) : may_build(q, w->build);
}

void queue_end(struct queue *q, const struct work *w, enum work_state state)
{
    q->under_way--;
    q->ended++;
    if (w->chain) {
        struct queue_table *t = &q->tables[w->chain->chain.index];
        w->chain->state = state;
        w->chain->ended = q->ended;
        t->lanes--;
        t->left -= state == WORK_DONE;
    } else {
        q->builds[w->build - q->plan_builds] = state;
        q->builds_ended[w->build - q->plan_builds] = q->ended;
        pass_on(q);
    }
}
