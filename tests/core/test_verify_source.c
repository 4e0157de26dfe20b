/* test_verify_source.c: the rows of two tables summed up by one reader and by two, without those that are not expected,
 * and with each allocation failing once. */
#include "database.h"

#include "key.h"
#include "mem.h"
#include "verify_source.h"

enum { ROWS = 120000 };

static const char SCHEMA[] = "CREATE TABLE p(id INTEGER PRIMARY KEY, a); CREATE TABLE c(id INTEGER PRIMARY KEY, a);"
                             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120000)"
                             " INSERT INTO p SELECT i, CASE WHEN i % 50000 = 0 THEN 'bad' ELSE i % 119990 END FROM n;"
                             "INSERT INTO c VALUES (1, 7), (2, NULL), (3, 'x')";

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

static const size_t first[] = {0};

/* Reads p, whose rows are rejected for bad values, and c, at whose values a load would stop. */
static int run(struct fixture *f, size_t readers, const char *where, const struct key_set *rejected,
               struct verify_taker taker, struct verify_table_result results[2], struct err *e)
{
    static const char *const key_names[] = {"id"};
    static const char *const ranges[] = {"SELECT min(id), max(id) FROM p", NULL};
    static const char *const names[] = {"p", "c"};
    struct copy_column columns[2][2];
    struct digest_column digested[2];
    struct digest_spec specs[2];
    char sql[2][2][200];
    struct table_load tables[2];

    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < 2; k++) {
            columns[i][k] = (struct copy_column){.cell = k,
                                                 .codec = codec_find(20, "int8"),
                                                 .hint = {.typmod = -1},
                                                 .source_name = k == 0 ? "id" : "a",
                                                 .target_name = k == 0 ? "id" : "a",
                                                 .type_name = "bigint",
                                                 .on_bad = i == 0 ? ON_BAD_REJECT : ON_BAD_FAIL};
            digested[k] = (struct digest_column){.field = k, .oid = 20};
        }
        (void)snprintf(sql[i][0], sizeof sql[i][0], "SELECT id, a FROM %s WHERE %s ORDER BY id", names[i], where);
        (void)snprintf(sql[i][1], sizeof sql[i][1], "SELECT id, a FROM %s WHERE id > ?1 AND %s ORDER BY id", names[i],
                       where);
        specs[i] = (struct digest_spec){.target = i, .columns = digested, .count = 2, .key = first, .key_count = 1};
        tables[i] = (struct table_load){.source = "main",
                                        .read = {.table = names[i],
                                                 .sql_first = sql[i][0],
                                                 .sql_after = sql[i][1],
                                                 .columns = 2,
                                                 .key_columns = first,
                                                 .key_names = key_names,
                                                 .key_count = 1},
                                        .write = {.target = names[i], .binary = 1, .columns = columns[i], .count = 2},
                                        .digest = &specs[i]};
    }
    digest_prepare(digested, 2);
    memset(results, 0, 2 * sizeof *results);
    return verify_source(&(struct verify_source_options){.readers = f->readers,
                                                         .reader_count = readers,
                                                         .tables = tables,
                                                         .ranges = ranges,
                                                         .rejected = rejected,
                                                         .count = 2,
                                                         .taker = taker},
                         results, e);
}

static void sums_are_the_same_with_one_reader_and_with_two(void **state)
{
    struct digest_bucket totals[2][2];

    for (size_t readers = 1; readers <= 2; readers++) {
        static struct digest sums[2];
        struct digest *digests[] = {&sums[0], &sums[1]};
        struct verify_table_result results[2];
        struct err e;

        memset(sums, 0, sizeof sums);
        err_clear(&e);
        assert_int_equal(run(*state, readers, "1", NULL, verify_summing(digests), results, &e), 0);
        assert_int_equal(results[0].rows, ROWS);
        assert_int_equal(results[0].rejected, 2);
        assert_int_equal(results[0].unfit, 0);
        assert_int_equal(results[1].rows, 3);
        assert_int_equal(results[1].unfit, 1);
        assert_string_equal(results[1].unfit_key, "id=3");
        assert_non_null(strstr(results[1].unfit_why, "value does not fit \"a\" bigint"));
        for (size_t i = 0; i < 2; i++) {
            totals[readers - 1][i] = digest_total(&sums[i]);
        }
        verify_results_free(results, 2);
    }
    assert_int_equal(totals[0][0].rows, ROWS - 2);
    assert_int_equal(totals[0][1].rows, 2);
    assert_memory_equal(&totals[0], &totals[1], sizeof totals[0]);
    assert_int_not_equal(totals[0][0].sum, 0);
}

