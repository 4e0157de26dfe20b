/* ring.c: see ring.h. */
#include "ring.h"

#include <string.h>
#include <time.h>

#include "stop.h"

int ring_init(struct ring *r, struct err *e)
{
    memset(r, 0, sizeof *r);
    pthread_condattr_t monotonic;
    if (pthread_condattr_init(&monotonic) != 0)
        return err_set(e, ERR_MEMORY, "out of memory for a ring");
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    int failed = pthread_mutex_init(&r->lock, NULL) != 0 || pthread_cond_init(&r->changed, &monotonic) != 0;
    (void)pthread_condattr_destroy(&monotonic);
    return failed ? err_set(e, ERR_MEMORY, "out of memory for a ring") : 0;
}

void ring_free(struct ring *r)
{
    for (size_t i = 0; i < RING_SLOTS; i++) {
        bytes_free(&r->slots[i].data);
        bytes_free(&r->slots[i].reached);
    }
    (void)pthread_mutex_destroy(&r->lock);
    (void)pthread_cond_destroy(&r->changed);
}

/* Waits for a change, but looks up often enough to notice a stop signal. Called with the lock held. */
static void wait_a_little(struct ring *r)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += 100 * 1000 * 1000;
    if (until.tv_nsec >= 1000 * 1000 * 1000) {
        until.tv_nsec -= 1000 * 1000 * 1000;
        until.tv_sec++;
    }
    (void)pthread_cond_timedwait(&r->changed, &r->lock, &until);
}

struct ring_message *ring_claim(struct ring *r)
{
    struct ring_message *m = NULL;
    (void)pthread_mutex_lock(&r->lock);
    while (r->used == RING_SLOTS && !r->closed && !stop_signal())
        wait_a_little(r);
    if (r->used < RING_SLOTS && !r->closed)
        m = &r->slots[(r->head + r->used) % RING_SLOTS];
    (void)pthread_mutex_unlock(&r->lock);
    if (!m)
        return NULL;
    if (m->data.capacity > RING_KEEP)
        bytes_free(&m->data);
    m->data.length = 0;
    m->reached.length = 0;
    m->read = m->filtered = m->passed = 0;
    m->more = 0;
    return m;
}

void ring_publish(struct ring *r)
{
    (void)pthread_mutex_lock(&r->lock);
    r->used++;
    (void)pthread_cond_signal(&r->changed);
    (void)pthread_mutex_unlock(&r->lock);
}

struct ring_message *ring_take(struct ring *r)
{
    struct ring_message *m = NULL;
    (void)pthread_mutex_lock(&r->lock);
    while (r->used == 0 && !stop_signal())
        wait_a_little(r);
    if (r->used > 0 && !stop_signal())
        m = &r->slots[r->head];
    (void)pthread_mutex_unlock(&r->lock);
    return m;
}

void ring_release(struct ring *r)
{
    (void)pthread_mutex_lock(&r->lock);
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
