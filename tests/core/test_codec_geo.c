/* test_codec_geo.c: point, lseg, box, path, polygon, circle and line. Wires as the *_send functions of a server show
 * them. */
#include <math.h>

#include "codec_probe.h"

#define N0 "0000000000000000"
#define N1 "3ff0000000000000"
#define N2 "4000000000000000"
#define N3 "4008000000000000"
#define N4 "4010000000000000"
#define NAN8 "7ff8000000000000"

/* All spellings make one wire, which comes back as the first. */
static void assert_spellings(const char *type, const char *wire, const char *const *spellings)
{
    char expected[200];
    (void)snprintf(expected, sizeof expected, "text %s", spellings[0]);
    for (; *spellings != NULL; spellings++) {
        assert_wire(type, -1, text(*spellings), wire);
        assert_back(type, -1, text(*spellings), expected);
    }
}

static void assert_all_refused(const char *type, const char *const *texts)
{
    for (; *texts != NULL; texts++) {
        assert_refused(type, -1, text(*texts), "");
    }
}

static void points(void **state)
{
    (void)state;
    assert_spellings("point", N1 N2,
                     (const char *const[]){"(1,2)", "1,2", " ( 1 , 2 ) ", "\t1\n,\v2\f\r", "(+1.0,2e0)", NULL});
    assert_spellings("point", "fff0000000000000" NAN8, (const char *const[]){"(-Infinity,NaN)", NULL});
    assert_spellings("point", "8000000000000000" N0, (const char *const[]){"(-0,0)", "(-0.0,0)", NULL});
    assert_all_refused(
        "point", (const char *const[]){"",        " ",         "1",          "(1,2",    "1,2)",  "(1,2))",  "((1,2))",
                                       "(1,2) 3", "(1;2)",     "(1,)",       "(,2)",    "[1,2]", "(1,2,3)", "(nan,1)",
                                       "(inf,1)", "(1e400,1)", "(1e-400,1)", "(0x1,1)", "now",   "(1,2),",  NULL});
    assert_refused("point", -1, text("(1,2"), "\")\" is missing at byte 5");
    assert_refused("point", -1, text("(1,2) 3"), "goes on after its value at byte 7");
    assert_refused("point", -1, text("(1,b)"), "not a decimal number");
    assert_refused("point", -1, bytes_probe(CELL_TEXT, "(1,2)\0", 6), "goes on");
    assert_refused("point", -1, integer(1), "an integer is not a point");
    assert_refused("point", -1, blob("(1,2)", 5), "a blob is not a point");
}

static void segments_and_boxes(void **state)
{
    (void)state;
    assert_spellings("lseg", N1 N2 N3 N4,
                     (const char *const[]){"[(1,2),(3,4)]", "(1,2),(3,4)", "((1,2),(3,4))", "1,2,3,4", "[1,2,3,4]",
                                           "(1,2,3,4)", " [ ( 1 , 2 ) , ( 3 , 4 ) ] ", NULL});
    assert_spellings(
        "box", N3 N4 N1 N2,
        (const char *const[]){"(3,4),(1,2)", "(1,2),(3,4)", "((1,4),(3,2))", "3,2,1,4", "(1,2,3,4)", NULL});
    assert_spellings("box", NAN8 N2 N1 N1, (const char *const[]){"(NaN,2),(1,1)", "(1,1),(NaN,2)", "1,2,NaN,1", NULL});
    static const char *const neither[] = {"",
                                          "(1,2)",
                                          "(1,2),(3,4),(5,6)",
                                          "[(1,2),(3,4)",
                                          "(1,2)(3,4)",
                                          "((1,2),(3,4)",
                                          "[(1,2),(3,4))",
                                          "(1,2),(3,4),",
                                          "1,2,3",
                                          "{1,2,3,4}",
                                          "(1,2),3,4",
                                          "()",
                                          "[]",
                                          "[[1,2],[3,4]]",
                                          NULL};
    assert_all_refused("lseg", neither);
    assert_all_refused("box", neither);
    assert_refused("box", -1, text("[(1,2),(3,4)]"), "stand in brackets");
    assert_refused("lseg", -1, text("(1,2)"), "2 points, not 1");
    assert_refused("lseg", -1, real(1), "a real is not a line segment");
}

static void paths_and_polygons(void **state)
{
    (void)state;
    assert_spellings("path", "0000000002" N1 N2 N3 N4,
                     (const char *const[]){"[(1,2),(3,4)]", "[1,2,3,4]", " [ (1,2) , (3,4) ] ", NULL});
    assert_spellings("path", "0100000002" N1 N2 N3 N4,
                     (const char *const[]){"((1,2),(3,4))", "(1,2),(3,4)", "1,2,3,4", "(1,2,3,4)", NULL});
    assert_spellings("path", "0100000001" N1 N2, (const char *const[]){"((1,2))", "(1,2)", "1,2", NULL});
    assert_spellings("polygon", "00000002" N1 N2 N3 N4,
                     (const char *const[]){"((1,2),(3,4))", "(1,2),(3,4)", "1,2,3,4", "(1,2,3,4)", NULL});
    static const char *const neither[] = {"", "()", "[]", "(())", "[(1,2)", "(((1,2)))", "(1,2)(3,4)", "1,2,3", NULL};
    assert_all_refused("path", neither);
    assert_all_refused("polygon", neither);
    assert_refused("polygon", -1, text("[(1,2),(3,4)]"), "stand in brackets");
    assert_wire_refused("path", "", 0);
    assert_wire_refused("path", "\1\0\0\0\0", 5);
    assert_wire_refused("path", "\1\0\0\0\1", 5);
    assert_wire_refused("polygon", "\0\0\0", 3);
    assert_wire_refused("polygon", "\0\0\0\0", 4);
    assert_wire_refused("polygon", "\0\0\0\2abcdefghijklmnop", 20);
    assert_wire_refused("polygon", "\0\0\0\1abcdefghijklmnopq", 21);
    assert_wire_refused("polygon",
                        "\xFF\xFF\xFF\xFF"
                        "abcdefghijklmnop",
                        20);
}

