/* test_codec_range.c: ranges and multiranges: literals, wire, refusals. */
#include "codec_probe.h"

/* A range of a type, and a multirange of that. */
struct kinds {
    struct codec_shape range;
    struct codec_shape multirange;
    struct codec_hint range_hint;
    struct codec_hint multirange_hint;
};

static void make_kinds(struct kinds *k, const char *type)
{
    memset(k, 0, sizeof *k);
    k->range.element = codec_named(type);
    k->range.element_oid = k->range.element->oid;
    k->range.element_hint.typmod = -1;
    k->range_hint = (struct codec_hint){.typmod = -1, .shape = &k->range};
    k->multirange.element = codec_of_kind("range");
    k->multirange.element_hint = k->range_hint;
    k->multirange_hint = (struct codec_hint){.typmod = -1, .shape = &k->multirange};
    assert_non_null(k->multirange.element);
    assert_non_null(codec_of_kind("multirange"));
}

/* Puts a literal; multiranges begin with a brace. 0, or -1 and e. */
static int put(const char *type, const char *literal, struct bytes *out, struct err *e)
{
    struct kinds k;
    struct probe p = text(literal);
    make_kinds(&k, type);
    return strchr(literal, '{') != NULL ? codec_of_kind("multirange")->put(&p.cell, p.data, &k.multirange_hint, out, e)
                                        : codec_of_kind("range")->put(&p.cell, p.data, &k.range_hint, out, e);
}

static void assert_range_wire(const char *type, const char *literal, const char *expected)
{
    struct bytes out = {0};
    struct err e = {0};
    char hex[1024] = "";
    if (put(type, literal, &out, &e) != 0) {
        fail_msg("%s is refused: %s", literal, e.message);
    }
    for (size_t i = 0; i < out.length; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", out.data[i]);
    }
    bytes_free(&out);
    assert_string_equal(hex, expected);
}

static void assert_range_back(const char *type, const char *literal, const char *expected)
{
    struct kinds k;
    struct bytes out = {0};
    struct bytes arena = {0};
    struct cell c = {0};
    struct err e = {0};
    int multi = strchr(literal, '{') != NULL;
    make_kinds(&k, type);
    if (put(type, literal, &out, &e) != 0) {
        fail_msg("%s is refused: %s", literal, e.message);
    }
    if (codec_of_kind(multi ? "multirange" : "range")
            ->get(out.data, out.length, multi ? &k.multirange_hint : &k.range_hint, &c, &arena, &e) != 0) {
        fail_msg("the wire of %s is refused: %s", literal, e.message);
    }
    assert_int_equal(c.class, CELL_TEXT);
    assert_int_equal(c.length, strlen(expected));
    assert_memory_equal(arena.data + c.as.offset, expected, c.length);
    bytes_free(&out);
    bytes_free(&arena);
}

static void assert_range_refused(const char *type, const char *literal, const char *words)
{
    struct bytes out = {0};
    struct err e = {0};
    int result = put(type, literal, &out, &e);
    bytes_free(&out);
    if (result == 0) {
        fail_msg("%s is taken", literal);
    }
    assert_int_equal(e.kind, ERR_VALUE);
    assert_true(e.hint[0] != '\0');
    if (strstr(e.message, words) == NULL) {
        fail_msg("%s: \"%s\" does not say \"%s\"", literal, e.message, words);
    }
}

static void bounds_and_flags(void **state)
{
    (void)state;
    assert_range_wire("int4", "[1,5)",
                      "02000000040000000100000004"
                      "00000005");
    assert_range_wire("int4", "(1,5]",
                      "04000000040000000100000004"
                      "00000005");
    assert_range_wire("int4", " [ 1 , 5 ] ",
                      "06000000040000000100000004"
                      "00000005");
    assert_range_wire("int4", "empty", "01");
    assert_range_wire("int4", "\n EMPTY\t", "01");
    assert_range_wire("int4", "(,)", "18");
    assert_range_wire("int4", "[,]", "18");
    assert_range_wire("int4", "[,5]", "0c0000000400000005");
    assert_range_wire("int4", "(5,]", "100000000400000005");
    assert_range_wire("int2", "[-1,1]", "0600000002ffff000000020001");
}

