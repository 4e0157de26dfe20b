/* test_sink_emit.c: rows of a table, and those that were made of them for other tables, in one transaction. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "emit.h"
#include "load.h"

enum { TAG, NOTE };

static struct pgwire *wire;
static struct table_load t;
static struct sink *sink;
static struct batch batch, emitted;
static struct bytes rows;
static struct copy_column emit_columns[2];
static const unsigned char optional[2] = {1, 1};
static const struct emit_target targets[] = {
    {.target = "public.tag", .columns = emit_columns, .is_optional = optional, .count = 2},
    {.target = "public.note", .columns = emit_columns, .is_optional = optional, .count = 2},
};

static int fresh_sink(void **state)
{
    struct err e;
    struct sink *inner;
    t = table_t();
    for (size_t i = 0; i < 2; i++)
        emit_columns[i] = t.write.columns[i];
    emit_columns[1].target_name = "a \"word\"";
    if (fresh(state) != 0 || pgwire_connect(&wire, target.server.conninfo, 10000, &e) != 0)
        return -1;
    run_script(
        "ALTER TABLE public.t ADD CHECK (id <> 5); DROP TABLE IF EXISTS public.note; DROP TABLE IF EXISTS public.tag;"
        "CREATE TABLE public.tag (id bigint DEFAULT 77, \"a \"\"word\"\"\" text DEFAULT 'no', n serial);"
        "CREATE TABLE public.note (LIKE public.tag INCLUDING ALL, CHECK (id <> 13))");
    if (pgwire_exec(wire, "BEGIN", 0, NULL, NULL, &e) != 0 || batch_init(&batch, 2, &e) != 0 ||
        batch_init(&emitted, 2, &e) != 0 || sink_pg_open(&inner, &t.write, &e) != 0 ||
        sink_emit_open(&sink, inner, targets, 2, &e) != 0)
        return -1;
    sink->use(sink, wire);
    return sink->open(sink, &e);
}

static int free_sink(void **state)
{
    (void)state;
    sink->free(sink);
    bytes_free(&rows);
    batch_free(&batch);
    batch_free(&emitted);
    pgwire_close(wire);
    wire = NULL;
    return 0;
}

/* A row of the table; its emitted rows follow by add_emitted. */
static void add_row(int64_t id, struct bytes *made)
{
    struct err e;
    struct cell *cells = batch_row(&batch, &e);
    cells[0] = (struct cell){.class = CELL_INTEGER, .as.integer = id};
    assert_int_equal(sink->encode(sink, &batch, batch.rows - 1, &rows, &e), 0);
    assert_int_equal(emit_append(&rows, made, &e), 0);
    made->length = 0;
}

/* bits: 1 and 2, for the columns that are given. */
static void make(struct bytes *made, size_t table, int bits, int64_t id, const char *word, size_t length)
{
    const unsigned char given[2] = {bits & 1, (bits & 2) != 0};
    struct err e;
    batch_clear(&emitted);
    struct cell *cells = batch_row(&emitted, &e);
    cells[0] = (struct cell){.class = CELL_INTEGER, .as.integer = id};
    assert_int_equal(batch_bytes(&emitted, &cells[1], CELL_TEXT, word, length, &e), 0);
    assert_int_equal(emit_row(made, targets, table, given, &emitted, &e), 0);
}

static void send(void)
{
    struct err e;
    assert_int_equal(sink->send(sink, &rows, &e), 0);
    rows.length = 0;
}

static void commit(void)
{
    struct err e;
    assert_int_equal(pgwire_exec(wire, "COMMIT", 0, NULL, NULL, &e), 0);
}

#define ALL(name) "SELECT string_agg(id || ' ' || \"a \"\"word\"\"\", ', ' ORDER BY n) FROM public." name

