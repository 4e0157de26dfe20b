/* test_codec_vector.c: pgvector's vector. Wires by its documented layout: int16 dimensions, int16 0, float4 each. */
#include <math.h>

#include "codec_probe.h"

static void texts(void **state)
{
    (void)state;
    assert_wire("vector", -1, text("[1,2,3]"),
                "00030000"
                "3f800000"
                "40000000"
                "40400000");
    assert_wire("vector", 3, text("[1,2,3]"),
                "00030000"
                "3f800000"
                "40000000"
                "40400000");
    assert_wire("vector", -1, text(" [ 1.0 , -2e0,\n3 ] "),
                "00030000"
                "3f800000"
                "c0000000"
                "40400000");
    assert_wire("vector", -1, text("[0.1]"),
                "00010000"
                "3dcccccd");
    assert_wire("vector", -1, text("[0.10000000149011612]"),
                "00010000"
                "3dcccccd");
    assert_wire("vector", -1, text("[-0.0]"),
                "00010000"
                "80000000");
    assert_wire("vector", -1, text("[1e-45,3.4028235e38]"),
                "00020000"
                "00000001"
                "7f7fffff");
    assert_back("vector", -1, text("[0.10000000149011612, 1.50]"), "text [0.1,1.5]");
    assert_back("vector", -1, text("[999999,1000000,16777216,0.0001,0.00001]"),
                "text [999999,1e+06,1.6777216e+07,0.0001,1e-05]");
    /* 5.675104e9 reads as the same float, but lies half-way between two. */
    assert_back("vector", -1, text("[5675104256]"), "text [5.6751043e+09]");
    assert_same("vector", text("[-0,1e-45,3.4028235e+38,0.333333,-1.25]"));
}

static void texts_that_are_no_vectors(void **state)
{
    static const char *const neither[] = {"",      "[",    "]",      "1,2",     "[1,2",   "1,2]",    "{1,2}", "[1,,2]",
                                          "[1,]",  "[,1]", "[,]",    "[[1,2]]", "[null]", "[\"1\"]", "[a]",   "[1 2]",
                                          "[0x1]", "[1]x", "[true]", "[1][2]",  "(1,2)",  "[1;2]",   "[nan]"};
    (void)state;
    for (size_t i = 0; i < sizeof neither / sizeof neither[0]; i++) {
        assert_refused("vector", -1, text(neither[i]), "");
    }
    assert_refused("vector", -1, text("[]"), "1 to 16000 dimensions, not 0");
    assert_refused("vector", -1, text("[ ]"), "1 to 16000 dimensions, not 0");
    assert_refused("vector", 2, text("[1,2,3]"), "has 3 dimensions, the column 2");
    assert_refused("vector", -1, text("[1,NaN]"), "component 2 is not a finite number");
    assert_refused("vector", -1, text("[Infinity]"), "component 1 is not a finite number");
    assert_refused("vector", -1, text("[0.1234567890123]"), "more digits than single precision");
    assert_refused("vector", -1, text("[16777217]"), "more digits than single precision");
    assert_refused("vector", -1, text("[1e39]"), "overflows single precision");
    assert_refused("vector", -1, text("[1e-46]"), "more digits than single precision");
    assert_refused("vector", -1, text("[1e400]"), "overflows");
    assert_refused("vector", -1, integer(1), "an integer is not a vector");
    assert_refused("vector", -1, real(1), "a real is not a vector");
}

static void blobs(void **state)
{
    (void)state;
    assert_wire("vector", -1, blob("\0\0\x80\x3f\0\0\0\xc0", 8),
                "00020000"
                "3f800000"
                "c0000000");
    assert_wire("vector", 2, blob("\0\0\x80\x3f\0\0\0\xc0", 8),
                "00020000"
                "3f800000"
                "c0000000");
    assert_back("vector", -1, blob("\xcd\xcc\xcc\x3d\1\0\0\0", 8), "text [0.1,1e-45]");
    assert_refused("vector", 3, blob("\0\0\x80\x3f\0\0\0\xc0", 8), "has 2 dimensions, the column 3");
    assert_refused("vector", -1, blob("", 0), "1 to 16000 dimensions, not 0");
    assert_refused("vector", -1, blob("1234567", 7), "no multiple of 4");
    assert_refused("vector", -1, blob("\0\0\x80\x7f", 4), "component 1 is not a finite number");
    assert_refused("vector", -1, blob("\0\0\x80\x3f\0\0\xc0\x7f", 8), "component 2 is not a finite number");
}

