/* test_utf8.c: which bytes are one character of UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "utf8.h"

#define CHARACTER(bytes, point) utf8_character((const unsigned char *)(bytes), sizeof(bytes) - 1, point)

static void characters_are_decoded(void **state)
{
    uint32_t point = 0;
    (void)state;
    assert_int_equal(CHARACTER("A", &point), 1);
    assert_int_equal(point, 'A');
    assert_int_equal(CHARACTER("\xC3\xA9", &point), 2);
    assert_int_equal(point, 0xE9);
    assert_int_equal(CHARACTER("\xE2\x82\xAC rest", &point), 3);
    assert_int_equal(point, 0x20AC);
    assert_int_equal(CHARACTER("\xF4\x8F\xBF\xBF", &point), 4);
    assert_int_equal(point, 0x10FFFF);
    assert_int_equal(CHARACTER("\xEF\xBF\xBF", &point), 3);
    assert_int_equal(point, 0xFFFF);
}

static void other_bytes_are_none(void **state)
{
    (void)state;
    assert_int_equal(CHARACTER("", NULL), 0);
    assert_int_equal(CHARACTER("\x80", NULL), 0);
    assert_int_equal(CHARACTER("\xFF", NULL), 0);
    assert_int_equal(CHARACTER("\xC0\x80", NULL), 0);
    assert_int_equal(CHARACTER("\xC1\xBF", NULL), 0);
    assert_int_equal(CHARACTER("\xE0\x9F\xBF", NULL), 0);
    assert_int_equal(CHARACTER("\xED\xA0\x80", NULL), 0);
    assert_int_equal(CHARACTER("\xF0\x8F\xBF\xBF", NULL), 0);
    assert_int_equal(CHARACTER("\xF4\x90\x80\x80", NULL), 0);
    assert_int_equal(CHARACTER("\xF5\x80\x80\x80", NULL), 0);
    assert_int_equal(CHARACTER("\xE2\x82", NULL), 0);
    assert_int_equal(CHARACTER("\xE2\x82"
                               "A",
                               NULL),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_are_decoded),
        cmocka_unit_test(other_bytes_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
