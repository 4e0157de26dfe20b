/* test_canonical_xml.c: what xml_send makes of a text, as SELECT xmlserialize(...) of a server with the same client
 * encoding shows it. */
#include <stdlib.h>

#include "codec_probe.h"

#include "canonical_internal.h"

static const struct {
    const char *text;
    const char *expected;
} rows[] = {
    {"", ""},
    {"<a/>", "<a/>"},
    {"\n<a/>", "<a/>"},
    {"\n\n<a/>", "\n<a/>"},
    {" \n<a/>", " \n<a/>"},
    {"<?xml version=\"1.0\"?><a/>", "<a/>"},
    {"<?xml version=\"1.0\"?>\n<a/>", "<a/>"},
    {"<?xml version=\"1.0\" ?>\n\n<a/>", "\n<a/>"},
    {"<?xml version='1.0' encoding='UTF-8'?><a/>", "<a/>"},
    {"<?xml version=\"1.1\"?>\n<a/>", "<?xml version=\"1.1\"?>\n<a/>"},
    {"<?xml version = '1.1' encoding = \"utf-8\"?><a/>", "<?xml version=\"1.1\"?><a/>"},
    {"<?xml version='1.0' standalone='yes'?>\n<a/>", "<?xml version=\"1.0\" standalone=\"yes\"?>\n<a/>"},
    {"<?xml\tversion='1.0'\nencoding='UTF-8'\r\nstandalone = \"no\" ?><a/>",
     "<?xml version=\"1.0\" standalone=\"no\"?><a/>"},
    /* other instructions, and declarations that are not as XML has them */
    {"<?xml-stylesheet href='x'?><a/>", "<?xml-stylesheet href='x'?><a/>"},
    {"<?xmlversion='1.0'?><a/>", "<?xmlversion='1.0'?><a/>"},
    {"<?xml ?>\n<a/>", "<?xml ?>\n<a/>"},
    {"<?xml version=1.0?><a/>", "<?xml version=1.0?><a/>"},
    {"<?xml version='1.0\"?><a/>", "<?xml version='1.0\"?><a/>"},
    {"<?xml version='1.0'encoding='UTF-8'?><a/>", "<?xml version='1.0'encoding='UTF-8'?><a/>"},
    {"<?xml version='1.0' standalone='maybe'?><a/>", "<?xml version='1.0' standalone='maybe'?><a/>"},
    {"<?xml version='1.0' encoding?><a/>", "<?xml version='1.0' encoding?><a/>"},
    {"<?xml version='1.0'><a/>", "<?xml version='1.0'><a/>"},
    {"<?xml version", "<?xml version"},
    {"<?xml", "<?xml"},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t length = strlen(rows[i].text);
        /* A copy of its very size, so that a read beyond its end is seen. */
        unsigned char *copy = malloc(length == 0 ? 1 : length);
        struct bytes out = {0};
        struct err e = {0};
        assert_non_null(copy);
        memcpy(copy, rows[i].text, length);
        assert_int_equal(canonical_xml(copy, length, &out, &e), 0);
        assert_int_equal(bytes_append(&out, "", 1, &e), 0);
        assert_string_equal((const char *)out.data, rows[i].expected);
        free(copy);
        bytes_free(&out);
    }
}

/* A column of its own comes as text: as it was sent. */
static void test_column(void **state)
{
    static const unsigned char text[] = "<?xml version=\"1.0\"?><a/>";
    const struct codec *codec = codec_named("xml");
    struct codec_hint hint = {.typmod = -1};
    struct bytes out = {0};
    struct err e = {0};
    (void)state;
    assert_false(canonical_is_needed(codec, &hint));
    assert_true(canonical_inner_is_needed(codec, &hint));
    assert_int_equal(canonical_put(codec, &hint, text, sizeof text - 1, &out, &e), 0);
    assert_int_equal(out.length, sizeof text - 1);
    assert_memory_equal(out.data, text, sizeof text - 1);
    bytes_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_column)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
