/* test_canonical_json.c: the text that jsonb gives back of a text, as SELECT '...'::jsonb shows it; and what must hold
 * for any text. */
#include <stdlib.h>

#include "codec_probe.h"

#include "canonical_json.h"
#include "json_scan.h"

static const struct {
    const char *text;
    const char *expected;
} rows[] = {
    {"null", "null"},
    {" true ", "true"},
    {"\t\"a\"\n", "\"a\""},
    {"[]", "[]"},
    {"{ }", "{}"},
    {"[1,2 , 3]", "[1, 2, 3]"},
    {"[[],{},[[1]]]", "[[], {}, [[1]]]"},
    {"{\"a\":1,\"b\":[true,false]}", "{\"a\": 1, \"b\": [true, false]}"},
    /* keys: by length, then bytes; of equal ones the last */
    {"{\"bb\":1,\"a\":2}", "{\"a\": 2, \"bb\": 1}"},
    {"{\"b\":1,\"a\":2}", "{\"a\": 2, \"b\": 1}"},
    {"{\"a\":1,\"a\":2}", "{\"a\": 2}"},
    {"{\"b\":0,\"a\":1,\"b\":2,\"a\":3,\"b\":4}", "{\"a\": 3, \"b\": 4}"},
    {"{\"a\":{\"d\":1,\"c\":2},\"a\":{\"y\":1,\"x\":[{\"q\":1,\"p\":2}]}}",
     "{\"a\": {\"x\": [{\"p\": 2, \"q\": 1}], \"y\": 1}}"},
    {"{\"b\":{\"d\":1,\"c\":2},\"a\":{\"z\":1}}", "{\"a\": {\"z\": 1}, \"b\": {\"c\": 2, \"d\": 1}}"},
    {"{\"a\":{\"d\":1,\"c\":2},\"b\":[{\"f\":1,\"e\":2},3]}",
     "{\"a\": {\"c\": 2, \"d\": 1}, \"b\": [{\"e\": 2, \"f\": 1}, 3]}"},
    {"[{\"b\":1,\"a\":2},{\"b\":1,\"a\":2}]", "[{\"a\": 2, \"b\": 1}, {\"a\": 2, \"b\": 1}]"},
    {"{\"\":1,\"a\":0}", "{\"\": 1, \"a\": 0}"},
    {"{\"\xc3\xa9\":1,\"zz\":2,\"e\":3}", "{\"e\": 3, \"zz\": 2, \"\xc3\xa9\": 1}"},
    {"{\"\\u0061\":1,\"a\":2}", "{\"a\": 2}"},
    {"{\"ab\":1,\"\\n\":2}", "{\"\\n\": 2, \"ab\": 1}"},
    {"{\"\\\\\":1,\"\\\"\":2,\"A\":3,\"\\u0001\":4,\"a\":5}",
     "{\"\\u0001\": 4, \"\\\"\": 2, \"A\": 3, \"\\\\\": 1, \"a\": 5}"},
    {"{\"a\\n\":1,\"a\\t\":2,\"ab\":3}", "{\"a\\t\": 2, \"a\\n\": 1, \"ab\": 3}"},
    /* escapes */
    {"\"\\/\\b\\f\\n\\r\\t\\\"\\\\\"", "\"/\\b\\f\\n\\r\\t\\\"\\\\\""},
    {"\"\\u0008\\u000a\\u001F\\u0022\\u005c\\u0041\\u007f\"", "\"\\b\\n\\u001f\\\"\\\\A\x7f\""},
    {"\"\\u00e9\\u0800\\uD83D\\uDEA2\"", "\"\xc3\xa9\xe0\xa0\x80\xf0\x9f\x9a\xa2\""},
    {"\"plain text of more than sixteen bytes, \xe6\x97\xa5 and on \\u0020 again\"",
     "\"plain text of more than sixteen bytes, \xe6\x97\xa5 and on   again\""},
    /* numbers */
    {"-0", "0"},
    {"-0.00", "0.00"},
    {"-0.5", "-0.5"},
    {"1.10", "1.10"},
    {"1e5", "100000"},
    {"1E+2", "100"},
    {"-1E-7", "-0.0000001"},
    {"1.5e1", "15"},
    {"1.50e1", "15.0"},
    {"12.5e-2", "0.125"},
    {"100e-2", "1.00"},
    {"0e5", "0"},
    {"-0e-3", "0.000"},
    {"[1e3,1e3]", "[1000, 1000]"},
};

/* The canonical text behind what `out` has; NULL when it is refused. */
static int canonical(const char *text, size_t length, struct bytes *out, struct err *e)
{
    return canonical_json((const unsigned char *)text, length, out, e);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bytes out = {0};
        struct err e = {0};
        assert_int_equal(bytes_append(&out, "before", 6, &e), 0);
        if (canonical(rows[i].text, strlen(rows[i].text), &out, &e) != 0 || bytes_append(&out, "", 1, &e) != 0) {
            fail_msg("%s: %s", rows[i].text, e.message);
        }
        assert_memory_equal(out.data, "before", 6);
        assert_string_equal((const char *)out.data + 6, rows[i].expected);
        bytes_free(&out);
    }
}

