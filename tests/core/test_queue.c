/* test_queue.c: which work comes next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "queue.h"

static struct table_load tables[4];
static struct build builds[4];
static struct queue queue;

static void add(const char *table, const char *until)
{
    const struct journal_part part = {
        .source = "main", .table = table, .until = (const unsigned char *)until, .until_length = strlen(until)};
    struct err e;
    assert_int_equal(queue_add(&queue, &part, &e), 0);
}

static int begin(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    struct err e;
    (void)state;
    memset(builds, 0, sizeof builds);
    for (size_t i = 0; i < 4; i++)
        tables[i] = (struct table_load){.source = "main", .read = {.table = names[i]}};
    for (size_t i = 0; i < 4; i++)
        builds[i].object.id = (int64_t)i + 1;
    return queue_init(&queue, tables, 4, builds, 4, &e);
}

static int end(void **state)
{
    (void)state;
    queue_free(&queue);
    return 0;
}

static void arrange(void)
{
    struct err e;
    assert_int_equal(queue_arrange(&queue, &e), 0);
}

/* What comes next, in words: "a:k" (a part of table a up to key k), "build 1", "later", "nothing". */
static const char *claim(struct work *w)
{
    static char text[64];
    enum claim got = queue_claim(&queue, w);
    if (got != CLAIM_WORK)
        return got == CLAIM_LATER ? "later" : "nothing";
    if (w->build)
        (void)snprintf(text, sizeof text, "build %d", (int)(w->build - builds));
    else
        (void)snprintf(text, sizeof text, "%s:%.*s", w->chain->chain.table->read.table,
                       (int)w->chain->chain.until.length, (const char *)w->chain->chain.until.data);
    return text;
}

/* No builds: those that every test begins with are done. */
static void without_builds(void)
{
    for (size_t i = 0; i < 4; i++)
        queue.builds[i] = WORK_DONE;
}

static void tables_come_first_and_in_order_then_their_parts(void **state)
{
    struct work w[6];
    (void)state;
    without_builds();
    add("b", "1");
    add("a", "1");
    add("a", "2");
    add("a", "");
    add("other", ""); /* is none of the plan's */
    arrange();
    assert_string_equal(claim(&w[0]), "a:1");
    assert_string_equal(claim(&w[1]), "b:1");
    assert_string_equal(claim(&w[2]), "a:2");
    assert_string_equal(claim(&w[3]), "a:");
    assert_string_equal(claim(&w[4]), "later");
    assert_false(queue_is_loaded(&queue, 0));
    assert_true(queue_is_loaded(&queue, 2));
    queue_end(&queue, &w[1], WORK_WAITS); /* a lane that was not wanted gives back what it took */
    assert_string_equal(claim(&w[1]), "b:1");
    for (size_t i = 0; i < 4; i++)
        queue_end(&queue, &w[i], WORK_DONE);
    assert_true(queue_is_loaded(&queue, 0));
    assert_string_equal(claim(&w[4]), "nothing");
}

static void a_lane_helps_where_the_fewest_are(void **state)
{
    struct work w[5];
    (void)state;
    without_builds();
    add("a", "1");
    add("a", "2");
    add("a", "");
    add("b", "1");
    add("b", "");
    arrange();
    (void)claim(&w[0]);
    (void)claim(&w[1]);
    assert_string_equal(claim(&w[2]), "a:2");
    assert_string_equal(claim(&w[3]), "b:");
    /* A table that a lane has just left is like one that none was at. */
    queue_end(&queue, &w[0], WORK_DONE);
    queue_end(&queue, &w[2], WORK_DONE);
    assert_string_equal(claim(&w[4]), "a:");
}

static void a_table_waits_for_those_before_it(void **state)
{
    static const size_t first[] = {0};
    struct work w[3];
    (void)state;
    without_builds();
    tables[1].after = first;
    tables[1].after_count = 1;
    add("a", "1");
    add("a", "");
    add("b", "");
    arrange();
    assert_string_equal(claim(&w[0]), "a:1");
    assert_string_equal(claim(&w[1]), "a:");
    queue_end(&queue, &w[0], WORK_DONE);
    assert_string_equal(claim(&w[2]), "later");
    queue_end(&queue, &w[1], WORK_DONE);
    assert_string_equal(claim(&w[2]), "b:");
}

static void tables_that_wait_for_each_other_are_loaded_all_the_same(void **state)
{
    static const size_t other[] = {1, 0};
    struct work w[2];
    (void)state;
    without_builds();
    tables[0].after = &other[0];
    tables[1].after = &other[1];
    tables[0].after_count = tables[1].after_count = 1;
    add("a", "");
    add("b", "");
    arrange();
    assert_string_equal(claim(&w[0]), "a:");
    assert_string_equal(claim(&w[1]), "later");
    queue_end(&queue, &w[0], WORK_DONE);
    assert_string_equal(claim(&w[1]), "b:");
}

