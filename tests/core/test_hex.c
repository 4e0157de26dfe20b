/* test_hex.c: every byte as digits and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hex.h"

static void bytes_become_two_lower_case_digits_each(void **state)
{
    static const unsigned char bytes[] = {0x00, 0x09, 0x0A, 0x7F, 0x80, 0xFF};
    char text[2 * sizeof bytes + 1];
    (void)state;
    memset(text, '.', sizeof text);
    hex_encode(text, bytes, sizeof bytes);
    assert_memory_equal(text, "00090a7f80ff.", sizeof text);
}

static void only_digits_have_a_value(void **state)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    (void)state;
    for (int c = 0; c < 256; c++) {
        const char *at = c == 0 ? NULL : strchr(digits, c);
        long wanted = at == NULL ? -1 : at - digits < 16 ? at - digits : at - digits - 6;
        assert_int_equal(hex_value((unsigned char)c), wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_become_two_lower_case_digits_each),
        cmocka_unit_test(only_digits_have_a_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
