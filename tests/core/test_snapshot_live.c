/* test_snapshot_live.c: a file that another process uses, read beside it: one moment, no fence, nothing left behind. */
#include "database.h"

#include <pthread.h>

#include "snapshot.h"

static const char SAMPLE[] = "CREATE TABLE t(id INTEGER PRIMARY KEY, v INTEGER);"
                             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
                             "INSERT INTO t(v) SELECT 0 FROM n";

static const char *const MODES[] = {"PRAGMA journal_mode = DELETE", "PRAGMA journal_mode = WAL"};

static int try_live(struct snapshot **s, const char *path, struct err *e)
{
    const struct snapshot_options options = {.lanes = 3, .live = 1};

    err_clear(e);
    return snapshot_open(s, path, &options, e);
}

static struct snapshot *open_live(const char *path)
{
    struct snapshot *s = NULL;
    struct err e;

    if (try_live(&s, path, &e) != 0) {
        fail_msg("%s", e.message);
    }
    return s;
}

/* What each reader sees of a query; all have to see the same. */
static int64_t seen_by_all(struct snapshot *s, const char *sql)
{
    int64_t first = database_integer(snapshot_reader(s, 0), sql);

    for (int i = 1; i < SNAPSHOT_READERS; i++) {
        assert_int_equal(database_integer(snapshot_reader(s, i), sql), first);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(database_integer(snapshot_lane(s, i), sql), first);
    }
    return first;
}

static void a_file_at_rest_is_read_under_the_fence(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct snapshot *s;

    database_make(path, SAMPLE);
    s = open_live(path);
    assert_int_equal(snapshot_info(s)->fenced, 1);
    assert_int_equal(snapshot_info(s)->live, 0);
    assert_string_equal(snapshot_info(s)->user, "");
    snapshot_close(s);
}

static void a_file_in_use_is_read_and_left_as_it_was(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-journal"};

    for (int mode = 0; mode < 2; mode++) {
        const char *path = place_file(*state, mode ? "wal.db" : "delete.db");
        struct remembered before[3];
        struct snapshot *s;
        struct helper h;

        database_make(path, MODES[mode]);
        database_make(path, SAMPLE);
        h = helper_start(path, "INSERT INTO t(v) VALUES (1)", NULL);
        for (int i = 0; i < 3; i++) {
            before[i] = file_remember(path, suffixes[i]);
        }
        assert_int_equal(file_exists(path, "-shm"), mode);
        s = open_live(path);
        assert_int_equal(snapshot_info(s)->live, 1);
        assert_int_equal(snapshot_info(s)->fenced, 0);
        assert_int_equal(snapshot_info(s)->wal, mode);
        assert_non_null(strstr(snapshot_info(s)->user, mode ? "holds a lock on it" : "has it open"));
        assert_true(snapshot_info(s)->taken > 0);
        assert_int_equal(strlen(snapshot_info(s)->fingerprint), 32);
        assert_int_equal(seen_by_all(s, "SELECT count(*) FROM t"), 1001);
        snapshot_close(s);
        for (int i = 0; i < 3; i++) {
            file_assert_same(&before[i], path, suffixes[i]);
        }
        assert_int_equal(file_exists(path, "-shm"), mode);
        assert_int_equal(helper_end(&h), SQLITE_OK);
        assert_false(file_exists(path, "-shm"));
        assert_false(file_exists(path, "-wal"));
    }
}

/* A process that has the file open, but not by SQLite: no -wal and no -shm are there. */
static struct helper hold_open(const char *path)
{
    struct helper h = {.ready = -1, .go = -1};

    h.pid = fork();
    assert_true(h.pid >= 0);
    if (h.pid == 0) {
        (void)alarm(60);
        (void)(open(path, O_RDONLY) >= 0 && pause() != 0);
        _exit(0);
    }
    (void)usleep(100000);
    return h;
}

static void no_log_is_left_where_none_was(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct snapshot *s;
    struct helper h;

    database_make(path, MODES[1]);
    database_make(path, SAMPLE);
    assert_false(file_exists(path, "-wal"));
    h = hold_open(path);
    s = open_live(path);
    assert_int_equal(snapshot_info(s)->live, 1);
    assert_int_equal(seen_by_all(s, "SELECT count(*) FROM t"), 1000);
    snapshot_close(s);
    assert_false(file_exists(path, "-wal"));
    assert_false(file_exists(path, "-shm"));
    helper_kill(&h);
}

