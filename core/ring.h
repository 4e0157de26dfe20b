/* ring.h: a bounded ring of messages from a reading thread to a sending thread. The slots' buffers are reused, so a
 * steady stream allocates nothing; a buffer that grew for one large row is given back. It is bounded in bytes, too: of
 * rows that are larger than that one is on its way at a time. Rings that are at work side by side share the bytes. */
#ifndef WHERRY_RING_H
#define WHERRY_RING_H

#include <pthread.h>
#include <stdatomic.h>

#include "batch.h"

enum ring_kind {
    RING_ROWS,     /* data: encoded rows; rejects */
    RING_STEP_END, /* the step ends here: reached, read, filtered, merged, passed, more, notes, reasons,
                      digests */
    RING_FAILED    /* the reader failed: error; nothing follows */
};

struct ring_message {
    enum ring_kind kind;
    struct bytes data;
    int64_t rows;         /* in data */
    struct bytes rejects; /* rows that were rejected instead: lines for the journal (lane_reject.h) */
    int64_t rejected;     /* their number */
    struct batch batch;   /* the careful way: the rows that data was made of, .. */
    struct bytes ends;    /* .. and a size_t for each: where it ends in data; a rejected one is empty */
    struct bytes notes;   /* a struct column_note a column (lane_reject.h) */
    struct bytes reasons; /* why rows were filtered: lines for the journal (lane_reject.h) */
    struct bytes digests; /* of the step's rows (lane_digest.h) */
    struct bytes reached; /* encoded key of the last row read; empty: the table has no key, or no rows came */
    int64_t read;         /* rows of the step */
    int64_t filtered;
    int64_t merged;
    int64_t passed;
    int more;         /* rows may be left behind `reached` */
    struct err error; /* RING_FAILED: what stopped the reader; RING_ROWS: why the last rejected row was */
};

enum {
    RING_SLOTS = 8,                     /* of a ring that is alone; at least 2 */
    RING_MESSAGE = 128 * 1024,          /* bytes at which a message is best handed over */
    RING_BYTES = 4 * 1024 * 1024,       /* of all rings together .. */
    RING_BYTES_LEAST = 2 * RING_MESSAGE /* .. and of each */
};

struct ring {
    struct ring_message slots[RING_SLOTS];
    size_t slot_count;
    size_t most;       /* bytes of rows in the used slots; the last one may go beyond */
    size_t keep;       /* bytes that a buffer may keep when its slot is free */
    size_t head, used; /* under lock */
    size_t bytes;      /* under lock: of rows in the used slots */
    int closed;        /* under lock: the sender has gone */
    atomic_llong *all; /* the same of all rings that are at work side by side, set by who has them. May be NULL */
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

/* beside: how many rings are at work side by side, with this one; 0: 1. 0, or -1 and e. */
int ring_init(struct ring *r, size_t beside, struct err *e);
void ring_free(struct ring *r);

/* Reader: the next free slot, emptied, waiting for one; NULL when the ring was closed or stop_signal() is set. */
struct ring_message *ring_claim(struct ring *r);
/* Reader: hands over the slot that ring_claim gave. */
void ring_publish(struct ring *r);

/* Sender: the oldest message, waiting for it; NULL when stop_signal() is set. It stays the sender's until ring_release.
 */
struct ring_message *ring_take(struct ring *r);
void ring_release(struct ring *r);

/* Sender: no more messages are wanted; a waiting reader returns. */
void ring_close(struct ring *r);

#endif
