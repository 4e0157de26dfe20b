/* test_source_sqlite.c: rows of a table into batches, unchanged, in key order, from any key on. */
#include "database.h"

#include "key.h"
#include "snapshot.h"
#include "source.h"
#include "stop.h"

static const size_t FIRST[] = {0};
static const size_t FIRST_TWO[] = {0, 1};
static const char *const ID[] = {"id"};
static const char *const A_B[] = {"a", "b"};

static sqlite3 *memory_database(const char *sql)
{
    sqlite3 *db = database_open(":memory:");

    database_run(db, sql);
    return db;
}

static struct source *open_source(sqlite3 *db, const struct read_spec *spec, const struct bytes *after)
{
    const struct key_range range = {.after = after == NULL ? NULL : after->data,
                                    .after_length = after == NULL ? 0 : after->length};
    struct source *source = NULL;
    struct err e;

    err_clear(&e);
    if (source_sqlite_open(&source, db, spec, &range, &e) != 0) {
        fail_msg("%s", e.message);
    }
    return source;
}

static void values_arrive_as_they_are_stored(void **state)
{
    static const struct read_spec spec = {.table = "t", .sql_first = "SELECT id, v FROM t ORDER BY id", .columns = 2};
    sqlite3 *db =
        memory_database("CREATE TABLE t(id INTEGER PRIMARY KEY, v);"
                        "INSERT INTO t(v) VALUES (NULL), (9223372036854775807), (0.1 + 0.2), (1000000000000000.125),"
                        "('a' || char(0) || 'b'), (x'00ff'), (''), (x''), (zeroblob(3)), (-0.0), (9e999),"
                        "(CAST(x'c3' AS TEXT)), (5e-324)");
    struct source *source = open_source(db, &spec, NULL);
    struct batch b;
    struct err e;
    const struct cell *c;

    (void)state;
    assert_int_equal(batch_init(&b, 2, &e), 0);
    assert_int_equal(source->next(source, &b, &e), 1);
    assert_int_equal(b.rows, 13);
    c = b.cells + 1; /* the cells of v lie two apart */
    assert_int_equal(c[0].class, CELL_NULL);
    assert_int_equal(c[2].class, CELL_INTEGER);
    assert_true(c[2].as.integer == INT64_MAX);
    assert_true(c[4].as.real == 0.1 + 0.2);
    assert_true(c[6].as.real == 1000000000000000.125);
    assert_int_equal(c[8].class, CELL_TEXT);
    assert_int_equal(c[8].length, 3);
    assert_memory_equal(batch_data(&b, &c[8]), "a\0b", 3);
    assert_int_equal(c[10].class, CELL_BLOB);
    assert_memory_equal(batch_data(&b, &c[10]), "\x00\xff", 2);
    assert_int_equal(c[12].class, CELL_TEXT);
    assert_int_equal(c[12].length, 0);
    assert_int_equal(c[14].class, CELL_BLOB);
    assert_int_equal(c[14].length, 0);
    assert_int_equal(c[16].class, CELL_BLOB);
    assert_memory_equal(batch_data(&b, &c[16]), "\0\0\0", 3);
    assert_int_equal(c[18].class, CELL_REAL);
    assert_true(c[18].as.real == 0);
    assert_true(c[20].as.real > 1e308 && c[20].as.real * 2 > 1e308);
    assert_int_equal(c[22].class, CELL_TEXT);
    assert_memory_equal(batch_data(&b, &c[22]), "\xc3", 1);
    assert_true(c[24].as.real == 5e-324);
    assert_int_equal(source->next(source, &b, &e), 0);
    assert_int_equal(source->next(source, &b, &e), 0);
    source->close(source);
    batch_free(&b);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void batches_close_at_a_thousand_rows(void **state)
{
    static const struct read_spec spec = {
        .table = "t",
        .sql_first = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)"
                     " SELECT i FROM n",
        .columns = 1};
    static const size_t expected[] = {1000, 1000, 500};
    sqlite3 *db = memory_database("");
    struct source *source = open_source(db, &spec, NULL);
    struct batch b;
    struct err e;

    (void)state;
    assert_int_equal(batch_init(&b, 1, &e), 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(source->next(source, &b, &e), 1);
        assert_int_equal(b.rows, expected[i]);
    }
    assert_int_equal(source->next(source, &b, &e), 0);
    assert_int_equal(b.rows, 0);
    source->close(source);
    batch_free(&b);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_large_row_travels_alone(void **state)
{
    static const struct read_spec spec = {.table = "t", .sql_first = "SELECT id, v FROM t ORDER BY id", .columns = 2};
    static const size_t expected[] = {2, 1, 1, 2};
    sqlite3 *db = memory_database("CREATE TABLE t(id INTEGER PRIMARY KEY, v); INSERT INTO t(v) VALUES"
                                  "('a'), ('b'), (zeroblob(3000000)), (zeroblob(1100000)), ('c'), (zeroblob(1000000))");
    struct source *source = open_source(db, &spec, NULL);
    struct batch b;
    struct err e;

    (void)state;
    assert_int_equal(batch_init(&b, 2, &e), 0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(source->next(source, &b, &e), 1);
        assert_int_equal(b.rows, expected[i]);
        assert_true(b.rows == 1 || b.arena.length <= BATCH_BYTES);
    }
    assert_int_equal(source->next(source, &b, &e), 0);
    source->close(source);
    batch_free(&b);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Reads `take` rows, goes on behind the last of them in a new source, and so on; returns the sum of the cells "n" (the
 * last cell of a row), weighted by their order. */
static int64_t read_in_pieces(sqlite3 *db, const struct read_spec *spec, size_t take, size_t *rows)
{
    struct bytes key = {0};
    struct batch b;
    struct err e;
    int64_t sum = 0;
    int got;

    *rows = 0;
    assert_int_equal(batch_init(&b, spec->columns, &e), 0);
    b.row_limit = take;
    do {
        struct source *source = open_source(db, spec, key.length == 0 ? NULL : &key);

        got = source->next(source, &b, &e);
        assert_true(got >= 0);
        for (size_t i = 0; i < b.rows; i++) {
            sum += b.cells[i * b.columns + b.columns - 1].as.integer * (int64_t)++ * rows;
        }
        if (got > 0) {
            key.length = 0;
            assert_int_equal(key_encode(&key, &b, b.rows - 1, spec->key_columns, spec->key_count, &e), 0);
        }
        source->close(source);
    } while (got > 0);
    bytes_free(&key);
    batch_free(&b);
    return sum;
}

static void reading_goes_on_behind_a_rowid(void **state)
{
    static const struct read_spec spec = {.table = "t",
                                          .sql_first = "SELECT id, n FROM t ORDER BY id",
                                          .sql_after = "SELECT id, n FROM t WHERE id > ?1 ORDER BY id",
                                          .columns = 2,
                                          .key_columns = FIRST,
                                          .key_names = ID,
                                          .key_count = 1};
    sqlite3 *db = memory_database("CREATE TABLE t(id INTEGER PRIMARY KEY, n);"
                                  "WITH RECURSIVE s(i) AS (SELECT -50 UNION ALL SELECT i + 1 FROM s WHERE i < 50) "
                                  "INSERT INTO t SELECT i * 3, i FROM s;"
                                  "INSERT INTO t VALUES (9223372036854775807, 7), (-9223372036854775807, 8)");
    size_t whole_rows;
    int64_t whole = read_in_pieces(db, &spec, 1000, &whole_rows);

    (void)state;
    assert_int_equal(whole_rows, 103);
    for (size_t take = 1; take < 8; take++) {
        size_t rows;

        assert_true(read_in_pieces(db, &spec, take, &rows) == whole);
        assert_int_equal(rows, whole_rows);
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Every storage class in both columns of the key, with a collation of its own in one. */
static void reading_goes_on_behind_a_composite_key(void **state)
{
    static const struct read_spec spec = {.table = "t",
                                          .sql_first = "SELECT a, b, n FROM t ORDER BY a, b",
                                          .sql_after = "SELECT a, b, n FROM t WHERE (a, b) > (?1, ?2) ORDER BY a, b",
                                          .columns = 3,
                                          .key_columns = FIRST_TWO,
                                          .key_names = A_B,
                                          .key_count = 2};
    sqlite3 *db = memory_database(
        "CREATE TABLE t(a, b TEXT COLLATE NOCASE, n, PRIMARY KEY(a, b)) WITHOUT ROWID;"
        "CREATE TEMP TABLE v(x); INSERT INTO v VALUES (1), (2.5), ('1'), ('x'), ('x' || char(0)), (x'31'), (x''), "
        "(-1e300), ('X y');"
        "INSERT INTO t SELECT p.x, q.x, p.rowid * 100 + q.rowid FROM v p, v q WHERE true ON CONFLICT DO NOTHING");
    size_t whole_rows;
    int64_t whole = read_in_pieces(db, &spec, 1000, &whole_rows);

    (void)state;
    assert_int_equal(whole_rows, database_integer(db, "SELECT count(*) FROM t"));
    assert_true(whole_rows > 60);
    for (size_t take = 1; take < 8; take++) {
        size_t rows;

        assert_true(read_in_pieces(db, &spec, take, &rows) == whole);
        assert_int_equal(rows, whole_rows);
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The keys of all rows in a range: their values of n joined, so that order and ends show. */
static const char *keys_between(sqlite3 *db, const struct read_spec *spec, const struct bytes *after,
                                const struct bytes *until)
{
    static char found[512];
    const struct key_range range = {
        .after = after->data, .after_length = after->length, .until = until->data, .until_length = until->length};
    struct source *source = NULL;
    struct batch b;
    struct err e;

    err_clear(&e);
    found[0] = '\0';
    assert_int_equal(batch_init(&b, spec->columns, &e), 0);
    assert_int_equal(source_sqlite_open(&source, db, spec, &range, &e), 0);
    while (source->next(source, &b, &e) > 0) {
        for (size_t row = 0; row < b.rows; row++) {
            size_t used = strlen(found);

            (void)snprintf(found + used, sizeof found - used, " %d",
                           (int)b.cells[row * b.columns + spec->columns - 1].as.integer);
        }
    }
    source->close(source);
    batch_free(&b);
    return found;
}

/* The key of the only row that a SELECT gives. */
static void key_of(struct bytes *out, sqlite3 *db, const struct read_spec *spec, const char *sql)
{
    const struct read_spec one = {.table = "t", .sql_first = sql, .columns = spec->columns};
    struct source *source = open_source(db, &one, NULL);
    struct batch b;
    struct err e;

    out->length = 0;
    assert_int_equal(batch_init(&b, spec->columns, &e), 0);
    assert_int_equal(source->next(source, &b, &e), 1);
    assert_int_equal(b.rows, 1);
    assert_int_equal(key_encode(out, &b, 0, spec->key_columns, spec->key_count, &e), 0);
    source->close(source);
    batch_free(&b);
}

static void a_range_ends_with_its_upper_key(void **state)
{
    static const size_t columns[] = {0, 1};
    static const char *const names[] = {"a", "b"};
    static const struct read_spec spec = {
        .table = "t",
        .sql_first = "SELECT a, b, n FROM t ORDER BY a, b",
        .sql_after = "SELECT a, b, n FROM t WHERE (a, b) > (?1, ?2) ORDER BY a, b",
        .sql_until = "SELECT a, b, n FROM t WHERE (a, b) <= (?1, ?2) ORDER BY a, b",
        .sql_between = "SELECT a, b, n FROM t WHERE (a, b) > (?1, ?2) AND (a, b) <= (?3, ?4) ORDER BY a, b",
        .columns = 3,
        .key_columns = columns,
        .key_names = names,
        .key_count = 2};
    struct bytes lower = {0}, upper = {0}, none = {0};
    sqlite3 *db =
        memory_database("CREATE TABLE t(a TEXT COLLATE NOCASE, b, n INTEGER, PRIMARY KEY(a, b)) WITHOUT ROWID;"
                        "INSERT INTO t VALUES ('A', 1, 1), ('a', 1.5, 2), ('a', '1', 3), ('B', x'', 4),"
                        "('b', x'00', 5), ('C', NULL IS NULL, 6)");

    (void)state;
    key_of(&lower, db, &spec, "SELECT a, b, n FROM t WHERE n = 2");
    key_of(&upper, db, &spec, "SELECT a, b, n FROM t WHERE n = 4");
    assert_string_equal(keys_between(db, &spec, &none, &none), " 1 2 3 4 5 6");
    assert_string_equal(keys_between(db, &spec, &none, &lower), " 1 2");
    assert_string_equal(keys_between(db, &spec, &lower, &upper), " 3 4");
    assert_string_equal(keys_between(db, &spec, &upper, &none), " 5 6");
    assert_string_equal(keys_between(db, &spec, &upper, &upper), "");
    bytes_free(&lower);
    bytes_free(&upper);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void assert_refused(sqlite3 *db, const struct read_spec *spec, const void *key, size_t length,
                           enum err_kind kind, const char *text)
{
    const struct key_range range = {.after = key, .after_length = length};
    struct source *source = NULL;
    struct err e;

    err_clear(&e);
    assert_int_equal(source_sqlite_open(&source, db, spec, &range, &e), -1);
    assert_null(source);
    assert_int_equal(e.kind, kind);
    assert_string_equal(e.table, "t");
    if (strstr(e.message, text) == NULL) {
        fail_msg("%s", e.message);
    }
}

static void what_does_not_fit_together_is_refused(void **state)
{
    static const struct read_spec good = {.table = "t",
                                          .sql_first = "SELECT id, n FROM t",
                                          .sql_after = "SELECT id, n FROM t WHERE id > ?1",
                                          .columns = 2,
                                          .key_columns = FIRST,
                                          .key_names = ID,
                                          .key_count = 1};
    static const struct read_spec keyless = {.table = "t", .sql_first = "SELECT id, n FROM t", .columns = 2};
    static const struct read_spec narrow = {.table = "t", .sql_first = "SELECT id FROM t", .columns = 2};
    static const struct read_spec wrong = {.table = "t", .sql_first = "SELECT id, \"nn\" FROM t", .columns = 2};
    static const unsigned char two[] = {0, 0};
    sqlite3 *db = memory_database("CREATE TABLE t(id INTEGER PRIMARY KEY, n)");

    (void)state;
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    assert_refused(db, &good, two, sizeof two, ERR_INTERNAL, "a key of 2 values");
    assert_refused(db, &good, "\x09", 1, ERR_INTERNAL, "not a key");
    assert_refused(db, &keyless, "\x00", 1, ERR_INTERNAL, "no key");
    assert_refused(db, &narrow, NULL, 0, ERR_INTERNAL, "2 columns");
    assert_refused(db, &wrong, NULL, 0, ERR_SOURCE, "no such column");
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* A table whose pages are overwritten behind row 1: the error names the table and the last row that was good. */
static void damage_is_told_with_its_place(void **state)
{
    static const struct read_spec spec = {.table = "t",
                                          .sql_first = "SELECT id, n FROM t ORDER BY id",
                                          .columns = 2,
                                          .key_columns = FIRST,
                                          .key_names = ID,
                                          .key_count = 1};
    const char *path = place_file(*state, "damaged.db");
    unsigned char noise[4096];
    struct source *source;
    struct batch b;
    struct err e;
    sqlite3 *db;
    int got;

    database_make(path, "PRAGMA page_size = 4096; CREATE TABLE t(id INTEGER PRIMARY KEY, n);"
                        "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 5000)"
                        "INSERT INTO t SELECT i, hex(randomblob(50)) FROM s");
    memset(noise, 0xee, sizeof noise);
    file_patch(path, 60 * 4096L, noise, sizeof noise);
    db = database_open(path);
    err_clear(&e);
    source = open_source(db, &spec, NULL);
    assert_int_equal(batch_init(&b, 2, &e), 0);
    while ((got = source->next(source, &b, &e)) > 0) {
    }
    assert_int_equal(got, -1);
    assert_int_equal(e.kind, ERR_SOURCE);
    assert_string_equal(e.table, "t");
    assert_non_null(strstr(e.message, "behind the row with id="));
    assert_non_null(strstr(e.message, "malformed"));
    assert_true(e.hint[0] != '\0');
    source->close(source);
    batch_free(&b);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Fails the n-th allocation, for every n until none fails. */
static void out_of_memory_is_told_and_nothing_leaks(void **state)
{
    static const struct read_spec spec = {.table = "t",
                                          .sql_first = "SELECT id, v FROM t",
                                          .sql_after = "SELECT id, v FROM t WHERE id > ?1",
                                          .columns = 2,
                                          .key_columns = FIRST,
                                          .key_names = ID,
                                          .key_count = 1};
    static const unsigned char key[] = {1, 0, 0, 0, 0, 0, 0, 0, 0};
    static const struct key_range range = {.after = key, .after_length = sizeof key};
    sqlite3 *db =
        memory_database("CREATE TABLE t(id INTEGER PRIMARY KEY, v); INSERT INTO t(v) VALUES (zeroblob(100000)), ('x')");
    int failed = 1;
    long n = 0;

    (void)state;
    while (failed) {
        struct source *source = NULL;
        struct batch b;
        struct err e;

        err_clear(&e);
        assert_int_equal(batch_init(&b, 2, &e), 0);
        mem_fail_at(n++);
        failed = source_sqlite_open(&source, db, &spec, &range, &e) != 0 || source->next(source, &b, &e) < 0;
        mem_fail_at(-1);
        if (failed) {
            assert_int_equal(e.kind, ERR_MEMORY);
            assert_string_equal(e.table, "t");
        }
        if (source != NULL) {
            source->close(source);
        }
        batch_free(&b);
    }
    assert_true(n > 3);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void stop_soon(int signal)
{
    (void)signal;
    stop_request(SIGTERM);
}

/* A SELECT that would never end stops within a second of the signal. */
static void a_stop_ends_an_endless_read(void **state)
{
    static const struct read_spec spec = {
        .table = "t",
        .sql_first = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0",
        .columns = 1};
    const char *path = place_file(*state, "a.db");
    struct snapshot *s = NULL;
    struct source *source;
    struct batch b;
    struct err e;
    double start;

    database_make(path, "CREATE TABLE t(a)");
    assert_int_equal(snapshot_open(&s, path, NULL, &e), 0);
    source = open_source(snapshot_reader(s, 1), &spec, NULL);
    assert_int_equal(batch_init(&b, 1, &e), 0);
    err_clear(&e);
    (void)signal(SIGALRM, stop_soon);
    (void)alarm(1);
    start = seconds_now();
    assert_int_equal(source->next(source, &b, &e), -1);
    assert_true(seconds_now() - start < 8);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    assert_string_equal(e.table, "t");
    stop_request(0);
    source->close(source);
    batch_free(&b);
    snapshot_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_arrive_as_they_are_stored),
        cmocka_unit_test(batches_close_at_a_thousand_rows),
        cmocka_unit_test(a_large_row_travels_alone),
        cmocka_unit_test(reading_goes_on_behind_a_rowid),
        cmocka_unit_test(reading_goes_on_behind_a_composite_key),
        cmocka_unit_test(a_range_ends_with_its_upper_key),
        cmocka_unit_test(what_does_not_fit_together_is_refused),
        cmocka_unit_test_setup_teardown(damage_is_told_with_its_place, place_setup, place_teardown),
        cmocka_unit_test(out_of_memory_is_told_and_nothing_leaks),
        cmocka_unit_test_setup_teardown(a_stop_ends_an_endless_read, place_setup, place_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
