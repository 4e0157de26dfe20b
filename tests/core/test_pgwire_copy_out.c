/* test_pgwire_copy_out.c: rows come out one by one, whatever ends them is told, and giving up is quick. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proxy.h"
#include "sys.h"
#include "wire.h"

/* A statement whose rows never end, as far as a test goes. */
static const char ENDLESS[] = "COPY (SELECT repeat('x', 1000), generate_series(1, 100000000)) TO STDOUT";

/* Rows, more than the server keeps back, and the last one much later. */
static const char SLOW[] = "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 20) UNION ALL"
                           " SELECT pg_sleep(20)::text) TO STDOUT";

static void begin(struct pgwire *p, const char *sql)
{
    struct err e;

    if (pgwire_copy_out_begin(p, sql, &e) != 0) {
        fail_msg("%s: %s", sql, e.message);
    }
}

/* Takes rows until something else comes: 0 or -1 and e. *taken gets their number. */
static int take_rows(struct pgwire *p, int most, int *taken, int64_t *rows, struct err *e)
{
    const char *data;
    size_t length;
    int got = 1;

    for (*taken = 0; *taken < most && (got = pgwire_copy_get(p, &data, &length, rows, e)) == 1; ++*taken) {
        assert_non_null(data);
        assert_true(length > 0);
    }
    return got;
}

static void rows_come_one_by_one_and_are_counted(void **state)
{
    const char *data;
    size_t length;
    int64_t rows = 0;
    int taken;
    struct err e;

    (void)state;
    begin(wire, "COPY (SELECT i, 'v' || i FROM generate_series(1, 3) i) TO STDOUT");
    for (int i = 1; i <= 3; i++) {
        char line[20];

        assert_int_equal(pgwire_copy_get(wire, &data, &length, &rows, &e), 1);
        (void)snprintf(line, sizeof line, "%d\tv%d\n", i, i);
        assert_int_equal(length, strlen(line));
        assert_memory_equal(data, line, length);
    }
    assert_int_equal(pgwire_copy_get(wire, &data, &length, &rows, &e), 0);
    assert_null(data);
    assert_int_equal(rows, 3);
    expect_answer("select 1", "1");
    begin(wire, "COPY (SELECT 1 WHERE false) TO STDOUT (FORMAT binary)");
    assert_int_equal(take_rows(wire, 9, &taken, &rows, &e), 0);
    assert_int_equal(taken, 1); /* the header goes with the trailer */
    assert_int_equal(rows, 0);
    begin(wire, "COPY (SELECT repeat('x', 30000000), i FROM generate_series(1, 2) i) TO STDOUT (FORMAT binary)");
    assert_int_equal(pgwire_copy_get(wire, &data, &length, &rows, &e), 1);
    assert_true(length > 30000000);
    assert_int_equal(take_rows(wire, 9, &taken, NULL, &e), 0);
    assert_int_equal(taken, 2); /* the second row, and the trailer */
    expect_answer("select 2", "2");
}

static void a_statement_that_fails_in_the_middle_is_told(void **state)
{
    int taken;
    int64_t rows = 0;
    struct err e;

    (void)state;
    begin(wire, "COPY (SELECT 1 / (1000 - i) FROM generate_series(1, 2000) i) TO STDOUT");
    assert_int_equal(take_rows(wire, 5000, &taken, &rows, &e), -1);
    assert_int_equal(taken, 999);
    assert_int_equal(e.kind, ERR_SERVER);
    assert_string_equal(e.sqlstate, "22012");
    pgwire_copy_abort(wire); /* harmless */
    assert_int_equal(pgwire_alive(wire), 1);
    assert_int_equal(pgwire_copy_out_begin(wire, "COPY (SELECT 1 / i FROM generate_series(0, 1) i) TO STDOUT", &e), 0);
    assert_int_equal(take_rows(wire, 1, &taken, &rows, &e), -1); /* before the first row */
    assert_string_equal(e.sqlstate, "22012");
    assert_int_equal(pgwire_copy_out_begin(wire, "COPY public.nothing TO STDOUT", &e), -1);
    assert_string_equal(e.sqlstate, "42P01");
    assert_int_equal(pgwire_copy_out_begin(wire, "select 1", &e), -1);
    assert_int_equal(e.kind, ERR_INTERNAL);
    assert_int_equal(take_rows(wire, 1, &taken, &rows, &e), -1); /* none is open */
    pgwire_copy_abort(wire);
}

