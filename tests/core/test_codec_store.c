/* test_codec_store.c: hstore and tsvector. */
#include "codec_probe.h"

/* get of what put makes of `value` must be the text `expected`. */
static void assert_text(const char *type, const char *value, const char *expected)
{
    struct probe p = text(expected);
    char escaped[3100];
    describe(escaped, sizeof escaped, &p.cell, p.data);
    assert_back(type, -1, text(value), escaped);
}

/* get of the wire must be the text `expected`. */
static void assert_text_of(const char *type, const char *wire, size_t length, const char *expected)
{
    struct probe p = text(expected);
    char escaped[3100];
    describe(escaped, sizeof escaped, &p.cell, p.data);
    assert_cell(type, wire, length, escaped);
}

static void hstores_are_objects_of_strings_and_nulls(void **state)
{
    static const char *const same[] = {
        "{}",
        "{\"\":\"\"}",
        "{\"a\":\"1\",\"b\":null}",
        "{\"b\":\"\",\"aa\":\"null\"}",
        "{\"a\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\x7F/\"}",
        "{\"\xC3\xA9\":\"\xE2\x82\xAC\xF0\x9F\x98\x80\"}",
    };
    (void)state;
    assert_wire("hstore", -1, text("{}"), "00000000");
    assert_wire("hstore", -1, text("{\"a\":\"1\",\"b\":null}"), "00000002000000016100000001310000000162ffffffff");
    assert_wire("hstore", -1, text(" { \"bb\" : null ,\n\"a\" : \"\" } "),
                "00000002000000016100000000000000026262ffffffff");
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_same("hstore", text(same[i]));
    }
    assert_text("hstore", "{\"bb\":\"x\",\"c\":\"y\",\"a\":\"z\"}", "{\"a\":\"z\",\"c\":\"y\",\"bb\":\"x\"}");
    assert_wire("hstore", -1, text("{\"\\u0061\\u00e9\\u20AC\":\"\\ud83d\\ude00\\/\"}"),
                "000000010000000661c3a9e282ac00000005f09f98802f");
}

static void what_is_no_hstore_is_refused(void **state)
{
    (void)state;
    assert_refused("hstore", -1, text(""), "not JSON that the type takes");
    assert_refused("hstore", -1, text("a=>1"), "not JSON that the type takes");
    assert_refused("hstore", -1, text("{\"a\":\"1\""), "not JSON that the type takes");
    assert_refused("hstore", -1, text("{\"a\":\"\\u0000\"}"), "not JSON that the type takes");
    assert_refused("hstore", -1, text("{\"a\":\"\\ud800\"}"), "not JSON that the type takes");
    assert_refused("hstore", -1, text("{\"a\":\"\xFF\"}"), "not JSON that the type takes");
    assert_refused("hstore", -1, text("[]"), "no object");
    assert_refused("hstore", -1, text("1"), "no object");
    assert_refused("hstore", -1, text("null"), "no object");
    assert_refused("hstore", -1, text("{\"ab\":1}"), "the key \"ab\" is neither a string nor null");
    assert_refused("hstore", -1, text("{\"a\":true}"), "neither a string nor null");
    assert_refused("hstore", -1, text("{\"a\":{}}"), "neither a string nor null");
    assert_refused("hstore", -1, text("{\"\":[\"x\"]}"), "neither a string nor null");
    assert_refused("hstore", -1, text("{\"a\":\"1\",\"b\":\"2\",\"a\":\"1\"}"), "the key \"a\" stands in it twice");
    assert_refused("hstore", -1, text("{\"\":\"1\",\"\":\"1\"}"), "the key \"\" stands in it twice");
    assert_refused("hstore", -1, text("{\"a\":\"1\",\"\\u0061\":\"1\"}"), "the key \"a\" stands in it twice");
    assert_refused("hstore", -1, integer(1), "an integer is not an hstore");
    assert_refused("hstore", -1, blob("{}", 2), "a blob is not an hstore");
}

