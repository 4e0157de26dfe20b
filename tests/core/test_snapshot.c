/* test_snapshot.c: the source is held still, read through guarded connections, and left as it was. */
#include "database.h"

#include <pthread.h>
#include <stdatomic.h>

#include "mem.h"
#include "snapshot.h"
#include "stop.h"

static const char SAMPLE[] = "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);"
                             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
                             "INSERT INTO t(v) SELECT 'value ' || i FROM n";

static void assert_unchanged(struct snapshot *s)
{
    struct err e;

    err_clear(&e);
    if (snapshot_unchanged(s, &e) != 0) {
        fail_msg("%s", e.message);
    }
}

static void assert_changed(struct snapshot *s, const char *text)
{
    struct err e;

    err_clear(&e);
    assert_int_equal(snapshot_unchanged(s, &e), -1);
    assert_int_equal(e.kind, ERR_CHANGED);
    assert_true(e.hint[0] != '\0');
    if (strstr(e.message, text) == NULL) {
        fail_msg("%s", e.message);
    }
}

/* Opens, reads with every reader and closes; the four files are afterwards as they were before. */
static void read_and_compare(const char *path, int64_t rows, int fenced, int wal)
{
    static const char *const suffixes[] = {"", "-wal", "-journal"};
    struct remembered before[3];
    int shm = file_exists(path, "-shm");
    struct snapshot *s;

    for (int i = 0; i < 3; i++) {
        before[i] = file_remember(path, suffixes[i]);
    }
    s = open_snapshot(path);
    assert_int_equal(snapshot_info(s)->fenced, fenced);
    assert_int_equal(snapshot_info(s)->wal, wal);
    assert_int_equal(snapshot_info(s)->note[0] == '\0', fenced);
    assert_int_equal(strlen(snapshot_info(s)->fingerprint), 32);
    for (int i = 0; i < SNAPSHOT_READERS; i++) {
        assert_true(database_integer(snapshot_reader(s, i), "SELECT count(*) FROM t") == rows);
        assert_int_equal(sqlite3_txn_state(snapshot_reader(s, i), "main"), SQLITE_TXN_READ);
    }
    assert_null(snapshot_reader(s, SNAPSHOT_READERS));
    assert_null(snapshot_reader(s, -1));
    assert_unchanged(s);
    snapshot_close(s);
    for (int i = 0; i < 3; i++) {
        file_assert_same(&before[i], path, suffixes[i]);
    }
    assert_int_equal(file_exists(path, "-shm"), shm);
}

static void a_rollback_journal_database_is_left_as_it_was(void **state)
{
    const char *path = place_file(*state, "a.db");

    database_make(path, SAMPLE);
    read_and_compare(path, 1000, 1, 0);
    file_write(path, "-journal", "", 0); /* journal_mode = TRUNCATE leaves this */
    read_and_compare(path, 1000, 1, 0);
    file_write(path, "-journal", "\0\0\0\0\0\0\0\0\0\0\0\0", 12); /* and PERSIST this */
    read_and_compare(path, 1000, 1, 0);
}

static void a_closed_wal_database_is_left_as_it_was(void **state)
{
    const char *path = place_file(*state, "a.db");

    database_make(path, "PRAGMA journal_mode = WAL");
    database_make(path, SAMPLE);
    assert_false(file_exists(path, "-wal"));
    read_and_compare(path, 1000, 1, 1);
    file_write(path, "-wal", "", 0);
    read_and_compare(path, 1000, 1, 1);
}

/* The program was killed: rows are in the -wal only, and stay there. */
static void a_log_that_was_not_written_back_is_read_and_kept(void **state)
{
    const char *path = place_file(*state, "a.db");
    char shm[128];
    struct helper h;

    database_make(path, "PRAGMA journal_mode = WAL");
    h = helper_start(path, SAMPLE, NULL);
    helper_kill(&h);
    assert_true(file_exists(path, "-wal"));
    assert_true(file_exists(path, "-shm"));
    read_and_compare(path, 1000, 1, 1);
    (void)snprintf(shm, sizeof shm, "%s-shm", path); /* a copy of file and -wal has no -shm */
    assert_int_equal(unlink(shm), 0);
    read_and_compare(path, 1000, 1, 1);
}

