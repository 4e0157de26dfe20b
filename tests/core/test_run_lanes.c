/* test_run_lanes.c: several lanes over one queue: every row once, limits over all of them, builds beside the load. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "load.h"
#include "run.h"

enum { LANES = 3 };

static sqlite3 *readers[LANES];

static int lanes_setup(void **state)
{
    return group_setup(state) != 0 ? -1 : readers_open(readers, LANES);
}

static int lanes_teardown(void **state)
{
    readers_close(readers, LANES);
    return group_teardown(state);
}

/* Table t in four ranges, u in one piece; some objects to build. */
static int fresh_ranges(void **state)
{
    (void)fresh(state);
    run_script(
        "DELETE FROM wherry.slice;"
        "INSERT INTO wherry.slice (run, source, source_table, lo, hi, state)"
        " SELECT 1, 'main', 't', decode('01' || lpad(to_hex(lo), 16, '0'), 'hex'),"
        " decode('01' || lpad(to_hex(hi), 16, '0'), 'hex'), 'todo'"
        " FROM (VALUES (NULL, 2000), (2000, 4001), (4001, 6500), (6500, NULL)) r(lo, hi);"
        "DROP TABLE IF EXISTS public.u; CREATE TABLE public.u (id bigint, word text);"
        "INSERT INTO wherry.slice (run, source, source_table, state) VALUES (1, 'main', 'u', 'todo');"
        "DROP TABLE IF EXISTS wherry.object; CREATE TABLE wherry.object (id bigint, state text, run bigint DEFAULT 1,"
        " started timestamptz, finished timestamptz)");
    return 0;
}

static struct table_load table_u(void)
{
    struct table_load t = table_t();
    t.read.table = "u";
    t.write.target = "public.u";
    t.write.copy_sql = "COPY public.u (id, word) FROM STDIN (FORMAT binary)";
    return t;
}

static struct run_options run_of(struct table_load *tables)
{
    tables[0] = table_t();
    tables[1] = table_u();
    return (struct run_options){
        .lane = lane_options(), .readers = readers, .jobs = LANES, .tables = tables, .count = 2};
}

static int run(const struct run_options *options, struct err *e)
{
    err_clear(e);
    return run_load(options, e);
}

/* Everything of both tables, and nothing left. */
static void assert_both(void)
{
    assert_complete_values();
    assert_string_equal(target_value(&target, "SELECT count(*) || ' ' || sum(id) FROM public.u"), "2500 9378750");
    assert_string_equal(target_value(&target, "SELECT string_agg(source_table || n, ' ' ORDER BY source_table) FROM"
                                              " (SELECT source_table, sum(read) AS n FROM wherry.slice"
                                              " WHERE state = 'done' GROUP BY source_table) s"),
                        "t2500 u2500");
    assert_string_equal(target_value(&target, "SELECT count(*) FROM wherry.slice WHERE state <> 'done'"), "0");
}

static void ranges_are_loaded_by_several_lanes_and_every_row_arrives_once(void **state)
{
    struct table_load tables[2];
    struct run_options options = run_of(tables);
    struct err e;
    (void)state;
    assert_int_equal(run(&options, &e), 0);
    assert_both();
    /* No range ran into the next one. */
    assert_string_equal(target_value(&target, "SELECT count(*) FROM wherry.slice WHERE source_table = 't'"
                                              " AND encode(reached, 'hex') > encode(hi, 'hex')"),
                        "0");
    assert_string_equal(target_value(&target, "SELECT count(DISTINCT hi) FROM wherry.slice WHERE source_table = 't'"
                                              " AND encode(hi, 'hex') IN ('0100000000000007d0', '010000000000000fa1',"
                                              " '010000000000001964')"),
                        "3");
    assert_int_equal(run(&options, &e), 0); /* nothing is left, nothing is repeated */
    assert_both();
}

