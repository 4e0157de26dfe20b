/* test_source_pg.c: rows of a real server become batches of cells; what has no cell is named by its key. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "source_pg.h"
#include "sys.h"
#include "wire.h"

enum { MOST = 8 };

static struct read_column columns[MOST];
static struct pg_read_spec spec;

/* Describes a SELECT by the names of its columns' types; the first column is the key. */
static void expect_columns(const char *select_sql, size_t count, const char *const *types)
{
    static const size_t key_columns[] = {0};
    static const char *const key_names[] = {"id"};
    static const char *const names[MOST] = {"id", "b", "c", "d", "e", "f", "g", "h"};

    for (size_t i = 0; i < count; i++) {
        columns[i] = (struct read_column){
            .codec = codec_find(0, types[i]), .hint = {.typmod = -1}, .name = names[i], .type_name = types[i]};
        assert_non_null(columns[i].codec);
    }
    spec = (struct pg_read_spec){.table = "public.t",
                                 .select_sql = select_sql,
                                 .columns = columns,
                                 .count = count,
                                 .key_columns = key_columns,
                                 .key_names = key_names,
                                 .key_count = 1};
}

static struct source *open_source(void)
{
    struct source *s = NULL;
    struct err e;

    if (source_pg_open(&s, wire, &spec, &e) != 0) {
        fail_msg("%s", e.message);
    }
    return s;
}

static const char *const two[] = {"int4", "text"};

static void every_type_gives_the_cells_of_its_codec(void **state)
{
    static const char *const types[] = {"int8", "bool", "float8", "text", "bytea", "timestamptz", "uuid", "numeric"};
    static const char *const wanted[] = {"-5",
                                         "1",
                                         "0.1",
                                         "gr\xC3\xBC\xC3\x9F dich",
                                         "00ff",
                                         "2024-02-29 12:30:00.500000+00:00",
                                         "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                                         "123456789012345678.90"};
    struct source *s;
    struct batch b;
    char value[100];
    struct err e;

    (void)state;
    expect_columns("SELECT -5::bigint, true, 0.1::float8, 'gr\xC3\xBC\xC3\x9F dich'::text, '\\x00ff'::bytea,"
                   " '2024-02-29 14:30:00.5+02'::timestamptz, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid,"
                   " 123456789012345678.90::numeric UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL"
                   " -- the end",
                   8, types);
    assert_int_equal(batch_init(&b, 8, &e), 0);
    s = open_source();
    assert_int_equal(s->next(s, &b, &e), 1);
    assert_int_equal(b.rows, 2);
    for (size_t i = 0; i < 8; i++) {
        int has_bytes = b.cells[i].class == CELL_TEXT || b.cells[i].class == CELL_BLOB;

        cell_describe(value, sizeof value, &b.cells[i], has_bytes ? batch_data(&b, &b.cells[i]) : NULL);
        assert_string_equal(value, wanted[i]);
        assert_int_equal(b.cells[8 + i].class, CELL_NULL);
    }
    assert_int_equal(b.cells[4].class, CELL_BLOB);
    assert_int_equal(s->next(s, &b, &e), 0);
    assert_int_equal(s->next(s, &b, &e), 0); /* and again */
    s->close(s);
    batch_free(&b);
    expect_answer("select 1", "1");
}

static void batches_close_at_rows_and_at_bytes(void **state)
{
    struct source *s;
    struct batch b;
    int64_t next = 1;
    struct err e;

    (void)state;
    expect_columns("SELECT i, 'x'::text FROM generate_series(1, 2500) i", 2, two);
    assert_int_equal(batch_init(&b, 2, &e), 0);
    s = open_source();
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(s->next(s, &b, &e), 1);
        assert_int_equal(b.rows, i < 2 ? 1000 : 500);
        assert_int_equal(b.cells[0].as.integer, (int64_t)i * 1000 + 1);
    }
    assert_int_equal(s->next(s, &b, &e), 0);
    s->close(s);
    /* 300 kB each but the tenth, of 5 MB, that travels alone. */
    expect_columns("SELECT i, repeat('x', CASE i WHEN 10 THEN 5000000 ELSE 300000 END) FROM generate_series(1, 20) i",
                   2, two);
    s = open_source();
    while (s->next(s, &b, &e) == 1) {
        assert_true(b.rows == 1 || b.arena.length <= BATCH_BYTES);
        /* A large row is not held twice. */
        assert_true(b.arena.length <= BATCH_BYTES || wire->row == NULL);
        for (size_t row = 0; row < b.rows; row++, next++) {
            assert_int_equal(b.cells[2 * row].as.integer, next);
            assert_int_equal(b.cells[2 * row + 1].length, next == 10 ? 5000000 : 300000);
        }
    }
    assert_int_equal(next, 21);
    s->close(s);
    batch_free(&b);
}

static void no_rows_are_no_batch(void **state)
{
    struct source *s;
    struct batch b;
    struct err e;

    (void)state;
    expect_columns("SELECT 1, ''::text WHERE false", 2, two);
    assert_int_equal(batch_init(&b, 2, &e), 0);
    s = open_source();
    assert_int_equal(s->next(s, &b, &e), 0);
    s->close(s);
    batch_free(&b);
}