static void dimensions(void **state)
{
    enum { MOST = 16000 };
    static char zeros[4 * (MOST + 1)];
    static unsigned char wire[4 + 4 * MOST] = {MOST >> 8, MOST & 0xFF};
    struct codec_hint hint = {.typmod = -1};
    struct probe most = blob(zeros, sizeof zeros - 4);
    struct bytes out = {0};
    struct err e = {0};
    (void)state;
    assert_int_equal(codec_named("vector")->put(&most.cell, most.data, &hint, &out, &e), 0);
    assert_int_equal(out.length, sizeof wire);
    assert_memory_equal(out.data, wire, sizeof wire);
    bytes_free(&out);
    assert_refused("vector", -1, blob(zeros, sizeof zeros), "1 to 16000 dimensions, not 16001");
}

static void malformed_wire(void **state)
{
    (void)state;
    assert_wire_refused("vector", "", 0);
    assert_wire_refused("vector", "\0\1\0", 3);
    assert_wire_refused("vector", "\0\0\0\0", 4);
    assert_wire_refused("vector", "\0\1\0\1\0\0\0\0", 8);
    assert_wire_refused("vector", "\0\2\0\0\0\0\0\0", 8);
    assert_wire_refused("vector", "\0\1\0\0\0\0\0\0\0", 9);
    assert_wire_refused("vector", "\0\1\0\0\x7f\x80\0\0", 8);
}

/* Any finite float: from its wire to text and back. */
static void what_goes_in_comes_back(void **state)
{
    uint64_t random = 13;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        unsigned char wire[12] = {0, 2};
        struct codec_hint hint = {.typmod = 2};
        struct bytes arena = {0};
        struct bytes out = {0};
        struct cell c = {0};
        struct err e = {0};
        for (size_t at = 4; at < sizeof wire; at += 4) {
            uint32_t bits = (uint32_t)next_random(&random);
            if ((bits >> 23 & 0xFF) == 0xFF) {
                bits ^= UINT32_C(1) << 26;
            }
            for (size_t k = 0; k < 4; k++) {
                wire[at + k] = (unsigned char)(bits >> (24 - 8 * k));
            }
        }
        assert_int_equal(codec_named("vector")->get(wire, sizeof wire, &hint, &c, &arena, &e), 0);
        assert_int_equal(codec_named("vector")->put(&c, arena.data + c.as.offset, &hint, &out, &e), 0);
        assert_int_equal(out.length, sizeof wire);
        assert_memory_equal(out.data, wire, sizeof wire);
        bytes_free(&arena);
        bytes_free(&out);
    }
}

static void vectors_in_their_forms(void **state)
{
    (void)state;
    assert_form("vector", "text", 0, text("[1,-0.1,1e+10]"));
    assert_form("vector", "spaced", 0, text("[1, -0.1]"));
    assert_form("vector", "text .0", 0, text("[1.0,-0.1]"));
    assert_form("vector", "spaced .0", 0, text("[1.0, -0.1, 1e-05]"));
    assert_form("vector", "double", 0, text("[1,-0.10000000149011612]"));
    assert_form("vector", "double spaced .0", 0, text("[1.0, -0.10000000149011612]"));
    assert_form("vector", "blob", 0, blob("\0\0\x80\x3F\xCD\xCC\xCC\xBD", 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts),
        cmocka_unit_test(texts_that_are_no_vectors),
        cmocka_unit_test(blobs),
        cmocka_unit_test(dimensions),
        cmocka_unit_test(malformed_wire),
        cmocka_unit_test(what_goes_in_comes_back),
        cmocka_unit_test(vectors_in_their_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
