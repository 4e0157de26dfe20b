/* test_canonical_range.c: ranges and multiranges as a server keeps them, as SELECT '...'::int4range shows. */
#include <stdlib.h>

#include "kind_probe.h"

#include "canonical.h"

static struct codec_shape bounds, ranges;

/* What the codec shows of the canonical form of a literal's wire. The range is discrete where its bounds are. */
static void assert_canonical(const char *type, const char *literal, const char *expected)
{
    int multi = literal[0] == '{';
    const struct codec *codec = codec_kind(multi ? "multirange" : "range");
    struct codec_hint hint = {.typmod = -1, .shape = multi ? &ranges : &bounds};
    struct probe p = text(literal);
    struct bytes wire = {0};
    struct bytes out = {0};
    struct bytes arena = {0};
    struct cell cell = {0};
    struct err e = {0};

    bounds = (struct codec_shape){.element = codec_named(type), .element_hint = {.typmod = -1}};
    bounds.is_discrete = strcmp(type, "int4") == 0 || strcmp(type, "int8") == 0 || strcmp(type, "date") == 0;
    bounds.element_oid = bounds.element->oid;
    ranges = (struct codec_shape){.element = codec_kind("range"), .element_hint = {.typmod = -1, .shape = &bounds}};
    assert_true(canonical_is_needed(codec, &hint));
    if (codec->put(&p.cell, p.data, &hint, &wire, &e) != 0 || bytes_append(&out, "before", 6, &e) != 0 ||
        canonical_put(codec, &hint, wire.data, wire.length, &out, &e) != 0 ||
        codec->get(out.data + 6, out.length - 6, &hint, &cell, &arena, &e) != 0 ||
        bytes_append(&arena, "", 1, &e) != 0) {
        fail_msg("%s: %s", literal, e.message);
    }
    assert_string_equal((const char *)arena.data + cell.as.offset, expected);
    bytes_free(&wire);
    bytes_free(&out);
    bytes_free(&arena);
}