/* Whether the first slice of one table began when the last one of another was done. */
static const char *first_after_last(const char *first, const char *last)
{
    char sql[300];
    (void)snprintf(sql, sizeof sql,
                   "SELECT (SELECT min(started) FROM wherry.slice WHERE source_table = '%s') >="
                   " (SELECT max(finished) FROM wherry.slice WHERE source_table = '%s')",
                   first, last);
    return target_value(&target, sql);
}

static void a_table_waits_for_the_ones_that_it_comes_after(void **state)
{
    static const size_t first[] = {0};
    struct table_load tables[2];
    struct run_options options = run_of(tables);
    struct err e;
    (void)state;
    tables[1].after = first;
    tables[1].after_count = 1;
    assert_int_equal(run(&options, &e), 0);
    assert_both();
    assert_string_equal(first_after_last("u", "t"), "t");
}

static void kill_lanes(void)
{
    (void)target_value(&target, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                                " WHERE application_name = 'wherry run 1' AND pid <> pg_backend_pid()");
}

/* Ends the lanes' sessions every few milliseconds until told to stop. */
static void *kill_often(void *stop)
{
    for (int i = 0; i < 12 && !atomic_load((atomic_int *)stop); i++) {
        usleep(9000);
        kill_lanes();
    }
    return NULL;
}

static void lost_connections_of_any_lane_lose_and_double_nothing(void **state)
{
    (void)state;
    for (int64_t rows = 20; rows <= 120; rows += 50) {
        struct table_load tables[2];
        struct run_options options = run_of(tables);
        pthread_t killer;
        atomic_int stop = 0;
        struct err e;
        (void)fresh_ranges(NULL);
        options.lane.step_rows = rows;
        options.lane.back_off_ms = 5;
        assert_int_equal(pthread_create(&killer, NULL, kill_often, &stop), 0);
        int rc = run(&options, &e);
        atomic_store(&stop, 1);
        (void)pthread_join(killer, NULL);
        assert_int_equal(rc, 0);
        assert_both();
    }
}

static void a_lane_that_fails_stops_the_others_at_the_end_of_their_steps(void **state)
{
    struct table_load tables[2];
    struct run_options options = run_of(tables);
    struct err e;
    (void)state;
    tables[1].write.copy_sql = "COPY public.nothing (id, word) FROM STDIN (FORMAT binary)";
    run_script("CREATE FUNCTION public.wait() RETURNS trigger LANGUAGE plpgsql AS"
               " 'BEGIN PERFORM pg_catalog.pg_sleep(0.2); RETURN NULL; END';"
               "CREATE TRIGGER wait AFTER INSERT ON public.t EXECUTE FUNCTION public.wait()");
    int rc = run(&options, &e);
    run_script("DROP TRIGGER wait ON public.t; DROP FUNCTION public.wait()");
    assert_int_equal(rc, -1);
    assert_string_equal(e.sqlstate, "42P01");
    assert_string_equal(e.table, "u");
    /* What was under way was committed; nothing more was begun. */
    assert_string_equal(target_value(&target, "SELECT (SELECT count(*) FROM public.t) = sum(read) AND sum(read) < 2500"
                                              " AND sum(read) > 0 FROM wherry.slice WHERE source_table = 't'"),
                        "t");
    tables[1] = table_u();
    assert_int_equal(run(&options, &e), 0);
    assert_both();
}

/* Words are no numbers: 2143 of 2500 rows are rejected. */
static void reject_words(struct table_load *t)
{
    static struct copy_column numbers[2];
    memcpy(numbers, t->write.columns, sizeof numbers);
    numbers[1].codec = codec_find(20, "int8");
    numbers[1].type_name = "bigint";
    numbers[1].on_bad = ON_BAD_REJECT;
    t->write.columns = numbers;
}

