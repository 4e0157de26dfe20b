/* test_utf8.c: which bytes are one character of UTF-8. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec_probe.h"
#include "mem.h"
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

/* Character by character, as the check is meant. */
static int check_plainly(const unsigned char *data, size_t length, size_t *at, size_t *characters)
{
    size_t count = 0;
    for (size_t i = 0; i < length; count++) {
        size_t size = data[i] == 0 ? 0 : utf8_character(data + i, length - i, NULL);
        if (size == 0) {
            *at = i;
            return -1;
        }
        i += size;
    }
    *characters = count;
    return 0;
}

/* The text in memory of its own size, so that the sanitizers see every byte that is read beside it. */
static void assert_checked_as_meant(const unsigned char *text, size_t length)
{
    unsigned char *data = mem_alloc(length, NULL);
    size_t places[2] = {SIZE_MAX, SIZE_MAX};
    size_t counts[2] = {SIZE_MAX, SIZE_MAX};
    memcpy(data, text, length);
    int expected = check_plainly(data, length, &places[0], &counts[0]);
    int found = utf8_check(data, length, &places[1], &counts[1]);
    assert_int_equal(utf8_check(data, length, &places[1], NULL), found);
    mem_free(data);
    assert_int_equal(found, expected);
    assert_int_equal(places[1], places[0]);
    assert_int_equal(counts[1], counts[0]);
}

/* Good and bad sequences, whole and cut, at every place of a text of any length up to some vectors. */
static void sequences_at_each_place(void **state)
{
    static const char *const sequences[] = {
        "\xC3\xA9",
        "\xC2\x80",
        "\xDF\xBF",
        "\xE4\xB8\x96",
        "\xE0\xA0\x80",
        "\xED\x9F\xBF",
        "\xEE\x80\x80",
        "\xEF\xBF\xBF",
        "\xF0\x90\x80\x80",
        "\xF0\x9F\x98\x80",
        "\xF4\x8F\xBF\xBF",
        "\xC0\x80",
        "\xC1\xBF",
        "\xE0\x9F\xBF",
        "\xED\xA0\x80",
        "\xED\xBF\xBF",
        "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xF8\x88\x80\x80",
        "\x80",
        "\xBF",
        "\xFE",
        "\xFF",
        "\xC3(",
        "\xC3\xC3",
        "\xE4(\x96",
        "\xE4\xB8(",
        "\xE4\xC3\xA9",
        "\xF0\x9F(\x80",
        "\xF0\x9F\x98(",
        "\xF0(\x98\x80",
    };
    (void)state;
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
        size_t whole = strlen(sequences[i]);
        for (size_t place = 0; place < 70; place++) {
            for (size_t used = 0; used <= whole; used++) {
                unsigned char text[120];
                memset(text, 'a', sizeof text);
                memcpy(text + place, sequences[i], used);
                /* It ends the text, a few bytes follow, many do, and the same comes again. */
                assert_checked_as_meant(text, place + used);
                assert_checked_as_meant(text, place + used + 1 + place % 17);
                assert_checked_as_meant(text, sizeof text);
                memcpy(text + place + used, sequences[i], whole);
                assert_checked_as_meant(text, place + used + whole);
            }
        }
    }
}

static void a_nul_is_no_text_anywhere(void **state)
{
    (void)state;
    for (size_t length = 1; length <= 100; length++) {
        for (size_t place = 0; place < length; place++) {
            unsigned char text[100];
            size_t at = SIZE_MAX;
            memset(text, place % 2 == 0 ? 'a' : 0x01, length);
            text[place] = 0;
            assert_int_equal(utf8_check(text, length, &at, NULL), -1);
            assert_int_equal(at, place);
            assert_checked_as_meant(text, length);
        }
    }
}

static void generated_texts(void **state)
{
    static const char *const pieces[] = {"a",
                                         "the answer, ",
                                         "caf\xC3\xA9",
                                         "\xE4\xB8\x96\xE7\x95\x8C",
                                         "\xED\x9F\xBF",
                                         "\xF0\x9F\x98\x80",
                                         "0123456789abcdef",
                                         "\x7F\x01"};
    uint64_t random = 31;
    (void)state;
    for (int i = 0; i < 50000; i++) {
        unsigned char text[400];
        size_t length = 0;
        size_t most = next_random(&random) % 300;
        while (length < most) {
            const char *piece = pieces[next_random(&random) % (sizeof pieces / sizeof pieces[0])];
            memcpy(text + length, piece, strlen(piece));
            length += strlen(piece);
        }
        for (uint64_t k = next_random(&random) % 3; k > 0 && length > 0; k--) {
            text[next_random(&random) % length] = (unsigned char)next_random(&random);
        }
        assert_checked_as_meant(text, length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_are_decoded),  cmocka_unit_test(other_bytes_are_none),
        cmocka_unit_test(sequences_at_each_place), cmocka_unit_test(a_nul_is_no_text_anywhere),
        cmocka_unit_test(generated_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
