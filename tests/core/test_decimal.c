/* test_decimal.c: decimals as text, taken apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "decimal.h"

static int parse(const char *text, struct decimal *d)
{
    return decimal_parse((const unsigned char *)text, strlen(text), d);
}

static void numbers_are_taken_apart(void **state)
{
    struct decimal d;
    (void)state;
    assert_int_equal(parse("-0120.450e-3", &d), 0);
    assert_true(d.negative);
    assert_int_equal(d.whole_length, 4);
    assert_int_equal(d.fraction_length, 3);
    assert_int_equal(d.exponent, -3);
    struct decimal_span span = decimal_measure(&d); /* 0.120450 */
    assert_false(span.is_zero);
    assert_int_equal(span.top, -1);
    assert_int_equal(span.low, -5);
    assert_int_equal(span.scale, 6);
    assert_int_equal(decimal_digit(&d, -1), 1);
    assert_int_equal(decimal_digit(&d, -2), 2);
    assert_int_equal(decimal_digit(&d, -3), 0);
    assert_int_equal(decimal_digit(&d, -4), 4);
    assert_int_equal(decimal_digit(&d, -5), 5);
    assert_int_equal(decimal_digit(&d, -90), 0);
    assert_int_equal(decimal_digit(&d, 90), 0);
}

static void scale_follows_the_writing(void **state)
{
    struct decimal d;
    (void)state;
    assert_int_equal(parse("1.50", &d), 0);
    assert_int_equal(decimal_measure(&d).scale, 2);
    assert_int_equal(parse("1.50e1", &d), 0);
    assert_int_equal(decimal_measure(&d).scale, 1);
    assert_int_equal(parse("1.5E+10", &d), 0);
    assert_int_equal(decimal_measure(&d).scale, 0);
    assert_int_equal(decimal_measure(&d).top, 10);
    assert_int_equal(parse("0.000", &d), 0);
    assert_true(decimal_measure(&d).is_zero);
    assert_int_equal(decimal_measure(&d).scale, 3);
}

static void other_texts_are_no_numbers(void **state)
{
    static const char *const texts[] = {"",     ".",     "-",   "+",   "e5",  "1e",      "1e+", "1.2.3",
                                        "0x10", "1_000", " 1",  "1 ",  "--1", "1e5.0",   "NaN", "inf",
                                        "1,5",  "1e 5",  "+-1", ".e1", "1f",  "\xD9\xA1"};
    struct decimal d;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (parse(texts[i], &d) == 0) {
            fail_msg("\"%s\" is taken for a number", texts[i]);
        }
    }
    assert_int_equal(parse(".5", &d), 0);
    assert_int_equal(parse("5.", &d), 0);
    assert_int_equal(parse("+5", &d), 0);
}

static void limits_of_numeric_are_known(void **state)
{
    static const struct {
        const char *text;
        int beyond;
    } rows[] = {
        {"1e131071", 0},
        {"1e131072", 1},
        {"10e131071", 1},
        {"0.1e131072", 0},
        {"1e-16383", 0},
        {"1e-16384", 1},
        {"0e-16384", 1},
        {"0e400000", 0},
        {"0e99999999999999", 1},
        {"1e99999999999999999999999", 1},
        {"1e-99999999999999999999999", 1},
        {"12.5", 0},
        {"1e400000", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct decimal d;
        assert_int_equal(parse(rows[i].text, &d), 0);
        struct decimal_span span = decimal_measure(&d);
        if ((decimal_beyond_numeric(&d, &span) != NULL) != rows[i].beyond) {
            fail_msg("%s", rows[i].text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_taken_apart),
        cmocka_unit_test(scale_follows_the_writing),
        cmocka_unit_test(other_texts_are_no_numbers),
        cmocka_unit_test(limits_of_numeric_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
