/* test_snapshot_probe.c: other processes are seen, and what a snapshot brought is tidied away, but nothing else. */
#include <errno.h>

#include "database.h"

#include "snapshot.h"
#include "snapshot_probe.h"
#include "stop.h"

static const char SAMPLE[] = "CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)";

/* Opening is refused because of the helper, which the message names. */
static void assert_live(const char *path, const struct helper *h, const char *text)
{
    struct snapshot *s = NULL;
    struct err e;
    char process[32];

    (void)snprintf(process, sizeof process, "process %ld (", (long)h->pid);
    err_clear(&e);
    assert_int_equal(snapshot_open(&s, path, NULL, &e), -1);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    if (strstr(e.message, "is in use") == NULL || strstr(e.message, process) == NULL ||
        strstr(e.message, text) == NULL) {
        fail_msg("%s", e.message);
    }
    assert_non_null(strstr(e.hint, "wherry snapshot "));
    assert_non_null(strstr(e.hint, " COPY"));
}

static void assert_opens(const char *path)
{
    struct snapshot *s = NULL;
    struct err e;

    if (snapshot_open(&s, path, NULL, &e) != 0) {
        fail_msg("%s", e.message);
    }
    snapshot_close(s);
}

static void a_process_with_the_file_open_is_seen(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct helper h;

    database_make(path, SAMPLE);
    h = helper_start(path, "SELECT count(*) FROM t", NULL);
    assert_live(path, &h, "has it open");
    assert_int_equal(helper_end(&h), 0);
    assert_opens(path);
}

static void each_kind_of_lock_is_seen(void **state)
{
    static const char *const holding[] = {"BEGIN; SELECT * FROM t", "BEGIN IMMEDIATE", "BEGIN; UPDATE t SET a = 3",
                                          "BEGIN EXCLUSIVE"};
    const char *path = place_file(*state, "a.db");

    database_make(path, SAMPLE);
    for (int wal = 0; wal < 2; wal++) {
        for (size_t i = 0; i < sizeof holding / sizeof holding[0]; i++) {
            struct helper h = helper_start(path, holding[i], NULL);

            assert_live(path, &h, "holds a lock");
            assert_int_equal(helper_end(&h), 0);
        }
        assert_opens(path);
        database_make(path, "PRAGMA journal_mode = WAL");
    }
}

static void a_hard_link_is_the_same_file(void **state)
{
    struct place *p = *state;
    char other[128];
    const char *path;
    struct helper h;

    (void)snprintf(other, sizeof other, "%s", place_file(p, "other.db"));
    path = place_file(p, "a.db");
    database_make(path, SAMPLE);
    assert_int_equal(link(path, other), 0);
    h = helper_start(other, "SELECT count(*) FROM t", NULL);
    assert_live(path, &h, "has it open");
    assert_int_equal(helper_end(&h), 0);
}

static void our_own_connections_are_no_other_process(void **state)
{
    const char *path = place_file(*state, "a.db");
    sqlite3 *db;
    struct snapshot *s = NULL;
    struct err e;

    database_make(path, SAMPLE);
    for (int wal = 0; wal < 2; wal++) {
        db = database_open(path);
        database_run(db, "BEGIN; SELECT * FROM t");
        assert_opens(path);
        assert_int_equal(snapshot_open(&s, path, NULL, &e), 0);
        assert_opens(path);
        snapshot_close(s);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        database_make(path, "PRAGMA journal_mode = WAL");
    }
}

/* Our own lock that blocks for ever ends with a refusal, after a bounded wait. */
static void the_wait_for_the_fence_is_bounded(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct snapshot *s = NULL;
    sqlite3 *db;
    struct err e;
    double start;

    database_make(path, SAMPLE);
    db = database_open(path);
    database_run(db, "BEGIN IMMEDIATE");
    start = seconds_now();
    assert_int_equal(snapshot_open(&s, path, NULL, &e), -1);
    assert_true(seconds_now() - start < 8);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    assert_non_null(strstr(e.message, "is in use"));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void only_what_nobody_uses_is_tidied(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct helper h;

    database_make(path, "PRAGMA journal_mode = WAL");
    database_make(path, SAMPLE);
    h = helper_start(path, "SELECT count(*) FROM t", NULL);
    assert_true(file_exists(path, "-shm"));
    probe_tidy(path, 1, 1);
    assert_true(file_exists(path, "-wal"));
    assert_true(file_exists(path, "-shm"));
    helper_kill(&h);
    probe_tidy(path, 1, 1);
    assert_false(file_exists(path, "-wal"));
    assert_false(file_exists(path, "-shm"));
    h = helper_start(path, "INSERT INTO t VALUES (3)", NULL);
    helper_kill(&h);
    probe_tidy(path, 1, 1);
    assert_true(file_exists(path, "-wal"));
    assert_true(file_exists(path, "-shm"));
}

static void the_look_tells_what_is_there(void **state)
{
    struct place *p = *state;
    struct probe probe;
    struct err e;
    struct helper h;

    assert_int_equal(probe_run(&probe, place_file(p, "no.db"), 1, &e), 0);
    assert_false(probe.database.exists);
    database_make(place_file(p, "a.db"), "PRAGMA journal_mode = WAL");
    h = helper_start(p->path, SAMPLE, NULL);
    assert_int_equal(probe_run(&probe, p->path, 0, &e), 0);
    assert_int_equal(probe.user, PROBE_NOBODY); /* it was not asked for */
    assert_int_equal(probe_run(&probe, p->path, 1, &e), 0);
    assert_int_equal(probe.user, PROBE_LOCK);
    assert_int_equal(probe.user_pid, h.pid);
    assert_true(probe.wal.size > 0);
    assert_memory_equal(probe.wal_header, "\x37\x7f\x06", 3);
    assert_true(probe_is_wal(&probe));
    assert_true(probe.shm.exists);
    assert_false(probe.journal.exists);
    assert_true(probe.directory_writable);
    assert_int_equal(helper_end(&h), 0);
}

/* A disk that fails is not taken for a file that is empty, or that has changed. */
static void a_read_that_fails_is_told(void **state)
{
    struct place *p = *state;
    struct probe probe;
    struct err e;
    char wal[PROBE_PATH];

    database_make(place_file(p, "a.db"), SAMPLE);
    (void)snprintf(wal, sizeof wal, "%s-wal", p->path);
    assert_int_equal(mkdir(wal, 0700), 0); /* it opens, and read says that it is none to be read */
    assert_int_equal(probe_run(&probe, p->path, 0, &e), -1);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    assert_non_null(strstr(e.message, strerror(EISDIR)));
    assert_int_equal(rmdir(wal), 0);
    assert_int_equal(probe_run(&probe, p->path, 0, &e), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(a_process_with_the_file_open_is_seen), FILE_TEST(each_kind_of_lock_is_seen),
        FILE_TEST(a_hard_link_is_the_same_file),         FILE_TEST(our_own_connections_are_no_other_process),
        FILE_TEST(the_wait_for_the_fence_is_bounded),    FILE_TEST(only_what_nobody_uses_is_tidied),
        FILE_TEST(the_look_tells_what_is_there),         FILE_TEST(a_read_that_fails_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
