/* test_sink_sqlite_faults.c: a SQLite file appears whole or not at all: full disks, limits, signals, a file in its
 * place. */
#include "sqlite_file.h"

#include <sys/resource.h>

#include "stop.h"

static void a_target_that_appears_meanwhile_stays(void **state)
{
    struct place *p = *state;
    const char *path = place_file(p, "new.db");
    struct sink_sqlite *s = begin(path);
    struct sqlite_orphans orphans;
    int64_t bytes;
    size_t removed;
    struct err e;

    file_write(path, "", "theirs", 6);
    struct remembered before = file_remember(path, "");
    assert_int_equal(check(s, &orphans, &e), 0);
    assert_int_equal(sink_sqlite_publish(s, &bytes, &e), -1);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    expect_text(e.message, "exists already");
    sink_sqlite_free(s);
    assert_int_equal(sink_sqlite_open(&s, path, &removed, &e), -1); /* and next time it is told at once */
    assert_null(s);
    expect_text(e.message, "exists already");
    file_assert_same(&before, path, "");
    assert_int_equal(unlink(path), 0);
    assert_nothing_is_left(p);
}

/* Fills until it fails. */
static void fill(struct sink_sqlite *s, struct err *e)
{
    static char word[5000];
    struct batch b;
    int result = 0;

    memset(word, 'w', sizeof word - 1);
    err_clear(e);
    assert_int_equal(batch_init(&b, COLUMNS, e), 0);
    for (int64_t id = 1; result == 0 && id < 100000; id++) {
        batch_clear(&b);
        (void)snprintf(word, 12, "%011d", (int)id);
        word[11] = 'w';
        (void)add_row(&b, id, word);
        result = insert(s, &b, e);
    }
    batch_free(&b);
    assert_int_equal(result, -1);
}

static void a_full_disk_is_told_and_leaves_nothing(void **state)
{
    struct place *p = *state;
    const char *path = place_file(p, "new.db");
    struct sink_sqlite *s = begin(path);
    struct err e;

    assert_int_equal(sink_sqlite_run(s, "PRAGMA max_page_count = 100", &e), 0); /* as a disk of 400 kB */
    fill(s, &e);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    expect_text(e.message, "the disk is full while ");
    expect_text(e.message, path);
    assert_null(strstr(e.message, ".wherry-"));
    expect_text(e.hint, "make room");
    sink_sqlite_free(s);
    assert_nothing_is_left(p);
}

/* In a child, since the limit is the process's. 0 when all is well. */
static int write_beyond_the_limit(const char *path)
{
    struct rlimit limit = {64 << 10, 64 << 10};
    struct sink_sqlite *s = begin(path);
    struct err e;

    (void)signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || sink_sqlite_run(s, "PRAGMA cache_size = 10", &e) != 0) {
        return 1;
    }
    fill(s, &e);
    sink_sqlite_free(s);
    return e.kind == ERR_ENVIRONMENT && strstr(e.message, path) != NULL && strstr(e.message, "too large") != NULL &&
                   e.hint[0] != '\0'
               ? 0
               : 2;
}

static void a_limit_of_the_size_of_files_is_told(void **state)
{
    struct place *p = *state;

    assert_int_equal(chmod(p->directory, 0777), 0);
    as_nobody(write_beyond_the_limit, place_file(p, "new.db"));
    assert_nothing_is_left(p);
}

static void a_stop_ends_a_long_statement(void **state)
{
    struct place *p = *state;
    struct sink_sqlite *s = begin(place_file(p, "new.db"));
    struct err e;

    stop_request(SIGINT);
    int result = sink_sqlite_run(s,
                                 "WITH RECURSIVE i(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i)"
                                 " INSERT INTO t (id) SELECT i FROM i",
                                 &e);
    stop_request(0);
    assert_int_equal(result, -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    sink_sqlite_free(s);
    assert_nothing_is_left(p);
}

static void a_directory_that_cannot_be_written_is_told(void **state)
{
    struct place *p = *state;
    struct sink_sqlite *s = NULL;
    size_t removed;
    struct err e;

    assert_int_equal(sink_sqlite_open(&s, place_file(p, "no/new.db"), &removed, &e), -1);
    assert_null(s);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    sink_sqlite_free(NULL);
}

int main(void)
{
#define in_place(test) cmocka_unit_test_setup_teardown(test, place_setup, place_teardown)
    const struct CMUnitTest tests[] = {
        in_place(a_target_that_appears_meanwhile_stays),      in_place(a_full_disk_is_told_and_leaves_nothing),
        in_place(a_limit_of_the_size_of_files_is_told),       in_place(a_stop_ends_a_long_statement),
        in_place(a_directory_that_cannot_be_written_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
