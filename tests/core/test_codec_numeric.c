/* test_codec_numeric.c: numeric. Wires as numeric_send of a server shows them. */
#include <math.h>

#include "codec_probe.h"

/* atttypmod of numeric(precision, scale). */
static int32_t limits(int precision, int scale)
{
    return (int32_t)((precision << 16) | (scale & 0x7FF)) + 4;
}

static void texts_go_over_as_written(void **state)
{
    (void)state;
    assert_wire("numeric", -1, text("12345.678"), "0003000100000003000109291a7c");
    assert_wire("numeric", -1, text("0.0001"), "0001ffff000000040001");
    assert_wire("numeric", -1, text("0"), "0000000000000000");
    assert_wire("numeric", -1, text("-0.00"), "0000000000000002");
    assert_wire("numeric", -1, text("1.10"), "0002000000000002000103e8");
    assert_wire("numeric", -1, text("-12.50"), "0002000040000002000c1388");
    assert_wire("numeric", -1, text("10000"), "00010001000000000001");
    assert_wire("numeric", -1, text("100000000"), "00010002000000000001");
    assert_wire("numeric", -1, text("1e5"), "0001000100000000000a");
    assert_wire("numeric", -1, text("1.50e1"), "0001000000000001000f");
    assert_wire("numeric", -1, text("1E-5"), "0001fffe0000000503e8");
    assert_wire("numeric", -1, text(" +.5 "), "0001ffff000000011388");
    assert_wire("numeric", -1, text("5."), "00010000000000000005");
    assert_wire("numeric", -1, text("NaN"), "00000000c0000000");
    assert_wire("numeric", -1, text("Infinity"), "00000000d0000020");
    assert_wire("numeric", -1, text("-Infinity"), "00000000f0000020");
    assert_back("numeric", -1, text("1.10"), "text 1.10");
    assert_back("numeric", -1, text("0.000"), "text 0.000");
    assert_back("numeric", -1, text("-0.5"), "text -0.5");
    assert_back("numeric", -1, text("00012.340"), "text 12.340");
    assert_back("numeric", -1, text("1e20"), "text 100000000000000000000");
    assert_back("numeric", -1, text("NaN"), "text NaN");
    assert_back("numeric", -1, text("-Infinity"), "text -Infinity");
    assert_back("numeric", -1, text("12"), "integer 12");
    assert_back("numeric", -1, text("9223372036854775807"), "integer 9223372036854775807");
    assert_back("numeric", -1, text("9223372036854775808"), "text 9223372036854775808");
}

static void numbers_go_over_exactly(void **state)
{
    (void)state;
    assert_same("numeric", integer(0));
    assert_same("numeric", integer(INT64_MAX));
    assert_same("numeric", integer(INT64_MIN));
    assert_back("numeric", -1, real(0.1), "text 0.1");
    assert_back("numeric", -1, real(0.1 + 0.2), "text 0.30000000000000004");
    assert_back("numeric", -1, real(3), "integer 3");
    assert_back("numeric", -1, real(-2.5), "text -2.5");
    assert_back("numeric", -1, real(1e22), "text 10000000000000000000000");
    assert_back("numeric", -1, real(1e-7), "text 0.0000001");
    assert_back("numeric", -1, real(-0.0), "integer 0");
    assert_back("numeric", -1, real((double)INFINITY), "text Infinity");
    assert_back("numeric", -1, real((double)NAN), "text NaN");
}

static void limits_are_kept_without_rounding(void **state)
{
    (void)state;
    assert_back("numeric", limits(10, 2), text("1.5"), "text 1.50");
    assert_back("numeric", limits(10, 2), integer(7), "text 7.00");
    assert_back("numeric", limits(10, 2), real(0.25), "text 0.25");
    assert_back("numeric", limits(10, 2), text("1.5000"), "text 1.50");
    assert_back("numeric", limits(10, 2), text("0.000000"), "text 0.00");
    assert_back("numeric", limits(10, 2), text("99999999.99"), "text 99999999.99");
    assert_back("numeric", limits(10, 2), text("NaN"), "text NaN");
    assert_back("numeric", limits(5, 0), text("99999"), "integer 99999");
    assert_back("numeric", limits(3, 3), text("0.999"), "text 0.999");
    assert_back("numeric", limits(2, 4), text("0.0099"), "text 0.0099");
    assert_back("numeric", limits(3, -2), integer(12300), "integer 12300");
    assert_refused("numeric", limits(10, 2), text("1.005"), "beyond the column's scale of 2 and would be rounded");
    assert_refused("numeric", limits(10, 2), real(0.1 + 0.2), "would be rounded");
    assert_refused("numeric", limits(10, 2), text("100000000"), "too many digits for numeric(10,2)");
    assert_refused("numeric", limits(10, 2), integer(INT64_MAX), "too many digits for numeric(10,2)");
    assert_refused("numeric", limits(5, 0), text("0.5"), "would be rounded");
    assert_refused("numeric", limits(3, 3), integer(1), "too many digits");
    assert_refused("numeric", limits(2, 4), text("0.01"), "too many digits");
    assert_refused("numeric", limits(3, -2), integer(12345), "would be rounded");
    assert_refused("numeric", limits(10, 2), text("Infinity"), "infinity needs a numeric without limits");
    assert_refused("numeric", limits(10, 2), real(-(double)INFINITY), "infinity needs a numeric without limits");
}

