/* test_mend.c: what each named conversion makes of a value, and what it leaves alone. */
#include "codec_probe.h"
#include "mend.h"

/* What the conversion makes of a value: "text abc", or "" where it has nothing to do with it. */
static const char *mended_by(const char *name, const char *type, struct codec_hint hint, struct probe p)
{
    static char shown[3100];
    struct bytes arena = {0};
    struct cell out = {0};
    struct err e = {0};
    enum mend mend;
    shown[0] = '\0';
    assert_int_equal(mend_find(name, &mend), 0);
    int result = mend_cell(mend, type == NULL ? NULL : codec_named(type), &hint, &p.cell, p.data, &out, &arena, &e);
    assert_true(result >= 0);
    if (result == 1) {
        int has_bytes = out.class == CELL_TEXT || out.class == CELL_BLOB;
        describe(shown, sizeof shown, &out, has_bytes ? arena.data + out.as.offset : NULL);
    }
    bytes_free(&arena);
    return shown;
}

static const char *mended(const char *name, const char *type, int32_t typmod, struct probe p)
{
    return mended_by(name, type, (struct codec_hint){.typmod = typmod}, p);
}

enum { NONE = -1 };

/* numeric(precision, scale) and varchar(n) as typmods. */
static int32_t numeric_of(int precision, int scale)
{
    return (int32_t)(precision << 16 | (scale & 0x7FF)) + 4;
}

static int32_t limit(int characters)
{
    return characters + 4;
}

static void conversions_have_names(void **state)
{
    static const char *const names[] = {"replace", "strip", "escape", "cut", "round", "nearest", "truth", "empty_null"};
    enum mend mend;
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(mend_find(names[i], &mend), 0);
        assert_int_equal(mend, i);
    }
    assert_int_equal(sizeof names / sizeof names[0], MEND_COUNT);
    assert_int_equal(mend_find("Strip", &mend), -1);
    assert_int_equal(mend_find("", &mend), -1);
}

static void bytes_that_are_no_text_are_replaced_left_out_or_written_out(void **state)
{
    struct probe p = bytes_probe(CELL_TEXT, "a\0b\xFF\xC3\xA9\xC3", 7);
    (void)state;
    assert_string_equal(mended("replace", "text", NONE, p), "text a\xEF\xBF\xBD"
                                                            "b\xEF\xBF\xBD\xC3\xA9\xEF\xBF\xBD");
    assert_string_equal(mended("strip", "text", NONE, p), "text ab\xC3\xA9");
    assert_string_equal(mended("escape", "text", NONE, p), "text a\\\\x00b\\\\xff\xC3\xA9\\\\xc3");
    /* Whatever the column's type is, or none that is known. */
    assert_string_equal(mended("strip", NULL, NONE, p), "text ab\xC3\xA9");
    assert_string_equal(mended("strip", "text", NONE, bytes_probe(CELL_TEXT, "\0", 1)), "text ");
    assert_string_equal(mended("replace", "text", NONE, text("good")), "");
    assert_string_equal(mended("strip", "text", NONE, text("")), "");
    assert_string_equal(mended("strip", "text", NONE, blob("\xFF", 1)), "");
    assert_string_equal(mended("escape", "text", NONE, integer(0)), "");
}

static void surrogates_and_overlong_forms_are_faults_byte_by_byte(void **state)
{
    (void)state;
    assert_string_equal(mended("escape", "text", NONE, text("\xED\xA0\x80")), "text \\\\xed\\\\xa0\\\\x80");
    assert_string_equal(mended("strip", "text", NONE, text("x\xC0\x80y")), "text xy");
}

