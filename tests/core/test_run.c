/* test_run.c: tables one after the other in a thread of their own, while the caller is told how far it is. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "load.h"
#include "run.h"

/* What the ticks told. */
struct told {
    pthread_t caller;
    size_t tables;
    int ticks, elsewhere, backwards, retried;
    struct run_progress last; /* without its arrays, of which it has .. */
    int64_t rows[4];          /* .. by table .. */
    size_t done[4];           /* .. and those that are done */
    int stop_at;              /* rows of all tables at which a signal comes; 0: none */
};

static void listen(void *context, const struct run_progress *progress)
{
    struct told *told = context;
    told->ticks++;
    told->elsewhere += !pthread_equal(told->caller, pthread_self());
    told->backwards += progress->total < told->last.total || progress->done_count < told->last.done_count;
    told->retried += progress->retrying;
    told->last = *progress;
    memcpy(told->rows, progress->rows, told->tables * sizeof *told->rows);
    memcpy(told->done, progress->done, progress->done_count * sizeof *told->done);
    if (told->stop_at && progress->total >= told->stop_at)
        stop_request(SIGINT);
}

static int run_tables(struct table_load *tables, size_t count, struct told *told, struct err *e)
{
    struct run_options options = {.lane = lane_options(),
                                  .readers = &source,
                                  .jobs = 1,
                                  .tables = tables,
                                  .count = count,
                                  .tick = listen,
                                  .context = told};
    told->caller = pthread_self();
    told->tables = count;
    err_clear(e);
    return run_load(&options, e);
}

/* A second table with the rows of the first. */
static struct table_load table_u(void)
{
    struct table_load t = table_t();
    t.read.table = "u";
    t.write.target = "public.u";
    t.write.copy_sql = "COPY public.u (id, word) FROM STDIN (FORMAT binary)";
    return t;
}

static int fresh_two(void **state)
{
    (void)fresh(state);
    run_script("DROP TABLE IF EXISTS public.u; CREATE TABLE public.u (id bigint, word text);"
               "INSERT INTO wherry.slice (run, source, source_table, state) VALUES (1, 'main', 'u', 'todo')");
    return 0;
}

static const char *counts(void)
{
    return target_value(&target, "SELECT (SELECT count(*) FROM public.t) || ' ' || (SELECT count(*) FROM public.u)");
}

static void tables_are_loaded_in_order_and_told(void **state)
{
    struct table_load tables[] = {table_t(), table_u()};
    struct told told = {0};
    struct err e;
    (void)state;
    assert_int_equal(run_tables(tables, 2, &told, &e), 0);
    assert_string_equal(counts(), "2500 2500");
    assert_true(told.ticks > 0);
    assert_int_equal(told.elsewhere, 0);
    assert_int_equal(told.backwards, 0);
    assert_int_equal(told.last.done_count, 2);
    assert_int_equal(told.done[0], 0);
    assert_int_equal(told.done[1], 1);
    assert_int_equal(told.rows[0], 2500);
    assert_int_equal(told.rows[1], 2500);
    assert_int_equal(told.last.total, 5000);
    assert_int_equal(told.last.lanes, 0);
    assert_string_equal(target_value(&target, "SELECT string_agg(source_table, '' ORDER BY finished)"
                                              " FROM wherry.slice"),
                        "tttttttttuuuuuuuuu");
}

static void nothing_to_load_is_no_error(void **state)
{
    struct run_options options = {.lane = lane_options(), .readers = &source, .jobs = 1};
    struct told told = {0};
    struct err e;
    (void)state;
    assert_int_equal(run_tables(NULL, 0, &told, &e), 0);
    assert_int_equal(told.last.total, 0);
    assert_int_equal(run_load(&options, &e), 0); /* nor that nobody listens */
}

static void a_table_that_fails_ends_the_run_and_what_is_behind_it_waits(void **state)
{
    struct table_load tables[] = {table_t(), table_u()};
    struct told told = {0};
    struct err e;
    (void)state;
    tables[0].write.copy_sql = "COPY public.nothing (id, word) FROM STDIN (FORMAT binary)";
    assert_int_equal(run_tables(tables, 2, &told, &e), -1);
    assert_int_equal(e.kind, ERR_SERVER);
    assert_string_equal(e.sqlstate, "42P01");
    assert_string_equal(e.table, "t");
    assert_string_equal(counts(), "0 0");
    tables[0] = table_t();
    assert_int_equal(run_tables(tables, 2, &told, &e), 0);
    assert_string_equal(counts(), "2500 2500");
}

static void a_server_that_cannot_be_reached_is_told_and_tried_again(void **state)
{
    struct table_load tables[] = {table_t()};
    struct told told = {.caller = pthread_self()};
    struct run_options options = {.lane = lane_options(),
                                  .readers = &source,
                                  .jobs = 1,
                                  .tables = tables,
                                  .count = 1,
                                  .tick = listen,
                                  .context = &told};
    struct err e;
    (void)state;
    options.lane.conninfo = "host=/nowhere user=postgres";
    options.lane.retry_ms = 600;
    assert_int_equal(run_load(&options, &e), -1);
    assert_int_equal(e.kind, ERR_CONNECTION);
    assert_true(told.retried > 0);
    assert_string_not_equal(told.last.retry.message, "");
}

static void a_signal_ends_it_and_the_rest_follows_later(void **state)
{
    struct table_load tables[] = {table_t(), table_u()};
    struct told told = {.stop_at = 1};
    struct err e;
    (void)state;
    /* Slow enough that a tick comes in between. */
    run_script("CREATE FUNCTION public.wait() RETURNS trigger LANGUAGE plpgsql AS"
               " 'BEGIN PERFORM pg_catalog.pg_sleep(0.1); RETURN NULL; END';"
               "CREATE TRIGGER wait AFTER INSERT ON public.t EXECUTE FUNCTION public.wait()");
    int rc = run_tables(tables, 2, &told, &e);
    stop_request(0);
    run_script("DROP TRIGGER wait ON public.t; DROP FUNCTION public.wait()");
    assert_int_equal(rc, -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    assert_string_not_equal(counts(), "0 0");
    assert_string_not_equal(counts(), "2500 2500");
    told = (struct told){0};
    assert_int_equal(run_tables(tables, 2, &told, &e), 0);
    assert_string_equal(counts(), "2500 2500");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(tables_are_loaded_in_order_and_told, fresh_two),
        cmocka_unit_test_setup(nothing_to_load_is_no_error, fresh_two),
        cmocka_unit_test_setup(a_table_that_fails_ends_the_run_and_what_is_behind_it_waits, fresh_two),
        cmocka_unit_test_setup(a_server_that_cannot_be_reached_is_told_and_tried_again, fresh_two),
        cmocka_unit_test_setup(a_signal_ends_it_and_the_rest_follows_later, fresh_two),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
