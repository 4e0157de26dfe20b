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

static void numerics_in_their_forms(void **state)
{
    (void)state;
    assert_form("numeric", "integer or text", 0, integer(5));
    assert_form("numeric", "integer or text", 0, text("5.00"));
    assert_form("numeric", "integer or text", 0, text("9223372036854775808"));
    assert_form("numeric", "number", 0, integer(INT64_MIN));
    assert_form("numeric", "number", 0, real(1.1));
    assert_form("numeric", "number", 0, real(0.30000000000000004));
    assert_form("numeric", "number", 0, real(1e300));
    assert_form("numeric", "number", 0, real(5e-324));
    assert_form("numeric", "number", 0, real(-(double)INFINITY));
    assert_form("numeric", "number", 0, text("12345678901234567890.12"));
    assert_form("numeric", "number", 0, text("NaN"));
    assert_form("numeric", "text", 0, text("5"));
    assert_form("numeric", "text", 0, text("-5.00"));
    assert_form("numeric", "text", 0, text("0.000"));
    assert_form("numeric", "text", 0, text("Infinity"));
    assert_form("numeric", "real", 0, real(5.0));
    assert_form("numeric", "real", 0, real(0.1));
    assert_form("numeric", "real", 0, integer(9007199254740993));
    assert_form("numeric", "real", 0, text("0.12345678901234567890"));
    assert_string_equal(codec_named("numeric")->forms[codec_named("numeric")->own_form], "text");
}

/* get of what put makes, in a column numeric(10,2) and this form. */
static void assert_money(const char *form, struct probe p)
{
    const struct codec *codec = codec_named("numeric");
    struct codec_hint hint = {.typmod = ((10 << 16) | 2) + 4, .form = codec_form_find(codec, form)};
    struct bytes wire = {0};
    struct bytes arena = {0};
    struct cell c = {0};
    struct err e = {0};
    char expected[3100];
    char got[3100];
    assert_true(hint.form >= 0);
    assert_int_equal(codec->put(&p.cell, p.data, &hint, &wire, &e), 0);
    assert_int_equal(codec->get(wire.data, wire.length, &hint, &c, &arena, &e), 0);
    describe(expected, sizeof expected, &p.cell, p.data);
    describe(got, sizeof got, &c, c.class == CELL_TEXT ? arena.data + c.as.offset : NULL);
    assert_string_equal(got, expected);
    bytes_free(&wire);
    bytes_free(&arena);
}

/* The wire has two digits behind the point, whatever was written. */
static void a_scale_hides_no_form(void **state)
{
    (void)state;
    assert_money("number", integer(5));
    assert_money("number", integer(0));
    assert_money("number", real(5.5));
    assert_money("real", real(5.0));
    assert_money("real", real(-5.25));
    assert_money("text", text("5.50"));
    assert_money("short text", text("5.5"));
    assert_money("short text", text("5"));
    assert_money("short text", text("0"));
    assert_money("short text .0", text("5.0"));
    assert_money("short text .0", text("-5.25"));
    assert_money("integer or short text", integer(-5));
    assert_money("integer or short text", text("100.5"));
}

static void forms_without_memory(void **state)
{
    const struct codec *codec = codec_named("numeric");
    struct probe p = text("123456789012345678901234567890123456789012345678901234567890.5");
    struct bytes wire = {0};
    (void)state;
    assert_int_equal(codec->put(&p.cell, p.data, &(struct codec_hint){.typmod = -1}, &wire, NULL), 0);
    for (int form = 0; codec->forms[form] != NULL; form++) {
        for (int n = 0, failed = 1; failed; n++) {
            struct codec_hint hint = {.typmod = -1, .form = form};
            struct bytes arena = {0};
            struct cell c = {0};
            struct err e = {0};
            mem_fail_at(n);
            failed = codec->get(wire.data, wire.length, &hint, &c, &arena, &e) != 0;
            mem_fail_at(-1);
            if (failed) {
                assert_int_equal(e.kind, ERR_MEMORY);
            }
            bytes_free(&arena);
        }
    }
    bytes_free(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_go_over_as_written),
        cmocka_unit_test(numbers_go_over_exactly),
        cmocka_unit_test(limits_are_kept_without_rounding),
        cmocka_unit_test(other_values_are_refused),
        cmocka_unit_test(the_largest_and_smallest_fit),
        cmocka_unit_test(wire_is_checked),
        cmocka_unit_test(what_goes_in_comes_back),
        cmocka_unit_test(numerics_in_their_forms),
        cmocka_unit_test(a_scale_hides_no_form),
        cmocka_unit_test(forms_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
