/* test_codec_real.c: numbers of text and floats as decimals, without the C library and as it has them. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "codec_probe.h"

#include "codec_common.h"

static void assert_same_double(double got, double expected, const char *of)
{
    if (memcmp(&got, &expected, sizeof got) != 0) {
        fail_msg("%s: %.17g instead of %.17g", of, got, expected);
    }
}

static void texts_are_the_doubles_of_strtod(void **state)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "-0.0",
        ".5",
        "5.",
        "0.1",
        "0.3",
        "123456789012345",
        "1234567890123456",
        "9007199254740993",
        "0.00000000000001",
        "0.000000000000001",
        "-12345.6789012345",
        "999999999999999",
        "1e22",
        "1e23",
        "8.5e-3",
    };
    uint64_t random = 7;
    double value = 0;
    struct err e = {0};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(codec_read_double((const unsigned char *)texts[i], strlen(texts[i]), &value, &e), 0);
        assert_same_double(value, strtod(texts[i], NULL), texts[i]);
    }
    for (int i = 0; i < 100000; i++) {
        char text[60];
        uint64_t digits = next_random(&random) >> (next_random(&random) % 64);
        int length = snprintf(text, sizeof text, "%s%llu.%0*llu", i % 2 == 0 ? "-" : "", (unsigned long long)digits,
                              (int)(next_random(&random) % 12), (unsigned long long)(next_random(&random) % 1000));
        assert_int_equal(codec_read_double((const unsigned char *)text, (size_t)length, &value, &e), 0);
        assert_same_double(value, strtod(text, NULL), text);
    }
}

/* The shortest decimal that identifies the float, found by printing it with more and more digits. */
static double shortest_by_printing(float value)
{
    char text[32];
    for (int digits = fabsf(value) < FLT_MIN ? 1 : FLT_DIG; digits <= FLT_DECIMAL_DIG; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value) {
            break;
        }
    }
    return strtod(text, NULL);
}

/* Floats up to 2^24, from where on the server's choice is another one: random ones, ones of few bits, powers of two. */
static void floats_are_the_shortest_decimals(void **state)
{
    uint64_t random = 11;
    (void)state;
    for (int i = 0; i < 300000; i++) {
        uint64_t word = next_random(&random);
        uint32_t bits = (uint32_t)(word >> 32) & 0x807FFFFF;
        uint32_t exponent = 110 + (uint32_t)(word & 0xFF) % 41;
        char name[32];
        float value;
        if (i % 3 == 0) {
            bits &= ~UINT32_C(0) << (word >> 8) % 24;
        }
        bits |= exponent << 23;
        memcpy(&value, &bits, sizeof value);
        (void)snprintf(name, sizeof name, "%.9g", (double)value);
        assert_same_double(codec_float_as_printed(value), shortest_by_printing(value), name);
    }
    assert_same_double(codec_float_as_printed(0.0F), 0.0, "0");
    assert_same_double(codec_float_as_printed(-0.0F), -0.0, "-0");
    assert_same_double(codec_float_as_printed(0.1F), 0.1, "0.1");
    assert_same_double(codec_float_as_printed(16777216.0F), 16777216.0, "2^24");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_the_doubles_of_strtod),
        cmocka_unit_test(floats_are_the_shortest_decimals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
