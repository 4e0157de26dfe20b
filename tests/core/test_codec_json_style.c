/* test_codec_json_style.c: which JSON comes back from jsonb as it was, in which style. Expectations are those of a
 * server: SELECT '...'::jsonb. */
#include "codec_probe.h"

#include "codec_json_style.h"

enum { OWN = 0, COMPACT = JSON_COMPACT, ASCII = JSON_ASCII, BOTH = JSON_COMPACT | JSON_ASCII };

/* The styles in which jsonb gives a text back, as a sum of 1 << style. */
static int styles_of(const char *json)
{
    unsigned styles = 0;
    size_t at = 0;
    const char *why = NULL;
    if (json_scan((const unsigned char *)json, strlen(json), 1, &styles, &at, &why) != 0) {
        fail_msg("%s is no JSON: %s", json, why);
    }
    return (int)styles;
}

static void assert_styles(const char *json, int expected)
{
    int found = styles_of(json);
    if (found != expected) {
        fail_msg("%s has the styles %d, not %d", json, found, expected);
    }
}

enum {
    ALL = 15,
    SPACED = 1 << OWN | 1 << ASCII,
    TIGHT = 1 << COMPACT | 1 << BOTH,
    RAW = 1 << OWN | 1 << COMPACT,
    ESCAPED = 1 << ASCII | 1 << BOTH,
    NONE = 0
};

static void texts_and_their_styles(void **state)
{
    static const struct {
        const char *json;
        int styles;
    } rows[] = {
        {"null", ALL},
        {"true", ALL},
        {"\"a\"", ALL},
        {"[]", ALL},
        {"{}", ALL},
        {"[[], {}]", SPACED},
        {"[1]", ALL},
        {"[1, 2]", SPACED},
        {"[1,2]", TIGHT},
        {"[1 , 2]", NONE},
        {"[1,  2]", NONE},
        {"[ 1]", NONE},
        {" 1", NONE},
        {"1\n", NONE},
        {"{\"a\": [1, {\"b\": null}], \"c\": false}", SPACED},
        {"{\"a\":[1,{\"b\":null}],\"c\":false}", TIGHT},
        {"{\"a\": [1,2]}", NONE},
        {"{\"a\":1, \"b\":2}", NONE},
        /* Spaces and commas inside strings are nothing but text. */
        {"[\"a,b: c\", \"{\"]", SPACED},
        {"[\"a, b: c\",\"{\"]", TIGHT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_styles(rows[i].json, rows[i].styles);
    }
}

static void numbers_are_those_of_numeric(void **state)
{
    static const char *const kept[] = {"0", "-1", "1.50", "0.0", "-0.5", "123456789012345678901234567890.1"};
    static const char *const changed[] = {"1e2", "1E2", "1.5e-7", "-0", "-0.0", "0e0"};
    (void)state;
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        assert_styles(kept[i], ALL);
    }
    for (size_t i = 0; i < sizeof changed / sizeof changed[0]; i++) {
        assert_styles(changed[i], NONE);
    }
}

