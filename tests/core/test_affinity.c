/* test_affinity.c: what is said of a column's affinity is what SQLite does. */
#include "database.h"

#include <math.h>

#include "affinity.h"

static const char *const types[] = {"", "TEXT", "NUMERIC", "INTEGER", "REAL"};
static const char *const words[] = {"blob", "text", "numeric", "integer", "real"};

struct tables {
    sqlite3 *db;
    sqlite3_stmt *insert[5];
    sqlite3_stmt *read[5];
};

static void open_tables(struct tables *t)
{
    assert_int_equal(sqlite3_open(":memory:", &t->db), SQLITE_OK);
    for (int i = 0; i < 5; i++) {
        char sql[100];

        (void)snprintf(sql, sizeof sql, "CREATE TABLE t%d (v %s)", i, types[i]);
        database_run(t->db, sql);
        (void)snprintf(sql, sizeof sql, "REPLACE INTO t%d (rowid, v) VALUES (1, ?1)", i);
        assert_int_equal(sqlite3_prepare_v2(t->db, sql, -1, &t->insert[i], NULL), SQLITE_OK);
        (void)snprintf(sql, sizeof sql, "SELECT v FROM t%d", i);
        assert_int_equal(sqlite3_prepare_v2(t->db, sql, -1, &t->read[i], NULL), SQLITE_OK);
    }
}

static void close_tables(struct tables *t)
{
    for (int i = 0; i < 5; i++) {
        (void)sqlite3_finalize(t->insert[i]);
        (void)sqlite3_finalize(t->read[i]);
    }
    assert_int_equal(sqlite3_close(t->db), SQLITE_OK);
}

static int same(sqlite3_stmt *read, const struct cell *c, const unsigned char *data)
{
    switch (sqlite3_column_type(read, 0)) {
    case SQLITE_NULL:
        return c->class == CELL_NULL;
    case SQLITE_INTEGER:
        return c->class == CELL_INTEGER && sqlite3_column_int64(read, 0) == c->as.integer;
    case SQLITE_FLOAT: {
        double value = sqlite3_column_double(read, 0);
        return c->class == CELL_REAL && memcmp(&value, &c->as.real, sizeof value) == 0;
    }
    default: {
        int class = sqlite3_column_type(read, 0) == SQLITE_TEXT ? CELL_TEXT : CELL_BLOB;
        const void *stored = sqlite3_column_blob(read, 0);
        return c->class == class && (uint32_t)sqlite3_column_bytes(read, 0) == c->length &&
               (c->length == 0 || memcmp(stored, data, c->length) == 0);
    }
    }
}

/* Every affinity, with a value: whether SQLite keeps it. */
static void compare(struct tables *t, const struct cell *c, const unsigned char *data)
{
    for (int i = 0; i < 5; i++) {
        sqlite3_stmt *insert = t->insert[i];
        const char *becomes = affinity_changes((enum affinity)i, c, data);

        switch (c->class) {
        case CELL_NULL:
            assert_int_equal(sqlite3_bind_null(insert, 1), SQLITE_OK);
            break;
        case CELL_INTEGER:
            assert_int_equal(sqlite3_bind_int64(insert, 1, c->as.integer), SQLITE_OK);
            break;
        case CELL_REAL:
            assert_int_equal(sqlite3_bind_double(insert, 1, c->as.real), SQLITE_OK);
            break;
        case CELL_TEXT:
            assert_int_equal(sqlite3_bind_text(insert, 1, (const char *)data, (int)c->length, SQLITE_STATIC),
                             SQLITE_OK);
            break;
        default:
            assert_int_equal(sqlite3_bind_blob(insert, 1, data, (int)c->length, SQLITE_STATIC), SQLITE_OK);
            break;
        }
        assert_int_equal(sqlite3_step(insert), SQLITE_DONE);
        (void)sqlite3_reset(insert);
        assert_int_equal(sqlite3_step(t->read[i]), SQLITE_ROW);
        if (same(t->read[i], c, data) != (becomes == NULL)) {
            char value[200];

            cell_describe(value, sizeof value, c, data);
            fail_msg("%s %s into a column %s: SQLite stores a %s, said was %s",
                     cell_class_name((enum cell_class)c->class), value, words[i],
                     (const char *)sqlite3_column_text(t->read[i], 0), becomes == NULL ? "the same" : becomes);
        }
        (void)sqlite3_reset(t->read[i]);
    }
}

