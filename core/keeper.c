/* keeper.c: keeping a connection that is seldom used. */
#include "keeper.h"

#include "thread.h"

struct keeper {
    struct pgwire *p; /* not owned; under use */
    int every_ms;
    pthread_mutex_t use;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int stopped; /* under lock */
    pthread_t thread;
};

/* A connection that is lost is found out by its owner's next statement. */
static void keeper_speak(struct keeper *k)
{
    struct err ignored;

    if (!keeper_try_enter(k)) {
        return; /* the owner is just saying something */
    }
    PGTransactionStatusType status = PQtransactionStatus(k->p->conn);
    if (!k->p->broken && (status == PQTRANS_IDLE || status == PQTRANS_INTRANS)) {
        (void)pgwire_exec(k->p, "SELECT 1", 0, NULL, NULL, &ignored);
    }
    keeper_leave(k);
}

static void *keeper_main(void *argument)
{
    struct keeper *k = argument;

    (void)pthread_mutex_lock(&k->lock);
    while (!k->stopped) {
        thread_wait(&k->changed, &k->lock, k->every_ms);
        if (!k->stopped) {
            (void)pthread_mutex_unlock(&k->lock);
            keeper_speak(k);
            (void)pthread_mutex_lock(&k->lock);
        }
    }
    (void)pthread_mutex_unlock(&k->lock);
    return NULL;
}

int keeper_start(struct keeper **out, struct pgwire *p, int every_ms, struct err *e)
{
    struct keeper *k = mem_alloc(sizeof *k, e);

    *out = NULL;
    if (k == NULL) {
        return -1;
    }
    *k = (struct keeper){.p = p, .every_ms = every_ms, .use = PTHREAD_MUTEX_INITIALIZER};
    if (thread_condition_init(&k->changed, &k->lock, e) != 0) {
        mem_free(k);
        return -1;
    }
    if (thread_start(&k->thread, keeper_main, k, e) != 0) {
        thread_condition_destroy(&k->changed, &k->lock);
        mem_free(k);
        return -1;
    }
    *out = k;
    return 0;
}

void keeper_enter(struct keeper *k)
{
    if (k != NULL) {
        (void)pthread_mutex_lock(&k->use);
    }
}

int keeper_try_enter(struct keeper *k)
{
    return k == NULL || pthread_mutex_trylock(&k->use) == 0;
}

void keeper_leave(struct keeper *k)
{
    if (k != NULL) {
        (void)pthread_mutex_unlock(&k->use);
    }
}

void keeper_stop(struct keeper *k)
{
    if (k == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&k->lock);
    k->stopped = 1;
    (void)pthread_cond_signal(&k->changed);
    (void)pthread_mutex_unlock(&k->lock);
    if (keeper_try_enter(k)) {
        keeper_leave(k);
    } else {
        atomic_store(&k->p->given_up, 1);
    }
    (void)pthread_join(k->thread, NULL);
    thread_condition_destroy(&k->changed, &k->lock);
    (void)pthread_mutex_destroy(&k->use);
    mem_free(k);
}