static void add_key(struct key_set *set, int64_t id)
{
    struct cell cell = {.as.integer = id, .class = CELL_INTEGER};
    struct batch one = {.cells = &cell, .columns = 1, .rows = 1};
    struct bytes key = {0};

    assert_int_equal(key_encode(&key, &one, 0, first, 1, NULL), 0);
    assert_int_equal(key_set_add(set, key.data, key.length, NULL), 0);
    bytes_free(&key);
}

static void rows_that_the_target_rejected_are_left_out(void **state)
{
    static struct digest sums[2];
    struct digest *digests[] = {&sums[0], &sums[1]};
    struct key_set sets[2] = {{.count = 0}, {.count = 0}};
    struct verify_table_result results[2];
    struct err e;

    /* Row 50000 would be rejected anyhow; row 3 of c does not stop anything any more. */
    for (int64_t id = 60000; id >= 50000; id -= 10000) {
        add_key(&sets[0], id);
    }
    add_key(&sets[0], ROWS + 1);
    add_key(&sets[1], 3);
    key_set_sort(&sets[0]);
    key_set_sort(&sets[1]);
    err_clear(&e);
    assert_int_equal(run(*state, 2, "1", sets, verify_summing(digests), results, &e), 0);
    assert_int_equal(results[0].left_out, 2);
    assert_int_equal(results[0].rejected, 1);
    assert_int_equal(results[1].left_out, 1);
    assert_int_equal(results[1].unfit, 0);
    assert_int_equal(digest_total(&sums[0]).rows, ROWS - 3);
    verify_results_free(results, 2);
    key_set_free(&sets[0]);
    key_set_free(&sets[1]);
}

static int refuse_row(void *context, size_t slot, const struct verify_row *row, struct err *e)
{
    (void)context;
    (void)slot;
    return row->key_hash % 1000 == 7 ? err_set(e, ERR_ENVIRONMENT, "no room") : 0;
}

static void what_takes_rows_may_end_it(void **state)
{
    struct verify_table_result results[2];
    struct err e;

    for (size_t readers = 1; readers <= 2; readers++) {
        err_clear(&e);
        assert_int_equal(run(*state, readers, "1", NULL, (struct verify_taker){.row = refuse_row}, results, &e), -1);
        assert_int_equal(e.kind, ERR_ENVIRONMENT);
        assert_string_equal(e.table, "p");
        verify_results_free(results, 2);
        err_clear(&e);
        assert_int_equal(run(*state, readers, "nothing", NULL, (struct verify_taker){.row = refuse_row}, results, &e),
                         -1);
        assert_int_equal(e.kind, ERR_SOURCE);
        verify_results_free(results, 2);
    }
}

static void every_allocation_may_fail(void **state)
{
    static struct digest sums[2];
    struct digest *digests[] = {&sums[0], &sums[1]};
    struct verify_table_result results[2];
    struct err e;
    long n = 0;

    for (;; n++) {
        err_clear(&e);
        mem_fail_at(n);
        int result = run(*state, 1, "id < 30 OR id > 119995", NULL, verify_summing(digests), results, &e);
        mem_fail_at(-1);
        verify_results_free(results, 2);
        if (result == 0) {
            break;
        }
        assert_int_equal(e.kind, ERR_MEMORY);
    }
    assert_true(n > 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_the_same_with_one_reader_and_with_two),
        cmocka_unit_test(rows_that_the_target_rejected_are_left_out),
        cmocka_unit_test(what_takes_rows_may_end_it),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
