/* test_codec_text.c: text, varchar, bpchar, name, citext, bytea, uuid. */
#include <math.h>

#include "codec_probe.h"

static const char *const text_types[] = {"text", "varchar", "bpchar", "name", "citext"};
enum { TEXT_TYPES = sizeof text_types / sizeof text_types[0] };

static void texts_go_over_byte_by_byte(void **state)
{
    (void)state;
    for (size_t t = 0; t < TEXT_TYPES; t++) {
        assert_wire(text_types[t], -1, text(""), "");
        assert_wire(text_types[t], -1, text("abc "), "61626320");
        assert_wire(text_types[t], -1, text("\xC3\xA9\n\x01\xF0\x9F\x98\x80\xEF\xBF\xBF"), "c3a90a01f09f9880efbfbf");
        assert_same(text_types[t], text(""));
        assert_same(text_types[t], text("  padded  "));
        assert_back(text_types[t], -1, integer(-42), "text -42");
        assert_back(text_types[t], -1, integer(INT64_MIN), "text -9223372036854775808");
        assert_back(text_types[t], -1, real(1), "text 1.0");
        assert_back(text_types[t], -1, real(0.1 + 0.2), "text 0.30000000000000004");
        assert_back(text_types[t], -1, real((double)INFINITY), "text Infinity");
        assert_refused(text_types[t], -1, blob("abc", 3), "a blob is not a text");
    }
}

static void what_is_no_text_is_refused_with_its_place(void **state)
{
    (void)state;
    for (size_t t = 0; t < TEXT_TYPES; t++) {
        const char *type = text_types[t];
        assert_refused(type, -1, bytes_probe(CELL_TEXT, "a\0b", 3), "the character U+0000 at byte 1");
        assert_refused(type, -1, bytes_probe(CELL_TEXT, "\0", 1), "the character U+0000 at byte 0");
        assert_refused(type, -1, text("abc\xFF"), "not valid UTF-8 at byte 3 (0xFF)");
        assert_refused(type, -1, text("\xED\xA0\x80"), "not valid UTF-8 at byte 0");
        assert_refused(type, -1, text("ab\xC0\x80"), "not valid UTF-8 at byte 2");
        assert_refused(type, -1, text("ab\xF4\x90\x80\x80"), "not valid UTF-8 at byte 2");
        assert_refused(type, -1, text("ab\xE2\x82"), "not valid UTF-8 at byte 2");
    }
}

static void lengths_count_characters(void **state)
{
    static const char *const types[] = {"varchar", "bpchar"};
    (void)state;
    for (size_t t = 0; t < 2; t++) {
        assert_back(types[t], 5 + 4, text("abcde"), "text abcde");
        assert_back(types[t], 5 + 4, text("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xE2\x82\xAC"),
                    "text \xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xE2\x82\xAC");
        assert_back(types[t], 5 + 4, integer(12345), "text 12345");
        assert_refused(types[t], 5 + 4, text("abcdef"), "6 characters are more than the 5 of the type");
        assert_refused(types[t], 5 + 4, text("abcde "), "6 characters are more than the 5 of the type");
        assert_refused(types[t], 5 + 4, integer(-12345), "6 characters are more than the 5");
        assert_refused(types[t], 2 + 4, real(0.5), "3 characters are more than the 2");
        assert_refused(types[t], 2 + 4, text("abc\xFF"), "not valid UTF-8 at byte 3");
    }
}

static void names_count_bytes(void **state)
{
    char value[80];
    struct codec_hint hint = {.typmod = -1};
    struct bytes out = {0};
    struct err e = {0};
    (void)state;
    memset(value, 'x', sizeof value);
    value[63] = '\0';
    assert_same("name", text(value));
    value[63] = 'x';
    value[64] = '\0';
    assert_refused("name", -1, text(value), "64 bytes are more than the 63 of the type");
    struct probe p = text(value);
    assert_int_equal(codec_named("name")->put(&p.cell, p.data, &hint, &out, &e), -1);
    assert_int_equal(out.length, 0);
    bytes_free(&out);
}

static void bytes_go_over_as_they_are(void **state)
{
    (void)state;
    assert_wire("bytea", -1, blob("\0\xFF\x10", 3), "00ff10");
    assert_wire("bytea", -1, blob("", 0), "");
    assert_wire("bytea", -1, text("a\\x41"), "615c783431");
    assert_wire("bytea", -1, bytes_probe(CELL_TEXT, "\xFF\0", 2), "ff00");
    assert_same("bytea", blob("\0\xFF\x10", 3));
    assert_same("bytea", blob("", 0));
    assert_refused("bytea", -1, integer(1), "an integer is not a run of bytes");
    assert_refused("bytea", -1, real(1), "a real is not a run of bytes");
}

#define UUID "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"

