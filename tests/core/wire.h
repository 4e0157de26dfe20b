/* wire.h: a test server and a fresh connection for each test of the C tests of pgwire. Include it behind cmocka.h. */
#ifndef WHERRY_TESTS_WIRE_H
#define WHERRY_TESTS_WIRE_H

#include "pgwire.h"
#include "stop.h"
#include "target.h"

static struct target server;
static struct pgwire *wire; /* a fresh connection for each test */

static inline int start_server(void **state)
{
    (void)state;
    return target_start(&server);
}

static inline int stop_server(void **state)
{
    (void)state;
    return target_stop(&server);
}

static inline int open_wire(void **state)
{
    struct err e;

    (void)state;
    stop_request(0);
    return pgwire_connect(&wire, server.server.conninfo, 10000, &e);
}

static inline int close_wire(void **state)
{
    (void)state;
    stop_request(0);
    pgwire_close(wire);
    wire = NULL;
    return 0;
}

static inline void run(const char *sql)
{
    struct err e;

    if (pgwire_exec(wire, sql, 0, NULL, NULL, &e) != 0) {
        fail_msg("%s: %s", sql, e.message);
    }
}

static inline void expect_text(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("\"%s\" does not hold \"%s\"", text, part);
    }
}

static inline void expect_answer(const char *sql, const char *wanted)
{
    PGresult *result = NULL;
    struct err e;

    if (pgwire_exec(wire, sql, 0, NULL, &result, &e) != 0) {
        fail_msg("%s: %s", sql, e.message);
    }
    assert_string_equal(PQgetvalue(result, 0, 0), wanted);
    PQclear(result);
}

static inline void end_session(struct pgwire *p)
{
    char sql[100];

    snprintf(sql, sizeof sql, "select pg_terminate_backend(%d, 5000)", PQbackendPID(p->conn));
    assert_string_equal(target_value(&server, sql), "t");
}

static inline void expect_no_connection(const char *conninfo, enum err_kind kind, const char *part)
{
    struct pgwire *p = NULL;
    struct err e;

    err_clear(&e);
    assert_int_equal(pgwire_connect(&p, conninfo, 3000, &e), -1);
    assert_null(p);
    if (e.kind != kind) {
        fail_msg("%s: kind %s, message \"%s\"", conninfo, err_kind_name(e.kind), e.message);
    }
    expect_text(e.message, part);
    assert_null(strchr(e.message, '\n'));
    assert_null(strstr(e.message, "s3cret"));
    assert_null(strstr(e.hint, "s3cret"));
    if (kind == ERR_ENVIRONMENT) {
        assert_string_not_equal(e.hint, "");
    }
}

#define wired(test) cmocka_unit_test_setup_teardown(test, open_wire, close_wire)

#endif
