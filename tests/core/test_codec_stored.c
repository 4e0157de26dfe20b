/* test_codec_stored.c: declared forms of moments and of uuid. Expectations were computed by Python's datetime and uuid,
 * and Julian days by SQLite's julianday(). */
#include "codec_probe.h"

/* 2024-02-29 12:34:56.789 */
static const char MOMENT[] = "0002b58341728608";

static struct codec_hint hint_of(const char *word, int32_t zone)
{
    struct codec_hint hint = {.typmod = -1, .zone_seconds = zone};
    if (word != NULL) {
        assert_int_equal(codec_stored_find(word, &hint.stored), 0);
    }
    return hint;
}

#define integer_constant(value)                              \
    {                                                        \
        {.as.integer = (value), .class = CELL_INTEGER}, NULL \
    }
#define real_constant(value)                           \
    {                                                  \
        {.as.real = (value), .class = CELL_REAL}, NULL \
    }
#define text_constant(value)                                                              \
    {                                                                                     \
        {.length = sizeof(value) - 1, .class = CELL_TEXT}, (const unsigned char *)(value) \
    }

static void assert_put(const char *type, struct codec_hint hint, struct probe p, const char *expected)
{
    struct bytes out = {0};
    struct err e = {0};
    char hex[64] = "";
    if (codec_named(type)->put(&p.cell, p.data, &hint, &out, &e) != 0) {
        fail_msg("%s refuses: %s", type, e.message);
    }
    for (size_t i = 0; i < out.length && 2 * i + 2 < sizeof hex; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", out.data[i]);
    }
    bytes_free(&out);
    assert_string_equal(hex, expected);
}

/* get of what put makes must give this cell. */
static void assert_round(const char *type, struct codec_hint hint, struct probe p, const char *expected)
{
    struct bytes out = {0};
    struct bytes arena = {0};
    struct cell c = {0};
    struct err e = {0};
    char got[3100];
    if (codec_named(type)->put(&p.cell, p.data, &hint, &out, &e) != 0 ||
        codec_named(type)->get(out.data, out.length, &hint, &c, &arena, &e) != 0) {
        fail_msg("%s refuses: %s", type, e.message);
    }
    int has_bytes = c.class == CELL_TEXT || c.class == CELL_BLOB;
    describe(got, sizeof got, &c, has_bytes ? arena.data + c.as.offset : NULL);
    bytes_free(&out);
    bytes_free(&arena);
    assert_string_equal(got, expected);
}

static void assert_kept(const char *type, struct codec_hint hint, struct probe p)
{
    char expected[3100];
    describe(expected, sizeof expected, &p.cell, p.data);
    assert_round(type, hint, p, expected);
}

static struct codec_hint in_form(const char *type, struct codec_hint hint, const char *form)
{
    hint.form = codec_form_find(codec_named(type), form);
    assert_true(hint.form >= 0);
    assert_true(codec_named(type)->has_form(&hint));
    return hint;
}

static void assert_no(const char *type, struct codec_hint hint, struct probe p, const char *words)
{
    struct bytes out = {0};
    struct err e = {0};
    int result = codec_named(type)->put(&p.cell, p.data, &hint, &out, &e);
    bytes_free(&out);
    assert_int_equal(result, -1);
    assert_int_equal(e.kind, ERR_VALUE);
    assert_true(e.hint[0] != '\0');
    if (strstr(e.message, words) == NULL) {
        fail_msg("%s: \"%s\" does not say \"%s\"", type, e.message, words);
    }
}

