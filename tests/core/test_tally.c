/* test_tally.c: what limits are held against, over all lanes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tally.h"

static void rejected_rows_count_for_the_run_until_taken_back_and_for_their_table_when_committed(void **state)
{
    struct tally t;
    struct err e;
    (void)state;
    assert_int_equal(tally_init(&t, 2, &e), 0);
    assert_int_equal(tally_reject(&t, 3), 3);
    assert_int_equal(tally_reject(&t, 4), 7);
    assert_int_equal(tally_reject(&t, -2), 5);
    tally_commit(&t, 1, 50, 4);
    tally_commit(&t, 1, 20, 0);
    tally_chains(&t, 1, 3);
    tally_chains(&t, 1, -1);
    assert_int_equal(tally_table(&t, 0).rejected, 0);
    assert_int_equal(tally_table(&t, 1).rejected, 4);
    assert_int_equal(tally_table(&t, 1).read, 70);
    assert_int_equal(tally_table(&t, 1).chains, 2);
    tally_free(&t);
    tally_free(&t); /* harmless */
}

static void *reject_many(void *tally)
{
    for (int i = 0; i < 20000; i++)
        (void)tally_reject(tally, 1);
    return NULL;
}

static void nothing_is_lost_between_lanes(void **state)
{
    pthread_t threads[3];
    struct tally t;
    struct err e;
    (void)state;
    assert_int_equal(tally_init(&t, 1, &e), 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, reject_many, &t), 0);
    for (size_t i = 0; i < 3; i++)
        (void)pthread_join(threads[i], NULL);
    assert_int_equal(tally_reject(&t, 0), 60000);
    tally_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rejected_rows_count_for_the_run_until_taken_back_and_for_their_table_when_committed),
        cmocka_unit_test(nothing_is_lost_between_lanes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