static void what_is_given_up_in_the_middle_is_cancelled(void **state)
{
    int64_t rows, start = sys_clock_ms();
    int taken;
    struct err e;

    (void)state;
    run("begin");
    begin(wire, ENDLESS);
    assert_int_equal(take_rows(wire, 10, &taken, &rows, &e), 1);
    pgwire_copy_abort(wire);
    assert_in_range(sys_clock_ms() - start, 0, 4000);
    assert_int_equal(pgwire_alive(wire), 1);
    run("rollback");
    expect_answer("select 3", "3");
    begin(wire, "COPY (SELECT 1) TO STDOUT"); /* all is on its way, and only not taken */
    pgwire_copy_abort(wire);
    expect_answer("select 4", "4");
}

static void a_stop_ends_it_though_rows_keep_coming(void **state)
{
    int64_t rows, start;
    int taken;
    struct err e;

    (void)state;
    begin(wire, ENDLESS);
    assert_int_equal(take_rows(wire, 10, &taken, &rows, &e), 1);
    start = sys_clock_ms();
    stop_request(SIGINT);
    assert_int_equal(take_rows(wire, 50000000, &taken, &rows, &e), -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    pgwire_copy_abort(wire);
    assert_in_range(sys_clock_ms() - start, 0, 3000);
    stop_request(0);
}

static void a_stop_ends_the_wait_for_a_row(void **state)
{
    int64_t rows, start;
    int taken;
    struct err e;

    (void)state;
    begin(wire, SLOW);
    start = sys_clock_ms();
    stop_request(SIGTERM);
    assert_int_equal(take_rows(wire, 99, &taken, &rows, &e), -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    assert_true(taken < 21);
    pgwire_copy_abort(wire);
    assert_in_range(sys_clock_ms() - start, 0, 3000);
    stop_request(0);
    expect_answer("select 5", "5"); /* the cancel was answered: the connection goes on */
    stop_request(SIGTERM);
    assert_int_equal(pgwire_copy_out_begin(wire, "COPY (SELECT pg_sleep(20)) TO STDOUT", &e), -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    assert_in_range(sys_clock_ms() - start, 0, 4000);
    stop_request(0);
    expect_answer("select 6", "6");
}

static void another_thread_can_end_it(void **state)
{
    int64_t rows, start = sys_clock_ms();
    int taken;
    struct err e;

    (void)state;
    begin(wire, SLOW);
    atomic_store(&wire->given_up, 1);
    assert_int_equal(take_rows(wire, 99, &taken, &rows, &e), -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    pgwire_copy_abort(wire);
    assert_in_range(sys_clock_ms() - start, 0, 3000);
}

static void a_deadline_ends_the_wait_for_a_row(void **state)
{
    int64_t rows, start = sys_clock_ms();
    int taken;
    struct err e;

    (void)state;
    wire->statement_ms = 300;
    begin(wire, SLOW);
    assert_int_equal(take_rows(wire, 99, &taken, &rows, &e), -1);
    assert_int_equal(e.kind, ERR_CONNECTION);
    assert_in_range(taken, 1, 20);
    pgwire_copy_abort(wire);
    assert_in_range(sys_clock_ms() - start, 0, 5000);
}

static void a_session_that_is_ended_is_a_lost_connection(void **state)
{
    int64_t rows;
    int taken;
    struct err e;

    (void)state;
    begin(wire, ENDLESS);
    assert_int_equal(take_rows(wire, 10, &taken, &rows, &e), 1);
    end_session(wire);
    assert_int_equal(take_rows(wire, 50000000, &taken, &rows, &e), -1);
    assert_int_equal(e.kind, ERR_CONNECTION);
    pgwire_copy_abort(wire);
    assert_int_equal(pgwire_alive(wire), 0);
}

static void a_cut_connection_is_lost(void **state)
{
    struct pgwire *p = NULL;
    struct proxy proxy;
    int64_t rows;
    int taken;
    struct err e;

    (void)state;
    proxy_start(&proxy, server.pg);
    assert_int_equal(pgwire_connect(&p, proxy.conninfo, 5000, &e), 0);
    begin(p, ENDLESS);
    assert_int_equal(take_rows(p, 10, &taken, &rows, &e), 1);
    proxy.cut_at = proxy.pieces + 20;
    assert_int_equal(take_rows(p, 50000000, &taken, &rows, &e), -1);
    assert_int_equal(e.kind, ERR_CONNECTION);
    pgwire_copy_abort(p);
    pgwire_close(p);
    proxy_stop(&proxy);
}

/* The statement never arrives; without the second connection's look we would wait for ever. */
static void a_server_that_never_got_it_is_noticed(void **state)
{
    struct pgwire *p = NULL;
    struct proxy proxy;
    struct err e;

    (void)state;
    proxy_start(&proxy, server.pg);
    assert_int_equal(pgwire_connect(&p, proxy.conninfo, 5000, &e), 0);
    p->probe_ms = 300;
    proxy.swallow = 1;
    assert_int_equal(pgwire_copy_out_begin(p, "COPY (SELECT 1) TO STDOUT", &e), -1);
    assert_int_equal(e.kind, ERR_CONNECTION);
    pgwire_close(p);
    proxy_stop(&proxy);
}

/* The rest of the rows is lost on its way, and the server waits for the next statement. */
static void rows_that_will_not_come_are_noticed(void **state)
{
    struct pgwire *p = NULL;
    struct proxy proxy;
    int64_t rows;
    int taken;
    struct err e;

    (void)state;
    proxy_start(&proxy, server.pg);
    assert_int_equal(pgwire_connect(&p, proxy.conninfo, 5000, &e), 0);
    p->probe_ms = 300;
    begin(p, "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 20000)) TO STDOUT");
    assert_int_equal(take_rows(p, 10, &taken, &rows, &e), 1);
    proxy.silence = 1;
    assert_int_equal(take_rows(p, 20001, &taken, &rows, &e), -1);
    assert_int_equal(e.kind, ERR_CONNECTION);
    expect_text(e.message, "does not work on what was sent");
    pgwire_copy_abort(p);
    pgwire_close(p);
    proxy_stop(&proxy);
}

static void a_server_at_work_is_not_late(void **state)
{
    int64_t rows = 0;
    int taken;
    struct err e;

    (void)state;
    wire->probe_ms = 200;
    begin(wire, "COPY (SELECT pg_sleep(1)) TO STDOUT");
    assert_int_equal(take_rows(wire, 9, &taken, &rows, &e), 0);
    assert_int_equal(rows, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        wired(rows_come_one_by_one_and_are_counted),
        wired(a_statement_that_fails_in_the_middle_is_told),
        wired(what_is_given_up_in_the_middle_is_cancelled),
        wired(a_stop_ends_it_though_rows_keep_coming),
        wired(a_stop_ends_the_wait_for_a_row),
        wired(another_thread_can_end_it),
        wired(a_deadline_ends_the_wait_for_a_row),
        wired(a_session_that_is_ended_is_a_lost_connection),
        wired(a_cut_connection_is_lost),
        wired(a_server_that_never_got_it_is_noticed),
        wired(rows_that_will_not_come_are_noticed),
        wired(a_server_at_work_is_not_late),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
