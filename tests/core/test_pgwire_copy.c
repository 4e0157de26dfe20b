/* test_pgwire_copy.c: rows arrive and are counted, the refused one is named, nothing hangs on a dead server. */
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

#include "sys.h"
#include "wire.h"

static int put(const char *text)
{
    struct err e;

    return pgwire_copy_put(wire, text, strlen(text), &e);
}

static void begin(const char *sql)
{
    struct err e;

    if (pgwire_copy_begin(wire, sql, &e) != 0) {
        fail_msg("%s: %s", sql, e.message);
    }
}

static void a_copy_counts_its_rows(void **state)
{
    int64_t rows = 0, line = 7;
    struct err e;

    (void)state;
    run("create table public.\"a,5 \"\"b\"\"\" (id int primary key, v text)");
    begin("COPY public.\"a,5 \"\"b\"\"\" FROM STDIN");
    assert_string_equal(wire->copying, "a,5 \"b\"");
    assert_int_equal(put("1\tx\n2\t"), 0);
    char *big = malloc(5000000);
    assert_non_null(big);
    memset(big, 'y', 5000000);
    assert_int_equal(pgwire_copy_put(wire, big, 5000000, &e), 0);
    free(big);
    assert_int_equal(put("\n"), 0);
    assert_int_equal(pgwire_copy_end(wire, &rows, &line, &e), 0);
    assert_int_equal(rows, 2);
    assert_int_equal(line, 0);
    expect_answer("select sum(length(v)) from public.\"a,5 \"\"b\"\"\"", "5000001");
    begin("COPY public.\"a,5 \"\"b\"\"\" FROM STDIN");
    assert_int_equal(put("3\tx\n4\tx\n1\tx\n"), 0);
    assert_int_equal(pgwire_copy_end(wire, &rows, &line, &e), -1);
    assert_int_equal(e.kind, ERR_SERVER);
    assert_string_equal(e.sqlstate, "23505");
    assert_int_equal(line, 3);
    begin("COPY public.\"a,5 \"\"b\"\"\" FROM STDIN");
    assert_int_equal(put("5\tx\nsix\tx\n"), 0);
    assert_int_equal(pgwire_copy_end(wire, &rows, &line, &e), -1);
    assert_string_equal(e.sqlstate, "22P02");
    assert_string_equal(e.column, "id");
    assert_int_equal(line, 2);
    assert_int_equal(pgwire_alive(wire), 1);
    run("drop table public.\"a,5 \"\"b\"\"\"");
}

/* Pieces of any length, shorter and longer than what goes in one message; behind a COPY that is given up. */
static void pieces_of_any_length_arrive_as_they_were(void **state)
{
    static const size_t lengths[] = {1, 65530, 65531, 65532, 3, 131062, 131061, 131063, 7, 8192, 200000, 65536, 2};
    enum { PIECES = sizeof lengths / sizeof *lengths };
    int64_t rows = 0;
    struct err e;

    (void)state;
    run("create table public.p (v text)");
    for (size_t first = 0; first < PIECES; first++) {
        size_t sent = 0;

        run("truncate public.p");
        begin("COPY public.p FROM STDIN");
        assert_int_equal(put("given up"), 0);
        pgwire_copy_abort(wire);
        begin("COPY public.p FROM STDIN");
        for (size_t i = 0; i < PIECES; i++) {
            size_t length = lengths[(first + i) % PIECES];
            char *piece = malloc(length);

            assert_non_null(piece);
            for (size_t k = 0; k < length; k++, sent++) {
                piece[k] = (char)(sent % 10 == 9 ? '\n' : 'a' + (int)(sent / 10 % 26));
            }
            assert_int_equal(pgwire_copy_put(wire, piece, length, &e), 0);
            free(piece);
        }
        assert_int_equal(pgwire_copy_end(wire, &rows, NULL, &e), 0);
        assert_int_equal(rows, (sent + 9) / 10);
        /* Each row is nine times its letter; the last one may be shorter. */
        expect_answer("select count(*) from public.p where v <> repeat(left(v, 1), length(v))", "0");
        expect_answer("select count(*) <= 1 from public.p where length(v) <> 9", "t");
        expect_answer("select count(*) from (select ascii(v) - 97 as n, row_number() over (order by ctid) - 1 as i"
                      " from public.p) r where n <> i % 26",
                      "0");
    }
    run("drop table public.p");
}

/* What was left to be run comes before the next statement, or before a COPY in the same message. */
static void statements_can_go_ahead_of_others(void **state)
{
    int64_t rows = 0, line = 0;
    struct err e;

    (void)state;
    run("create table public.ahead (id int check (id > 0))");
    run("begin");
    pgwire_ahead(wire, "savepoint a");
    begin("COPY public.ahead FROM STDIN");
    assert_string_equal(wire->copying, "ahead");
    assert_int_equal(put("1\n0\n"), 0);
    assert_int_equal(pgwire_copy_end(wire, &rows, &line, &e), -1);
    assert_int_equal(line, 2);
    pgwire_ahead(wire, "rollback to savepoint a");
    pgwire_ahead(wire, "release savepoint a");
    pgwire_ahead(wire, "savepoint b");
    begin("COPY public.ahead FROM STDIN");
    assert_int_equal(put("2\n"), 0);
    assert_int_equal(pgwire_copy_end(wire, &rows, &line, &e), 0);
    pgwire_ahead(wire, "rollback to savepoint b");
    pgwire_ahead(wire, NULL);
    pgwire_ahead(wire, "insert into public.ahead values (3)");
    expect_answer("select string_agg(id::text, ',' order by id) from public.ahead", "2,3");
    /* What is refused of it fails the other one, which is not run. */
    pgwire_ahead(wire, "savepoint c");
    pgwire_ahead(wire, "rollback to savepoint nowhere");
    assert_int_equal(pgwire_copy_begin(wire, "COPY public.ahead FROM STDIN", &e), -1);
    assert_string_equal(e.sqlstate, "3B001");
    pgwire_ahead(wire, "rollback to savepoint nowhere");
    assert_int_equal(pgwire_exec(wire, "rollback to savepoint c", 0, NULL, NULL, &e), -1);
    assert_string_equal(e.sqlstate, "3B001");
    run("rollback to savepoint c");
    run("commit");
    expect_answer("select string_agg(id::text, ',' order by id) from public.ahead", "2,3");
    run("drop table public.ahead");
}

