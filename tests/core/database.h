/* database.h: for tests: a directory of their own, SQLite files in it, and processes that hold them. */
#ifndef WHERRY_TESTS_DATABASE_H
#define WHERRY_TESTS_DATABASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "snapshot.h"

struct place {
    char directory[56];
    char path[100]; /* the last name that place_file gave */
};

static inline int place_setup(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    const char *base = getenv("TMPDIR");

    assert_non_null(p);
    (void)snprintf(p->directory, sizeof p->directory, "%.30s/wherry-test-XXXXXX", base == NULL ? "/tmp" : base);
    assert_non_null(mkdtemp(p->directory));
    assert_int_equal(chmod(p->directory, 0755), 0); /* tests that run as nobody look into it */
    *state = p;
    return 0;
}

static inline int place_teardown(void **state)
{
    struct place *p = *state;
    char command[200];

    (void)snprintf(command, sizeof command, "chmod -R u+rwx '%s'; rm -rf '%s'", p->directory, p->directory);
    assert_int_equal(system(command), 0);
    free(p);
    return 0;
}

/* The path of a file of the test; valid until the next call. */
static inline const char *place_file(struct place *p, const char *name)
{
    (void)snprintf(p->path, sizeof p->path, "%s/%s", p->directory, name);
    return p->path;
}

static inline int file_exists(const char *path, const char *suffix)
{
    char name[4300];
    struct stat st;

    (void)snprintf(name, sizeof name, "%s%s", path, suffix);
    return stat(name, &st) == 0;
}

/* All bytes of a file, and its length; NULL when it does not exist. The caller frees. */
static inline unsigned char *file_bytes(const char *path, const char *suffix, size_t *length)
{
    char name[4300];
    FILE *file;
    unsigned char *data;
    long size;

    (void)snprintf(name, sizeof name, "%s%s", path, suffix);
    file = fopen(name, "rb");
    *length = 0;
    if (file == NULL) {
        return NULL;
    }
    (void)fseek(file, 0, SEEK_END);
    size = ftell(file);
    assert_true(size >= 0);
    rewind(file);
    data = malloc((size_t)size + 1);
    assert_non_null(data);
    *length = fread(data, 1, (size_t)size, file);
    (void)fclose(file);
    return data;
}

