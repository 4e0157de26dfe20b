/* worker.c: work in a thread of its own, and the wait for its end. */
#include "worker.h"

#include <string.h>

#include "thread.h"

enum { LOOK_MS = 200 };

struct worker {
    int (*work)(void *context, struct err *e);
    void *context;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int finished; /* under lock */
    int result;
    struct err error;
};

static void *worker_main(void *argument)
{
    struct worker *w = argument;

    w->result = w->work(w->context, &w->error);
    (void)pthread_mutex_lock(&w->lock);
    w->finished = 1;
    (void)pthread_cond_signal(&w->changed);
    (void)pthread_mutex_unlock(&w->lock);
    return NULL;
}

int worker_run(int (*work)(void *context, struct err *e), void (*look)(void *context), void *context, struct err *e)
{
    struct worker w = {.work = work, .context = context};
    pthread_t thread;
    int finished = 0;

    if (thread_condition_init(&w.changed, &w.lock, e) != 0) {
        return -1;
    }
    if (thread_start(&thread, worker_main, &w, e) != 0) {
        thread_condition_destroy(&w.changed, &w.lock);
        return -1;
    }
    while (!finished) {
        (void)pthread_mutex_lock(&w.lock);
        if (!w.finished) {
            thread_wait(&w.changed, &w.lock, LOOK_MS);
        }
        finished = w.finished;
        (void)pthread_mutex_unlock(&w.lock);
        if (look != NULL) {
            look(context);
        }
    }
    (void)pthread_join(thread, NULL);
    thread_condition_destroy(&w.changed, &w.lock);
    if (w.result != 0) {
        *e = w.error;
    }
    return w.result;
}
