/* test_snapshot_check.c: counts and quick_check beside the load: they pass, find damage, and end when they have to. */
#include "database.h"

#include "mem.h"
#include "snapshot.h"
#include "stop.h"

static const char SAMPLE[] = "PRAGMA page_size = 4096; CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);"
                             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
                             "INSERT INTO t(v) SELECT hex(randomblob(40)) FROM n";

static void a_sound_file_passes(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct snapshot *s;
    struct err e;

    database_make(path, SAMPLE);
    s = open_snapshot(path);
    assert_int_equal(snapshot_check_result(s, 1, &e), 0); /* never started */
    assert_int_equal(snapshot_check_start(s, NULL, 0, 1, &e), 0);
    assert_int_equal(snapshot_check_start(s, NULL, 0, 1, &e), 0);
    assert_int_equal(snapshot_check_result(s, 1, &e), 0);
    assert_int_equal(snapshot_check_result(s, 0, &e), 0);
    assert_int_equal(snapshot_unchanged(s, &e), 0);
    snapshot_close(s);
}

static void damage_is_found(void **state)
{
    const char *path = place_file(*state, "a.db");
    unsigned char noise[4096];
    struct snapshot *s;
    struct err e;

    database_make(path, SAMPLE);
    memset(noise, 0xee, sizeof noise);
    file_patch(path, 60 * 4096L, noise, sizeof noise);
    s = open_snapshot(path);
    assert_int_equal(snapshot_check_start(s, NULL, 0, 1, &e), 0);
    for (int i = 0; i < 2; i++) {
        err_clear(&e);
        assert_int_equal(snapshot_check_result(s, 1, &e), -1);
        assert_int_equal(e.kind, ERR_SOURCE);
        assert_non_null(strstr(e.message, "the source is damaged"));
        assert_null(strchr(e.message, '\n'));
        assert_non_null(strstr(e.hint, "--no-check"));
    }
    snapshot_close(s);
}

static const struct snapshot_count COUNTS[] = {
    {"t", "SELECT count(*) FROM t NOT INDEXED"},
    {"t", "SELECT count(*) FROM t NOT INDEXED WHERE (id > 4000) IS NOT TRUE"},
};

static void counts_come_in_their_order(void **state)
{
    const char *path = place_file(*state, "a.db");
    const int64_t *rows;
    struct snapshot *s;
    struct err e;
    size_t known;

    database_make(path, SAMPLE);
    for (int check = 0; check < 2; check++) {
        s = open_snapshot(path);
        assert_int_equal(snapshot_counts(s, 1, &rows, &known, &e), 0); /* none was asked for */
        assert_int_equal(known, 0);
        assert_int_equal(snapshot_check_start(s, COUNTS, 2, check, &e), 0);
        assert_int_equal(snapshot_check_start(s, COUNTS, 1, check, &e), 0);
        assert_int_equal(snapshot_counts(s, 1, &rows, &known, &e), 0);
        assert_int_equal(known, 2);
        assert_int_equal(rows[0], 5000);
        assert_int_equal(rows[1], 4000);
        assert_int_equal(snapshot_check_result(s, 1, &e), 0);
        assert_int_equal(snapshot_counts(s, 0, &rows, &known, &e), 0);
        snapshot_close(s);
    }
}

/* Those before it stay known, and no check follows. */
static void a_count_that_fails_names_its_table(void **state)
{
    const char *path = place_file(*state, "a.db");
    const struct snapshot_count counts[] = {
        {"good", "SELECT count(*) FROM u"}, {"a table", "SELECT count(*) FROM t"}, {"good", "SELECT count(*) FROM u"}};
    unsigned char noise[4096];
    const int64_t *rows;
    struct snapshot *s;
    struct err e;
    size_t known;

    database_make(path, SAMPLE);
    database_make(path, "CREATE TABLE u(a); INSERT INTO u VALUES (1)");
    memset(noise, 0xee, sizeof noise);
    file_patch(path, 60 * 4096L, noise, sizeof noise);
    s = open_snapshot(path);
    assert_int_equal(snapshot_check_start(s, counts, 3, 1, &e), 0);
    for (int wait = 1; wait >= 0; wait--) {
        err_clear(&e);
        assert_int_equal(snapshot_counts(s, wait, &rows, &known, &e), -1);
        assert_int_equal(e.kind, ERR_SOURCE);
        assert_string_equal(e.table, "a table");
        assert_string_equal(e.message, "cannot read the source: database disk image is malformed");
        assert_non_null(strstr(e.hint, "restore a backup"));
        assert_int_equal(known, 1);
        assert_int_equal(rows[0], 1);
        err_clear(&e);
        assert_int_equal(snapshot_check_result(s, wait, &e), -1);
        assert_string_equal(e.table, "a table");
    }
    snapshot_close(s);
}

