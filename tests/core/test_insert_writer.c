/* test_insert_writer.c: rows that are given one by one, by INSERT into a SQLite file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "row_writer.h"

static const struct insert_column columns[] = {
    {.column = {.name = "i", .affinity = AFFINITY_INTEGER, .not_null = 1}, .type = "INTEGER"},
    {.column = {.name = "t", .affinity = AFFINITY_TEXT}, .type = "TEXT"},
    {.column = {.name = "b", .affinity = AFFINITY_BLOB}, .type = "BLOB", .is_blob = 1},
};
static const struct insert_spec spec = {
    .target = "t", .insert_sql = "INSERT INTO t VALUES (?, ?, ?)", .columns = columns, .count = 3};

static struct database *database;
static struct row_writer *writer;

static int run(const char *sql)
{
    return sqlite3_exec(database_connection(database), sql, NULL, NULL, NULL);
}

static char directory[] = "/tmp/wherry-test-XXXXXX";
static char path[sizeof directory + 10];

static int setup(void **state)
{
    struct err e;

    (void)state;
    (void)strcpy(directory + sizeof directory - 7, "XXXXXX");
    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof path, "%s/a.db", directory);
    return database_open(&database, path, DATABASE_CREATE, &e) != 0 ||
           run("CREATE TABLE t (i INTEGER UNIQUE, t TEXT, b BLOB); BEGIN IMMEDIATE") != SQLITE_OK;
}

static int teardown(void **state)
{
    (void)state;
    if (writer != NULL) {
        writer->free(writer, 0);
    }
    writer = NULL;
    database_close(database);
    database = NULL;
    (void)unlink(path);
    return rmdir(directory);
}

static int put_row(int64_t i, const char *t, const char *b, struct err *e)
{
    struct batch *batch;

    err_clear(e);
    batch = row_writer_row(writer, e);
    if (batch == NULL) {
        return -1;
    }
    batch->cells[0].class = CELL_INTEGER;
    batch->cells[0].as.integer = i;
    if ((t != NULL && batch_bytes(batch, &batch->cells[1], CELL_TEXT, t, strlen(t), e) != 0) ||
        (b != NULL && batch_bytes(batch, &batch->cells[2], CELL_TEXT, b, strlen(b), e) != 0)) {
        return -1;
    }
    return writer->put(writer, e);
}

static void assert_rows(const char *expected)
{
    sqlite3_stmt *statement;

    assert_int_equal(sqlite3_prepare_v2(database_connection(database),
                                        "SELECT coalesce(group_concat(i || coalesce(t, '-') || typeof(b), ' '), '')"
                                        " FROM (SELECT * FROM t ORDER BY i)",
                                        -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(statement, 0), expected);
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
}

static void rows_arrive_and_are_counted(void **state)
{
    int64_t stored = -1;
    struct err e;

    (void)state;
    assert_int_equal(insert_writer_open(&writer, database, &spec, &e), 0);
    assert_int_equal(put_row(1, "one", "x", &e), 0);
    assert_int_equal(put_row(2, NULL, NULL, &e), 0);
    assert_int_equal(writer->end(writer, &stored, &e), 0);
    assert_int_equal(stored, 2);
    assert_int_equal(put_row(3, NULL, NULL, &e), -1);
    assert_int_equal(e.kind, ERR_USAGE);
    assert_rows("1oneblob 2-null");
}

static void a_refused_row_is_named_and_left_out(void **state)
{
    int64_t stored = -1;
    struct err e;

    (void)state;
    assert_int_equal(insert_writer_open(&writer, database, &spec, &e), 0);
    assert_int_equal(put_row(1, "one", NULL, &e), 0);
    assert_int_equal(put_row(1, "again", NULL, &e), -1);
    assert_int_equal(e.kind, ERR_VALUE);
    assert_string_equal(e.key, "row 2");
    assert_int_equal(writer->refused, 2);
    assert_int_equal(put_row(2, "\xFF", NULL, &e), -1);
    assert_string_equal(e.column, "t");
    assert_non_null(strstr(e.message, "row 2: value does not fit \"t\" TEXT: the text is not valid UTF-8"));
    assert_int_equal(put_row(2, "two", NULL, &e), 0);
    assert_int_equal(writer->end(writer, &stored, &e), 0);
    assert_int_equal(stored, 2);
    assert_rows("1onenull 2twonull");
}

static void nothing_is_written_outside_of_the_transaction(void **state)
{
    int64_t stored = -1;
    struct err e;

    (void)state;
    assert_int_equal(insert_writer_open(&writer, database, &spec, &e), 0);
    assert_int_equal(put_row(1, "one", NULL, &e), 0);
    assert_int_equal(run("ROLLBACK"), SQLITE_OK);
    assert_int_equal(put_row(2, "two", NULL, &e), -1);
    assert_int_equal(e.kind, ERR_USAGE);
    assert_int_equal(run("BEGIN"), SQLITE_OK);
    assert_int_equal(put_row(2, "two", NULL, &e), -1); /* it stays over */
    assert_int_equal(writer->end(writer, &stored, &e), -1);
    assert_rows("");
}

static void a_writer_may_outlive_its_database(void **state)
{
    struct err e;

    (void)state;
    assert_int_equal(insert_writer_open(&writer, database, &spec, &e), 0);
    assert_int_equal(put_row(1, "one", NULL, &e), 0);
    database_close(database);
    database = NULL;
    writer->free(writer, 1);
    writer = NULL;
}

static void a_statement_that_is_wrong_is_told(void **state)
{
    struct insert_spec wrong = spec;
    struct err e;

    (void)state;
    wrong.insert_sql = "INSERT INTO nowhere VALUES (?, ?, ?)";
    assert_int_equal(insert_writer_open(&writer, database, &wrong, &e), -1);
    assert_int_equal(e.kind, ERR_USAGE);
    assert_string_equal(e.table, "t");
    assert_null(writer);
}

/* Each allocation fails once: an error, and no leak. */
static void memory_may_end_anywhere(void **state)
{
    int failures = 0;

    (void)state;
    for (long n = 0;; n++) {
        int64_t stored = -1;
        struct err e;
        int ok;

        mem_fail_at(n);
        ok = insert_writer_open(&writer, database, &spec, &e) == 0 && put_row(1, "one", "x", &e) == 0 &&
             writer->end(writer, &stored, &e) == 0;
        mem_fail_at(-1);
        if (writer != NULL) {
            writer->free(writer, 0);
        }
        writer = NULL;
        assert_int_equal(run("ROLLBACK; BEGIN"), SQLITE_OK);
        if (ok) {
            assert_int_equal(stored, 1);
            break;
        }
        assert_int_equal(e.kind, ERR_MEMORY);
        failures++;
    }
    assert_in_range(failures, 3, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_arrive_and_are_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refused_row_is_named_and_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_written_outside_of_the_transaction, setup, teardown),
        cmocka_unit_test_setup_teardown(a_writer_may_outlive_its_database, setup, teardown),
        cmocka_unit_test_setup_teardown(a_statement_that_is_wrong_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(memory_may_end_anywhere, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