static void compare_text(struct tables *t, const char *text, size_t length)
{
    struct cell c = {.class = CELL_TEXT, .length = (uint32_t)length};

    compare(t, &c, (const unsigned char *)text);
    c.class = CELL_BLOB;
    compare(t, &c, (const unsigned char *)text);
}

static void texts_that_become_numbers_are_known(void **state)
{
    static const char *const texts[] = {"",
                                        " ",
                                        "0",
                                        "1.10",
                                        "-1",
                                        "+1",
                                        "1e5",
                                        "1E+05",
                                        "1e",
                                        "1e+",
                                        ".5",
                                        "5.",
                                        ".",
                                        "+",
                                        "-.",
                                        "-.5",
                                        "0x10",
                                        "inf",
                                        "Infinity",
                                        "NaN",
                                        "1_000",
                                        "1 2",
                                        " 1 ",
                                        "\t1\n",
                                        "\v1\f",
                                        "1\r",
                                        "9223372036854775807",
                                        "9223372036854775808",
                                        "1e400",
                                        "1e-400",
                                        "00123",
                                        "2024",
                                        "2024-01-01",
                                        "12:30",
                                        "1.5.5",
                                        "1e5.5",
                                        "--1",
                                        "\xC2\xA0\x31",
                                        "\xEF\xBC\x91",
                                        "1\xC2\xA0",
                                        "123456789012345678901234567890"};
    static const char alphabet[] = "0123456789+-. eE\t\n0123456789x\0";
    struct tables t;
    char text[12];

    (void)state;
    open_tables(&t);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        compare_text(&t, texts[i], strlen(texts[i]));
    }
    srand(20261121);
    for (int i = 0; i < 100000; i++) {
        size_t length = (size_t)rand() % (sizeof text - 1);

        for (size_t k = 0; k < length; k++) {
            text[k] = alphabet[(size_t)rand() % (sizeof alphabet - 1)];
        }
        compare_text(&t, text, length);
    }
    close_tables(&t);
}

static void numbers_that_change_their_class_are_known(void **state)
{
    static const double reals[] = {0.0,
                                   1.0,
                                   -1.0,
                                   0.5,
                                   1e15,
                                   1e18,
                                   9.2e18,
                                   9223372036854775807.0,
                                   9223372036854774784.0,
                                   -9223372036854775808.0,
                                   -9223372036854774784.0,
                                   1e19,
                                   -1e19,
                                   1e300,
                                   4503599627370496.5,
                                   4503599627370497.0,
                                   5e-324,
                                   0.1};
    static const int64_t integers[] = {0, 1, -1, 42, INT64_MAX, INT64_MIN, INT64_C(1) << 53, (INT64_C(1) << 53) + 1};
    struct tables t;
    struct cell c = {.class = CELL_NULL};

    (void)state;
    open_tables(&t);
    compare(&t, &c, NULL);
    c.class = CELL_INTEGER;
    for (size_t i = 0; i < sizeof integers / sizeof integers[0]; i++) {
        c.as.integer = integers[i];
        compare(&t, &c, NULL);
    }
    c.class = CELL_REAL;
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++) {
        c.as.real = reals[i];
        compare(&t, &c, NULL);
    }
    c.as.real = -0.0;
    assert_non_null(affinity_changes(AFFINITY_NUMERIC, &c, NULL));
    assert_null(affinity_changes(AFFINITY_REAL, &c, NULL)); /* though it loses its sign */
    assert_true(affinity_loses_sign(AFFINITY_REAL, &c));
    assert_false(affinity_loses_sign(AFFINITY_BLOB, &c));
    c.as.real = 0.0;
    assert_false(affinity_loses_sign(AFFINITY_REAL, &c));
    c.as.real = INFINITY;
    compare(&t, &c, NULL);
    c.as.real = -INFINITY;
    compare(&t, &c, NULL);
    c.as.real = NAN;
    compare(&t, &c, NULL);
    srand(20261121);
    for (int i = 0; i < 20000; i++) {
        c.as.real = ldexp((double)(rand() - RAND_MAX / 2), rand() % 90 - 45);
        compare(&t, &c, NULL);
    }
    close_tables(&t);
}

static void affinities_have_names(void **state)
{
    enum affinity affinity;

    (void)state;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(affinity_find(words[i], &affinity), 0);
        assert_int_equal(affinity, i);
    }
    assert_int_equal(affinity_find("TEXT", &affinity), -1);
    assert_int_equal(affinity_find("", &affinity), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_that_become_numbers_are_known),
        cmocka_unit_test(numbers_that_change_their_class_are_known),
        cmocka_unit_test(affinities_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
