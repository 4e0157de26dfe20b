/* test_codec_json.c: what is JSON, and what jsonb takes of it. */
#include <math.h>

#include "codec_probe.h"

static int check(const char *value, int strict, size_t *at, const char **why)
{
    return json_check((const unsigned char *)value, strlen(value), strict, at, why);
}

static void json_is_taken(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1",
        "-12.50e-3",
        "1E+5",
        "\"\"",
        " \t\r\n[ ] \n",
        "{\"a\":1}",
        "{ \"a\" : [ 1 , { \"b\" : null } ] , \"a\" : 2 }",
        "[[],{},[[]]]",
        "[1,2,3]",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"",
        "\"gr\xC3\xBC \xF0\x9F\x98\x80 \x7F\"",
        "{\"\":{\"\":[]}}",
        "1e131071",
        "1e-16383",
        "0e400000",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        size_t at = 0;
        const char *why = NULL;
        if (check(texts[i], 0, &at, &why) != 0 || check(texts[i], 1, &at, &why) != 0) {
            fail_msg("%s: %s at %zu", texts[i], why, at);
        }
        assert_null(why);
        assert_same("json", text(texts[i]));
        assert_same("jsonb", text(texts[i]));
    }
}

static void other_texts_are_refused_with_their_place(void **state)
{
    static const struct {
        const char *value;
        size_t at;
        const char *words;
    } rows[] = {
        {"", 0, "ends where a value"},
        {"  ", 2, "ends where a value"},
        {"nul", 0, "a value is expected"},
        {"truex", 4, "more text"},
        {"NaN", 0, "a value is expected"},
        {"Infinity", 0, "a value is expected"},
        {"'a'", 0, "a value is expected"},
        {"+1", 0, "a value is expected"},
        {"01", 1, "more text"},
        {"1.", 2, "a number"},
        {".5", 0, "a value is expected"},
        {"-", 1, "a number"},
        {"1e", 2, "a number"},
        {"1e+", 3, "a number"},
        {"0x1", 1, "more text"},
        {"1 2", 2, "more text"},
        {"[1,]", 3, "a value is expected"},
        {"[,1]", 1, "a value is expected"},
        {"[1 2]", 3, "a comma or ]"},
        {"[1", 2, "a comma or ]"},
        {"[", 1, "ends where a value"},
        {"[1}", 2, "a comma or ]"},
        {"{", 1, "a name"},
        {"{a:1}", 1, "a name"},
        {"{\"a\"}", 4, "a colon"},
        {"{\"a\":}", 5, "a value is expected"},
        {"{\"a\":1,}", 7, "a name"},
        {"{\"a\":1]", 6, "a comma or }"},
        {"{\"a\":1", 6, "a comma or }"},
        {"{1:2}", 1, "a name"},
        {"[1]]", 3, "more text"},
        {"\"abc", 4, "does not end"},
        {"\"a\\", 2, "no such escape"},
        {"\"\\x\"", 1, "no such escape"},
        {"\"\\u12\"", 5, "four hexadecimal digits"},
        {"\"\\u00zz\"", 5, "four hexadecimal digits"},
        {"\"a\nb\"", 2, "control character"},
        {"\"a\xFF\"", 2, "not valid UTF-8"},
        {"\"\xED\xA0\x80\"", 1, "not valid UTF-8"},
        {"\xEF\xBB\xBF"
         "1",
         0, "a value is expected"},
        {"// c\n1", 0, "a value is expected"},
        {"]", 0, "a value is expected"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t at = 0;
        const char *why = NULL;
        for (int strict = 0; strict < 2; strict++) {
            if (check(rows[i].value, strict, &at, &why) == 0) {
                fail_msg("%s is taken", rows[i].value);
            }
            if (at != rows[i].at || strstr(why, rows[i].words) == NULL) {
                fail_msg("%s: %s at %zu", rows[i].value, why, at);
            }
        }
        assert_refused("json", -1, text(rows[i].value), rows[i].words);
        assert_refused("jsonb", -1, text(rows[i].value), rows[i].words);
    }
    size_t at = 0;
    const char *why = NULL;
    assert_int_equal(json_check((const unsigned char *)"\"a\0b\"", 5, 0, &at, &why), -1);
    assert_int_equal(at, 2);
    assert_int_equal(json_check((const unsigned char *)"1\0", 2, 0, &at, &why), -1);
}

static void jsonb_takes_less(void **state)
{
    static const struct {
        const char *value;
        size_t at;
        const char *words;
    } rows[] = {
        {"\"a\\u0000\"", 2, "\\u0000 has no place"},     {"{\"\\u0000\":1}", 2, "\\u0000 has no place"},
        {"\"\\ud800\"", 1, "a surrogate escape"},        {"\"\\ud800x\"", 1, "a surrogate escape"},
        {"\"\\ud83d\\u0041\"", 1, "a surrogate escape"}, {"\"\\ud83d\\n\"", 1, "a surrogate escape"},
        {"\"\\udc00\"", 1, "a surrogate escape"},        {"[1e400000]", 1, "beyond the limits of numeric"},
        {"1e131072", 0, "beyond the limits of numeric"}, {"1e-16384", 0, "beyond the limits of numeric"},
        {"0e-20000", 0, "beyond the limits of numeric"}, {"1e99999999999999999999", 0, "beyond the limits of numeric"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t at = 0;
        const char *why = NULL;
        assert_int_equal(check(rows[i].value, 0, &at, &why), 0);
        assert_int_equal(check(rows[i].value, 1, &at, &why), -1);
        assert_int_equal(at, rows[i].at);
        assert_non_null(strstr(why, rows[i].words));
        assert_same("json", text(rows[i].value));
        assert_refused("jsonb", -1, text(rows[i].value), rows[i].words);
    }
}

static void nesting_is_bounded(void **state)
{
    static unsigned char value[2 * (JSON_DEPTH + 1)];
    size_t at = 0;
    const char *why = NULL;
    (void)state;
    memset(value, '[', JSON_DEPTH);
    memset(value + JSON_DEPTH, ']', JSON_DEPTH);
    assert_int_equal(json_check(value, 2 * (size_t)JSON_DEPTH, 1, &at, &why), 0);
    memset(value, '[', JSON_DEPTH + 1);
    memset(value + JSON_DEPTH + 1, ']', JSON_DEPTH + 1);
    assert_int_equal(json_check(value, sizeof value, 0, &at, &why), -1);
    assert_int_equal(at, JSON_DEPTH);
    assert_non_null(strstr(why, "deeper than 1000"));
    memset(value, '[', sizeof value);
    assert_int_equal(json_check(value, sizeof value, 0, &at, &why), -1);
}

/* Objects and arrays in turns, so that every bit of the stack is used both ways. */
static void levels_are_told_apart(void **state)
{
    uint64_t random = 17;
    (void)state;
    for (int i = 0; i < 200; i++) {
        char value[8000];
        char ends[JSON_DEPTH];
        size_t used = 0;
        size_t depth = 1 + next_random(&random) % 900;
        size_t at = 0;
        const char *why = NULL;
        for (size_t k = 0; k < depth; k++) {
            int object = next_random(&random) % 2 == 0;
            const char *open = object ? "{\"a\":" : "[";
            memcpy(value + used, open, strlen(open));
            used += strlen(open);
            ends[k] = object ? '}' : ']';
        }
        value[used++] = '1';
        for (size_t k = depth; k > 0; k--) {
            value[used++] = ends[k - 1];
        }
        assert_int_equal(json_check((unsigned char *)value, used, 1, &at, &why), 0);
        size_t wrong = used - 1 - next_random(&random) % depth;
        value[wrong] = value[wrong] == '}' ? ']' : '}';
        assert_int_equal(json_check((unsigned char *)value, used, 1, &at, &why), -1);
        assert_int_equal(at, wrong);
    }
}

static void values_of_other_classes(void **state)
{
    (void)state;
    assert_wire("json", -1, integer(-5), "2d35");
    assert_wire("jsonb", -1, integer(-5), "012d35");
    assert_wire("jsonb", -1, real(1), "01312e30");
    assert_wire("jsonb", -1, real(1e100), "0131652b313030");
    assert_wire("jsonb", -1, text("{}"), "017b7d");
    assert_wire("json", -1, text("{}"), "7b7d");
    assert_refused("json", -1, real((double)INFINITY), "JSON has no infinite numbers");
    assert_refused("jsonb", -1, real((double)NAN), "JSON has no infinite numbers");
    assert_refused("json", -1, blob("{}", 2), "a blob is not JSON");
    assert_refused("jsonb", -1, blob("{}", 2), "a blob is not JSON");
    assert_cell("jsonb", "\1[1]", 4, "text [1]");
    assert_wire_refused("jsonb", "\2[1]", 4);
    assert_wire_refused("jsonb", "", 0);
    assert_wire_refused("json", "\"\xFF\"", 3);
}

static void a_refusal_leaves_the_output(void **state)
{
    struct codec_hint hint = {.typmod = -1};
    struct bytes out = {0};
    struct err e = {0};
    struct probe p = text("[1,");
    (void)state;
    assert_int_equal(bytes_append(&out, "abc", 3, &e), 0);
    assert_int_equal(codec_named("jsonb")->put(&p.cell, p.data, &hint, &out, &e), -1);
    assert_int_equal(out.length, 3);
    bytes_free(&out);
}

static void assert_help(const char *type, const char *document, const char *wanted)
{
    struct codec_hint hint = {.typmod = -1};
    struct bytes out = {0};
    struct err e = {0};
    struct probe p = text(document);
    assert_int_equal(codec_named(type)->put(&p.cell, p.data, &hint, &out, &e), -1);
    assert_non_null(strstr(e.hint, wanted));
    bytes_free(&out);
}

static void a_refusal_says_what_may_help(void **state)
{
    (void)state;
    assert_help("jsonb", "[\"\\u0000\"]", "or json, which keeps \\u0000");
    assert_help("json", "[1,]", "the type text");
    assert_help("json", "[1, NaN]", "Python's json.dumps");
    assert_help("json", "[-Infinity]", "Python's json.dumps");
    assert_help("jsonb", "Infinity", "Python's json.dumps");
    assert_help("json", "[Nan]", "correct the value in the source");
    assert_help("json", "N", "correct the value in the source");
}

/* Cut and changed documents: the check must end, inside the text, and never read beyond it (the sanitizers watch). */
static void damaged_documents_do_no_harm(void **state)
{
    static const char document[] =
        "{\"a\": [1, -2.5e3, true, null, \"x\\u00e9\\ud83d\\ude00\"], \"b\": {\"c\": \"\xC3\xA9\"}}";
    static const char letters[] = "{}[],:\"\\u0123eE+-. tfn\xFF\x01";
    uint64_t random = 23;
    (void)state;
    for (int i = 0; i < 50000; i++) {
        size_t length = next_random(&random) % sizeof document;
        unsigned char *value = mem_alloc(length, NULL);
        size_t at = 0;
        const char *why = NULL;
        memcpy(value, document, length);
        for (uint64_t k = next_random(&random) % 3; k > 0 && length > 0; k--) {
            value[next_random(&random) % length] = (unsigned char)letters[next_random(&random) % (sizeof letters - 1)];
        }
        int result = json_check(value, length, i % 2, &at, &why);
        assert_true(at <= length);
        assert_true((result == 0) == (why == NULL));
        mem_free(value);
    }
}

/* A column declared JSON has numeric affinity: the document 5 is the integer 5 there. */
static void numbers_come_back_in_their_form(void **state)
{
    static const char *const types[] = {"json", "jsonb"};
    static const char *const texts[] = {"{}", "null", "\"5\"", "[1]", "true", "1e400", "1.50"};
    (void)state;
    for (size_t t = 0; t < 2; t++) {
        assert_form(types[t], "number", 0, integer(5));
        assert_form(types[t], "number", 0, integer(INT64_MIN));
        assert_form(types[t], "number", 0, real(0.5));
        assert_form(types[t], "text", 0, text("5"));
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            if (t == 0 || strcmp(texts[i], "1e400") != 0) {
                assert_form(types[t], "number", 0, text(texts[i]));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_taken),
        cmocka_unit_test(other_texts_are_refused_with_their_place),
        cmocka_unit_test(jsonb_takes_less),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(levels_are_told_apart),
        cmocka_unit_test(values_of_other_classes),
        cmocka_unit_test(a_refusal_leaves_the_output),
        cmocka_unit_test(a_refusal_says_what_may_help),
        cmocka_unit_test(damaged_documents_do_no_harm),
        cmocka_unit_test(numbers_come_back_in_their_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
