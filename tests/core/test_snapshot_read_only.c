/* test_snapshot_read_only.c: files and folders that may not be written: there is no fence, and nothing is left behind.
 */
#include "database.h"

#include "snapshot.h"

static const char SAMPLE[] = "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT);"
                             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
                             "INSERT INTO t(v) SELECT 'value ' || i FROM n";

static int reads_without_fence(const char *path)
{
    struct snapshot *s = NULL;
    struct err e;
    sqlite3_stmt *statement = NULL;
    int good;

    if (snapshot_open(&s, path, NULL, &e) != 0) {
        (void)fprintf(stderr, "%s\n", e.message);
        return 2;
    }
    good = !snapshot_info(s)->fenced && strstr(snapshot_info(s)->note, "no fence") != NULL &&
           sqlite3_prepare_v2(snapshot_reader(s, 3), "SELECT count(*) FROM t", -1, &statement, NULL) == SQLITE_OK &&
           sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0) == 1000;
    (void)sqlite3_finalize(statement);
    good = good && snapshot_unchanged(s, &e) == 0;
    snapshot_close(s);
    return good ? 0 : 3;
}

static int is_refused_for_its_log(const char *path)
{
    struct snapshot *s = NULL;
    struct err e;

    return snapshot_open(&s, path, NULL, &e) == -1 && e.kind == ERR_ENVIRONMENT && strstr(e.message, "-wal") != NULL &&
                   strstr(e.hint, "copy the file together with its -wal") != NULL
               ? 0
               : 1;
}

static void a_read_only_file_has_no_fence(void **state)
{
    struct place *p = *state;
    const char *path = place_file(p, "a.db");

    database_make(path, SAMPLE);
    assert_int_equal(chmod(path, 0444), 0);
    as_nobody(reads_without_fence, path);
    assert_int_equal(chmod(p->directory, 0777), 0);
    as_nobody(reads_without_fence, path);
}

static void a_read_only_wal_database_can_be_read(void **state)
{
    struct place *p = *state;
    const char *path = place_file(p, "a?b %.db");
    char shm[128];
    struct helper h;

    (void)snprintf(shm, sizeof shm, "%s-shm", path);
    database_make(path, "PRAGMA journal_mode = WAL");
    database_make(path, SAMPLE);
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(chmod(p->directory, 0555), 0);
    as_nobody(reads_without_fence, path); /* immutable: neither -wal nor -shm can be made */
    assert_int_equal(chmod(p->directory, 0777), 0);
    as_nobody(reads_without_fence, path);
    assert_false(file_exists(path, "-wal"));
    assert_false(file_exists(path, "-shm"));

    assert_int_equal(chmod(p->directory, 0755), 0);
    assert_int_equal(chmod(path, 0644), 0);
    h = helper_start(path, "UPDATE t SET v = ''", NULL);
    helper_kill(&h);
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(chmod(shm, 0444), 0);
    assert_int_equal(chmod(p->directory, 0555), 0);
    as_nobody(reads_without_fence, path); /* the -shm is there, for reading */
    assert_int_equal(chmod(p->directory, 0755), 0);
    assert_int_equal(unlink(shm), 0);
    assert_int_equal(chmod(p->directory, 0555), 0);
    as_nobody(is_refused_for_its_log, path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(a_read_only_file_has_no_fence),
        FILE_TEST(a_read_only_wal_database_can_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
