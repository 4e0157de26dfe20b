/* test_run_attended.c: statements without an object over a connection of their own, beside the lane; and by the lane,
 * where there is no such connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "load.h"
#include "run.h"

static const size_t zero[] = {0};
static const char *const by_whom[] = {"INSERT INTO public.sessions VALUES (pg_backend_pid())"};
static const char *const wrong[] = {"ANALYZE public.nothing"};
/* The first session that tries is ended. */
static const char *const fatal[] = {"SELECT CASE nextval('public.tries') WHEN 1"
                                    " THEN pg_terminate_backend(pg_backend_pid()) END",
                                    "INSERT INTO public.sessions VALUES (pg_backend_pid())"};

static int fresh_sessions(void **state)
{
    (void)fresh(state);
    run_script(
        "DROP TABLE IF EXISTS public.sessions; CREATE TABLE public.sessions (pid int);"
        "DROP SEQUENCE IF EXISTS public.tries; CREATE SEQUENCE public.tries;"
        "DROP TABLE IF EXISTS wherry.object; CREATE TABLE wherry.object (id bigint, state text, run bigint DEFAULT 1,"
        " started timestamptz, finished timestamptz);"
        "INSERT INTO wherry.object (id, state) VALUES (7, 'todo')");
    return 0;
}

/* One lane loads table t; statements may be run at any time, and an object is made behind the table. */
static int run_beside(const char *const *statements, size_t count, const size_t *waits, int attended,
                      unsigned char built[2])
{
    struct table_load table = table_t();
    const struct build builds[] = {
        {.object = {.statements = statements, .count = count}},
        {.object = {.id = 7, .from = "todo", .to = "done", .statements = by_whom, .count = 1},
         .tables = zero,
         .table_count = 1,
         .waits = waits,
         .wait_count = waits ? 1 : 0},
    };
    struct run_options options = {.lane = lane_options(),
                                  .readers = &source,
                                  .jobs = 1,
                                  .attended = attended,
                                  .tables = &table,
                                  .count = 1,
                                  .builds = builds,
                                  .build_count = 2,
                                  .built = built};
    struct err e;
    err_clear(&e);
    options.lane.retry_ms = 0; /* a lane that meets a lost connection fails */
    built[0] = built[1] = 0;
    int rc = run_load(&options, &e);
    assert_complete_values();
    return rc;
}

static const char *sessions(void)
{
    return target_value(&target, "SELECT count(*) || ' by ' || count(DISTINCT pid) FROM public.sessions");
}

static void statements_have_a_connection_of_their_own(void **state)
{
    unsigned char built[2];
    (void)state;
    assert_int_equal(run_beside(by_whom, 1, NULL, 1, built), 0);
    assert_string_equal(sessions(), "2 by 2");
    assert_true(built[0] && built[1]);
}

static void without_it_the_lane_runs_them(void **state)
{
    unsigned char built[2];
    (void)state;
    assert_int_equal(run_beside(by_whom, 1, NULL, 0, built), 0);
    assert_string_equal(sessions(), "2 by 1");
    assert_true(built[0] && built[1]);
}

static void a_connection_that_is_lost_leaves_them_to_the_lane(void **state)
{
    unsigned char built[2];
    (void)state;
    assert_int_equal(run_beside(fatal, 2, zero, 1, built), 0);
    assert_string_equal(target_value(&target, "SELECT last_value FROM public.tries"), "2");
    assert_string_equal(sessions(), "2 by 1");
    assert_true(built[0] && built[1]);
}

static void a_server_that_has_no_connection_for_it_leaves_them_to_the_lane(void **state)
{
    struct pgwire *others[32] = {NULL};
    unsigned char built[2];
    size_t count = 0;
    struct err e;
    (void)state;
    while (count < 32 && pgwire_connect(&others[count], target.server.conninfo, 10000, &e) == 0)
        count++;
    assert_true(count > 0 && count < 32);
    pgwire_close(others[--count]);
    sleep(1); /* the server takes a moment to notice */
    int rc = run_beside(by_whom, 1, zero, 1, built);
    while (count > 0)
        pgwire_close(others[--count]);
    assert_int_equal(rc, 0);
    assert_string_equal(sessions(), "2 by 1");
    assert_true(built[0] && built[1]);
}

static void what_waits_for_statements_that_are_refused_is_done_all_the_same(void **state)
{
    (void)state;
    for (int attended = 0; attended < 2; attended++) {
        unsigned char built[2];
        (void)fresh_sessions(state);
        assert_int_equal(run_beside(wrong, 1, zero, attended, built), 0);
        assert_false(built[0]);
        assert_true(built[1]);
        assert_string_equal(target_value(&target, "SELECT state FROM wherry.object"), "done");
    }
}

/* A disk that stays full: the wait for it ends, and who looks at the object behind the load tells. */
static void an_object_for_which_the_server_has_no_room_is_not_tried_for_ever(void **state)
{
    static const char *const full[] = {"DO 'BEGIN RAISE ''no room'' USING ERRCODE = ''53100''; END'"};
    struct table_load table = table_t();
    const struct build build = {.object = {.id = 7, .from = "todo", .to = "done", .statements = full, .count = 1},
                                .tables = zero,
                                .table_count = 1};
    struct run_options options = {.lane = lane_options(),
                                  .readers = &source,
                                  .jobs = 1,
                                  .tables = &table,
                                  .count = 1,
                                  .builds = &build,
                                  .build_count = 1};
    struct err e;
    (void)state;
    options.lane.back_off_ms = 5;
    options.lane.retry_ms = 200;
    (void)alarm(20); /* ends the test that does not end */
    assert_int_equal(run_load(&options, &e), 0);
    (void)alarm(0);
    assert_string_equal(target_value(&target, "SELECT state FROM wherry.object"), "todo");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(statements_have_a_connection_of_their_own, fresh_sessions),
        cmocka_unit_test_setup(without_it_the_lane_runs_them, fresh_sessions),
        cmocka_unit_test_setup(a_connection_that_is_lost_leaves_them_to_the_lane, fresh_sessions),
        cmocka_unit_test_setup(a_server_that_has_no_connection_for_it_leaves_them_to_the_lane, fresh_sessions),
        cmocka_unit_test_setup(what_waits_for_statements_that_are_refused_is_done_all_the_same, fresh_sessions),
        cmocka_unit_test_setup(an_object_for_which_the_server_has_no_room_is_not_tried_for_ever, fresh_sessions),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