/* Whether jsonb would give the text back to the byte. */
static int is_own_text(const unsigned char *text, size_t length)
{
    unsigned styles = 0;
    size_t at = 0;
    const char *why = NULL;
    assert_int_equal(json_scan(text, length, 1, &styles, &at, &why), 0);
    return (int)(styles & 1);
}

/* What is canonical stays as it is, and what is not does not. */
static void check_text(const char *text, size_t length)
{
    struct bytes once = {0};
    struct bytes twice = {0};
    struct err e = {0};
    if (canonical(text, length, &once, &e) != 0) {
        fail_msg("%.*s: %s", (int)length, text, e.message);
    }
    assert_true(is_own_text(once.data, once.length));
    assert_int_equal(is_own_text((const unsigned char *)text, length),
                     length == once.length && memcmp(text, once.data, length) == 0);
    assert_int_equal(canonical((const char *)once.data, once.length, &twice, &e), 0);
    assert_int_equal(twice.length, once.length);
    assert_memory_equal(twice.data, once.data, once.length);
    bytes_free(&once);
    bytes_free(&twice);
}

static size_t random_below(uint64_t *random, size_t below)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return (size_t)(*random >> 33) % below;
}

static const char *const scalars[] = {"null",   "true", "false", "0",   "-0",   "-0.0",    "1.10",        "1e5",
                                      "1.50E1", "2e-3", "[]",    "{ }", "\"\"", "\"\\/\"", "\"\\u00e9\"", "\"x\""};
static const char *const keys[] = {"a",   "b",    "\\u0061",  "aa", "",
                                   "\\n", "\\\"", "\xc3\xa9", "ab", "a key of many letters"};
static const char *const spaces[] = {"", "", "", " ", "\n ", "\t"};

#define PICK(list) (list)[random_below(random, sizeof(list) / sizeof(list)[0])]

/* Appends a value of at most so many levels, of less than `width` members each; its white space, order and spelling are
 * any. */
static void add_value(uint64_t *random, struct bytes *text, int depth, size_t width)
{
    char part[80];
    struct err e = {0};
    int is_object = (int)random_below(random, 2);
    size_t count = random_below(random, width);
    if (depth == 0 || random_below(random, 3) == 0) {
        const char *word = PICK(scalars);
        assert_int_equal(bytes_append(text, word, strlen(word), &e), 0);
        return;
    }
    assert_int_equal(bytes_append(text, is_object ? "{" : "[", 1, &e), 0);
    for (size_t i = 0; i < count; i++) {
        int used = snprintf(part, sizeof part, "%s%s", i == 0 ? "" : ",", PICK(spaces));
        assert_int_equal(bytes_append(text, part, (size_t)used, &e), 0);
        used = is_object ? snprintf(part, sizeof part, "\"%s\"%s:%s", PICK(keys), PICK(spaces), PICK(spaces)) : 0;
        assert_int_equal(bytes_append(text, part, (size_t)used, &e), 0);
        add_value(random, text, depth - 1, width);
    }
    assert_int_equal(bytes_append(text, is_object ? "}" : "]", 1, &e), 0);
}

static void test_random_texts(void **state)
{
    uint64_t random = 20261122;
    struct bytes text = {0};
    (void)state;
    for (int i = 0; i < 3000; i++) {
        text.length = 0;
        add_value(&random, &text, 6, 5);
        check_text((const char *)text.data, text.length);
    }
    for (int i = 0; i < 60; i++) {
        text.length = 0;
        add_value(&random, &text, 6, 20);
        check_text((const char *)text.data, text.length);
    }
    bytes_free(&text);
}

/* A text of a head, `count` times a part, a middle, `count` times another, and an end. */
static struct bytes repeated(const char *part, size_t count, const char *middle, const char *other)
{
    struct bytes text = {0};
    struct err e = {0};
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(bytes_append(&text, part, strlen(part), &e), 0);
    }
    assert_int_equal(bytes_append(&text, middle, strlen(middle), &e), 0);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(bytes_append(&text, other, strlen(other), &e), 0);
    }
    return text;
}

static void check_repeated(const char *part, size_t count, const char *middle, const char *other)
{
    struct bytes text = repeated(part, count, middle, other);
    check_text((const char *)text.data, text.length);
    bytes_free(&text);
}

static void test_deep_and_wide(void **state)
{
    (void)state;
    check_repeated("[", JSON_DEPTH, "", "]");
    check_repeated("{\"b\":", JSON_DEPTH, "1", ",\"a\":2}");
    check_repeated("{\"a\":", JSON_DEPTH, "1", ",\"b\":2}");
    check_repeated("[{\"b\":1,\"a\":", JSON_DEPTH / 2, "null", "},{}]");
}

