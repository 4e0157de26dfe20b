/* test_remap.c: what a column gets for a key: what stands in its place, moved by an offset. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "remap.h"

static struct cell integer(int64_t value)
{
    return (struct cell){.class = CELL_INTEGER, .as.integer = value};
}

static struct cell text(const char *data)
{
    return (struct cell){.class = CELL_TEXT, .length = (uint32_t)strlen(data)};
}

static struct lookup *map(int64_t key, struct cell value, const char *data)
{
    struct cell k = integer(key);
    struct lookup *l = NULL;
    struct err e;
    assert_int_equal(lookup_new(&l, COLLATION_BINARY, AFFINITY_INTEGER, &e), 0);
    assert_int_equal(lookup_add(l, &k, NULL, &value, (const unsigned char *)data, &e), 0);
    return l;
}

/* Asserts that the cell becomes the integer. */
static void becomes(const struct remap *r, struct cell c, const char *data, int64_t value)
{
    const unsigned char *out_data = NULL;
    struct cell out;
    struct err e;
    err_clear(&e);
    if (remap_cell(r, &c, (const unsigned char *)data, &out, &out_data, &e) != 0)
        fail_msg("%s", e.message);
    assert_int_equal(out.class, CELL_INTEGER);
    assert_true(out.as.integer == value);
}

static void refused(const struct remap *r, struct cell c, const char *data, const char *message)
{
    const unsigned char *out_data = NULL;
    struct cell out;
    struct err e;
    err_clear(&e);
    assert_int_equal(remap_cell(r, &c, (const unsigned char *)data, &out, &out_data, &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    if (!strstr(e.message, message))
        fail_msg("%s", e.message);
}

static void the_first_lookup_that_has_the_key_replaces_it(void **state)
{
    struct lookup *one = map(1, integer(10), NULL), *other = map(1, integer(20), NULL),
                  *third = map(2, text("kept"), "kept");
    const struct lookup *const lookups[] = {one, other, third};
    const struct remap r = {.lookups = lookups, .count = 3};
    const unsigned char *data = NULL;
    struct cell c = integer(2), out;
    struct err e;
    (void)state;
    becomes(&r, integer(1), NULL, 10);
    becomes(&r, text("1"), "1", 10);
    becomes(&r, integer(3), NULL, 3);
    assert_int_equal(remap_cell(&r, &c, NULL, &out, &data, &e), 0);
    assert_int_equal(out.class, CELL_TEXT);
    assert_memory_equal(data, "kept", 4);
    c = text("other");
    assert_int_equal(remap_cell(&r, &c, (const unsigned char *)"other", &out, &data, &e), 0);
    assert_memory_equal(data, "other", 5);
    lookup_free(one);
    lookup_free(other);
    lookup_free(third);
}

static void an_offset_moves_integers_and_leaves_null(void **state)
{
    struct lookup *one = map(1, integer(10), NULL);
    const struct lookup *const lookups[] = {one};
    const struct remap r = {.lookups = lookups, .count = 1, .offset = 100}, down = {.offset = -1};
    struct cell null = {0}, out;
    const unsigned char *data = NULL;
    struct err e;
    (void)state;
    becomes(&r, integer(1), NULL, 110);
    becomes(&r, integer(2), NULL, 102);
    becomes(&r, (struct cell){.class = CELL_REAL, .as.real = 3}, NULL, 103);
    becomes(&r, text(" 4 "), " 4 ", 104);
    becomes(&r, integer(INT64_MAX - 100), NULL, INT64_MAX);
    becomes(&down, integer(INT64_MIN + 1), NULL, INT64_MIN);
    assert_int_equal(remap_cell(&r, &null, NULL, &out, &data, &e), 0);
    assert_int_equal(out.class, CELL_NULL);
    refused(&r, integer(INT64_MAX - 99), NULL, "with the offset 100 it is beyond 64 bits");
    refused(&down, integer(INT64_MIN), NULL, "with the offset -1 it is beyond 64 bits");
    refused(&r, (struct cell){.class = CELL_REAL, .as.real = 0.5}, NULL, "added to integers, and this is none");
    refused(&r, text("x"), "x", "added to integers, and this is none");
    refused(&r, (struct cell){.class = CELL_BLOB, .length = 1}, "1", "added to integers, and this is none");
    lookup_free(one);
}

static void a_key_that_was_missed_is_refused(void **state)
{
    const struct remap r = {.lookup = "user_ids"};
    struct cell c = integer(1);
    (void)state;
    becomes(&r, c, NULL, 1);
    c.marks = CELL_MISSED;
    refused(&r, c, NULL, "the lookup user_ids has no such key");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_lookup_that_has_the_key_replaces_it),
        cmocka_unit_test(an_offset_moves_integers_and_leaves_null),
        cmocka_unit_test(a_key_that_was_missed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
