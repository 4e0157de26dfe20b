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

struct meanwhile {
    sqlite3 *db;
    int commits;
};

/* Called while the file is copied: commits, and brings everything that may be brought from the log into the file. */
static void write_meanwhile(void *context, int64_t done, int64_t total)
{
    struct meanwhile *m = context;

    (void)done;
    (void)total;
    if (sqlite3_exec(m->db,
                     "BEGIN IMMEDIATE; UPDATE t SET v = 'other ' || v WHERE id % 7 = 0; DELETE FROM t WHERE id = 1;"
                     "INSERT INTO t(v) VALUES (zeroblob(100000)); COMMIT; PRAGMA wal_checkpoint(TRUNCATE)",
                     NULL, NULL, NULL) == SQLITE_OK) {
        m->commits++;
    }
}

/* With a log, writers wait while that is copied only; what they and their checkpoints do while the file is copied does
 * not reach the copy. Once with a log that has content at the fence, once with one that is brought back wholly. */
static void a_writer_goes_on_while_the_file_is_copied(void **state)
{
    struct place *p = *state;

    for (int folded = 0; folded < 2; folded++) {
        struct pair names = name_pair(p, folded ? "f.db" : "a.db", "copy.db");
        struct meanwhile m = {database_open(names.from), 0};
        struct snapshot_copy_options options = {.tick = write_meanwhile, .context = &m};
        struct snapshot_copied copied;
        struct err e;
        sqlite3 *copy_db;

        database_run(m.db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 0");
        database_run(m.db, "CREATE TABLE big(x); INSERT INTO big VALUES (zeroblob(20000000));");
        database_run(m.db, SAMPLE);
        database_run(m.db, folded ? "PRAGMA wal_checkpoint(PASSIVE)" : "PRAGMA wal_checkpoint(TRUNCATE)");
        database_run(m.db, folded ? "SELECT 1" : "UPDATE t SET v = v || '' WHERE id % 3 = 0");
        err_clear(&e);
        if (snapshot_copy(names.from, names.to, &options, &copied, &e) != 0) {
            fail_msg("%s", e.message);
        }
        assert_true(m.commits > 1);
        assert_true(copied.fenced);
        copy_db = database_open(names.to);
        assert_true(database_integer(copy_db, "SELECT count(*) = 20000 AND min(id) = 1 AND "
                                              "sum(v = 'value ' || id) = 20000 FROM t") == 1);
        assert_true(database_integer(copy_db, "SELECT integrity_check = 'ok' FROM pragma_integrity_check") == 1);
        assert_int_equal(sqlite3_close(copy_db), SQLITE_OK);
        assert_int_equal(sqlite3_close(m.db), SQLITE_OK);
        assert_int_equal(unlink(names.to), 0);
    }
}

/* Copies the file where nothing may be written beside it. */
static int copy_without_rights(const char *path)
{
    struct snapshot_copy_options options = {.check = 1};
    struct snapshot_copied copied;
    char target[160];
    struct err e;

    (void)snprintf(target, sizeof target, "%s.copies/copy.db", path);
    err_clear(&e);
    if (snapshot_copy(path, target, &options, &copied, &e) != 0) {
        (void)fprintf(stderr, "%s\n", e.message);
        return 1;
    }
    return copied.fenced ? 2 : count(target) == 20000 ? unlink(target) : 3;
}

static void a_file_in_a_directory_without_the_right_to_write_is_copied(void **state)
{
    struct place *p = *state;

    for (int wal = 0; wal < 2; wal++) {
        struct pair names = name_pair(p, wal ? "w.db" : "a.db", wal ? "w.db.copies" : "a.db.copies");
        struct helper idle;

        database_make(names.from, wal ? "PRAGMA journal_mode = WAL" : "");
        database_make(names.from, SAMPLE);
        assert_int_equal(chmod(names.from, 0444), 0);
        assert_int_equal(mkdir(names.to, 0777), 0);
        assert_int_equal(chmod(names.to, 0777), 0);
        as_nobody(copy_without_rights, names.from); /* at rest */
        idle = helper_start(names.from, "SELECT count(*) FROM t", NULL);
        as_nobody(copy_without_rights, names.from); /* in use */
        helper_kill(&idle);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(a_copy_holds_the_same_and_leaves_the_source_alone),
        FILE_TEST(rows_that_are_in_the_log_only_are_copied),
        FILE_TEST(a_writer_may_go_on),
        FILE_TEST(a_writer_goes_on_while_the_file_is_copied),
        FILE_TEST(a_file_in_a_directory_without_the_right_to_write_is_copied),
        FILE_TEST(what_is_there_is_not_overwritten),
        FILE_TEST(a_relative_target_is_a_file_of_that_name),
        FILE_TEST(a_failed_copy_leaves_nothing),
        FILE_TEST(a_utf16_file_can_be_copied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
