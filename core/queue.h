/* queue.h: what the lanes of a load have to do, and which of it comes next: parts of tables (chains), and builds, which
 * are statements behind the load that put an index or a constraint in its place. It knows no threads: whoever shares it
 * locks it. */
#ifndef WHERRY_QUEUE_H
#define WHERRY_QUEUE_H

#include "lane.h"

/* An object of the journal that is put in place as soon as it can be, in one step; or, with the id 0, statements that
 * the journal has no object for, since they may be run at any time: what waits for these waits for their end, whether
 * the server takes them or not. Owned by the plan. */
struct build {
    struct journal_object object;
    const size_t *tables; /* indexes of tables that have to be loaded before */
    size_t table_count;
    const size_t *waits; /* indexes of builds that have to be done before */
    size_t wait_count;
    const size_t *excludes; /* indexes of builds that it can't be under way with; these name it, too */
    size_t exclude_count;
};

enum work_state { WORK_WAITS, WORK_UNDER_WAY, WORK_DONE, WORK_GIVEN_UP };

/* Chains, in the order of their tables. */
struct queue_chain {
    struct chain chain;
    enum work_state state;
    size_t ended; /* the how-manieth of all that ended */
};

struct queue_table {
    size_t first, end; /* its chains */
    size_t left;       /* of these: not done */
    size_t lanes;      /* at work on it */
    int64_t rows;      /* that were loaded */
    int64_t weight;    /* of its builds: rows of the largest table that is built on together with it */
};

struct queue {
    const struct table_load *plan;
    struct queue_table *tables;
    size_t table_count;
    struct queue_chain *chains;
    size_t chain_count, chain_room;
    const struct build *plan_builds;
    enum work_state *builds;
    size_t *builds_ended; /* as the chains' */
    size_t build_count;
    size_t under_way;       /* chains and builds */
    size_t ended;           /* how many of them have ended so far, each time that they did */
    unsigned char *awaited; /* a byte a build: others wait for it */
    int looked;             /* .. is known */
    int weighed;            /* the weights are those of the rows */
};

/* Something to do: one of the two. */
struct work {
    struct queue_chain *chain;
    const struct build *build;
};

/* A queue of builds alone: queue_add puts chains to it. 0, or -1 and e. */
int queue_init(struct queue *q, const struct table_load *tables, size_t table_count, const struct build *builds,
               size_t build_count, struct err *e);
void queue_free(struct queue *q);

/* Adds a part of a table that is not done; one of no table of the plan is passed over. 0, or -1 and e. */
int queue_add(struct queue *q, const struct journal_part *part, struct err *e);

/* Sorts what was added by tables. To be called once, before the first claim. 0, or -1 and e. */
int queue_arrange(struct queue *q, struct err *e);

enum claim { CLAIM_NOTHING, CLAIM_WORK, CLAIM_LATER };

/* Rows were loaded. */
void queue_count(struct queue *q, size_t table, int64_t rows);

/* What a lane does next: a part of a table that no lane is at, in the order of the plan; an object whose tables are
 * loaded; a part of a table that another lane is at (two COPYs into one table hinder each other); statements without an
 * object. Of builds those come first for which others wait, of these the ones of large tables, and of tables that these
 * refer to: they take longest, and last comes what fills up the rest. CLAIM_LATER: something waits for what is under
 * way; CLAIM_NOTHING: all is done or given up. */
enum claim queue_claim(struct queue *q, struct work *out);

/* The same for who takes statements without an object alone. CLAIM_LATER: some have to wait. */
enum claim queue_claim_statements(struct queue *q, struct work *out);

/* What was claimed ended: WORK_DONE, WORK_WAITS (it is to be claimed again) or WORK_GIVEN_UP (builds alone). */
void queue_end(struct queue *q, const struct work *w, enum work_state state);

/* True when all is done that the work needs. */
int queue_may_begin(const struct queue *q, const struct work *w);

/* --- queue_lost.c --- */

/* Asks the journal what is open: *open gets a queue of that, with the plan of q. To be freed with queue_free. 0, or -1
 * and e. */
int queue_ask(struct queue *open, const struct queue *q, struct pgwire *p, const struct journal *j, struct err *e);

/* Of what is done in q and had ended before (q->ended was `ended` when the journal was asked), the journal has some as
 * open again: a crash of the server has taken it back. It waits from now on, and so do statements that come behind it.
 * How many these are. */
size_t queue_reopen(struct queue *q, const struct queue *open, size_t ended);

/* True when nothing of the table is left. */
int queue_is_loaded(const struct queue *q, size_t table);

#endif
