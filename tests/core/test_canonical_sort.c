/* test_canonical_sort.c: everything is sorted, whatever its order was; what is equal has the order that pg_qsort gives
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "canonical_internal.h"

static long comparisons;

static int by_value(const void *a, const void *b)
{
    int left = *(const int *)a;
    int right = *(const int *)b;
    comparisons++;
    return left < right ? -1 : left > right;
}

enum { MOST = 20000 };

static int values[MOST];
static const void *list[MOST];

/* Sorts values[0..count), and looks whether each of them is still there. */
static void check(size_t count)
{
    static unsigned char seen[MOST];
    for (size_t i = 0; i < count; i++) {
        list[i] = &values[i];
        seen[i] = 0;
    }
    comparisons = 0;
    canonical_sort(list, count, by_value);
    /* Far from the square of the count. */
    assert_in_range(comparisons, 0, 100 + 60 * (long)count);
    for (size_t i = 0; i < count; i++) {
        size_t place = (size_t)((const int *)list[i] - values);
        assert_int_equal(seen[place]++, 0);
        assert_true(i == 0 || *(const int *)list[i - 1] <= *(const int *)list[i]);
    }
}

static void test_random(void **state)
{
    static const int kinds[] = {1, 2, 3, 10, 1000, 1 << 30};
    uint64_t random = 20261122;
    (void)state;
    for (size_t count = 0; count < 400; count++) {
        for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++) {
            for (size_t i = 0; i < count; i++) {
                random = random * 6364136223846793005U + 1442695040888963407U;
                values[i] = (int)((random >> 33) % (uint64_t)kinds[kind]);
            }
            check(count);
        }
    }
}

static void test_shapes(void **state)
{
    (void)state;
    for (int i = 0; i < MOST; i++) {
        values[i] = i;
    }
    check(MOST);
    assert_int_equal(comparisons, MOST - 1);
    for (int i = 0; i < MOST; i++) {
        values[i] = MOST - i;
    }
    check(MOST);
    for (int i = 0; i < MOST; i++) {
        values[i] = i % 2 == 0 ? i : MOST - i;
    }
    check(MOST);
    for (int i = 0; i < MOST; i++) {
        values[i] = i * 7919 % MOST;
    }
    check(MOST);
}

/* The order that a server gives equal values: SELECT i FROM (SELECT i, (i * i * 7 + i) % 11 % 4 AS v FROM
 * generate_series(0, n - 1) AS i) AS q ORDER BY v, whose sort is the same one. */
static void check_equal(size_t count, const size_t *expected)
{
    for (size_t i = 0; i < count; i++) {
        values[i] = (int)((i * i * 7 + i) % 11 % 4);
    }
    check(count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal((size_t)((const int *)list[i] - values), expected[i]);
    }
}

static void test_equal(void **state)
{
    static const size_t eight[] = {5, 1, 2, 3, 0, 7, 6, 4};
    static const size_t sixty[] = {34, 35, 36, 49, 38, 57, 11, 12, 42, 47, 44, 45, 46, 13, 14, 56, 16, 58, 5,  1,
                                   20, 55, 22, 23, 24, 25, 53, 27, 2,  3,  9,  31, 0,  33, 52, 6,  7,  8,  17, 18,
                                   19, 28, 29, 30, 39, 40, 41, 50, 51, 37, 4,  59, 32, 26, 54, 21, 15, 10, 43, 48};
    (void)state;
    check_equal(8, eight);
    check_equal(60, sixty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random), cmocka_unit_test(test_shapes),
                                       cmocka_unit_test(test_equal)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
