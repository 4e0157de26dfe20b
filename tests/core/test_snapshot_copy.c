/* test_snapshot_copy.c: a copy is complete and consistent, or it is not there. */
#include "database.h"

#include "snapshot.h"
#include "stop.h"
#include "sys.h"

static const char SAMPLE[] = "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);"
                             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
                             "INSERT INTO t(v) SELECT 'value ' || i FROM n";

struct pair {
    char from[128];
    char to[128];
};

static struct pair name_pair(struct place *p, const char *from, const char *to)
{
    struct pair names;

    (void)snprintf(names.from, sizeof names.from, "%s", place_file(p, from));
    (void)snprintf(names.to, sizeof names.to, "%s", place_file(p, to));
    return names;
}

static const struct snapshot_copy_options CHECKED = {.check = 1, .utf16 = 1, .shared = 1};

static struct snapshot_copied copy(const struct pair *names)
{
    struct snapshot_copied copied;
    struct err e;

    err_clear(&e);
    if (snapshot_copy(names->from, names->to, &CHECKED, &copied, &e) != 0) {
        fail_msg("%s", e.message);
    }
    return copied;
}

static void assert_refused(const char *from, const char *to, enum err_kind kind, const char *text)
{
    struct snapshot_copied copied;
    struct err e;

    err_clear(&e);
    assert_int_equal(snapshot_copy(from, to, &CHECKED, &copied, &e), -1);
    assert_int_equal(e.kind, kind);
    if (strstr(e.message, text) == NULL) {
        fail_msg("%s", e.message);
    }
}

static int64_t count(const char *path)
{
    sqlite3 *db = database_open(path);
    int64_t rows = database_integer(db, "SELECT count(*) FROM t");

    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return rows;
}

/* The files in the directory of the test. */
static int count_files(const struct place *p)
{
    DIR *directory = opendir(p->directory);
    int files = 0;

    assert_non_null(directory);
    for (struct dirent *d; (d = readdir(directory)) != NULL;) {
        files += d->d_name[0] != '.';
    }
    (void)closedir(directory);
    return files;
}

static void a_copy_holds_the_same_and_leaves_the_source_alone(void **state)
{
    struct place *p = *state;

    for (int wal = 0; wal < 2; wal++) {
        struct pair names = name_pair(p, wal ? "w.db" : "a.db", wal ? "w copy?.db" : "a copy?.db");
        struct remembered before;
        struct snapshot_copied copied;
        struct stat st;

        database_make(names.from, wal ? "PRAGMA journal_mode = WAL" : "");
        database_make(names.from, SAMPLE);
        assert_int_equal(chmod(names.from, 0640), 0);
        before = file_remember(names.from, "");
        copied = copy(&names);
        file_assert_same(&before, names.from, "");
        assert_int_equal(count_files(p), wal ? 4 : 2);
        assert_int_equal(stat(names.to, &st), 0);
        assert_true(copied.fenced);
        assert_int_equal(copied.size, st.st_size);
        assert_true((int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000 == copied.taken);
        assert_true(copied.taken <= sys_now() && copied.taken > sys_now() - 60000000);
        assert_int_equal(st.st_mode & 0777, 0640);
        assert_true(count(names.to) == 20000);
    }
}

static void rows_that_are_in_the_log_only_are_copied(void **state)
{
    struct pair names = name_pair(*state, "a.db", "b.db");
    struct remembered log;
    struct helper h;

    database_make(names.from, "PRAGMA journal_mode = WAL");
    h = helper_start(names.from, SAMPLE, NULL);
    helper_kill(&h);
    log = file_remember(names.from, "-wal");
    assert_true(log.length > 0);
    copy(&names);
    file_assert_same(&log, names.from, "-wal");
    assert_true(count(names.to) == 20000);
}

/* Every transaction keeps the sum; so does every copy that is taken meanwhile. */
static void a_writer_may_go_on(void **state)
{
    struct place *p = *state;

    for (int wal = 0; wal < 2; wal++) {
        struct pair names = name_pair(p, wal ? "w.db" : "a.db", "copy.db");
        int ready[2];
        pid_t pid;
        char byte;
        int status;

        database_make(names.from, wal ? "PRAGMA journal_mode = WAL" : "");
        database_make(names.from, "PRAGMA synchronous = OFF; CREATE TABLE t(id INTEGER PRIMARY KEY, v);"
                                  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)"
                                  "INSERT INTO t(v) SELECT 10 FROM n");
        assert_int_equal(pipe(ready), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            sqlite3 *db = NULL;
            int failed = sqlite3_open(names.from, &db);

            (void)sqlite3_busy_timeout(db, 10000);
            (void)sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
            for (int i = 0; i < 100000 && !failed; i++) {
                failed = sqlite3_exec(db,
                                      "BEGIN IMMEDIATE; UPDATE t SET v = v - 5 WHERE id = abs(random()) % 50000 + 1;"
                                      "UPDATE t SET v = v + 5 WHERE id = abs(random()) % 50000 + 1; COMMIT",
                                      NULL, NULL, NULL);
                if (i == 10) {
                    failed |= write(ready[1], "r", 1) != 1;
                }
                (void)usleep(500);
            }
            _exit(1);
        }
        assert_int_equal(read(ready[0], &byte, 1), 1);
        for (int i = 0; i < 5; i++) {
            sqlite3 *db;

            copy(&names);
            db = database_open(names.to);
            assert_true(database_integer(db, "SELECT sum(v) FROM t") == 500000);
            assert_int_equal(sqlite3_close(db), SQLITE_OK);
            assert_int_equal(unlink(names.to), 0);
        }
        assert_int_equal(waitpid(pid, &status, WNOHANG), 0); /* it did go on */
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        (void)close(ready[0]);
        (void)close(ready[1]);
    }
}

