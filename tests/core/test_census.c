/* test_census.c: what a column really holds. */
#include "database.h"

#include "census.h"

static sqlite3 *memory_database(const char *sql)
{
    sqlite3 *db = database_open(":memory:");

    database_run(db, sql);
    return db;
}

static void classes_are_counted_as_they_are_stored(void **state)
{
    struct census_column c[3];
    struct err e;
    sqlite3 *db = memory_database("CREATE TABLE t(a, b, c INTEGER);"
                                  "INSERT INTO t VALUES (1, 'x', 0), (NULL, x'00', 1), (2.5, 7, 1), ('1', 1.0, NULL)");

    (void)state;
    assert_int_equal(census_run(db, "t", "SELECT a, b, c FROM t", c, 3, &e), 0);
    for (int class = CELL_NULL; class <= CELL_TEXT; class ++) {
        assert_int_equal(c[0].count[class], 1);
    }
    assert_int_equal(c[0].count[CELL_BLOB], 0);
    assert_int_equal(c[1].count[CELL_BLOB], 1);
    assert_int_equal(c[1].count[CELL_REAL], 1);
    assert_int_equal(c[1].integers_bool, 0);
    assert_int_equal(c[2].count[CELL_INTEGER], 3);
    assert_int_equal(c[2].count[CELL_NULL], 1);
    assert_int_equal(c[2].integers_bool, 1);
    assert_int_equal(c[2].integer_min, 0);
    assert_int_equal(c[2].integer_max, 1);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void integers_beyond_doubles_are_seen(void **state)
{
    static const struct {
        const char *value;
        int inexact;
    } cases[] = {
        {"0", 0},
        {"9007199254740992", 0},
        {"9007199254740993", 1},
        {"-9007199254740993", 1},
        {"9007199254740994", 0},
        {"9223372036854775807", 1},
        {"9223372036854774784", 0},
        {"(-9223372036854775807 - 1)", 0},
        {"-9223372036854775807", 1},
    };
    sqlite3 *db = memory_database("");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct census_column c;
        struct err e;
        char sql[128];

        (void)snprintf(sql, sizeof sql, "SELECT %s", cases[i].value);
        assert_int_equal(census_run(db, "t", sql, &c, 1, &e), 0);
        assert_int_equal(c.count[CELL_INTEGER], 1);
        assert_int_equal(c.integers_inexact, cases[i].inexact);
        assert_true(c.integer_min == c.integer_max);
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void only_0_and_1_are_booleans(void **state)
{
    static const char *const others[] = {"-1", "2", "-9223372036854775807 - 1"};
    sqlite3 *db = memory_database("");

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct census_column c;
        struct err e;
        char sql[128];

        (void)snprintf(sql, sizeof sql, "SELECT 1 UNION ALL SELECT %s UNION ALL SELECT 0", others[i]);
        assert_int_equal(census_run(db, "t", sql, &c, 1, &e), 0);
        assert_int_equal(c.integers_bool, 0);
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void an_empty_table_has_no_integers(void **state)
{
    struct census_column c;
    struct err e;
    sqlite3 *db = memory_database("CREATE TABLE t(a)");

    (void)state;
    assert_int_equal(census_run(db, "t", "SELECT a FROM t", &c, 1, &e), 0);
    for (int class = CELL_NULL; class <= CELL_BLOB; class ++) {
        assert_int_equal(c.count[class], 0);
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void errors_name_the_table(void **state)
{
    struct census_column c;
    struct err e;
    sqlite3 *db = memory_database("CREATE TABLE t(a)");

    (void)state;
    err_clear(&e);
    assert_int_equal(census_run(db, "t", "SELECT b FROM t", &c, 1, &e), -1);
    assert_int_equal(e.kind, ERR_SOURCE);
    assert_string_equal(e.table, "t");
    assert_non_null(strstr(e.message, "no such column: b"));
    assert_int_equal(census_run(db, "t", "SELECT a, a FROM t", &c, 1, &e), -1);
    assert_int_equal(e.kind, ERR_INTERNAL);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_are_counted_as_they_are_stored),
        cmocka_unit_test(integers_beyond_doubles_are_seen),
        cmocka_unit_test(only_0_and_1_are_booleans),
        cmocka_unit_test(an_empty_table_has_no_integers),
        cmocka_unit_test(errors_name_the_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
