/* test_batch.c: rows in flight, and cells as text. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "batch.h"

static void rows_and_bytes_are_kept(void **state)
{
    struct batch b;
    struct err e = {0};
    (void)state;
    assert_int_equal(batch_init(&b, 3, &e), 0);
    for (int64_t i = 0; i < 500; i++) {
        char text[32];
        int length = snprintf(text, sizeof text, "row %d", (int)i);
        struct cell *row = batch_row(&b, &e);
        assert_non_null(row);
        assert_int_equal(row[0].class, CELL_NULL);
        assert_int_equal(row[2].class, CELL_NULL);
        row[0].class = CELL_INTEGER;
        row[0].as.integer = i;
        assert_int_equal(batch_bytes(&b, &row[1], CELL_TEXT, text, (size_t)length, &e), 0);
        assert_int_equal(batch_bytes(&b, &row[2], CELL_BLOB, NULL, 0, &e), 0);
    }
    assert_int_equal(b.rows, 500);
    for (int64_t i = 0; i < 500; i++) {
        char text[32];
        const struct cell *row = b.cells + 3 * i;
        int length = snprintf(text, sizeof text, "row %d", (int)i);
        assert_int_equal(row[0].as.integer, i);
        assert_int_equal(row[1].length, length);
        assert_memory_equal(batch_data(&b, &row[1]), text, (size_t)length);
        assert_int_equal(row[2].class, CELL_BLOB);
        assert_int_equal(row[2].length, 0);
        assert_non_null(batch_data(&b, &row[2]));
    }
    batch_free(&b);
    assert_null(b.cells);
}

static void a_batch_closes_by_rows_and_by_bytes(void **state)
{
    static char large[BATCH_BYTES];
    struct batch b;
    struct err e = {0};
    (void)state;
    assert_int_equal(batch_init(&b, 1, &e), 0);
    for (int i = 0; i < BATCH_ROWS; i++) {
        assert_false(batch_full(&b));
        assert_non_null(batch_row(&b, &e));
    }
    assert_true(batch_full(&b));
    batch_clear(&b);
    assert_false(batch_full(&b));
    struct cell *row = batch_row(&b, &e);
    assert_int_equal(batch_bytes(&b, row, CELL_BLOB, large, sizeof large, &e), 0);
    assert_true(batch_full(&b));
    batch_free(&b);
}

static void clear_keeps_memory_but_not_too_much(void **state)
{
    static char large[BATCH_BYTES];
    struct batch b;
    struct err e = {0};
    (void)state;
    assert_int_equal(batch_init(&b, 1, &e), 0);
    struct cell *row = batch_row(&b, &e);
    assert_int_equal(batch_bytes(&b, row, CELL_BLOB, large, sizeof large, &e), 0);
    batch_clear(&b);
    assert_int_equal(b.rows, 0);
    assert_true(b.arena.capacity >= sizeof large);
    row = batch_row(&b, &e);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(batch_bytes(&b, row, CELL_BLOB, large, sizeof large, &e), 0);
    }
    batch_clear(&b);
    assert_int_equal(b.arena.capacity, 0);
    row = batch_row(&b, &e);
    assert_int_equal(batch_bytes(&b, row, CELL_TEXT, "", 0, &e), 0);
    assert_non_null(batch_data(&b, row));
    batch_free(&b);
}

static void wrong_shapes_are_refused(void **state)
{
    struct batch b;
    struct err e = {0};
    (void)state;
    assert_int_equal(batch_init(&b, 0, &e), -1);
    assert_int_equal(e.kind, ERR_INTERNAL);
    assert_int_equal(batch_init(&b, SIZE_MAX, &e), -1);
}

static void failing_memory_leaves_the_batch(void **state)
{
    struct batch b;
    struct err e = {0};
    (void)state;
    assert_int_equal(batch_init(&b, 2, &e), 0);
    mem_fail_at(0);
    assert_null(batch_row(&b, &e));
    assert_int_equal(e.kind, ERR_MEMORY);
    assert_int_equal(b.rows, 0);
    struct cell *row = batch_row(&b, &e);
    mem_fail_at(0);
    assert_int_equal(batch_bytes(&b, row, CELL_TEXT, "abc", 3, &e), -1);
    assert_int_equal(row->class, CELL_NULL);
    mem_fail_at(-1);
    batch_free(&b);
}

static void classes_have_names(void **state)
{
    (void)state;
    assert_string_equal(cell_class_name(CELL_NULL), "null");
    assert_string_equal(cell_class_name(CELL_INTEGER), "integer");
    assert_string_equal(cell_class_name(CELL_REAL), "real");
    assert_string_equal(cell_class_name(CELL_TEXT), "text");
    assert_string_equal(cell_class_name(CELL_BLOB), "blob");
}

static void assert_described(size_t size, struct cell c, const void *bytes, const char *expected)
{
    char out[64];
    cell_describe(out, size, &c, bytes);
    assert_string_equal(out, expected);
}

static void cells_are_described(void **state)
{
    (void)state;
    assert_described(64, (struct cell){.class = CELL_NULL}, NULL, "");
    assert_described(64, (struct cell){.class = CELL_INTEGER, .as.integer = INT64_MIN}, NULL, "-9223372036854775808");
    assert_described(64, (struct cell){.class = CELL_REAL, .as.real = 2.5}, NULL, "2.5");
    assert_described(64, (struct cell){.class = CELL_TEXT, .length = 4}, "a\nb\"", "a\\nb\\\"");
    assert_described(64, (struct cell){.class = CELL_TEXT, .length = 0}, "", "");
    assert_described(64, (struct cell){.class = CELL_BLOB, .length = 3}, "\x00\xFF\x10", "00ff10");
    assert_described(7, (struct cell){.class = CELL_BLOB, .length = 3}, "\x00\xFF\x10", "00ff10");
    assert_described(7, (struct cell){.class = CELL_BLOB, .length = 4}, "\x00\xFF\x10\x01", "00\xE2\x80\xA6");
    assert_described(3, (struct cell){.class = CELL_BLOB, .length = 4}, "\x00\xFF\x10\x01", "");
    assert_described(6, (struct cell){.class = CELL_TEXT, .length = 6}, "abcdef", "ab\xE2\x80\xA6");
}

static void assert_real(double value, const char *expected)
{
    char out[32];
    assert_int_equal(real_to_text(out, sizeof out, value), strlen(expected));
    assert_string_equal(out, expected);
}

static void reals_are_shortest_decimals(void **state)
{
    (void)state;
    assert_real(1.0, "1.0");
    assert_real(0.0, "0.0");
    assert_real(-0.0, "-0.0");
    assert_real(-1.5, "-1.5");
    assert_real(0.1, "0.1");
    assert_real(0.1 + 0.2, "0.30000000000000004");
    assert_real(0.0001, "0.0001");
    assert_real(0.00001, "1e-05");
    assert_real(100000, "100000.0");
    assert_real(999999999999999.0, "999999999999999.0");
    assert_real(1e15, "1e+15");
    assert_real(1e100, "1e+100");
    assert_real(1e23, "1e+23");
    assert_real(5e-324, "5e-324");
    assert_real(9007199254740993.0, "9007199254740992.0");
    assert_real(123456.789, "123456.789");
    assert_real(1.7976931348623157e308, "1.7976931348623157e+308");
    assert_real((double)INFINITY, "Infinity");
    assert_real(-(double)INFINITY, "-Infinity");
    assert_real((double)NAN, "NaN");
}

static void reals_read_back(void **state)
{
    uint64_t random = 42;
    (void)state;
    for (int i = 0; i < 200000; i++) {
        char out[32];
        char shorter[32];
        double value = 0;
        random ^= random >> 12;
        random ^= random << 25;
        random ^= random >> 27;
        uint64_t bits = random * UINT64_C(2685821657736338717);
        if (i % 2 == 0) {
            memcpy(&value, &bits, sizeof value);
        } else {
            value = (double)(int64_t)(bits >> 24) / (double)(1 << (bits % 20)); /* many digits, near 1 */
        }
        if (!isfinite(value)) {
            continue;
        }
        size_t length = real_to_text(out, sizeof out, value);
        assert_int_equal(length, strlen(out));
        double back = strtod(out, NULL);
        assert_memory_equal(&back, &value, sizeof value);
        /* 15 digits are tried with printf too: the way without it must not differ. */
        (void)snprintf(shorter, sizeof shorter, "%.15g", value);
        if (fabs(value) > 1e-300 && strtod(shorter, NULL) == value && strpbrk(shorter, ".e") != NULL) {
            assert_string_equal(out, shorter);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_and_bytes_are_kept),
        cmocka_unit_test(a_batch_closes_by_rows_and_by_bytes),
        cmocka_unit_test(clear_keeps_memory_but_not_too_much),
        cmocka_unit_test(wrong_shapes_are_refused),
        cmocka_unit_test(failing_memory_leaves_the_batch),
        cmocka_unit_test(classes_have_names),
        cmocka_unit_test(cells_are_described),
        cmocka_unit_test(reals_are_shortest_decimals),
        cmocka_unit_test(reals_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
