/* test_unicode.c: texts by characters: hostile bytes, white space, case with its special cases, normal forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "unicode.h"

typedef int (*maker)(const unsigned char *, size_t, struct bytes *, struct err *);

static const unsigned char *bytes_of(const char *text)
{
    return (const unsigned char *)text;
}

static void expect_made(maker make, const char *text, const char *wanted)
{
    struct bytes out = {0};
    struct err e;
    assert_int_equal(make(bytes_of(text), strlen(text), &out, &e), 0);
    assert_int_equal(out.length, strlen(wanted));
    if (out.length > 0) {
        assert_memory_equal(out.data, wanted, out.length);
    }
    bytes_free(&out);
}

static void expect_trimmed(const char *text, const char *wanted)
{
    const unsigned char *data = bytes_of(text);
    size_t length = strlen(text);
    unicode_trim(&data, &length);
    assert_int_equal(length, strlen(wanted));
    assert_memory_equal(data, wanted, length);
}

static void expect_form(enum unicode_form form, const char *text, const char *wanted)
{
    struct bytes out = {0};
    struct err e;
    assert_int_equal(unicode_normalize(bytes_of(text), strlen(text), form, &out, &e), 0);
    assert_int_equal(out.length, strlen(wanted));
    assert_memory_equal(out.data, wanted, out.length);
    bytes_free(&out);
}

static void code_points_are_counted_and_nul_is_one(void **state)
{
    size_t characters = 9;
    struct err e;
    (void)state;
    assert_int_equal(unicode_check(bytes_of(""), 0, &characters, &e), 0);
    assert_int_equal(characters, 0);
    assert_int_equal(unicode_check(bytes_of("a\0\xC3\xA4\xF0\x9F\x98\x80z"), 9, &characters, &e), 0);
    assert_int_equal(characters, 5);
    assert_int_equal(unicode_check(bytes_of("plain ascii that is long enough"), 31, NULL, &e), 0);
}

static void the_first_bad_byte_is_named(void **state)
{
    static const struct {
        const char *text;
        const char *said;
    } cases[] = {
        {"\x80", "byte 1 (0x80)"},          {"abc\xFF", "byte 4 (0xFF)"},          {"\xC0\x80", "byte 1 (0xC0)"},
        {"a\xED\xA0\x80", "byte 2 (0xED)"}, {"\xF4\x90\x80\x80", "byte 1 (0xF4)"}, {"\xC3\xA4\xC3", "byte 3 (0xC3)"},
        {"\xE0\x80\x80x", "byte 1 (0xE0)"},
    };
    struct err e;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(unicode_check(bytes_of(cases[i].text), strlen(cases[i].text), NULL, &e), -1);
        assert_int_equal(e.kind, ERR_VALUE);
        assert_non_null(strstr(e.message, cases[i].said));
    }
}

static void characters_have_places(void **state)
{
    static const char text[] = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80";
    static const size_t places[] = {0, 1, 3, 6, 10, 10, 10};
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        assert_int_equal(unicode_offset(bytes_of(text), strlen(text), i), places[i]);
    }
}

static void white_space_is_unicodes(void **state)
{
    (void)state;
    expect_trimmed("", "");
    expect_trimmed(" \t\r\n\v\f", "");
    expect_trimmed("\xC2\xA0\xE3\x80\x80 a b \xC2\x85\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAF", "a b");
    /* Neither a space without width nor a byte order mark is one; nor are the separators of ASCII. */
    expect_trimmed("\xE2\x80\x8B", "\xE2\x80\x8B");
    expect_trimmed(" \xEF\xBB\xBF ", "\xEF\xBB\xBF");
    expect_trimmed("\x1C", "\x1C");
    /* The last byte of a character may look like one that ends others. */
    expect_trimmed("\xC3\xA0", "\xC3\xA0");
}

static void case_is_mapped_in_full(void **state)
{
    (void)state;
    expect_made(unicode_lower, "", "");
    expect_made(unicode_lower, "[AZ@{\xC3\x84\xC3\x96\xD0\x96", "[az@{\xC3\xA4\xC3\xB6\xD0\xB6");
    expect_made(unicode_upper, "[az`{\xC3\xA4\xC3\xBF", "[AZ`{\xC3\x84\xC5\xB8");
    /* sharp s; its capital goes back to it */
    expect_made(unicode_upper, "\xC3\x9F", "SS");
    expect_made(unicode_lower, "\xE1\xBA\x9E", "\xC3\x9F");
    /* dotted capital I, dotless small i */
    expect_made(unicode_lower, "\xC4\xB0I", "i\xCC\x87i");
    expect_made(unicode_upper, "i\xC4\xB1", "II");
    /* a ligature of three, and a letter with two marks */
    expect_made(unicode_upper, "\xEF\xAC\x83", "FFI");
    expect_made(unicode_upper, "\xCE\x90", "\xCE\x99\xCC\x88\xCC\x81");
}