static void strings_have_the_escapes_that_they_need(void **state)
{
    static const struct {
        const char *json;
        int styles;
    } rows[] = {
        {"\"\\b\\f\\n\\r\\t\\\"\\\\\"", ALL},
        {"\"\\u0001\\u001f\"", ALL},
        {"\"\\u001F\"", NONE}, /* \u001f */
        {"\"\\u000a\"", NONE}, /* \n */
        {"\"\\u0022\"", NONE}, /* \" */
        {"\"\\u0041\"", NONE}, /* A */
        {"\"\\/\"", NONE},
        {"\"\xC3\xA9\"", RAW},
        {"\"\x7F\"", RAW},
        {"\"\\u00e9\"", ESCAPED},
        {"\"\\u00E9\"", NONE},
        {"\"\\u007f\"", ESCAPED},
        {"\"\xC3\xA9 \\u00e9\"", NONE},
        {"\"\xF0\x9F\x9A\xA2\"", RAW},
        {"\"\\ud83d\\udea2\"", ESCAPED},
        {"\"\\uD83D\\udea2\"", NONE},
        {"\"\\ud83d\\uDEA2\"", NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_styles(rows[i].json, rows[i].styles);
    }
}

/* By length in UTF-8, then by bytes, each once. */
static void keys_are_in_the_order_of_jsonb(void **state)
{
    static const char *const kept[] = {
        "{\"\": 1, \"b\": 1, \"aa\": 1}", "{\"z\": {\"z\": 1}, \"ab\": {\"a\": 1, \"b\": 1}, \"ac\": 1}",
        "{\"B\": 1, \"a\": 1}",           "{\"ab\": 1, \"\xC3\xA9\": 1}",
        "{\"\xC3\xA9\": 1, \"abc\": 1}",  "{\"\\n\": 1, \"a\": 1}",
        "{\"\\\"\": 1, \"\\\\\": 1}",     "[{\"b\": 1}, {\"a\": 1}]",
    };
    static const char *const changed[] = {
        "{\"b\": 1, \"a\": 1}",
        "{\"aa\": 1, \"b\": 1}",
        "{\"a\": 1, \"a\": 1}",
        "{\"a\": {\"c\": 1, \"b\": 1}}",
        "{\"a\": {}, \"b\": [{\"d\": 1, \"c\": 1}]}",
        "{\"a\": 1, \"\\n\": 1}",
        "{\"\xC3\xA9\": 1, \"ab\": 1}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        if ((styles_of(kept[i]) & 1 << OWN) == 0) {
            fail_msg("%s is kept", kept[i]);
        }
    }
    for (size_t i = 0; i < sizeof changed / sizeof changed[0]; i++) {
        assert_styles(changed[i], NONE);
    }
    assert_styles("{\"ab\":1,\"\\u00e9\":1}", 1 << BOTH);
    assert_styles("{\"\\u00e9\":1,\"ab\":1}", NONE);
    assert_styles("{\"\\u00e9\":1,\"\\ud83d\\udea2\":1}", 1 << BOTH);
}

/* What put has noted must be what is_kept finds by itself, in each form; and what it calls a text that was kept must be
 * the text that get gives. */
static void assert_noted(struct probe p)
{
    const struct codec *codec = codec_named("jsonb");
    struct codec_hint hint = {.typmod = -1};
    struct bytes wire = {0};
    struct bytes plain = {0};
    struct err e = {0};
    unsigned note = 0;
    assert_int_equal(codec->put_noting(&p.cell, p.data, &hint, &wire, &note, &e), 0);
    assert_int_equal(codec->put(&p.cell, p.data, &hint, &plain, &e), 0);
    assert_int_equal(wire.length, plain.length);
    assert_memory_equal(wire.data, plain.data, wire.length);
    assert_int_equal(note != 0, p.cell.class == CELL_TEXT);
    for (hint.form = 0; codec->forms[hint.form] != NULL; hint.form++) {
        struct bytes arena = {0};
        struct cell c = {0};
        hint.note = note;
        int kept = codec->is_kept(wire.data, wire.length, &hint);
        hint.note = 0;
        assert_int_equal(codec->is_kept(wire.data, wire.length, &hint), kept);
        assert_int_equal(codec->get(wire.data, wire.length, &hint, &c, &arena, &e), 0);
        int is_same = c.class == CELL_TEXT && c.length == wire.length - 1 &&
                      memcmp(arena.data + c.as.offset, wire.data + 1, c.length) == 0;
        assert_true(kept != CODEC_KEPT_TEXT || is_same);
        assert_true(kept != CODEC_KEPT || c.class != CELL_TEXT);
        bytes_free(&arena);
    }
    bytes_free(&wire);
    bytes_free(&plain);
}

