/* test_codec_number.c: bool, int2, int4, int8, oid, float4, float8. Wires as the *_send functions of a server show
 * them. */
#include <float.h>
#include <math.h>

#include "codec_probe.h"

static void booleans(void **state)
{
    static const char *const yes[] = {"t", "true", "yes", "on", "y", "1", "T", "TRUE", "Yes", " on\t"};
    static const char *const no[] = {"f", "false", "no", "off", "n", "0", "F", "False", "NO", " 0 "};
    static const char *const neither[] = {"", " ", "2", "tr", "of", "truee", "1.0", "null", "yess", "t f", "\xC3\xBC"};
    (void)state;
    assert_wire("bool", -1, integer(0), "00");
    assert_wire("bool", -1, integer(1), "01");
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        assert_wire("bool", -1, text(yes[i]), "01");
        assert_wire("bool", -1, text(no[i]), "00");
    }
    for (size_t i = 0; i < sizeof neither / sizeof neither[0]; i++) {
        assert_refused("bool", -1, text(neither[i]), "the text is not a boolean");
    }
    assert_refused("bool", -1, integer(2), "an integer other than 0 and 1");
    assert_refused("bool", -1, integer(-1), "an integer other than 0 and 1");
    assert_refused("bool", -1, real(1), "a real is not a boolean");
    assert_refused("bool", -1, blob("1", 1), "a blob is not a boolean");
    assert_back("bool", -1, text("yes"), "integer 1");
    assert_back("bool", -1, integer(0), "integer 0");
    assert_wire_refused("bool", "", 0);
}

static void integers(void **state)
{
    (void)state;
    assert_wire("int2", -1, integer(-2), "fffe");
    assert_wire("int4", -1, integer(5), "00000005");
    assert_wire("int4", -1, integer(-1), "ffffffff");
    assert_wire("int8", -1, integer(INT64_MIN), "8000000000000000");
    assert_wire("oid", -1, integer(4294967295), "ffffffff");
    assert_wire("int4", -1, text(" 007 "), "00000007");
    assert_wire("int4", -1, text("+5"), "00000005");
    assert_wire("int4", -1, text("-0"), "00000000");
    assert_wire("int8", -1, text("9223372036854775807"), "7fffffffffffffff");
    assert_wire("int4", -1, real(12), "0000000c");
    assert_wire("int4", -1, real(-0.0), "00000000");
    assert_wire("int8", -1, real(9007199254740992.0), "0020000000000000");
    assert_wire("int8", -1, real(-9007199254740992.0), "ffe0000000000000");
}

static void integers_out_of_range(void **state)
{
    static const struct {
        const char *type;
        int64_t low;
        int64_t high;
    } rows[] = {{"int2", INT16_MIN, INT16_MAX}, {"int4", INT32_MIN, INT32_MAX}, {"oid", 0, UINT32_MAX}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char digits[24];
        assert_same(rows[i].type, integer(rows[i].low));
        assert_same(rows[i].type, integer(rows[i].high));
        assert_refused(rows[i].type, -1, integer(rows[i].low - 1), "out of range");
        assert_refused(rows[i].type, -1, integer(rows[i].high + 1), "out of range");
        assert_refused(rows[i].type, -1, real((double)(rows[i].high + 1)), "out of range");
        (void)snprintf(digits, sizeof digits, "%lld", (long long)rows[i].high + 1);
        assert_refused(rows[i].type, -1, text(digits), "out of range");
    }
    assert_refused("int8", -1, text("9223372036854775808"), "out of range: the type holds -9223372036854775808");
    assert_refused("int8", -1, text("-9223372036854775809"), "out of range");
    assert_refused("int8", -1, real(9007199254740994.0), "beyond 2^53");
    assert_refused("int8", -1, real(9223372036854775808.0), "beyond 2^53");
    assert_refused("int8", -1, real((double)INFINITY), "beyond 2^53");
    assert_refused("int8", -1, real((double)NAN), "beyond 2^53");
}

static void texts_and_reals_that_are_no_integers(void **state)
{
    static const char *const texts[] = {"12.0", "1e3", "0x1F", "1_000", "abc", "1 2", "--1", "+", "\xD9\xA1", "1,000"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_refused("int4", -1, text(texts[i]), "the text is not an integer in decimal digits");
    }
    assert_refused("int4", -1, text(""), "an empty text is not an integer");
    assert_refused("int4", -1, text("  "), "an empty text is not an integer");
    assert_refused("int8", -1, real(1.5), "the number has a fraction");
    assert_refused("int8", -1, blob("1", 1), "a blob is not an integer");
    assert_wire_refused("int2", "\0\0\0", 3);
    assert_wire_refused("int4", "\0\0", 2);
    assert_wire_refused("int8", "\0\0\0\0", 4);
    assert_wire_refused("oid", "", 0);
}