static void rows_go_into_their_tables(void **state)
{
    struct sink_counts counts;
    struct bytes made = {0};
    int64_t line = -1;
    struct err e;
    (void)state;
    make(&made, NOTE, 3, 1, "one", 3);
    make(&made, TAG, 3, 2, "two", 3);
    make(&made, TAG, 1, 3, "", 0);
    add_row(10, &made);
    add_row(11, &made);
    send();
    make(&made, TAG, 2, 0, "four", 4);
    make(&made, TAG, 3, 5, "five", 4);
    add_row(12, &made);
    send();
    assert_int_equal(sink->close(sink, &counts, &line, &e), 0);
    commit();
    assert_int_equal(line, 0);
    assert_int_equal(counts.inserted, 3);
    assert_int_equal(counts.updated + counts.skipped, 0);
    assert_int_equal(counts.emitted[TAG].rows, 4);
    assert_int_equal(counts.emitted[TAG].inserted, 4);
    assert_int_equal(counts.emitted[NOTE].rows, 1);
    assert_string_equal(target_value(&target, ALL("tag")), "2 two, 5 five, 3 no, 77 four");
    assert_string_equal(target_value(&target, ALL("note")), "1 one");
    /* They share a sequence: tables have their rows in the plan's order. */
    assert_string_equal(target_value(&target, "SELECT (SELECT max(n) FROM public.tag) < n FROM public.note"), "t");
    assert_string_equal(target_value(&target, "SELECT count(*) FROM public.t"), "3");
    bytes_free(&made);
}

static void many_rows_are_sent_before_the_end(void **state)
{
    static char large[EMIT_BYTES];
    struct sink_counts counts;
    struct bytes made = {0};
    int64_t line = -1;
    struct err e;
    (void)state;
    memset(large, 'a', sizeof large);
    make(&made, TAG, 3, 1, large, sizeof large / 2);
    add_row(1, &made);
    send();
    assert_string_equal(target_value(&target, "SELECT count(*) FROM pg_stat_progress_copy"
                                              " WHERE relid = 'public.t'::regclass"),
                        "1");
    make(&made, TAG, 3, 2, large, sizeof large / 2);
    add_row(2, &made);
    send();
    add_row(3, &made);
    send();
    assert_int_equal(sink->close(sink, &counts, &line, &e), 0);
    assert_int_equal(counts.inserted, 3);
    assert_int_equal(counts.emitted[TAG].rows, 2);
    /* What counts a step counts it alone. */
    assert_int_equal(sink->open(sink, &e), 0);
    add_row(4, &made);
    send();
    assert_int_equal(sink->close(sink, &counts, &line, &e), 0);
    assert_int_equal(counts.inserted, 1);
    assert_int_equal(counts.emitted[TAG].rows, 0);
    commit();
    assert_string_equal(target_value(&target, "SELECT count(*) || ' ' || sum(length(\"a \"\"word\"\"\"))"
                                              " FROM public.tag"),
                        "2 8388608");
    assert_string_equal(target_value(&target, "SELECT count(*) FROM public.t"), "4");
    bytes_free(&made);
}

static void a_refused_row_of_another_table_is_told(void **state)
{
    struct sink_counts counts;
    struct bytes made = {0};
    int64_t line = -1;
    struct err e;
    (void)state;
    make(&made, TAG, 3, 1, "one", 3);
    make(&made, NOTE, 3, 13, "bad", 3);
    add_row(1, &made);
    send();
    assert_int_equal(sink->close(sink, &counts, &line, &e), -1);
    assert_int_equal(e.kind, ERR_SERVER);
    assert_string_equal(e.sqlstate, "23514");
    assert_int_equal(line, 0);
    assert_int_equal(pgwire_exec(wire, "ROLLBACK", 0, NULL, NULL, &e), 0);
    /* The sink can be used again: for the rows one by one. */
    assert_int_equal(pgwire_exec(wire, "BEGIN", 0, NULL, NULL, &e), 0);
    assert_int_equal(sink->open(sink, &e), 0);
    make(&made, NOTE, 3, 14, "good", 4);
    add_row(1, &made);
    send();
    assert_int_equal(sink->close(sink, &counts, &line, &e), 0);
    commit();
    assert_int_equal(counts.emitted[TAG].rows, 0);
    assert_string_equal(target_value(&target, ALL("note")), "14 good");
    assert_string_equal(target_value(&target, ALL("tag")), "");
    bytes_free(&made);
}

