/* test_snapshot_connection.c: a connection lets nothing of a hostile file run, and ends when it is asked to. */
#include "database.h"

#include "snapshot.h"
#include "snapshot_connection.h"
#include "stop.h"

static void connect_to(struct connection *c, const char *path, enum connection_mode mode)
{
    struct err e;

    err_clear(&e);
    if (connection_open(c, path, mode, &e) != 0) {
        fail_msg("%s", e.message);
    }
}

/* Each guard is looked at by itself: most files are kept out by several of them. */
static void every_guard_is_up(void **state)
{
    static const struct {
        int option;
        int value;
        const char *name;
    } guards[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1, "defensive"},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1, "trusted_schema"}, /* see below: JSON */
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, "enable_trigger"},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0, "enable_view"},
        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, "enable_load_extension"},
        {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0, "enable_fts3_tokenizer"},
        {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0, "writable_schema"},
        {SQLITE_DBCONFIG_DQS_DML, 0, "dqs_dml"},
        {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, "no_ckpt_on_close"},
    };
    const char *path = place_file(*state, "a.db");

    database_make(path, "CREATE TABLE t(a)");
    for (int mode = CONNECTION_READ; mode <= CONNECTION_IMMUTABLE; mode++) {
        struct connection c;

        connect_to(&c, path, (enum connection_mode)mode);
        for (size_t i = 0; i < sizeof guards / sizeof guards[0]; i++) {
            int value = -1;

            assert_int_equal(sqlite3_db_config(c.db, guards[i].option, -1, &value), SQLITE_OK);
            if (value != guards[i].value) {
                fail_msg("mode %d: %s is %d", mode, guards[i].name, value);
            }
        }
        assert_int_equal(sqlite3_limit(c.db, SQLITE_LIMIT_ATTACHED, -1), 0);
        assert_int_equal(sqlite3_limit(c.db, SQLITE_LIMIT_TRIGGER_DEPTH, -1), 1);
        assert_int_equal(sqlite3_limit(c.db, SQLITE_LIMIT_SQL_LENGTH, -1), 16 * 1024 * 1024);
        assert_int_equal(sqlite3_limit(c.db, SQLITE_LIMIT_EXPR_DEPTH, -1), 1000);
        assert_int_equal(database_integer(c.db, "PRAGMA query_only"), mode != CONNECTION_WRITE);
        assert_int_equal(database_integer(c.db, "PRAGMA mmap_size"), 0);
        assert_int_equal(database_integer(c.db, "PRAGMA cell_size_check"), 1);
        connection_close(&c);
    }
}

/* SQLite 3.40 does not mark its JSON functions as innocuous: they work in a schema all the same, and what has side
 * effects does not. */
static void json_in_a_schema_is_read(void **state)
{
    const char *path = place_file(*state, "json.db");
    struct connection c;

    database_make(path, "CREATE TABLE t(a TEXT CHECK (json_valid(a)), b TEXT AS (json_extract(a, '$.x')) STORED,"
                        " c AS (a ->> '$.x')); CREATE INDEX i ON t(json_extract(a, '$.y'));"
                        "INSERT INTO t(a) VALUES ('{\"x\": 5}')");
    connect_to(&c, path, CONNECTION_READ);
    assert_int_equal(connection_begin(&c), SQLITE_OK);
    assert_int_equal(database_integer(c.db, "SELECT b + c FROM t"), 10);
    connection_close(&c);
    database_make(path, "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a, b AS "
                        "(load_extension(a)))' WHERE name = 't'; DELETE FROM sqlite_schema WHERE name = 'i'");
    connect_to(&c, path, CONNECTION_READ);
    assert_int_not_equal(connection_begin(&c), SQLITE_OK);
    connection_close(&c);
}

/* Runs a statement on a reader; it has to fail. */
static void assert_denied(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK) {
        fail_msg("was allowed: %s", sql);
    }
}

static void nothing_of_the_file_runs_and_nothing_is_written(void **state)
{
    const char *path = place_file(*state, "hostile.db");
    struct snapshot *s = NULL;
    struct err e;
    sqlite3 *db;

    database_make(
        path,
        "CREATE TABLE t(id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'a');"
        "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n;"
        "CREATE VIEW broken AS SELECT x FROM nowhere;"
        "CREATE TRIGGER r AFTER DELETE ON t BEGIN SELECT load_extension('x'); END;"
        "PRAGMA writable_schema = 1;"
        "INSERT INTO sqlite_schema VALUES ('table', 'odd', 'odd', 0, 'CREATE VIRTUAL TABLE odd USING nomodule(a)')");
    assert_int_equal(snapshot_open(&s, path, NULL, &e), 0);
    db = snapshot_reader(s, 0);
    assert_true(database_integer(db, "SELECT count(*) FROM sqlite_schema") == 5);
    assert_denied(db, "SELECT * FROM endless");
    assert_denied(db, "SELECT * FROM broken");
    assert_denied(db, "SELECT * FROM odd");
    assert_denied(db, "SELECT load_extension('x')");
    assert_denied(db, "ATTACH ':memory:' AS other");
    assert_denied(db, "SELECT \"no such column\" FROM t");
    for (int i = 0; i < SNAPSHOT_READERS; i++) {
        assert_denied(snapshot_reader(s, i), "DELETE FROM t");
        assert_denied(snapshot_reader(s, i), "CREATE TABLE x(a)");
        (void)sqlite3_exec(snapshot_reader(s, i), "PRAGMA query_only = 0", NULL, NULL, NULL);
        assert_denied(snapshot_reader(s, i), "DELETE FROM t");
    }
    assert_int_equal(snapshot_unchanged(s, &e), 0);
    snapshot_close(s);
}