static void every_form_tells_the_same_moment(void **state)
{
    static const char *const types[] = {"timestamptz", "timestamp"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_put(types[i], hint_of("iso", 0), text("2024-02-29T12:34:56.789Z"), MOMENT);
        assert_put(types[i], hint_of("unix", 0), text("1709210096.789"), MOMENT);
        assert_put(types[i], hint_of("unix", 0), real(1709210096.789), MOMENT);
        assert_put(types[i], hint_of("unix_ms", 0), integer(1709210096789), MOMENT);
        assert_put(types[i], hint_of("unix_ms", 0), real(1709210096789.0), MOMENT);
        assert_put(types[i], hint_of("unix_ms", 0), text(" 1709210096789 "), MOMENT);
        assert_put(types[i], hint_of("unix_us", 0), integer(1709210096789000), MOMENT);
        assert_put(types[i], hint_of("unix_us", 0), real(1709210096789000.0), MOMENT);
        assert_put(types[i], hint_of("unix_ns", 0), integer(1709210096789000000), MOMENT);
        assert_put(types[i], hint_of("julian", 0), real(2460370.0242683910763), MOMENT);
        assert_put(types[i], hint_of("julian", 0), text("2460370.0242683910763"), MOMENT);
        assert_put(types[i], hint_of("ticks", 0), integer(638448068967890000), MOMENT);
        assert_put(types[i], hint_of("core_data", 0), real(730902896.789), MOMENT);
        assert_put(types[i], hint_of("core_data", 0), text("730902896.789000"), MOMENT);
        assert_put(types[i], hint_of("webkit", 0), integer(13353683696789000), MOMENT);
        assert_put(types[i], hint_of("go", 0), text("2024-02-29 12:34:56.789 +0000 UTC"), MOMENT);
        assert_put(types[i], hint_of("go", 0), text("2024-02-29 16:04:56.789 +0330 +0330 m=+8463.700112"), MOMENT);
        assert_put(types[i], hint_of("go", 0), text("2024-02-29 13:34:56.789 +0100 CET m=-0.5"), MOMENT);
    }
}

static void ends_and_epochs(void **state)
{
    (void)state;
    assert_put("timestamptz", hint_of("unix_ms", 0), integer(-1), "fffca2fec4c81c18");
    assert_put("timestamptz", hint_of("unix", 0), text("-0.001"), "fffca2fec4c81c18");
    assert_put("timestamptz", hint_of("unix", 0), real(-0.001), "fffca2fec4c81c18");
    assert_put("timestamptz", hint_of("unix", 0), integer(946684800), "0000000000000000");
    assert_put("timestamptz", hint_of("unix", 0), integer(253402300799), "0380e70b912c3dc0");
    assert_put("timestamptz", hint_of("unix", 0), integer(-62135596800), "ff1fe2ffc59c6000");
    assert_put("timestamptz", hint_of("ticks", 0), integer(0), "ff1fe2ffc59c6000");
    assert_put("timestamptz", hint_of("ticks", 0), integer(630822816000000000), "0000000000000000");
    assert_no("timestamptz", hint_of("ticks", 0), integer(-10), "outside the years 0001 to 9999");
    assert_no("timestamptz", hint_of("unix", 0), integer(253402300800), "outside the years 0001 to 9999");
    assert_no("timestamptz", hint_of("unix", 0), integer(-62135596801), "outside the years 0001 to 9999");
    assert_no("timestamptz", hint_of("unix", 0), integer(INT64_MAX), "outside the years 0001 to 9999");
    assert_no("timestamptz", hint_of("webkit", 0), integer(INT64_MIN), "outside the years 0001 to 9999");
    assert_no("timestamptz", hint_of("unix", 0), real(1e300), "outside the years 0001 to 9999");
    assert_no("timestamptz", hint_of("julian", 0), real(-1.5), "outside the years 0001 to 9999");
    assert_no("timestamptz", hint_of("unix", 0), text("99999999999999999999"), "outside the years 0001 to 9999");
}

static void nothing_is_rounded_that_is_exact(void **state)
{
    static const char words[] = "finer than a microsecond";
    (void)state;
    assert_no("timestamptz", hint_of("unix_ns", 0), integer(1709210096789000001), words);
    assert_no("timestamptz", hint_of("ticks", 0), integer(638448068967890001), words);
    assert_no("timestamptz", hint_of("unix", 0), text("1709210096.7890001"), words);
    assert_no("timestamptz", hint_of("unix_ms", 0), text("1709210096789.0001"), words);
    assert_no("timestamptz", hint_of("unix_us", 0), text("1709210096789000.5"), words);
    assert_put("timestamptz", hint_of("unix", 0), text("1709210096.78900000"), MOMENT);
    assert_no("timestamptz", hint_of("go", 0), text("2024-02-29 12:34:56.789000001 +0000 UTC"), "more than 6 fraction");
    assert_no("timestamptz", hint_of("unix_us", 0), real(0.5), "a real with a fraction");
    assert_no("timestamptz", hint_of("unix_ns", 0), real(1709210096789000000.0), "a real beyond 2^53");
    /* of the type's own fraction digits */
    struct codec_hint hint = hint_of("unix_ms", 0);
    hint.typmod = 2;
    assert_no("timestamptz", hint, integer(1709210096789), "more than 2 fraction digits");
}