static void literals_come_back(void **state)
{
    static const struct {
        const char *type;
        const char *literal;
    } same[] = {
        {"int4", "[1,5)"},
        {"int4", "empty"},
        {"int8", "(,9223372036854775807]"},
        {"numeric", "[1.50,2.5]"},
        {"numeric", "(-Infinity,NaN]"},
        {"float8", "[1,2.5)"},
        {"float8", "[1e+100,)"},
        {"date", "[2024-01-01,2024-02-01)"},
        {"date", "[-infinity,infinity)"},
        {"timestamp", "[\"2024-01-01 00:00:00\",\"2024-02-01 00:00:00\")"},
        {"timestamp", "[\"2024-01-01 00:00:00\",infinity]"},
        {"timestamptz", "[\"2024-01-01 00:00:00+00\",)"},
        {"timestamptz", "(-infinity,infinity)"},
        {"text", "[a,b]"},
        {"text", "[\"\",\"a b\"]"},
        {"text", "[\"a\"\"b\",\"c\\\\d\"]"},
        {"text", "[infinity,\"x,y)\"]"},
        {"int4", "{}"},
        {"int4", "{[1,2),[5,6)}"},
        {"text", "{[\"a]\",b}),[c,)}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        assert_range_back(same[i].type, same[i].literal, same[i].literal);
    }
    assert_range_back("text", "[a\\\"b,\"c\"d]", "[\"a\"\"b\",cd]");
    assert_range_back("text", "[a\\,b,\\\\]", "[\"a,b\",\"\\\\\"]");
    assert_range_back("text", "[ a, b]", "[\" a\",\" b\"]");
    assert_range_back("int4", " { [1,2) , (3 ,4] } ", "{[1,2),(3,4]}");
    assert_range_back("int4", "{empty,[1,2),Empty}", "{[1,2)}");
    assert_range_back("int4", "{empty}", "{}");
}

static void what_is_no_range_is_refused(void **state)
{
    struct kinds k;
    struct bytes out = {0};
    struct err e = {0};
    struct probe number = integer(5);
    (void)state;
    assert_range_refused("int4", "", "begins with [ or (");
    assert_range_refused("int4", "1,5", "begins with [ or (");
    assert_range_refused("int4", "[1,5", "does not end");
    assert_range_refused("int4", "[\"1,5)", "does not end");
    assert_range_refused("int4", "[1,5\\", "ends with a backslash");
    assert_range_refused("int4", "[1)", "a comma is expected");
    assert_range_refused("int4", "[1,2,3)", "a range has two bounds");
    assert_range_refused("int4", "[1,5) x", "more text after the end");
    assert_range_refused("int4", "emptyish", "more text after the end");
    assert_range_refused("int4", "[a,5)", "in the lower bound of the range: ");
    assert_range_refused("int4", "[1,5.5)", "in the upper bound of the range: ");
    assert_range_refused("int4", "[1,\"\")", "in the upper bound of the range: ");
    assert_range_refused("int4", "[1,3000000000)", "in the upper bound of the range: ");
    assert_range_refused("int4", "[1,infinity)", "in the upper bound of the range: ");
    assert_range_refused("date", "[now,2024-01-01)", "in the lower bound of the range: ");
    assert_range_refused("date", "[2024-01-01,Infinity)", "in the upper bound of the range: ");
    assert_range_refused("text", "[a\xFF,b)", "not valid UTF-8");
    assert_range_refused("bytea", "[a,b)", "ranges of bytea");
    assert_range_refused("int4", "{[1,2)", "a comma or } is expected");
    assert_range_refused("int4", "{[1,2),}", "a range begins with");
    assert_range_refused("int4", "{[1,2)}}", "more text after the end");
    assert_range_refused("int4", "x{", "begins with {");
    make_kinds(&k, "int4");
    assert_int_equal(codec_of_kind("range")->put(&number.cell, NULL, &k.range_hint, &out, &e), -1);
    assert_string_equal(e.message, "an integer is not a range");
    assert_int_equal(codec_of_kind("multirange")->put(&number.cell, NULL, &k.multirange_hint, &out, &e), -1);
    assert_string_equal(e.message, "an integer is not a multirange");
    bytes_free(&out);
}

static void bounds_are_in_order(void **state)
{
    /* Each is greater than the one before. */
    static const char *const numbers[] = {"-Infinity", "-10000.5", "-10000",  "-9999.01", "-1.5",
                                          "-0.00001",  "0",        "0.00001", "0.5",      "9999.999",
                                          "10000",     "10000.5",  "1e20",    "NaN"};
    static const struct {
        const char *type;
        const char *lower;
        const char *upper;
    } pairs[] = {
        {"int2", "-2", "1"},
        {"int4", "-2147483648", "2147483647"},
        {"int8", "-9223372036854775808", "-1"},
        {"date", "1999-12-31", "2000-01-01"},
        {"date", "-infinity", "1999-12-31"},
        {"timestamp", "\"1999-12-31 23:59:59.999999\"", "\"2000-01-01 00:00:00\""},
        {"timestamptz", "\"2024-01-01 00:00:00+02\"", "\"2024-01-01 00:00:00+01\""},
    };
    char literal[200];
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        (void)snprintf(literal, sizeof literal, "[%s,%s]", pairs[i].upper, pairs[i].lower);
        assert_range_refused(pairs[i].type, literal, "lower bound of the range is greater than its upper");
        (void)snprintf(literal, sizeof literal, "{[%s,%s]}", pairs[i].upper, pairs[i].lower);
        assert_range_refused(pairs[i].type, literal, "lower bound of the range is greater than its upper");
        (void)snprintf(literal, sizeof literal, "[%s,%s]", pairs[i].lower, pairs[i].upper);
        struct bytes out = {0};
        struct err e = {0};
        assert_int_equal(put(pairs[i].type, literal, &out, &e), 0);
        bytes_free(&out);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        for (size_t j = 0; j < sizeof numbers / sizeof numbers[0]; j++) {
            struct bytes out = {0};
            struct err e = {0};
            (void)snprintf(literal, sizeof literal, "[%s,%s]", numbers[i], numbers[j]);
            assert_int_equal(put("numeric", literal, &out, &e), i <= j ? 0 : -1);
            bytes_free(&out);
        }
    }
    assert_range_back("numeric", "[1.50,1.5]", "[1.50,1.5]");
    assert_range_back("numeric", "[0.00,0]", "[0.00,0]");
}

