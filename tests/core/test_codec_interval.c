/* test_codec_interval.c: interval. Wires as interval_send of a server shows them. */
#include "codec_probe.h"

/* 1 year 2 months, 3 days, 04:05:06.7. */
static const char whole[] = "000000036c966ee0000000030000000e";

static void forms(void **state)
{
    static const char *const same[] = {
        "P1Y2M3DT4H5M6.7S",
        "+P1Y2M3DT4H5M6.700000000S",
        "P14M3DT14706.7S",
        " P1Y2M3DT4H5M6.7S ",
        "1 year 2 mons 3 days 04:05:06.7",
        "1 year 2 months 3 days 4 hours 5 minutes 6.7 seconds",
        "@ 1 year 2 mons 3 days 4 hours 5 mins 6.7 secs",
        "@ -1 year -2 mons -3 days -4 hours -5 mins -6.7 secs ago",
        "-P-1Y-2M-3DT-4H-5M-6.7S",
        "14 Mons 3 DAYS 4:05:06.70",
        "+1 year  +2 mons +3 days +04:05:06.7",
    };
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_wire("interval", -1, text(same[i]), whole);
    }
    assert_back("interval", -1, text("1 year 2 mons -3 days +04:05:06.7"), "text P1Y2M-3DT4H5M6.7S");
    assert_back("interval", -1, text("1 mon -3 days 04:05:06"), "text P1M-3DT4H5M6S");
    assert_back("interval", -1, text("@ 1 mon -3 days 4 hours ago"), "text P-1M3DT-4H");
    assert_back("interval", -1, text("P2W"), "text P14D");
    assert_back("interval", -1, text("P1W2D"), "text P9D");
    assert_back("interval", -1, text("2 weeks"), "text P14D");
    assert_back("interval", -1, text("@ 0"), "text PT0S");
    assert_back("interval", -1, text("0 days"), "text PT0S");
    assert_back("interval", -1, text("36:00:00"), "text PT36H");
    assert_back("interval", -1, text("-00:00:00.5"), "text PT-0.5S");
    assert_back("interval", -1, text("1 02:03:04"), "text P1DT2H3M4S");
    assert_back("interval", -1, text("-1 +02:03:04"), "text P-1DT2H3M4S");
    assert_back("interval", -1, text("-1 00:00:00"), "text P-1D");
    assert_back("interval", -1, text("1 -36:00:00.25"), "text P1DT-36H-0.25S");
    assert_back("interval", -1, text("1.02:03:04.1234560"), "text P1DT2H3M4.123456S");
    assert_back("interval", -1, text("-1.02:03:04"), "text P-1DT-2H-3M-4S");
    assert_back("interval", -1, text("-P1Y2M"), "text P-1Y-2M");
    assert_back("interval", -1, text("P1D"), "text P1D");
    assert_back("interval", -1, text("PT90S"), "text PT1M30S");
}

static void canonical_forms_come_back(void **state)
{
    static const char *const texts[] = {
        "PT0S",
        "P1Y",
        "P-1Y-11M",
        "P11M",
        "P-3D",
        "PT1H",
        "PT-1M",
        "PT-0.000001S",
        "PT59.999999S",
        "P1Y2M-3DT4H5M6.7S",
        "P-1Y-2M3DT-4H-5M-6.7S",
        "P178956970Y7M2147483647DT2562047788H54.775806S",
        "P-178956970Y-8M-2147483648DT-2562047788H-54.775807S",
        "PT-2562047788H-54.775808S",
        "P-178956970Y-8M",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_same("interval", text(texts[i]));
    }
}

