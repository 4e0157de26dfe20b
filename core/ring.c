/* ring.c: a bounded ring of messages between two threads, under one lock. */
#include "ring.h"

#include <string.h>

#include "stop.h"
#include "thread.h"

enum { LOOK_MS = 100 }; /* how often a waiting side looks at the stop signal */

int ring_init(struct ring *r, struct err *e)
{
    memset(r, 0, sizeof *r);
    return thread_condition_init(&r->changed, &r->lock, e);
}

void ring_free(struct ring *r)
{
    for (size_t i = 0; i < RING_SLOTS; i++) {
        bytes_free(&r->slots[i].data);
        bytes_free(&r->slots[i].reached);
    }
    thread_condition_destroy(&r->changed, &r->lock);
}

/* Under lock. */
static int is_full(const struct ring *r)
{
    return r->used == RING_SLOTS || r->bytes >= RING_BYTES;
}

struct ring_message *ring_claim(struct ring *r)
{
    struct ring_message *m = NULL;
    (void)pthread_mutex_lock(&r->lock);
    while (is_full(r) && !r->closed && !stop_signal())
        thread_wait(&r->changed, &r->lock, LOOK_MS);
    if (!is_full(r) && !r->closed)
        m = &r->slots[(r->head + r->used) % RING_SLOTS];
    (void)pthread_mutex_unlock(&r->lock);
    if (!m)
        return NULL;
    m->data.length = 0;
    m->reached.length = 0;
    m->read = m->filtered = m->passed = 0;
    m->more = 0;
    return m;
}

void ring_publish(struct ring *r)
{
    (void)pthread_mutex_lock(&r->lock);
    r->bytes += r->slots[(r->head + r->used) % RING_SLOTS].data.length;
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
    struct bytes *data = &r->slots[r->head].data;
    r->bytes -= data->length;
    if (data->capacity > RING_KEEP)
        bytes_free(data);
    r->head = (r->head + 1) % RING_SLOTS;
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
