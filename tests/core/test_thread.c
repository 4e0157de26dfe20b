/* test_thread.c: threads take no signals, and their waits end by the clock or by a change. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sys.h"
#include "thread.h"

struct meeting {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int came;
    sigset_t mask;
};

static void *come(void *context)
{
    struct meeting *m = context;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &m->mask);
    sys_sleep_ms(50);
    (void)pthread_mutex_lock(&m->lock);
    m->came = 1;
    (void)pthread_cond_signal(&m->changed);
    (void)pthread_mutex_unlock(&m->lock);
    return NULL;
}

static void a_wait_ends_by_a_change(void **state)
{
    struct meeting m = {0};
    pthread_t thread;
    struct err e;
    (void)state;
    assert_int_equal(thread_condition_init(&m.changed, &m.lock, &e), 0);
    assert_int_equal(thread_start(&thread, come, &m, &e), 0);
    int64_t start = sys_clock_ms();
    (void)pthread_mutex_lock(&m.lock);
    while (!m.came) {
        thread_wait(&m.changed, &m.lock, 20000);
    }
    (void)pthread_mutex_unlock(&m.lock);
    assert_true(sys_clock_ms() - start < 10000);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(sigismember(&m.mask, SIGINT), 1);
    assert_int_equal(sigismember(&m.mask, SIGTERM), 1);
    thread_condition_destroy(&m.changed, &m.lock);
}

static void our_own_signals_stay_as_they_were(void **state)
{
    struct meeting m = {0};
    pthread_t thread;
    sigset_t mask;
    struct err e;
    (void)state;
    assert_int_equal(thread_condition_init(&m.changed, &m.lock, &e), 0);
    assert_int_equal(thread_start(&thread, come, &m, &e), 0);
    (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
    assert_int_equal(sigismember(&mask, SIGINT), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    thread_condition_destroy(&m.changed, &m.lock);
}

static void a_wait_ends_by_the_clock(void **state)
{
    struct meeting m = {0};
    struct err e;
    (void)state;
    assert_int_equal(thread_condition_init(&m.changed, &m.lock, &e), 0);
    int64_t start = sys_clock_ms();
    (void)pthread_mutex_lock(&m.lock);
    thread_wait(&m.changed, &m.lock, 1100); /* more than a second: both parts of the time count */
    (void)pthread_mutex_unlock(&m.lock);
    assert_in_range(sys_clock_ms() - start, 1000, 10000);
    thread_condition_destroy(&m.changed, &m.lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_ends_by_a_change),
        cmocka_unit_test(our_own_signals_stay_as_they_were),
        cmocka_unit_test(a_wait_ends_by_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
