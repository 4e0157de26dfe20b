/* journal.h: steps. Everything that changes PostgreSQL is a step: one transaction that locks its journal row, works,
 * advances the row and commits. This is the only part of wherry that commits, so exactly-once is decided here alone:
 * whoever finds the row already advanced (after a lost acknowledgement, or behind a killed client whose server backend
 * still committed) does nothing and goes on from what the row says.
 *
 * The journal's tables are created by lua/wherry/journal/schema.lua; C knows `slice`, `slice_target`, `slice_column`,
 * `slice_filtered`, `slice_digest`, `reject` and `object`. */
#ifndef WHERRY_JOURNAL_H
#define WHERRY_JOURNAL_H

#include <stdatomic.h>

#include "pgwire.h"

struct journal_statement {
    const char *sql;
    int count;                 /* parameters */
    const char *const *values; /* text, NULL entries are SQL NULL */
};

/* One step of plain statements: BEGIN; lock_sql (a SELECT .. FOR UPDATE that finds exactly the journal row in the state
 * in which the work is still to be done; NULL: the statements create their own journal rows); the statements; COMMIT.
 * *found is 0 when lock_sql found no row: then nothing was changed. On failure everything is rolled back. 0, or -1 and
 * e: ERR_CONNECTION leaves open whether the commit happened, and a repetition with the same lock_sql settles it. */
int journal_step(struct pgwire *p, const char *lock_sql, int lock_count, const char *const *lock_values,
                 const struct journal_statement *statements, size_t count, int *found, struct err *e);

/* The journal as a load step sees it. Strings are owned by the caller. */
struct journal {
    const char *schema; /* quoted, e.g. "wherry" or "\"My Journal\"" */
    int64_t run;
    /* Not 0: a crash of the server has taken back what was acknowledged. From then on all that the lanes do waits for
     * its disk, else what makes the server crash would come again behind each loss. May be NULL. */
    atomic_int *distrusted;
};

/* A range of source keys behind `lo`; `id` 0 means that no slice is left. */
struct journal_slice {
    int64_t id;
    struct bytes lo; /* encoded key (key.h) behind which the slice starts; empty: from the start */
};

/* What a step of the load did. */
struct journal_counts {
    int64_t read;     /* source rows */
    int64_t filtered; /* dropped by a stage */
    int64_t merged;   /* taken for other rows by a stage */
    int64_t rejected; /* kept out of the target, in the journal instead */
    int64_t passed;   /* sent to the target */
    int64_t inserted; /* as the server counted */
    int64_t updated;
    int64_t skipped; /* by the plan's on_conflict, or by a trigger of the target */
};

/* Ends the session with server process `pid`, which a lost connection of ours has left behind: where the server has not
 * noticed the loss, it would keep its slice locked for hours. Without effect when it has gone or is not ours. */
void journal_end_session(struct pgwire *p, int pid);

/* A part of a source table: what is left up to and with the encoded key `until` (empty: to the table's end). Its first
 * slice bears that key as its upper end, and so does what each commit adds behind it. */
struct journal_part {
    const char *source;
    const char *table;
    const unsigned char *until;
    size_t until_length;
};

/* Tells of the parts that are not done, in the order in which the journal has them, in so far as the callback gives 0.
 * 0, or -1 and e. */
int journal_parts(struct pgwire *p, const struct journal *j,
                  int (*take)(void *context, const struct journal_part *part, struct err *e), void *context,
                  struct err *e);

/* The first slice of a part that is not done, after waiting for a dead client's session that may still hold it (not for
 * ever: ERR_SERVER 55P03). out->lo is replaced; free it with bytes_free. 0, or -1 and e. */
int journal_slice_next(struct pgwire *p, const struct journal *j, const struct journal_part *part,
                       struct journal_slice *out, struct err *e);

/* Begins the step: BEGIN and the lock on the slice's row. durable: its COMMIT waits until it is on the server's disk;
 * else a crash of the server may take it back, and with it all that was committed behind it. *found is 0 (and no
 * transaction is open) when the slice is no longer to be done. 0, or -1 and e. */
int journal_slice_begin(struct pgwire *p, const struct journal *j, int64_t slice, int durable, int *found,
                        struct err *e);

/* Ends the step: the slice is done up to `reached` (empty: to the end of the table) with these counts, a new slice
 * takes what is behind it when there is more, and COMMIT. xids: of the groups that were kept. *next gets the new
 * slice's id, or 0. 0, or -1 and e. */
int journal_slice_commit(struct pgwire *p, const struct journal *j, int64_t slice, const char *target,
                         const struct journal_counts *counts, const struct bytes *reached, int more,
                         const struct bytes *xids, int64_t *next, struct err *e);

