/* test_check_column.c: refusals are put together by reason, and those of parts of a table, too. */
#include "database.h"

#include "check_column.h"

static const struct copy_column column = {.source_name = "a", .target_name = "a", .type_name = "int"};

static void add(struct check_column *c, const char *why, const char *class, enum check_outcome outcome)
{
    struct check_example *example;
    struct err e, memory;

    (void)err_set(&e, ERR_VALUE, "value does not fit \"a\" int: %s", why);
    (void)snprintf(e.value_class, sizeof e.value_class, "%s", class);
    (void)snprintf(e.value, sizeof e.value, "%s", why);
    assert_int_equal(check_column_add(c, &column, &e, outcome, &example, &memory), 0);
}

static void numbers_and_quoted_words_make_no_other_reason(void **state)
{
    struct check_column c = {0};

    (void)state;
    add(&c, "not UTF-8 at byte 17 (0xFF)", "text", CHECK_STOPS);
    assert_string_equal(c.reasons[0].message, "not UTF-8 at byte 17 (0xFF)");
    add(&c, "not UTF-8 at byte 3 (0x80)", "text", CHECK_STOPS);
    assert_int_equal(c.count, 1);
    assert_int_equal(c.reasons[0].count, 2);
    assert_string_equal(c.reasons[0].message, "not UTF-8 at byte N (N)");
    assert_string_equal(c.reasons[0].examples[1].message, "not UTF-8 at byte 3 (0x80)");
    add(&c, "the key \"x 1\" stands in it twice", "text", CHECK_STOPS);
    add(&c, "the key \"y\" stands in it twice", "text", CHECK_STOPS);
    assert_string_equal(c.reasons[1].message, "the key \"...\" stands in it twice");
    add(&c, "the key \"y\" stands in it twice", "blob", CHECK_STOPS);
    add(&c, "the key \"y\" stands in it twice", "text", CHECK_NULLS);
    add(&c, "an odd \" alone", "text", CHECK_STOPS);
    assert_int_equal(c.count, 5);
    assert_string_equal(c.reasons[4].message, "an odd \" alone");
    check_column_free(&c);
}

static void fill(struct check_column *c, char first, int count)
{
    char why[] = "reason _";

    for (int i = 0; i < count; i++) {
        why[7] = (char)(first + i);
        add(c, why, "text", CHECK_STOPS);
    }
}

static void reasons_stay_few(void **state)
{
    struct check_column c = {0};

    (void)state;
    fill(&c, 'A', 26);
    assert_int_equal(c.count, CHECK_REASONS);
    assert_int_equal(c.others, 26 - CHECK_REASONS);
    check_column_free(&c);
}

static void parts_become_one(void **state)
{
    struct check_column c = {0}, later = {0};
    struct err e;

    (void)state;
    add(&c, "at byte 1", "text", CHECK_STOPS);
    add(&c, "at byte 1", "text", CHECK_STOPS);
    add(&later, "at byte 2", "text", CHECK_STOPS);
    add(&later, "at byte 3", "text", CHECK_STOPS);
    fill(&later, 'a', 19);
    later.bytes = 7;
    assert_int_equal(check_column_merge(&c, &later, &e), 0);
    assert_int_equal(c.count, CHECK_REASONS);
    assert_int_equal(c.reasons[0].count, 4);
    assert_string_equal(c.reasons[0].message, "at byte N");
    assert_int_equal(c.reasons[0].example_count, 3);
    assert_string_equal(c.reasons[0].examples[2].message, "at byte 2");
    assert_int_equal(c.bytes, 7);
    assert_int_equal(later.count, 0);
    fill(&later, 'A', 3);
    assert_int_equal(check_column_merge(&c, &later, &e), 0);
    assert_int_equal(c.others, 3);
    check_column_free(&c);
}

static void forms_are_those_that_all_parts_leave(void **state)
{
    struct check_column c = {0}, later = {0};
    struct err e;

    (void)state;
    c.watch = (struct form_watch){.begun = 1, .count = 3, .fits = {1, 1, 0}, .values = 10, .inexact = 1};
    later.watch = (struct form_watch){.begun = 1, .count = 3, .fits = {0, 1, 1}, .values = 5, .first = 1};
    assert_int_equal(check_column_merge(&c, &later, &e), 0);
    assert_int_equal(c.watch.first, 1);
    assert_int_equal(c.watch.values, 15);
    assert_int_equal(c.watch.inexact, 1);
    later.watch = (struct form_watch){.begun = 1, .count = 3, .fits = {1, 0, 0}, .values = 4};
    assert_int_equal(check_column_merge(&c, &later, &e), 0);
    assert_int_equal(c.watch.values, 19);
    assert_int_equal(c.watch.inexact, 5);
    check_column_free(&c);
    later.watch = (struct form_watch){.begun = 1, .count = 3, .fits = {1, 0, 0}, .values = 4};
    assert_int_equal(check_column_merge(&c, &later, &e), 0);
    assert_int_equal(c.watch.values, 4);
    check_column_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_quoted_words_make_no_other_reason),
        cmocka_unit_test(reasons_stay_few),
        cmocka_unit_test(parts_become_one),
        cmocka_unit_test(forms_are_those_that_all_parts_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
