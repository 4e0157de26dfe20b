/* test_keeper.c: a connection that is heard of in between: not while it is in use, and not beyond its end. */
#include <setjmp.h>
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
#include "keeper.h"
#include "sys.h"

enum { EVERY_MS = 50 };

/* Milliseconds since the session last began or ended something, as the server sees it. */
static int quiet_ms(void)
{
    char sql[200];

    snprintf(sql, sizeof sql,
             "select (extract(epoch from clock_timestamp() - state_change) * 1000)::int from pg_stat_activity "
             "where pid = %d",
             PQbackendPID(wire->conn));
    return atoi(target_value(&server, sql));
}

static struct keeper *kept(void)
{
    struct keeper *k = NULL;
    struct err e;

    assert_int_equal(keeper_start(&k, wire, EVERY_MS, &e), 0);
    return k;
}

static void a_connection_is_heard_of_and_of_use_in_between(void **state)
{
    struct keeper *k = kept();

    (void)state;
    usleep(1000000);
    assert_in_range(quiet_ms(), 0, 700);
    for (int i = 0; i < 200; i++) {
        keeper_enter(k);
        expect_answer("select 1 + 1", "2");
        keeper_leave(k);
        usleep(1000);
    }
    keeper_stop(k);
    usleep(1000000);
    assert_in_range(quiet_ms(), 800, 20000);
    expect_answer("select 1 + 1", "2");
}

static void nothing_is_said_while_the_owner_uses_it(void **state)
{
    struct keeper *k = kept();

    (void)state;
    assert_true(keeper_try_enter(k));
    assert_false(keeper_try_enter(k));
    assert_true(keeper_try_enter(NULL));
    expect_answer("select 1 + 1", "2");
    usleep(1000000);
    assert_in_range(quiet_ms(), 800, 20000);
    keeper_leave(k);
    keeper_stop(k);
}

static void a_transaction_is_left_as_it_is(void **state)
{
    struct keeper *k;
    struct err e;

    (void)state;
    run("begin");
    run("create table public.kept (i int)");
    k = kept();
    usleep(300000);
    keeper_enter(k);
    assert_int_equal(pgwire_exec(wire, "select nothing", 0, NULL, NULL, &e), -1);
    keeper_leave(k);
    usleep(300000);
    keeper_stop(k);
    assert_int_equal(PQtransactionStatus(wire->conn), PQTRANS_INERROR);
    run("rollback");
    expect_answer("select to_regclass('public.kept') is null", "t");
}

static void a_lost_connection_is_found_out_by_the_owner(void **state)
{
    struct keeper *k = kept();
    struct err e;

    (void)state;
    end_session(wire);
    usleep(300000);
    keeper_enter(k);
    assert_int_equal(pgwire_exec(wire, "select 1", 0, NULL, NULL, &e), -1);
    keeper_leave(k);
    assert_int_equal(e.kind, ERR_CONNECTION);
    keeper_stop(k);
}

static void a_statement_whose_answer_never_comes_does_not_keep_the_end_waiting(void **state)
{
    struct proxy proxy;
    struct pgwire *p = NULL;
    struct keeper *k = NULL;
    int64_t start;
    struct err e;

    (void)state;
    proxy_start(&proxy, server.pg);
    assert_int_equal(pgwire_connect(&p, proxy.conninfo, 5000, &e), 0);
    assert_int_equal(keeper_start(&k, p, EVERY_MS, &e), 0);
    proxy.silence = 1;
    usleep(500000); /* by now it waits */
    start = sys_clock_ms();
    keeper_stop(k);
    assert_in_range(sys_clock_ms() - start, 0, 5000);
    pgwire_close(p);
    proxy_stop(&proxy);
}

static void nothing_is_kept_where_there_is_no_keeper(void **state)
{
    (void)state;
    keeper_enter(NULL);
    keeper_leave(NULL);
    keeper_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        wired(a_connection_is_heard_of_and_of_use_in_between),
        wired(nothing_is_said_while_the_owner_uses_it),
        wired(a_transaction_is_left_as_it_is),
        wired(a_lost_connection_is_found_out_by_the_owner),
        cmocka_unit_test(a_statement_whose_answer_never_comes_does_not_keep_the_end_waiting),
        cmocka_unit_test(nothing_is_kept_where_there_is_no_keeper),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
