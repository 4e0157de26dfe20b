/* test_pgwire_errors.c: what is refused has the right kind, a hint, a place, and no password. */
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
#include "wire.h"

static void a_server_that_is_not_reached_is_worth_a_retry(void **state)
{
    (void)state;
    expect_no_connection("host=/tmp/wherry-no-such-directory user=u password=s3cret", ERR_CONNECTION,
                         "/tmp/wherry-no-such-directory");
    expect_no_connection("postgresql://u:s3cret@127.0.0.1:1/d", ERR_CONNECTION, "127.0.0.1");
    expect_no_connection("host=no-such-host.invalid user=u", ERR_CONNECTION, "no-such-host.invalid");
}

static void a_server_that_says_no_is_not(void **state)
{
    char conninfo[1200];

    (void)state;
    snprintf(conninfo, sizeof conninfo, "%s dbname=nowhere", server.server.conninfo);
    expect_no_connection(conninfo, ERR_ENVIRONMENT, "nowhere");
    snprintf(conninfo, sizeof conninfo, "%s user=nobody_here password=s3cret", server.server.conninfo);
    expect_no_connection(conninfo, ERR_ENVIRONMENT, "nobody_here");
    expect_no_connection("host=127.0.0.1 sslmode=perhaps", ERR_ENVIRONMENT, "sslmode");
}

/* Reloads pg_hba.conf with a line in front. */
static void set_access(const char *line)
{
    char path[600], text[600];

    snprintf(path, sizeof path, "%s/data/pg_hba.conf", server.server.directory);
    snprintf(text, sizeof text, "%s\nlocal all all peer map=wherry\n", line);
    FILE *file = fopen(path, "w"); /* in place: it stays the server's user's */
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(target_value(&server, "select pg_reload_conf()"), "t");
}

static void a_wrong_password_is_told_but_not_shown(void **state)
{
    char conninfo[1400];
    struct pgwire *p = NULL;
    struct err e;

    (void)state;
    run("create role by_password login password 'right s3cret'");
    set_access("local all by_password scram-sha-256");
    snprintf(conninfo, sizeof conninfo, "%s user=by_password password='right s3cret'", server.server.conninfo);
    for (int i = 0; i < 100 && pgwire_connect(&p, conninfo, 3000, &e) != 0; i++) {
        usleep(20000); /* the reload takes a moment */
    }
    assert_non_null(p);
    assert_int_equal(pgwire_exec(p, "select * from pg_catalog.\"right s3cret\"", 0, NULL, NULL, &e), -1);
    assert_null(strstr(e.message, "s3cret"));
    expect_text(e.message, "****");
    pgwire_close(p);
    snprintf(conninfo, sizeof conninfo, "%s user=by_password password='wrong s3cret'", server.server.conninfo);
    expect_no_connection(conninfo, ERR_ENVIRONMENT, "password authentication failed");
    snprintf(conninfo, sizeof conninfo, "%s user=by_password password=by_password", server.server.conninfo);
    assert_int_equal(pgwire_connect(&p, conninfo, 3000, &e), -1);
    expect_text(e.message, "failed for user \"by_password\"");
    snprintf(conninfo, sizeof conninfo, "%s user=by_password passfile=/nowhere", server.server.conninfo);
    expect_no_connection(conninfo, ERR_ENVIRONMENT, "no password supplied");
    run("create role shut login password 'wrong s3cret'");
    run("revoke connect on database template1 from public");
    set_access("local all shut,by_password scram-sha-256");
    snprintf(conninfo, sizeof conninfo, "%s user=shut dbname=template1 password='wrong s3cret'",
             server.server.conninfo);
    usleep(300000);
    expect_no_connection(conninfo, ERR_ENVIRONMENT, "permission denied");
    run("grant connect on database template1 to public");
    run("drop role shut");
    run("drop role by_password");
}

static void other_encodings_are_refused(void **state)
{
    static const char *const encodings[] = {"SQL_ASCII", "LATIN1"};
    char text[1200];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        snprintf(text, sizeof text, "create database odd encoding '%s' lc_collate 'C' lc_ctype 'C' template template0",
                 encodings[i]);
        run(text);
        snprintf(text, sizeof text, "%s dbname=odd", server.server.conninfo);
        expect_no_connection(text, ERR_ENVIRONMENT, encodings[i]);
        run("drop database odd with (force)");
    }
}