static void what_is_noted_is_what_would_be_found(void **state)
{
    static const char *const texts[] = {
        "{\"a\": 1, \"b\": [1, 2]}",
        "{\"a\":1,\"b\":[1,2]}",
        "{\"b\": 1, \"a\": 1}",
        "[1,2, 3]",
        "[]",
        "\"\xC3\xA9\"",
        "[1, \"\\u00e9\"]",
        "[1,\"\\u00e9\"]",
        "[1,\"\x7F\"]",
        "5",
        "-0",
        "1e2",
        "1.50",
        "null",
        "\"a\"",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_noted(text(texts[i]));
    }
    assert_noted(integer(5));
    assert_noted(real(0.5));
}

static void assert_written(const char *json, int style, const char *expected)
{
    struct bytes out = {0};
    assert_int_equal(json_append_in_style((const unsigned char *)json, strlen(json), style, &out, NULL), 0);
    assert_int_equal(bytes_append(&out, "", 1, NULL), 0);
    assert_string_equal((const char *)out.data, expected);
    bytes_free(&out);
}

static void texts_are_written_in_a_style(void **state)
{
    static const char json[] = "{\"a b\": [1, \"\xC3\xA9, \\\" \xF0\x9F\x9A\xA2\", {}], \"\x7F\": \"\\\\\"}";
    (void)state;
    assert_written(json, OWN, json);
    assert_written(json, COMPACT, "{\"a b\":[1,\"\xC3\xA9, \\\" \xF0\x9F\x9A\xA2\",{}],\"\x7F\":\"\\\\\"}");
    assert_written(json, ASCII, "{\"a b\": [1, \"\\u00e9, \\\" \\ud83d\\udea2\", {}], \"\\u007f\": \"\\\\\"}");
    assert_written(json, BOTH, "{\"a b\":[1,\"\\u00e9, \\\" \\ud83d\\udea2\",{}],\"\\u007f\":\"\\\\\"}");
    assert_written("", BOTH, "");
}

/* No server sends such a text; it does come to an end. */
static void what_is_no_json_is_written_somehow(void **state)
{
    (void)state;
    assert_written("\"\\\xC3\xA9\"", ASCII, "\"\\\xC3\\u00a9\"");
}

/* Whatever the style that the text has. */
static void styles_are_turned_into_one_another(void **state)
{
    static const char *const texts[] = {"[1, {\"a\": \"\xC3\xA9, :\"}, []]", "[1,{\"a\":\"\xC3\xA9, :\"},[]]"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_written(texts[i], OWN, texts[0]);
        assert_written(texts[i], COMPACT, texts[1]);
        assert_written(texts[i], ASCII, "[1, {\"a\": \"\\u00e9, :\"}, []]");
        assert_written(texts[i], BOTH, "[1,{\"a\":\"\\u00e9, :\"},[]]");
    }
}

static void writing_without_memory(void **state)
{
    static const char json[] = "[1, \"\xC3\xA9\", 2]";
    struct err e = {0};
    (void)state;
    for (int n = 0, failed = 1; failed; n++) {
        struct bytes out = {0};
        mem_fail_at(n);
        failed = json_append_in_style((const unsigned char *)json, sizeof json - 1, BOTH, &out, &e) != 0;
        mem_fail_at(-1);
        assert_true(!failed || e.kind == ERR_MEMORY);
        bytes_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_and_their_styles),
        cmocka_unit_test(numbers_are_those_of_numeric),
        cmocka_unit_test(strings_have_the_escapes_that_they_need),
        cmocka_unit_test(keys_are_in_the_order_of_jsonb),
        cmocka_unit_test(what_is_noted_is_what_would_be_found),
        cmocka_unit_test(what_is_no_json_is_written_somehow),
        cmocka_unit_test(texts_are_written_in_a_style),
        cmocka_unit_test(styles_are_turned_into_one_another),
        cmocka_unit_test(writing_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
