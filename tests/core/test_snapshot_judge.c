/* test_snapshot_judge.c: each file that cannot be read as it lies is refused with one clear sentence and a hint. */
#include "database.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "snapshot.h"

/* Opening fails with a message that holds the path and `text`, and a hint that holds `hint`. */
static void assert_refused(const char *path, const char *text, const char *hint)
{
    struct snapshot *s = NULL;
    struct err e;

    err_clear(&e);
    if (snapshot_open(&s, path, NULL, &e) == 0) {
        fail_msg("%s was opened", path);
    }
    assert_null(s);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    if (strstr(e.message, text) == NULL || strstr(e.message, path) == NULL || strstr(e.hint, hint) == NULL) {
        fail_msg("%s | %s", e.message, e.hint);
    }
    assert_null(strchr(e.message, '\n'));
}

static const char SAMPLE[] = "PRAGMA page_size = 4096; CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);"
                             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
                             "INSERT INTO t(v) SELECT 'value ' || i FROM n";

static void a_missing_file(void **state)
{
    struct place *p = *state;
    char link[128];

    assert_refused(place_file(p, "no.db"), "does not exist", "check the path");
    assert_refused(place_file(p, "no/such.db"), "does not exist", "check the path");
    (void)snprintf(link, sizeof link, "%s/link.db", p->directory);
    assert_int_equal(symlink("gone.db", link), 0);
    assert_refused(link, "symbolic link to a file that does not exist", "where the link points");
    assert_int_equal(unlink(link), 0);
    assert_int_equal(symlink("link.db", link), 0);
    assert_refused(link, "cannot be reached", "check the path");
    database_make(place_file(p, "a.db"), SAMPLE);
    assert_refused(place_file(p, "a.db/x.db"), "cannot be reached", "check the path");
}

static void what_is_no_regular_file(void **state)
{
    struct place *p = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_refused(p->directory, "is a directory", "in it");
    assert_int_equal(mkfifo(place_file(p, "fifo"), 0600), 0);
    assert_refused(place_file(p, "fifo"), "is a named pipe", "to a file first");
    assert_refused("/dev/null", "is a device", "to a file first");
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", place_file(p, "socket"));
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_refused(place_file(p, "socket"), "is a socket", "to a file first");
    (void)close(fd);
}

static void an_empty_file(void **state)
{
    const char *path = place_file(*state, "empty.db");

    file_write(path, "", "", 0);
    assert_refused(path, "is empty (0 bytes)", "check the path");
}

static void a_path_that_sqlite_cannot_hold(void **state)
{
    struct place *p = *state;
    char path[630];
    char deep[500];

    (void)snprintf(deep, sizeof deep, "%s/%0200d", p->directory, 1);
    assert_int_equal(mkdir(deep, 0755), 0);
    (void)snprintf(deep + strlen(deep), sizeof deep - strlen(deep), "/%0200d", 2);
    assert_int_equal(mkdir(deep, 0755), 0);
    (void)snprintf(path, sizeof path, "%s/%090d.db", deep, 3);
    file_write(path, "", SAMPLE, sizeof SAMPLE);
    assert_refused(path, "longer than the 504 bytes", "shorter path");
}

static void files_that_are_something_else(void **state)
{
    static const struct {
        const char *data;
        size_t length;
        const char *text;
        const char *hint;
    } cases[] = {
        {"\x1f\x8b\x08\x00\x00\x00\x00\x00", 8, "compressed with gzip", "gunzip"},
        {"BZh91AY", 7, "compressed with bzip2", "bunzip2"},
        {"\xfd\x37zXZ\x00\x00", 7, "compressed with xz", "unxz"},
        {"\x28\xb5\x2f\xfd\x00", 5, "compressed with zstd", "unzstd"},
        {"PK\x03\x04\x00", 5, "ZIP archive", "unzip"},
        {"PGDMP\x01\x0e", 7, "archive of pg_dump", "pg_restore"},
        {"** This file contains an SQLite 2.1 database **", 47, "SQLite 2", "old program"},
        {"\x37\x7f\x06\x82\x00\x2d", 6, "write-ahead log", "without -wal"},
        {"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 8, "rollback journal", "without -journal"},
        {"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\ncreate table t(a);\n", 63, "an SQL dump", "sqlite3 new.db"},
        {"hello, world\n", 13, "it is text", "check the path"},
        {"SQLite format 3", 15, "it is text", "check the path"},
        {"\x7f"
         "ELF\x02\x01\x01\x00",
         8, "is not a SQLite database", ".recover"},
    };
    const char *path = place_file(*state, "other.db");

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        file_write(path, "", cases[i].data, cases[i].length);
        assert_refused(path, cases[i].text, cases[i].hint);
        assert_refused(path, "is not a SQLite database", "");
    }
}

static void an_encrypted_file(void **state)
{
    const char *path = place_file(*state, "secret.db");
    unsigned char data[8192];
    uint32_t seed = 12345;

    for (size_t i = 0; i < sizeof data; i++) {
        seed = seed * 1664525 + 1013904223;
        data[i] = (unsigned char)(seed >> 24);
    }
    file_write(path, "", data, sizeof data);
    assert_refused(path, "encrypted (SQLCipher)", "sqlcipher_export");
}