/* A build that waits for one table, and one that waits for another build. */
static void of_table(size_t build, const size_t *table)
{
    builds[build].tables = table;
    builds[build].table_count = 1;
}

static void behind(size_t build, const size_t *other)
{
    builds[build].waits = other;
    builds[build].wait_count = 1;
}

static void a_build_waits_for_its_tables_and_for_other_builds(void **state)
{
    static const size_t zero[] = {0}, one[] = {1};
    struct work w[5];
    (void)state;
    of_table(0, zero);
    of_table(1, one);
    behind(2, zero);
    queue.builds[3] = WORK_DONE;
    add("a", "");
    add("b", "1");
    add("b", "");
    arrange();
    assert_string_equal(claim(&w[0]), "a:");
    assert_string_equal(claim(&w[1]), "b:1");
    queue_end(&queue, &w[0], WORK_DONE);
    assert_string_equal(claim(&w[2]), "build 0"); /* before helping with b */
    assert_string_equal(claim(&w[3]), "b:");
    assert_string_equal(claim(&w[4]), "later");
    queue_end(&queue, &w[2], WORK_DONE);
    assert_string_equal(claim(&w[2]), "build 2");
    queue_end(&queue, &w[1], WORK_DONE);
    queue_end(&queue, &w[3], WORK_DONE);
    assert_string_equal(claim(&w[1]), "build 1");
    queue_end(&queue, &w[1], WORK_DONE);
    queue_end(&queue, &w[2], WORK_DONE);
    assert_string_equal(claim(&w[4]), "nothing");
}

static void what_waits_for_a_build_that_is_given_up_is_given_up(void **state)
{
    static const size_t zero[] = {0}, two[] = {2};
    struct work w;
    (void)state;
    behind(1, two);
    behind(2, zero);
    arrange();
    assert_string_equal(claim(&w), "build 0");
    queue_end(&queue, &w, WORK_GIVEN_UP);
    assert_string_equal(claim(&w), "build 3");
    queue_end(&queue, &w, WORK_DONE);
    assert_string_equal(claim(&w), "nothing");
    assert_int_equal(queue.builds[1], WORK_GIVEN_UP);
    assert_int_equal(queue.builds[2], WORK_GIVEN_UP);
}

static void statements_are_what_a_lane_does_last_and_who_takes_them_alone_does_next(void **state)
{
    static const size_t zero[] = {0}, one[] = {1};
    struct work w[5];
    (void)state;
    builds[0].object.id = builds[1].object.id = 0;
    of_table(0, zero);
    behind(3, one);
    add("a", "1");
    add("a", "");
    arrange();
    assert_string_equal(claim(&w[0]), "a:1");
    assert_string_equal(claim(&w[1]), "build 2");
    assert_string_equal(claim(&w[2]), "a:");
    assert_int_equal(queue_claim_statements(&queue, &w[3]), CLAIM_WORK);
    assert_ptr_equal(w[3].build, &builds[1]);
    assert_int_equal(queue_claim_statements(&queue, &w[4]), CLAIM_LATER); /* table a is not loaded */
    assert_string_equal(claim(&w[4]), "later");
    queue_end(&queue, &w[3], WORK_WAITS); /* it has lost its connection */
    assert_string_equal(claim(&w[3]), "build 1");
    queue_end(&queue, &w[3], WORK_DONE);
    assert_string_equal(claim(&w[3]), "build 3");
    queue_end(&queue, &w[0], WORK_DONE);
    queue_end(&queue, &w[2], WORK_DONE);
    assert_int_equal(queue_claim_statements(&queue, &w[0]), CLAIM_WORK);
    assert_ptr_equal(w[0].build, &builds[0]);
    assert_int_equal(queue_claim_statements(&queue, &w[4]), CLAIM_NOTHING);
    assert_string_equal(claim(&w[4]), "later");
}

static void what_takes_longest_comes_first_and_what_it_refers_to_before_it(void **state)
{
    static const size_t zero[] = {0}, one[] = {1}, two[] = {2}, refers[] = {2, 0};
    struct work w[5];
    (void)state;
    of_table(0, one);
    of_table(1, zero);
    of_table(2, two);
    builds[3].tables = refers;
    builds[3].table_count = 2;
    add("a", "");
    add("b", "");
    add("c", "1");
    add("c", "");
    arrange();
    for (int i = 0; i < 4; i++)
        (void)claim(&w[i]);
    queue_count(&queue, 0, 2);
    queue_count(&queue, 1, 50);
    queue_count(&queue, 2, 40);
    queue_count(&queue, 2, 60);
    for (int i = 0; i < 4; i++)
        queue_end(&queue, &w[i], WORK_DONE);
    assert_string_equal(claim(&w[0]), "build 3");
    assert_string_equal(claim(&w[1]), "build 1");
    assert_string_equal(claim(&w[2]), "build 2");
    assert_string_equal(claim(&w[3]), "build 0");
}