static const struct {
    const char *type;
    const char *literal;
    const char *expected;
} rows[] = {
    {"int4", "empty", "empty"},
    {"int4", "[1,5)", "[1,5)"},
    {"int4", "[1,5]", "[1,6)"},
    {"int4", "(1,5]", "[2,6)"},
    {"int4", "(1,2)", "empty"},
    {"int4", "[1,1)", "empty"},
    {"int4", "[1,1]", "[1,2)"},
    {"int4", "(,5]", "(,6)"},
    {"int4", "[,5)", "(,5)"},
    {"int4", "(1,]", "[2,)"},
    {"int4", "(,)", "(,)"},
    {"int4", "(-5,-1]", "[-4,0)"},
    {"int8", "(9223372036854775806,9223372036854775807)", "empty"},
    {"int8", "(2147483647,2147483648]", "[2147483648,2147483649)"},
    {"date", "[2024-02-28,2024-02-29]", "[2024-02-28,2024-03-01)"},
    {"date", "(-infinity,infinity]", "(-infinity,infinity]"},
    {"date", "(2024-01-01,infinity)", "[2024-01-02,infinity)"},
    {"date", "[infinity,infinity]", "[infinity,infinity]"},
    {"numeric", "(1,5]", "(1,5]"},
    {"numeric", "[1.0,1.00)", "empty"},
    {"numeric", "[1.0,1.00]", "[1.0,1.00]"},
    {"timestamp", "(2024-01-01,2024-01-01]", "empty"},
    {"float8", "[0,-0)", "empty"},
    {"float8", "[0,-0]", "[0,-0]"},
    {"float4", "(NaN,NaN]", "empty"},
    {"interval", "[\"1 mon\",\"30 days\")", "empty"},
    {"interval", "[\"1 mon\",\"31 days\")", "[\"1 mon\",\"31 days\")"},
    {"interval", "[\"-1 days\",\"-24:00:00\")", "empty"},
    {"timetz", "[01:00:00+00,02:00:00+01)", "[01:00:00+00,02:00:00+01)"},
    {"bpchar", "[a,\"a \")", "empty"},
    {"text", "[a,\"a \")", "[a,\"a \")"},
    {"text", "[a,a)", "empty"},
    {"text", "[\"\",\"\")", "empty"},
    {"int4", "{}", "{}"},
    {"int4", "{empty,[1,1)}", "{}"},
    {"int4", "{[5,6),[1,2)}", "{[1,2),[5,6)}"},
    {"int4", "{[1,2),[2,4)}", "{[1,4)}"},
    {"int4", "{[1,2),[3,4]}", "{[1,2),[3,5)}"},
    {"int4", "{(0,2],[3,4]}", "{[1,5)}"},
    {"int4", "{[1,9),[2,3),[4,12)}", "{[1,12)}"},
    {"int4", "{[3,),(,1),[5,6]}", "{(,1),[3,)}"},
    {"int4", "{(,),[5,6]}", "{(,)}"},
    {"int8", "{[-5,-3),[-3,0]}", "{[-5,1)}"},
    {"date", "{[2024-01-01,2024-01-31],[2024-02-01,infinity]}", "{[2024-01-01,infinity]}"},
    {"numeric", "{(1,2),(2,3)}", "{(1,2),(2,3)}"},
    {"numeric", "{(1,2],(2,3)}", "{(1,3)}"},
    {"numeric", "{(1,2),[2,3)}", "{(1,3)}"},
    {"numeric", "{[1,2],[2,3)}", "{[1,3)}"},
    {"numeric", "{[1,2],(1,2)}", "{[1,2]}"},
    {"numeric", "{(2,3),[1,2)}", "{[1,2),(2,3)}"},
    /* Of two equal bounds the one of the later range stays. */
    {"numeric", "{[1.0,2.0],[1.00,2.00]}", "{[1.00,2.00]}"},
    {"numeric", "{(1.0,1],(1,),(-3,-3],[-3,0.5),(1,1],(1.00,1.00],(1,2.5],empty,(1,7),[0.50,1.00),(1.00,]}",
     "{[-3,1.00),(1,)}"},
    {"float8", "{[0,1],[-0,0.5]}", "{[0,1]}"},
    {"time", "{[02:00:00,03:00:00),[01:00:00,02:00:00)}", "{[01:00:00,03:00:00)}"},
    {"timetz", "{[01:00:00+00,04:00:00+00),[05:00:00+02,07:00:00+02)}", "{[01:00:00+00,07:00:00+02)}"},
    {"timetz", "{[01:00:00+00,02:00:00+00),[05:00:00+02,06:00:00+02)}",
     "{[01:00:00+00,02:00:00+00),[05:00:00+02,06:00:00+02)}"},
    {"uuid", "{[b0000000-0000-0000-0000-000000000000,),(,a0000000-0000-0000-0000-000000000000]}",
     "{(,a0000000-0000-0000-0000-000000000000],[b0000000-0000-0000-0000-000000000000,)}"},
    {"money", "{[2.00,3.00),[-1.00,2.00)}", "{[-1.00,3.00)}"},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_canonical(rows[i].type, rows[i].literal, rows[i].expected);
    }
}

/* A range of whole numbers that its maker has not made discrete keeps its bounds. */
static void test_own_type(void **state)
{
    static const unsigned char wire[] = {0x04, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 5};
    struct codec_shape shape = {.element = codec_named("int4"), .element_hint = {.typmod = -1}};
    struct codec_hint hint = {.typmod = -1, .shape = &shape};
    struct bytes out = {0};
    struct err e = {0};
    (void)state;
    assert_int_equal(canonical_put(codec_kind("range"), &hint, wire, sizeof wire, &out, &e), 0);
    assert_int_equal(out.length, sizeof wire);
    assert_memory_equal(out.data, wire, sizeof wire);
    assert_null(canonical_unknown(codec_kind("range"), &hint));
    shape.has_own_canonical = 1;
    assert_non_null(strstr(canonical_unknown(codec_kind("range"), &hint), "a function of the type's own"));
    bytes_free(&out);
}

