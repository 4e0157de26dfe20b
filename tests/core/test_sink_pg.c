/* test_sink_pg.c: rows into a table by COPY, and the ways in which one is refused or given up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "load.h"

static struct pgwire *wire;
static struct table_load t;
static struct sink *sink;
static struct batch batch;
static struct bytes rows;

static int fresh_sink(void **state)
{
    struct err e;
    t = table_t();
    return fresh(state) != 0 || pgwire_connect(&wire, target.server.conninfo, 10000, &e) != 0 ||
           pgwire_exec(wire, "BEGIN", 0, NULL, NULL, &e) != 0 || batch_init(&batch, 2, &e) != 0;
}

static int free_sink(void **state)
{
    (void)state;
    if (sink)
        sink->free(sink);
    sink = NULL;
    bytes_free(&rows);
    batch_free(&batch);
    pgwire_close(wire);
    wire = NULL;
    return 0;
}

static void open_sink(void)
{
    struct err e;
    assert_int_equal(sink_pg_open(&sink, &t.write, &e), 0);
    sink_pg_use(sink, wire);
    assert_int_equal(sink->open(sink, &e), 0);
}

static int add_row(int64_t id, const char *word, struct err *e)
{
    struct cell *cells = batch_row(&batch, e);
    assert_non_null(cells);
    cells[0].class = CELL_INTEGER;
    cells[0].as.integer = id;
    if (word)
        assert_int_equal(batch_bytes(&batch, &cells[1], CELL_TEXT, word, strlen(word), e), 0);
    return sink->encode(sink, &batch, batch.rows - 1, &rows, e);
}

static void commit_and_expect(const char *wanted)
{
    struct err e;
    assert_int_equal(pgwire_exec(wire, "COMMIT", 0, NULL, NULL, &e), 0);
    assert_string_equal(target_value(&target, "SELECT string_agg(id || coalesce(word, '-'), ' ' ORDER BY id)"
                                              " FROM public.t"),
                        wanted);
}

static void rows_arrive(void **state)
{
    struct sink_counts counts = {.inserted = -1};
    int64_t line = -1;
    struct err e;
    (void)state;
    for (t.write.binary = 0; t.write.binary < 2; t.write.binary++) {
        t.write.copy_sql = t.write.binary ? "COPY public.t (id, word) FROM STDIN (FORMAT binary)"
                                          : "COPY public.t (id, word) FROM STDIN";
        open_sink();
        assert_int_equal(add_row(t.write.binary * 10 + 1, "a\tb", &e), 0);
        assert_int_equal(add_row(t.write.binary * 10 + 2, NULL, &e), 0);
        assert_int_equal(sink->send(sink, &rows, &e), 0);
        rows.length = 0;
        assert_int_equal(sink->send(sink, &rows, &e), 0); /* a step may be without rows */
        assert_int_equal(sink->close(sink, &counts, &line, &e), 0);
        assert_int_equal(counts.inserted, 2);
        assert_int_equal(line, 0);
        sink->cancel(sink); /* nothing is open: without effect */
        sink->free(sink);
        sink = NULL;
    }
    commit_and_expect("1a\tb 2- 11a\tb 12-");
}

