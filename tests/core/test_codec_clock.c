/* test_codec_clock.c: time and timetz. Wires as the *_send functions of a server show them. */
#include "codec_probe.h"

static void times(void **state)
{
    (void)state;
    assert_wire("time", -1, text("00:00:00"), "0000000000000000");
    assert_wire("time", -1, text("00:00"), "0000000000000000");
    assert_wire("time", -1, text("12:34:56"), "0000000a8bda1c00");
    assert_wire("time", -1, text(" 12:34:56.5 "), "0000000a8be1bd20");
    assert_wire("time", -1, text("12:34:56.500000000"), "0000000a8be1bd20");
    assert_wire("time", -1, text("23:59:59.999999"), "000000141dd75fff");
    assert_wire("time", -1, text("24:00:00"), "000000141dd76000");
    assert_wire("time", -1, text("24:00"), "000000141dd76000");
    assert_back("time", -1, text("12:34"), "text 12:34:00.000000");
    assert_back("time", -1, text("12:34:56.5"), "text 12:34:56.500000");
    assert_same("time", text("24:00:00.000000"));
    assert_same("time", text("00:00:00.000001"));
}

static void times_with_offset(void **state)
{
    (void)state;
    assert_wire("timetz", -1, text("12:34:56+00"), "0000000a8bda1c0000000000");
    assert_wire("timetz", -1, text("12:34:56Z"), "0000000a8bda1c0000000000");
    assert_wire("timetz", -1, text("12:34:56-00:00"), "0000000a8bda1c0000000000");
    assert_wire("timetz", -1, text("12:34:56+02"), "0000000a8bda1c00ffffe3e0");
    assert_wire("timetz", -1, text("12:34:56 -0330"), "0000000a8bda1c0000003138");
    assert_back("timetz", -1, text("12:34Z"), "text 12:34:00.000000+00:00");
    assert_back("timetz", -1, text("12:34:56.5 +0530"), "text 12:34:56.500000+05:30");
    assert_same("timetz", text("24:00:00.000000-15:59:59"));
    assert_same("timetz", text("00:00:00.123456+15:59:59"));
    assert_same("timetz", text("01:02:03.000000-00:00:07"));
    assert_refused("timetz", -1, text("12:34:56"), "no offset from UTC, which a time with time zone keeps");
    assert_refused("time", -1, text("12:34:56+00"), "an offset from UTC, which a time would lose");
    assert_refused("time", -1, text("12:34:56Z"), "an offset from UTC, which a time would lose");
}

static void other_times_are_refused(void **state)
{
    static const struct {
        const char *value;
        const char *words;
    } rows[] = {
        {"", "an empty text is not a time of day"},
        {" ", "an empty text is not a time of day"},
        {"allballs", "the time is not of the form"},
        {"now", "the time is not of the form"},
        {"infinity", "the time is not of the form"},
        {"12", "the time is not of the form"},
        {"1:00", "the time is not of the form"},
        {"123456", "the time is not of the form"},
        {"12:3", "the time is not of the form"},
        {"12:34:5", "the time is not of the form"},
        {"-01:00", "the time is not of the form"},
        {"T12:00", "the time is not of the form"},
        {"2024-01-01 12:00", "the time is not of the form"},
        {"12:34:60", "the clock has no such time"},
        {"12:60", "the clock has no such time"},
        {"24:00:01", "the clock has no such time"},
        {"24:01", "the clock has no such time"},
        {"24:00:00.000001", "the clock has no such time"},
        {"25:00", "the clock has no such time"},
        {"12:34:56.", "digits are missing after the point"},
        {"12:34:56.1234567", "more than 6 fraction digits and would be rounded"},
        {"23:59:59.9999999", "more than 6 fraction digits and would be rounded"},
        {"12:34 PM", "only an offset of the form"},
        {"12:34:56 Europe/Berlin", "only an offset of the form"},
        {"12:34:56,5", "only an offset of the form"},
        {"12:34:56+16", "no such offset"},
        {"12:34:56Z+01", "there is more text after the offset"},
    };
    static const char *const types[] = {"time", "timetz"};
    (void)state;
    for (size_t t = 0; t < 2; t++) {
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            assert_refused(types[t], -1, text(rows[i].value), rows[i].words);
        }
        assert_refused(types[t], -1, integer(43200), "an integer is not a time of day");
        assert_refused(types[t], -1, real(0.5), "a real is not a time of day");
        assert_refused(types[t], -1, blob("12:00:00", 8), "a blob is not a time of day");
        assert_refused(types[t], -1, bytes_probe(CELL_TEXT, "12:00\0", 6), "only an offset of the form");
    }
}