static void doubles(void **state)
{
    (void)state;
    assert_wire("float8", -1, real(1.5), "3ff8000000000000");
    assert_wire("float8", -1, real(-0.0), "8000000000000000");
    assert_wire("float8", -1, integer(1), "3ff0000000000000");
    assert_wire("float8", -1, integer(INT64_MIN), "c3e0000000000000");
    assert_wire("float8", -1, text("0.1"), "3fb999999999999a");
    assert_wire("float8", -1, text(" 1e308 "), "7fe1ccf385ebc8a0");
    assert_wire("float8", -1, text("NaN"), "7ff8000000000000");
    assert_wire("float8", -1, text("Infinity"), "7ff0000000000000");
    assert_wire("float8", -1, text("-Infinity"), "fff0000000000000");
    assert_wire("float8", -1, real((double)INFINITY), "7ff0000000000000");
    assert_wire("float8", -1, text("4e-324"), "0000000000000001");
    assert_wire("float8", -1, text("0e-400"), "0000000000000000");
    assert_back("float8", -1, text("NaN"), "text NaN");
    assert_back("float8", -1, text("-Infinity"), "real -Infinity");
    assert_back("float8", -1, integer(9007199254740992), "real 9007199254740992.0");
    assert_refused("float8", -1, integer(9007199254740993), "no exact form");
    assert_refused("float8", -1, integer(INT64_MAX), "no exact form");
    assert_refused("float8", -1, text("1e400"), "overflows double precision");
    assert_refused("float8", -1, text("1e-400"), "would become 0");
    assert_refused("float8", -1, blob("1", 1), "a blob is not a number");
    static const char *const texts[] = {"",    "nan", "inf", "infinity", "INFINITY", "0x10",
                                        "1_0", "1e",  "abc", "1,5",      "+Infinity"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_refused("float8", -1, text(texts[i]), "the text is not a decimal number");
    }
    assert_wire_refused("float8", "1234", 4);
}

static void floats_keep_only_what_they_print(void **state)
{
    (void)state;
    assert_wire("float4", -1, real(1.5), "3fc00000");
    assert_wire("float4", -1, real(0.85), "3f59999a");
    assert_wire("float4", -1, real(-0.0), "80000000");
    assert_wire("float4", -1, real((double)INFINITY), "7f800000");
    assert_wire("float4", -1, real(-(double)INFINITY), "ff800000");
    assert_wire("float4", -1, text("NaN"), "7fc00000");
    assert_wire("float4", -1, text("0.1"), "3dcccccd");
    assert_wire("float4", -1, integer(16777216), "4b800000");
    assert_wire("float4", -1, real(3.4028235e38), "7f7fffff");
    assert_wire("float4", -1, real(1e-45), "00000001");
    assert_back("float4", -1, real(3.4028235e38), "real 3.4028235e+38");
    assert_back("float4", -1, text("1e-45"), "real 1e-45");
    assert_back("float4", -1, text("NaN"), "text NaN");
    assert_back("float4", -1, text("Infinity"), "real Infinity");
    assert_refused("float4", -1, real(0.1234567890123), "more digits than single precision");
    assert_refused("float4", -1, real(999999.12), "more digits than single precision");
    assert_wire("float4", -1, real(123456.7), "47f1205a");
    assert_refused("float4", -1, real((double)0.1F), "more digits than single precision");
    assert_refused("float4", -1, integer(16777217), "more digits than single precision");
    assert_refused("float4", -1, real(1e-46), "more digits than single precision");
    assert_refused("float4", -1, real(3.5e38), "overflows single precision");
    assert_refused("float4", -1, text("1e39"), "overflows single precision");
    assert_refused("float4", -1, text(""), "not a decimal number");
    assert_wire_refused("float4", "12345678", 8);
}