static void malformed_hstores_are_refused(void **state)
{
    static const char whole[] = "\0\0\0\1\0\0\0\1a\0\0\0\1b";
    (void)state;
    assert_text_of("hstore", whole, sizeof whole - 1, "{\"a\":\"b\"}");
    for (size_t length = 0; length < sizeof whole - 1; length++) {
        assert_wire_refused("hstore", whole, length);
    }
    assert_wire_refused("hstore", whole, sizeof whole);
    assert_wire_refused("hstore", "\xFF\xFF\xFF\xFF", 4);
    assert_wire_refused("hstore", "\0\0\0\1\xFF\xFF\xFF\xFF\0\0\0\0", 12);
    assert_wire_refused("hstore", "\0\0\0\1\0\0\0\1a\xFF\xFF\xFF\xFE", 13);
    assert_wire_refused("hstore", "\0\0\0\1\0\0\0\1\0\0\0\0\1b", 14);
    assert_wire_refused("hstore", "\0\0\0\1\0\0\0\1a\0\0\0\1\xFF", 14);
}

static void tsvectors_are_words_with_positions(void **state)
{
    static const char *const same[] = {
        "",
        "'a'",
        "'a':1A,3",
        "'a' 'ab' 'b'",
        "'back\\\\slash':16383B 'it''s':1",
        "'a b':1C,2B,3A,4",
        "':':1 '\xC3\xA9\xE3\x80\x80':2",
    };
    (void)state;
    assert_wire("tsvector", -1, text(""), "00000000");
    assert_wire("tsvector", -1, text(" \n"), "00000000");
    assert_wire("tsvector", -1, text("'a':1A,3"), "0000000161000002c0010003");
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_same("tsvector", text(same[i]));
    }
    assert_text("tsvector", "fat cat:3 a&b sat:2,1b cat:3*", "'a&b' 'cat':3A 'fat' 'sat':1B,2");
    assert_text("tsvector", "b a b:2 a:1d,1c", "'a':1C 'b':2");
    assert_text("tsvector", "'a'b", "'a' 'b'");
    assert_text("tsvector", "a\\ b\\:c:2 'd\\'e'", "'a b:c':2 'd''e'");
    assert_text("tsvector", "it's", "'it''s'");
    assert_text("tsvector", "a:01", "'a':1");
    assert_text("tsvector", ":1 ::2", "':':2 ':1'");
}

/* Nothing was written for it, and its address must still count from one. */
static void the_empty_tsvector_has_an_address(void **state)
{
    struct codec_hint hint = {.typmod = -1};
    struct bytes arena = {0};
    struct cell c = {0};
    struct err e = {0};
    (void)state;
    assert_int_equal(codec_named("tsvector")->get((const unsigned char *)"\0\0\0", 4, &hint, &c, &arena, &e), 0);
    assert_int_equal(c.length, 0);
    assert_non_null(arena.data);
    bytes_free(&arena);
}

