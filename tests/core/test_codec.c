/* test_codec.c: finding codecs, and what they share. */
#include "codec_probe.h"

#include "codec_common.h"

static void codecs_are_found_by_oid_and_name(void **state)
{
    static const struct {
        const char *type;
        uint32_t oid;
    } types[] = {
        {"bool", 16},     {"int2", 21},    {"int4", 23},        {"int8", 20},          {"oid", 26},
        {"float4", 700},  {"float8", 701}, {"numeric", 1700},   {"text", 25},          {"varchar", 1043},
        {"bpchar", 1042}, {"name", 19},    {"bytea", 17},       {"uuid", 2950},        {"date", 1082},
        {"json", 114},    {"jsonb", 3802}, {"timestamp", 1114}, {"timestamptz", 1184},
    };
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        const struct codec *codec = codec_find(types[i].oid, NULL);
        assert_non_null(codec);
        assert_string_equal(codec->type, types[i].type);
        assert_ptr_equal(codec_find(0, types[i].type), codec);
    }
    assert_string_equal(codec_find(16412, "citext")->type, "citext");
    assert_null(codec_find(16412, "text"));
    assert_null(codec_find(27, "tid"));
    assert_null(codec_find(27, NULL));
    assert_null(codec_find(0, NULL));
}

static void assert_utf8(const char *data, size_t length, int expected, size_t expected_at, size_t expected_characters)
{
    size_t at = 0;
    size_t characters = 0;
    assert_int_equal(utf8_check((const unsigned char *)data, length, &at, &characters), expected);
    assert_int_equal(at, expected_at);
    assert_int_equal(characters, expected_characters);
}

#define UTF8(data, expected, at, characters) assert_utf8(data, sizeof(data) - 1, expected, at, characters)

static void text_is_checked(void **state)
{
    (void)state;
    UTF8("", 0, 0, 0);
    UTF8("plain text of more than eight bytes", 0, 0, 35);
    UTF8("gr\xC3\xBC\xC3\x9F"
         "e \xE2\x82\xAC \xF0\x9F\x98\x80",
         0, 0, 9);
    UTF8("\xEF\xBF\xBF", 0, 0, 1);
    UTF8("a\0b", -1, 1, 0);
    UTF8("0123456789\0", -1, 10, 0);
    UTF8("\0"
         "1234567",
         -1, 0, 0);
    UTF8("1234567\0", -1, 7, 0);
    UTF8("12345678\xFF", -1, 8, 0);
    UTF8("ab\xED\xA0\x80", -1, 2, 0);
    UTF8("ab\xC0\x80", -1, 2, 0);
    UTF8("ab\xF4\x90\x80\x80", -1, 2, 0);
    UTF8("ab\xE2\x82", -1, 2, 0);
    /* The zero byte and the byte above it at every place, and behind every number of words. */
    for (size_t length = 1; length <= 80; length++) {
        for (size_t i = 0; i < length; i++) {
            char text[80];
            memset(text, 1, length);
            text[i] = 0;
            assert_utf8(text, length, -1, i, 0);
            text[i] = (char)0x80;
            assert_utf8(text, length, -1, i, 0);
            text[i] = 0x7F;
            assert_utf8(text, length, 0, 0, length);
            if (i + 1 < length) {
                memcpy(text + i, "\xC3\xBC", 2);
                assert_utf8(text, length, 0, 0, length - 1);
            }
        }
    }
}

static void integers_are_written_and_read(void **state)
{
    static const int64_t values[] = {0, 1, -1, 9, 10, -10, 1234567890123, INT64_MAX, INT64_MIN};
    int64_t value = 0;
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char got[24];
        char expected[24];
        size_t length = codec_integer_text(got, values[i]);
        assert_int_equal(snprintf(expected, sizeof expected, "%lld", (long long)values[i]), length);
        assert_memory_equal(got, expected, length);
        assert_int_equal(codec_parse_integer((const unsigned char *)got, length, &value), 0);
        assert_int_equal(value, values[i]);
    }
#define PARSE(text) codec_parse_integer((const unsigned char *)(text), sizeof(text) - 1, &value)
    assert_int_equal(PARSE("9223372036854775808"), 1);
    assert_int_equal(PARSE("-9223372036854775809"), 1);
    assert_int_equal(PARSE("00000000000000000000000000000000007"), 0);
    assert_int_equal(value, 7);
    assert_int_equal(PARSE("99999999999999999999999999x"), -1);
    assert_int_equal(PARSE(""), -1);
    assert_int_equal(PARSE("-"), -1);
    assert_int_equal(PARSE("1 "), -1);
