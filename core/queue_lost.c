/* queue_lost.c: what a crash of the server has taken back. Steps of the load and builds do not wait for the server's
 * disk, so what this process takes for done may be open again, rows and journal's row alike. The journal is asked on
 * every new connection and at the end of the load: no foreign key is looked at before the rows are there again. */
#include <string.h>

#include "queue.h"

static int add_part(void *context, const struct journal_part *part, struct err *e)
{
    return queue_add(context, part, e);
}

/* How far an object is. */
static int rank(const char *state)
{
    return strcmp(state, "done") == 0 ? 2 : strcmp(state, "added") == 0;
}

/* Steps of the object from its state on are open. */
static void add_object(void *context, int64_t id, const char *state)
{
    struct queue *open = context;
    for (size_t i = 0; i < open->build_count; i++) {
        const struct journal_object *o = &open->plan_builds[i].object;
        if (o->id == id && rank(state) <= rank(o->from))
            open->builds[i] = WORK_WAITS;
    }
}

int queue_ask(struct queue *open, const struct queue *q, struct pgwire *p, const struct journal *j, struct err *e)
{
    int objects = 0;
    if (queue_init(open, q->plan, q->table_count, q->plan_builds, q->build_count, e) != 0)
        return -1;
    for (size_t i = 0; i < open->build_count; i++) {
        open->builds[i] = WORK_DONE;
        objects |= open->plan_builds[i].object.id != 0;
    }
    if (journal_parts(p, j, add_part, open, e) == 0 && queue_arrange(open, e) == 0 &&
        (!objects || journal_open_objects(p, j, add_object, open, e) == 0))
        return 0;
    queue_free(open);
    return -1;
}

static int is_open(const struct queue *open, const struct chain *c)
{
    const struct queue_table *t = &open->tables[c->index];
    for (size_t i = t->first; i < t->end; i++) {
        const struct bytes *until = &open->chains[i].chain.until;
        if (until->length == c->until.length &&
            (until->length == 0 || memcmp(until->data, c->until.data, until->length) == 0))
            return 1;
    }
    return 0;
}

/* Statements that are to come behind what is open again: the journal knows nothing of them. */
static size_t reopen_statements(struct queue *q)
{
    size_t count = 0;
    for (int changed = 1; changed;) {
        changed = 0;
        for (size_t i = 0; i < q->build_count; i++) {
            const struct work w = {.build = &q->plan_builds[i]};
            if (w.build->object.id == 0 && q->builds[i] == WORK_DONE && !queue_may_begin(q, &w)) {
                q->builds[i] = WORK_WAITS;
                changed = 1;
                count++;
            }
        }
    }
    return count;
}

size_t queue_reopen(struct queue *q, const struct queue *open, size_t ended)
{
    size_t count = 0;
    for (size_t i = 0; i < q->chain_count; i++) {
        struct queue_chain *c = &q->chains[i];
        if (c->state == WORK_DONE && c->ended <= ended && is_open(open, &c->chain)) {
            c->state = WORK_WAITS;
            q->tables[c->chain.index].left++;
            count++;
        }
    }
    for (size_t i = 0; i < q->build_count; i++)
        if (q->builds[i] == WORK_DONE && q->builds_ended[i] <= ended && open->builds[i] == WORK_WAITS) {
            q->builds[i] = WORK_WAITS;
            count++;
        }
    return count ? count + reopen_statements(q) : 0;
}
