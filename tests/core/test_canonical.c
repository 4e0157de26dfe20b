/* test_canonical.c: which types have another form on the server, and the form of those that are made of others. */
#include <stdlib.h>

#include "kind_probe.h"

#include "canonical.h"

static struct codec_shape documents, numbers, texts, row, rows_of;
static struct codec_field fields[3];

static void make_shapes(void)
{
    documents = (struct codec_shape){.element_oid = 3802, .element = codec_named("jsonb"), .element_hint.typmod = -1};
    numbers = (struct codec_shape){.element_oid = 23, .element = codec_named("int4"), .element_hint.typmod = -1};
    texts = (struct codec_shape){.element_oid = 142, .element = codec_named("xml"), .element_hint.typmod = -1};
    fields[0] = (struct codec_field){"a", 23, codec_named("int4"), {.typmod = -1}};
    fields[1] = (struct codec_field){"b", 3807, codec_kind("array"), {.typmod = -1, .shape = &documents}};
    fields[2] = (struct codec_field){"c", 142, codec_named("xml"), {.typmod = -1}};
    row = (struct codec_shape){.fields = fields, .field_count = 3};
    rows_of = (struct codec_shape){
        .element_oid = 99999, .element = codec_kind("composite"), .element_hint = {.typmod = -1, .shape = &row}};
}

/* What get shows of the canonical form of what put makes of a text. */
static void assert_canonical(const char *kind, const struct codec_shape *shape, const char *value, const char *expected)
{
    const struct codec *codec = codec_kind(kind);
    struct codec_hint hint = {.typmod = -1, .shape = shape};
    struct probe p = text(value);
    struct bytes wire = {0};
    struct bytes out = {0};
    struct bytes arena = {0};
    struct cell cell = {0};
    struct err e = {0};
    if (codec->put(&p.cell, p.data, &hint, &wire, &e) != 0 ||
        canonical_put(codec, &hint, wire.data, wire.length, &out, &e) != 0 ||
        codec->get(out.data, out.length, &hint, &cell, &arena, &e) != 0 || bytes_append(&arena, "", 1, &e) != 0) {
        fail_msg("%s: %s", value, e.message);
    }
    assert_string_equal((const char *)arena.data + cell.as.offset, expected);
    bytes_free(&wire);
    bytes_free(&out);
    bytes_free(&arena);
}

static void test_made_of_others(void **state)
{
    (void)state;
    make_shapes();
    assert_canonical("array", &documents, "[{\"b\":1,\"a\":[1e1]},null,\"\\u0041\",-0]",
                     "[{\"a\": [10], \"b\": 1},null,\"A\",0]");
    assert_canonical("array", &documents, "[]", "[]");
    assert_canonical("array", &numbers, "[[1,null],[3,4]]", "[[1,null],[3,4]]");
    assert_canonical("array", &texts, "[\"<?xml version='1.0'?>\\n<a/>\",null]", "[\"<a/>\",null]");
    assert_canonical("composite", &row, "{\"a\":1,\"b\":[{\"b\":1,\"a\":2}],\"c\":\"\\n<a/>\"}",
                     "{\"a\":1,\"b\":[{\"a\": 2, \"b\": 1}],\"c\":\"<a/>\"}");
    assert_canonical("composite", &row, "{\"a\":null,\"b\":null,\"c\":null}", "{\"a\":null,\"b\":null,\"c\":null}");
    assert_canonical("array", &rows_of, "[{\"a\":1,\"b\":[[1,2]],\"c\":null},null]",
                     "[{\"a\":1,\"b\":[[1, 2]],\"c\":null},null]");
}

