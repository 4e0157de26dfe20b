/* test_emit.c: rows for other tables as bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec.h"
#include "emit.h"

static struct copy_column columns[3];
static const unsigned char optional[3] = {1, 1, 1};
static const struct emit_target targets[] = {
    {.target = "public.none"},
    {.target = "public.tag", .columns = columns, .is_optional = optional, .count = 3},
};

static int setup(void **state)
{
    static const char *names[] = {"id", "word", "n"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        columns[i] = (struct copy_column){
            .cell = i, .hint = {.typmod = -1}, .source_name = names[i], .target_name = names[i], .type_name = "a type"};
        columns[i].codec = i == 1 ? codec_find(25, "text") : codec_find(23, "int4");
    }
    return 0;
}

/* One row: 7, 'ab', 9. */
static void fill(struct batch *b)
{
    struct err e;
    assert_int_equal(batch_init(b, 3, &e), 0);
    struct cell *cells = batch_row(b, &e);
    cells[0] = (struct cell){.class = CELL_INTEGER, .as.integer = 7};
    cells[2] = (struct cell){.class = CELL_INTEGER, .as.integer = 9};
    assert_int_equal(batch_bytes(b, &cells[1], CELL_TEXT, "ab", 2, &e), 0);
}

static void a_row_is_its_table_its_columns_and_its_values(void **state)
{
    static const unsigned char given[] = {0, 1, 1};
    static const unsigned char wanted[] = {'x', 0, 1, 0,  2, 0, 1, 0, 2, /* table, columns */
                                           0,   0, 0, 16, 0, 2, 0, 0, 0, 2, 'a', 'b', 0, 0, 0, 4, 0, 0, 0, 9};
    struct bytes out = {0};
    struct batch b;
    struct err e;
    (void)state;
    fill(&b);
    assert_int_equal(bytes_append(&out, "x", 1, &e), 0);
    assert_int_equal(emit_row(&out, targets, 1, given, &b, &e), 0);
    assert_int_equal(out.length, sizeof wanted);
    assert_memory_equal(out.data, wanted, sizeof wanted);
    bytes_free(&out);
    batch_free(&b);
}

static void what_does_not_fit_leaves_nothing(void **state)
{
    static const unsigned char given[] = {1, 1, 0};
    struct bytes out = {0};
    struct batch b;
    struct err e;
    (void)state;
    fill(&b);
    b.cells[0].as.integer = INT64_MAX;
    assert_int_equal(bytes_append(&out, "x", 1, &e), 0);
    assert_int_equal(emit_row(&out, targets, 1, given, &b, &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    assert_string_equal(e.column, "id");
    assert_int_equal(out.length, 1);
    bytes_free(&out);
    batch_free(&b);
}

static void rows_stand_behind_their_length(void **state)
{
    struct bytes out = {0}, rows = {0};
    struct err e;
    (void)state;
    assert_int_equal(emit_append(&out, &rows, &e), 0);
    assert_int_equal(bytes_append(&rows, "rows", 4, &e), 0);
    assert_int_equal(emit_append(&out, &rows, &e), 0);
    assert_int_equal(out.length, 12);
    assert_memory_equal(out.data, "\0\0\0\0\0\0\0\4rows", 12);
    bytes_free(&rows);
    bytes_free(&out);
}

static void memory_that_is_refused_is_told(void **state)
{
    static const unsigned char given[] = {1, 1, 1};
    int rc = -1;
    long n = 0;
    (void)state;
    for (; rc != 0 && n < 20; n++) {
        struct bytes out = {0};
        struct batch b;
        struct err e;
        fill(&b);
        err_clear(&e);
        mem_fail_at(n);
        rc = emit_row(&out, targets, 1, given, &b, &e);
        mem_fail_at(-1);
        assert_true(rc == 0 || (e.kind == ERR_MEMORY && out.length == 0));
        bytes_free(&out);
        batch_free(&b);
    }
    assert_int_equal(rc, 0);
    assert_true(n > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_its_table_its_columns_and_its_values),
        cmocka_unit_test(what_does_not_fit_leaves_nothing),
        cmocka_unit_test(rows_stand_behind_their_length),
        cmocka_unit_test(memory_that_is_refused_is_told),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