static void texts_are_cut_to_the_characters_of_the_type(void **state)
{
    char longer[81];
    (void)state;
    assert_string_equal(mended("cut", "varchar", limit(3), text("abcdef")), "text abc");
    assert_string_equal(mended("cut", "bpchar", limit(2), text("\xC3\xA9\xC3\xA8\xC3\xAA")), "text \xC3\xA9\xC3\xA8");
    assert_string_equal(mended("cut", "varchar", limit(3), text("abc")), "");
    assert_string_equal(mended("cut", "varchar", NONE, text("abc")), "");
    assert_string_equal(mended("cut", "text", NONE, text("abc")), "");
    /* A number that is cut is another number, and bytes that are no text have no characters. */
    assert_string_equal(mended("cut", "varchar", limit(3), integer(12345)), "");
    assert_string_equal(mended("cut", "varchar", limit(3),
                               text("ab\xFF"
                                    "de")),
                        "");
    /* 63 bytes would end within the last character. */
    memset(longer, 'x', sizeof longer);
    memcpy(longer + 62, "\xC3\xA9", 3);
    struct probe p = bytes_probe(CELL_TEXT, longer, 70);
    const char *name = mended("cut", "name", NONE, p);
    assert_int_equal(strlen(name), strlen("text ") + 62);
}

static void numbers_are_rounded_half_away_from_zero(void **state)
{
    (void)state;
    assert_string_equal(mended("round", "int4", NONE, real(2.5)), "integer 3");
    assert_string_equal(mended("round", "int4", NONE, real(-2.5)), "integer -3");
    assert_string_equal(mended("round", "int8", NONE, real(2.4999999)), "integer 2");
    assert_string_equal(mended("round", "int2", NONE, real(-0.4)), "integer 0");
    assert_string_equal(mended("round", "int4", NONE, real(0.49999999999999994)), "integer 0");
    assert_string_equal(mended("round", "int4", NONE, text(" 9.5 ")), "integer 10");
    assert_string_equal(mended("round", "int4", NONE, text("99.95e1")), "integer 1000");
    assert_string_equal(mended("round", "int4", NONE, text("1e-400")), "integer 0");
    assert_string_equal(mended("round", "numeric", numeric_of(5, 2), real(1.005)), "text 1.01");
    assert_string_equal(mended("round", "numeric", numeric_of(5, 2), text("-9.995")), "text -10.00");
    assert_string_equal(mended("round", "numeric", numeric_of(5, 2), text("-0.001")), "text 0.00");
    assert_string_equal(mended("round", "numeric", numeric_of(3, 1), text("0.05")), "text 0.1");
    assert_string_equal(mended("round", "numeric", numeric_of(3, -2), integer(12350)), "integer 12400");
    assert_string_equal(mended("round", "numeric", numeric_of(3, -2), integer(49)), "integer 0");
    assert_string_equal(mended("round", "money", NONE, text("1.239")), "text 1.24");
    assert_string_equal(mended("round", "numeric", numeric_of(40, 1), text("123456789012345678901234567890.19")),
                        "text 123456789012345678901234567890.2");
}

static void what_is_no_fraction_is_not_rounded(void **state)
{
    (void)state;
    assert_string_equal(mended("round", "int4", NONE, real(3.0)), "");
    assert_string_equal(mended("round", "int4", NONE, text("12x")), "");
    assert_string_equal(mended("round", "int4", NONE, text("")), "");
    assert_string_equal(mended("round", "int4", NONE, integer(5)), "");
    assert_string_equal(mended("round", "int4", NONE, real(1.0 / 0.0)), "");
    assert_string_equal(mended("round", "int4", NONE, blob("1.5", 3)), "");
    assert_string_equal(mended("round", "numeric", NONE, real(1.5)), "");
    assert_string_equal(mended("round", "text", NONE, real(1.5)), "");
    assert_string_equal(mended("round", "numeric", numeric_of(5, 2), text("1e140000")), "");
}

static void the_nearest_floating_number_is_taken(void **state)
{
    (void)state;
    assert_string_equal(mended("nearest", "float8", NONE, integer(9007199254740993)), "real 9007199254740992.0");
    assert_string_equal(mended("nearest", "float8", NONE, integer(INT64_MAX)), "real 9.223372036854776e+18");
    assert_string_equal(mended("nearest", "float4", NONE, integer(16777217)), "real 16777216.0");
    assert_string_equal(mended("nearest", "float4", NONE, real(0.123456789)), "real 0.12345679");
    assert_string_equal(mended("nearest", "float4", NONE, real(1e300)), "");
    assert_string_equal(mended("nearest", "float4", NONE, real(1e-300)), "");
    assert_string_equal(mended("nearest", "float8", NONE, real(0.1)), "");
    assert_string_equal(mended("nearest", "int8", NONE, real(0.1)), "");
    assert_string_equal(mended("nearest", "float8", NONE, text("x")), "");
}