/* An object of many keys in any order and of two values each. */
static void test_many_keys(void **state)
{
    enum { KEYS = 20000 };
    static const char head[] = "{\"10000\": [{\"a\": 0, \"b\": 20000}], \"10001\": ";
    struct bytes text = {0};
    struct bytes out = {0};
    struct err e = {0};
    char part[64];
    (void)state;
    for (unsigned i = 0; i < 2 * KEYS; i++) {
        int used = snprintf(part, sizeof part, "%s\"%u\":[{\"b\":%u,\"a\":0}]", i == 0 ? "{" : ",",
                            10000 + i * 7919U % KEYS, i);
        assert_int_equal(bytes_append(&text, part, (size_t)used, &e), 0);
    }
    assert_int_equal(bytes_append(&text, "}", 1, &e), 0);
    check_text((const char *)text.data, text.length);
    assert_int_equal(canonical((const char *)text.data, text.length, &out, &e), 0);
    /* The last value that key 10000 gets is the one of the 20,001st pair. */
    assert_memory_equal(out.data, head, sizeof head - 1);
    bytes_free(&text);
    bytes_free(&out);
}

static void refused(const char *text, size_t length, const char *words)
{
    struct bytes out = {0};
    struct err e = {0};
    /* A copy of its very size, so that a read beyond its end is seen. */
    char *copy = malloc(length == 0 ? 1 : length);
    assert_non_null(copy);
    memcpy(copy, text, length);
    if (canonical(copy, length, &out, &e) == 0) {
        fail_msg("%.*s is taken", (int)length, text);
    }
    assert_int_equal(e.kind, ERR_VALUE);
    if (strstr(e.message, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", e.message, words);
    }
    free(copy);
    bytes_free(&out);
}

static void test_refused(void **state)
{
    static const char whole[] = "{\"a\\u00e9\\ud83d\\udea2\": [1.5e1, true, null, \"\\n\"], \"b\": {}}";
    static const char *const texts[] = {
        "",        "x",           "tru",     "[1 2]",       "[1,]",        "{\"a\" 1}",   "{1:2}", "{\"a\":1,}",
        "\"\\x\"", "\"\\u00g0\"", "\"\\u00", "\"\\ud800\"", "\"\\udc00\"", "\"\\u0000\"", "1 1",   "\"\\ud800\\n\"",
        "[1}",     "{\"a\":1]",   "1e",      "1e99999999",  "0e-16384",    "\"\x01\"",    "{,}",   "]"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        refused(texts[i], strlen(texts[i]), "malformed binary value of type jsonb");
    }
    for (size_t length = 0; length + 1 < sizeof whole; length++) {
        refused(whole, length, "malformed");
    }
    struct bytes deep = repeated("[", JSON_DEPTH + 1, "", "]");
    refused((const char *)deep.data, deep.length, "malformed");
    bytes_free(&deep);
}

/* Numbers of few bytes, but of more digits than the server can send: here of a thousand bytes. */
static void test_too_long(void **state)
{
    static const unsigned char text[] = "[1e495,1e495]";
    struct bytes out = {0};
    struct err e = {0};
    (void)state;
    assert_int_equal(bytes_append(&out, "before", 6, &e), 0);
    assert_int_equal(canonical_json_within(text, sizeof text - 1, 1000, &out, &e), 0);
    out.length = 6;
    assert_int_equal(canonical_json_within(text, sizeof text - 1, 900, &out, &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    assert_non_null(strstr(e.message, "more than 1 GB"));
    bytes_free(&out);
}

static void test_no_memory(void **state)
{
    static const char text[] = "{\"b\":{\"d\":1,\"c\":1e40},\"a\":[{\"f\":1,\"e\":2}]";
    struct bytes whole = repeated("", 0, text, "");
    struct err e = {0};
    int failures = 0;
    (void)state;
    for (int i = 0; i < 1000; i++) {
        char pair[40];
        int used = snprintf(pair, sizeof pair, ",\"%d\":{\"y\":1,\"x\":1}", i);
        assert_int_equal(bytes_append(&whole, pair, (size_t)used, &e), 0);
    }
    assert_int_equal(bytes_append(&whole, "}", 1, &e), 0);
    for (long n = 0; n < 50; n++) {
        struct bytes out = {0};
        mem_fail_at(n);
        int result = canonical((const char *)whole.data, whole.length, &out, &e);
        mem_fail_at(-1);
        assert_int_equal(result == 0 ? ERR_MEMORY : e.kind, ERR_MEMORY);
        failures += result != 0;
        bytes_free(&out);
    }
    assert_in_range(failures, 4, 49);
    bytes_free(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),      cmocka_unit_test(test_random_texts), cmocka_unit_test(test_deep_and_wide),
        cmocka_unit_test(test_many_keys), cmocka_unit_test(test_refused),      cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
