/* test_lookup_fill.c: what a SELECT gives stands in the lookup, once, and a statement can ask other lookups. */
#include "database.h"

#include "key.h"
#include "lookup_fill.h"
#include "stop.h"

static sqlite3 *memory_database(const char *sql)
{
    sqlite3 *db = database_open(":memory:");

    database_run(db, sql);
    return db;
}

static struct lookup *map(void)
{
    struct lookup *l = NULL;
    struct err e;

    assert_int_equal(lookup_new(&l, COLLATION_BINARY, AFFINITY_BLOB, &e), 0);
    return l;
}

static struct lookup *filled(sqlite3 *db, struct lookup_fill *fill)
{
    struct lookup *l = map();
    struct err e;

    err_clear(&e);
    if (lookup_fill(l, db, fill, &e) != 0) {
        fail_msg("%s", e.message);
    }
    return l;
}

/* The integer for an integer; -1: it is not there. */
static int64_t find(const struct lookup *l, int64_t key)
{
    const struct cell c = {.class = CELL_INTEGER, .as.integer = key};
    const struct cell *found = lookup_find(l, &c, NULL);

    return found == NULL ? -1 : found->class == CELL_INTEGER ? found->as.integer : -2;
}

static void refused(sqlite3 *db, struct lookup_fill *fill, enum err_kind kind, const char *message)
{
    struct lookup *l = map();
    struct err e;

    err_clear(&e);
    assert_int_equal(lookup_fill(l, db, fill, &e), -1);
    assert_int_equal(e.kind, kind);
    if (strstr(e.message, message) == NULL) {
        fail_msg("%s", e.message);
    }
    lookup_free(l);
}

static void rows_become_keys_and_values(void **state)
{
    sqlite3 *db = memory_database("CREATE TABLE t(k, v); INSERT INTO t VALUES (1, 10), (2.0, 20), ('a', x'00'),"
                                  "(NULL, 5), (zeroblob(0), NULL)");
    struct lookup_fill fill = {.sql = "SELECT k, v FROM t", .keys = 1};
    struct lookup *l = filled(db, &fill);
    const struct cell text = {.class = CELL_TEXT, .length = 1}, blob = {.class = CELL_BLOB};
    const struct cell *found;

    (void)state;
    assert_int_equal(lookup_count(l), 4);
    assert_int_equal(fill.rows, 5);
    assert_int_equal(find(l, 1), 10);
    assert_int_equal(find(l, 2), 20);
    found = lookup_find(l, &text, (const unsigned char *)"a");
    assert_int_equal(found->class, CELL_BLOB);
    assert_memory_equal(lookup_data(l, found), "", 1);
    found = lookup_find(l, &blob, (const unsigned char *)"");
    assert_int_equal(found->class, CELL_NULL);
    lookup_free(l);
    (void)sqlite3_close(db);
}

static void a_key_comes_once_but_for_the_same_replacement(void **state)
{
    sqlite3 *db = memory_database("CREATE TABLE t(k, v); INSERT INTO t VALUES (1, 'a'), (2, 'b'), (1, 'a')");
    struct lookup_fill plain = {.sql = "SELECT k, v FROM t", .keys = 1};
    struct lookup_fill same = {.sql = "SELECT k, v, k = 1 FROM t", .keys = 1, .replaces = 1};
    struct lookup_fill other = {.sql = "SELECT 1, k, 0 FROM t", .keys = 1, .replaces = 1};
    struct lookup_fill none = {.sql = "SELECT k, NULL, 0 FROM t", .keys = 1, .replaces = 1};
    struct lookup *l;

    (void)state;
    refused(db, &plain, ERR_PLAN, "the key 1 stands in it twice");
    l = filled(db, &same);
    assert_int_equal(lookup_count(l), 2);
    assert_int_equal(same.rows, 3);
    assert_int_equal(same.marked, 2);
    lookup_free(l);
    refused(db, &other, ERR_PLAN, "the key 1 stands for rows that are merged into different ones");
    l = filled(db, &none);
    assert_int_equal(lookup_count(l), 0);
    lookup_free(l);
    (void)sqlite3_close(db);
}

