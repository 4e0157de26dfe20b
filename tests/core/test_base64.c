/* test_base64.c: base64 there and back, by RFC 4648's own examples, and what no encoder writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base64.h"

static void expect_encoded(const char *bytes, size_t length, int url, const char *wanted)
{
    struct bytes out = {0};
    struct err e;
    assert_int_equal(base64_encode((const unsigned char *)bytes, length, url, &out, &e), 0);
    assert_int_equal(out.length, strlen(wanted));
    if (out.length > 0) {
        assert_memory_equal(out.data, wanted, out.length);
    }
    bytes_free(&out);
}

static void expect_decoded(const char *text, const char *wanted, size_t length)
{
    struct bytes out = {0};
    struct err e;
    assert_int_equal(base64_decode((const unsigned char *)text, strlen(text), &out, &e), 0);
    assert_int_equal(out.length, length);
    assert_memory_equal(out.data, wanted, length);
    bytes_free(&out);
}

static void expect_refused(const char *text, const char *said)
{
    struct bytes out = {0};
    struct err e;
    assert_int_equal(base64_decode((const unsigned char *)text, strlen(text), &out, &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    assert_non_null(strstr(e.message, said));
    bytes_free(&out);
}

static void the_examples_of_the_standard_hold(void **state)
{
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        expect_encoded(pairs[i][0], strlen(pairs[i][0]), 0, pairs[i][1]);
        expect_decoded(pairs[i][1], pairs[i][0], strlen(pairs[i][0]));
    }
}

static void urls_have_their_own_alphabet_and_no_padding(void **state)
{
    (void)state;
    expect_encoded("\xFB\xFF\0", 3, 0, "+/8A");
    expect_encoded("\xFB\xFF\0", 3, 1, "-_8A");
    expect_encoded("f", 1, 1, "Zg");
    expect_decoded("-_8A", "\xFB\xFF\0", 3);
    expect_decoded("Zg", "f", 1);
    expect_decoded("Zm8", "fo", 2);
}

static void every_byte_comes_back(void **state)
{
    unsigned char bytes[256];
    struct bytes text = {0};
    struct bytes again = {0};
    struct err e;
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)i;
    }
    assert_int_equal(base64_encode(bytes, sizeof bytes, 0, &text, &e), 0);
    assert_int_equal(base64_decode(text.data, text.length, &again, &e), 0);
    assert_int_equal(again.length, sizeof bytes);
    assert_memory_equal(again.data, bytes, sizeof bytes);
    bytes_free(&text);
    bytes_free(&again);
}

static void white_space_is_left_out(void **state)
{
    (void)state;
    expect_decoded(" Zm9v\r\nYg\t= =\n", "foob", 4);
}

static void what_no_encoder_writes_is_refused(void **state)
{
    (void)state;
    expect_refused("Zm9*", "byte 4 (0x2A)");
    expect_refused("Z\xC3\xA4", "byte 2 (0xC3)");
    expect_refused("Z", "ends within a byte");
    expect_refused("Zm9vY", "ends within a byte");
    expect_refused("Zg=", "padding");
    expect_refused("Zg===", "padding");
    expect_refused("====", "padding");
    expect_refused("Zm9v=", "padding");
    expect_refused("Zg==Zg==", "behind its padding, at byte 5");
    expect_refused("Zh==", "bits that belong to no byte");
    expect_refused("Zm9=", "bits that belong to no byte");
}

static void no_memory_is_told(void **state)
{
    struct bytes out = {0};
    struct err e;
    (void)state;
    mem_fail_at(0);
    assert_int_equal(base64_encode((const unsigned char *)"abc", 3, 0, &out, &e), -1);
    assert_int_equal(e.kind, ERR_MEMORY);
    mem_fail_at(0);
    assert_int_equal(base64_decode((const unsigned char *)"Zm9v", 4, &out, &e), -1);
    assert_int_equal(e.kind, ERR_MEMORY);
    mem_fail_at(-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_standard_hold),
        cmocka_unit_test(urls_have_their_own_alphabet_and_no_padding),
        cmocka_unit_test(every_byte_comes_back),
        cmocka_unit_test(white_space_is_left_out),
        cmocka_unit_test(what_no_encoder_writes_is_refused),
        cmocka_unit_test(no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
