/* test_codec_time.c: date, timestamp, timestamptz. Wires as the *_send functions of a server show them. */
#include "codec_probe.h"

static void dates(void **state)
{
    (void)state;
    assert_wire("date", -1, text("2000-01-01"), "00000000");
    assert_wire("date", -1, text("1970-01-01"), "ffffd533");
    assert_wire("date", -1, text("2024-02-29"), "00002279");
    assert_wire("date", -1, text(" 2024-02-29 "), "00002279");
    assert_wire("date", -1, text("2024-02-29 00:00"), "00002279");
    assert_wire("date", -1, text("2024-02-29T00:00:00.000000000"), "00002279");
    assert_same("date", text("0001-01-01"));
    assert_same("date", text("9999-12-31"));
    assert_same("date", text("2000-02-29"));
    assert_refused("date", -1, text("2024-02-29 10:00"), "a time of day, which a date would lose");
    assert_refused("date", -1, text("2024-02-29 00:00Z"), "an offset from UTC, which a date would lose");
}

static void the_calendar_is_strict(void **state)
{
    static const char *const days[] = {"2023-02-29", "1900-02-29", "2023-02-31", "2024-06-31", "2024-00-10",
                                       "2024-13-01", "2024-01-00", "2024-01-32", "2100-02-29"};
    (void)state;
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        assert_refused("date", -1, text(days[i]), "the calendar has no such day");
        assert_refused("timestamp", -1, text(days[i]), "the calendar has no such day");
    }
    assert_refused("date", -1, text("0000-01-01"), "there is no year 0000");
}

static void words_and_other_forms_are_refused(void **state)
{
    static const char *const texts[] = {
        "now",        "today",       "epoch", "infinity",    "-infinity", "allballs",   "20240101",     "2024-1-1",
        "01/02/2024", "-4713-01-01", "2024",  "10000-01-01", "12:00",     "2024/01/01", "\xEF\xBC\x92", "1700000000"};
    static const char *const types[] = {"date", "timestamp", "timestamptz"};
    (void)state;
    for (size_t t = 0; t < 3; t++) {
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            assert_refused(types[t], -1, text(texts[i]), "does not begin with a date of the form YYYY-MM-DD");
        }
        assert_refused(types[t], -1, text(""), "an empty text is not a date or time");
        assert_refused(types[t], -1, integer(1700000000), "an integer is not a date or time");
        assert_refused(types[t], -1, real(2460310.5), "a real is not a date or time");
        assert_refused(types[t], -1, blob("2024-01-01", 10), "a blob is not a date or time");
    }
}

static void numbers_are_refused_with_the_reason(void **state)
{
    struct codec_hint hint = {.typmod = -1};
    struct bytes out = {0};
    struct err e = {0};
    struct probe p = integer(1700000000);
    (void)state;
    assert_int_equal(codec_named("timestamp")->put(&p.cell, NULL, &hint, &out, &e), -1);
    assert_non_null(strstr(e.hint, "a number has no unit by itself"));
}

static void moments(void **state)
{
    (void)state;
    assert_wire("timestamp", -1, text("2000-01-01 00:00:00"), "0000000000000000");
    assert_wire("timestamp", -1, text("2024-01-01 10:00:00"), "0002b0de36ada800");
    assert_wire("timestamp", -1, text("2024-01-01T10:00"), "0002b0de36ada800");
    assert_wire("timestamp", -1, text("2024-01-01 10:00:00.000"), "0002b0de36ada800");
    assert_wire("timestamp", -1, text("1999-12-31 23:59:59.999999"), "ffffffffffffffff");
    assert_wire("timestamptz", -1, text("2024-01-01 10:00:00"), "0002b0de36ada800");
    assert_wire("timestamptz", -1, text("2024-01-01 10:00:00Z"), "0002b0de36ada800");
    assert_wire("timestamptz", -1, text("2024-01-01 10:00:00 Z"), "0002b0de36ada800");
    assert_wire("timestamptz", -1, text("2024-01-01T10:00:00+05:30"), "0002b0d99a81a200");
    assert_wire("timestamptz", -1, text("2024-01-01 10:00:00 +0530"), "0002b0d99a81a200");
    assert_wire("timestamptz", -1, text("2024-01-01 10:00:00-08"), "0002b0e4eb4ac800");
    assert_wire("timestamptz", -1, text("2024-01-01 10:00:00+05:30:15"), "0002b0d9999cc040");
    /* The server would drop the offset of a timestamp in silence: the moment is moved to UTC instead. */
    assert_wire("timestamp", -1, text("2024-01-01T10:00:00+05:30"), "0002b0d99a81a200");
    assert_back("timestamp", -1, text("2024-01-01"), "text 2024-01-01 00:00:00.000000");
    assert_back("timestamp", -1, text("2024-01-01 10:00:00.5"), "text 2024-01-01 10:00:00.500000");
    assert_back("timestamp", -1, text("2024-01-01 01:00+02"), "text 2023-12-31 23:00:00.000000");
    assert_back("timestamptz", -1, text("2024-02-29 10:00:00.123456-01:00"), "text 2024-02-29 11:00:00.123456+00:00");
    assert_same("timestamp", text("0001-01-01 00:00:00.000000"));
    assert_same("timestamp", text("9999-12-31 23:59:59.999999"));
    assert_same("timestamptz", text("1969-12-31 23:59:59.999999+00:00"));
}