static void names_mean_what_they_say(void **state)
{
    static const char *const names[] = {
        "a b.db",         "what?.db",       "100%.db",         "a%20b.db", "#1.db",    "x?mode=ro&immutable=1",
        "it's \"it\".db", "line\nbreak.db", "\xc3\xa4\xff.db", ":memory:", "file:x.db"};
    struct place *p = *state;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *path = place_file(p, names[i]);

        database_make(path, SAMPLE);
        read_and_compare(path, 1000, 1, 0);
        database_make(path, "PRAGMA journal_mode = WAL; DELETE FROM t WHERE id > 500");
        read_and_compare(path, 500, 1, 1);
    }
}

static void a_symbolic_link_leads_to_the_log_of_the_file_itself(void **state)
{
    struct place *p = *state;
    char link[128];
    const char *path;
    struct helper h;
    struct snapshot *s;

    (void)snprintf(link, sizeof link, "%s", place_file(p, "link.db"));
    path = place_file(p, "a.db");
    database_make(path, "PRAGMA journal_mode = WAL");
    h = helper_start(path, SAMPLE, NULL);
    helper_kill(&h);
    assert_int_equal(symlink(path, link), 0);
    s = open_snapshot(link);
    assert_string_equal(snapshot_info(s)->path, path);
    assert_true(database_integer(snapshot_reader(s, 0), "SELECT count(*) FROM t") == 1000);
    snapshot_close(s);
    assert_false(file_exists(link, "-wal"));
}

static void the_fingerprint_follows_the_content(void **state)
{
    const char *path = place_file(*state, "a.db");
    char first[33];
    struct snapshot *s;

    database_make(path, SAMPLE);
    s = open_snapshot(path);
    (void)snprintf(first, sizeof first, "%s", snapshot_info(s)->fingerprint);
    snapshot_close(s);
    s = open_snapshot(path);
    assert_string_equal(first, snapshot_info(s)->fingerprint);
    snapshot_close(s);
    database_make(path, "UPDATE t SET v = 'x' WHERE id = 1");
    s = open_snapshot(path);
    assert_string_not_equal(first, snapshot_info(s)->fingerprint);
    snapshot_close(s);
}

static void a_commit_of_another_process_is_seen(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct snapshot *s;
    struct helper h;

    database_make(path, "PRAGMA journal_mode = WAL");
    database_make(path, SAMPLE);
    h = helper_start(path, NULL, "INSERT INTO t(v) VALUES ('new')");
    s = open_snapshot(path);
    assert_unchanged(s);
    assert_int_equal(helper_end(&h), SQLITE_OK);
    for (int i = 0; i < SNAPSHOT_READERS; i++) {
        assert_true(database_integer(snapshot_reader(s, i), "SELECT count(*) FROM t") == 1000);
    }
    assert_changed(s, "changed while it was read");
    snapshot_close(s);
    assert_true(file_exists(path, "-wal")); /* that content is not ours to remove */
    read_and_compare(path, 1001, 1, 1);
}

static void a_file_that_is_replaced_or_rewritten_is_seen(void **state)
{
    struct place *p = *state;
    char copy[128];
    const char *path;
    struct snapshot *s;
    unsigned char *data;
    size_t length;

    (void)snprintf(copy, sizeof copy, "%s", place_file(p, "copy.db"));
    path = place_file(p, "a.db");
    database_make(path, SAMPLE);
    s = open_snapshot(path);
    file_patch(path, 5000, "x", 1);
    assert_changed(s, "time of modification");
    snapshot_close(s);
    s = open_snapshot(path);
    data = file_bytes(path, "", &length);
    file_write(copy, "", data, length);
    free(data);
    assert_int_equal(rename(copy, path), 0);
    assert_changed(s, "removed or replaced");
    snapshot_close(s);
}

