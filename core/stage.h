/* stage.h: what stands between source and codec where the plan has a hook, or replaces keys, for a table. A table
 * without any has no stage and pays nothing. Stages see cells only: SQLite's classes before any conversion. A table may
 * have several, one behind the other. */
#ifndef WHERRY_STAGE_H
#define WHERRY_STAGE_H

#include "batch.h"

/* What stages have made of a row of the batch. */
struct stage_row {
    struct err *why;     /* owned; not NULL: the row is refused, it does not get into the target */
    unsigned char stops; /* .. and the load stops with it, else it is rejected */
    unsigned char gone;  /* it was taken out on purpose */
    size_t emitted;      /* in stage_result.emitted: rows for other tables that were made of it .. */
    size_t emitted_length;
};

/* Rows that were taken out for one reason. */
struct stage_reason {
    char *text; /* owned */
    int64_t rows;
};

enum {
    STAGE_REASONS_MOST = 100,  /* of one count; rows with further ones are counted together, as .. */
    STAGE_REASON_LENGTH = 200, /* bytes; a longer one is cut */
    STAGE_BYTES = 1024 * 1024, /* by which rows may grow until a stage leaves what follows for later */
};
#define STAGE_OTHER_REASONS "other reasons"

/* What stages have made of rows. Zeroed at start; free it with stage_result_free. */
struct stage_result {
    size_t slot; /* which of those that work side by side asks, from 0: each has a lua_State of its own */
    /* A row of the batch each, in the batch's order. */
    struct stage_row *rows; /* owned */
    size_t row_count, row_capacity;
    struct bytes emitted; /* owned; rows for other tables (emit.h), of all rows of the batch */
    size_t own;           /* bytes of the batch's arena when the stages were begun .. */
    size_t before;        /* .. and rows of the batch that were dealt with before */
    size_t later, left;   /* where the rows begin that are left for later, and how many; none: 0 */
    /* Since stage_result_reset. */
    int64_t merged;               /* rows that are another row from now on */
    int64_t filtered;             /* rows that were dropped */
    struct stage_reason *reasons; /* owned; of those that were dropped */
    size_t reason_count;
};

struct stage {
    /* Changes the cells of the batch in place, and says of rows that they are dropped, merged or refused; rows of which
     * stage_is_out is true are left alone. No row is moved. The first stage may leave rows for later (stage_leave).
     * Called in a reading thread. 0, or -1 and e: what stops the load without being about one row. */
    int (*apply)(struct stage *s, struct batch *b, struct stage_result *r, struct err *e);
};

/* Takes a row of the batch out and counts why. 0, or -1 and e. */
int stage_drop(struct stage_result *r, size_t row, const char *reason, size_t length, struct err *e);

/* Takes a row of the batch out: it is another row from now on. */
void stage_merge(struct stage_result *r, size_t row);

/* Refuses a row of the batch; why: has the kind ERR_VALUE, and a source column where one is known. stops: what the plan
 * says of bad values there (on_bad) is that the load stops; else the row is rejected. 0, or -1 and e. */
int stage_refuse(struct stage_result *r, size_t row, const struct err *why, int stops, struct err *e);

/* True for a row that an earlier stage, or this one, has taken out or refused. */
static inline int stage_is_out(const struct stage_result *r, size_t row)
{
    return r->rows[row].gone || r->rows[row].why != NULL;
}

/* Why a row of the batch is refused, or NULL. */
static inline const struct stage_row *stage_refusal(const struct stage_result *r, size_t row)
{
    return row < r->row_count && r->rows[row].why ? &r->rows[row] : NULL;
}

/* Rows for other tables that were made of a row of the batch; owned by the result. */
static inline struct bytes stage_emitted(const struct stage_result *r, size_t row)
{
    const struct stage_row *at = row < r->row_count ? &r->rows[row] : NULL;
    return at && at->emitted_length
               ? (struct bytes){.data = r->emitted.data + at->emitted, .length = at->emitted_length}
               : (struct bytes){0};
}

/* True when what stages have made of rows is so large that those from the row on, of which there are some, are best
 * left for later. */
static inline int stage_is_full(const struct batch *b, const struct stage_result *r, size_t row)
{
    return row > 0 && row < b->rows && b->arena.length - r->own + r->emitted.length >= STAGE_BYTES;
}

/* Leaves the rows of the batch from this one on for later. */
void stage_leave(struct batch *b, struct stage_result *r, size_t row);

/* Sends the batch through all stages. From then on the rows that were taken out are no more in it, and r->rows are
 * those that are. What is left for later is not in it either: stages_go_on. Without stages r->row_count is 0. 0, or -1
 * and e. */
int stages_apply(struct stage *const *stages, size_t count, struct batch *b, struct stage_result *r, struct err *e);

/* Behind stages_apply, when nothing of the rows is wanted any more: 1: the batch has those that were left for later,
 * and nothing of the others; stages_apply has to be called again. 0: there are none. */
int stages_go_on(struct batch *b, struct stage_result *r);

/* Adds the counts of another one. 0, or -1 and e. */
int stage_result_add(struct stage_result *to, const struct stage_result *from, struct err *e);

/* Begins the counts anew. */
void stage_result_reset(struct stage_result *r);
void stage_result_free(struct stage_result *r);

#endif