static void what_is_no_tsvector_is_refused(void **state)
{
    static char longest[2100];
    static char many[2000];
    size_t used = 0;
    (void)state;
    assert_refused("tsvector", -1, text("'a"), "does not end");
    assert_refused("tsvector", -1, text("a\\"), "ends with a backslash");
    assert_refused("tsvector", -1, text("''"), "a word has no characters");
    assert_refused("tsvector", -1, text("a '':1"), "a word has no characters");
    assert_refused("tsvector", -1, text("a:"), "a position is expected");
    assert_refused("tsvector", -1, text("a:x"), "a position is expected");
    assert_refused("tsvector", -1, text("a:1,"), "a position is expected");
    assert_refused("tsvector", -1, text("a:0"), "positions begin with 1");
    assert_refused("tsvector", -1, text("a:16384"), "positions go to 16383");
    assert_refused("tsvector", -1, text("a:99999999999999999999"), "positions go to 16383");
    assert_refused("tsvector", -1, text("a:1AB"), "a comma or a space");
    assert_refused("tsvector", -1, text("a:1x"), "a comma or a space");
    assert_refused("tsvector", -1, text("a\xE3\x80\x80z"), "white space beyond ASCII");
    assert_refused("tsvector", -1, text("'a\xFF'"), "not valid UTF-8");
    assert_refused("tsvector", -1, bytes_probe(CELL_TEXT, "a\0b", 3), "U+0000");
    assert_refused("tsvector", -1, bytes_probe(CELL_TEXT, "a:1\0", 4), "a comma or a space");
    assert_refused("tsvector", -1, integer(1), "an integer is not a tsvector");
    memset(longest, 'x', sizeof longest);
    longest[2046] = '\0';
    assert_refused("tsvector", -1, bytes_probe(CELL_TEXT, longest, 2047), "U+0000");
    longest[2046] = 'x';
    assert_refused("tsvector", -1, bytes_probe(CELL_TEXT, longest, 2047), "more than 2046 bytes");
    for (int i = 1; i <= 257; i++) {
        used += (size_t)snprintf(many + used, sizeof many - used, "%s%d", i == 1 ? "'a':" : ",", i);
    }
    assert_refused("tsvector", -1, text(many), "a word has 257 positions");
    many[used - 4] = '\0';
    assert_same("tsvector", text(many));
}

static void a_tsvector_has_a_limit(void **state)
{
    enum { WORDS = 520, LENGTH = 2046 };
    static char value[WORDS * (LENGTH + 1)];
    struct codec_hint hint = {.typmod = -1};
    struct bytes out = {0};
    struct err e = {0};
    (void)state;
    memset(value, 'x', sizeof value);
    for (size_t i = 0; i < WORDS; i++) {
        (void)snprintf(value + i * (LENGTH + 1), 8, "%07zu", i);
        value[i * (LENGTH + 1) + 7] = 'x';
        value[i * (LENGTH + 1) + LENGTH] = ' ';
    }
    struct probe p = bytes_probe(CELL_TEXT, value, 512 * (LENGTH + 1));
    assert_int_equal(codec_named("tsvector")->put(&p.cell, p.data, &hint, &out, &e), 0);
    p = bytes_probe(CELL_TEXT, value, sizeof value);
    assert_int_equal(codec_named("tsvector")->put(&p.cell, p.data, &hint, &out, &e), -1);
    assert_non_null(strstr(e.message, "more than the 1048575 of the type"));
    bytes_free(&out);
}

static void malformed_tsvectors_are_refused(void **state)
{
    static const char whole[] = "\0\0\0\1a\0\0\2\xC0\1\0\3";
    (void)state;
    assert_text_of("tsvector", whole, sizeof whole - 1, "'a':1A,3");
    for (size_t length = 0; length < sizeof whole - 1; length++) {
        assert_wire_refused("tsvector", whole, length);
    }
    assert_wire_refused("tsvector", whole, sizeof whole);
    assert_wire_refused("tsvector", "\0\0\0\1a\0\0\1\0\0", 10);
    assert_wire_refused("tsvector", "\0\0\0\1a\0\0\2\0\2\0\2", 12);
    assert_wire_refused("tsvector", "\0\0\0\1\xFF\0\0\0", 8);
    assert_wire_refused("tsvector", "\xFF\xFF\xFF\xFF", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hstores_are_objects_of_strings_and_nulls),
        cmocka_unit_test(what_is_no_hstore_is_refused),
        cmocka_unit_test(malformed_hstores_are_refused),
        cmocka_unit_test(tsvectors_are_words_with_positions),
        cmocka_unit_test(the_empty_tsvector_has_an_address),
        cmocka_unit_test(what_is_no_tsvector_is_refused),
        cmocka_unit_test(a_tsvector_has_a_limit),
        cmocka_unit_test(malformed_tsvectors_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
