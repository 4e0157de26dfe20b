/* test_sink_apply.c: rows that meet rows which are there already: what stays, what is updated, what is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "load.h"

#define STAGE \
    "CREATE TEMP TABLE IF NOT EXISTS wherry_apply ON COMMIT DELETE ROWS AS SELECT id, word FROM public.t WITH NO DATA"
#define MERGE(action)                                                                                       \
    "WITH m AS (INSERT INTO public.t SELECT id, word FROM pg_temp.wherry_apply ON CONFLICT (id) DO " action \
    " RETURNING xmax = 0 AS fresh) SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh) FROM m"

static struct pgwire *wire;
static struct table_load t;
static struct sink *sink;
static struct batch batch;
static struct bytes rows;

static int fresh_target(void **state)
{
    struct err e;
    t = table_t();
    t.write.copy_sql = "COPY pg_temp.wherry_apply (id, word) FROM STDIN (FORMAT binary)";
    t.write.stage_sql = STAGE;
    t.write.clear_sql = "DELETE FROM pg_temp.wherry_apply";
    t.write.merge_sql = MERGE("UPDATE SET word = excluded.word");
    if (fresh(state) != 0 || pgwire_connect(&wire, target.server.conninfo, 10000, &e) != 0 ||
        pgwire_exec(wire, "BEGIN", 0, NULL, NULL, &e) != 0 || batch_init(&batch, 2, &e) != 0)
        return -1;
    run_script("ALTER TABLE public.t ADD PRIMARY KEY (id); INSERT INTO public.t VALUES (1, 'old'), (2, 'old')");
    assert_int_equal(sink_apply_open(&sink, &t.write, &e), 0);
    sink_apply_use(sink, wire);
    return 0;
}

static int free_target(void **state)
{
    (void)state;
    sink->free(sink);
    bytes_free(&rows);
    batch_free(&batch);
    pgwire_close(wire);
    return 0;
}

static void send_rows(int64_t first, int64_t last, const char *word)
{
    struct err e;
    rows.length = 0;
    assert_int_equal(sink->open(sink, &e), 0);
    for (int64_t id = first; id <= last; id++) {
        batch_clear(&batch);
        struct cell *cells = batch_row(&batch, &e);
        assert_non_null(cells);
        cells[0].class = CELL_INTEGER;
        cells[0].as.integer = id;
        assert_int_equal(batch_bytes(&batch, &cells[1], CELL_TEXT, word, strlen(word), &e), 0);
        assert_int_equal(sink->encode(sink, &batch, 0, &rows, &e), 0);
    }
    assert_int_equal(sink->send(sink, &rows, &e), 0);
}

static void expect(const char *wanted)
{
    struct err e;
    assert_int_equal(pgwire_exec(wire, "COMMIT", 0, NULL, NULL, &e), 0);
    assert_string_equal(target_value(&target, "SELECT string_agg(id || word, ' ' ORDER BY id) FROM public.t"), wanted);
}

static void rows_that_are_there_are_updated(void **state)
{
    struct sink_counts counts;
    struct err e;
    int64_t line = -1;
    (void)state;
    send_rows(2, 4, "new");
    assert_int_equal(sink->close(sink, &counts, &line, &e), 0);
    assert_int_equal(counts.inserted, 2);
    assert_int_equal(counts.updated, 1);
    assert_int_equal(counts.skipped, 0);
    expect("1old 2new 3new 4new");
}

static void rows_that_are_there_stay(void **state)
{
    struct sink_counts counts;
    struct err e;
    int64_t line = -1;
    (void)state;
    t.write.merge_sql = MERGE("NOTHING");
    send_rows(2, 4, "new");
    assert_int_equal(sink->close(sink, &counts, &line, &e), 0);
    assert_int_equal(counts.inserted, 2);
    assert_int_equal(counts.updated, 0);
    assert_int_equal(counts.skipped, 1);
    expect("1old 2old 3new 4new");
}

/* The groups of the careful way open the sink many times in one transaction: rows of the one before may not come
 * twice. */
static void each_opening_begins_empty(void **state)
{
    struct sink_counts counts;
    struct err e;
    int64_t line = -1;
    (void)state;
    send_rows(3, 3, "a");
    assert_int_equal(sink->close(sink, &counts, &line, &e), 0);
    send_rows(4, 4, "b");
    assert_int_equal(sink->close(sink, &counts, &line, &e), 0);
    assert_int_equal(counts.inserted, 1);
    assert_int_equal(counts.updated, 0);
    expect("1old 2old 3a 4b");
}

static void what_the_merge_refuses_has_no_line(void **state)
{
    struct sink_counts counts;
    struct err e;
    int64_t line = -1;
    (void)state;
    assert_int_equal(pgwire_exec(wire, "ALTER TABLE public.t ADD CHECK (word <> 'bad')", 0, NULL, NULL, &e), 0);
    send_rows(7, 8, "bad");
    assert_int_equal(sink->close(sink, &counts, &line, &e), -1);
    assert_int_equal(e.kind, ERR_SERVER);
    assert_string_equal(e.sqlstate, "23514");
    assert_int_equal(line, 0);
    sink->cancel(sink);
}

static void a_failed_allocation_leaves_nothing(void **state)
{
    struct sink *other = NULL;
    struct err e;
    (void)state;
    for (long n = 0; n < 2; n++) {
        mem_fail_at(n);
        assert_int_equal(sink_apply_open(&other, &t.write, &e), -1);
        mem_fail_at(-1);
        assert_int_equal(e.kind, ERR_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_that_are_there_are_updated, fresh_target, free_target),
        cmocka_unit_test_setup_teardown(rows_that_are_there_stay, fresh_target, free_target),
        cmocka_unit_test_setup_teardown(each_opening_begins_empty, fresh_target, free_target),
        cmocka_unit_test_setup_teardown(what_the_merge_refuses_has_no_line, fresh_target, free_target),
        cmocka_unit_test_setup_teardown(a_failed_allocation_leaves_nothing, fresh_target, free_target),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