static void other_texts_are_refused(void **state)
{
    static const struct {
        const char *value;
        const char *words;
    } rows[] = {
        {"", "an empty text is not an interval"},
        {"infinity", "not of a form of intervals"},
        {"-infinity", "not of a form of intervals"},
        {"now", "not of a form of intervals"},
        {"@", "not of a form of intervals"},
        {"P", "not of a form of intervals"},
        {"PT", "not of a form of intervals"},
        {"P1DT", "not of a form of intervals"},
        {"PY", "not of a form of intervals"},
        {"P--1D", "not of a form of intervals"},
        {"p1d", "not of a form of intervals"},
        {"--P1D", "not of a form of intervals"},
        {"PT.5S", "not of a form of intervals"},
        {"PTT1H", "not of a form of intervals"},
        {"day 1", "not of a form of intervals"},
        {"P1", "ISO 8601 names the units"},
        {"P1H", "ISO 8601 names the units"},
        {"PT1D", "ISO 8601 names the units"},
        {"P1D1Y", "ISO 8601 names the units"},
        {"P1Y1Y", "ISO 8601 names the units"},
        {"P1Y 2M", "not of a form of intervals"},
        {"P0001-02-03T04:05:06", "ISO 8601 names the units"},
        {"P1.5D", "only seconds have a fraction"},
        {"PT1.5H", "only seconds have a fraction"},
        {"1.5 days", "only seconds have a fraction"},
        {"PT1.S", "digits are missing after the point"},
        {"PT0.0000001S", "more than 6 fraction digits and would be rounded"},
        {"1.02:03:04.1234567", "more than 6 fraction digits and would be rounded"},
        {"04:05:06.9999999", "more than 6 fraction digits and would be rounded"},
        {"5", "a number has no unit by itself"},
        {"-1.5", "a number has no unit by itself"},
        {"1 day 5", "a number has no unit by itself"},
        {"04:05", "the time is not of the form HH:MM:SS"},
        {"04:05:6", "the time is not of the form HH:MM:SS"},
        {"1 04:05", "the time is not of the form HH:MM:SS"},
        {"1.02:03", "the time is not of the form HH:MM:SS"},
        {"04:60:00", "minutes and seconds go to 59"},
        {"04:05:60", "minutes and seconds go to 59"},
        {"1.24:00:00", "hours go to 23"},
        {"04:05:06 ago", "more text after the time"},
        {"1.02:03:04 ago", "more text after the time"},
        {"04:05:06+01", "more text after the time"},
        {"1 day ago 2", "more text after \"ago\""},
        {"1 fortnight", "a unit from year to second"},
        {"1day", "a unit from year to second"},
        {"1 day 2 years", "a unit from year to second"},
        {"1 day 1 day", "a unit from year to second"},
        {"5 m", "a unit from year to second"},
        {"1 days, 2:00:00", "a unit from year to second"},
        {"3 4 hours", "the time is not of the form HH:MM:SS"},
        {"1 hour 04:05:06", "not of a form of intervals"},
        {"1-2", "a unit from year to second"},
        {"-3 days 04:05:06", "it is not clear whether they are negative too"},
        {"-3 04:05:06", "it is not clear whether they are negative too"},
        {"-1 year 2 mons", "it is not clear whether they are negative too"},
        {"P178956970Y8M", "longer than PostgreSQL's"},
        {"P2147483648D", "longer than PostgreSQL's"},
        {"P-2147483649D", "longer than PostgreSQL's"},
        {"PT2562047788H54.775808S", "longer than PostgreSQL's"},
        {"-PT-2562047788H-54.775808S", "longer than PostgreSQL's"},
        {"P99999999999999999999D", "longer than PostgreSQL's"},
        {"9999999999999:00:00", "longer than PostgreSQL's"},
        {"P178956970Y7M2147483647DT2562047788H54.775807S", "longer than PostgreSQL's"},
        {"P-178956970Y-8M-2147483648DT-2562047788H-54.775808S", "longer than PostgreSQL's"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_refused("interval", -1, text(rows[i].value), rows[i].words);
    }
    assert_refused("interval", -1, bytes_probe(CELL_TEXT, "P1\0", 3), "ISO 8601 names the units");
    assert_refused("interval", -1, bytes_probe(CELL_TEXT, "PT1\0", 4), "ISO 8601 names the units");
    assert_refused("interval", -1, integer(70000), "an integer is not an interval");
    assert_refused("interval", -1, real(1.5), "a real is not an interval");
    assert_refused("interval", -1, blob("P1D", 3), "a blob is not an interval");
}

static void numbers_are_refused_with_the_reason(void **state)
{
    struct codec_hint hint = {.typmod = -1};
    struct bytes out = {0};
    struct err e = {0};
    struct probe p = integer(90);
    (void)state;
    assert_int_equal(codec_named("interval")->put(&p.cell, NULL, &hint, &out, &e), -1);
    assert_non_null(strstr(e.hint, "a number has no unit by itself"));
}

/* pg_attribute.atttypmod of interval columns, as a server gives them. */
enum {
    YEAR = 0x4FFFF,
    MONTH = 0x2FFFF,
    YEAR_TO_MONTH = 0x6FFFF,
    DAY = 0x8FFFF,
    HOUR = 0x400FFFF,
    MINUTE = 0x800FFFF,
    DAY_TO_HOUR = 0x408FFFF,
    HOUR_TO_MINUTE = 0xC00FFFF,
    SECOND_3 = 0x10000003,
    DAY_TO_SECOND_0 = 0x1C080000,
    DIGITS_2 = 0x7FFF0002
};

static void what_a_column_leaves_out_is_refused(void **state)
{
    static const struct {
        int32_t typmod;
        const char *fits;
        const char *lost;
    } rows[] = {
        {YEAR, "P3Y", "P1M"},
        {YEAR, "P-3Y", "P1D"},
        {YEAR, "P3Y", "PT1S"},
        {MONTH, "P1Y1M", "P1D"},
        {YEAR_TO_MONTH, "P1Y1M", "PT0.000001S"},
        {DAY, "P1Y1M1D", "PT1H"},
        {HOUR, "P1Y1M1DT1H", "PT1M"},
        {MINUTE, "P1Y1M1DT1H1M", "PT1S"},
        {DAY_TO_HOUR, "P1Y1M1DT-1H", "PT-1M"},
        {HOUR_TO_MINUTE, "P1Y1M1DT1H1M", "PT0.5S"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char expected[64];
        (void)snprintf(expected, sizeof expected, "text %s", rows[i].fits);
        assert_back("interval", rows[i].typmod, text(rows[i].fits), expected);
        assert_refused("interval", rows[i].typmod, text(rows[i].lost), "leave out a part of the interval");
    }
    assert_back("interval", SECOND_3, text("P1Y1M1DT1H1M1.123S"), "text P1Y1M1DT1H1M1.123S");
    assert_refused("interval", SECOND_3, text("PT-1.1234S"), "more than 3 fraction digits");
    assert_refused("interval", DAY_TO_SECOND_0, text("PT1.5S"), "more than 0 fraction digits");
    assert_refused("interval", DIGITS_2, text("PT0.001S"), "more than 2 fraction digits");
}

static void wires(void **state)
{
    (void)state;
    assert_cell("interval", "\x7f\xff\xff\xff\xff\xff\xff\xff\x7f\xff\xff\xff\x7f\xff\xff\xff", 16, "text infinity");
    assert_cell("interval", "\x80\0\0\0\0\0\0\0\x80\0\0\0\x80\0\0\0", 16, "text -infinity");
    assert_wire_refused("interval", "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
    assert_wire_refused("interval", "", 0);
}

static void what_goes_in_comes_back(void **state)
{
    uint64_t random = 7;
    (void)state;
    for (int i = 0; i < 40000; i++) {
        unsigned char wire[16];
        struct codec_hint hint = {.typmod = -1};
        struct bytes out = {0};
        struct bytes arena = {0};
        struct cell c = {0};
        struct err e = {0};
        for (size_t at = 0; at < 16; at++) {
            wire[at] = (unsigned char)(next_random(&random) >> 32);
        }
        /* Parts of all sizes, and parts that are 0. */
        memset(wire, wire[0] & 0x80 ? 0xFF : 0, next_random(&random) % 9);
        memset(wire + 8, wire[8] & 0x80 ? 0xFF : 0, next_random(&random) % 5);
        memset(wire + 12, wire[12] & 0x80 ? 0xFF : 0, next_random(&random) % 5);
        assert_int_equal(codec_named("interval")->get(wire, 16, &hint, &c, &arena, &e), 0);
        if (codec_named("interval")->put(&c, arena.data + c.as.offset, &hint, &out, &e) != 0) {
            fail_msg("%.*s: %s", (int)c.length, (const char *)arena.data + c.as.offset, e.message);
        }
        assert_memory_equal(out.data, wire, 16);
        bytes_free(&out);
        bytes_free(&arena);
    }
}

static void intervals_in_their_forms(void **state)
{
    static const char *const rows[][2] = {
        {"iso", "P1Y2M-3DT-4H-5M-6.7S"},
        {"iso", "PT0S"},
        {"iso", "P-1D"},
        {"iso -P", "-P1DT2H0.000001S"},
        {"iso -P", "P1DT-2H"},
        {"iso -P", "PT0S"},
        {"iso P0D", "P0D"},
        {"iso P0D", "P1M"},
        {"iso 00", "P0DT00H01M30S"},
        {"iso 00", "-P3DT04H05M06.000007S"},
        {"iso 00", "P1Y"},
        {"clock .0", "04:05:06"},
        {"clock .0", "-04:05:06.500000"},
        {"clock .0", "100:00:00"},
        {"clock .0", "P1D"},
        {"clock .6", "00:00:00.000000"},
        {"clock .3", "00:00:00.500"},
        {"clock .*", "-00:00:00.5"},
        {"clock .7", "00:00:00.5000000"},
        {"short clock .0", "0:01:30"},
        {"short clock .0", "-4:05:06"},
        {"short clock .6", "26:00:00.000000"},
        {"days .0", "3 04:05:06"},
        {"days .0", "04:05:06.000007"},
        {"days .0", "-04:05:06"},
        {"days .0", "P-3DT-4H"},
        {"net", "00:01:30"},
        {"net", "1.00:00:00"},
        {"net", "-1.02:03:04.5000000"},
        {"net", "00:00:00.0000010"},
        {"net", "PT24H"},
        {"net", "P1DT-1H"},
        {"postgres", "1 year 2 mons -3 days +04:05:06.7"},
        {"postgres", "-1 years -2 mons +3 days -00:00:01"},
        {"postgres", "1 day"},
        {"postgres", "-1 days"},
        {"postgres", "00:00:00"},
        {"postgres", "100:00:00.000001"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_form("interval", rows[i][0], 0, text(rows[i][1]));
    }
    assert_form("interval", "clock .0", 0, text("-2562047788:00:54.775808"));
    assert_form("interval", "iso -P", 0, text("PT-2562047788H-54.775808S"));
    assert_string_equal(codec_named("interval")->forms[codec_named("interval")->own_form], "postgres");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),
        cmocka_unit_test(canonical_forms_come_back),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(numbers_are_refused_with_the_reason),
        cmocka_unit_test(what_a_column_leaves_out_is_refused),
        cmocka_unit_test(wires),
        cmocka_unit_test(what_goes_in_comes_back),
        cmocka_unit_test(intervals_in_their_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