static void a_statement_ends_when_it_is_cancelled_or_a_signal_came(void **state)
{
    static const char endless[] =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
    const char *path = place_file(*state, "a.db");
    struct connection c;
    struct err e;

    database_make(path, "CREATE TABLE t(a)");
    connect_to(&c, path, CONNECTION_READ);
    atomic_store(&c.cancel, 1);
    assert_int_equal(connection_run(&c, endless), SQLITE_INTERRUPT);
    atomic_store(&c.cancel, 0);
    stop_request(SIGTERM);
    assert_int_equal(connection_run(&c, endless), SQLITE_INTERRUPT);
    assert_int_equal(connection_refuse(&c, path, &e), -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    stop_request(0);
    assert_int_equal(connection_run(&c, "SELECT * FROM t"), SQLITE_OK);
    connection_close(&c);
}

static void a_lock_is_waited_for_as_long_as_it_should(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct connection c;
    struct helper h;
    double start;

    database_make(path, "CREATE TABLE t(a)");
    h = helper_start(path, "BEGIN EXCLUSIVE", "COMMIT");
    connect_to(&c, path, CONNECTION_READ);
    c.wait_ms = 300;
    start = seconds_now();
    assert_int_equal(connection_run(&c, "SELECT * FROM t"), SQLITE_BUSY);
    assert_true(seconds_now() - start >= 0.29 && seconds_now() - start < 8);
    c.wait_ms = 20000;
    stop_request(SIGINT);
    start = seconds_now();
    assert_int_equal(connection_run(&c, "SELECT * FROM t"), SQLITE_BUSY);
    assert_true(seconds_now() - start < 8);
    stop_request(0);
    assert_int_equal(helper_end(&h), SQLITE_OK);
    assert_int_equal(connection_run(&c, "SELECT * FROM t"), SQLITE_OK);
    connection_close(&c);
}

static void the_page_cache_is_as_large_as_we_say(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct connection c;

    database_make(path, "CREATE TABLE t(a); PRAGMA default_cache_size = 1000000");
    connect_to(&c, path, CONNECTION_READ);
    assert_int_equal(connection_begin(&c), SQLITE_OK);
    assert_int_equal(database_integer(c.db, "PRAGMA default_cache_size"), 1000000);
    assert_int_equal(database_integer(c.db, "PRAGMA cache_size"), -2000);
    connection_close(&c);
}

/* A few bytes of a file, and a row that no machine holds. */
static void a_row_of_any_size_does_not_take_all_memory(void **state)
{
    const char *path = place_file(*state, "a.db");
    int64_t before;
    struct connection c;
    struct err e;

    database_make(path, "CREATE TABLE t(a, b AS (zeroblob(a)), c AS (printf('%.*c', a, 'x')), d AS (hex(zeroblob(a))));"
                        "INSERT INTO t(a) VALUES (100), (60000000)");
    connect_to(&c, path, CONNECTION_READ);
    before = sqlite3_hard_heap_limit64(-1);
    assert_in_range(before, INT64_C(64) << 20, INT64_C(3) << 30);
    (void)sqlite3_hard_heap_limit64(INT64_C(100) << 20); /* a smaller machine */
    assert_int_equal(database_integer(c.db, "SELECT length(c) + length(d) FROM t WHERE a = 100"), 300);
    assert_int_equal(connection_run(&c, "SELECT * FROM t WHERE a > 100"), SQLITE_NOMEM);
    assert_int_equal(snapshot_error(c.db, "cannot read the table", &e), -1);
    assert_int_equal(e.kind, ERR_MEMORY);
    assert_non_null(strstr(e.message, "SQLite may take 100 MB here"));
    assert_string_not_equal(e.hint, "");
    assert_int_equal(connection_run(&c, "SELECT * FROM t WHERE a = 100"), SQLITE_OK); /* others can still be read */
    connection_close(&c);
    (void)sqlite3_hard_heap_limit64(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(every_guard_is_up),
        FILE_TEST(json_in_a_schema_is_read),
        FILE_TEST(nothing_of_the_file_runs_and_nothing_is_written),
        FILE_TEST(a_statement_ends_when_it_is_cancelled_or_a_signal_came),
        FILE_TEST(a_lock_is_waited_for_as_long_as_it_should),
        FILE_TEST(the_page_cache_is_as_large_as_we_say),
        FILE_TEST(a_row_of_any_size_does_not_take_all_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
