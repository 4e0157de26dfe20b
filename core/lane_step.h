/* lane_step.h: a step of the load while it is open, in the sending thread: rows that are sent straight on (lane.c), in
 * groups that can be undone (lane_careful.c), or anew after they were rejected (lane_retry.c). Only the files of the
 * lane include this. */
#ifndef WHERRY_LANE_STEP_H
#define WHERRY_LANE_STEP_H

#include "lane_read.h"
#include "lane_reject.h"

struct step {
    struct lane *lane;
    const struct table_load *table;
    struct sink *sink;
    int64_t slice;

    struct sink_counts done;     /* of what was closed */
    int64_t sent;                /* rows in it */
    int64_t rejected;            /* rows, by codec and server */
    int64_t refused;             /* of these: by the server */
    struct bytes rejects;        /* lines of rejected rows that the journal does not have yet */
    struct bytes xids;           /* of the groups that were kept, joined by commas */
    int in_group;                /* a group is open, and there is nothing in it */
    struct copy_format format;   /* the careful way: tells what the refused rows had added to the reader's notes */
    struct form_watch *watches;  /* of format; NULL: not used yet */
    struct copy_counts *counts;  /* of format */
    struct bytes scratch;        /* rows that are encoded for these */
    struct load_digests digests; /* rows that were refused, taken away; of a retry, with the others */
};

/* Frees what the step has gathered; nothing of it is told to the server. */
void step_free(struct step *s);

/* Takes lines of `rows` rejected rows; last: why the last of them was. 0, or -1 and e: these are more than the plan
 * allows (ERR_VALUE). */
int step_reject(struct step *s, const struct bytes *lines, int64_t rows, const struct err *last, struct err *e);

/* True when the lines should be written before more come. */
int step_has_many_rejects(const struct step *s);

/* Writes the lines to the journal. No COPY and no group may be open. 0, or -1 and e. */
int step_write_rejects(struct step *s, struct err *e);

/* Writes for which reasons rows of the step were dropped to the journal. 0, or -1 and e. */
int step_write_reasons(struct step *s, const struct bytes *lines, struct err *e);

/* Writes the reader's notes of the step to the journal, less what was refused. 0, or -1 and e. */
int step_write_notes(struct step *s, const struct bytes *notes, struct err *e);

/* Writes the digests of the step's rows to the journal: those that the reader has made (empty: none), less what was
 * refused. 0, or -1 and e. */
int step_write_digests(struct step *s, const struct bytes *made, struct err *e);

/* 0, or -1 and e when the share of the table's rows that were rejected is beyond the plan's limit. read: by this step;
 * more: rows of the table are left. */
int step_check_share(const struct step *s, int64_t read, int more, struct err *e);

/* Opens the sink that the table asks for. *out is owned by the caller. 0, or -1 and e. */
int step_sink_open(struct sink **out, const struct table_load *t, struct err *e);

/* Adds what a sink did to the step. */
void step_add(struct step *s, const struct sink_counts *done);

/* Writes to the journal what the step did to tables that got emitted rows. 0, or -1 and e. */
int step_write_emitted(struct step *s, struct err *e);

/* Closes the sink and adds its counts. `rows`: how many were sent since it was opened. As sink.close. */
int step_close(struct step *s, int64_t rows, int64_t *line, struct err *e);

/* Rows in groups that can be undone alone (lane_careful.c): those of a message with batch and ends. */
struct careful {
    struct step *step;
    const struct ring_message *m;
    unsigned char *gone; /* a byte a row of the batch, zeroed: it is not sent (again). Owned by the caller */
    unsigned char *held; /* the same: it is held back; for careful_rows alone */
    int64_t found;       /* rows of which a refusal was not foreseen; for careful_rows alone, zero at start */
    /* Told of each row that the server refused. 0, or -1 and e. */
    int (*refused)(struct careful *c, size_t row, const struct err *why, struct err *e);
    void *context; /* of `refused` */
};

/* Begins the careful part of a step: what the target checks only at its end is checked at once. 0, or -1 and e. */
int careful_begin(struct step *s, struct err *e);

/* Sends all rows that the server takes. 0, or -1 and e. */
int careful_rows(struct careful *c, struct err *e);

/* Keeps a row out that the server refused. 0, or -1 and e. */
int careful_refuse(struct careful *c, size_t row, const struct err *why, struct err *e);

/* Where a row begins in the message's data. */
size_t careful_start(const struct careful *c, size_t row);

/* Frees what the careful way has learned of the table under way. */
void careful_forget(struct lane *l);

/* Ends a group that is open and empty. */
void careful_end(struct step *s);

/* --- lane_lost.c --- */

/* Makes room for what the chain's next step does. *durable is set where it has to wait for the server's disk: when the
 * server has lost steps, and so that what a crash may take back stays countable. 0, or -1 and e. */
int lane_expect(struct lane *l, int *durable, struct err *e);

/* A step of the chain was committed: it is counted. */
void lane_count_step(struct lane *l, int64_t slice, const struct journal_counts *counts);

/* `next` is what the journal has the chain at, 0: it is done. A step that failed is counted if it was committed after
 * all, and those that a crash has taken back are counted no more. */
void lane_settle(struct lane *l, int64_t next);

/* Work over a lane that can be done again from what the journal says. *committed is set with each committed step. */
typedef int lane_work(struct lane *l, void *context, int *committed, struct err *e);

/* Does the work over a connection, again and over a new one when it was lost, for as long as the lane's options say. t:
 * the table that it is about; NULL: none. 0, or -1 and e. */
int lane_persist(struct lane *l, const struct table_load *t, lane_work *work, void *context, struct err *e);

/* -1 and e when the lane is to end with its step, else 0. */
int lane_halted(const struct lane *l, struct err *e);

/* True for a refusal of the server that is about a row: its values, a constraint, or what a trigger raised. */
int is_about_a_row(const struct err *e);

#endif