static void rejected_rows_are_counted_over_all_lanes(void **state)
{
    (void)state;
    for (int64_t most = 0; most <= 2142; most += 714) {
        struct table_load tables[2];
        struct run_options options = run_of(tables);
        char fits[64];
        struct err e;
        (void)fresh_ranges(NULL);
        run_script("ALTER TABLE public.t ALTER word TYPE bigint USING 0");
        reject_words(&tables[0]);
        options.count = 1;
        options.lane.step_rows = 100;
        options.lane.max_bad = most;
        assert_int_equal(run(&options, &e), -1);
        assert_int_equal(e.kind, ERR_VALUE);
        assert_non_null(strstr(e.message, "rejected: the last one: "));
        (void)snprintf(fits, sizeof fits, "SELECT count(*) <= %d FROM wherry.reject", (int)most);
        assert_string_equal(target_value(&target, fits), "t");
        options.lane.max_bad = 2143; /* those of the first attempt count, too */
        assert_int_equal(run(&options, &e), 0);
        assert_string_equal(target_value(&target, "SELECT count(*) FROM wherry.reject"), "2143");
    }
}

/* What a lost step had rejected is not counted twice, and what was committed without an answer is. */
static void rejected_rows_are_counted_once_whatever_becomes_of_their_steps(void **state)
{
    struct table_load tables[2];
    struct run_options options = run_of(tables);
    pthread_t killer;
    atomic_int stop = 0;
    struct err e;
    (void)state;
    run_script("ALTER TABLE public.t ALTER word TYPE bigint USING 0");
    reject_words(&tables[0]);
    options.count = 1;
    options.lane.step_rows = 20;
    options.lane.back_off_ms = 5;
    options.lane.max_bad = 2143;
    assert_int_equal(pthread_create(&killer, NULL, kill_often, &stop), 0);
    int rc = run(&options, &e);
    atomic_store(&stop, 1);
    (void)pthread_join(killer, NULL);
    assert_int_equal(rc, 0);
    assert_string_equal(target_value(&target, "SELECT count(*) FROM wherry.reject"), "2143");
}

static void a_share_is_that_of_the_table_over_all_lanes(void **state)
{
    struct table_load tables[2];
    struct run_options options = run_of(tables);
    struct err e;
    (void)state;
    run_script("ALTER TABLE public.t ALTER word TYPE bigint USING 0");
    reject_words(&tables[0]);
    options.count = 1;
    options.lane.max_bad_percent = 90; /* 85.7 % are */
    assert_int_equal(run(&options, &e), 0);
    (void)fresh_ranges(NULL);
    run_script("ALTER TABLE public.t ALTER word TYPE bigint USING 0");
    options.lane.max_bad_percent = 80;
    assert_int_equal(run(&options, &e), -1);
    assert_non_null(strstr(e.message, "more than 80 % of the rows were rejected"));
}

static void a_lane_for_which_the_server_has_no_connection_is_done_without(void **state)
{
    struct pgwire *others[32] = {NULL};
    struct table_load tables[2];
    struct run_options options = run_of(tables);
    size_t count = 0;
    struct err e;
    (void)state;
    while (count < 32 && pgwire_connect(&others[count], target.server.conninfo, 10000, &e) == 0)
        count++;
    assert_true(count > 1 && count < 32);
    pgwire_close(others[--count]);
    sleep(1); /* the server takes a moment to notice */
    int rc = run(&options, &e);
    while (count > 0)
        pgwire_close(others[--count]);
    assert_int_equal(rc, 0);
    assert_both();
    assert_string_equal(target_value(&target, "SELECT 1"), "1");
}

static void stop_soon(void *context, const struct run_progress *progress)
{
    int64_t *most = context;
    *most = progress->total > *most ? progress->total : *most;
    if (progress->total > 0)
        stop_request(SIGTERM);
}

