/* test_cell_json.c: every storage class as JSON that says the value exactly. */
#include <stdlib.h>

#include "cell_json.h"
#include "codec_probe.h"

static const char *shown(struct probe p)
{
    static char json[1000];
    struct bytes out = {0};
    struct err e = {0};
    assert_int_equal(cell_json(&out, &p.cell, p.data, &e), 0);
    assert_true(out.length < sizeof json);
    memcpy(json, out.data, out.length);
    json[out.length] = '\0';
    bytes_free(&out);
    return json;
}

static void every_class_has_its_form(void **state)
{
    (void)state;
    assert_string_equal(shown(text("abc")), "{\"class\":\"text\",\"text\":\"abc\"}");
    assert_string_equal(shown(text("")), "{\"class\":\"text\",\"text\":\"\"}");
    assert_string_equal(shown(blob("\x00\xFF", 2)), "{\"class\":\"blob\",\"hex\":\"00ff\"}");
    assert_string_equal(shown(blob("", 0)), "{\"class\":\"blob\",\"hex\":\"\"}");
    assert_string_equal(shown(integer(INT64_MIN)), "{\"class\":\"integer\",\"text\":\"-9223372036854775808\"}");
    assert_string_equal(shown(real(0.1)), "{\"class\":\"real\",\"text\":\"0.1\"}");
    assert_string_equal(shown(real(3)), "{\"class\":\"real\",\"text\":\"3.0\"}");
    assert_string_equal(shown((struct probe){{.class = CELL_NULL}, NULL}), "{\"class\":\"null\"}");
}

static void texts_that_json_cannot_hold_as_they_are_go_as_digits(void **state)
{
    (void)state;
    assert_string_equal(shown(bytes_probe(CELL_TEXT, "a\0b", 3)), "{\"class\":\"text\",\"hex\":\"610062\"}");
    assert_string_equal(shown(text("\xC3(")), "{\"class\":\"text\",\"hex\":\"c328\"}");
}

static void letters_that_json_reserves_are_escaped(void **state)
{
    (void)state;
    assert_string_equal(shown(text("\"\\\n\x01\x7F/\xC3\xA9\xE2\x80\xA8")),
                        "{\"class\":\"text\",\"text\":\"\\\"\\\\\\u000a\\u0001\\u007f/\xC3\xA9\xE2\x80\xA8\"}");
}

/* The first `length` bytes of what a cell of `size` bytes begins with, and its end. */
static void check_cut(enum cell_class class, size_t size, const char *fill, const char *end, size_t total)
{
    struct bytes out = {0};
    struct err e = {0};
    unsigned char *data = malloc(size);
    assert_non_null(data);
    for (size_t i = 0; i < size; i++) {
        data[i] = (unsigned char)fill[i % strlen(fill)];
    }
    struct probe p = bytes_probe(class, data, size);
    assert_int_equal(cell_json(&out, &p.cell, p.data, &e), 0);
    assert_int_equal(out.length, total);
    assert_memory_equal(out.data + out.length - strlen(end), end, strlen(end));
    bytes_free(&out);
    free(data);
}

static void long_values_are_cut_and_say_how_long_they_are(void **state)
{
    enum { M = CELL_JSON_BYTES };
    size_t head = strlen("{\"class\":\"text\",\"text\":\"");
    (void)state;
    check_cut(CELL_TEXT, M, "x", "xx\"}", head + M + 2);
    check_cut(CELL_TEXT, M + 1, "x", "xx\",\"bytes\":1048577}", head + M + strlen("\",\"bytes\":1048577}"));
    /* Three bytes a character: the limit lies within one. */
    check_cut(CELL_TEXT, 3 * (size_t)M, "\xE2\x82\xAC", "\xE2\x82\xAC\",\"bytes\":3145728}",
              head + M / 3 * 3 + strlen("\",\"bytes\":3145728}"));
    check_cut(CELL_BLOB, M + 1, "\xAB", "abab\",\"bytes\":1048577}",
              head - 1 + 2 * (size_t)M + strlen("\",\"bytes\":1048577}"));
}

static void a_row_is_an_object_in_the_order_of_its_cells(void **state)
{
    static const char *const names[] = {"id", "na\"me", "x"};
    static const char expected[] = "{\"id\":{\"class\":\"integer\",\"text\":\"7\"},"
                                   "\"na\\\"me\":{\"class\":\"text\",\"text\":\"Zo\"},\"x\":{\"class\":\"null\"}}";
    struct batch b;
    struct bytes out = {0};
    struct err e = {0};
    (void)state;
    assert_int_equal(batch_init(&b, 3, &e), 0);
    for (int row = 0; row < 2; row++) {
        struct cell *cells = batch_row(&b, &e);
        assert_non_null(cells);
        cells[0] = (struct cell){.as.integer = 6 + row, .class = CELL_INTEGER};
        assert_int_equal(batch_bytes(&b, &cells[1], CELL_TEXT, "Zo", 2, &e), 0);
    }
    assert_int_equal(row_json(&out, &b, 1, names, 3, &e), 0);
    assert_int_equal(out.length, strlen(expected));
    assert_memory_equal(out.data, expected, out.length);
    bytes_free(&out);
    batch_free(&b);
}

static void a_name_that_is_no_text_stays_valid_json(void **state)
{
    struct bytes out = {0};
    struct err e = {0};
    (void)state;
    assert_int_equal(json_string(&out, (const unsigned char *)"a\xFF\t", 3, &e), 0);
    assert_int_equal(out.length, strlen("\"a\xEF\xBF\xBD\\u0009\""));
    assert_memory_equal(out.data, "\"a\xEF\xBF\xBD\\u0009\"", out.length);
    bytes_free(&out);
}

static void out_of_memory_leaves_what_was_there(void **state)
{
    struct probe p = text("a longer text than sixty-four bytes, so that room has to be made for it twice");
    (void)state;
    for (long n = 0; n < 2; n++) {
        struct bytes out = {0};
        struct err e = {0};
        assert_int_equal(bytes_append(&out, "before", 6, &e), 0);
        mem_fail_at(n);
        int result = cell_json(&out, &p.cell, p.data, &e);
        mem_fail_at(-1);
        if (result != 0) {
            assert_int_equal(e.kind, ERR_MEMORY);
            assert_int_equal(out.length, 6);
        }
        bytes_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_has_its_form),
        cmocka_unit_test(texts_that_json_cannot_hold_as_they_are_go_as_digits),
        cmocka_unit_test(letters_that_json_reserves_are_escaped),
        cmocka_unit_test(long_values_are_cut_and_say_how_long_they_are),
        cmocka_unit_test(a_row_is_an_object_in_the_order_of_its_cells),
        cmocka_unit_test(a_name_that_is_no_text_stays_valid_json),
        cmocka_unit_test(out_of_memory_leaves_what_was_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
