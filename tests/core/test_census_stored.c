/* test_census_stored.c: what says how a column's moments and UUIDs are stored. */
#include "database.h"

#include "census_column.h"

/* Adds the only value of a SELECT. */
static void add(struct census_stored *s, const char *sql)
{
    struct bytes scratch = {0};
    struct err e = {0};
    sqlite3 *db = database_open(":memory:");
    sqlite3_stmt *statement = NULL;

    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    if (census_stored_add(s, sqlite3_column_value(statement, 0), &scratch, &e) != 0) {
        fail_msg("%s", e.message);
    }
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    bytes_free(&scratch);
}

static void numbers_have_a_size(void **state)
{
    static const struct {
        const char *sql;
        size_t decade;
        int text;
    } cases[] = {
        {"SELECT 0", 0, 0},
        {"SELECT -9", 0, 0},
        {"SELECT 0.001", 0, 0},
        {"SELECT 10", 1, 0},
        {"SELECT 9.999", 0, 0},
        {"SELECT 10.0", 1, 0},
        {"SELECT 99999999", 7, 0},
        {"SELECT 100000000", 8, 0},
        {"SELECT -100000000", 8, 0},
        {"SELECT 1e8", 8, 0},
        {"SELECT 9999999999.5", 9, 0},
        {"SELECT 1e10", 10, 0},
        {"SELECT 1e18", 18, 0},
        {"SELECT 9223372036854775807", 18, 0},
        {"SELECT -9223372036854775807 - 1", 18, 0},
        {"SELECT 1e19", 19, 0},
        {"SELECT -1e300", 19, 0},
        {"SELECT 9e999", 19, 0},
        {"SELECT '1700000000'", 9, 1},
        {"SELECT '-1700000000.25'", 9, 1},
        {"SELECT '1.7e9'", 9, 1},
        {"SELECT '123e-2'", 0, 1},
        {"SELECT '99999999999999999999'", 19, 1},
        {"SELECT '9223372036854775807'", 18, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct census_stored s = {0};

        add(&s, cases[i].sql);
        for (size_t k = 0; k < CENSUS_DECADES; k++) {
            if (s.decades[k].integers + s.decades[k].reals != (k == cases[i].decade)) {
                fail_msg("%s: decade %zu", cases[i].sql, k);
            }
        }
        assert_int_equal(s.decades[cases[i].decade].texts, cases[i].text);
        assert_int_equal(s.texts_iso + s.texts_go + s.texts_other, 0);
    }
}

static void numbers_have_ranges_and_parts_are_added_up(void **state)
{
    struct census_stored s = {0};
    struct census_stored later = {0};

    (void)state;
    add(&s, "SELECT 1700000000");
    add(&later, "SELECT 1600000000");
    add(&later, "SELECT '1800000000'");
    add(&later, "SELECT 1500000000.5");
    add(&later, "SELECT NULL");
    census_stored_merge(&s, &later);
    assert_int_equal(s.decades[9].integers, 3);
    assert_int_equal(s.decades[9].integer_min, 1600000000);
    assert_int_equal(s.decades[9].integer_max, 1800000000);
    assert_int_equal(s.decades[9].reals, 1);
    assert_true(s.decades[9].real_min == 1500000000.5 && s.decades[9].real_max == 1500000000.5);
    assert_int_equal(s.decades[9].texts, 1);
    census_stored_merge(&later, &s);
    assert_int_equal(later.decades[9].integers, 5);
    assert_int_equal(later.decades[9].integer_max, 1800000000);
    assert_int_equal(later.decades[9].integer_min, 1600000000);
}

static void julian_days_are_known_by_their_range(void **state)
{
    static const char *const days[] = {"SELECT 1721059.5", "SELECT 2460310.5", "SELECT 5373484", "SELECT '2460000.25'",
                                       "SELECT 5373484.499"};
    static const char *const others[] = {"SELECT 1721059.49", "SELECT 5373484.5", "SELECT 1721059", "SELECT 5373485",
                                         "SELECT -2460310.5"};
    struct census_stored s = {0};

    (void)state;
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        add(&s, days[i]);
        assert_int_equal(s.julian, i + 1);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        add(&s, others[i]);
    }
    assert_int_equal(s.julian, sizeof days / sizeof days[0]);
}