static void an_aborted_copy_leaves_nothing(void **state)
{
    int64_t rows;
    struct err e;

    (void)state;
    run("create table public.c (id int)");
    run("begin");
    begin("COPY public.c FROM STDIN");
    assert_int_equal(put("1\n2\n"), 0);
    pgwire_copy_abort(wire);
    assert_int_equal(pgwire_alive(wire), 1);
    assert_int_equal(pgwire_exec(wire, "select 1", 0, NULL, NULL, &e), -1);
    assert_string_equal(e.sqlstate, "25P02");
    run("rollback");
    pgwire_copy_abort(wire); /* none is open */
    expect_answer("select count(*) from public.c", "0");
    assert_int_equal(pgwire_copy_begin(wire, "COPY public.nothing FROM STDIN", &e), -1);
    assert_string_equal(e.sqlstate, "42P01");
    assert_int_equal(pgwire_copy_begin(wire, "select 1", &e), -1);
    begin("COPY public.c FROM STDIN");
    assert_int_equal(put("1\n2\n"), 0);
    assert_int_equal(pgwire_copy_end(wire, &rows, NULL, &e), 0);
    expect_answer("select count(*) from public.c", "2");
    run("drop table public.c");
}

static void a_session_that_is_ended_in_the_middle_of_a_copy_is_lost(void **state)
{
    static char rows_of_data[8 * 10000];
    struct err e;
    int result = 0;

    (void)state;
    run("create table public.c (id text)");
    for (size_t i = 0; i < sizeof rows_of_data; i++) {
        rows_of_data[i] = i % 8 == 7 ? '\n' : 'x';
    }
    begin("COPY public.c FROM STDIN");
    for (int i = 0; i < 50 && result == 0; i++) {
        result = pgwire_copy_put(wire, rows_of_data, sizeof rows_of_data, &e);
        if (i == 5) {
            end_session(wire);
        }
    }
    assert_int_equal(result, -1); /* by a put, or the rest of a large table would be read and thrown away first */
    assert_int_equal(e.kind, ERR_CONNECTION);
    pgwire_copy_abort(wire);
    assert_int_equal(pgwire_alive(wire), 0);
    assert_string_equal(target_value(&server, "select count(*) from public.c"), "0");
    assert_string_equal(target_value(&server, "drop table public.c"), "");
}

/* A row trigger that waits keeps the server from reading: the send makes no progress. */
static void make_slow_table(void)
{
    run("create table public.slow (v text)");
    run("create function public.wait() returns trigger language plpgsql as 'begin perform pg_sleep(30); return new; "
        "end'");
    run("create trigger wait before insert on public.slow for each row execute function public.wait()");
}

static int fill_slowly(struct err *e)
{
    static char block[1 << 20];
    int result = 0;

    memset(block, 'x', sizeof block);
    for (size_t i = 99; i < sizeof block; i += 100) {
        block[i] = '\n';
    }
    begin("COPY public.slow FROM STDIN");
    for (int i = 0; i < 50 && result == 0; i++) {
        result = pgwire_copy_put(wire, block, sizeof block, e);
    }
    return result;
}

static void a_send_without_progress_ends_at_its_deadline(void **state)
{
    int64_t start;
    struct err e;

    (void)state;
    make_slow_table();
    wire->send_ms = 400;
    start = sys_clock_ms();
    assert_int_equal(fill_slowly(&e), -1);
    assert_int_equal(e.kind, ERR_CONNECTION);
    assert_in_range(sys_clock_ms() - start, 300, 8000);
    pgwire_copy_abort(wire);
    end_session(wire);
}

static void a_stop_ends_a_send(void **state)
{
    int64_t start = sys_clock_ms();
    struct err e;

    (void)state;
    stop_request(SIGINT);
    assert_int_equal(fill_slowly(&e), -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    pgwire_copy_abort(wire);
    assert_in_range(sys_clock_ms() - start, 0, 8000);
    stop_request(0);
    end_session(wire);
    assert_string_equal(target_value(&server, "drop table public.slow"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        wired(a_copy_counts_its_rows),
        wired(pieces_of_any_length_arrive_as_they_were),
        wired(statements_can_go_ahead_of_others),
        wired(an_aborted_copy_leaves_nothing),
        wired(a_session_that_is_ended_in_the_middle_of_a_copy_is_lost),
        wired(a_send_without_progress_ends_at_its_deadline),
        wired(a_stop_ends_a_send),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
