/* stop.c: the process's wish to stop, and the signal handlers that set it. */
#include "stop.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* Lock-free, hence safe both in a signal handler and between threads. */
static atomic_int requested;
static atomic_int interrupted; /* by a first SIGINT */
static _Atomic(const char *) wipe;

/* See stop_share. */
static atomic_int sharing;
static atomic_int within; /* between how many pairs of stop_enter and stop_leave */
static void (*_Atomic program_handler)(int);

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

void stop_wipe(const char *text)
{
    atomic_store(&wipe, text);
}

static void end_at_once(int signal_number)
{
    const char *text = atomic_load(&wipe);
    struct sigaction action;

    if (text != NULL) {
        ssize_t ignored = write(STDERR_FILENO, text, strlen(text));

        (void)ignored;
    }
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = SIG_DFL;
    (void)sigaction(signal_number, &action, NULL);
    (void)raise(signal_number); /* when this handler has returned */
}

static void interrupt(int signal_number)
{
    int before = errno;

    if (atomic_exchange(&interrupted, 1)) {
        end_at_once(signal_number);
    } else {
        stop_request(signal_number);
    }
    errno = before;
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
    atomic_store(&interrupted, 0);
    action.sa_handler = interrupt;
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

/* --- shared with a program --- */

static void share(int signal_number)
{
    int before = errno;
    void (*handler)(int) = atomic_load(&program_handler);

    if (atomic_load(&within) == 0) {
        handler(signal_number);
    } else if (stop_signal() != 0) {
        end_at_once(signal_number);
    } else {
        stop_request(signal_number);
    }
    errno = before;
}

void stop_share(void)
{
    struct sigaction before;

    if (sigaction(SIGINT, NULL, &before) != 0 || (before.sa_flags & SA_SIGINFO) != 0 || before.sa_handler == SIG_DFL ||
        before.sa_handler == SIG_IGN || before.sa_handler == interrupt || before.sa_handler == share) {
        return;
    }
    atomic_store(&program_handler, before.sa_handler);
    atomic_store(&sharing, 1);
    before.sa_handler = share;
    before.sa_flags &= ~SA_RESTART;
    (void)sigaction(SIGINT, &before, NULL);
}

void stop_enter(void)
{
    (void)atomic_fetch_add(&within, 1);
}

void stop_leave(int told)
{
    void (*handler)(int) = atomic_load(&program_handler);

    (void)atomic_fetch_sub(&within, 1);
    if (stop_signal() == SIGINT && atomic_load(&sharing)) {
        stop_request(0);
        if (!told) {
            handler(SIGINT);
        }
    }
}