static void texts_are_asked_of_the_codec(void **state)
{
    struct census_stored s = {0};
    struct census_stored later = {0};

    (void)state;
    add(&s, "SELECT '2024-02-29'");
    add(&later, "SELECT '2024-02-29T12:00:00.123456+02:00'");
    add(&later, "SELECT ' 2024-02-29 12:00 '");
    add(&later, "SELECT '2026-07-26 11:47:47.112233 +0330 +0330 m=+8463.7'");
    add(&later, "SELECT '2026-07-26 11:47:47 +0000 UTC'");
    add(&later, "SELECT ''");
    add(&later, "SELECT 'now'");
    add(&later, "SELECT '2023-02-31'");
    census_stored_merge(&s, &later);
    assert_int_equal(s.texts_iso, 3);
    assert_int_equal(s.texts_go, 2);
    assert_int_equal(s.texts_other, 3);
    assert_string_equal(s.iso_shown, "2024-02-29");
    assert_string_equal(s.go_shown, "2026-07-26 11:47:47.112233 +0330 +0330 m=+8463.7");
    assert_string_equal(s.other_shown, "");
}

/* Texts that look like a UUID are not asked of the codec: it has to refuse all of them as moments. */
static void uuids_are_no_moments(void **state)
{
    static const char digits[] = "00001234567899abcdefABCDEF";
    struct bytes scratch = {0};
    uint64_t seed = 42;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct census_stored s = {0};
        int hyphens = i % 2;
        char text[37] = "";
        char sql[64];
        size_t length = 0;

        while (length < (hyphens ? 36u : 32u)) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text[length] = digits[(seed >> 33) % (i % 3 == 0 ? 13 : sizeof digits - 1)];
            if (hyphens && (length == 8 || length == 13 || length == 18 || length == 23)) {
                text[length] = '-';
            }
            length++;
        }
        for (int go = 0; go < 2; go++) {
            struct cell cell = {.length = (uint32_t)length, .class = CELL_TEXT};
            struct codec_hint hint = {.typmod = -1, .stored = go ? STORED_GO : STORED_ISO};
            struct err e = {0};

            scratch.length = 0;
            assert_int_not_equal(
                census_codec(CENSUS_TIMESTAMPTZ)->put(&cell, (const unsigned char *)text, &hint, &scratch, &e), 0);
        }
        if (i < 100) {
            (void)snprintf(sql, sizeof sql, "SELECT 'f%s'", text + 1);
            add(&s, sql);
            assert_int_equal(s.texts_other, 1);
            assert_memory_equal(s.other_shown, sql + 8, length);
        }
    }
    bytes_free(&scratch);
}

static void blobs_vote_for_an_order(void **state)
{
    struct census_stored s = {0};
    struct census_stored later = {0};

    (void)state;
    add(&s, "SELECT x'00112233445547668899aabbccddeeff'"); /* version 4 as it is, 6 in .NET's order */
    assert_int_equal(s.uuid_rfc, 1);
    assert_int_equal(s.uuid_net, 1);
    assert_int_equal(s.uuid_rfc_versions, 1u << 4);
    assert_int_equal(s.uuid_net_versions, 1u << 6);
    add(&s, "SELECT x'0011223344550f478899aabbccddeeff'"); /* 4 in .NET's order, 0 as it is */
    assert_int_equal(s.uuid_rfc, 1);
    assert_int_equal(s.uuid_net, 2);
    add(&later, "SELECT x'0011223344554f47c899aabbccddeeff'"); /* another variant */
    add(&later, "SELECT zeroblob(16)");
    add(&later, "SELECT zeroblob(15)");
    add(&later, "SELECT x''");
    census_stored_merge(&s, &later);
    assert_int_equal(s.uuid_rfc, 1);
    assert_int_equal(s.uuid_net, 2);
    assert_int_equal(s.uuid_even, 1);
    assert_int_equal(s.uuid_rfc_versions, 1u << 4 | 1u << 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_a_size),
        cmocka_unit_test(numbers_have_ranges_and_parts_are_added_up),
        cmocka_unit_test(julian_days_are_known_by_their_range),
        cmocka_unit_test(texts_are_asked_of_the_codec),
        cmocka_unit_test(uuids_are_no_moments),
        cmocka_unit_test(blobs_vote_for_an_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