static void counts_do_without_memory_or_not_at_all(void **state)
{
    const char *path = place_file(*state, "a.db");
    const int64_t *rows;
    struct snapshot *s;
    struct err e;
    size_t known;
    long n = 0;

    database_make(path, SAMPLE);
    s = open_snapshot(path);
    for (int result = -1; result != 0; n++) {
        err_clear(&e);
        mem_fail_at(n);
        result = snapshot_check_start(s, COUNTS, 2, 0, &e);
        mem_fail_at(-1);
        assert_int_equal(e.kind, result == 0 ? ERR_NONE : ERR_MEMORY);
        assert_true(n < 50);
    }
    assert_true(n > 6);
    assert_int_equal(snapshot_counts(s, 1, &rows, &known, &e), 0);
    assert_int_equal(rows[1], 4000);
    snapshot_close(s);
}

/* What only the application knows (functions in CHECK constraints, modules) is no damage. */
static void parts_of_an_application_are_no_damage(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct snapshot *s;
    struct err e;

    database_make(
        path,
        "CREATE TABLE t(a CHECK (a > 0), b NOT NULL);"
        "PRAGMA ignore_check_constraints = 1; INSERT INTO t VALUES (-1, 1);"
        "CREATE VIEW broken AS SELECT * FROM nowhere;"
        "PRAGMA writable_schema = 1;"
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a CHECK (app(a)), b NOT NULL)' WHERE name = 't';"
        "INSERT INTO sqlite_schema VALUES ('table', 'odd', 'odd', 0, 'CREATE VIRTUAL TABLE odd USING nomodule(a)')");
    s = open_snapshot(path);
    assert_int_equal(snapshot_check_start(s, NULL, 0, 1, &e), 0);
    err_clear(&e);
    if (snapshot_check_result(s, 1, &e) != 0) {
        fail_msg("%s", e.message);
    }
    snapshot_close(s);
}

/* SQLite 3.40 finds NULL where a WITHOUT ROWID table's key has another order than its columns. */
static void keys_in_another_order_are_no_damage(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct snapshot *s;
    struct err e;

    database_make(path, "CREATE TABLE \"a.b\"(\"c\"\"d\" TEXT, k TEXT, PRIMARY KEY (k, \"c\"\"d\")) WITHOUT ROWID;"
                        "INSERT INTO \"a.b\" VALUES ('x', 'y'), ('z', 'y'); CREATE TABLE t(a NOT NULL);"
                        "CREATE TABLE u(v TEXT, a REAL, k REAL, PRIMARY KEY (k, a)) WITHOUT ROWID;"
                        "INSERT INTO u VALUES ('7', 1.5, 2.5);"
                        "CREATE TABLE s(v TEXT, a REAL, k INT, PRIMARY KEY (k, a)) STRICT, WITHOUT ROWID;"
                        "INSERT INTO s VALUES ('7', 1.5, 2)");
    s = open_snapshot(path);
    assert_int_equal(snapshot_check_start(s, NULL, 0, 1, &e), 0);
    err_clear(&e);
    if (snapshot_check_result(s, 1, &e) != 0) {
        fail_msg("%s", e.message);
    }
    snapshot_close(s);
}

static void null_beside_a_key_in_another_order_is_damage(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct snapshot *s;
    struct err e;

    database_make(path,
                  "CREATE TABLE t(a TEXT, k TEXT, PRIMARY KEY (k, a)) WITHOUT ROWID; INSERT INTO t VALUES ('x', 'y');"
                  "CREATE TABLE u(a); INSERT INTO u VALUES (NULL);"
                  "PRAGMA writable_schema = 1;"
                  "UPDATE sqlite_schema SET sql = 'CREATE TABLE u(a NOT NULL)' WHERE name = 'u'");
    s = open_snapshot(path);
    assert_int_equal(snapshot_check_start(s, NULL, 0, 1, &e), 0);
    assert_int_equal(snapshot_check_result(s, 1, &e), -1);
    assert_non_null(strstr(e.message, "NULL value in u.a"));
    snapshot_close(s);
}

static int compare(void *context, int a_length, const void *a, int b_length, const void *b)
{
    int order = memcmp(b, a, (size_t)(a_length < b_length ? a_length : b_length));

    (void)context;
    return order != 0 ? order : b_length - a_length;
}

static void identity(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    sqlite3_result_value(context, values[0]);
}