static void a_value_without_a_cell_is_named_with_its_row(void **state)
{
    static const char *const types[] = {"int4", "timestamptz"};
    struct source *s;
    struct batch b;
    int got;
    struct err e;

    (void)state;
    expect_columns("SELECT i, CASE i WHEN 1700 THEN 'infinity' ELSE now() END FROM generate_series(1, 3000) i", 2,
                   types);
    columns[1].hint.stored = STORED_UNIX_MS;
    assert_int_equal(batch_init(&b, 2, &e), 0);
    s = open_source();
    assert_int_equal(s->next(s, &b, &e), 1);
    got = s->next(s, &b, &e);
    s->close(s);
    batch_free(&b);
    assert_int_equal(got, -1);
    assert_int_equal(e.kind, ERR_VALUE);
    assert_string_equal(e.table, "public.t");
    assert_string_equal(e.column, "b");
    assert_string_equal(e.key, "id=1700");
    assert_string_equal(e.value, "infinity");
    expect_answer("select 2", "2"); /* what was not read was given up */
}

static void what_the_server_refuses_is_told_with_the_table(void **state)
{
    struct source *s = NULL;
    struct batch b;
    int got;
    struct err e;

    (void)state;
    expect_columns("SELECT 1 / (1000 - i), 'x'::text FROM generate_series(1, 2000) i", 2, two);
    assert_int_equal(batch_init(&b, 2, &e), 0);
    s = open_source();
    while ((got = s->next(s, &b, &e)) == 1) {
        assert_true(b.rows < 1000);
    }
    s->close(s);
    assert_int_equal(got, -1);
    assert_int_equal(e.kind, ERR_SERVER);
    assert_string_equal(e.sqlstate, "22012");
    assert_string_equal(e.table, "public.t");
    spec.select_sql = "SELECT no_such";
    assert_int_equal(source_pg_open(&s, wire, &spec, &e), -1);
    assert_null(s);
    assert_string_equal(e.sqlstate, "42703");
    assert_string_equal(e.table, "public.t");
    spec.select_sql = "SELECT 1"; /* another number of columns than the plan says */
    s = open_source();
    assert_int_equal(s->next(s, &b, &e), -1);
    assert_int_equal(e.kind, ERR_SERVER);
    expect_text(e.message, "number of fields");
    s->close(s);
    batch_free(&b);
    expect_answer("select 3", "3");
}

static void a_source_that_is_closed_early_leaves_the_connection_usable(void **state)
{
    int64_t start = sys_clock_ms();
    struct source *s;
    struct batch b;
    struct err e;

    (void)state;
    expect_columns("SELECT generate_series(1, 100000000), 'x'::text", 2, two);
    assert_int_equal(batch_init(&b, 2, &e), 0);
    s = open_source();
    assert_int_equal(s->next(s, &b, &e), 1);
    s->close(s);
    batch_free(&b);
    expect_answer("select 4", "4");
    assert_in_range(sys_clock_ms() - start, 0, 5000);
}

static void a_stop_ends_it(void **state)
{
    struct source *s;
    struct batch b;
    int got;
    struct err e;

    (void)state;
    expect_columns("SELECT generate_series(1, 100000000), 'x'::text", 2, two);
    assert_int_equal(batch_init(&b, 2, &e), 0);
    s = open_source();
    assert_int_equal(s->next(s, &b, &e), 1);
    stop_request(SIGINT);
    while ((got = s->next(s, &b, &e)) == 1) {
    }
    s->close(s);
    batch_free(&b);
    assert_int_equal(got, -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
}

static void allocations_that_fail_anywhere_are_told(void **state)
{
    struct source *s = NULL;
    struct batch b;
    int rc = -1;
    long n = 0;
    struct err e;

    (void)state;
    expect_columns("SELECT i, repeat('x', 1000) FROM generate_series(1, 30) i", 2, two);
    for (; rc != 0 && n < 100; n++) {
        size_t rows = 0;

        assert_int_equal(batch_init(&b, 2, &e), 0);
        mem_fail_at(n);
        rc = source_pg_open(&s, wire, &spec, &e);
        for (int got = 1; rc == 0 && got == 1; rc = got < 0 ? -1 : 0) {
            got = s->next(s, &b, &e);
            rows += b.rows;
        }
        mem_fail_at(-1);
        if (s != NULL) {
            s->close(s);
        }
        batch_free(&b);
        if (rc != 0) {
            assert_int_equal(e.kind, ERR_MEMORY);
        } else {
            assert_int_equal(rows, 30);
        }
        expect_answer("select 5", "5");
    }
    assert_int_equal(rc, 0);
    assert_true(n > 6); /* the sweep really met allocations */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        wired(every_type_gives_the_cells_of_its_codec),
        wired(batches_close_at_rows_and_at_bytes),
        wired(no_rows_are_no_batch),
        wired(a_value_without_a_cell_is_named_with_its_row),
        wired(what_the_server_refuses_is_told_with_the_table),
        wired(a_source_that_is_closed_early_leaves_the_connection_usable),
        wired(a_stop_ends_it),
        wired(allocations_that_fail_anywhere_are_told),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
