/* thread.h: threads and their waits, the same way everywhere: signals are the main thread's, and every wait ends. */
#ifndef WHERRY_THREAD_H
#define WHERRY_THREAD_H

#include <pthread.h>
#include <stdint.h>

#include "err.h"

/* Starts a thread that takes no signals: they belong to the main thread, whose waits they end. 0, or -1 and e. */
int thread_start(pthread_t *thread, void *(*main)(void *), void *context, struct err *e);

/* A condition whose waits go by the monotonic clock, so that setting the clock neither prolongs nor cuts them, and its
 * lock. 0, or -1 and e, and then neither is to be destroyed. */
int thread_condition_init(pthread_cond_t *condition, pthread_mutex_t *lock, struct err *e);
void thread_condition_destroy(pthread_cond_t *condition, pthread_mutex_t *lock);

/* Waits for a change, but not longer than `milliseconds`, so that the caller can look at stop_signal(). lock is held.
 */
void thread_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t milliseconds);

#endif
