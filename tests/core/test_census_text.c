/* test_census_text.c: what the texts of a column are, and what else could hold them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "census_column.h"

static void add(struct census_texts *t, const char *data, size_t length)
{
    struct bytes scratch = {0};
    struct err e = {0};

    assert_int_equal(census_text_add(t, (const unsigned char *)data, length, CENSUS_CANDIDATES, &scratch, &e), 0);
    bytes_free(&scratch);
}

static struct census_texts texts_of(const char *text)
{
    struct census_texts t = {0};

    add(&t, text, strlen(text));
    return t;
}

static void assert_candidate(const char *text, enum census_candidate expected)
{
    struct census_texts t = texts_of(text);

    for (int i = 0; i < CENSUS_CANDIDATE_COUNT; i++) {
        if (t.accepted[i] != (i == (int)expected)) {
            fail_msg("\"%s\" as %s: %d", text, census_candidate_name((enum census_candidate)i), (int)t.accepted[i]);
        }
        assert_int_equal(t.refused[i], i != (int)expected);
    }
}

static void sizes_are_measured(void **state)
{
    struct census_texts t = {0};

    (void)state;
    add(&t, "abc", 3);
    add(&t, "za\xC5\xBC\xC3\xB3\xC5\x82\xC4\x87", 10);
    assert_int_equal(t.characters_most, 6);
    assert_int_equal(t.bytes_most, 10);
    assert_int_equal(t.with_nul + t.invalid, 0);
    add(&t, "\xC5\xBC\0abcdefgh\0", 12);
    assert_int_equal(t.characters_most, 11);
    assert_int_equal(t.with_nul, 1);
    assert_int_equal(t.invalid, 0);
    add(&t, "\xFF", 1);
    add(&t, "\0\xFF", 2);
    add(&t, "\xED\xA0\x80\0", 4);
    add(&t, "", 0);
    add(&t, "\0", 1);
    assert_int_equal(t.with_nul, 4);
    assert_int_equal(t.invalid, 3);
}

static void each_text_has_the_candidate_whose_codec_takes_it(void **state)
{
    static const struct {
        const char *text;
        enum census_candidate expected;
    } cases[] = {
        {"550e8400-e29b-41d4-a716-446655440000", CENSUS_UUID},
        {"550E8400E29B41D4A716446655440000", CENSUS_UUID},
        {"{550e8400-e29b-41d4-a716-446655440000}", CENSUS_UUID},
        {"550e8400-e29b-41d4-a716-44665544000", CENSUS_CANDIDATE_COUNT},
        {"550e8400-e29b-41d4-a716-44665544000g", CENSUS_CANDIDATE_COUNT},
        {" 550e8400-e29b-41d4-a716-446655440000", CENSUS_CANDIDATE_COUNT},
        {"{}", CENSUS_JSONB},
        {" \n[1, 2]\t", CENSUS_JSONB},
        {"{\"a\": 1e400000}", CENSUS_CANDIDATE_COUNT},
        {"{\"a\": \"\\u0000\"}", CENSUS_CANDIDATE_COUNT},
        {"[1,]", CENSUS_CANDIDATE_COUNT},
        {"1", CENSUS_CANDIDATE_COUNT},
        {"\"text\"", CENSUS_CANDIDATE_COUNT},
        {"null", CENSUS_CANDIDATE_COUNT},
        {"2024-02-29", CENSUS_DATE},
        {"2023-02-29", CENSUS_CANDIDATE_COUNT},
        {"0000-01-01", CENSUS_CANDIDATE_COUNT},
        {"2024-02-29 ", CENSUS_CANDIDATE_COUNT},
        {" 2024-02-29", CENSUS_CANDIDATE_COUNT},
        {"2024-02-29 10:11", CENSUS_TIMESTAMP},
        {"2024-02-29T10:11:12", CENSUS_TIMESTAMP},
        {"2024-02-29 10:11:12.123456", CENSUS_TIMESTAMP},
        {"2024-02-29 10:11:12.1234567", CENSUS_CANDIDATE_COUNT},
        {"2024-02-29 10:11:12 ", CENSUS_CANDIDATE_COUNT},
        {"2024-02-29 24:00:00", CENSUS_CANDIDATE_COUNT},
        {"2024-02-29T10:11:12Z", CENSUS_TIMESTAMPTZ},
        {"2024-02-29 10:11:12+02", CENSUS_TIMESTAMPTZ},
        {"2024-02-29 10:11:12.123456+00:00", CENSUS_TIMESTAMPTZ}, /* 32 characters, as a UUID */
        {"2024-02-29 10:11:12 -0330", CENSUS_TIMESTAMPTZ},
        {"2024-02-29 10:11:12+99", CENSUS_CANDIDATE_COUNT},
        {"2024-02-29 10:11:12 +0330 +0330", CENSUS_CANDIDATE_COUNT},
        {"now", CENSUS_CANDIDATE_COUNT},
        {"", CENSUS_CANDIDATE_COUNT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_candidate(cases[i].text, cases[i].expected);
    }
}