static void a_signal_ends_all_lanes_and_the_rest_follows_later(void **state)
{
    struct table_load tables[2];
    struct run_options options = run_of(tables);
    int64_t most = 0;
    struct err e;
    (void)state;
    run_script("CREATE FUNCTION public.wait() RETURNS trigger LANGUAGE plpgsql AS"
               " 'BEGIN PERFORM pg_catalog.pg_sleep(0.1); RETURN NULL; END';"
               "CREATE TRIGGER wait AFTER INSERT ON public.t EXECUTE FUNCTION public.wait();"
               "CREATE TRIGGER wait AFTER INSERT ON public.u EXECUTE FUNCTION public.wait()");
    options.tick = stop_soon;
    options.context = &most;
    int rc = run(&options, &e);
    stop_request(0);
    run_script("DROP TRIGGER wait ON public.t; DROP TRIGGER wait ON public.u; DROP FUNCTION public.wait()");
    assert_int_equal(rc, -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    assert_true(most > 0 && most < 5000);
    options.tick = NULL;
    assert_int_equal(run(&options, &e), 0);
    assert_both();
}

/* --- builds --- */

static const size_t zero[] = {0}, one[] = {1};
static const char *const key[] = {"CREATE UNIQUE INDEX t_key ON public.t (id)"};
static const char *const takes_over[] = {"ALTER TABLE public.t ADD CONSTRAINT t_key PRIMARY KEY USING INDEX t_key"};
static const char *const words[] = {"CREATE INDEX t_words ON public.t (word)",
                                    "COMMENT ON INDEX public.t_words IS 'words'"};
static const char *const wrong[] = {"CREATE UNIQUE INDEX t_wrong ON public.t ((id / 4))"};
static const char *const other[] = {"CREATE INDEX u_id ON public.u (id)"};

static void make_builds(struct build builds[5])
{
    run_script("INSERT INTO wherry.object (id, state) VALUES (7, 'aside'), (8, 'todo'), (9, 'todo'), (10, 'todo')");
    builds[0] = (struct build){.object = {.id = 7, .from = "aside", .to = "added", .statements = key, .count = 1},
                               .tables = zero,
                               .table_count = 1};
    builds[1] = (struct build){.object = {.id = 7, .from = "added", .to = "done", .statements = takes_over, .count = 1},
                               .tables = zero,
                               .table_count = 1,
                               .waits = zero,
                               .wait_count = 1};
    builds[2] = (struct build){.object = {.id = 8,
                                          .from = "todo",
                                          .to = "done",
                                          .statements = words,
                                          .count = 2,
                                          .settings = "SET LOCAL maintenance_work_mem = '20MB'"},
                               .tables = zero,
                               .table_count = 1};
    builds[3] = (struct build){.object = {.id = 9, .from = "todo", .to = "done", .statements = other, .count = 1},
                               .tables = one,
                               .table_count = 1};
}

static const char *states(void)
{
    return target_value(&target, "SELECT string_agg(id || state || CASE WHEN started IS NULL THEN '' ELSE '+' END, ' '"
                                 " ORDER BY id) FROM wherry.object");
}

static const char *indexes(void)
{
    return target_value(&target, "SELECT string_agg(indexname, ' ' ORDER BY indexname) FROM pg_indexes"
                                 " WHERE schemaname = 'public'");
}

static void builds_follow_their_tables_and_say_so_in_the_journal(void **state)
{
    struct table_load tables[2];
    struct run_options options = run_of(tables);
    struct build builds[5];
    struct err e;
    (void)state;
    make_builds(builds);
    options.builds = builds;
    options.build_count = 4;
    assert_int_equal(run(&options, &e), 0);
    assert_both();
    assert_string_equal(states(), "7done+ 8done+ 9done+ 10todo");
    assert_string_equal(indexes(), "t_key t_words u_id");
    assert_string_equal(target_value(&target, "SELECT contype FROM pg_constraint WHERE conname = 't_key'"), "p");
    assert_int_equal(run(&options, &e), 0); /* done already */
    assert_string_equal(states(), "7done+ 8done+ 9done+ 10todo");
}

static void a_build_that_is_refused_is_no_failure_and_stays_to_be_done(void **state)
{
    struct table_load tables[2];
    struct run_options options = run_of(tables);
    struct build builds[5];
    struct err e;
    (void)state;
    make_builds(builds);
    builds[0].object.statements = wrong;
    builds[4] = (struct build){.object = {.id = 10, .from = "todo", .to = "done", .statements = wrong, .count = 1},
                               .tables = zero,
                               .table_count = 1};
    options.builds = builds;
    options.build_count = 5;
    assert_int_equal(run(&options, &e), 0);
    assert_both();
    assert_string_equal(states(), "7aside+ 8done+ 9done+ 10todo+");
    assert_string_equal(indexes(), "t_words u_id");
}

static void *kill_twice(void *nothing)
{
    usleep(700000);
    kill_lanes();
    usleep(300000);
    kill_lanes();
    return nothing;
}

static void a_build_whose_connection_is_lost_is_done_again(void **state)
{
    static const char *const slow[] = {"SELECT pg_sleep(0.5)", "CREATE INDEX t_slow ON public.t (id)"};
    struct table_load tables[2];
    struct run_options options = run_of(tables);
    struct build builds[5];
    pthread_t killer;
    struct err e;
    (void)state;
    make_builds(builds);
    builds[2].object.statements = slow;
    options.builds = &builds[2];
    options.build_count = 1;
    assert_int_equal(pthread_create(&killer, NULL, kill_twice, NULL), 0);
    int rc = run(&options, &e);
    (void)pthread_join(killer, NULL);
    assert_int_equal(rc, 0);
    assert_both();
    assert_string_equal(states(), "7aside 8done+ 9todo 10todo");
    assert_string_equal(indexes(), "t_slow");
}

static void memory_that_fails_anywhere_loses_and_doubles_nothing(void **state)
{
    struct table_load tables[2];
    struct run_options options = run_of(tables);
    struct build builds[5];
    struct err e;
    int rc = -1;
    (void)state;
    make_builds(builds);
    options.builds = builds;
    options.build_count = 4;
    for (long n = 0; rc != 0 && n < 4000; n += n < 60 ? 1 : 37) {
        mem_fail_at(n);
        rc = run(&options, &e);
        mem_fail_at(-1);
        if (rc != 0)
            assert_int_equal(e.kind, ERR_MEMORY);
    }
    assert_int_equal(run(&options, &e), 0);
    assert_both();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(ranges_are_loaded_by_several_lanes_and_every_row_arrives_once, fresh_ranges),
        cmocka_unit_test_setup(a_table_waits_for_the_ones_that_it_comes_after, fresh_ranges),
        cmocka_unit_test_setup(lost_connections_of_any_lane_lose_and_double_nothing, fresh_ranges),
        cmocka_unit_test_setup(a_lane_that_fails_stops_the_others_at_the_end_of_their_steps, fresh_ranges),
        cmocka_unit_test_setup(rejected_rows_are_counted_over_all_lanes, fresh_ranges),
        cmocka_unit_test_setup(rejected_rows_are_counted_once_whatever_becomes_of_their_steps, fresh_ranges),
        cmocka_unit_test_setup(a_share_is_that_of_the_table_over_all_lanes, fresh_ranges),
        cmocka_unit_test_setup(a_lane_for_which_the_server_has_no_connection_is_done_without, fresh_ranges),
        cmocka_unit_test_setup(a_signal_ends_all_lanes_and_the_rest_follows_later, fresh_ranges),
        cmocka_unit_test_setup(builds_follow_their_tables_and_say_so_in_the_journal, fresh_ranges),
        cmocka_unit_test_setup(a_build_that_is_refused_is_no_failure_and_stays_to_be_done, fresh_ranges),
        cmocka_unit_test_setup(a_build_whose_connection_is_lost_is_done_again, fresh_ranges),
        cmocka_unit_test_setup(memory_that_fails_anywhere_loses_and_doubles_nothing, fresh_ranges),
    };
    return cmocka_run_group_tests(tests, lanes_setup, lanes_teardown);
}