static void another_form_is_refused_with_the_declared_one(void **state)
{
    static const char *const numbers[] = {"unix",   "unix_ms", "unix_us",   "unix_ns",
                                          "julian", "ticks",   "core_data", "webkit"};
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        assert_no("timestamptz", hint_of(numbers[i], 0), text("2024-02-29 12:34:56"), numbers[i]);
        assert_no("timestamptz", hint_of(numbers[i], 0), text(""), "is declared to hold");
        assert_no("timestamptz", hint_of(numbers[i], 0), text("now"), "is declared to hold");
        assert_no("timestamptz", hint_of(numbers[i], 0), text("1e3"), "is declared to hold");
        assert_no("timestamptz", hint_of(numbers[i], 0), blob("12345678", 8), "a blob, where the column");
    }
    assert_no("timestamptz", hint_of("iso", 0), integer(1709210096),
              "an integer, where the column is declared to hold iso");
    assert_no("timestamptz", hint_of("iso", 0), real(1.5), "a real, where the column is declared to hold iso");
    assert_no("timestamptz", hint_of("go", 0), integer(1), "an integer, where the column is declared to hold go");
    static const char *const texts[] = {"2024-02-29T12:34:56 +0000 UTC",
                                        "2024-02-29 12:34:56",
                                        "2024-02-29",
                                        "2024-02-29 12:34:56 +0000",
                                        "2024-02-29 12:34:56 Z UTC",
                                        "2024-02-29 12:34:56 +0000 UTC x",
                                        "2024-02-29 12:34:56 +0000 UTC m=1",
                                        "2024-02-30 12:34:56 +0000 UTC",
                                        "now",
                                        ""};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_no("timestamptz", hint_of("go", 0), text(texts[i]), "is declared to hold go");
    }
}

static void dates(void **state)
{
    (void)state;
    assert_put("date", hint_of("unix", 0), integer(1709164800), "00002279");
    assert_put("date", hint_of("ticks", 0), integer(638447616000000000), "00002279");
    assert_put("date", hint_of("julian", 0), real(2460369.5), "00002279");
    assert_kept("date", hint_of("unix_ms", 0), integer(1709164800000));
    assert_kept("date", hint_of("unix", 0), integer(-62135596800));
    assert_no("date", hint_of("unix", 0), integer(1709164801), "a time of day, which a date would lose");
}

static void texts_without_offset_are_of_the_zone(void **state)
{
    (void)state;
    assert_put("timestamptz", hint_of("iso", 7200), text("2024-02-29 14:34:56.789"), MOMENT);
    assert_put("timestamptz", hint_of(NULL, 7200), text("2024-02-29 14:34:56.789"), MOMENT);
    assert_put("timestamptz", hint_of("iso", 7200), text("2024-02-29 12:34:56.789Z"), MOMENT);
    assert_put("timestamptz", hint_of("iso", -12600), text("2024-02-29 09:04:56.789"), MOMENT);
    assert_kept("timestamptz", in_form("timestamptz", hint_of("iso", 7200), "space .6"),
                text("2024-02-29 14:34:56.789000"));
    assert_kept("timestamptz", in_form("timestamptz", hint_of("iso", 7200), "space .0"), text("2024-03-01 00:34:56"));
    assert_kept("timestamp", hint_of("iso", -12600), text("2024-02-29 23:34:56.000000"));
    assert_put("timestamptz", hint_of("unix_ms", 7200), integer(1709210096789), MOMENT);
}

