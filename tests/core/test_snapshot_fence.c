/* test_snapshot_fence.c: while the fence is held nobody else commits, and taking it writes nothing. */
#include "database.h"

#include "snapshot_fence.h"
#include "stop.h"

static const char LARGE[] = "CREATE TABLE t(v);"
                            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
                            "INSERT INTO t SELECT 'value ' || i FROM n";

static const char SAMPLE[] = "CREATE TABLE t(v); INSERT INTO t VALUES (1)";

/* Inserts a row without waiting. 0, or SQLite's result code. */
static int insert(sqlite3 *db)
{
    (void)sqlite3_busy_timeout(db, 0);
    return sqlite3_exec(db, "INSERT INTO t VALUES (2)", NULL, NULL, NULL);
}

static void nobody_commits_while_it_is_held(void **state)
{
    for (int wal = 0; wal < 2; wal++) {
        const char *path = place_file(*state, wal ? "w.db" : "a.db");
        struct fence f = {0};
        struct err e;
        sqlite3 *db;

        database_make(path, wal ? "PRAGMA journal_mode = WAL" : "");
        database_make(path, SAMPLE);
        err_clear(&e);
        assert_int_equal(fence_prepare(&f, path, 0, &e), 0);
        assert_int_equal(f.wal, wal);
        assert_int_equal(fence_take(&f, &e), 1);
        db = database_open(path);
        assert_int_equal(insert(db), SQLITE_BUSY);
        assert_true(database_integer(db, "SELECT count(*) FROM t") == 1);
        assert_int_equal(fence_release(&f, &e), 0);
        assert_int_equal(insert(db), SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        fence_close(&f);
    }
}

/* A process that has the file open and does nothing hides nothing: the journal that another one left behind when it was
 * killed stays, and the file as well. SQLite would roll it back for whoever takes a lock for writing. */
static void a_hot_journal_beside_a_live_process_is_left_alone(void **state)
{
    const char *path = place_file(*state, "hot.db");
    struct remembered file;
    struct remembered journal;
    struct fence f = {0};
    struct helper idle;
    struct err e;

    database_make_hot(path, LARGE);
    idle = helper_start(path, "", NULL);
    file = file_remember(path, "");
    journal = file_remember(path, "-journal");
    err_clear(&e);
    assert_int_equal(fence_prepare(&f, path, FENCE_LIVE, &e), 0);
    assert_int_equal(fence_take(&f, &e), -1);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    assert_non_null(strstr(e.message, "hot journal"));
    assert_false(f.busy);
    fence_close(&f);
    file_assert_same(&file, path, "");
    file_assert_same(&journal, path, "-journal");
    helper_kill(&idle);
}

static void a_transaction_that_stays_open_is_waited_for_and_named(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct fence f = {0};
    struct helper writer;
    struct err e;

    database_make(path, SAMPLE);
    writer = helper_start(path, "BEGIN IMMEDIATE", "COMMIT");
    err_clear(&e);
    assert_int_equal(fence_prepare(&f, path, FENCE_LIVE, &e), 0);
    assert_int_equal(fence_take(&f, &e), -1);
    assert_true(f.busy);
    assert_non_null(strstr(e.message, "is in use: process "));
    fence_close(&f);
    assert_int_equal(helper_end(&writer), 0);
}

/* Without one attempt behind the other, holder and writer would wait for each other. */
static void writers_without_pause_do_not_keep_it_from_being_taken(void **state)
{
    const char *path = place_file(*state, "a.db");
    pid_t pid;

    database_make(path, SAMPLE);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        sqlite3 *db = NULL;
        int failed = sqlite3_open(path, &db);

        (void)sqlite3_busy_timeout(db, 20000);
        while (!failed) {
            failed = sqlite3_exec(db, "UPDATE t SET v = v + 1", NULL, NULL, NULL);
            (void)usleep(100);
        }
        _exit(1);
    }
    for (int i = 0; i < 10; i++) {
        struct fence f = {0};
        struct err e;

        err_clear(&e);
        assert_int_equal(fence_prepare(&f, path, FENCE_LIVE, &e), 0);
        if (fence_take(&f, &e) != 1) {
            fail_msg("%s", e.message);
        }
        assert_int_equal(fence_release(&f, &e), 0);
        fence_close(&f);
    }
    assert_int_equal(waitpid(pid, NULL, WNOHANG), 0); /* it is at it still */
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
}

static void a_stop_ends_the_waiting(void **state)
{
    const char *path = place_file(*state, "a.db");
    double start = seconds_now();
    struct fence f = {0};
    struct helper writer;
    struct err e;

    database_make(path, SAMPLE);
    writer = helper_start(path, "BEGIN IMMEDIATE", "COMMIT");
    err_clear(&e);
    assert_int_equal(fence_prepare(&f, path, FENCE_LIVE, &e), 0);
    stop_request(SIGINT);
    assert_int_equal(fence_take(&f, &e), -1);
    stop_request(0);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    assert_true(seconds_now() - start < 3);
    fence_close(&f);
    assert_int_equal(helper_end(&writer), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(nobody_commits_while_it_is_held),
        FILE_TEST(a_hot_journal_beside_a_live_process_is_left_alone),
        FILE_TEST(a_transaction_that_stays_open_is_waited_for_and_named),
        FILE_TEST(writers_without_pause_do_not_keep_it_from_being_taken),
        FILE_TEST(a_stop_ends_the_waiting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