static void a_truncated_file(void **state)
{
    const char *path = place_file(*state, "short.db");
    size_t length;
    unsigned char *data;
    static const size_t cuts[] = {1, 3000, 4096};

    database_make(path, SAMPLE);
    data = file_bytes(path, "", &length);
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        file_write(path, "", data, length - cuts[i]);
        assert_refused(path, "is truncated", "copy it again");
    }
    file_write(path, "", data, 50);
    assert_refused(path, "is truncated", "copy it again");
    file_write(path, "", data, 1000);
    assert_refused(path, "is truncated", "copy it again");
    free(data);
}

static void a_damaged_header(void **state)
{
    const char *path = place_file(*state, "damaged.db");

    database_make(path, SAMPLE);
    file_patch(path, 16, "\x03\x00", 2);
    assert_refused(path, "page size of 768", ".recover");
    file_patch(path, 16, "\x10\x00", 2);
    file_patch(path, 100, "\xff", 1); /* the type of the root page of sqlite_schema */
    assert_refused(path, "malformed", ".recover");
}

static void a_schema_that_cannot_be_parsed(void **state)
{
    const char *path = place_file(*state, "schema.db");

    database_make(path,
                  "CREATE TABLE t(a); PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a'");
    assert_refused(path, "malformed database schema (t)", ".recover");
}

static void utf16_texts(void **state)
{
    struct place *p = *state;
    char path[128];
    sqlite3 *db;
    unsigned char *log;
    unsigned char *data;
    size_t log_length;
    size_t length;

    database_make(place_file(p, "le.db"), "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t(a)");
    assert_refused(place_file(p, "le.db"), "UTF-16", ".dump");
    database_make(place_file(p, "be.db"), "PRAGMA encoding = 'UTF-16be'; CREATE TABLE t(a)");
    assert_refused(place_file(p, "be.db"), "UTF-16", ".dump");

    /* The header in the file knows no encoding yet: only the -wal does. */
    (void)snprintf(path, sizeof path, "%s", place_file(p, "wal.db"));
    db = database_open(path);
    database_run(db, "PRAGMA journal_mode = WAL; PRAGMA encoding = 'UTF-16le'; CREATE TABLE t(a)");
    data = file_bytes(path, "", &length);
    log = file_bytes(path, "-wal", &log_length);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    file_write(path, "", data, length);
    file_write(path, "-wal", log, log_length);
    assert_refused(path, "UTF-16", ".dump");
    free(data);
    free(log);
}

static void a_hot_journal(void **state)
{
    const char *path = place_file(*state, "hot.db");
    struct remembered file;
    struct remembered journal;

    database_make_hot(path, SAMPLE);
    assert_true(file_exists(path, "-journal"));
    file = file_remember(path, "");
    journal = file_remember(path, "-journal");
    assert_refused(path, "hot journal", "in the copy");
    file_assert_same(&file, path, "");
    file_assert_same(&journal, path, "-journal");
}

static void a_file_in_the_place_of_a_journal(void **state)
{
    const char *path = place_file(*state, "a.db");
    struct remembered journal;

    database_make(path, SAMPLE);
    file_write(path, "-journal", "my diary", 8);
    journal = file_remember(path, "-journal");
    assert_refused(path, "that is none", "move the file");
    file_assert_same(&journal, path, "-journal");
}

/* What snapshot_open says to a user without rights, asked in a child; *opened tells whether it worked. */
static struct err ask_as_nobody(const char *path, int *opened)
{
    struct err e;
    int ends[2];
    pid_t pid;

    err_clear(&e);
    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct snapshot *s = NULL;

        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) {
            _exit(1);
        }
        (void)snapshot_open(&s, path, NULL, &e);
        snapshot_close(s);
        _exit(write(ends[1], &e, sizeof e) == (ssize_t)sizeof e ? 0 : 1);
    }
    (void)close(ends[1]);
    assert_int_equal(read(ends[0], &e, sizeof e), sizeof e);
    (void)close(ends[0]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    *opened = e.kind == ERR_NONE;
    return e;
}

static void no_right_to_read(void **state)
{
    struct place *p = *state;
    const char *path = place_file(p, "private.db");
    struct err e;
    int opened;

    database_make(path, SAMPLE);
    assert_int_equal(chmod(path, 0), 0);
    e = ask_as_nobody(path, &opened);
    assert_false(opened);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    assert_non_null(strstr(e.message, "Permission denied"));
    assert_non_null(strstr(e.hint, "permissions"));
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(chmod(p->directory, 0), 0);
    e = ask_as_nobody(path, &opened);
    assert_false(opened);
    assert_non_null(strstr(e.message, "cannot be reached: Permission denied"));
    assert_int_equal(chmod(p->directory, 0755), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(a_missing_file),
        FILE_TEST(what_is_no_regular_file),
        FILE_TEST(an_empty_file),
        FILE_TEST(a_path_that_sqlite_cannot_hold),
        FILE_TEST(files_that_are_something_else),
        FILE_TEST(an_encrypted_file),
        FILE_TEST(a_truncated_file),
        FILE_TEST(a_damaged_header),
        FILE_TEST(a_schema_that_cannot_be_parsed),
        FILE_TEST(utf16_texts),
        FILE_TEST(a_hot_journal),
        FILE_TEST(a_file_in_the_place_of_a_journal),
        FILE_TEST(no_right_to_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
