/* lane_lost.c: which steps of a chain count. The load's steps do not wait for the server's disk, so a crash of the
 * server may take back the last ones of those that it had acknowledged. Then the journal has the chain at an earlier
 * slice, and what was counted for that one and those behind it is taken back, too: here, in the tally and in what is
 * told.
 *
 * Only one lane at a time works on a chain, and the slices of a chain have growing numbers: of what is counted here the
 * journal keeps the first ones. A number that was lost with its slice may be given again, but not while it is counted
 * here. */
#include <string.h>

#include "lane_step.h"

enum { STEPS_AT_RISK = 64 };

struct counted_step {
    int64_t slice, read, rejected;
};

void chain_free(struct chain *c)
{
    bytes_free(&c->until);
    bytes_free(&c->steps.counted);
}

int lane_expect(struct lane *l, int *durable, struct err *e)
{
    struct bytes *counted = &l->chain->steps.counted;
    *durable =
        journal_distrusts(&l->options->journal) || counted->length >= STEPS_AT_RISK * sizeof(struct counted_step);
    return bytes_reserve(counted, sizeof(struct counted_step), e);
}

/* Adds the step to all that counts, or with below 0 rows takes it back. */
static void count(const struct lane *l, const struct journal_counts *counts)
{
    const struct lane_options *o = l->options;
    tally_commit(l->tally, l->chain->index, counts->read, counts->rejected);
    if (o->progress)
        o->progress(o->context, l->chain->table, counts, NULL);
}

void lane_count_step(struct lane *l, int64_t slice, const struct journal_counts *counts)
{
    struct bytes *counted = &l->chain->steps.counted;
    const struct counted_step step = {.slice = slice, .read = counts->read, .rejected = counts->rejected};
    struct err ignored;
    if (counted->length >= STEPS_AT_RISK * sizeof step)
        counted->length = 0; /* it has waited for the disk, and all before it with it */
    else
        (void)bytes_append(counted, &step, sizeof step, &ignored); /* there is room: lane_expect */
    count(l, counts);
}

/* The chain's last step that is counted is not any more. */
static void take_back(struct lane *l, const struct counted_step *step)
{
    const struct journal_counts counts = {.read = -step->read, .rejected = -step->rejected};
    atomic_int *distrusted = l->options->journal.distrusted;
    l->chain->steps.counted.length -= sizeof *step;
    if (distrusted)
        atomic_store_explicit(distrusted, 1, memory_order_relaxed);
    (void)tally_reject(l->tally, counts.rejected);
    count(l, &counts);
}

void lane_settle(struct lane *l, int64_t next)
{
    struct chain_steps *steps = &l->chain->steps;
    struct counted_step last;
    while (next != 0 && steps->counted.length > 0) {
        memcpy(&last, steps->counted.data + steps->counted.length - sizeof last, sizeof last);
        if (last.slice < next)
            break;
        take_back(l, &last);
    }
    if (steps->unsure != 0 && (next == 0 || steps->unsure < next)) {
        (void)tally_reject(l->tally, steps->unsure_counts.rejected);
        lane_count_step(l, steps->unsure, &steps->unsure_counts);
    }
    steps->unsure = 0;
}