static void fraction_digits_are_never_rounded(void **state)
{
    (void)state;
    assert_back("time", 0, text("12:34:56.000"), "text 12:34:56.000000");
    assert_back("time", 3, text("12:34:56.123"), "text 12:34:56.123000");
    assert_back("time", 6, text("12:34:56.123456"), "text 12:34:56.123456");
    assert_back("timetz", 1, text("12:34:56.1Z"), "text 12:34:56.100000+00:00");
    assert_refused("time", 0, text("12:34:56.5"), "more than 0 fraction digits");
    assert_refused("time", 5, text("12:34:56.000001"), "more than 5 fraction digits");
    assert_refused("timetz", 3, text("12:34:56.1234Z"), "more than 3 fraction digits");
}

static void malformed_wire_is_refused(void **state)
{
    (void)state;
    assert_wire_refused("time", "\0\0\0\0", 4);
    assert_wire_refused("time", "\0\0\0\x14\x1d\xd7\x60\1", 8);
    assert_wire_refused("time", "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
    assert_wire_refused("timetz", "\0\0\0\0\0\0\0\0", 8);
    assert_wire_refused("timetz", "\0\0\0\x14\x1d\xd7\x60\1\0\0\0\0", 12);
    assert_wire_refused("timetz", "\0\0\0\0\0\0\0\0\0\0\xe1\0", 12);
    assert_wire_refused("timetz", "\0\0\0\0\0\0\0\0\xff\xff\x1f\0", 12);
    assert_wire_refused("timetz", "\0\0\0\0\0\0\0\0\x80\0\0\0", 12);
}

static void what_goes_in_comes_back(void **state)
{
    uint64_t random = 11;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char value[64];
        int used = snprintf(value, sizeof value, "%02d:%02d:%02d.%06d", (int)(next_random(&random) % 24),
                            (int)(next_random(&random) % 60), (int)(next_random(&random) % 60),
                            (int)(i % 2 == 0 ? next_random(&random) % 1000000 : 0));
        assert_same("time", text(value));
        used += snprintf(value + used, sizeof value - (size_t)used, "%c%02d", i % 3 == 0 ? '-' : '+',
                         (int)(1 + next_random(&random) % 15));
        (void)snprintf(value + used, sizeof value - (size_t)used, ":%02d",
                       (int)(i % 5 != 0 ? next_random(&random) % 60 : 0));
        assert_same("timetz", text(value));
    }
}

static void times_in_their_forms(void **state)
{
    static const char *const rows[][2] = {
        {".6", "12:34:56.500000"}, {".6", "24:00:00.000000"}, {".0", "12:34:56"},          {".0", "12:34:56.000001"},
        {".1", "12:34:56.5"},      {".3", "12:34:56.500"},    {".3", "12:34:56.000100"},   {".*", "12:34:56.5"},
        {".*", "12:34:56"},        {".3*", "12:34:56.500"},   {".7", "12:34:56.5000000"},  {".9", "00:00:00.000000000"},
        {"minutes", "12:34"},      {"minutes", "12:34:56"},   {"minutes", "12:34:00.500"}, {"minutes", "24:00"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_form("time", rows[i][0], 0, text(rows[i][1]));
    }
}

/* An offset is the value's own. */
static void times_with_offset_in_their_forms(void **state)
{
    static const char *const rows[][2] = {
        {".6 +00:00", "12:34:56.500000+00:00"},
        {".6 +00:00", "12:34:56.500000-03:30"},
        {".0 Z", "12:34:56Z"},
        {".0 Z", "12:34:56+01:00"},
        {".* +00", "12:34:56.5+00"},
        {".* +00", "12:34:56-03:30"},
        {".* +00", "12:34:56+00:00:07"},
        {".3 +0000", "12:34:56.000-0330"},
        {".3 +0000", "12:34:56.000+0000"},
        {".3 +0000", "12:34:56.000+00:00:07"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_form("timetz", rows[i][0], 0, text(rows[i][1]));
    }
}

static void forms_that_are_known_by_name(void **state)
{
    (void)state;
    assert_string_equal(codec_named("time")->forms[0], ".6");
    assert_string_equal(codec_named("time")->forms[codec_named("time")->own_form], ".*");
    assert_string_equal(codec_named("timetz")->forms[0], ".6 +00:00");
    assert_string_equal(codec_named("timetz")->forms[codec_named("timetz")->own_form], ".* +00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times),
        cmocka_unit_test(times_with_offset),
        cmocka_unit_test(other_times_are_refused),
        cmocka_unit_test(fraction_digits_are_never_rounded),
        cmocka_unit_test(malformed_wire_is_refused),
        cmocka_unit_test(what_goes_in_comes_back),
        cmocka_unit_test(times_in_their_forms),
        cmocka_unit_test(times_with_offset_in_their_forms),
        cmocka_unit_test(forms_that_are_known_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
