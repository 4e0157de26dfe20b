/* test_row_set.c: rows are in the set that were added, and no others. */
#include "database.h"

#include "row_set.h"

static void a_set_of_rows(void **state)
{
    static const uint64_t rows[] = {0, 7, 8, 65535, 65536, 10000000};
    struct row_set set = {0};
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_false(row_set_has(&set, rows[i]));
        assert_int_equal(row_set_add(&set, rows[i], &e), 1);
        assert_int_equal(row_set_add(&set, rows[i], &e), 0);
        assert_true(row_set_has(&set, rows[i]));
    }
    assert_int_equal(set.count, sizeof rows / sizeof rows[0]);
    assert_false(row_set_has(&set, 1));
    assert_false(row_set_has(&set, UINT64_MAX));
    row_set_free(&set);
    assert_int_equal(set.count, 0);
    assert_false(row_set_has(&set, 7));
}

static void sets_are_joined(void **state)
{
    struct row_set one = {0}, other = {0};
    struct err e;

    (void)state;
    assert_int_equal(row_set_add(&one, 65540, &e), 1);
    assert_int_equal(row_set_add(&other, 4, &e), 1);
    assert_int_equal(row_set_add(&other, 70000, &e), 1);
    assert_int_equal(row_set_join(&one, &other, 65536, &e), 0);
    assert_int_equal(one.count, 2);
    assert_true(row_set_has(&one, 65540));
    assert_true(row_set_has(&one, 135536));
    assert_false(row_set_has(&one, 4));
    row_set_free(&one);
    row_set_free(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_set_of_rows), cmocka_unit_test(sets_are_joined)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
