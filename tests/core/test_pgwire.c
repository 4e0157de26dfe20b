/* test_pgwire.c: connections, statements, stop and deadline; servers that keep silent or are poolers. */
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
#include "wire.h"
#include "sys.h"

/* --- connecting --- */

static void a_session_has_known_settings(void **state)
{
    (void)state;
    expect_answer("show timezone", "UTC");
    expect_answer("show datestyle", "ISO, MDY");
    expect_answer("show extra_float_digits", "3");
    expect_answer("show search_path", "pg_catalog");
    expect_answer("show default_transaction_read_only", "off");
    expect_answer("show default_transaction_isolation", "read committed");
    expect_answer("show client_encoding", "UTF8");
    expect_answer("show client_connection_check_interval", "2s");
    expect_answer("show application_name", "wherry");
    assert_int_equal(pgwire_alive(wire), 1);
    expect_text(wire->address, "/socket/.s.PGSQL.5432");
}

/* --- a server that keeps silent, or is a pooler --- */

static void a_pooler_is_refused(void **state)
{
    struct proxy proxy;

    (void)state;
    proxy_start(&proxy, server.pg);
    proxy.make_up_pid = 1;
    expect_no_connection(proxy.conninfo, ERR_ENVIRONMENT, "pooler");
    proxy_stop(&proxy);
}

static void a_server_that_keeps_silent_ends_at_the_deadline_or_by_a_stop(void **state)
{
    struct pgwire *p = NULL;
    char conninfo[200];
    int64_t start;
    struct err e;
    int port;
    int listener = listen_somewhere(&port);

    (void)state;
    snprintf(conninfo, sizeof conninfo, "host=127.0.0.1 port=%d user=u sslmode=disable", port);
    start = sys_clock_ms();
    assert_int_equal(pgwire_connect(&p, conninfo, 700, &e), -1);
    assert_int_equal(e.kind, ERR_CONNECTION);
    assert_in_range(sys_clock_ms() - start, 600, 8000);
    stop_request(SIGTERM);
    start = sys_clock_ms();
    assert_int_equal(pgwire_connect(&p, conninfo, 30000, &e), -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    assert_in_range(sys_clock_ms() - start, 0, 8000);
    close(listener);
}

/* --- statements --- */

static void parameters_are_text_and_null(void **state)
{
    static const char *const values[] = {"it's \\ so", NULL};
    PGresult *result = NULL;
    struct err e;

    (void)state;
    assert_int_equal(pgwire_exec(wire, "select $1::text, $2::int is null", 2, values, &result, &e), 0);
    assert_string_equal(PQgetvalue(result, 0, 0), values[0]);
    assert_string_equal(PQgetvalue(result, 0, 1), "t");
    PQclear(result);
}

static void a_stop_cancels_a_statement_within_a_second(void **state)
{
    int64_t start = sys_clock_ms();
    struct err e;

    (void)state;
    stop_request(SIGINT);
    assert_int_equal(pgwire_exec(wire, "select pg_sleep(30)", 0, NULL, NULL, &e), -1);
    assert_in_range(sys_clock_ms() - start, 0, 8000);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    assert_int_equal(pgwire_alive(wire), 1);
    run("select 1"); /* the state can still be saved */
    stop_request(0);
    assert_string_equal(target_value(&server, "select count(*) from pg_stat_activity where query ~ '^select pg_sleep' "
                                              "and state = 'active'"),
                        "0");
}

static void a_deadline_cancels_a_statement(void **state)
{
    int64_t start = sys_clock_ms();
    struct err e;

    (void)state;
    wire->statement_ms = 300;
    assert_int_equal(pgwire_exec(wire, "select pg_sleep(30)", 0, NULL, NULL, &e), -1);
    assert_in_range(sys_clock_ms() - start, 200, 8000);
    assert_int_equal(e.kind, ERR_CONNECTION);
}

static void a_session_that_was_ended_is_not_alive(void **state)
{
    struct err e;

    (void)state;
    end_session(wire);
    for (int i = 0; i < 100 && pgwire_alive(wire); i++) {
        usleep(10000);
    }
    assert_int_equal(pgwire_alive(wire), 0);
    assert_int_equal(pgwire_exec(wire, "select 1", 0, NULL, NULL, &e), -1);
    assert_int_equal(e.kind, ERR_CONNECTION);
    expect_text(e.message, "/socket/");
}

static void a_connect_without_memory_is_told_and_leaves_nothing(void **state)
{
    struct pgwire *p = NULL;
    struct err e;
    int rc = -1;
    long n = 0;

    (void)state;
    for (; rc != 0 && n < 20; n++) {
        err_clear(&e);
        mem_fail_at(n);
        rc = pgwire_connect(&p, server.server.conninfo, 5000, &e);
        mem_fail_at(-1);
        assert_int_equal(p == NULL, rc != 0);
        assert_int_equal(e.kind, rc != 0 ? ERR_MEMORY : ERR_NONE);
    }
    assert_int_equal(rc, 0);
    assert_true(n > 2);
    pgwire_close(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        wired(a_session_has_known_settings),
        cmocka_unit_test(a_pooler_is_refused),
        wired(a_server_that_keeps_silent_ends_at_the_deadline_or_by_a_stop),
        cmocka_unit_test(a_connect_without_memory_is_told_and_leaves_nothing),
        wired(parameters_are_text_and_null),
        wired(a_stop_cancels_a_statement_within_a_second),
        wired(a_deadline_cancels_a_statement),
        wired(a_session_that_was_ended_is_not_alive),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