static void what_is_committed_later_is_not_seen(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct snapshot *s;
    struct helper h;
    struct err e;

    database_make(path, MODES[1]);
    database_make(path, SAMPLE);
    h = helper_start(path, "SELECT count(*) FROM t", "DELETE FROM t WHERE id > 10; PRAGMA wal_checkpoint");
    s = open_live(path);
    assert_int_equal(helper_end(&h), SQLITE_OK);
    assert_int_equal(seen_by_all(s, "SELECT count(*) FROM t"), 1000);
    assert_int_equal(snapshot_unchanged(s, &e), 0);
    snapshot_close(s);
}

static pid_t write_on(const char *path)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        sqlite3 *db = NULL;

        (void)alarm(60); /* it does not outlive a test that fails */
        (void)sqlite3_open(path, &db);
        (void)sqlite3_busy_timeout(db, 10000);
        (void)sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
        for (;;) {
            (void)sqlite3_exec(db, "UPDATE t SET v = v + 1 WHERE id = 1", NULL, NULL, NULL);
            (void)usleep(500);
        }
    }
    return pid;
}

/* No commit falls between the first reader's beginning and the last one's, although there is no fence. */
static void all_readers_see_one_moment(void **state)
{
    for (int mode = 0; mode < 2; mode++) {
        const char *path = place_file(*state, mode ? "wal.db" : "delete.db");
        int64_t last = 0;
        pid_t writer;

        database_make(path, MODES[mode]);
        database_make(path, SAMPLE);
        writer = write_on(path);
        (void)usleep(100000);
        for (int round = 0; round < 30; round++) {
            struct snapshot *s = open_live(path);
            int64_t value = seen_by_all(s, "SELECT v FROM t WHERE id = 1");

            assert_true(value >= last);
            last = value;
            snapshot_close(s);
        }
        assert_true(last > 10); /* the writer got its turns */
        (void)kill(writer, SIGKILL);
        (void)waitpid(writer, NULL, 0);
    }
}

static void *release_soon(void *argument)
{
    (void)usleep(400000);
    helper_go(argument);
    return NULL;
}

static void a_lock_is_waited_for(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct snapshot *s;
    struct helper h;
    pthread_t thread;

    database_make(path, SAMPLE);
    h = helper_start(path, "BEGIN EXCLUSIVE; INSERT INTO t(v) VALUES (1)", "COMMIT");
    assert_int_equal(pthread_create(&thread, NULL, release_soon, &h), 0);
    s = open_live(path);
    assert_int_equal(seen_by_all(s, "SELECT count(*) FROM t"), 1001);
    snapshot_close(s);
    (void)pthread_join(thread, NULL);
    assert_int_equal(helper_end(&h), SQLITE_OK);
}

static void a_lock_that_stays_is_told(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct snapshot *s = NULL;
    struct helper h;
    struct err e;

    database_make(path, SAMPLE);
    h = helper_start(path, "BEGIN EXCLUSIVE", "ROLLBACK");
    assert_int_equal(try_live(&s, path, &e), -1);
    assert_null(s);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    assert_non_null(strstr(e.message, "is in use: process"));
    assert_non_null(strstr(e.message, "holds a lock on it"));
    assert_non_null(strstr(e.hint, "wherry snapshot"));
    assert_int_equal(helper_end(&h), SQLITE_OK);
}

/* Whoever has the file open may have nothing to do with it: a journal that was left behind is hot all the same. */
static void a_hot_journal_is_told_and_kept(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct remembered journal;
    struct snapshot *s = NULL;
    struct helper h;
    struct err e;

    database_make_hot(path, SAMPLE);
    journal = file_remember(path, "-journal");
    h = hold_open(path);
    assert_int_equal(try_live(&s, path, &e), -1);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    assert_non_null(strstr(e.message, "hot journal"));
    file_assert_same(&journal, path, "-journal");
    helper_kill(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(a_file_at_rest_is_read_under_the_fence),
        FILE_TEST(a_file_in_use_is_read_and_left_as_it_was),
        FILE_TEST(no_log_is_left_where_none_was),
        FILE_TEST(what_is_committed_later_is_not_seen),
        FILE_TEST(all_readers_see_one_moment),
        FILE_TEST(a_lock_is_waited_for),
        FILE_TEST(a_lock_that_stays_is_told),
        FILE_TEST(a_hot_journal_is_told_and_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
