/* stop.c: the process's wish to stop, and the signal handlers that set it. */
#include "stop.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

/* Lock-free, hence safe both in a signal handler and between threads. */
static atomic_int requested;

int stop_signal(void)
{
    return atomic_load_explicit(&requested, memory_order_relaxed);
}

void stop_request(int signal)
{
    int none = 0;

    if (signal == 0) {
        atomic_store(&requested, 0);
    } else {
        /* The first signal decides the exit code. */
        (void)atomic_compare_exchange_strong(&requested, &none, signal);
    }
}

void stop_watch(void)
{
    struct sigaction action;
    struct sigaction before;

    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    /* Without SA_RESTART: a blocked system call returns and its caller looks at stop_signal(). */
    action.sa_handler = stop_request;
    (void)sigaction(SIGTERM, &action, NULL);
    /* nohup ignores SIGHUP on purpose, and that has to last. */
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
        (void)sigaction(SIGHUP, &action, NULL);
    }
    action.sa_flags = (int)SA_RESETHAND;
    (void)sigaction(SIGINT, &action, NULL);
}

void stop_install(void)
{
    struct sigaction action;

    stop_watch();
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
    /* Ignored by who started us, it would keep the exit status of every program that we start from us. */
    action.sa_handler = SIG_DFL;
    (void)sigaction(SIGCHLD, &action, NULL);
}