static void malformed_wire_is_refused(void **state)
{
#define WIRE(bytes)             \
    {                           \
        bytes, sizeof bytes - 1 \
    }
    static const struct {
        const char *bytes;
        size_t length;
    } ranges[] = {
        WIRE(""),
        WIRE("\x01x"),
        WIRE("\x03"),
        WIRE("\x20"),
        WIRE("\x40"),
        WIRE("\x80"),
        WIRE("\x1A"),
        WIRE("\x1C"),
        WIRE("\x18x"),
        WIRE("\x02"),
        WIRE("\x0A\0\0\0\4\0\0\0\1"),
        WIRE("\x10\0\0\0\4\0\0\0"),
        WIRE("\x10\0\0\0\3\0\0\0"),
        WIRE("\x10\xFF\xFF\xFF\xFF"),
        WIRE("\x02\0\0\0\4\0\0\0\1"),
        WIRE("\x02\0\0\0\4\0\0\0\1\0\0\0\4\0\0\0\5x"),
    };
    static const struct {
        const char *bytes;
        size_t length;
    } multiranges[] = {
        WIRE(""),
        WIRE("\0\0\0"),
        WIRE("\0\0\0\0x"),
        WIRE("\0\0\0\1"),
        WIRE("\0\0\0\1\0\0\0\2\x01"),
        WIRE("\0\0\0\1\0\0\0\0"),
        WIRE("\xFF\xFF\xFF\xFF\0\0\0\1\x18"),
        WIRE("\0\0\0\1\0\0\0\1\x18x"),
    };
#undef WIRE
    struct kinds k;
    struct bytes arena = {0};
    struct cell c = {0};
    (void)state;
    make_kinds(&k, "int4");
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        struct err e = {0};
        assert_int_equal(codec_of_kind("range")->get((const unsigned char *)ranges[i].bytes, ranges[i].length,
                                                     &k.range_hint, &c, &arena, &e),
                         -1);
        assert_int_equal(e.kind, ERR_VALUE);
        assert_int_equal(arena.length, 0);
    }
    for (size_t i = 0; i < sizeof multiranges / sizeof multiranges[0]; i++) {
        struct err e = {0};
        assert_int_equal(codec_of_kind("multirange")
                             ->get((const unsigned char *)multiranges[i].bytes, multiranges[i].length,
                                   &k.multirange_hint, &c, &arena, &e),
                         -1);
        assert_int_equal(e.kind, ERR_VALUE);
        assert_int_equal(arena.length, 0);
    }
    bytes_free(&arena);
}

static void generated_texts_come_back(void **state)
{
    static const char *const pieces[] = {"\"\"", "\\\\", "a", ",", "(", "]", " ", "\xC3\xA9", "\t", "'", "{"};
    uint64_t random = 5;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char literal[256] = "[\"!";
        for (uint64_t k = next_random(&random) % 12; k > 0; k--) {
            strcat(literal, pieces[next_random(&random) % (sizeof pieces / sizeof pieces[0] - 1)]);
        }
        strcat(literal, " \",\")");
        for (uint64_t k = next_random(&random) % 12; k > 0; k--) {
            strcat(literal, pieces[next_random(&random) % (sizeof pieces / sizeof pieces[0] - 1)]);
        }
        strcat(literal, next_random(&random) % 2 == 0 ? "\"]" : "\")");
        assert_range_back("text", literal, literal);
    }
}

static void a_shape_without_its_type_is_an_error(void **state)
{
    static const struct codec_shape nothing = {0};
    static const struct codec_hint hints[] = {{.typmod = -1}, {.typmod = -1, .shape = &nothing}};
    static const char *const names[] = {"range", "multirange"};
    struct probe p = text("(,)");
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct bytes out = {0};
        struct cell c = {0};
        struct err e = {0};
        const struct codec *codec = codec_of_kind(names[i / 2]);
        assert_int_equal(codec->put(&p.cell, p.data, &hints[i % 2], &out, &e), -1);
        assert_int_equal(e.kind, ERR_INTERNAL);
        assert_int_equal(codec->get((const unsigned char *)"\x18", 1, &hints[i % 2], &c, &out, &e), -1);
        bytes_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_and_flags),
        cmocka_unit_test(literals_come_back),
        cmocka_unit_test(what_is_no_range_is_refused),
        cmocka_unit_test(bounds_are_in_order),
        cmocka_unit_test(malformed_wire_is_refused),
        cmocka_unit_test(generated_texts_come_back),
        cmocka_unit_test(a_shape_without_its_type_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