/* jsonb keeps its version byte. */
static void test_jsonb(void **state)
{
    static const unsigned char wire[] = "\1{\"b\":1,\"a\":2}";
    struct codec_hint hint = {.typmod = -1};
    struct bytes out = {0};
    struct err e = {0};
    (void)state;
    assert_int_equal(canonical_put(codec_named("jsonb"), &hint, wire, sizeof wire - 1, &out, &e), 0);
    assert_int_equal(out.length, 17);
    assert_memory_equal(out.data, "\1{\"a\": 2, \"b\": 1}", 17);
    out.length = 0;
    assert_int_equal(canonical_put(codec_named("jsonb"), &hint, wire, 0, &out, &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    bytes_free(&out);
}

static void test_which(void **state)
{
    static const char *const same[] = {"bool", "int2",   "int8",      "numeric", "text",     "bpchar", "bytea",
                                       "uuid", "float8", "timestamp", "json",    "tsvector", "hstore", "citext",
                                       "inet", "varbit", "box",       "vector",  "xml",      "char",   "interval"};
    struct codec_hint hint = {.typmod = -1};
    (void)state;
    make_shapes();
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_false(canonical_is_needed(codec_named(same[i]), &hint));
        assert_null(canonical_unknown(codec_named(same[i]), &hint));
    }
    assert_false(canonical_is_needed(codec_kind("enum"), &hint));
    assert_true(canonical_is_needed(codec_named("jsonb"), &hint));
    hint.shape = &numbers;
    assert_false(canonical_is_needed(codec_kind("array"), &hint));
    hint.shape = &documents;
    assert_true(canonical_is_needed(codec_kind("array"), &hint));
    hint.shape = &texts;
    assert_true(canonical_is_needed(codec_kind("array"), &hint));
    hint.shape = &row;
    assert_true(canonical_is_needed(codec_kind("composite"), &hint));
    row.field_count = 1;
    assert_false(canonical_is_needed(codec_kind("composite"), &hint));
}

/* Ranges whose order only the server knows, and what is made of them. */
static void test_unknown(void **state)
{
    struct codec_shape of_texts = {.element = codec_named("text"), .element_hint.typmod = -1};
    struct codec_shape of_documents = {.element = codec_named("jsonb"), .element_hint.typmod = -1};
    struct codec_shape several = {.element = codec_kind("range"), .element_hint = {.typmod = -1, .shape = &of_texts}};
    struct codec_shape list = {.element = codec_kind("range"), .element_hint = {.typmod = -1, .shape = &of_documents}};
    struct codec_field part = {"p", 1, codec_kind("array"), {.typmod = -1, .shape = &list}};
    struct codec_shape whole = {.fields = &part, .field_count = 1};
    struct codec_hint hint = {.typmod = -1, .shape = &of_texts};
    (void)state;
    assert_null(canonical_unknown(codec_kind("range"), &hint));
    hint.shape = &several;
    assert_non_null(strstr(canonical_unknown(codec_kind("multirange"), &hint), "the order of its bounds"));
    hint.shape = &list;
    assert_non_null(strstr(canonical_unknown(codec_kind("array"), &hint), "which bounds"));
    hint.shape = &whole;
    assert_non_null(strstr(canonical_unknown(codec_kind("composite"), &hint), "which bounds"));
}

/* Wire that ends too early or too late is refused without being read beyond its end. */
static void check_cut(const char *kind, const struct codec_shape *shape, const char *value, int tail_is_refused)
{
    const struct codec *codec = codec_kind(kind);
    struct codec_hint hint = {.typmod = -1, .shape = shape};
    struct probe p = text(value);
    struct bytes wire = {0};
    struct err e = {0};
    assert_int_equal(codec->put(&p.cell, p.data, &hint, &wire, &e), 0);
    for (size_t cut = 0; cut <= wire.length + 1; cut++) {
        unsigned char *copy = malloc(cut == 0 ? 1 : cut);
        struct bytes out = {0};
        assert_non_null(copy);
        memset(copy, 0, cut);
        memcpy(copy, wire.data, cut < wire.length ? cut : wire.length);
        int result = canonical_put(codec, &hint, copy, cut, &out, &e);
        if (cut < wire.length && result == 0) {
            /* Of an array whole elements are left. */
            assert_string_equal(kind, "array");
        }
        if (cut >= wire.length) {
            assert_int_equal(result, cut == wire.length || !tail_is_refused ? 0 : -1);
        }
        free(copy);
        bytes_free(&out);
    }
    bytes_free(&wire);
}

static void test_cut(void **state)
{
    (void)state;
    make_shapes();
    check_cut("array", &documents, "[{\"b\":1,\"a\":2},null]", 1);
    check_cut("composite", &row, "{\"a\":1,\"b\":[1],\"c\":\"<a/>\"}", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_of_others), cmocka_unit_test(test_jsonb), cmocka_unit_test(test_which),
        cmocka_unit_test(test_unknown),        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
