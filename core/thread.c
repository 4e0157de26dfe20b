/* thread.c: starting threads without signals, and waits by the monotonic clock. */
#include "thread.h"

#include <signal.h>
#include <string.h>
#include <time.h>

int thread_start(pthread_t *thread, void *(*main)(void *), void *context, struct err *e)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    /* A thread inherits the mask of the one that starts it. */
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(thread, NULL, main, context);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc == 0 ? 0 : err_set(e, ERR_ENVIRONMENT, "cannot start a thread: %s", strerror(rc));
}

int thread_condition_init(pthread_cond_t *condition, pthread_mutex_t *lock, struct err *e)
{
    pthread_condattr_t monotonic;
    if (pthread_condattr_init(&monotonic) != 0) {
        return err_set(e, ERR_MEMORY, "out of memory for a condition");
    }
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    int rc = pthread_cond_init(condition, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    if (rc != 0) {
        return err_set(e, ERR_MEMORY, "out of memory for a condition");
    }
    if (pthread_mutex_init(lock, NULL) != 0) {
        (void)pthread_cond_destroy(condition);
        return err_set(e, ERR_MEMORY, "out of memory for a lock");
    }
    return 0;
}

void thread_condition_destroy(pthread_cond_t *condition, pthread_mutex_t *lock)
{
    (void)pthread_cond_destroy(condition);
    (void)pthread_mutex_destroy(lock);
}

void thread_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t milliseconds)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += milliseconds / 1000;
    until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    (void)pthread_cond_timedwait(condition, lock, &until);
}