static void other_times_are_refused(void **state)
{
    static const struct {
        const char *value;
        const char *words;
    } rows[] = {
        {"2024-01-01 24:00:00", "the clock has no such time"},
        {"2024-01-01 23:59:60", "the clock has no such time"},
        {"2024-01-01 23:60", "the clock has no such time"},
        {"2024-01-01 25:00", "the clock has no such time"},
        {"2024-01-01 10", "the time is not of the form"},
        {"2024-01-01 1:00", "the time is not of the form"},
        {"2024-01-01 10:00:5", "the time is not of the form"},
        {"2024-01-01  10:00", "the time is not of the form"},
        {"2024-01-01T", "the time is not of the form"},
        {"2024-01-01 10:00:00.", "digits are missing after the point"},
        {"2024-01-01 10:00:00.Z", "digits are missing after the point"},
        {"2024-01-01 10:00:00.1234567", "more than 6 fraction digits and would be rounded"},
        {"2024-01-01 23:59:59.9999999", "more than 6 fraction digits and would be rounded"},
        {"2024-01-01t10:00", "after the date, only T or a space"},
        {"2024-01-01_10:20:30", "after the date, only T or a space"},
        {"2024-01-01 10:20-30", "no such offset"},
        {"2024-01-01 10-20:30", "the time is not of the form"},
        {"2024-01 01 10:20:30", "does not begin with a date"},
        {"2024-01-01 1a:20:30", "the time is not of the form"},
        {"2024-01-01 10:20:3a", "the time is not of the form"},
        {"2024-01-01Z", "after the date, only T or a space"},
        {"2024-01-011", "after the date, only T or a space"},
        {"2024-01-01 10:00:00,5", "only an offset of the form"},
        {"2024-01-01 10:00:00 UTC", "only an offset of the form"},
        {"2024-01-01 10:00:00+5", "only an offset of the form"},
        {"2024-01-01 10:00:00+", "only an offset of the form"},
        {"2024-01-01 10:00:00  +01", "only an offset of the form"},
        {"2024-01-01 10:00:00+01:0", "only an offset of the form"},
        {"2024-01-01 10:00:00+01:00:0", "only an offset of the form"},
        {"2024-01-01 10:00:00 +0100 +0100 m=+1", "there is more text after the offset"},
        {"2024-01-01 10:00:00+010203", "there is more text after the offset"},
        {"2024-01-01 10:00:00ZZ", "there is more text after the offset"},
        {"2024-01-01 10:00:00+16", "no such offset"},
        {"2024-01-01 10:00:00+01:60", "no such offset"},
        {"0001-01-01 00:00:00+01", "outside the years 0001 to 9999"},
        {"9999-12-31 23:59:59-01", "outside the years 0001 to 9999"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_refused("timestamp", -1, text(rows[i].value), rows[i].words);
        assert_refused("timestamptz", -1, text(rows[i].value), rows[i].words);
    }
}

static void fraction_digits_are_never_rounded(void **state)
{
    (void)state;
    assert_back("timestamp", 0, text("2024-01-01 10:00:00"), "text 2024-01-01 10:00:00.000000");
    assert_back("timestamp", 3, text("2024-01-01 10:00:00.123000000"), "text 2024-01-01 10:00:00.123000");
    assert_back("timestamp", 6, text("2024-01-01 10:00:00.123456"), "text 2024-01-01 10:00:00.123456");
    assert_refused("timestamp", 0, text("2024-01-01 10:00:00.5"), "more than 0 fraction digits");
    assert_refused("timestamptz", 3, text("2024-01-01 10:00:00.1234Z"), "more than 3 fraction digits");
}

static void what_only_servers_store_is_printed_as_they_do(void **state)
{
    (void)state;
    assert_cell("date", "\x7F\xFF\xFF\xFF", 4, "text infinity");
    assert_cell("date", "\x80\0\0\0", 4, "text -infinity");
    assert_cell("date", "\xFF\xDA\x97\xA7", 4, "text 4714-11-24 BC");
    assert_cell("date", "\x7F\xDA\x97\x0C", 4, "text 5874897-12-31");
    assert_wire_refused("date", "\x7F\xFF\xFF\xFE", 4);
    assert_wire_refused("date", "\x80\0\0\1", 4);
    assert_wire_refused("date", "\0\0", 2);
    assert_cell("timestamp", "\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8, "text infinity");
    assert_cell("timestamptz", "\x80\0\0\0\0\0\0\0", 8, "text -infinity");
    assert_cell("timestamp", "\xFD\x0F\x7C\xC1\x41\x1F\xA0\0", 8, "text 4714-11-24 00:00:00.000000 BC");
    assert_cell("timestamptz", "\xFD\x0F\x7C\xC1\x41\x1F\xA0\0", 8, "text 4714-11-24 00:00:00.000000+00:00 BC");
    assert_cell("timestamp", "\x7F\xFF\xFF\x5B\xB3\xB2\x9F\xFF", 8, "text 294276-12-31 23:59:59.999999");
    assert_wire_refused("timestamp", "\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFE", 8);
    assert_wire_refused("timestamp", "\0\0\0\0", 4);
}

static void what_goes_in_comes_back(void **state)
{
    uint64_t random = 5;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char value[64];
        int used = snprintf(value, sizeof value, "%04d-%02d-%02d", (int)(1 + next_random(&random) % 9999),
                            (int)(1 + next_random(&random) % 12), (int)(1 + next_random(&random) % 28));
        assert_same("date", text(value));
        used += snprintf(value + used, sizeof value - (size_t)used, " %02d:%02d:%02d.%06d",
                         (int)(next_random(&random) % 24), (int)(next_random(&random) % 60),
                         (int)(next_random(&random) % 60), (int)(i % 2 == 0 ? next_random(&random) % 1000000 : 0));
        assert_same("timestamp", text(value));
        (void)snprintf(value + used, sizeof value - (size_t)used, "+00:00");
        assert_same("timestamptz", text(value));
    }
}

/* A column of one moment in each form: with microseconds, with milliseconds, whole seconds, whole minutes, midnight. */
static void moments_in_their_forms(void **state)
{
    static const struct {
        const char *form;
        const char *texts[5]; /* the same in "+00:00" or Z where the form has an offset */
    } rows[] = {
        {"space .6",
         {"2024-02-29 10:20:30.123456", "2024-02-29 10:20:30.120000", "2024-02-29 10:20:30.000000",
          "2024-02-29 10:20:00.000000", "2024-02-29 00:00:00.000000"}},
        {"T .0 Z",
         {"2024-02-29T10:20:30.123456Z", "2024-02-29T10:20:30.120000Z", "2024-02-29T10:20:30Z", "2024-02-29T10:20:00Z",
          "2024-02-29T00:00:00Z"}},
        {"space .1 +00",
         {"2024-02-29 10:20:30.123456+00", "2024-02-29 10:20:30.120000+00", "2024-02-29 10:20:30.0+00",
          "2024-02-29 10:20:00.0+00", "2024-02-29 00:00:00.0+00"}},
        {"T .3 Z",
         {"2024-02-29T10:20:30.123456Z", "2024-02-29T10:20:30.120Z", "2024-02-29T10:20:30.000Z",
          "2024-02-29T10:20:00.000Z", "2024-02-29T00:00:00.000Z"}},
        {"T .* +00:00",
         {"2024-02-29T10:20:30.123456+00:00", "2024-02-29T10:20:30.12+00:00", "2024-02-29T10:20:30+00:00",
          "2024-02-29T10:20:00+00:00", "2024-02-29T00:00:00+00:00"}},
        {"T .3* +0000",
         {"2024-02-29T10:20:30.123456+0000", "2024-02-29T10:20:30.120+0000", "2024-02-29T10:20:30+0000",
          "2024-02-29T10:20:00+0000", "2024-02-29T00:00:00+0000"}},
        {"space .7",
         {"2024-02-29 10:20:30.1234560", "2024-02-29 10:20:30.1200000", "2024-02-29 10:20:30.0000000",
          "2024-02-29 10:20:00.0000000", "2024-02-29 00:00:00.0000000"}},
        {"T .9 Z",
         {"2024-02-29T10:20:30.123456000Z", "2024-02-29T10:20:30.120000000Z", "2024-02-29T10:20:30.000000000Z",
          "2024-02-29T10:20:00.000000000Z", "2024-02-29T00:00:00.000000000Z"}},
        {"space .0 space +0000",
         {"2024-02-29 10:20:30.123456 +0000", "2024-02-29 10:20:30.120000 +0000", "2024-02-29 10:20:30 +0000",
          "2024-02-29 10:20:00 +0000", "2024-02-29 00:00:00 +0000"}},
        {"T minutes",
         {"2024-02-29T10:20:30.123456", "2024-02-29T10:20:30.120", "2024-02-29T10:20:30", "2024-02-29T10:20",
          "2024-02-29T00:00"}},
        {"date",
         {"2024-02-29 10:20:30.123456", "2024-02-29 10:20:30.120000", "2024-02-29 10:20:30", "2024-02-29 10:20:00",
          "2024-02-29"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t t = 0; t < 5; t++) {
            assert_form("timestamp", rows[i].form, 0, text(rows[i].texts[t]));
            assert_form("timestamptz", rows[i].form, 0, text(rows[i].texts[t]));
        }
    }
}

/* The offset that is written is that of the declared zone; Z is UTC in any. */
static void forms_in_a_zone(void **state)
{
    enum { INDIA = 19800, LIBERIA = -2670 };
    (void)state;
    assert_form("timestamptz", "space .0", INDIA, text("2024-02-29 03:00:00"));
    assert_form("timestamptz", "space .0 Z", INDIA, text("2024-02-28 21:30:00Z"));
    assert_form("timestamptz", "space .0 +00", INDIA, text("2024-02-29 03:00:00+05:30"));
    assert_form("timestamptz", "space .0 +00", -8 * 3600, text("2024-02-29 03:00:00-08"));
    assert_form("timestamptz", "T .3 +00:00", INDIA, text("2024-02-29T03:00:00.000+05:30"));
    assert_form("timestamp", "T .3 +0000", INDIA, text("2024-02-29T03:00:00.000+0530"));
    assert_form("timestamp", "space .0 space +0000", -8 * 3600, text("2024-02-29 03:00:00 -0800"));
    /* Seconds are read with colons only. */
    assert_form("timestamptz", "space .0 +0000", LIBERIA, text("1960-02-29 03:00:00-00:44:30"));
    assert_form("timestamptz", "space .0 +00", LIBERIA, text("1960-02-29 03:00:00-00:44:30"));
    assert_form("timestamp", "date", INDIA, text("2024-02-29"));
    assert_form("timestamp", "T minutes", INDIA, text("2024-02-29T03:30"));
}

static void dates_in_their_forms(void **state)
{
    static const char *const rows[][2] = {
        {"date", "2024-02-29"},
        {"space .0", "2024-02-29 00:00:00"},
        {"T .0", "2024-02-29T00:00:00"},
        {"T .3", "2024-02-29T00:00:00.000"},
        {"T minutes", "2024-02-29T00:00"},
        {"space .7", "2024-02-29 00:00:00.0000000"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_form("date", rows[i][0], 0, text(rows[i][1]));
    }
}

/* What generated SQL, ranges and people rely on. */
static void forms_that_are_known_by_name(void **state)
{
    static const char *const types[][3] = {{"timestamptz", "space .6 +00:00", "space .* +00"},
                                           {"timestamp", "space .6", "space .*"},
                                           {"date", "date", "date"}};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        const struct codec *codec = codec_named(types[i][0]);
        assert_string_equal(codec->forms[0], types[i][1]);
        assert_string_equal(codec->forms[codec->own_form], types[i][2]);
        size_t count = 0;
        while (codec->forms[count] != NULL) {
            /* A name is found where it stands, so that there are no two of it. */
            assert_int_equal(codec_form_find(codec, codec->forms[count]), count);
            count++;
        }
        assert_true(count <= CODEC_FORMS);
    }
    assert_int_equal(codec_form_find(codec_named("timestamptz"), "T .6Z"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates),
        cmocka_unit_test(the_calendar_is_strict),
        cmocka_unit_test(words_and_other_forms_are_refused),
        cmocka_unit_test(numbers_are_refused_with_the_reason),
        cmocka_unit_test(moments),
        cmocka_unit_test(other_times_are_refused),
        cmocka_unit_test(fraction_digits_are_never_rounded),
        cmocka_unit_test(what_only_servers_store_is_printed_as_they_do),
        cmocka_unit_test(what_goes_in_comes_back),
        cmocka_unit_test(moments_in_their_forms),
        cmocka_unit_test(forms_in_a_zone),
        cmocka_unit_test(dates_in_their_forms),
        cmocka_unit_test(forms_that_are_known_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