static void forms_are_counted(void **state)
{
    struct census_texts t = {0};
    static const char *const all[] = {
        "550e8400-e29b-41d4-a716-446655440000",
        "550E8400E29B41D4A716446655440000",
        "00000000-0000-0000-0000-000000000000",
        "2024-02-29 10:11:12",
        "2024-02-29 10:11",
        "2024-02-29T10:11:12",
        "2024-02-29T10:11:12.120Z",
        "2024-02-29 10:11:12.123456-01:30",
        "2024-02-29 10:11:12.12",
    };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        add(&t, all[i], strlen(all[i]));
    }
    assert_int_equal(t.uuid_hyphens, 2);
    assert_int_equal(t.uuid_digits, 1);
    assert_int_equal(t.uuid_upper, 1);
    assert_int_equal(t.uuid_rfc, 2);
    assert_int_equal(t.times_with_t, 2);
    assert_int_equal(t.times_with_z, 1);
    assert_int_equal(t.times_plain, 1);
    assert_int_equal(t.fraction_most, 6);
    assert_int_equal(t.accepted[CENSUS_TIMESTAMP], 4);
    assert_int_equal(t.accepted[CENSUS_TIMESTAMPTZ], 2);
}

static void the_first_text_against_a_candidate_is_kept(void **state)
{
    struct census_texts t = {0};
    struct census_texts later = {0};
    char longest[300];

    (void)state;
    add(&t, "{}", 2);
    add(&later, "a\n\xFF", 3);
    add(&later, "b", 1);
    assert_int_equal(t.refused[CENSUS_JSONB], 0);
    census_text_merge(&t, &later);
    assert_string_equal(t.against[CENSUS_JSONB], "a\\n\\xFF");
    assert_string_equal(t.against[CENSUS_UUID], "{}");
    memset(longest, 'x', sizeof longest);
    memset(&t, 0, sizeof t);
    add(&t, longest, sizeof longest);
    assert_true(strlen(t.against[CENSUS_DATE]) < CENSUS_SHOWN);
    assert_non_null(strstr(t.against[CENSUS_DATE], "\xE2\x80\xA6"));
    memset(&t, 0, sizeof t);
    add(&t, "", 0);
    assert_int_equal(t.refused[CENSUS_UUID], 1);
}

static void without_candidates_only_sizes_are_taken(void **state)
{
    struct census_texts t = {0};
    struct census_texts none = {0};

    (void)state;
    assert_int_equal(census_text_add(&t, (const unsigned char *)"{}", 2, CENSUS_TEXTS, NULL, NULL), 0);
    assert_int_equal(t.bytes_most, 2);
    assert_memory_equal(t.accepted, none.accepted, sizeof t.accepted);
    assert_memory_equal(t.refused, none.refused, sizeof t.refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_measured),
        cmocka_unit_test(each_text_has_the_candidate_whose_codec_takes_it),
        cmocka_unit_test(forms_are_counted),
        cmocka_unit_test(the_first_text_against_a_candidate_is_kept),
        cmocka_unit_test(without_candidates_only_sizes_are_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
