/* test_codec_literal.c: arrays, composites and hstore as the server's literals; wire that none of them sends. */
#include "kind_probe.h"

#define INT4         \
    {                \
        .typmod = -1 \
    }

static const struct codec_field fields[] = {{"a", 23, NULL, INT4}, {"b", 25, NULL, INT4}};

/* The literal of the wire that put makes of a text. */
static void assert_literal(const char *kind, const struct codec_hint *hint, const char *value, const char *expected)
{
    const struct codec *codec = strcmp(kind, "hstore") == 0 ? codec_named(kind) : codec_kind(kind);
    struct probe p = text(value);
    struct bytes wire = {0};
    struct bytes out = {0};
    struct err e = {0};
    assert_int_equal(codec->put(&p.cell, p.data, hint, &wire, &e), 0);
    assert_int_equal(codec_literal(codec, hint, wire.data, wire.length, &out, &e), 0);
    assert_int_equal(bytes_append(&out, "", 1, &e), 0);
    assert_string_equal((const char *)out.data, expected);
    /* Cut anywhere, it is no wire of the type. */
    for (size_t length = 0; length + 1 < wire.length; length++) {
        out.length = 0;
        err_clear(&e);
        if (codec_literal(codec, hint, wire.data, length, &out, &e) != 0) {
            assert_int_equal(e.kind, ERR_VALUE);
        }
    }
    bytes_free(&wire);
    bytes_free(&out);
}

static void arrays_have_braces_and_quotes(void **state)
{
    struct codec_shape shape = {.element_oid = 25, .element = codec_find(25, NULL), .element_hint = {.typmod = -1}};
    struct codec_hint hint = {.typmod = -1, .shape = &shape};
    (void)state;
    assert_literal("array", &hint, "[]", "{}");
    assert_literal("array", &hint, "[\"a\",null,\"\",\"NULL\"]", "{\"a\",NULL,\"\",\"NULL\"}");
    assert_literal("array", &hint, "[[\"\\\"\"],[\"\\\\\"]]", "{{\"\\\"\"},{\"\\\\\"}}");
    shape.element_oid = 603;
    shape.element = codec_find(603, NULL);
    assert_literal("array", &hint, "[\"(3,4),(1,2)\",null]", "{\"(3,4),(1,2)\";NULL}");
    shape.element_oid = 16;
    shape.element = codec_find(16, NULL);
    assert_literal("array", &hint, "[true,false]", "{\"t\",\"f\"}");
}

static void composites_have_a_place_for_each_field(void **state)
{
    struct codec_field two[2];
    struct codec_shape shape = {.fields = two, .field_count = 2};
    struct codec_hint hint = {.typmod = -1, .shape = &shape};
    (void)state;
    memcpy(two, fields, sizeof two);
    two[0].codec = codec_find(23, NULL);
    two[1].codec = codec_find(25, NULL);
    assert_literal("composite", &hint, "{\"a\":1,\"b\":\"x,)\"}", "(\"1\",\"x,)\")");
    assert_literal("composite", &hint, "{\"a\":null,\"b\":\"\"}", "(,\"\")");
}

static void hstores_are_pairs(void **state)
{
    const struct codec_hint hint = {.typmod = -1};
    (void)state;
    assert_literal("hstore", &hint, "{}", "");
    assert_literal("hstore", &hint, "{\"a\":\"1\",\"\\\"\":null}", "\"\\\"\"=>NULL,\"a\"=>\"1\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrays_have_braces_and_quotes),
        cmocka_unit_test(composites_have_a_place_for_each_field),
        cmocka_unit_test(hstores_are_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
