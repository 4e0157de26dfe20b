/* test_codec_range_kept.c: which ranges and multiranges a server leaves as they are, as SELECT '...'::int4range shows.
 */
#include "kind_probe.h"

static struct codec_shape bounds, ranges;

/* Whether the wire of a literal, with bounds of this type, comes back. */
static int is_kept(const char *type, const char *literal)
{
    int multi = literal[0] == '{';
    const struct codec *codec = codec_kind(multi ? "multirange" : "range");
    struct codec_hint hint = {.typmod = -1, .shape = multi ? &ranges : &bounds};
    struct probe p = text(literal);
    struct bytes wire = {0};
    struct err e = {0};
    bounds = (struct codec_shape){.element = codec_named(type), .element_hint = {.typmod = -1}};
    ranges = (struct codec_shape){.element = codec_kind("range"), .element_hint = {.typmod = -1, .shape = &bounds}};
    bounds.element_oid = bounds.element->oid;
    if (codec->put(&p.cell, p.data, &hint, &wire, &e) != 0) {
        fail_msg("%s: %s", literal, e.message);
    }
    int kept = codec->is_kept(wire.data, wire.length, &hint);
    bytes_free(&wire);
    return kept;
}

static const struct {
    const char *type;
    const char *literal;
    int kept;
} rows[] = {
    {"int4", "empty", 1},
    {"int4", "[1,5)", 1},
    {"int4", "[1,5]", 0},
    {"int4", "(1,5)", 0},
    {"int4", "(,5)", 1},
    {"int4", "(,5]", 0},
    {"int4", "[1,)", 1},
    {"int4", "(1,)", 0},
    {"int4", "(,)", 1},
    {"int4", "[1,1)", 0},
    {"int8", "[1,5]", 0},
    {"date", "[2024-01-01,2024-02-01)", 1},
    {"date", "[2024-01-01,2024-02-01]", 0},
    {"date", "[2024-01-01,infinity]", 1},
    {"date", "(-infinity,2024-01-01)", 1},
    {"numeric", "(1,5]", 1},
    {"numeric", "[1,1]", 1},
    {"numeric", "[1,1)", 0},
    {"numeric", "[1.0,1.00)", 0},
    {"timestamp", "(2024-01-01,2024-02-01]", 1},
    {"text", "(a,b]", 1},
    {"text", "(a,a]", 0},
    {"int4", "{}", 1},
    {"int4", "{[1,2),[3,4)}", 1},
    {"int4", "{[1,2),[2,4)}", 0},
    {"int4", "{[1,2),[3,4]}", 0},
    {"int4", "{[5,6),[1,2)}", 0},
    {"int4", "{[1,4),[2,3)}", 0},
    {"int4", "{(,2),[3,4),[7,)}", 1},
    {"int4", "{[1,),[3,4)}", 0},
    {"numeric", "{(1,2),(2,3)}", 1},
    {"numeric", "{(1,2],(2,3)}", 0},
    {"numeric", "{(1,2),[2,3)}", 0},
    /* Whether b comes after c is the business of a collation. */
    {"text", "{[a,b],[c,d]}", 0},
    {"text", "{[a,b]}", 1},
};

static void ranges_that_are_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (is_kept(rows[i].type, rows[i].literal) != rows[i].kept) {
            fail_msg("%s of %s is %skept", rows[i].literal, rows[i].type, rows[i].kept ? "" : "not ");
        }
    }
}

/* Nothing is read behind the end of wire that no codec makes. */
static void wire_that_is_cut(void **state)
{
    static const unsigned char whole[] = {0, 0, 0, 1, 0, 0, 0, 17, 2, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 5};
    struct codec_hint hint = {.typmod = -1, .shape = &ranges};
    (void)state;
    assert_true(is_kept("int4", "{[1,5)}"));
    assert_true(codec_kind("multirange")->is_kept(whole, sizeof whole, &hint));
    for (size_t length = 4; length < sizeof whole; length++) {
        unsigned char *part = test_malloc(length);
        memcpy(part, whole, length);
        assert_false(codec_kind("multirange")->is_kept(part, length, &hint));
        test_free(part);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ranges_that_are_kept), cmocka_unit_test(wire_that_is_cut)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
