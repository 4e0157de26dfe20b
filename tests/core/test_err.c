/* test_err.c: errors keep their first message, and foreign bytes are shown without doing harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "err.h"
#include "utf8.h"

static void set_fills_and_clears(void **state)
{
    struct err e;
    (void)state;
    memset(&e, 'x', sizeof e);
    assert_int_equal(err_set(&e, ERR_PLAN, "table %s has %d columns", "t", 3), -1);
    assert_int_equal(e.kind, ERR_PLAN);
    assert_string_equal(e.message, "table t has 3 columns");
    assert_string_equal(e.hint, "");
    assert_string_equal(e.table, "");
    assert_int_equal(err_hint(&e, "drop %s", "it"), -1);
    assert_string_equal(e.hint, "drop it");
    assert_string_equal(e.message, "table t has 3 columns");
    err_clear(&e);
    assert_int_equal(e.kind, ERR_NONE);
    assert_string_equal(e.message, "");
}

static void set_may_read_the_error_it_fills(void **state)
{
    struct err e;
    (void)state;
    (void)err_set(&e, ERR_SERVER, "first");
    (void)err_set(&e, ERR_SERVER, "while loading: %s", e.message);
    assert_string_equal(e.message, "while loading: first");
    (void)err_hint(&e, "one");
    (void)err_hint(&e, "%s, two", e.hint);
    assert_string_equal(e.hint, "one, two");
}

static void no_error_struct_is_allowed(void **state)
{
    (void)state;
    assert_int_equal(err_set(NULL, ERR_PLAN, "lost"), -1);
    assert_int_equal(err_hint(NULL, "lost"), -1);
    err_place(NULL, "t", NULL, NULL);
    err_clear(NULL);
}

static void long_texts_are_cut_between_characters(void **state)
{
    char text[2100];
    struct err e;
    (void)state;
    for (size_t start = 0; start < 3; start++) {
        memset(text, 'a', start);
        for (size_t i = start; i + 3 < sizeof text; i += 3) {
            memcpy(text + i, "\xE2\x82\xAC", 4);
        }
        (void)err_set(&e, ERR_VALUE, "%s", text);
        (void)err_hint(&e, "%s", text);
        err_place(&e, text, text, text);
        const char *fields[] = {e.message, e.hint, e.table, e.column, e.key};
        size_t sizes[] = {sizeof e.message, sizeof e.hint, sizeof e.table, sizeof e.column, sizeof e.key};
        for (size_t i = 0; i < 5; i++) {
            size_t length = strlen(fields[i]);
            assert_true(length < sizes[i] && length + 3 >= sizes[i]);
            for (size_t at = start; at < length; at += 3) {
                assert_int_equal(utf8_character((const unsigned char *)fields[i] + at, length - at, NULL), 3);
            }
        }
    }
}

static void place_fills_only_what_is_empty(void **state)
{
    struct err e;
    (void)state;
    (void)err_set(&e, ERR_VALUE, "too long");
    err_place(&e, NULL, "name", NULL);
    err_place(&e, "person", "other", "id=4");
    assert_string_equal(e.table, "person");
    assert_string_equal(e.column, "name");
    assert_string_equal(e.key, "id=4");
    assert_string_equal(e.message, "too long");
}

static void kinds_have_names(void **state)
{
    static const char *const names[] = {"none",       "usage",  "environment", "plan",   "value",       "server",
                                        "connection", "source", "changed",     "memory", "interrupted", "internal"};
    (void)state;
    for (int kind = ERR_NONE; kind <= ERR_INTERNAL; kind++) {
        assert_string_equal(err_kind_name((enum err_kind)kind), names[kind]);
    }
}

#define ASSERT_SHOWN(size, bytes, expected)                                       \
    do {                                                                          \
        char out[64];                                                             \
        memset(out, 'x', sizeof out);                                             \
        err_escape(out, size, (const unsigned char *)(bytes), sizeof(bytes) - 1); \
        assert_string_equal(out, expected);                                       \
    } while (0)

static void bytes_are_escaped(void **state)
{
    (void)state;
    ASSERT_SHOWN(64, "plain text", "plain text");
    ASSERT_SHOWN(64,
                 "gr\xC3\xBC\xC3\x9F"
                 "e \xE2\x82\xAC \xF0\x9F\x98\x80",
                 "gr\xC3\xBC\xC3\x9F"
                 "e \xE2\x82\xAC \xF0\x9F\x98\x80");
    ASSERT_SHOWN(64, "a\nb\tc\rd", "a\\nb\\tc\\rd");
    ASSERT_SHOWN(64, "\"'\\", "\\\"\\'\\\\");
    ASSERT_SHOWN(64, "a\0b\x1B[1m\x7F", "a\\x00b\\x1B[1m\\x7F");
    ASSERT_SHOWN(64, "\xFF\xC3", "\\xFF\\xC3");
    ASSERT_SHOWN(64, "\xC2\x85\xE2\x80\xAE", "\\xC2\\x85\\xE2\\x80\\xAE");
    ASSERT_SHOWN(64, "", "");
}

static void long_bytes_end_in_an_ellipsis(void **state)
{
    (void)state;
    ASSERT_SHOWN(11, "0123456789", "0123456789");
    ASSERT_SHOWN(10, "0123456789", "012345\xE2\x80\xA6");
    ASSERT_SHOWN(10,
                 "01234\xE2\x82\xAC"
                 "6789",
                 "01234\xE2\x80\xA6");
    ASSERT_SHOWN(10, "01234\nnnnnn", "01234\xE2\x80\xA6");
    ASSERT_SHOWN(10, "012345\nnnnn", "012345\xE2\x80\xA6");
    ASSERT_SHOWN(4, "0123456789", "\xE2\x80\xA6");
    ASSERT_SHOWN(3, "0123456789", "");
    ASSERT_SHOWN(1, "0123456789", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_fills_and_clears),
        cmocka_unit_test(set_may_read_the_error_it_fills),
        cmocka_unit_test(no_error_struct_is_allowed),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(place_fills_only_what_is_empty),
        cmocka_unit_test(kinds_have_names),
        cmocka_unit_test(bytes_are_escaped),
        cmocka_unit_test(long_bytes_end_in_an_ellipsis),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
