/* ring.c: a bounded ring of messages between two threads, under one lock. */
#include "ring.h"

#include <string.h>

#include "stop.h"
#include "thread.h"

enum { LOOK_MS = 100 }; /* how often a waiting side looks at the stop signal */

static size_t between(size_t least, size_t n, size_t most)
{
    return n < least ? least : n > most ? most : n;
}

int ring_init(struct ring *r, size_t beside, struct err *e)
{
    memset(r, 0, sizeof *r);
    r->most = between(RING_BYTES_LEAST, RING_BYTES / (beside == 0 ? 1 : beside), RING_BYTES);
    r->slot_count = between(2, r->most / RING_MESSAGE, RING_SLOTS);
    /* A message has its last row behind RING_MESSAGE bytes, and buffers double. */
    r->keep = between(2 * RING_MESSAGE, r->most / r->slot_count, RING_BYTES);
    return thread_condition_init(&r->changed, &r->lock, e);
}

/* What the used slots hold has become more, or less. */
static void weigh(struct ring *r, long long bytes)
{
    r->bytes += (size_t)bytes;
    if (r->all)
        (void)atomic_fetch_add_explicit(r->all, bytes, memory_order_relaxed);
}

void ring_free(struct ring *r)
{
    weigh(r, -(long long)r->bytes);
    for (size_t i = 0; i < RING_SLOTS; i++) {
        struct ring_message *m = &r->slots[i];
        bytes_free(&m->data);
        bytes_free(&m->rejects);
        batch_free(&m->batch);
        bytes_free(&m->ends);
        bytes_free(&m->notes);
        bytes_free(&m->reasons);
        bytes_free(&m->digests);
        bytes_free(&m->reached);
    }
    thread_condition_destroy(&r->changed, &r->lock);
}

/* What a message holds of rows, bytes. */
static size_t held(const struct ring_message *m)
{
    return m->data.length + m->rejects.length + m->batch.arena.length +
           m->batch.rows * m->batch.columns * sizeof(struct cell);
}

static void give_back(const struct ring *r, struct bytes *b)
{
    if (b->capacity > r->keep)
        bytes_free(b);
}

/* Under lock. */
static int is_full(const struct ring *r)
{
    return r->used == r->slot_count || r->bytes >= r->most;
}

struct ring_message *ring_claim(struct ring *r)
{
    struct ring_message *m = NULL;
    (void)pthread_mutex_lock(&r->lock);
    while (is_full(r) && !r->closed && !stop_signal())
        thread_wait(&r->changed, &r->lock, LOOK_MS);
    if (!is_full(r) && !r->closed)
        m = &r->slots[(r->head + r->used) % r->slot_count];
    (void)pthread_mutex_unlock(&r->lock);
    if (!m)
        return NULL;
    m->data.length = m->rejects.length = m->ends.length = m->notes.length = m->reached.length = 0;
    m->reasons.length = m->digests.length = 0;
    batch_clear(&m->batch);
    m->rows = m->rejected = m->read = m->filtered = m->merged = m->passed = 0;
    m->more = 0;
    return m;
}

void ring_publish(struct ring *r)
{
    (void)pthread_mutex_lock(&r->lock);
    weigh(r, (long long)held(&r->slots[(r->head + r->used) % r->slot_count]));
    r->used++;
    (void)pthread_cond_signal(&r->changed);
    (void)pthread_mutex_unlock(&r->lock);
}

struct ring_message *ring_take(struct ring *r)
{
    struct ring_message *m = NULL;
    (void)pthread_mutex_lock(&r->lock);
    while (r->used == 0 && !stop_signal())
        thread_wait(&r->changed, &r->lock, LOOK_MS);
    if (r->used > 0 && !stop_signal())
        m = &r->slots[r->head];
    (void)pthread_mutex_unlock(&r->lock);
    return m;
}

void ring_release(struct ring *r)
{
    (void)pthread_mutex_lock(&r->lock);
    struct ring_message *m = &r->slots[r->head];
    weigh(r, -(long long)held(m));
    give_back(r, &m->data);
    give_back(r, &m->rejects);
    give_back(r, &m->batch.arena);
    r->head = (r->head + 1) % r->slot_count;
    r->used--;
    (void)pthread_cond_signal(&r->changed);
    (void)pthread_mutex_unlock(&r->lock);
}

void ring_close(struct ring *r)
{
    (void)pthread_mutex_lock(&r->lock);
    r->closed = 1;
    (void)pthread_cond_signal(&r->changed);
    (void)pthread_mutex_unlock(&r->lock);
}