static void a_column_of_all_classes_takes_numbers_as_their_text(void **state)
{
    static const struct codec_hint all = {.typmod = -1, .any_class = 1};
    static const struct {
        struct probe value;
        const char *expected;
    } cases[] = {
        {{{.as.integer = INT64_MIN, .class = CELL_INTEGER}, NULL}, "-9223372036854775808"},
        {{{.as.real = 0.1 + 0.2, .class = CELL_REAL}, NULL}, "0.30000000000000004"},
        {{{.as.real = 5, .class = CELL_REAL}, NULL}, "5.0"},
        {{{.length = 2, .class = CELL_TEXT}, (const unsigned char *)"\xFF\x01"}, "\xFF\x01"},
        {{{.length = 1, .class = CELL_BLOB}, (const unsigned char *)"x"}, "x"},
    };
    struct bytes out = {0};
    struct err e = {0};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct probe *p = &cases[i].value;
        out.length = 0;
        assert_int_equal(codec_named("bytea")->put(&p->cell, p->data, &all, &out, &e), 0);
        assert_int_equal(out.length, strlen(cases[i].expected));
        assert_memory_equal(out.data, cases[i].expected, out.length);
    }
    bytes_free(&out);
}

static void uuids(void **state)
{
    static const char wire[] = "a0eebc999c0b4ef8bb6d6bb9bd380a11";
    static const char *const texts[] = {"",
                                        "{}",
                                        "{",
                                        "abc",
                                        "urn:uuid:" UUID,
                                        "{" UUID,
                                        UUID "}",
                                        UUID " ",
                                        " " UUID,
                                        "a0eebc999c0b-4ef8-bb6d-6bb9bd380a11",
                                        "g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                                        "a0eebc99a9c0b-4ef8-bb6d-6bb9bd380a11",
                                        "-a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1",
                                        "a0eebc999c0b4ef8bb6d6bb9bd380a1",
                                        "a0eebc999c0b4ef8bb6d6bb9bd380a1\xFF"};
    (void)state;
    assert_wire("uuid", -1, text(UUID), wire);
    assert_wire("uuid", -1, text("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"), wire);
    assert_wire("uuid", -1, text(wire), wire);
    assert_wire("uuid", -1, text("{" UUID "}"), wire);
    assert_wire("uuid", -1, blob("\xA0\xEE\xBC\x99\x9C\x0B\x4E\xF8\xBB\x6D\x6B\xB9\xBD\x38\x0A\x11", 16), wire);
    assert_back("uuid", -1, text("{" UUID "}"), "text " UUID);
    assert_same("uuid", text(UUID));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_refused("uuid", -1, text(texts[i]), "the text is not a UUID");
    }
    assert_refused("uuid", -1, blob("abc", 3), "a blob of 3 bytes is not a UUID");
    assert_refused("uuid", -1, integer(1), "an integer is not a UUID");
    assert_wire_refused("uuid", "123456789012345", 15);
}

static void what_goes_in_comes_back(void **state)
{
    static const char *const pieces[] = {"a",    "\\", "\t", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80",
                                         "\x01", " ",  "'"};
    uint64_t random = 3;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char value[256] = "";
        unsigned char bytes[16];
        char hex[64];
        for (uint64_t k = next_random(&random) % 15; k > 0; k--) {
            strcat(value, pieces[next_random(&random) % (sizeof pieces / sizeof pieces[0])]);
        }
        assert_same(text_types[i % TEXT_TYPES], text(value));
        for (size_t k = 0; k < sizeof bytes; k++) {
            bytes[k] = (unsigned char)next_random(&random);
        }
        assert_same("bytea", bytes_probe(CELL_BLOB, bytes, next_random(&random) % 17));
        (void)snprintf(hex, sizeof hex, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                       bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7], bytes[8],
                       bytes[9], bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]);
        assert_same("uuid", text(hex));
    }
}

static void wire_that_is_no_text_is_refused(void **state)
{
    (void)state;
    assert_wire_refused("text", "a\xFF", 2);
    assert_wire_refused("varchar", "a\0", 2);
}

static void uuids_in_their_forms(void **state)
{
    (void)state;
    assert_form("uuid", "lower", 0, text("0123abcd-4567-89ab-cdef-0123456789ef"));
    assert_form("uuid", "upper", 0, text("0123ABCD-4567-89AB-CDEF-0123456789EF"));
    assert_form("uuid", "32 lower", 0, text("0123abcd456789abcdef0123456789ef"));
    assert_form("uuid", "32 upper", 0, text("0123ABCD456789ABCDEF0123456789EF"));
    assert_form("uuid", "braces lower", 0, text("{0123abcd-4567-89ab-cdef-0123456789ef}"));
    assert_form("uuid", "braces upper", 0, text("{0123ABCD-4567-89AB-CDEF-0123456789EF}"));
    assert_form("uuid", "blob", 0, blob("\x01\x23\xab\xcd\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xef", 16));
}

