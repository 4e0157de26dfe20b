/* test_json_number.c: numbers of JSON that a program holds exactly, those that it does not, and doubles as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "json_number.h"

static int read_text(const char *text, struct cell *c)
{
    return json_number_read((const unsigned char *)text, strlen(text), c);
}

static void integers_of_64_bits_are_integers(void **state)
{
    static const struct {
        const char *text;
        int64_t value;
    } cases[] = {{"0", 0},
                 {"-1", -1},
                 {"9007199254740993", INT64_C(9007199254740993)},
                 {"9223372036854775807", INT64_MAX},
                 {"-9223372036854775808", INT64_MIN}};
    struct cell c;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(read_text(cases[i].text, &c), 0);
        assert_int_equal(c.class, CELL_INTEGER);
        assert_true(c.as.integer == cases[i].value);
    }
}

static void reals_are_what_the_text_says(void **state)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {{"0.1", 0.1},
                 {"1.50", 1.5},
                 {"1e2", 100},
                 {"1E+22", 1e22},
                 {"5e-324", 5e-324},
                 {"-0.0", -0.0},
                 {"-0", -0.0},
                 {"0e5", 0},
                 {"0.30000000000000004", 0.30000000000000004},
                 {"1.7976931348623157e308", DBL_MAX},
                 {"123456789012345680000.0", 123456789012345680000.0}};
    struct cell c;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(read_text(cases[i].text, &c), 0);
        assert_int_equal(c.class, CELL_REAL);
        assert_memory_equal(&c.as.real, &cases[i].value, sizeof(double));
    }
}

static void others_are_not_read(void **state)
{
    static const char *const texts[] = {"9223372036854775808",
                                        "-9223372036854775809",
                                        "100000000000000000000",
                                        "0.10000000000000001",
                                        "3.14159265358979323846",
                                        "1e400",
                                        "-1e400",
                                        "1e-400",
                                        "9007199254740993.0",
                                        "1e99999999999999999999"};
    struct cell c;
    char text[2000];
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(read_text(texts[i], &c), -1);
    }
    memset(text, '7', sizeof text);
    assert_int_equal(json_number_read((const unsigned char *)text, sizeof text, &c), -1);
    text[1] = '.';
    assert_int_equal(json_number_read((const unsigned char *)text, sizeof text, &c), -1);
}

static void doubles_are_written_as_reals(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {{1, "1.0"},           {-0.0, "-0.0"},  {0.1, "0.1"},      {1e15, "1e+15"},
                 {100000, "100000.0"}, {1e-7, "1e-07"}, {5e-324, "5e-324"}};
    char text[JSON_REAL_TEXT];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t length = json_real_write(text, cases[i].value);
        assert_int_equal(length, strlen(cases[i].text));
        assert_memory_equal(text, cases[i].text, length);
    }
}

static void every_double_comes_back(void **state)
{
    uint64_t seed = 88172645463325252U;
    (void)state;
    for (int i = 0; i < 200000; i++) {
        char text[JSON_REAL_TEXT];
        struct cell c;
        double value = 0;
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        memcpy(&value, &seed, sizeof value);
        if (!isfinite(value)) {
            continue;
        }
        size_t length = json_real_write(text, value);
        assert_int_equal(json_number_read((const unsigned char *)text, length, &c), 0);
        assert_int_equal(c.class, CELL_REAL);
        assert_memory_equal(&c.as.real, &value, sizeof value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_of_64_bits_are_integers),
        cmocka_unit_test(reals_are_what_the_text_says),
        cmocka_unit_test(others_are_not_read),
        cmocka_unit_test(doubles_are_written_as_reals),
        cmocka_unit_test(every_double_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