static void circles_and_lines(void **state)
{
    (void)state;
    assert_spellings(
        "circle", N1 N2 N3,
        (const char *const[]){"<(1,2),3>", "((1,2),3)", "(1,2),3", "1,2,3", "<1,2,3>", " < ( 1 , 2 ) , 3 > ", NULL});
    assert_spellings("circle", N1 N2 NAN8, (const char *const[]){"<(1,2),NaN>", NULL});
    assert_all_refused("circle", (const char *const[]){"", "<(1,2),3", "(1,2),3>", "<(1,2),3)", "((1,2),3>", "(1,2,3)",
                                                       "<(1,2)3>", "(1,2)", "<(1,2),3>x", NULL});
    assert_refused("circle", -1, text("<(1,2),-1>"), "radius of a circle is not below 0");
    assert_spellings("line", N1 N2 N3, (const char *const[]){"{1,2,3}", " { 1 , 2 , 3 } ", NULL});
    assert_all_refused("line", (const char *const[]){"", "{1,2}", "{1,2,3,4}", "{1,2,3", "1,2,3", "{1,2,3}}", NULL});
    assert_refused("line", -1, text("[(1,2),(3,4)]"), "of two points they would be rounded");
    assert_refused("line", -1, text("{0,0,3}"), "not both 0");
    assert_refused("line", -1, text("{1e-6,-1e-6,3}"), "not both 0");
    assert_wire("line", -1, text("{1.1e-6,0,0}"), "3eb27476ca61b882" N0 N0);
    static const char *const types[] = {"point", "lseg", "box", "circle", "line"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        assert_wire_refused(types[i], "1234567", 7);
        assert_wire_refused(types[i], "", 0);
    }
}

static void assert_number(const char *written, const char *printed)
{
    char value[100];
    char expected[100];
    (void)snprintf(value, sizeof value, "(%s,0)", written);
    (void)snprintf(expected, sizeof expected, "text (%s,0)", printed);
    assert_back("point", -1, text(value), expected);
}

static void numbers_as_the_server_prints_them(void **state)
{
    (void)state;
    assert_number("0.1", "0.1");
    assert_number("-12.50", "-12.5");
    assert_number("0.0001", "0.0001");
    assert_number("-0.00012345678901234567", "-0.00012345678901234567");
    assert_number("0.00001", "1e-05");
    assert_number("100000000000000", "100000000000000");
    assert_number("123456789012345", "123456789012345");
    assert_number("1000000000000000", "1e+15");
    assert_number("1234567890123456", "1.234567890123456e+15");
    assert_number("9007199254740993.5", "9.007199254740994e+15");
    assert_number("0.30000000000000004", "0.30000000000000004");
    assert_number("1.7976931348623157e308", "1.7976931348623157e+308");
    /* 1e23 reads as the same double, but lies half-way between two. */
    assert_number("1e23", "9.999999999999999e+22");
    assert_number("4.9e-324", "5e-324");
    assert_number("2.2250738585072014e-308", "2.2250738585072014e-308");
}

static void what_goes_in_comes_back(void **state)
{
    uint64_t random = 11;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        unsigned char wire[32];
        struct codec_hint hint = {.typmod = -1};
        struct bytes arena = {0};
        struct bytes out = {0};
        struct cell c = {0};
        struct err e = {0};
        for (size_t at = 0; at < sizeof wire; at += 8) {
            uint64_t bits = next_random(&random);
            /* A NaN has one wire only; the exponent loses a bit where it would be one. */
            if ((bits >> 52 & 0x7FF) == 0x7FF) {
                bits ^= UINT64_C(1) << 60;
            }
            for (size_t k = 0; k < 8; k++) {
                wire[at + k] = (unsigned char)(bits >> (56 - 8 * k));
            }
        }
        assert_int_equal(codec_named("lseg")->get(wire, sizeof wire, &hint, &c, &arena, &e), 0);
        assert_int_equal(codec_named("lseg")->put(&c, arena.data + c.as.offset, &hint, &out, &e), 0);
        assert_int_equal(out.length, sizeof wire);
        assert_memory_equal(out.data, wire, sizeof wire);
        bytes_free(&arena);
        bytes_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points),
        cmocka_unit_test(segments_and_boxes),
        cmocka_unit_test(paths_and_polygons),
        cmocka_unit_test(circles_and_lines),
        cmocka_unit_test(numbers_as_the_server_prints_them),
        cmocka_unit_test(what_goes_in_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