/* Puts a file's time of modification back, as a careful program would. */
static void set_time(const char *path, const struct timespec *mtime)
{
    const struct timespec times[2] = {{0, UTIME_OMIT}, *mtime};

    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void a_change_that_keeps_the_time_is_seen(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct snapshot *s;
    struct stat st;

    database_make(path, SAMPLE);
    assert_int_equal(stat(path, &st), 0);
    s = open_snapshot(path);
    assert_int_equal(truncate(path, st.st_size + 4096), 0);
    set_time(path, &st.st_mtim);
    assert_changed(s, "size");
    snapshot_close(s);
    assert_int_equal(truncate(path, st.st_size), 0);
    set_time(path, &st.st_mtim);
    s = open_snapshot(path);
    assert_unchanged(s);
    file_patch(path, 60, "\1\2\3\4", 4); /* user_version */
    set_time(path, &st.st_mtim);
    assert_changed(s, "header");
    snapshot_close(s);
}

/* The log may have room from before: a commit changes neither a size, nor a header, nor the database itself. */
static void a_commit_into_the_room_of_the_log_is_seen(void **state)
{
    static const char once_round[] = "PRAGMA wal_autocheckpoint = 0; CREATE TABLE room(a);"
                                     "INSERT INTO room VALUES (randomblob(200000));"
                                     "PRAGMA wal_checkpoint; UPDATE t SET v = 'y' WHERE id = 1";
    const char *path = place_file(*state, "a.db");
    struct remembered wal;
    struct remembered now;
    struct snapshot *s;
    struct helper h;

    database_make(path, "PRAGMA journal_mode = WAL");
    database_make(path, SAMPLE);
    h = helper_start(path, once_round, NULL);
    helper_kill(&h);
    h = helper_start(path, NULL, "UPDATE t SET v = 'x' WHERE id = 1");
    s = open_snapshot(path);
    wal = file_remember(path, "-wal");
    assert_unchanged(s);
    assert_int_equal(helper_end(&h), SQLITE_OK);
    assert_changed(s, "another process committed");
    snapshot_close(s);
    now = file_remember(path, "-wal");
    assert_int_equal(wal.length, now.length);
    assert_memory_equal(wal.data, now.data, 32);
    free(wal.data);
    free(now.data);
}

struct writer {
    const char *path;
    atomic_int stop;
};

static void *write_without_pause(void *argument)
{
    struct writer *w = argument;
    sqlite3 *db = NULL;

    if (sqlite3_open(w->path, &db) == SQLITE_OK && sqlite3_busy_timeout(db, 5000) == SQLITE_OK) {
        (void)sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
        while (!atomic_load(&w->stop)) {
            (void)sqlite3_exec(db, "UPDATE t SET v = v + 1", NULL, NULL, NULL);
        }
    }
    (void)sqlite3_close(db);
    return NULL;
}

/* The fence: no commit falls between the first reader's beginning and the last one's. */
static void all_readers_see_the_same_moment(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct writer w = {.path = path};
    pthread_t thread;

    database_make(path, "PRAGMA journal_mode = WAL; CREATE TABLE t(v); INSERT INTO t VALUES (0)");
    assert_int_equal(pthread_create(&thread, NULL, write_without_pause, &w), 0);
    for (int round = 0; round < 40; round++) {
        struct snapshot_options options = {.lanes = 5};
        struct snapshot *s = NULL;
        struct err e;
        int64_t first;

        err_clear(&e);
        assert_int_equal(snapshot_open(&s, path, &options, &e), 0);
        first = database_integer(snapshot_reader(s, 0), "SELECT v FROM t");
        for (int i = 1; i < SNAPSHOT_READERS; i++) {
            assert_int_equal(database_integer(snapshot_reader(s, i), "SELECT v FROM t"), first);
        }
        for (int i = 0; i < options.lanes; i++) {
            assert_int_equal(database_integer(snapshot_lane(s, i), "SELECT v FROM t"), first);
        }
        snapshot_close(s);
    }
    atomic_store(&w.stop, 1);
    (void)pthread_join(thread, NULL);
}

static void each_lane_has_a_reader_of_its_own(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct snapshot_options options = {.lanes = 3};
    struct snapshot *s = NULL;
    struct err e;

    err_clear(&e);
    database_make(path, SAMPLE);
    assert_int_equal(snapshot_open(&s, path, &options, &e), 0);
    assert_ptr_equal(snapshot_lane(s, 0), snapshot_reader(s, 1));
    for (int i = 1; i < 3; i++) {
        assert_int_equal(sqlite3_txn_state(snapshot_lane(s, i), "main"), SQLITE_TXN_READ);
        assert_ptr_not_equal(snapshot_lane(s, i), snapshot_lane(s, i - 1));
        for (int k = 0; k < SNAPSHOT_READERS; k++) {
            assert_ptr_not_equal(snapshot_lane(s, i), snapshot_reader(s, k));
        }
    }
    assert_null(snapshot_lane(s, 3));
    assert_null(snapshot_lane(s, -1));
    snapshot_close(s);

    s = open_snapshot(path);
    assert_non_null(snapshot_lane(s, 0));
    assert_null(snapshot_lane(s, 1));
    snapshot_close(s);
    options.lanes = SNAPSHOT_LANES_MOST + 1;
    assert_int_equal(snapshot_open(&s, path, &options, &e), -1);
    assert_int_equal(e.kind, ERR_USAGE);
    assert_null(s);
}

/* With the rollback journal nobody can commit while the readers read, and probing the file again does not give up the
 * locks of the first snapshot. */
static void writers_wait_while_a_rollback_journal_database_is_read(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct snapshot *s;
    struct snapshot *second;
    struct helper during;
    struct helper afterwards;

    database_make(path, SAMPLE);
    during = helper_start(path, NULL, "DELETE FROM t");
    afterwards = helper_start(path, NULL, "DELETE FROM t");
    s = open_snapshot(path);
    second = open_snapshot(path);
    snapshot_close(second);
    assert_unchanged(s);
    assert_int_equal(helper_end(&during), SQLITE_BUSY);
    assert_unchanged(s);
    snapshot_close(s);
    assert_int_equal(helper_end(&afterwards), SQLITE_OK);
}

static void a_writer_that_waits_for_the_readers_is_no_change(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct snapshot *s;
    struct helper h;

    database_make(path, SAMPLE);
    h = helper_start(path, NULL, "PRAGMA busy_timeout = 60000; DELETE FROM t");
    s = open_snapshot(path);
    helper_go(&h);
    (void)usleep(200000); /* PENDING is taken now */
    assert_unchanged(s);
    snapshot_close(s);
    assert_int_equal(helper_end(&h), SQLITE_OK);
}

static void a_stop_interrupts_the_opening(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct snapshot *s = NULL;
    struct err e;

    database_make(path, SAMPLE);
    stop_request(SIGINT);
    assert_int_equal(snapshot_open(&s, path, NULL, &e), -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    stop_request(0);
}

static void out_of_memory_is_told(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct snapshot *s = NULL;
    struct err e;

    database_make(path, SAMPLE);
    mem_fail_at(0);
    assert_int_equal(snapshot_open(&s, path, NULL, &e), -1);
    mem_fail_at(-1);
    assert_null(s);
    assert_int_equal(e.kind, ERR_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(a_rollback_journal_database_is_left_as_it_was),
        FILE_TEST(a_closed_wal_database_is_left_as_it_was),
        FILE_TEST(a_log_that_was_not_written_back_is_read_and_kept),
        FILE_TEST(names_mean_what_they_say),
        FILE_TEST(a_symbolic_link_leads_to_the_log_of_the_file_itself),
        FILE_TEST(the_fingerprint_follows_the_content),
        FILE_TEST(a_commit_of_another_process_is_seen),
        FILE_TEST(a_file_that_is_replaced_or_rewritten_is_seen),
        FILE_TEST(a_change_that_keeps_the_time_is_seen),
        FILE_TEST(a_commit_into_the_room_of_the_log_is_seen),
        FILE_TEST(all_readers_see_the_same_moment),
        FILE_TEST(each_lane_has_a_reader_of_its_own),
        FILE_TEST(writers_wait_while_a_rollback_journal_database_is_read),
        FILE_TEST(a_writer_that_waits_for_the_readers_is_no_change),
        FILE_TEST(a_stop_interrupts_the_opening),
        FILE_TEST(out_of_memory_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
