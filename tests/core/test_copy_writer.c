/* test_copy_writer.c: rows that are given one by one into a COPY. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "load.h"
#include "row_writer.h"

static struct pgwire *wire;
static struct table_load t;
static struct row_writer *writer;

static int fresh_writer(void **state)
{
    struct err e;
    t = table_t();
    writer = NULL;
    return fresh(state) != 0 || pgwire_connect(&wire, target.server.conninfo, 10000, &e) != 0 ||
           pgwire_exec(wire, "BEGIN", 0, NULL, NULL, &e) != 0;
}

static int free_writer(void **state)
{
    (void)state;
    if (writer)
        writer->free(writer, 0);
    pgwire_close(wire);
    wire = NULL;
    return 0;
}

static int put_row(int64_t id, const char *word, size_t length, struct err *e)
{
    struct batch *b;
    err_clear(e);
    b = row_writer_row(writer, e);
    if (!b)
        return -1;
    b->cells[0].class = CELL_INTEGER;
    b->cells[0].as.integer = id;
    if (word && batch_bytes(b, &b->cells[1], CELL_TEXT, word, length, e) != 0)
        return -1;
    return writer->put(writer, e);
}

static const char *stored(void)
{
    struct err e;
    assert_int_equal(pgwire_exec(wire, "COMMIT", 0, NULL, NULL, &e), 0);
    return target_value(&target, "SELECT coalesce(string_agg(id || coalesce(word, '-'), ' ' ORDER BY id), '')"
                                 " FROM public.t");
}

static void rows_arrive_and_are_counted(void **state)
{
    int64_t count = -1;
    struct err e;
    (void)state;
    for (t.write.binary = 0; t.write.binary < 2; t.write.binary++) {
        t.write.copy_sql = t.write.binary ? "COPY public.t (id, word) FROM STDIN (FORMAT binary)"
                                          : "COPY public.t (id, word) FROM STDIN";
        assert_int_equal(copy_writer_open(&writer, wire, &t.write, &e), 0);
        assert_int_equal(put_row(t.write.binary * 10 + 1, "a\tb", 3, &e), 0);
        assert_int_equal(put_row(t.write.binary * 10 + 2, NULL, 0, &e), 0);
        assert_int_equal(writer->end(writer, &count, &e), 0);
        assert_int_equal(count, 2);
        assert_int_equal(writer->rows, 2);
        assert_int_equal(put_row(3, NULL, 0, &e), -1);
        assert_int_equal(e.kind, ERR_USAGE);
        assert_int_equal(writer->end(writer, &count, &e), -1);
        writer->free(writer, 0);
        writer = NULL;
    }
    assert_string_equal(stored(), "1a\tb 2- 11a\tb 12-");
}

static void a_row_that_does_not_fit_is_named_and_left_out(void **state)
{
    int64_t count;
    struct err e;
    (void)state;
    assert_int_equal(copy_writer_open(&writer, wire, &t.write, &e), 0);
    assert_int_equal(put_row(1, "one", 3, &e), 0);
    assert_int_equal(put_row(2, "\xFF", 1, &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    assert_string_equal(e.key, "row 2");
    assert_string_equal(e.table, "public.t");
    assert_string_equal(e.column, "word");
    assert_true(strncmp(e.message, "row 2: value does not fit \"word\" text: ", 39) == 0);
    assert_non_null(strstr(e.message, " (the text \\xFF)"));
    assert_int_equal(writer->refused, 2);
    assert_int_equal(put_row(2, "two", 3, &e), 0);
    assert_int_equal(writer->refused, 0);
    assert_int_equal(writer->end(writer, &count, &e), 0);
    assert_int_equal(count, 2);
    assert_string_equal(stored(), "1one 2two");
}

/* More than is sent at a time, so that the refusal comes when much has been sent. */
static void what_the_server_refuses_is_told_with_its_row(void **state)
{
    int64_t count;
    struct err e;
    (void)state;
    run_script("ALTER TABLE public.t ADD CHECK (id <> 3)");
    assert_int_equal(copy_writer_open(&writer, wire, &t.write, &e), 0);
    for (int64_t id = 1; id <= 30000; id++)
        assert_int_equal(put_row(id, "a word of some length", 21, &e), 0);
    assert_int_equal(writer->end(writer, &count, &e), -1);
    assert_int_equal(e.kind, ERR_SERVER);
    assert_string_equal(e.sqlstate, "23514");
    assert_string_equal(e.key, "row 3");
    assert_int_equal(writer->refused, 3);
    assert_int_equal(count, 0);
    writer->free(writer, 0);
    writer = NULL;
    assert_int_equal(pgwire_exec(wire, "ROLLBACK", 0, NULL, NULL, &e), 0);
    assert_int_equal(pgwire_alive(wire), 1);
}