/* Notes, within the open step, how many rows a slice has emitted for a target that is not its own, and how many of them
 * the server inserted. 0, or -1 and e. */
int journal_emitted(struct pgwire *p, const struct journal *j, int64_t slice, const char *target, int64_t emitted,
                    int64_t inserted, struct err *e);

/* Adds, within the open step, the packed digest of the rows that a slice has sent to a target. 0, or -1 and e. */
int journal_digest(struct pgwire *p, const struct journal *j, int64_t slice, const char *target,
                   const unsigned char *packed, size_t length, struct err *e);

/* A group of rows within the open step, which can be undone alone: begin, then keep (appends the group's transaction id
 * to `xids`: its rows bear that one instead of the step's) or undo, which begins the next group at once; end closes
 * such a one that stays empty. begin, undo and end are done with the next statement or COPY. keep: 0, or -1 and e. */
void journal_group_begin(struct pgwire *p);
int journal_group_keep(struct pgwire *p, const struct journal *j, int64_t slice, struct bytes *xids, struct err *e);
void journal_group_undo(struct pgwire *p);
void journal_group_end(struct pgwire *p);

/* Adds rows to a table of the journal within the open step. lines: in the text format of COPY, each without its first
 * columns, which `head` gives (with a tab at its end). 0, or -1 and e. */
int journal_add_rows(struct pgwire *p, const struct journal *j, const char *table, const char *columns,
                     const char *head, const struct bytes *lines, struct err *e);

/* Begins a step that loads rejected rows: BEGIN; the lock on those of the rejects `ids` (a bigint[]) that are open,
 * whose ids *open gets (PQclear); a slice of kind retry. 0, or -1 and e. */
int journal_retry_begin(struct pgwire *p, const struct journal *j, const char *source, const char *table,
                        const char *ids, int64_t *slice, PGresult **open, struct err *e);

/* Ends it: the rejects `loaded` (ids joined by commas) are loaded by the slice, which has these counts; `dropped` are
 * left out on purpose by now, and no rejects any more; COMMIT. 0, or -1 and e. */
int journal_retry_commit(struct pgwire *p, const struct journal *j, int64_t slice, const char *target,
                         const struct bytes *loaded, const struct bytes *dropped, const struct journal_counts *counts,
                         const struct bytes *xids, struct err *e);

/* Why a row was rejected again; texts are owned by the caller, NULL is SQL's. */
struct journal_reject {
    int64_t id;
    const char *column;
    const char *value;
    const char *sqlstate;
    const char *reason;
    const char *hint;
    const char *row;
};

/* Renews what the journal says of a reject, within the open step. 0, or -1 and e. */
int journal_reject_again(struct pgwire *p, const struct journal *j, const struct journal_reject *r, struct err *e);

/* Tells of each source table how many of its rows committed steps have read and rejected. 0, or -1 and e. */
int journal_tally(struct pgwire *p, const struct journal *j,
                  void (*take)(void *context, const char *source, const char *table, int64_t read, int64_t rejected),
                  void *context, struct err *e);

/* Returns when all that was committed before, by whomever, is on the server's disk. 0, or -1 and e. */
int journal_flush(struct pgwire *p, const struct journal *j, struct err *e);

/* An object of the journal whose statements are to be run: texts are owned by the caller. */
struct journal_object {
    int64_t id;
    const char *from; /* the state in which that is still to be done .. */
    const char *to;   /* .. and the one that it has then */
    const char *const *statements;
    size_t count;
    const char *settings; /* a SET LOCAL for the step, or NULL */
};

/* Notes, in a step of its own, that the object is under way; then does it, in a step that sets its state. The first
 * one's COMMIT goes with the second's BEGIN. *found is 0, and nothing was done, when it is no longer to be done. 0, or
 * -1 and e. */
int journal_object_start(struct pgwire *p, const struct journal *j, const struct journal_object *o, int *found,
                         struct err *e);
int journal_object_step(struct pgwire *p, const struct journal *j, const struct journal_object *o, int *found,
                        struct err *e);

/* Tells of the run's objects that are not in place, and their states. 0, or -1 and e. */
int journal_open_objects(struct pgwire *p, const struct journal *j,
                         void (*take)(void *context, int64_t id, const char *state), void *context, struct err *e);

/* True when each step has to wait for the server's disk. */
int journal_distrusts(const struct journal *j);

/* Rolls the open step back; errors are ignored, since a dead connection rolls back by itself. */
void journal_rollback(struct pgwire *p);

#endif