/* Each beginning of a wire, and wire with something behind it, is refused without being read beyond its end. */
static void check_cut(const char *kind, const struct codec_hint *hint, const unsigned char *wire, size_t length)
{
    for (size_t cut = 0; cut <= length + 1; cut++) {
        unsigned char *copy = malloc(cut == 0 ? 1 : cut);
        struct bytes out = {0};
        struct err e = {0};
        assert_non_null(copy);
        memset(copy, 0, cut);
        memcpy(copy, wire, cut < length ? cut : length);
        int result = canonical_put(codec_kind(kind), hint, copy, cut, &out, &e);
        assert_int_equal(result, cut == length ? 0 : -1);
        assert_int_equal(e.kind, cut == length ? ERR_NONE : ERR_VALUE);
        free(copy);
        bytes_free(&out);
    }
}

static void test_cut(void **state)
{
    static const unsigned char wire[] = {0, 0, 0, 2, 0, 0, 0, 17, 0x02, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0,
                                         0, 4, 0, 0, 0, 5, 0, 0,  0,    9, 8, 0, 0, 0, 4, 0, 0, 0, 1};
    struct codec_shape shape = {.element = codec_named("int4"), .element_hint = {.typmod = -1}, .is_discrete = 1};
    struct codec_shape several = {.element = codec_kind("range"), .element_hint = {.typmod = -1, .shape = &shape}};
    struct codec_hint hint = {.typmod = -1, .shape = &shape};
    struct codec_hint multi = {.typmod = -1, .shape = &several};
    (void)state;
    check_cut("range", &hint, wire + 8, 17);
    check_cut("multirange", &multi, wire, sizeof wire);
}

/* Bounds of another length than their type has are not read as if they had it. */
static void test_odd_bounds(void **state)
{
    static const char *const types[] = {"int2", "int4",   "int8",   "numeric", "interval", "timetz",
                                        "date", "float4", "float8", "money",   "timestamp"};
    enum { TYPES = sizeof types / sizeof types[0], LONGEST = 17 };
    (void)state;
    for (size_t i = 0; i < TYPES * LONGEST * LONGEST; i++) {
        struct codec_shape shape = {.element = codec_named(types[i % TYPES]), .element_hint = {.typmod = -1}};
        struct codec_hint hint = {.typmod = -1, .shape = &shape};
        size_t lower = i / TYPES % LONGEST;
        size_t upper = i / TYPES / LONGEST;
        size_t length = 1 + 4 + lower + 4 + upper;
        /* Of its very size, so that a read beyond its end is seen. */
        unsigned char *wire = malloc(length);
        struct bytes out = {0};
        struct err e = {0};
        assert_non_null(wire);
        memset(wire, 0, length);
        wire[4] = (unsigned char)lower;
        wire[8 + lower] = (unsigned char)upper;
        shape.is_discrete = i % 2 == 0;
        assert_int_equal(canonical_put(codec_kind("range"), &hint, wire, length, &out, &e), 0);
        free(wire);
        bytes_free(&out);
    }
}

static void test_no_memory(void **state)
{
    static const unsigned char wire[] = {0, 0, 0, 1, 0, 0, 0, 17, 0x02, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 5};
    struct codec_shape shape = {.element = codec_named("int4"), .element_hint = {.typmod = -1}, .is_discrete = 1};
    struct codec_shape several = {.element = codec_kind("range"), .element_hint = {.typmod = -1, .shape = &shape}};
    struct codec_hint hint = {.typmod = -1, .shape = &several};
    (void)state;
    for (long n = 0; n < 4; n++) {
        struct bytes out = {0};
        struct err e = {0};
        mem_fail_at(n);
        int result = canonical_put(codec_kind("multirange"), &hint, wire, sizeof wire, &out, &e);
        mem_fail_at(-1);
        assert_int_equal(result, n < 3 ? -1 : 0);
        assert_int_equal(e.kind, n < 3 ? ERR_MEMORY : ERR_NONE);
        bytes_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),       cmocka_unit_test(test_own_type),  cmocka_unit_test(test_cut),
        cmocka_unit_test(test_odd_bounds), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
