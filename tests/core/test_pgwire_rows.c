/* test_pgwire_rows.c: rows of a statement come one by one, whatever ends them is told, and giving up is quick. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stop.h"
#include "sys.h"
#include "wire.h"

static const struct pgwire_values nothing = {0, NULL, NULL, NULL, NULL};

static const char ENDLESS[] = "SELECT generate_series(1, 1000000000), repeat('x', 1000)";

static void begin(const char *sql)
{
    struct err e;

    if (pgwire_rows_begin(wire, sql, &nothing, &e) != 0) {
        fail_msg("%s: %s", sql, e.message);
    }
}

/* Takes rows until something else comes: 0 or -1 and e; 1 when `most` were taken. *tag is what the server says at the
 * end. */
static int take_rows(int most, int *taken, char tag[64], struct err *e)
{
    PGresult *result = NULL;
    int got = 1;

    tag[0] = '\0';
    for (*taken = 0; *taken < most && (got = pgwire_rows_next(wire, &result, e)) == 1; ++*taken) {
        assert_int_equal(PQntuples(result), 1);
        PQclear(result);
    }
    if (got == 0 && result != NULL) {
        strncat(tag, PQcmdStatus(result), 63);
        PQclear(result);
    }
    return got;
}

static void rows_come_one_by_one_with_parameters_of_both_formats(void **state)
{
    static const uint32_t types[] = {0, 17, 0};
    static const char *const values[] = {"5", "a\0b", NULL};
    static const int lengths[] = {0, 3, 0};
    static const int formats[] = {0, 1, 0};
    const struct pgwire_values v = {3, types, values, lengths, formats};
    static const char sql[] = "SELECT i, $2 AS bytes, $3::text AS none FROM generate_series(1, $1::int4) i";
    PGresult *result = NULL;
    int taken;
    char tag[64];
    struct err e;

    (void)state;
    assert_int_equal(pgwire_describe(wire, sql, &v, &result, &e), 0);
    assert_int_equal(PQnfields(result), 3);
    assert_string_equal(PQfname(result, 1), "bytes");
    assert_int_equal(PQftype(result, 1), 17);
    PQclear(result);
    assert_int_equal(pgwire_rows_begin(wire, sql, &v, &e), 0);
    assert_int_equal(pgwire_rows_next(wire, &result, &e), 1);
    assert_int_equal(PQfformat(result, 0), 1);
    assert_int_equal(PQgetlength(result, 0, 1), 3);
    assert_memory_equal(PQgetvalue(result, 0, 1), "a\0b", 3);
    assert_int_equal(PQgetisnull(result, 0, 2), 1);
    PQclear(result);
    assert_int_equal(take_rows(99, &taken, tag, &e), 0);
    assert_int_equal(taken, 4);
    assert_string_equal(tag, "SELECT 5");
    assert_int_equal(take_rows(99, &taken, tag, &e), 0); /* and there is no more */
    expect_answer("select 1", "1");
}

static void what_is_refused_is_told_and_the_connection_goes_on(void **state)
{
    PGresult *described = NULL;
    int taken;
    char tag[64];
    struct err e;

    (void)state;
    begin("SELECT 1 / (1000 - i) FROM generate_series(1, 2000) i");
    assert_int_equal(take_rows(5000, &taken, tag, &e), -1);
    assert_int_equal(taken, 999);
    assert_int_equal(e.kind, ERR_SERVER);
    assert_string_equal(e.sqlstate, "22012");
    pgwire_rows_abort(wire); /* harmless */
    assert_int_equal(pgwire_describe(wire, "SELEKT", &nothing, &described, &e), -1);
    assert_null(described);
    assert_string_equal(e.sqlstate, "42601");
    begin("SELECT $1::int4"); /* without the parameter */
    assert_int_equal(take_rows(1, &taken, tag, &e), -1);
    assert_int_equal(e.kind, ERR_SERVER);
    assert_string_equal(e.sqlstate, "08P01");
    expect_answer("select 2", "2");
}

static void rows_that_are_given_up_are_cancelled(void **state)
{
    int64_t start = sys_clock_ms();
    int taken;
    char tag[64];
    struct err e;

    (void)state;
    begin(ENDLESS);
    assert_int_equal(take_rows(10, &taken, tag, &e), 1);
    pgwire_rows_abort(wire);
    assert_in_range(sys_clock_ms() - start, 0, 4000);
    expect_answer("select 3", "3");
    begin("SELECT pg_sleep(20)");
    pgwire_rows_abort(wire);
    assert_in_range(sys_clock_ms() - start, 0, 4000);
    expect_answer("select 4", "4");
}

static void a_transaction_outlives_rows_that_are_given_up(void **state)
{
    int taken;
    char tag[64];
    struct err e;

    (void)state;
    run("begin");
    begin("SELECT generate_series(1, 300000)");
    assert_int_equal(take_rows(10, &taken, tag, &e), 1);
    pgwire_rows_abort(wire);
    expect_answer("select 5", "5");
    run("commit");
}

static void a_stop_ends_them_and_leaves_what_is_quick(void **state)
{
    int64_t start = sys_clock_ms();
    int taken;
    char tag[64];
    struct err e;

    (void)state;
    begin(ENDLESS);
    stop_request(SIGINT);
    assert_int_equal(take_rows(50000000, &taken, tag, &e), -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    assert_in_range(sys_clock_ms() - start, 0, 4000);
    begin("SELECT pg_sleep(20)");
    assert_int_equal(take_rows(9, &taken, tag, &e), -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    assert_in_range(sys_clock_ms() - start, 0, 8000);
    begin("SELECT 1");
    assert_int_equal(take_rows(9, &taken, tag, &e), 0);
    assert_int_equal(taken, 1);
    stop_request(0);
}

static void a_session_that_is_ended_is_a_lost_connection(void **state)
{
    int taken;
    char tag[64];
    struct err e;

    (void)state;
    begin(ENDLESS);
    assert_int_equal(take_rows(10, &taken, tag, &e), 1);
    end_session(wire);
    assert_int_equal(take_rows(50000000, &taken, tag, &e), -1);
    assert_int_equal(e.kind, ERR_CONNECTION);
    pgwire_rows_abort(wire);
    assert_int_equal(pgwire_alive(wire), 0);
    assert_int_equal(pgwire_rows_begin(wire, "select 1", &nothing, &e), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        wired(rows_come_one_by_one_with_parameters_of_both_formats),
        wired(what_is_refused_is_told_and_the_connection_goes_on),
        wired(rows_that_are_given_up_are_cancelled),
        wired(a_transaction_outlives_rows_that_are_given_up),
        wired(a_stop_ends_them_and_leaves_what_is_quick),
        wired(a_session_that_is_ended_is_a_lost_connection),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