/* Functions and collations in indexes and generated columns: those tables are left out, the others checked. */
static void what_cannot_be_checked_here_does_not_hide_damage(void **state)
{
    const char *path = place_file(*state, "a.db");
    unsigned char noise[4096];
    sqlite3 *db = database_open(path);
    struct snapshot *s;
    struct err e;

    assert_int_equal(sqlite3_create_collation(db, "backwards", SQLITE_UTF8, NULL, compare), SQLITE_OK);
    assert_int_equal(
        sqlite3_create_function(db, "app", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, identity, NULL, NULL),
        SQLITE_OK);
    database_run(
        db, "CREATE TABLE w(a TEXT COLLATE backwards PRIMARY KEY) WITHOUT ROWID; INSERT INTO w VALUES ('x'), ('y');"
            "CREATE TABLE g(a, b AS (app(a)) NOT NULL); INSERT INTO g VALUES (1);"
            "CREATE INDEX i ON g(app(a))");
    database_run(db, SAMPLE);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    s = open_snapshot(path);
    assert_int_equal(snapshot_check_start(s, NULL, 0, 1, &e), 0);
    err_clear(&e);
    if (snapshot_check_result(s, 1, &e) != 0) {
        fail_msg("%s", e.message);
    }
    snapshot_close(s);
    memset(noise, 0xee, sizeof noise);
    file_patch(path, 60 * 4096L, noise, sizeof noise);
    s = open_snapshot(path);
    assert_int_equal(snapshot_check_start(s, NULL, 0, 1, &e), 0);
    assert_int_equal(snapshot_check_result(s, 1, &e), -1);
    assert_non_null(strstr(e.message, "the source is damaged"));
    snapshot_close(s);
}

/* A file that takes long to check. */
static void make_large(const char *path)
{
    database_make(path, "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; CREATE TABLE t(a, b, c);"
                        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500000)"
                        "INSERT INTO t SELECT i, 'some text to read', i * 0.5 FROM n");
}

static void closing_ends_a_running_check(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct snapshot *s;
    struct err e;
    double start;

    make_large(path);
    for (int pause = 0; pause < 3; pause++) {
        s = open_snapshot(path);
        assert_int_equal(snapshot_check_start(s, NULL, 0, 1, &e), 0);
        (void)usleep((useconds_t)pause * 7000);
        if (pause == 0) {
            assert_int_equal(snapshot_check_result(s, 0, &e), 1);
        }
        start = seconds_now();
        snapshot_close(s);
        assert_true(seconds_now() - start < 5);
    }
}

static void closing_ends_counts(void **state)
{
    enum { MANY = 5000 };
    const char *path = place_file(*state, "a.db");
    struct snapshot_count *counts = calloc(MANY, sizeof *counts);
    const int64_t *rows;
    struct snapshot *s;
    struct err e;
    size_t known;
    double start;

    assert_non_null(counts);
    make_large(path);
    for (int i = 0; i < MANY; i++) {
        counts[i] = (struct snapshot_count){"t", "SELECT count(*) FROM t WHERE b = 'nothing'"};
    }
    for (int pause = 0; pause < 3; pause++) {
        s = open_snapshot(path);
        assert_int_equal(snapshot_check_start(s, counts, MANY, 1, &e), 0);
        (void)usleep((useconds_t)pause * 7000);
        assert_int_equal(snapshot_counts(s, 0, &rows, &known, &e), 1);
        assert_true(known < MANY);
        start = seconds_now();
        snapshot_close(s);
        assert_true(seconds_now() - start < 5);
    }
    free(counts);
}

static void a_stop_ends_counts(void **state)
{
    const char *path = place_file(*state, "a.db");
    const struct snapshot_count count = {"t", "SELECT count(*) FROM t, t AS u WHERE t.v = 'nothing' || u.v"};
    const int64_t *rows;
    struct snapshot *s;
    struct err e;
    size_t known;

    database_make(path, SAMPLE);
    s = open_snapshot(path);
    assert_int_equal(snapshot_check_start(s, &count, 1, 1, &e), 0);
    stop_request(SIGINT);
    assert_int_equal(snapshot_counts(s, 1, &rows, &known, &e), -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    assert_int_equal(known, 0);
    assert_int_equal(snapshot_check_result(s, 1, &e), -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    stop_request(0);
    snapshot_close(s);
}

static void a_stop_ends_the_wait(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct snapshot *s;
    struct err e;

    make_large(path);
    s = open_snapshot(path);
    assert_int_equal(snapshot_check_start(s, NULL, 0, 1, &e), 0);
    stop_request(SIGINT);
    assert_int_equal(snapshot_check_result(s, 1, &e), -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    stop_request(0);
    snapshot_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(a_sound_file_passes),
        FILE_TEST(damage_is_found),
        FILE_TEST(counts_come_in_their_order),
        FILE_TEST(a_count_that_fails_names_its_table),
        FILE_TEST(counts_do_without_memory_or_not_at_all),
        FILE_TEST(parts_of_an_application_are_no_damage),
        FILE_TEST(keys_in_another_order_are_no_damage),
        FILE_TEST(null_beside_a_key_in_another_order_is_damage),
        FILE_TEST(what_cannot_be_checked_here_does_not_hide_damage),
        FILE_TEST(closing_ends_a_running_check),
        FILE_TEST(closing_ends_counts),
        FILE_TEST(a_stop_ends_counts),
        FILE_TEST(a_stop_ends_the_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