static void other_values_are_refused(void **state)
{
    static const char *const texts[] = {"",    " ",        "abc", "0x10",  "1_000", "nan",
                                        "inf", "infinity", "1e",  "1.2.3", "1,5"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_refused("numeric", -1, text(texts[i]), "the text is not a decimal number");
    }
    assert_refused("numeric", -1, blob("1", 1), "a blob is not a number");
    assert_refused("numeric", -1, text("1e131072"), "more than 131072 digits before the decimal point");
    assert_refused("numeric", -1, text("1e-16384"), "more than 16383 digits after the decimal point");
    assert_refused("numeric", -1, text("1e400000000000"), "its exponent is beyond");
}

static void the_largest_and_smallest_fit(void **state)
{
    static const char *const texts[] = {"1e131071", "-1e-16383"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct probe p = text(texts[i]);
        struct codec_hint hint = {.typmod = -1};
        struct bytes out = {0};
        struct bytes arena = {0};
        struct cell c = {0};
        struct err e = {0};
        assert_int_equal(codec_named("numeric")->put(&p.cell, p.data, &hint, &out, &e), 0);
        assert_int_equal(codec_named("numeric")->get(out.data, out.length, &hint, &c, &arena, &e), 0);
        assert_int_equal(c.length, i == 0 ? 131072 : 16386);
        assert_int_equal(arena.length, c.length);
        bytes_free(&out);
        bytes_free(&arena);
    }
}

static void wire_is_checked(void **state)
{
    (void)state;
    /* Not normalised, but right: zero words around the digits. */
    assert_cell("numeric", "\0\3\0\1\0\0\0\1\0\0\0\7\x13\x88", 14, "text 7.5");
    assert_cell("numeric", "\0\1\0\0\x40\0\0\2\0\0", 10, "text 0.00");
    assert_cell("numeric", "\0\1\xFF\xFE\0\0\0\0\0\0", 10, "integer 0");
    assert_wire_refused("numeric", "\0\0\0\0\0\0\0", 7);
    assert_wire_refused("numeric", "\0\1\0\0\0\0\0\0", 8);
    assert_wire_refused("numeric", "\0\1\0\0\0\0\0\0\x27\x10", 10);
    assert_wire_refused("numeric", "\0\0\0\0\x12\x34\0\0", 8);
    assert_wire_refused("numeric", "\0\0\0\0\0\0\x40\0", 8);
    assert_wire_refused("numeric", "\0\1\xFF\xFF\0\0\0\2\0\1", 10); /* 0.0001 with scale 2 */
}

static void what_goes_in_comes_back(void **state)
{
    uint64_t random = 11;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char digits[128];
        size_t used = 0;
        size_t whole = 1 + next_random(&random) % 40;
        size_t fraction = 1 + next_random(&random) % 40;
        if (next_random(&random) % 2 == 0) {
            digits[used++] = '-';
        }
        digits[used++] = whole == 1 ? '0' : (char)('1' + next_random(&random) % 9);
        for (size_t k = 1; k < whole; k++) {
            digits[used++] = next_random(&random) % 3 == 0 ? (char)('0' + next_random(&random) % 10) : '0';
        }
        digits[used++] = '.';
        for (size_t k = 1; k < fraction; k++) {
            digits[used++] = next_random(&random) % 3 == 0 ? (char)('0' + next_random(&random) % 10) : '0';
        }
        digits[used++] = (char)('1' + next_random(&random) % 9);
        digits[used] = '\0';
        assert_same("numeric", text(digits));
        assert_same("numeric", integer((int64_t)(next_random(&random) >> (next_random(&random) % 64))));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_go_over_as_written),         cmocka_unit_test(numbers_go_over_exactly),
        cmocka_unit_test(limits_are_kept_without_rounding), cmocka_unit_test(other_values_are_refused),
        cmocka_unit_test(the_largest_and_smallest_fit),     cmocka_unit_test(wire_is_checked),
        cmocka_unit_test(what_goes_in_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