static void what_is_there_is_not_overwritten(void **state)
{
    struct place *p = *state;
    struct pair names = name_pair(p, "a.db", "b.db");

    database_make(names.from, SAMPLE);
    file_write(names.to, "", "precious", 8);
    assert_refused(names.from, names.to, ERR_ENVIRONMENT, "exists already");
    assert_refused(names.from, names.from, ERR_ENVIRONMENT, "exists already");
    assert_int_equal(unlink(names.to), 0);
    assert_int_equal(symlink("nowhere", names.to), 0);
    assert_refused(names.from, names.to, ERR_ENVIRONMENT, "exists already");
    assert_refused(names.from, p->directory, ERR_ENVIRONMENT, "exists already");
    assert_refused(names.from, place_file(p, "no/b.db"), ERR_ENVIRONMENT, "No such file or directory");
    assert_refused(names.from, place_file(p, ""), ERR_ENVIRONMENT, "file name");
    assert_int_equal(count_files(p), 2);
}

static void a_relative_target_is_a_file_of_that_name(void **state)
{
    struct place *p = *state;
    struct pair names = name_pair(p, "a.db", "file:b?mode=memory");
    struct snapshot_copied copied;
    char before[512];
    struct err e;

    database_make(names.from, SAMPLE);
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(p->directory), 0);
    err_clear(&e);
    if (snapshot_copy("a.db", "file:b?mode=memory", &CHECKED, &copied, &e) != 0) {
        fail_msg("%s", e.message);
    }
    assert_int_equal(chdir(before), 0);
    assert_true(count(names.to) == 20000);
}

static void a_failed_copy_leaves_nothing(void **state)
{
    struct place *p = *state;
    struct pair names = name_pair(p, "a.db", "b.db");
    unsigned char noise[4096];

    database_make(names.from, SAMPLE);
    stop_request(SIGINT);
    assert_refused(names.from, names.to, ERR_INTERRUPTED, "interrupted");
    stop_request(0);
    memset(noise, 0xee, sizeof noise);
    file_patch(names.from, 60 * 4096L, noise, sizeof noise);
    assert_refused(names.from, names.to, ERR_ENVIRONMENT, "is damaged");
    assert_refused(p->directory, names.to, ERR_ENVIRONMENT, "is a directory");
    assert_int_equal(count_files(p), 1);
}

static void a_utf16_file_can_be_copied(void **state)
{
    struct pair names = name_pair(*state, "a.db", "b.db");

    database_make(names.from, "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t(a); INSERT INTO t VALUES ('x')");
    copy(&names);
    assert_true(count(names.to) == 1);
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(a_copy_holds_the_same_and_leaves_the_source_alone),
        FILE_TEST(rows_that_are_in_the_log_only_are_copied),
        FILE_TEST(a_writer_may_go_on),
        FILE_TEST(what_is_there_is_not_overwritten),
        FILE_TEST(a_relative_target_is_a_file_of_that_name),
        FILE_TEST(a_failed_copy_leaves_nothing),
        FILE_TEST(a_utf16_file_can_be_copied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