static void large_values_do_not_stay_in_memory(void **state)
{
    enum { LARGE = 6 << 20 };
    char *word = malloc(LARGE);
    int64_t count;
    struct err e;
    (void)state;
    assert_non_null(word);
    memset(word, 'x', LARGE);
    assert_int_equal(copy_writer_open(&writer, wire, &t.write, &e), 0);
    assert_int_equal(put_row(1, word, LARGE, &e), 0);
    assert_int_equal(put_row(2, "two", 3, &e), 0);
    assert_true(writer->batch.arena.capacity <= 4 * BATCH_BYTES);
    assert_int_equal(writer->end(writer, &count, &e), 0);
    assert_int_equal(pgwire_exec(wire, "COMMIT", 0, NULL, NULL, &e), 0);
    assert_string_equal(target_value(&target, "SELECT sum(length(word)) FROM public.t"), "6291459");
    free(word);
}

static void a_writer_that_is_freed_leaves_nothing_and_the_connection(void **state)
{
    struct err e;
    (void)state;
    assert_int_equal(copy_writer_open(&writer, wire, &t.write, &e), 0);
    assert_int_equal(put_row(1, "one", 3, &e), 0);
    writer->free(writer, 0);
    writer = NULL;
    assert_int_equal(PQtransactionStatus(wire->conn), PQTRANS_INERROR);
    assert_int_equal(pgwire_exec(wire, "ROLLBACK", 0, NULL, NULL, &e), 0);
    assert_int_equal(pgwire_exec(wire, "BEGIN", 0, NULL, NULL, &e), 0);
    t.write.copy_sql = "COPY public.nowhere FROM STDIN";
    assert_int_equal(copy_writer_open(&writer, wire, &t.write, &e), -1);
    assert_string_equal(e.sqlstate, "42P01");
    assert_null(writer);
}

static void a_connection_that_has_gone_is_not_touched(void **state)
{
    struct err e;
    (void)state;
    assert_int_equal(copy_writer_open(&writer, wire, &t.write, &e), 0);
    assert_int_equal(put_row(1, "one", 3, &e), 0);
    pgwire_close(wire);
    wire = NULL;
    writer->free(writer, 1);
    writer = NULL;
}

/* Each allocation fails once: an error, and no leak; a row that was refused for it does not arrive. */
static void memory_may_end_anywhere(void **state)
{
    int failures = 0;
    (void)state;
    for (long n = 0;; n++) {
        int64_t count = -1;
        int ok;
        struct err e;
        mem_fail_at(n);
        writer = NULL;
        ok = copy_writer_open(&writer, wire, &t.write, &e) == 0 && put_row(1, "one", 3, &e) == 0 &&
             writer->end(writer, &count, &e) == 0;
        int hit = !ok;
        mem_fail_at(-1);
        if (hit)
            assert_int_equal(e.kind, ERR_MEMORY);
        if (writer)
            writer->free(writer, 0);
        writer = NULL;
        assert_int_equal(pgwire_exec(wire, "ROLLBACK", 0, NULL, NULL, &e), 0);
        assert_int_equal(pgwire_exec(wire, "BEGIN", 0, NULL, NULL, &e), 0);
        if (!hit) {
            assert_int_equal(count, 1);
            break;
        }
        failures++;
    }
    assert_in_range(failures, 4, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_arrive_and_are_counted, fresh_writer, free_writer),
        cmocka_unit_test_setup_teardown(a_row_that_does_not_fit_is_named_and_left_out, fresh_writer, free_writer),
        cmocka_unit_test_setup_teardown(what_the_server_refuses_is_told_with_its_row, fresh_writer, free_writer),
        cmocka_unit_test_setup_teardown(large_values_do_not_stay_in_memory, fresh_writer, free_writer),
        cmocka_unit_test_setup_teardown(a_writer_that_is_freed_leaves_nothing_and_the_connection, fresh_writer,
                                        free_writer),
        cmocka_unit_test_setup_teardown(a_connection_that_has_gone_is_not_touched, fresh_writer, free_writer),
        cmocka_unit_test_setup_teardown(memory_may_end_anywhere, fresh_writer, free_writer),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