static void what_goes_in_comes_back(void **state)
{
    uint64_t random = 7;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = next_random(&random) >> (next_random(&random) % 64);
        double value = 0;
        float narrow = 0;
        assert_same("int8", integer((int64_t)bits));
        assert_same("int8", integer(-(int64_t)(bits >> 1)));
        assert_same("int4", integer((int32_t)bits));
        assert_same("int2", integer((int16_t)bits));
        assert_same("oid", integer((uint32_t)bits));
        bits = next_random(&random);
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value)) {
            assert_same("float8", real(value));
        }
        uint32_t half = (uint32_t)bits;
        memcpy(&narrow, &half, sizeof narrow);
        if (isfinite(narrow)) {
            /* The decimal that a float prints as is the one it takes, and the wire comes back bit by bit. */
            unsigned char wire[4] = {(unsigned char)(half >> 24), (unsigned char)(half >> 16),
                                     (unsigned char)(half >> 8), (unsigned char)half};
            struct codec_hint hint = {.typmod = -1};
            struct bytes out = {0};
            struct cell c = {0};
            struct err e = {0};
            assert_int_equal(codec_named("float4")->get(wire, 4, &hint, &c, &out, &e), 0);
            assert_int_equal(codec_named("float4")->put(&c, NULL, &hint, &out, &e), 0);
            assert_memory_equal(out.data, wire, 4);
            bytes_free(&out);
        }
        assert_same("float4", real((double)((int64_t)(bits % 2000000) - 1000000) / 1000));
    }
}

static void booleans_in_their_forms(void **state)
{
    static const char *const words[][2] = {{"false", "true"}, {"False", "True"}, {"FALSE", "TRUE"}, {"f", "t"},
                                           {"F", "T"},        {"no", "yes"},     {"No", "Yes"},     {"NO", "YES"},
                                           {"n", "y"},        {"N", "Y"},        {"off", "on"},     {"Off", "On"},
                                           {"OFF", "ON"},     {"0", "1"}};
    (void)state;
    assert_form("bool", "integer", 0, integer(0));
    assert_form("bool", "integer", 0, integer(1));
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char form[16];
        (void)snprintf(form, sizeof form, "%s/%s", words[i][1], words[i][0]);
        assert_form("bool", form, 0, text(words[i][0]));
        assert_form("bool", form, 0, text(words[i][1]));
    }
    assert_string_equal(codec_named("bool")->forms[codec_named("bool")->own_form], "t/f");
}

static void integers_in_their_forms(void **state)
{
    static const char *const types[] = {"int2", "int4", "int8", "oid"};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_form(types[i], "integer", 0, integer(42));
        assert_form(types[i], "text", 0, text("42"));
        assert_form(types[i], "text", 0, text("0"));
        assert_form(types[i], "real", 0, real(42.0));
        assert_string_equal(codec_named(types[i])->forms[codec_named(types[i])->own_form], "text");
    }
    assert_form("int8", "text", 0, text("-9223372036854775808"));
    assert_form("int8", "real", 0, real(-9007199254740992.0));
    /* No real stands for it alone. */
    assert_form("int8", "real", 0, integer(9007199254740993));
    assert_form("int8", "real", 0, integer(INT64_MIN));
}

static void floats_in_their_forms(void **state)
{
    static const char *const types[] = {"float4", "float8"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_form(types[i], "real", 0, real(2.0));
        assert_form(types[i], "real", 0, real(-0.0));
        assert_form(types[i], "number", 0, integer(-2));
        assert_form(types[i], "number", 0, real(2.5));
        assert_form(types[i], "number", 0, real(-0.0));
        assert_form(types[i], "number", 0, real(1e30));
        assert_form(types[i], "number", 0, real((double)INFINITY));
        assert_form(types[i], "text", 0, text("2"));
        assert_form(types[i], "text", 0, text("2.5"));
        assert_form(types[i], "text", 0, text("1e+30"));
        assert_form(types[i], "text", 0, text("-Infinity"));
        assert_form(types[i], "text .0", 0, text("2.0"));
        assert_form(types[i], "text .0", 0, text("2.5"));
        assert_form(types[i], "real", 0, text("NaN"));
        assert_string_equal(codec_named(types[i])->forms[codec_named(types[i])->own_form], "text");
    }
    assert_form("float8", "text", 0, text("0.30000000000000004"));
    assert_form("float8", "number", 0, integer(INT64_MIN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(booleans),
        cmocka_unit_test(integers),
        cmocka_unit_test(integers_out_of_range),
        cmocka_unit_test(texts_and_reals_that_are_no_integers),
        cmocka_unit_test(doubles),
        cmocka_unit_test(floats_keep_only_what_they_print),
        cmocka_unit_test(what_goes_in_comes_back),
        cmocka_unit_test(booleans_in_their_forms),
        cmocka_unit_test(integers_in_their_forms),
        cmocka_unit_test(floats_in_their_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