static void keys_of_several_columns_are_encoded(void **state)
{
    static const size_t columns[] = {0, 1};
    sqlite3 *db = memory_database("CREATE TABLE t(a, b); INSERT INTO t VALUES ('x', 1), ('x', 2), (NULL, 3)");
    struct lookup_fill fill = {.sql = "SELECT a, b, 1, 0 FROM t", .keys = 2, .replaces = 1};
    struct lookup *l = filled(db, &fill);
    struct batch b = {0};
    struct bytes key = {0};
    struct err e;
    struct cell *cells;

    (void)state;
    assert_int_equal(lookup_count(l), 2);
    assert_int_equal(batch_init(&b, 2, &e), 0);
    for (int64_t i = 1; i <= 3; i++) {
        cells = batch_row(&b, &e);
        assert_int_equal(batch_bytes(&b, &cells[0], CELL_TEXT, "x", 1, &e), 0);
        cells[1].class = CELL_INTEGER;
        cells[1].as.integer = i;
        key.length = 0;
        assert_int_equal(key_encode(&key, &b, b.rows - 1, columns, 2, &e), 0);
        const struct cell encoded = {.class = CELL_BLOB, .length = (uint32_t)key.length};
        assert_int_equal(lookup_find(l, &encoded, key.data) != NULL, i < 3);
    }
    bytes_free(&key);
    batch_free(&b);
    lookup_free(l);
    (void)sqlite3_close(db);
}

static void a_statement_asks_other_lookups(void **state)
{
    sqlite3 *db = memory_database("CREATE TABLE t(k, v); INSERT INTO t VALUES (1, 7), (2, 8), (3, 9), (4, NULL)");
    struct lookup_fill first = {.sql = "SELECT 7, 70", .keys = 1},
                       second = {.sql = "SELECT 7, 71 UNION SELECT 8, 'x'", .keys = 1};
    struct lookup *one = filled(db, &first), *other = filled(db, &second);
    const struct lookup *const kept[] = {one, other};
    struct lookup_fill fill = {
        .sql = "SELECT k, wherry_kept(v, 1, 2) FROM t", .keys = 1, .kept = kept, .kept_count = 2};
    struct lookup_fill none = {
        .sql = "SELECT k, wherry_kept(v, 3, 0, -1) FROM t", .keys = 1, .kept = kept, .kept_count = 2};
    struct lookup *l = filled(db, &fill);
    sqlite3_stmt *statement = NULL;

    (void)state;
    assert_int_equal(find(l, 1), 70); /* the first that has it */
    assert_int_equal(find(l, 2), -2);
    assert_int_equal(find(l, 3), 9);
    assert_int_equal(find(l, 4), -2);
    lookup_free(l);
    l = filled(db, &none);
    assert_int_equal(find(l, 1), 7);
    lookup_free(l);
    lookup_free(one);
    lookup_free(other);
    /* The function is there for these statements alone. */
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT wherry_kept(1)", -1, &statement, NULL), SQLITE_ERROR);
    (void)sqlite3_close(db);
}

static void what_is_no_key_and_value_is_refused(void **state)
{
    sqlite3 *db = memory_database("CREATE TABLE t(k, v)");
    struct lookup_fill one = {.sql = "SELECT k FROM t", .keys = 1}, three = {.sql = "SELECT k, v, v FROM t", .keys = 1};
    struct lookup_fill bad = {.sql = "SELECT k2, v FROM t", .keys = 1};
    struct lookup_fill fails = {.sql = "SELECT 1, abs(-9223372036854775807 - 1)", .keys = 1};

    (void)state;
    refused(db, &one, ERR_PLAN, "the SELECT gives 1 column; a key and its value are expected");
    refused(db, &three, ERR_PLAN, "the SELECT gives 3 columns");
    refused(db, &bad, ERR_PLAN, "no such column: k2");
    refused(db, &fails, ERR_SOURCE, "integer overflow");
    (void)sqlite3_close(db);
}

static void memory_that_is_refused_is_told(void **state)
{
    sqlite3 *db = memory_database("CREATE TABLE t(a, b); INSERT INTO t VALUES ('one', 'two'), ('three', 'four')");
    struct lookup_fill fill = {.sql = "SELECT a, b, 'five', 0 FROM t", .keys = 2, .replaces = 1};
    struct err e;
    int rc = -1;
    long n = 0;

    (void)state;
    for (; rc != 0 && n < 100; n++) {
        struct lookup *l = map();
        err_clear(&e);
        mem_fail_at(n);
        rc = lookup_fill(l, db, &fill, &e);
        mem_fail_at(-1);
        assert_true(rc == 0 || e.kind == ERR_MEMORY);
        lookup_free(l);
    }
    assert_int_equal(rc, 0);
    assert_true(n > 3);
    (void)sqlite3_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_become_keys_and_values),
        cmocka_unit_test(a_key_comes_once_but_for_the_same_replacement),
        cmocka_unit_test(keys_of_several_columns_are_encoded),
        cmocka_unit_test(a_statement_asks_other_lookups),
        cmocka_unit_test(what_is_no_key_and_value_is_refused),
        cmocka_unit_test(memory_that_is_refused_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