static void what_others_wait_for_comes_before_what_takes_longest(void **state)
{
    static const size_t zero[] = {0}, one[] = {1};
    struct work w[4];
    (void)state;
    of_table(0, zero);
    of_table(1, one);
    of_table(2, one);
    behind(2, one);
    queue.builds[3] = WORK_DONE;
    arrange();
    queue_count(&queue, 0, 100);
    queue_count(&queue, 1, 1);
    assert_string_equal(claim(&w[0]), "build 1");
    assert_string_equal(claim(&w[1]), "build 0");
    queue_end(&queue, &w[0], WORK_DONE);
    assert_string_equal(claim(&w[2]), "build 2");
    assert_string_equal(claim(&w[3]), "later");
}

static void builds_that_exclude_each_other_come_one_after_the_other(void **state)
{
    static const size_t one[] = {1}, zero[] = {0};
    struct work w[3];
    (void)state;
    builds[0].excludes = one;
    builds[1].excludes = zero;
    builds[0].exclude_count = builds[1].exclude_count = 1;
    queue.builds[3] = WORK_DONE;
    arrange();
    assert_string_equal(claim(&w[0]), "build 0");
    assert_string_equal(claim(&w[1]), "build 2");
    assert_string_equal(claim(&w[2]), "later");
    queue_end(&queue, &w[0], WORK_GIVEN_UP); /* it is no matter how it ends */
    assert_string_equal(claim(&w[2]), "build 1");
}

static void statements_that_are_refused_hold_nothing_up(void **state)
{
    static const size_t zero[] = {0}, one[] = {1};
    struct work w;
    (void)state;
    builds[1].object.id = 0;
    behind(1, zero);
    behind(2, one);
    queue.builds[3] = WORK_DONE;
    arrange();
    assert_string_equal(claim(&w), "build 0");
    queue_end(&queue, &w, WORK_DONE);
    assert_string_equal(claim(&w), "build 1");
    queue_end(&queue, &w, WORK_GIVEN_UP);
    assert_string_equal(claim(&w), "build 2");
}

static void memory_that_fails_is_told(void **state)
{
    int failed = 1;
    (void)state;
    for (long n = 0; failed; n++) {
        const struct journal_part part = {
            .source = "main", .table = "a", .until = (const unsigned char *)"k", .until_length = 1};
        struct queue other;
        struct err e;
        err_clear(&e);
        mem_fail_at(n);
        failed = queue_init(&other, tables, 4, builds, 4, &e) != 0;
        for (size_t i = 0; i < 40 && !failed; i++)
            failed = queue_add(&other, &part, &e) != 0;
        failed = failed || queue_arrange(&other, &e) != 0;
        mem_fail_at(-1);
        if (failed)
            assert_int_equal(e.kind, ERR_MEMORY);
        queue_free(&other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tables_come_first_and_in_order_then_their_parts, begin, end),
        cmocka_unit_test_setup_teardown(a_lane_helps_where_the_fewest_are, begin, end),
        cmocka_unit_test_setup_teardown(a_table_waits_for_those_before_it, begin, end),
        cmocka_unit_test_setup_teardown(tables_that_wait_for_each_other_are_loaded_all_the_same, begin, end),
        cmocka_unit_test_setup_teardown(a_build_waits_for_its_tables_and_for_other_builds, begin, end),
        cmocka_unit_test_setup_teardown(what_waits_for_a_build_that_is_given_up_is_given_up, begin, end),
        cmocka_unit_test_setup_teardown(statements_are_what_a_lane_does_last_and_who_takes_them_alone_does_next, begin,
                                        end),
        cmocka_unit_test_setup_teardown(what_takes_longest_comes_first_and_what_it_refers_to_before_it, begin, end),
        cmocka_unit_test_setup_teardown(what_others_wait_for_comes_before_what_takes_longest, begin, end),
        cmocka_unit_test_setup_teardown(builds_that_exclude_each_other_come_one_after_the_other, begin, end),
        cmocka_unit_test_setup_teardown(statements_that_are_refused_hold_nothing_up, begin, end),
        cmocka_unit_test_setup_teardown(memory_that_fails_is_told, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
