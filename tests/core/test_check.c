/* test_check.c: a check of two tables, with one reader and with two, and with each allocation failing once. */
#include "database.h"

#include "check.h"
#include "mem.h"

enum { ROWS = 120000 };

static const char SCHEMA[] = "CREATE TABLE p(id INTEGER PRIMARY KEY, a); CREATE TABLE c(id INTEGER PRIMARY KEY, p);"
                             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120000)"
                             " INSERT INTO p SELECT i, CASE WHEN i % 50000 = 0 THEN 'bad' ELSE i % 119990 END FROM n;"
                             "INSERT INTO c VALUES (1, 7), (2, 200000), (3, NULL), (4, 'x'), (5, 119995)";

struct fixture {
    struct place *place;
    sqlite3 *readers[2];
};

static int setup(void **state)
{
    static struct fixture f;
    const char *path;
    sqlite3 *db;

    assert_int_equal(place_setup((void **)&f.place), 0);
    path = place_file(f.place, "a.db");
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, SCHEMA, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(sqlite3_open(path, &f.readers[i]), SQLITE_OK);
    }
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 2; i++) {
        assert_int_equal(sqlite3_close(f->readers[i]), SQLITE_OK);
    }
    return place_teardown((void **)&f->place);
}

static const size_t key_columns[] = {0};
static const char *const key_names[] = {"id"};
static const size_t first_column[] = {0};
static const size_t second_column[] = {1};

/* bigint columns of these names. */
static void make_columns(struct copy_column *columns, const char *const *names, enum on_bad on_bad)
{
    for (size_t i = 0; i < 2; i++) {
        columns[i] = (struct copy_column){.cell = i,
                                          .codec = codec_find(20, "int8"),
                                          .hint = {.typmod = -1},
                                          .source_name = names[i],
                                          .target_name = names[i],
                                          .type_name = "bigint",
                                          .on_bad = on_bad};
    }
}

static int run(struct fixture *f, size_t readers, const char *where, struct check_result *r, struct err *e)
{
    static const char *const ranges[] = {"SELECT min(id), max(id) FROM p", NULL};
    static const char *const p_names[] = {"id", "a"};
    static const char *const c_names[] = {"id", "p"};
    static const struct check_key keys[] = {
        {.table = 0, .columns = second_column, .count = 1, .unique = 1, .rejects = 1},
        {.table = 0, .columns = first_column, .count = 1},
        {.table = 1, .columns = second_column, .count = 1}};
    static const struct check_reference references[] = {{.child = 2, .parent = 1, .rejects = 1}};
    struct copy_column columns[2][2];
    char sql[2][2][200];
    struct table_load tables[2];

    make_columns(columns[0], p_names, ON_BAD_REJECT);
    make_columns(columns[1], c_names, ON_BAD_FAIL);
    for (int i = 0; i < 2; i++) {
        const char *name = i == 0 ? "p" : "c";

        (void)snprintf(sql[i][0], sizeof sql[i][0], "SELECT id, %s FROM %s WHERE %s ORDER BY id", i == 0 ? "a" : "p",
                       name, where);
        (void)snprintf(sql[i][1], sizeof sql[i][1], "SELECT id, %s FROM %s WHERE id > ?1 AND %s ORDER BY id",
                       i == 0 ? "a" : "p", name, where);
        tables[i] = (struct table_load){.source = "main",
                                        .read = {.table = name,
                                                 .sql_first = sql[i][0],
                                                 .sql_after = sql[i][1],
                                                 .columns = 2,
                                                 .key_columns = key_columns,
                                                 .key_names = key_names,
                                                 .key_count = 1},
                                        .write = {.target = name, .binary = 1, .columns = columns[i], .count = 2}};
    }
    return check_run(&(struct check_options){.readers = f->readers,
                                             .reader_count = readers,
                                             .tables = tables,
                                             .ranges = ranges,
                                             .count = 2,
                                             .keys = keys,
                                             .key_count = 3,
                                             .references = references,
                                             .reference_count = 1},
                     r, e);
}

static void all_is_found_with_one_reader_and_with_two(void **state)
{
    for (size_t readers = 1; readers <= 2; readers++) {
        struct check_result r;
        struct err e;

        err_clear(&e);
        assert_int_equal(run(*state, readers, "1", &r, &e), 0);
        assert_int_equal(r.tables[0].rows, ROWS);
        assert_int_equal(r.tables[0].bad, 2);
        assert_int_equal(r.tables[0].stopping, 0);
        /* 0 is the key of 119990 alone; 1 to 10 of 119991 to 120000, too. */
        assert_int_equal(r.keys[0].duplicates.count, 10);
        assert_string_equal(r.keys[0].duplicates.examples[0].key, "id=119991");
        assert_string_equal(r.keys[0].duplicates.examples[0].first_key, "id=1");
        assert_string_equal(r.keys[0].duplicates.examples[2].value, "a=3");
        assert_int_equal(r.tables[0].rejected, 12);
        /* 200000 is not there, 119995 is rejected. */
        assert_int_equal(r.references[0].count, 2);
        assert_string_equal(r.references[0].examples[1].key, "id=5");
        assert_int_equal(r.tables[1].stopping, 1);
        assert_int_equal(r.tables[1].rejected, 2);
        assert_int_equal(r.tables[0].columns[1].count, 1);
        assert_int_equal(r.tables[0].columns[1].reasons[0].outcome, CHECK_REJECTS);
        check_result_free(&r);
    }
}

static void every_allocation_may_fail(void **state)
{
    struct check_result r;
    struct err e;
    long n = 0;

    for (;; n++) {
        err_clear(&e);
        mem_fail_at(n);
        int result = run(*state, 1, "id < 30 OR id > 119995", &r, &e);
        mem_fail_at(-1);
        check_result_free(&r);
        if (result == 0) {
            break;
        }
        assert_int_equal(e.kind, ERR_MEMORY);
    }
    assert_true(n > 30);
}

static void a_table_that_cannot_be_read_ends_it(void **state)
{
    struct check_result r;
    struct err e;

    for (size_t readers = 1; readers <= 2; readers++) {
        err_clear(&e);
        assert_int_equal(run(*state, readers, "nothing", &r, &e), -1);
        assert_int_equal(e.kind, ERR_SOURCE);
        assert_true(strcmp(e.table, "p") == 0 || strcmp(e.table, "c") == 0);
        check_result_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_found_with_one_reader_and_with_two),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(a_table_that_cannot_be_read_ends_it),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