static void a_sigma_at_the_end_of_a_word_is_final(void **state)
{
    (void)state;
    expect_made(unicode_lower, "\xCE\xA3", "\xCF\x83");
    expect_made(unicode_lower, "\xCE\x91\xCE\xA3", "\xCE\xB1\xCF\x82");
    expect_made(unicode_lower, "\xCE\x91\xCE\xA3\xCE\x91", "\xCE\xB1\xCF\x83\xCE\xB1");
    expect_made(unicode_lower, "A\xCE\xA3 B", "a\xCF\x82 b");
    expect_made(unicode_lower, "1\xCE\xA3", "1\xCF\x83");
    /* What is ignored stands between: an apostrophe, a mark. */
    expect_made(unicode_lower, "A'\xCE\xA3", "a'\xCF\x82");
    expect_made(unicode_lower, "A\xCE\xA3\xCC\x81", "a\xCF\x82\xCC\x81");
    expect_made(unicode_lower, "A\xCE\xA3'B", "a\xCF\x83'b");
}

/* No sigma reads the marks of others than its neighbours. */
static void many_sigmas_between_marks_take_no_time(void **state)
{
    enum { COUNT = 400000 };
    struct bytes text = {0};
    struct bytes out = {0};
    struct err e;
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(bytes_append(&text, "'", 1, &e), 0);
    }
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(bytes_append(&text, "\xCE\xA3'", 3, &e), 0);
    }
    assert_int_equal(unicode_lower(text.data, text.length, &out, &e), 0);
    assert_int_equal(out.length, text.length);
    bytes_free(&text);
    bytes_free(&out);
}

static void special_upper_cases_are_found(void **state)
{
    size_t count = 0;
    (void)state;
    for (uint32_t point = 0; point <= 0x10FFFF; point++) {
        const uint16_t *upper = unicode_special_upper(point);
        count += upper != NULL;
        assert_true(upper == NULL || (upper[0] != 0 && upper[1] != 0));
    }
    assert_int_equal(count, 102);
}

static void normal_forms_compose_and_decompose(void **state)
{
    (void)state;
    expect_form(UNICODE_NFC, "plain", "plain");
    expect_form(UNICODE_NFC, "e\xCC\x81", "\xC3\xA9");
    expect_form(UNICODE_NFD, "\xC3\xA9", "e\xCC\x81");
    expect_form(UNICODE_NFC, "\xEF\xAC\x81", "\xEF\xAC\x81");
    expect_form(UNICODE_NFKC, "\xEF\xAC\x81\xE2\x91\xA0", "fi1");
    expect_form(UNICODE_NFKD, "\xEF\xBC\xA1\xC3\xA9", "Ae\xCC\x81");
    /* Hangul, and marks out of their order */
    expect_form(UNICODE_NFC, "\xE1\x84\x80\xE1\x85\xA1", "\xEA\xB0\x80");
    expect_form(UNICODE_NFD, "a\xCC\x81\xCC\xA3", "a\xCC\xA3\xCC\x81");
}

static void no_memory_is_told(void **state)
{
    static const char text[] = "\xC3\x84\xC3\x9F";
    struct err e;
    (void)state;
    for (long n = 0; n < 2; n++) {
        struct bytes out = {0};
        mem_fail_at(n);
        assert_int_equal(unicode_normalize(bytes_of(text), strlen(text), UNICODE_NFD, &out, &e), -1);
        assert_int_equal(e.kind, ERR_MEMORY);
        mem_fail_at(-1);
        bytes_free(&out);
    }
    struct bytes out = {0};
    mem_fail_at(0);
    assert_int_equal(unicode_lower(bytes_of(text), strlen(text), &out, &e), -1);
    mem_fail_at(0);
    assert_int_equal(unicode_upper(bytes_of(text), strlen(text), &out, &e), -1);
    mem_fail_at(-1);
    bytes_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(code_points_are_counted_and_nul_is_one),
        cmocka_unit_test(the_first_bad_byte_is_named),
        cmocka_unit_test(characters_have_places),
        cmocka_unit_test(white_space_is_unicodes),
        cmocka_unit_test(case_is_mapped_in_full),
        cmocka_unit_test(a_sigma_at_the_end_of_a_word_is_final),
        cmocka_unit_test(many_sigmas_between_marks_take_no_time),
        cmocka_unit_test(special_upper_cases_are_found),
        cmocka_unit_test(normal_forms_compose_and_decompose),
        cmocka_unit_test(no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
