/* test_worker.c: work goes on in a thread of its own, looks happen in the caller's, and the outcome comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "sys.h"
#include "worker.h"

struct seen {
    pthread_t caller;
    int looks, elsewhere;
    int milliseconds, result;
};

static int work(void *context, struct err *e)
{
    struct seen *seen = context;

    assert_false(pthread_equal(seen->caller, pthread_self()));
    sys_sleep_ms(seen->milliseconds);
    return seen->result == 0 ? 0 : err_set(e, ERR_SOURCE, "as it was to be");
}

static void look(void *context)
{
    struct seen *seen = context;

    seen->looks++;
    seen->elsewhere += !pthread_equal(seen->caller, pthread_self());
}

static void the_caller_looks_while_the_work_goes_on(void **state)
{
    struct seen seen = {.caller = pthread_self(), .milliseconds = 700};
    struct err e;

    (void)state;
    err_clear(&e);
    assert_int_equal(worker_run(work, look, &seen, &e), 0);
    assert_in_range(seen.looks, 3, 6);
    assert_int_equal(seen.elsewhere, 0);
    seen.milliseconds = 0;
    seen.looks = 0;
    assert_int_equal(worker_run(work, look, &seen, &e), 0);
    assert_true(seen.looks >= 1); /* at the end at least */
    assert_int_equal(worker_run(work, NULL, &seen, &e), 0);
    assert_int_equal(e.kind, ERR_NONE);
}

static void what_stopped_the_work_comes_back(void **state)
{
    struct seen seen = {.caller = pthread_self(), .result = -1};
    struct err e;

    (void)state;
    assert_int_equal(worker_run(work, look, &seen, &e), -1);
    assert_int_equal(e.kind, ERR_SOURCE);
    assert_string_equal(e.message, "as it was to be");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_caller_looks_while_the_work_goes_on),
        cmocka_unit_test(what_stopped_the_work_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