static inline void file_write(const char *path, const char *suffix, const void *data, size_t length)
{
    char name[4300];
    FILE *file;

    (void)snprintf(name, sizeof name, "%s%s", path, suffix);
    file = fopen(name, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* Overwrites bytes inside a file. */
static inline void file_patch(const char *path, long at, const void *data, size_t length)
{
    FILE *file = fopen(path, "r+b");

    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fwrite(data, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* A file's bytes and time of modification, to compare with later. */
struct remembered {
    unsigned char *data; /* owned; NULL: the file did not exist */
    size_t length;
    struct timespec mtime;
};

static inline struct remembered file_remember(const char *path, const char *suffix)
{
    struct remembered r = {0};
    char name[4300];
    struct stat st;

    (void)snprintf(name, sizeof name, "%s%s", path, suffix);
    r.data = file_bytes(path, suffix, &r.length);
    if (stat(name, &st) == 0) {
        r.mtime = st.st_mtim;
    }
    return r;
}

static inline void file_assert_same(struct remembered *before, const char *path, const char *suffix)
{
    struct remembered now = file_remember(path, suffix);

    assert_int_equal(before->data == NULL, now.data == NULL);
    assert_int_equal(before->length, now.length);
    if (now.data != NULL) {
        assert_memory_equal(before->data, now.data, now.length);
        assert_int_equal(before->mtime.tv_sec, now.mtime.tv_sec);
        assert_int_equal(before->mtime.tv_nsec, now.mtime.tv_nsec);
    }
    free(now.data);
    free(before->data);
    before->data = NULL;
}

static inline sqlite3 *database_open(const char *path)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    return db;
}

static inline void database_run(sqlite3 *db, const char *sql)
{
    char *message = NULL;

    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK) {
        fail_msg("%s: %s", sql, message);
    }
}

/* Makes a database file by SQL and closes it. */
static inline void database_make(const char *path, const char *sql)
{
    sqlite3 *db = database_open(path);

    database_run(db, sql);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The integer that a query gives. */
static inline int64_t database_integer(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int64_t value = -1;

    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        value = sqlite3_column_int64(statement, 0);
    }
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    return value;
}

/* A child that opens the database, runs `sql`, says that it did, waits, and runs `later`. It has to be started while
 * this process has no connection to the file: a child would take over SQLite's book-keeping of its parent's locks. */
struct helper {
    pid_t pid;
    int ready; /* reads one byte when the SQL has run */
    int go;    /* a byte lets the child run `later`, close the database and end */
};

static inline void helper_child(const char *path, const char *sql, const char *later, int ready, int go)
{
    sqlite3 *db = NULL;
    char byte;
    int rc = SQLITE_OK;

    if (sql != NULL && sqlite3_open(path, &db) == SQLITE_OK) {
        rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    }
    if (rc != SQLITE_OK || write(ready, "r", 1) != 1 || read(go, &byte, 1) != 1) {
        _exit(1);
    }
    if (later != NULL && (db != NULL || sqlite3_open(path, &db) == SQLITE_OK)) {
        rc = sqlite3_exec(db, later, NULL, NULL, NULL);
    }
    (void)sqlite3_close(db);
    _exit(rc == SQLITE_OK ? 0 : rc & 0xff);
}

/* `sql` NULL: the child opens the file only for `later`; `later` may be NULL, too. */
static inline struct helper helper_start(const char *path, const char *sql, const char *later)
{
    struct helper h;
    int ready[2];
    int go[2];
    char byte = 0;

    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(go), 0);
    h.pid = fork();
    assert_true(h.pid >= 0);
    if (h.pid == 0) {
        (void)close(ready[0]);
        (void)close(go[1]);
        helper_child(path, sql, later, ready[1], go[0]);
    }
    (void)close(ready[1]);
    (void)close(go[0]);
    h.ready = ready[0];
    h.go = go[1];
    assert_int_equal(read(h.ready, &byte, 1), 1);
    return h;
}

/* Lets the child go on, and does not wait for it. */
static inline void helper_go(struct helper *h)
{
    assert_int_equal(write(h->go, "g", 1), 1);
    (void)close(h->go);
    h->go = -1;
}

/* Lets the child go on to its end; returns its exit status (0, or a result code of SQLite). */
static inline int helper_end(struct helper *h)
{
    int status = 0;

    if (h->go >= 0) {
        helper_go(h);
    }
    assert_int_equal(waitpid(h->pid, &status, 0), h->pid);
    (void)close(h->ready);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static inline void helper_kill(struct helper *h)
{
    (void)kill(h->pid, SIGKILL);
    (void)waitpid(h->pid, NULL, 0);
    (void)close(h->go);
    (void)close(h->ready);
}

/* Makes a database by SQL that has a table t(v) of some size, and leaves it with a journal, as a program that was
 * killed in the middle of a transaction does. */
static inline void database_make_hot(const char *path, const char *sql)
{
    struct helper h;

    database_make(path, sql);
    h = helper_start(path, "PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; UPDATE t SET v = v || ' changed'",
                     NULL);
    helper_kill(&h);
}

/* Runs `body` as a user that may not write what root owns; it returns 0 when all is well. */
static inline void as_nobody(int (*body)(const char *path), const char *path)
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
            _exit(1);
        }
        _exit(body(path));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static inline double seconds_now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A snapshot of a file that must give one. */
static inline struct snapshot *open_snapshot(const char *path)
{
    struct snapshot *s = NULL;
    struct err e;

    err_clear(&e);
    if (snapshot_open(&s, path, NULL, &e) != 0) {
        fail_msg("%s", e.message);
    }
    return s;
}

/* A test with a place of its own, which it gets as its state. */
#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

#endif