/* A column of moments as numbers may hold integers alone, reals alone, both, or texts of decimals. */
static void numbers_in_their_forms(void **state)
{
    static const struct {
        const char *word;
        const char *form;
        struct probe value;
    } rows[] = {
        {"unix", "number", integer_constant(1709210096)},
        {"unix", "number", real_constant(1709210096.789)},
        {"unix", "real", real_constant(1709210096.0)},
        {"unix", "real", real_constant(1709210096.789)},
        {"unix", "text", text_constant("1709210096")},
        {"unix", "text", text_constant("1709210096.789")},
        {"unix", "text", text_constant("-0.000001")},
        {"unix_ms", "real", real_constant(1709210096789.0)},
        {"unix_ms", "text", text_constant("1709210096789.5")},
        {"unix_us", "text", text_constant("1709210096789000")},
        {"unix_us", "real", real_constant(1709210096789000.0)},
        {"unix_ns", "text", text_constant("1709210096789000000")},
        {"unix_ns", "text", text_constant("0")},
        {"unix_ns", "text", text_constant("-1000")},
        {"ticks", "text", text_constant("638447996967890000")},
        {"core_data", "real", real_constant(730902896.0)},
        {"webkit", "text", text_constant("13353683696789000")},
        {"julian", "real or integer", integer_constant(2460370)},
        {"julian", "real or integer", real_constant(2460370.5)},
        {"julian", "real", real_constant(2460370.0)},
        {"julian", "text", text_constant("2460370.5")},
        {"go", "text", text_constant("2024-02-29 12:34:56.789 +0000 UTC")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_kept("timestamptz", in_form("timestamptz", hint_of(rows[i].word, 0), rows[i].form), rows[i].value);
        assert_kept("timestamp", in_form("timestamp", hint_of(rows[i].word, 0), rows[i].form), rows[i].value);
    }
    assert_kept("date", in_form("date", hint_of("unix", 0), "real"), real(1709164800.0));
    /* Beyond 2^53 no real is one of the finer units. */
    assert_kept("timestamptz", in_form("timestamptz", hint_of("unix_ns", 0), "real"), integer(1709210096789000000));
}

/* Which forms a column has depends on what is declared for it. */
static void forms_of_what_is_declared(void **state)
{
    static const struct {
        const char *word;
        const char *form;
        int has;
    } rows[] = {
        {NULL, "T .3 Z", 1},
        {"iso", "T .3 Z", 1},
        {"unix", "T .3 Z", 0},
        {NULL, "number", 0},
        {"iso", "real", 0},
        {"unix", "number", 1},
        {"unix", "text", 1},
        {"julian", "real", 1},
        {"go", "text", 1},
        {"go", "real", 0},
        {"go", "number", 0},
        {"go", "T .3 Z", 0},
        {"julian", "number", 0},
        {"julian", "real or integer", 1},
        {"unix", "real or integer", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct codec *codec = codec_named("timestamptz");
        struct codec_hint hint = hint_of(rows[i].word, 0);
        hint.form = codec_form_find(codec, rows[i].form);
        assert_int_equal(codec->has_form(&hint), rows[i].has);
    }
}

static void what_goes_in_comes_back(void **state)
{
    static const struct {
        const char *word;
        int64_t first;
        int64_t end;
        int64_t step;
    } forms[] = {
        {"unix", INT64_C(-62135596800), INT64_C(253402300800), 1},
        {"unix_ms", INT64_C(-62135596800000), INT64_C(253402300800000), 1},
        {"unix_us", INT64_C(-62135596800000000), INT64_C(253402300800000000), 1},
        {"unix_ns", INT64_C(-9223372036854775000), INT64_C(9223372036854775000), 1000},
        {"ticks", 0, INT64_C(3155378976000000000), 10},
        {"core_data", INT64_C(-63113904000), INT64_C(252423993600), 1},
        {"webkit", INT64_C(-50491123200000000), INT64_C(265046774400000000), 1},
    };
    uint64_t random = 20241121;
    (void)state;
    for (size_t f = 0; f < sizeof forms / sizeof forms[0]; f++) {
        uint64_t span = (uint64_t)forms[f].end - (uint64_t)forms[f].first;
        for (int i = 0; i < 3000; i++) {
            int64_t value = (int64_t)((uint64_t)forms[f].first + next_random(&random) % span);
            value -= value % forms[f].step;
            assert_kept("timestamptz", hint_of(forms[f].word, 0), integer(value));
        }
    }
    for (int i = 0; i < 3000; i++) {
        int64_t microseconds = (int64_t)(next_random(&random) % 4000000000000000) * 2 + 1;
        char room[64];
        assert_kept("timestamptz", hint_of("unix", 0), real((double)microseconds / 1e6));
        assert_kept("timestamptz", hint_of("core_data", 0), real((double)microseconds / 1e6));
        int64_t milliseconds = INT64_C(148731163200000) + (int64_t)(next_random(&random) % 315500000000000);
        assert_kept("timestamptz", hint_of("julian", 0), real((double)milliseconds / 86400000.0));
        (void)snprintf(room, sizeof room, "%d-%02d-%02d %02d:%02d:%02d.%05d1 +0000 UTC",
                       1000 + (int)(next_random(&random) % 9000), 1 + (int)(next_random(&random) % 12),
                       1 + (int)(next_random(&random) % 28), (int)(next_random(&random) % 24),
                       (int)(next_random(&random) % 60), (int)(next_random(&random) % 60),
                       (int)(next_random(&random) % 100000));
        assert_kept("timestamptz", hint_of("go", 0), text(room));
    }
    assert_kept("timestamptz", hint_of("go", 0), text("2024-02-29 12:34:56.5 +0000 UTC"));
    assert_kept("timestamptz", hint_of("go", 0), text("2024-02-29 12:34:50 +0000 UTC"));
    /* no double is read as this one: it comes back as the text that is */
    assert_kept("timestamptz", hint_of("unix", 0), text("253402300799.123457"));
    assert_kept("timestamptz", hint_of("unix", 0), text("-62135596799.000001"));
}

static void what_a_form_cannot_tell_is_not_given_back(void **state)
{
    static const unsigned char far_wire[8] = {0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const unsigned char fine_wire[8] = {0, 0, 0, 0, 0, 0, 0, 1};
    struct codec_hint hint = hint_of("unix_ms", 0);
    struct bytes arena = {0};
    struct cell c = {0};
    struct err e = {0};
    (void)state;
    assert_int_equal(codec_named("timestamptz")->get(far_wire, 8, &hint, &c, &arena, &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    hint = hint_of("julian", 0);
    assert_int_equal(codec_named("timestamptz")->get(fine_wire, 8, &hint, &c, &arena, &e), -1);
    /* Infinity, and days that 64 bits of microseconds do not reach, have no number either. */
    static const unsigned char infinite[8] = {0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    static const unsigned char far_past[4] = {0x80, 0, 0, 0};
    static const unsigned char far_day[4] = {0x70, 0, 0, 0};
    hint.stored = STORED_UNIX;
    assert_int_equal(codec_named("timestamptz")->get(infinite, 8, &hint, &c, &arena, &e), -1);
    assert_int_equal(codec_named("date")->get(infinite, 4, &hint, &c, &arena, &e), -1);
    assert_int_equal(codec_named("date")->get(far_past, 4, &hint, &c, &arena, &e), -1);
    assert_int_equal(codec_named("date")->get(far_day, 4, &hint, &c, &arena, &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    bytes_free(&arena);
}

static void uuids_in_dotnet_order(void **state)
{
    static const char guid[] = "\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99\xaa\xbb\xcc\xdd\xee\xff";
    (void)state;
    assert_put("uuid", hint_of("uuid_net", 0), blob(guid, 16), "00112233445566778899aabbccddeeff");
    assert_kept("uuid", hint_of("uuid_net", 0), blob(guid, 16));
    assert_no("uuid", hint_of("uuid_net", 0), blob(guid, 15), "a blob of 15 bytes");
    assert_no("uuid", hint_of("uuid_net", 0), text("00112233-4455-6677-8899-aabbccddeeff"), "uuid_net");
    assert_no("timestamptz", hint_of("uuid_net", 0), integer(1), "uuid_net");
}

static void words(void **state)
{
    enum codec_stored stored = STORED_BY_FORM;
    (void)state;
    assert_int_equal(codec_stored_find("millis", &stored), -1);
    assert_int_equal(codec_stored_find("", &stored), -1);
    assert_true(codec_stored_fits(STORED_UNIX, "date"));
    assert_false(codec_stored_fits(STORED_UNIX, "int8"));
    assert_true(codec_stored_fits(STORED_UUID_NET, "uuid"));
    assert_false(codec_stored_fits(STORED_UUID_NET, "timestamptz"));
    assert_false(codec_stored_fits(STORED_ISO, "uuid"));
}

static void durations_are_numbers_of_a_unit(void **state)
{
    static const char wire[] = "00000000055d4a800000000000000000"; /* 90 seconds, as interval_send */
    (void)state;
    assert_put("interval", hint_of("s", 0), integer(90), wire);
    assert_put("interval", hint_of("s", 0), real(90.0), wire);
    assert_put("interval", hint_of("s", 0), text("90.000000"), wire);
    assert_put("interval", hint_of("ms", 0), integer(90000), wire);
    assert_put("interval", hint_of("us", 0), integer(90000000), wire);
    assert_put("interval", hint_of("ns", 0), integer(90000000000), wire);
    assert_put("interval", hint_of("ticks", 0), integer(900000000), wire);
    assert_put("interval", hint_of("iso", 0), text("PT90S"), wire);
    assert_put("interval", hint_of("us", 0), integer(INT64_MAX), "7fffffffffffffff0000000000000000");
    assert_put("interval", hint_of("s", 0), real(-0.5), "fffffffffff85ee00000000000000000");
    assert_kept("interval", hint_of("s", 0), integer(-90));
    assert_kept("interval", hint_of("s", 0), real(1.25));
    assert_kept("interval", hint_of("ms", 0), integer(129600000));
    assert_kept("interval", hint_of("us", 0), integer(-9223372036854775807));
    assert_kept("interval", hint_of("ns", 0), integer(5000));
    assert_kept("interval", in_form("interval", hint_of("s", 0), "text"), text("-90.5"));
    assert_kept("interval", in_form("interval", hint_of("ms", 0), "real"), real(90000.0));
    assert_no("interval", hint_of("ns", 0), integer(1), "finer than a microsecond");
    assert_no("interval", hint_of("s", 0), integer(INT64_MAX), "beyond 64 bits of microseconds");
    assert_no("interval", hint_of("s", 0), text("PT90S"), "declared to hold s (seconds)");
    assert_no("interval", hint_of("us", 0), real(0.5), "a real with a fraction");
    assert_no("interval", hint_of("ms", 0), blob("x", 1), "a blob");
    assert_no("interval", hint_of(NULL, 0), integer(90), "an integer is not an interval");
}

static void days_and_months_are_no_number(void **state)
{
    static const unsigned char day[16] = {[11] = 1};
    static const unsigned char month[16] = {[15] = 1};
    struct codec_hint hint = hint_of("s", 0);
    struct bytes arena = {0};
    struct cell c = {0};
    struct err e = {0};
    (void)state;
    assert_int_equal(codec_named("interval")->get(day, 16, &hint, &c, &arena, &e), -1);
    assert_non_null(strstr(e.message, "days or months"));
    assert_int_equal(codec_named("interval")->get(month, 16, &hint, &c, &arena, &e), -1);
    assert_false(codec_stored_fits(STORED_UNIX, "interval"));
    assert_false(codec_stored_fits(STORED_S, "timestamptz"));
    bytes_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_tells_the_same_moment),
        cmocka_unit_test(ends_and_epochs),
        cmocka_unit_test(nothing_is_rounded_that_is_exact),
        cmocka_unit_test(another_form_is_refused_with_the_declared_one),
        cmocka_unit_test(dates),
        cmocka_unit_test(texts_without_offset_are_of_the_zone),
        cmocka_unit_test(numbers_in_their_forms),
        cmocka_unit_test(forms_of_what_is_declared),
        cmocka_unit_test(what_goes_in_comes_back),
        cmocka_unit_test(what_a_form_cannot_tell_is_not_given_back),
        cmocka_unit_test(uuids_in_dotnet_order),
        cmocka_unit_test(durations_are_numbers_of_a_unit),
        cmocka_unit_test(days_and_months_are_no_number),
        cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
