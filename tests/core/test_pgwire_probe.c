/* test_pgwire_probe.c: an answer that is late is told from one that will never come. */
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

#include "pgwire_internal.h"
#include "proxy.h"
#include "wire.h"
#include "sys.h"

static void a_slow_statement_is_waited_for(void **state)
{
    (void)state;
    wire->probe_ms = 200;
    run("select pg_sleep(1.5)");
}

static void a_statement_that_never_arrived_is_a_lost_connection(void **state)
{
    struct pgwire *p = NULL;
    struct proxy proxy;
    int64_t start;
    struct err e;

    (void)state;
    proxy_start(&proxy, server.pg);
    assert_int_equal(pgwire_connect(&p, proxy.conninfo, 5000, &e), 0);
    assert_int_equal(pgwire_exec(p, "select 1", 0, NULL, NULL, &e), 0);
    p->probe_ms = 200;
    proxy.swallow = 1;
    start = sys_clock_ms();
    assert_int_equal(pgwire_exec(p, "select 2", 0, NULL, NULL, &e), -1);
    assert_int_equal(e.kind, ERR_CONNECTION);
    expect_text(e.message, "waits for more");
    assert_in_range(sys_clock_ms() - start, 500, 5000);
    assert_int_equal(pgwire_alive(p), 0);
    pgwire_close(p);
    proxy_stop(&proxy);
}

static void a_copy_whose_end_or_begin_never_arrived_is_a_lost_connection(void **state)
{
    struct pgwire *p = NULL;
    struct proxy proxy;
    int64_t rows;
    struct err e;

    (void)state;
    run("create table public.c (i int)");
    proxy_start(&proxy, server.pg);
    assert_int_equal(pgwire_connect(&p, proxy.conninfo, 5000, &e), 0);
    assert_int_equal(pgwire_copy_begin(p, "COPY public.c FROM STDIN", &e), 0);
    assert_int_equal(pgwire_copy_put(p, "1\n", 2, &e), 0);
    p->probe_ms = 200;
    proxy.swallow = 1;
    assert_int_equal(pgwire_copy_end(p, &rows, NULL, &e), -1);
    assert_int_equal(e.kind, ERR_CONNECTION);
    pgwire_close(p);
    assert_int_equal(pgwire_connect(&p, proxy.conninfo, 5000, &e), 0);
    p->probe_ms = 200;
    proxy.swallow = proxy.accepted;
    assert_int_equal(pgwire_copy_begin(p, "COPY public.c FROM STDIN", &e), -1);
    assert_int_equal(e.kind, ERR_CONNECTION);
    pgwire_close(p);
    proxy_stop(&proxy);
    expect_answer("select count(*) from public.c", "0");
    run("drop table public.c");
}

/* A machine that is busy with other tests may take long to connect, and then nothing is known. */
static int is_forgotten_at_last(void)
{
    int forgotten = 0;
    for (int attempt = 0; attempt < 10 && !forgotten; attempt++)
        forgotten = pgwire_is_forgotten(wire);
    return forgotten;
}

static void a_session_that_the_server_does_not_know_is_lost(void **state)
{
    (void)state;
    assert_int_equal(is_forgotten_at_last(), 1); /* it waits for us: nothing was asked */
    assert_int_equal(PQsendQuery(wire->conn, "select pg_sleep(3)"), 1);
    assert_int_equal(PQflush(wire->conn), 0);
    usleep(100000);
    assert_int_equal(pgwire_is_forgotten(wire), 0);
    end_session(wire);
    assert_int_equal(is_forgotten_at_last(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        wired(a_slow_statement_is_waited_for),
        cmocka_unit_test(a_statement_that_never_arrived_is_a_lost_connection),
        wired(a_copy_whose_end_or_begin_never_arrived_is_a_lost_connection),
        wired(a_session_that_the_server_does_not_know_is_lost),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