/* What the conversion makes of a value is what the codec takes. */
static void the_nearest_float_is_one_that_the_codec_takes(void **state)
{
    struct codec_hint hint = {.typmod = -1};
    uint64_t random = 42;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct probe p = real((double)next_random(&random) / (double)(next_random(&random) >> (i % 50) | 1));
        struct bytes arena = {0}, wire = {0};
        struct cell out = {0};
        struct err e = {0};
        if (mend_cell(MEND_NEAREST, codec_named("float4"), &hint, &p.cell, NULL, &out, &arena, &e) == 1) {
            assert_int_equal(codec_named("float4")->put(&out, NULL, &hint, &wire, &e), 0);
        }
        bytes_free(&arena);
        bytes_free(&wire);
    }
}

static void any_number_but_zero_is_true(void **state)
{
    (void)state;
    assert_string_equal(mended("truth", "bool", NONE, integer(2)), "integer 1");
    assert_string_equal(mended("truth", "bool", NONE, integer(-1)), "integer 1");
    assert_string_equal(mended("truth", "bool", NONE, integer(0)), "integer 0");
    assert_string_equal(mended("truth", "bool", NONE, real(0.0)), "integer 0");
    assert_string_equal(mended("truth", "bool", NONE, real(0.5)), "integer 1");
    assert_string_equal(mended("truth", "bool", NONE, text("-3.0")), "integer 1");
    assert_string_equal(mended("truth", "bool", NONE, text("0.00")), "integer 0");
    assert_string_equal(mended("truth", "bool", NONE, text("maybe")), "");
    assert_string_equal(mended("truth", "bool", NONE, blob("1", 1)), "");
    assert_string_equal(mended("truth", "int4", NONE, integer(2)), "");
}

static void empty_texts_become_null(void **state)
{
    (void)state;
    assert_string_equal(mended("empty_null", "int4", NONE, text("")), "null ");
    assert_string_equal(mended("empty_null", "date", NONE, text(" \t\r\n")), "null ");
    assert_string_equal(mended("empty_null", NULL, NONE, text("")), "null ");
    assert_string_equal(mended("empty_null", "int4", NONE, text("0")), "");
    assert_string_equal(mended("empty_null", "int4", NONE, blob("", 0)), "");
    assert_string_equal(mended("empty_null", "int4", NONE, integer(0)), "");
}

static void out_of_memory_is_told(void **state)
{
    struct codec_hint hint = {.typmod = numeric_of(5, 2)};
    struct probe p = text("1.239");
    struct cell out;
    (void)state;
    for (long n = 0; n < 3; n++) {
        struct bytes arena = {0};
        struct err e = {0};
        mem_fail_at(n);
        int result = mend_cell(MEND_ROUND, codec_named("numeric"), &hint, &p.cell, p.data, &out, &arena, &e);
        mem_fail_at(-1);
        bytes_free(&arena);
        if (n < 2) {
            assert_int_equal(result, -1);
            assert_int_equal(e.kind, ERR_MEMORY);
        }
    }
}

static const char *rounded_moment(enum codec_stored stored, int32_t digits, struct probe p)
{
    return mended_by("round", "timestamptz", (struct codec_hint){.typmod = digits, .stored = stored}, p);
}

