/* test_census.c: what columns really hold, one table or many, with one thread or several. */
#include "database.h"

#include "census.h"
#include "stop.h"

enum { MOST = 8 };

static sqlite3 *memory_database(const char *sql)
{
    sqlite3 *db = database_open(":memory:");

    database_run(db, sql);
    return db;
}

/* A census of one statement, the same wanted of all columns. */
static int take(sqlite3 *db, const char *select, enum census_wanted wanted, struct census_column *out, size_t columns,
                struct err *e)
{
    unsigned char all[MOST];
    struct census_job job = {.table = "t", .select = select, .wanted = all, .columns = columns, .out = out};

    assert_true(columns <= MOST);
    memset(all, (int)wanted, sizeof all);
    err_clear(e);
    return census_run(&db, 1, &job, 1, e);
}

static void must_take(sqlite3 *db, const char *select, enum census_wanted wanted, struct census_column *out,
                      size_t columns)
{
    struct err e;

    if (take(db, select, wanted, out, columns, &e) != 0) {
        fail_msg("%s", e.message);
    }
}

static void classes_are_counted_as_they_are_stored(void **state)
{
    struct census_column c[3];
    sqlite3 *db = memory_database("CREATE TABLE t(a, b, c INTEGER);"
                                  "INSERT INTO t VALUES (1, 'x', 0), (NULL, x'00', 1), (2.5, 7, 1), ('1', 1.0, NULL)");

    (void)state;
    must_take(db, "SELECT a, b, c FROM t", CENSUS_CLASSES, c, 3);
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

static void types_are_counted_by_their_names(void **state)
{
    struct census_column by_name;
    struct census_column by_value;
    sqlite3 *db = memory_database("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3.5), ('integer'), ('x'), ('y'),"
                                  "(x'00'), (x''), (x'01'), (x'02'), (NULL), (NULL), (NULL), (NULL), (NULL)");

    (void)state;
    must_take(db, "SELECT unicode(typeof(a)) FROM t", CENSUS_TYPES, &by_name, 1);
    must_take(db, "SELECT a FROM t", CENSUS_CLASSES, &by_value, 1);
    assert_memory_equal(by_name.count, by_value.count, sizeof by_name.count);
    assert_int_equal(by_name.count[CELL_NULL], 5);
    assert_int_equal(by_name.count[CELL_BLOB], 4);
    assert_int_equal(by_name.count[CELL_TEXT], 3);
    assert_int_equal(by_name.count[CELL_INTEGER], 2);
    assert_int_equal(by_name.count[CELL_REAL], 1);
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
        char sql[128];

        (void)snprintf(sql, sizeof sql, "SELECT %s", cases[i].value);
        must_take(db, sql, CENSUS_CLASSES, &c, 1);
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
        char sql[128];

        (void)snprintf(sql, sizeof sql, "SELECT 1 UNION ALL SELECT %s UNION ALL SELECT 0", others[i]);
        must_take(db, sql, CENSUS_CLASSES, &c, 1);
        assert_int_equal(c.integers_bool, 0);
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void reals_have_a_range_and_perhaps_fractions(void **state)
{
    struct census_column c[4];
    sqlite3 *db = memory_database("");

    (void)state;
    must_take(
        db,
        "SELECT 1.0, 1e300, 2.5, -9e999 UNION ALL SELECT -7.0, -1e18, 2.0, 9e999 UNION ALL SELECT 0.0, 4.0, -3.0, "
        "NULL",
        CENSUS_CLASSES, c, 4);
    assert_true(c[0].real_min <= -7.0 && c[0].real_min >= -7.0);
    assert_true(c[0].real_max <= 1.0 && c[0].real_max >= 1.0);
    assert_int_equal(c[0].reals_fraction, 0);
    assert_int_equal(c[1].reals_fraction, 0);
    assert_int_equal(c[2].reals_fraction, 1);
    assert_int_equal(c[3].reals_fraction, 0);
    assert_int_equal(c[3].count[CELL_REAL], 2);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void blobs_have_a_size(void **state)
{
    struct census_column c[2];
    sqlite3 *db =
        memory_database("CREATE TABLE t(a BLOB); INSERT INTO t VALUES (zeroblob(16)), (x''), (randomblob(16)),"
                        "(randomblob(100000)), ('0123456789abcdef')");

    (void)state;
    must_take(db, "SELECT a, CASE typeof(a) WHEN 'blob' THEN zeroblob(length(a)) ELSE a END FROM t", CENSUS_CLASSES, c,
              2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(c[i].count[CELL_BLOB], 4);
        assert_int_equal(c[i].count[CELL_TEXT], 1);
        assert_int_equal(c[i].blobs_of_16, 2);
        assert_int_equal(c[i].blob_bytes_most, 100000);
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void an_empty_table_has_no_values(void **state)
{
    struct census_column c;
    sqlite3 *db = memory_database("CREATE TABLE t(a)");

    (void)state;
    must_take(db, "SELECT a FROM t", CENSUS_CANDIDATES, &c, 1);
    for (int class = CELL_NULL; class <= CELL_BLOB; class ++) {
        assert_int_equal(c.count[class], 0);
    }
    assert_int_equal(c.texts.bytes_most, 0);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void errors_name_the_table(void **state)
{
    struct census_column c;
    struct err e;
    sqlite3 *db = memory_database("CREATE TABLE t(a)");

    (void)state;
    assert_int_equal(take(db, "SELECT b FROM t", CENSUS_CLASSES, &c, 1, &e), -1);
    assert_int_equal(e.kind, ERR_SOURCE);
    assert_string_equal(e.table, "t");
    assert_non_null(strstr(e.message, "no such column: b"));
    assert_int_equal(take(db, "SELECT a, a FROM t", CENSUS_CLASSES, &c, 1, &e), -1);
    assert_int_equal(e.kind, ERR_INTERNAL);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void memory_that_runs_out_is_told(void **state)
{
    struct census_column c;
    struct err e;
    sqlite3 *db = memory_database("");

    (void)state;
    for (long n = 0;; n++) {
        int rc;

        mem_fail_at(n);
        rc = take(db, "SELECT '{\"a\":1}' UNION ALL SELECT '[]'", CENSUS_CANDIDATES, &c, 1, &e);
        mem_fail_at(-1);
        if (rc == 0) {
            assert_true(n >= 2); /* the units, and what a codec writes */
            break;
        }
        assert_int_equal(e.kind, ERR_MEMORY);
    }
    assert_int_equal(c.texts.accepted[CENSUS_JSONB], 2);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* ---- several tables, several threads ---- */

enum { TABLES = 4, READERS = 3 };

static const char RANGE[] = "SELECT (SELECT min(rowid) FROM big), (SELECT max(rowid) FROM big)";
static const char BIG[] = "SELECT n, t FROM big WHERE rowid BETWEEN ?1 AND ?2";

static const char *make_tables(void **state)
{
    const char *path = place_file(*state, "census.db");

    database_make(path,
                  "CREATE TABLE big(id INTEGER PRIMARY KEY, n, t);"
                  "INSERT INTO big WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 150000)"
                  "  SELECT i, CASE i % 7 WHEN 0 THEN i / 2.0 WHEN 1 THEN 'x' || i ELSE i END,"
                  "  CASE WHEN i > 70000 AND i % 1000 = 3 THEN 'not ' || i ELSE '[' || i || ']' END FROM r;"
                  "INSERT INTO big VALUES (-9223372036854775807, 1, 'low'), (9223372036854775807, 2, 'high');"
                  "CREATE TABLE small(a); INSERT INTO small VALUES (1), (NULL), ('x');"
                  "CREATE TABLE keyed(k TEXT PRIMARY KEY, v) WITHOUT ROWID;"
                  "INSERT INTO keyed SELECT 'k' || id, n FROM big WHERE id BETWEEN 1 AND 40000;"
                  "CREATE TABLE vacant(a)");
    return path;
}

/* Fills the 6 columns of four jobs; returns census_run's outcome. */
static int take_tables(struct snapshot *s, size_t threads, struct census_column *out, struct err *e)
{
    static const unsigned char wanted[2] = {CENSUS_CLASSES, CENSUS_CANDIDATES};
    struct census_job jobs[TABLES] = {
        {.table = "small", .select = "SELECT a FROM small", .wanted = wanted, .columns = 1, .out = out},
        {.table = "big", .select = BIG, .range = RANGE, .wanted = wanted, .columns = 2, .out = out + 1},
        {.table = "keyed", .select = "SELECT k, v FROM keyed", .wanted = wanted, .columns = 2, .out = out + 3},
        {.table = "vacant", .select = "SELECT a FROM vacant", .wanted = wanted, .columns = 1, .out = out + 5},
    };
    sqlite3 *readers[SNAPSHOT_CENSUS_MOST];

    err_clear(e);
    return census_run(readers, snapshot_census_readers(s, readers, threads), jobs, TABLES, e);
}

static void the_number_of_threads_changes_nothing(void **state)
{
    struct census_column one[6];
    struct census_column many[6];
    struct snapshot *s = open_snapshot(make_tables(state));
    struct err e;

    assert_int_equal(take_tables(s, 1, one, &e), 0);
    assert_int_equal(one[1].count[CELL_INTEGER] + one[1].count[CELL_REAL] + one[1].count[CELL_TEXT], 150002);
    assert_int_equal(one[2].texts.accepted[CENSUS_JSONB] + 82, one[2].count[CELL_TEXT]);
    assert_string_equal(one[2].texts.against[CENSUS_JSONB], "low");
    assert_string_equal(one[2].texts.against[CENSUS_UUID], "low");
    assert_int_equal(one[3].count[CELL_TEXT], 40000);
    for (size_t threads = 2; threads <= READERS + 5; threads++) {
        assert_int_equal(take_tables(s, threads, many, &e), 0);
        assert_memory_equal(one, many, sizeof one);
    }
    snapshot_close(s);
}

static void the_lanes_readers_take_part(void **state)
{
    struct census_column one[6];
    struct census_column many[6];
    const char *path = make_tables(state);
    struct err e = {0};

    for (int lanes = 1; lanes <= 16; lanes += 5) {
        struct snapshot_options options = {.lanes = lanes};
        size_t available = lanes + 2 < SNAPSHOT_CENSUS_MOST ? (size_t)lanes + 2 : SNAPSHOT_CENSUS_MOST;
        sqlite3 *readers[SNAPSHOT_CENSUS_MOST];
        struct snapshot *s = NULL;

        assert_int_equal(snapshot_open(&s, path, &options, &e), 0);
        assert_int_equal(snapshot_census_readers(s, readers, 1), 1);
        assert_int_equal(snapshot_census_readers(s, readers, 1000), available);
        for (size_t i = 0; i < available; i++) {
            assert_non_null(readers[i]);
            for (size_t k = 0; k < i; k++) {
                assert_ptr_not_equal(readers[i], readers[k]);
            }
        }
        assert_int_equal(take_tables(s, 1, one, &e), 0);
        assert_int_equal(take_tables(s, available, many, &e), 0);
        assert_memory_equal(one, many, sizeof one);
        snapshot_close(s);
    }
}

static void the_first_job_that_fails_tells_why(void **state)
{
    static const unsigned char wanted[1] = {CENSUS_CLASSES};
    struct census_column out[4];
    struct census_job jobs[4] = {
        {.table = "big", .select = "SELECT n FROM big", .wanted = wanted, .columns = 1, .out = out},
        {.table = "first", .select = "SELECT a FROM nowhere", .wanted = wanted, .columns = 1, .out = out + 1},
        {.table = "second", .select = "SELECT a FROM elsewhere", .wanted = wanted, .columns = 1, .out = out + 2},
        {.table = "big", .select = "SELECT t FROM big", .wanted = wanted, .columns = 1, .out = out + 3},
    };
    struct snapshot *s = open_snapshot(make_tables(state));
    sqlite3 *readers[SNAPSHOT_CENSUS_MOST];

    for (size_t threads = 1; threads <= READERS; threads++) {
        size_t count = snapshot_census_readers(s, readers, threads);
        struct err e;

        assert_int_equal(count, threads);
        for (int turn = 0; turn < 5; turn++) {
            err_clear(&e);
            assert_int_equal(census_run(readers, count, jobs, 4, &e), -1);
            assert_string_equal(e.table, "first");
            assert_non_null(strstr(e.message, "nowhere"));
        }
        jobs[1].range = "SELECT damage";
        assert_int_equal(census_run(readers, count, jobs, 4, &e), -1);
        assert_string_equal(e.table, threads > 1 ? "first" : "second"); /* one thread has no use for a range */
        jobs[1].range = NULL;
    }
    assert_int_equal(census_run(readers, 1, jobs, 0, NULL), 0);
    snapshot_close(s);
}

static void a_stop_ends_all_threads(void **state)
{
    struct census_column out[6];
    struct snapshot *s = open_snapshot(make_tables(state));

    for (size_t threads = 1; threads <= READERS; threads++) {
        struct err e;
        int rc;

        stop_request(SIGINT);
        rc = take_tables(s, threads, out, &e);
        stop_request(0);
        assert_int_equal(rc, -1);
        assert_int_equal(e.kind, ERR_INTERRUPTED);
    }
    snapshot_close(s);
}

/* Pages that were read of a table of long values, with a given SELECT. */
static int pages_read(sqlite3 *db, const char *select, enum census_wanted wanted)
{
    struct census_column c;
    int before = 0;
    int after = 0;
    int highwater;

    (void)sqlite3_db_release_memory(db);
    (void)sqlite3_db_status(db, SQLITE_DBSTATUS_CACHE_MISS, &before, &highwater, 0);
    must_take(db, select, wanted, &c, 1);
    (void)sqlite3_db_status(db, SQLITE_DBSTATUS_CACHE_MISS, &after, &highwater, 0);
    assert_int_equal(c.count[CELL_BLOB], 20);
    return after - before;
}

static void long_values_are_left_alone_where_classes_do(void **state)
{
    const char *path = place_file(*state, "long.db");
    sqlite3 *db;

    database_make(path, "PRAGMA page_size = 4096; CREATE TABLE t(v);"
                        "INSERT INTO t WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 20)"
                        "  SELECT randomblob(400000) FROM r");
    db = database_open(path);
    assert_true(pages_read(db, "SELECT v FROM t", CENSUS_CLASSES) > 1000);
    assert_true(pages_read(db, "SELECT unicode(typeof(v)) FROM t", CENSUS_TYPES) < 50);
    assert_true(pages_read(db, "SELECT CASE typeof(v) WHEN 'blob' THEN zeroblob(length(v)) ELSE v END FROM t",
                           CENSUS_TEXTS) < 50);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_are_counted_as_they_are_stored),
        cmocka_unit_test(types_are_counted_by_their_names),
        cmocka_unit_test(integers_beyond_doubles_are_seen),
        cmocka_unit_test(only_0_and_1_are_booleans),
        cmocka_unit_test(reals_have_a_range_and_perhaps_fractions),
        cmocka_unit_test(blobs_have_a_size),
        cmocka_unit_test(an_empty_table_has_no_values),
        cmocka_unit_test(errors_name_the_table),
        cmocka_unit_test(memory_that_runs_out_is_told),
        cmocka_unit_test_setup_teardown(the_number_of_threads_changes_nothing, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(the_lanes_readers_take_part, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(the_first_job_that_fails_tells_why, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(a_stop_ends_all_threads, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(long_values_are_left_alone_where_classes_do, place_setup, place_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