static void a_row_that_does_not_fit_leaves_the_buffer_as_it_was(void **state)
{
    struct err e;
    (void)state;
    open_sink();
    assert_int_equal(add_row(1, "good", &e), 0);
    size_t before = rows.length;
    assert_int_equal(add_row(2, "\xFF", &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    assert_string_equal(e.column, "word");
    assert_int_equal(rows.length, before);
    sink->cancel(sink);
}

static void what_the_server_refuses_is_told_with_its_line(void **state)
{
    struct sink_counts counts = {.inserted = -1};
    int64_t line = -1;
    struct err e;
    (void)state;
    assert_int_equal(pgwire_exec(wire, "ALTER TABLE public.t ADD CHECK (id < 3)", 0, NULL, NULL, &e), 0);
    open_sink();
    for (int64_t id = 1; id <= 5; id++)
        assert_int_equal(add_row(id, "w", &e), 0);
    assert_int_equal(sink->send(sink, &rows, &e), 0);
    assert_int_equal(sink->close(sink, &counts, &line, &e), -1);
    assert_int_equal(e.kind, ERR_SERVER);
    assert_string_equal(e.sqlstate, "23514");
    assert_int_equal(line, 3);
    sink->cancel(sink);
    assert_int_equal(PQtransactionStatus(wire->conn), PQTRANS_INERROR);
    assert_int_equal(pgwire_exec(wire, "ROLLBACK", 0, NULL, NULL, &e), 0);
    assert_int_equal(pgwire_alive(wire), 1);
}

static void a_copy_that_is_given_up_leaves_nothing_and_the_connection(void **state)
{
    struct err e;
    (void)state;
    open_sink();
    assert_int_equal(add_row(1, "w", &e), 0);
    assert_int_equal(sink->send(sink, &rows, &e), 0);
    sink->cancel(sink);
    sink->cancel(sink);
    assert_int_equal(pgwire_exec(wire, "ROLLBACK", 0, NULL, NULL, &e), 0);
    assert_int_equal(pgwire_exec(wire, "BEGIN", 0, NULL, NULL, &e), 0);
    rows.length = 0;
    assert_int_equal(sink->open(sink, &e), 0); /* and can be opened again */
    sink->cancel(sink);
}

static void a_connection_that_is_lost_is_told_as_such(void **state)
{
    struct sink_counts counts = {.inserted = -1};
    int64_t line = -1;
    struct err e;
    char sql[80];
    (void)state;
    open_sink();
    assert_int_equal(add_row(1, "w", &e), 0);
    (void)snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d, 5000)", PQbackendPID(wire->conn));
    assert_string_equal(target_value(&target, sql), "t");
    int rc = sink->send(sink, &rows, &e);
    if (rc == 0)
        rc = sink->close(sink, &counts, &line, &e);
    assert_int_equal(rc, -1);
    assert_int_equal(e.kind, ERR_CONNECTION);
    sink->cancel(sink);
    assert_int_equal(pgwire_alive(wire), 0);
}

static void a_failing_allocation_gives_the_copy_up(void **state)
{
    struct sink_counts counts = {.inserted = 0};
    int64_t line = 0;
    struct err e;
    int rc = -1;
    long n = 0;
    (void)state;
    for (; rc != 0 && n < 50; n++) {
        free_sink(NULL);
        assert_int_equal(fresh_sink(NULL), 0);
        err_clear(&e);
        struct cell *cells = batch_row(&batch, &e);
        cells[0].class = CELL_INTEGER;
        mem_fail_at(n);
        rc = sink_pg_open(&sink, &t.write, &e);
        if (rc == 0) {
            sink_pg_use(sink, wire);
            rc = sink->open(sink, &e);
            if (rc == 0)
                rc = sink->encode(sink, &batch, 0, &rows, &e);
            if (rc == 0)
                rc = sink->send(sink, &rows, &e);
            if (rc == 0)
                rc = sink->close(sink, &counts, &line, &e);
            sink->cancel(sink);
        }
        mem_fail_at(-1);
        if (rc != 0)
            assert_int_equal(e.kind, ERR_MEMORY);
        assert_int_equal(pgwire_exec(wire, rc == 0 ? "COMMIT" : "ROLLBACK", 0, NULL, NULL, &e), 0);
    }
    assert_int_equal(rc, 0);
    assert_int_equal(counts.inserted, 1);
    assert_true(n > 3);
    assert_string_equal(target_value(&target, "SELECT count(*) FROM public.t"), "1");
}

#define sunk(test) cmocka_unit_test_setup_teardown(test, fresh_sink, free_sink)

int main(void)
{
    const struct CMUnitTest tests[] = {
        sunk(rows_arrive),
        sunk(a_row_that_does_not_fit_leaves_the_buffer_as_it_was),
        sunk(what_the_server_refuses_is_told_with_its_line),
        sunk(a_copy_that_is_given_up_leaves_nothing_and_the_connection),
        sunk(a_connection_that_is_lost_is_told_as_such),
        sunk(a_failing_allocation_gives_the_copy_up),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