static void a_refused_row_of_its_own_has_its_number(void **state)
{
    static char large[EMIT_BYTES];
    struct sink_counts counts;
    struct bytes made = {0};
    int64_t line = -1;
    struct err e;
    (void)state;
    memset(large, 'a', sizeof large);
    make(&made, TAG, 3, 1, large, sizeof large);
    add_row(1, &made);
    add_row(2, &made);
    send(); /* the first two rows are closed by what waits */
    add_row(3, &made);
    add_row(5, &made);
    send();
    assert_int_equal(sink->close(sink, &counts, &line, &e), -1);
    assert_string_equal(e.sqlstate, "23514");
    assert_int_equal(line, 4);
    bytes_free(&made);
}

static void a_row_that_is_refused_on_the_way_is_told_at_the_end(void **state)
{
    static char large[EMIT_BYTES];
    struct sink_counts counts;
    struct bytes made = {0};
    int64_t line = -1;
    struct err e;
    (void)state;
    memset(large, 'a', sizeof large);
    make(&made, TAG, 3, 1, large, sizeof large);
    add_row(1, &made);
    add_row(5, &made);
    assert_int_equal(sink->send(sink, &rows, &e), -1);
    err_clear(&e);
    assert_int_equal(sink->close(sink, &counts, &line, &e), -1);
    assert_string_equal(e.sqlstate, "23514");
    assert_int_equal(line, 2);
    bytes_free(&made);
}

static void rows_are_given_up(void **state)
{
    struct sink_counts counts;
    struct bytes made = {0};
    int64_t line = -1;
    struct err e;
    (void)state;
    make(&made, TAG, 3, 1, "one", 3);
    add_row(1, &made);
    send();
    rows.length = 0;
    sink->cancel(sink);
    assert_int_equal(pgwire_exec(wire, "ROLLBACK", 0, NULL, NULL, &e), 0);
    assert_int_equal(pgwire_exec(wire, "BEGIN", 0, NULL, NULL, &e), 0);
    assert_int_equal(sink->open(sink, &e), 0);
    assert_int_equal(sink->close(sink, &counts, &line, &e), 0);
    commit();
    assert_int_equal(counts.inserted + counts.emitted[TAG].rows, 0);
    assert_string_equal(target_value(&target, ALL("tag")), "");
    bytes_free(&made);
}

static void a_row_that_does_not_fit_leaves_nothing(void **state)
{
    struct err e;
    (void)state;
    struct cell *cells = batch_row(&batch, &e);
    cells[0] = (struct cell){.class = CELL_REAL, .as.real = 0.5};
    assert_int_equal(sink->encode(sink, &batch, 0, &rows, &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    assert_int_equal(rows.length, 0);
    sink->cancel(sink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_go_into_their_tables, fresh_sink, free_sink),
        cmocka_unit_test_setup_teardown(many_rows_are_sent_before_the_end, fresh_sink, free_sink),
        cmocka_unit_test_setup_teardown(a_refused_row_of_another_table_is_told, fresh_sink, free_sink),
        cmocka_unit_test_setup_teardown(a_refused_row_of_its_own_has_its_number, fresh_sink, free_sink),
        cmocka_unit_test_setup_teardown(a_row_that_is_refused_on_the_way_is_told_at_the_end, fresh_sink, free_sink),
        cmocka_unit_test_setup_teardown(rows_are_given_up, fresh_sink, free_sink),
        cmocka_unit_test_setup_teardown(a_row_that_does_not_fit_leaves_nothing, fresh_sink, free_sink),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
