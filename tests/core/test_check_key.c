/* test_check_key.c: values are the same key exactly where PostgreSQL takes them for equal. */
#include "codec_probe.h"

#include "check_key.h"

/* The canonical form of a value of a type; 1 where only the server knows it. */
static int canonical(const char *type, struct probe p, struct bytes *out)
{
    const struct codec *codec = codec_named(type);
    struct codec_hint hint = {.typmod = -1};
    struct bytes wire = {0};
    struct err e = {0};

    assert_int_equal(codec->put(&p.cell, p.data, &hint, &wire, &e), 0);
    assert_int_equal(bytes_reserve(&wire, 1, &e), 0);
    int result = equality_append(equality_of(codec, &hint), wire.data, wire.length, out, &e);
    bytes_free(&wire);
    return result;
}

static int equal(const char *type, struct probe a, const char *other, struct probe b)
{
    struct bytes left = {0}, right = {0};
    struct sort_record one = {.row = 0}, two = {.row = 0};

    assert_int_equal(canonical(type, a, &left), 0);
    assert_int_equal(canonical(other, b, &right), 0);
    equality_digest(&one, &left);
    equality_digest(&two, &right);
    int same = left.length == right.length && memcmp(left.data, right.data, left.length) == 0;
    assert_int_equal(same, one.key[0] == two.key[0] && one.key[1] == two.key[1]);
    bytes_free(&left);
    bytes_free(&right);
    return same;
}

static void numbers(void **state)
{
    (void)state;
    assert_true(equal("int8", integer(1), "int8", text("1")));
    assert_true(equal("int2", integer(-7), "int8", integer(-7)));
    assert_true(equal("int4", integer(70000), "int8", integer(70000)));
    assert_false(equal("int4", integer(1), "int4", integer(-1)));
    assert_true(equal("float8", real(0.0), "float8", real(-0.0)));
    assert_true(equal("float4", real(0.5), "float8", real(0.5)));
    assert_true(equal("float8", text("NaN"), "float8", text("NaN")));
    assert_false(equal("float8", real(0.1), "float8", real(0.2)));
    assert_true(equal("numeric", text("1.0"), "numeric", text("1.000")));
    assert_true(equal("numeric", text("10000"), "numeric", integer(10000)));
    assert_true(equal("numeric", text("0.00"), "numeric", integer(0)));
    assert_true(equal("numeric", text("NaN"), "numeric", text("NaN")));
    assert_false(equal("numeric", text("NaN"), "numeric", integer(0)));
    assert_false(equal("numeric", text("1"), "numeric", text("-1")));
    assert_false(equal("numeric", text("1"), "numeric", text("10000")));
    assert_false(equal("numeric", text("0.1"), "numeric", text("0.01")));
}

static void texts(void **state)
{
    (void)state;
    assert_true(equal("text", text("a"), "varchar", text("a")));
    assert_false(equal("text", text("a"), "text", text("A")));
    assert_false(equal("text", text("a"), "text", text("a ")));
    assert_true(equal("bpchar", text("a"), "bpchar", text("a  ")));
    assert_false(equal("bpchar", text(" a"), "bpchar", text("a")));
    assert_true(equal("citext", text("Ab"), "citext", text("aB")));
    assert_false(equal("citext", text("a"), "citext", text("b")));
    assert_true(
        equal("uuid", text("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"), "uuid", text("a0eebc999c0b4ef8bb6d6bb9bd380a11")));
}

static void what_only_the_server_folds(void **state)
{
    struct bytes out = {0};

    (void)state;
    assert_int_equal(canonical("citext", text("\xC3\x84"), &out), 1);
    assert_int_equal(out.length, 0);
    bytes_free(&out);
}

static void times(void **state)
{
    (void)state;
    assert_true(equal("timestamptz", text("2024-01-01T10:00:00Z"), "timestamptz", text("2024-01-01 12:00:00+02:00")));
    assert_false(equal("timestamptz", text("2024-01-01T10:00:00Z"), "timestamptz", text("2024-01-01 10:00:00+02:00")));
    assert_true(equal("interval", text("P1M"), "interval", text("P30D")));
    assert_true(equal("interval", text("P1D"), "interval", text("PT24H")));
    assert_true(equal("interval", text("P1DT-1H"), "interval", text("PT23H")));
    assert_false(equal("interval", text("PT1S"), "interval", text("PT-1S")));
}

static void types_without_an_equality_of_wire(void **state)
{
    static const char *const types[] = {"json", "jsonb", "xml", "hstore", "tsvector", "point"};
    struct codec_hint hint = {.typmod = -1};

    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        assert_int_equal(equality_of(codec_named(types[i]), &hint), EQUAL_UNKNOWN);
    }
    assert_int_equal(equality_of(codec_of_kind("range"), &hint), EQUAL_UNKNOWN);
    assert_int_equal(equality_of(NULL, &hint), EQUAL_UNKNOWN);
    assert_null(equality_name(EQUAL_UNKNOWN));
    assert_string_equal(equality_name(EQUAL_INTERVAL), "interval");
}

static void arrays_go_by_their_elements(void **state)
{
    struct codec_shape shape = {.element = codec_named("uuid")};
    struct codec_hint hint = {.typmod = -1, .shape = &shape};

    (void)state;
    assert_int_equal(equality_of(codec_of_kind("array"), &hint), EQUAL_EXACTLY);
    shape.element = codec_named("float8");
    assert_int_equal(equality_of(codec_of_kind("array"), &hint), EQUAL_UNKNOWN);
    assert_int_equal(equality_of(codec_of_kind("enum"), &hint), EQUAL_EXACTLY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(texts),
        cmocka_unit_test(what_only_the_server_folds),
        cmocka_unit_test(times),
        cmocka_unit_test(types_without_an_equality_of_wire),
        cmocka_unit_test(arrays_go_by_their_elements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