static void too_many_connections_are_worth_a_retry(void **state)
{
    struct pgwire *many[32] = {NULL};
    struct err e;
    int result = 0;

    (void)state;
    for (int i = 0; i < 32 && result == 0; i++) {
        result = pgwire_connect(&many[i], server.server.conninfo, 3000, &e);
    }
    for (int i = 0; i < 32; i++) {
        pgwire_close(many[i]);
    }
    assert_int_equal(result, -1);
    assert_int_equal(e.kind, ERR_CONNECTION);
    assert_string_equal(e.sqlstate, "53300");
}

static void a_refusal_says_what_and_where(void **state)
{
    struct err e;

    (void)state;
    run("create table public.parent (id int constraint parent_key primary key, n int not null)");
    run("insert into public.parent values (1, 1)");
    assert_int_equal(pgwire_exec(wire, "insert into public.parent values (1, 2)", 0, NULL, NULL, &e), -1);
    assert_int_equal(e.kind, ERR_SERVER);
    assert_string_equal(e.sqlstate, "23505");
    assert_string_equal(e.table, "parent");
    expect_text(e.message, "parent_key");
    expect_text(e.message, "(id)=(1)");
    expect_text(e.hint, "the target allows the value once");
    assert_int_equal(pgwire_exec(wire, "insert into public.parent values (2, null)", 0, NULL, NULL, &e), -1);
    assert_string_equal(e.column, "n");
    expect_text(e.hint, "fill the column in the source");
    assert_int_equal(pgwire_exec(wire, "select 'x'::int", 0, NULL, NULL, &e), -1);
    expect_text(e.hint, "a type that takes it");
    assert_int_equal(pgwire_exec(wire, "selekt", 0, NULL, NULL, &e), -1);
    assert_string_equal(e.sqlstate, "42601");
    assert_int_equal(pgwire_exec(wire, "copy public.parent to stdout", 0, NULL, NULL, &e), -1);
    assert_int_equal(e.kind, ERR_USAGE);
    assert_int_equal(pgwire_alive(wire), 0);
}

static void the_row_is_read_in_any_language(void **state)
{
    static const struct {
        const char *context, *relation;
        int64_t line;
        const char *column;
    } cases[] = {
        {"COPY t, line 12", "t", 12, ""},
        {"COPY t, line 12, column c: \"7, 8\"", "t", 12, "c"},
        {"COPY t, line 2, column a b", "t", 2, "a b"},
        {"COPY a,5, line 12", "a,5", 12, ""},
        {"COPY t1, Zeile 3, Spalte a: »x«", "t1", 3, ""},
        {"COPY t,第9行, 列 a", "t", 9, ""},
        {"PL/pgSQL function f() line 3 at RAISE\nCOPY t, line 5", "t", 5, ""},
        {"COPY t, line 12", "", 12, ""},
        {"COPY t", "t", 0, ""},
        {"SQL statement \"x\"", "t", 0, ""},
        {"", "t", 0, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char column[64];

        assert_int_equal(pgwire_context_line(cases[i].context, cases[i].relation, column, sizeof column),
                         cases[i].line);
        assert_string_equal(column, cases[i].column);
    }
}

/* libpq ran out of memory for an answer, or can't make sense of it: nothing was refused by the server, and whether the
 * statement was done is unknown. */
static void an_error_of_libpq_is_no_refusal(void **state)
{
    struct pgwire *p = NULL;
    struct err e;

    (void)state;
    assert_int_equal(pgwire_connect(&p, server.server.conninfo, 3000, &e), 0);
    PGresult *result = PQmakeEmptyPGresult(p->conn, PGRES_FATAL_ERROR);
    assert_non_null(result);
    assert_int_equal(pgwire_refused(p, result, &e), -1);
    assert_int_equal(e.kind, ERR_CONNECTION);
    assert_false(pgwire_alive(p));
    PQclear(result);
    pgwire_close(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_that_is_not_reached_is_worth_a_retry),
        cmocka_unit_test(a_server_that_says_no_is_not),
        wired(a_wrong_password_is_told_but_not_shown),
        wired(other_encodings_are_refused),
        cmocka_unit_test(too_many_connections_are_worth_a_retry),
        wired(a_refusal_says_what_and_where),
        cmocka_unit_test(the_row_is_read_in_any_language),
        wired(an_error_of_libpq_is_no_refusal),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