static void bytes_in_their_forms(void **state)
{
    (void)state;
    assert_form("bytea", "blob", 0, blob("a", 1));
    assert_form("bytea", "text", 0, text("a"));
    assert_form("bytea", "text", 0, bytes_probe(CELL_TEXT, "\xFF\0", 2));
    assert_form("bytea", "utf8", 0, text("\xC3\xBC"));
    assert_form("bytea", "utf8", 0, text(""));
    assert_form("bytea", "utf8", 0, blob("a\0", 2));
    assert_form("bytea", "utf8", 0, blob("\xFF", 1));
}

static void uuids_of_net_have_one_form(void **state)
{
    const struct codec *codec = codec_named("uuid");
    (void)state;
    for (int i = 0; codec->forms[i] != NULL; i++) {
        struct codec_hint hint = {.typmod = -1, .stored = STORED_UUID_NET, .form = i};
        assert_int_equal(codec->has_form(&hint), strcmp(codec->forms[i], "blob") == 0);
        hint.stored = STORED_BY_FORM;
        assert_true(codec->has_form(&hint));
    }
}

/* A text column of numeric affinity holds numbers, and texts that are none. */
static void texts_and_numbers(void **state)
{
    static const char *const types[] = {"text", "varchar", "citext"};
    static const char *const texts[] = {"",
                                        "7a",
                                        "007",
                                        "1.50",
                                        "-",
                                        "-0",
                                        "1e5",
                                        "+1",
                                        " 1",
                                        "0x10",
                                        "Infinity",
                                        "NaN",
                                        "99999999999999999999",
                                        "1.",
                                        ".5",
                                        "2024-01-01"};
    (void)state;
    for (size_t t = 0; t < 3; t++) {
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            assert_form(types[t], "text", 0, text(texts[i]));
            assert_form(types[t], "number", 0, text(texts[i]));
        }
        assert_form(types[t], "text", 0, text("7"));
        assert_form(types[t], "number", 0, integer(7));
        assert_form(types[t], "number", 0, integer(INT64_MIN));
        assert_form(types[t], "number", 0, real(1.5));
        assert_form(types[t], "number", 0, real(1.0));
        assert_form(types[t], "number", 0, real(-0.0));
        assert_form(types[t], "number", 0, real(1e100));
    }
}

static void bytes_and_texts(void **state)
{
    const struct codec *codec = codec_named("bytea");
    struct codec_hint hint = {.typmod = -1, .any_class = 1, .form = codec_form_find(codec, "number")};
    struct cell c = {0};
    struct bytes arena = {0};
    (void)state;
    assert_form("bytea", "blob", 0, blob("\0\xff", 2));
    assert_form("bytea", "text", 0, bytes_probe(CELL_TEXT, "\0\xff", 2));
    assert_true(codec->has_form(&hint));
    assert_int_equal(codec->get((const unsigned char *)"-7", 2, &hint, &c, &arena, NULL), 0);
    assert_int_equal(c.class, CELL_INTEGER);
    assert_int_equal(codec->get((const unsigned char *)"-7x", 3, &hint, &c, &arena, NULL), 0);
    assert_int_equal(c.class, CELL_BLOB);
    bytes_free(&arena);
    hint.any_class = 0;
    assert_false(codec->has_form(&hint));
}

/* char(n) is filled up with spaces here already, as the server sends it. */
static void fixed_length(void **state)
{
    enum { THREE = 3 + 4 };
    (void)state;
    assert_wire("bpchar", THREE, text("a"), "612020");
    assert_wire("bpchar", THREE, text("\xC3\xA9"), "c3a92020");
    assert_wire("bpchar", THREE, text(""), "202020");
    assert_wire("bpchar", THREE, text("abc"), "616263");
    assert_wire("bpchar", -1, text("a"), "61");
    assert_wire("bpchar", -1, text("a "), "6120");
    assert_back("bpchar", THREE, text("a"), "text a  ");
    assert_form("bpchar", "padded", 0, text("a  "));
    assert_form("bpchar", "trimmed", 0, text("a"));
    assert_form("bpchar", "trimmed", 0, text(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_go_over_byte_by_byte),
        cmocka_unit_test(what_is_no_text_is_refused_with_its_place),
        cmocka_unit_test(lengths_count_characters),
        cmocka_unit_test(names_count_bytes),
        cmocka_unit_test(bytes_go_over_as_they_are),
        cmocka_unit_test(uuids),
        cmocka_unit_test(a_column_of_all_classes_takes_numbers_as_their_text),
        cmocka_unit_test(what_goes_in_comes_back),
        cmocka_unit_test(wire_that_is_no_text_is_refused),
        cmocka_unit_test(uuids_in_their_forms),
        cmocka_unit_test(bytes_in_their_forms),
        cmocka_unit_test(uuids_of_net_have_one_form),
        cmocka_unit_test(texts_and_numbers),
        cmocka_unit_test(bytes_and_texts),
        cmocka_unit_test(fixed_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