static void texts_of_times_are_rounded_to_the_digits_that_are_kept(void **state)
{
    (void)state;
    assert_string_equal(mended("round", "timestamptz", NONE, text("2024-02-29 23:59:59.1234564+01:00")),
                        "text 2024-02-29 23:59:59.123456+01:00");
    /* A half goes upwards, over the end of a second, a month and a year. */
    assert_string_equal(mended("round", "timestamptz", NONE, text("2023-12-31T23:59:59.9999995Z")),
                        "text 2024-01-01 00:00:00.000000+00:00");
    assert_string_equal(mended("round", "timestamp", 3, text("2024-02-28 23:59:59.9995")),
                        "text 2024-02-29 00:00:00.000000");
    assert_string_equal(mended("round", "timestamp", 0, text("2024-02-28 12:00:00.4999")), "text 2024-02-28 12:00:00");
    assert_string_equal(mended("round", "time", NONE, text("10:00:59.999999500")), "text 10:01:00.000000");
    assert_string_equal(rounded_moment(STORED_GO, NONE, text("2026-07-26 11:47:47.112233638 +0330 +0330 m=+8463.7")),
                        "text 2026-07-26 08:17:47.112234 +0000 UTC");
    /* What is not too fine, or no time at all, is left alone; a day has no moment behind its last one. */
    assert_string_equal(mended("round", "timestamptz", NONE, text("2024-02-29 12:00:00.123456")), "");
    assert_string_equal(mended("round", "timestamptz", NONE, text("1234.56789012")), "");
    assert_string_equal(mended("round", "timestamptz", NONE, text("2023-02-29 12:00:00.1234567")), "");
    assert_string_equal(mended("round", "time", NONE, text("23:59:59.9999999")), "");
    assert_string_equal(mended("round", "timestamptz", NONE, real(1.5)), "");
    assert_string_equal(mended("round", "date", NONE, text("2024-02-29 12:00:00.1234567")), "");
}

static void out_of_memory_is_told_of_times(void **state)
{
    struct codec_hint hint = {.typmod = NONE};
    struct probe p = text("2023-12-31T23:59:59.9999995Z");
    int result = -1;
    (void)state;
    for (long n = 0; result != 1; n++) {
        struct bytes arena = {0};
        struct cell out = {0};
        struct err e = {0};
        mem_fail_at(n);
        result = mend_cell(MEND_ROUND, codec_named("timestamptz"), &hint, &p.cell, p.data, &out, &arena, &e);
        mem_fail_at(-1);
        bytes_free(&arena);
        assert_true(n < 10);
        assert_true(result == 1 || (result == -1 && e.kind == ERR_MEMORY));
    }
}

static void counts_of_times_are_rounded_to_microseconds(void **state)
{
    (void)state;
    assert_string_equal(rounded_moment(STORED_UNIX_NS, NONE, integer(1700000000123456500)),
                        "integer 1700000000123457000");
    assert_string_equal(rounded_moment(STORED_UNIX_NS, NONE, integer(-1500)), "integer -2000");
    assert_string_equal(rounded_moment(STORED_TICKS, NONE, integer(638396640001234564)), "integer 638396640001234560");
    assert_string_equal(rounded_moment(STORED_UNIX, NONE, text("1700000000.1234567")), "text 1700000000.123457");
    assert_string_equal(rounded_moment(STORED_UNIX_MS, 3, text("1700000000123.5")), "integer 1700000000124");
    assert_string_equal(rounded_moment(STORED_UNIX_US, 0, integer(1700000000500000)), "integer 1700000001000000");
    assert_string_equal(rounded_moment(STORED_UNIX_US, NONE, real(1.5)), "integer 2");
    assert_string_equal(rounded_moment(STORED_JULIAN, NONE, real(2460310.5)), "");
    assert_string_equal(
        mended_by("round", "interval", (struct codec_hint){.typmod = NONE, .stored = STORED_NS}, integer(1499)),
        "integer 1000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversions_have_names),
        cmocka_unit_test(bytes_that_are_no_text_are_replaced_left_out_or_written_out),
        cmocka_unit_test(surrogates_and_overlong_forms_are_faults_byte_by_byte),
        cmocka_unit_test(texts_are_cut_to_the_characters_of_the_type),
        cmocka_unit_test(numbers_are_rounded_half_away_from_zero),
        cmocka_unit_test(what_is_no_fraction_is_not_rounded),
        cmocka_unit_test(texts_of_times_are_rounded_to_the_digits_that_are_kept),
        cmocka_unit_test(counts_of_times_are_rounded_to_microseconds),
        cmocka_unit_test(out_of_memory_is_told_of_times),
        cmocka_unit_test(the_nearest_floating_number_is_taken),
        cmocka_unit_test(the_nearest_float_is_one_that_the_codec_takes),
        cmocka_unit_test(any_number_but_zero_is_true),
        cmocka_unit_test(empty_texts_become_null),
        cmocka_unit_test(out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
