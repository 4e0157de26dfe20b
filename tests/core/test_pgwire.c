/* test_pgwire.c: connections, statements, stop and deadline; servers that keep silent or are poolers. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <pthread.h>
#include <sys/socket.h>

#include "sys.h"
#include "wire.h"

/* --- connecting --- */

static void a_session_has_known_settings(void **state)
{
    (void)state;
    expect_answer("show timezone", "UTC");
    expect_answer("show datestyle", "ISO, MDY");
    expect_answer("show extra_float_digits", "3");
    expect_answer("show search_path", "pg_catalog");
    expect_answer("show client_encoding", "UTF8");
    expect_answer("show application_name", "wherry");
    assert_int_equal(pgwire_alive(wire), 1);
    expect_text(wire->address, "/socket/.s.PGSQL.5432");
}

/* --- a server that keeps silent, or is a pooler --- */

struct fake {
    int listener;
    int port;
    int speak;
    pthread_t thread;
};

static void put_u32(unsigned char *at, unsigned value)
{
    at[0] = (unsigned char)(value >> 24);
    at[1] = (unsigned char)(value >> 16);
    at[2] = (unsigned char)(value >> 8);
    at[3] = (unsigned char)value;
}

/* Stands between libpq and the real server like a pooler: it makes up the process number of the session. */
static void *pooler(void *argument)
{
    struct fake *f = argument;
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    int client = accept(f->listener, NULL, NULL);
    char buffer[8192];
    ssize_t got;
    int behind;

    if (client < 0 || getpeername(PQsocket(server.pg->conn), (struct sockaddr *)&address, &length) != 0) {
        return NULL;
    }
    behind = socket(AF_UNIX, SOCK_STREAM, 0);
    if (behind < 0 || connect(behind, (struct sockaddr *)&address, length) != 0) {
        return NULL;
    }
    for (int from_client = 1;;) {
        fd_set ready;
        int high = client > behind ? client : behind;

        FD_ZERO(&ready);
        FD_SET(client, &ready);
        FD_SET(behind, &ready);
        if (select(high + 1, &ready, NULL, NULL, NULL) < 0) {
            break;
        }
        from_client = FD_ISSET(client, &ready);
        got = read(from_client ? client : behind, buffer, sizeof buffer);
        if (got <= 0) {
            break;
        }
        if (!from_client) {
            unsigned char *key = memmem(buffer, (size_t)got, "K\0\0\0\14", 5); /* BackendKeyData */

            if (key != NULL) {
                put_u32(key + 5, 4711);
            }
        }
        if (write(from_client ? behind : client, buffer, (size_t)got) != got) {
            break;
        }
    }
    close(client);
    close(behind);
    return NULL;
}

static void listen_at(struct fake *f)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;

    f->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(f->listener >= 0);
    assert_int_equal(bind(f->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(f->listener, 5), 0);
    assert_int_equal(getsockname(f->listener, (struct sockaddr *)&address, &length), 0);
    f->port = ntohs(address.sin_port);
}

static void a_pooler_is_refused(void **state)
{
    struct fake f = {.listener = -1};
    char conninfo[200];

    (void)state;
    listen_at(&f);
    assert_int_equal(pthread_create(&f.thread, NULL, pooler, &f), 0);
    snprintf(conninfo, sizeof conninfo, "host=127.0.0.1 port=%d user=postgres dbname=postgres sslmode=disable", f.port);
    expect_no_connection(conninfo, ERR_ENVIRONMENT, "pooler");
    pthread_join(f.thread, NULL);
    close(f.listener);
}

static void a_server_that_keeps_silent_ends_at_the_deadline_or_by_a_stop(void **state)
{
    struct fake f = {.listener = -1};
    struct pgwire *p = NULL;
    char conninfo[200];
    int64_t start;
    struct err e;

    (void)state;
    listen_at(&f);
    snprintf(conninfo, sizeof conninfo, "host=127.0.0.1 port=%d user=u sslmode=disable", f.port);
    start = sys_clock_ms();
    assert_int_equal(pgwire_connect(&p, conninfo, 700, &e), -1);
    assert_int_equal(e.kind, ERR_CONNECTION);
    assert_in_range(sys_clock_ms() - start, 600, 1500);
    stop_request(SIGTERM);
    start = sys_clock_ms();
    assert_int_equal(pgwire_connect(&p, conninfo, 30000, &e), -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    assert_in_range(sys_clock_ms() - start, 0, 1000);
    close(f.listener);
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
    assert_in_range(sys_clock_ms() - start, 0, 1000);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    assert_int_equal(pgwire_alive(wire), 1);
    run("select 1"); /* the state can still be saved */
    stop_request(0);
    assert_string_equal(target_value(&server, "select count(*) from pg_stat_activity where query ~ '^select pg_sleep' "
                                              "and state = 'active'"), "0");
}

static void a_deadline_cancels_a_statement(void **state)
{
    int64_t start = sys_clock_ms();
    struct err e;

    (void)state;
    wire->statement_ms = 300;
    assert_int_equal(pgwire_exec(wire, "select pg_sleep(30)", 0, NULL, NULL, &e), -1);
    assert_in_range(sys_clock_ms() - start, 200, 1200);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        wired(a_session_has_known_settings),
        cmocka_unit_test(a_pooler_is_refused),
        wired(a_server_that_keeps_silent_ends_at_the_deadline_or_by_a_stop),
        wired(parameters_are_text_and_null),
        wired(a_stop_cancels_a_statement_within_a_second),
        wired(a_deadline_cancels_a_statement),
        wired(a_session_that_was_ended_is_not_alive),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