#undef PARSE
}

static void spaces_are_trimmed(void **state)
{
    const unsigned char *data = (const unsigned char *)" \t\n a b\r\v\f ";
    size_t length = 11;
    (void)state;
    codec_trim(&data, &length);
    assert_int_equal(length, 3);
    assert_memory_equal(data, "a b", 3);
    data = (const unsigned char *)"   ";
    length = 3;
    codec_trim(&data, &length);
    assert_int_equal(length, 0);
}

static void every_codec_survives_failing_memory(void **state)
{
    static const struct {
        const char *type;
        const char *value;
    } rows[] = {
        {"bool", "t"},
        {"int2", "1"},
        {"int4", "1"},
        {"int8", "1"},
        {"oid", "1"},
        {"float4", "0.5"},
        {"float8", "0.5000000000000000000000000000000000000000000000000000000000000000000000000000000"},
        {"numeric", "-1.50"},
        {"text", "abc"},
        {"varchar", "abc"},
        {"bpchar", "abc"},
        {"name", "abc"},
        {"citext", "abc"},
        {"bytea", "abc"},
        {"uuid", "a0eebc999c0b4ef8bb6d6bb9bd380a11"},
        {"date", "2024-01-01"},
        {"timestamp", "2024-01-01 10:00"},
        {"timestamptz", "2024-01-01 10:00"},
        {"json", "[1]"},
        {"jsonb", "[1]"},
        {"box", "(1,2),(3,4)"},
        {"path", "((1,2),(3,4))"},
        {"polygon", "((1,2),(3,4))"},
        {"vector", "[1,2]"},
    };
    struct codec_hint hint = {.typmod = -1};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct codec *codec = codec_named(rows[i].type);
        struct probe p = text(rows[i].value);
        int result = -1;
        for (long n = 0; result != 0; n++) {
            struct bytes out = {0};
            struct bytes arena = {0};
            struct cell c = {0};
            struct err e = {0};
            assert_true(n < 10);
            mem_fail_at(n);
            result = codec->put(&p.cell, p.data, &hint, &out, &e);
            if (result == 0) {
                result = codec->get(out.data, out.length, &hint, &c, &arena, &e);
            }
            mem_fail_at(-1);
            if (result != 0) {
                assert_int_equal(e.kind, ERR_MEMORY);
                assert_int_equal(arena.length, 0);
            }
            bytes_free(&out);
            bytes_free(&arena);
        }
    }
}

/* Wire that no server sends must be refused or read, never read beyond its end (the sanitizers watch). */
static void malformed_wire_does_no_harm(void **state)
{
    static const uint32_t oids[] = {16,   21,   23,   20,   26,  700,  701, 1700, 25,  1043, 17,  19,  1042,
                                    2950, 1082, 1114, 1184, 114, 3802, 600, 601,  602, 603,  604, 628, 718};
    struct codec_hint hint = {.typmod = -1};
    uint64_t random = 99;
    (void)state;
    for (int i = 0; i < 100000; i++) {
        struct bytes arena = {0};
        struct cell c = {0};
        struct err e = {0};
        size_t length = (size_t)(next_random(&random) % 21);
        unsigned char *wire = mem_alloc(length, NULL);
        assert_non_null(wire);
        for (size_t k = 0; k < length; k++) {
            wire[k] = (unsigned char)(next_random(&random) >> (next_random(&random) % 64));
        }
        const struct codec *codec = codec_find(oids[(size_t)i % (sizeof oids / sizeof oids[0])], NULL);
        if (codec->get(wire, length, &hint, &c, &arena, &e) != 0) {
            assert_int_equal(e.kind, ERR_VALUE);
            assert_int_equal(arena.length, 0);
        }
        bytes_free(&arena);
        mem_free(wire);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codecs_are_found_by_oid_and_name),    cmocka_unit_test(text_is_checked),
        cmocka_unit_test(integers_are_written_and_read),       cmocka_unit_test(spaces_are_trimmed),
        cmocka_unit_test(every_codec_survives_failing_memory), cmocka_unit_test(malformed_wire_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
