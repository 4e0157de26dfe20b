/* test_beside.c: a file appears complete or not at all, replaces nothing, and what killed processes left is removed. */
#include "database.h"

#include <errno.h>
#include <sys/resource.h>

#include "beside.h"

static const char WHAT[] = "the target";

static int count_beside(struct place *p)
{
    struct dirent *entry;
    DIR *list = opendir(p->directory);
    int count = 0;

    assert_non_null(list);
    while ((entry = readdir(list)) != NULL) {
        count += strstr(entry->d_name, ".wherry-") != NULL;
    }
    (void)closedir(list);
    return count;
}

static void create(struct beside *b, const char *target)
{
    struct err e;

    memset(b, 0, sizeof *b);
    if (beside_create(b, target, WHAT, &e) != 0) {
        fail_msg("%s", e.message);
    }
}

static void assert_refused(const char *target, const char *part)
{
    struct beside b = {0};
    struct err e;

    assert_int_equal(beside_create(&b, target, WHAT, &e), -1);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    assert_non_null(strstr(e.message, part));
    beside_discard(&b); /* harmless */
}

static void it_gets_its_name_when_it_is_complete(void **state)
{
    struct place *p = *state;
    const char *path = place_file(p, "new.db");
    struct beside b;
    struct stat st;
    struct err e;

    create(&b, path);
    assert_false(file_exists(path, ""));
    assert_int_equal(stat(b.path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    file_write(b.path, "", "whole", 5);
    mode_t before = umask(027);
    int rc = beside_publish(&b, BESIDE_BY_UMASK, WHAT, &e);
    (void)umask(before);
    assert_int_equal(rc, 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(st.st_size, 5);
    assert_int_equal(count_beside(p), 0);
    beside_discard(&b);
    assert_true(file_exists(path, ""));
}

/* The directory can't be flushed to the disk, here because it can't be opened. */
static void a_name_that_may_not_last_is_taken_back(void **state)
{
    struct place *p = *state;
    const char *path = place_file(p, "new.db");
    struct rlimit before, few;
    struct beside b;
    struct err e;

    create(&b, path);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = (struct rlimit){.rlim_cur = (rlim_t)b.fd, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    int rc = beside_publish(&b, BESIDE_BY_UMASK, WHAT, &e);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(rc, -1);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    assert_false(file_exists(path, ""));
    assert_int_equal(count_beside(p), 0);
    create(&b, path);
    assert_int_equal(beside_publish(&b, BESIDE_BY_UMASK, WHAT, &e), 0);
}

static void a_name_without_directory_is_in_this_one(void **state)
{
    struct place *p = *state;
    struct beside b;
    struct err e;
    char here[300];

    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(p->directory), 0);
    create(&b, "file:x");
    assert_int_equal(b.target[0], '/');
    int rc = beside_publish(&b, 0604, WHAT, &e);
    assert_int_equal(chdir(here), 0);
    assert_int_equal(rc, 0);
    struct stat st;
    assert_int_equal(stat(place_file(p, "file:x"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0604);
}

static void what_is_there_stays_as_it_is(void **state)
{
    struct place *p = *state;
    const char *path = place_file(p, "old.db");

    file_write(path, "", "old", 3);
    struct remembered before = file_remember(path, "");
    assert_refused(path, "the target");
    assert_refused(path, "exists already");
    file_assert_same(&before, path, "");
    assert_int_equal(symlink("nowhere", place_file(p, "link.db")), 0);
    assert_refused(p->path, "exists already");
    assert_refused(p->directory, "exists already");
    file_write(place_file(p, "free.db"), "-journal", "x", 1);
    assert_refused(p->path, "free.db-journal");
    file_write(place_file(p, "free2.db"), "-wal", "x", 1);
    assert_refused(p->path, "free2.db-wal");
    assert_refused(place_file(p, "no/such.db"), "No such file");
    assert_refused("", "file name");
    assert_refused(place_file(p, ""), "file name");
    char long_name[300];
    memset(long_name, 'n', sizeof long_name);
    long_name[250] = '\0';
    struct beside b = {0};
    struct err e;
    char long_path[400];
    (void)snprintf(long_path, sizeof long_path, "%s/%s", p->directory, long_name);
    assert_int_equal(beside_create(&b, long_path, WHAT, &e), -1);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    assert_int_equal(count_beside(p), 0);
}

static void what_appears_meanwhile_stays_too(void **state)
{
    struct place *p = *state;
    const char *path = place_file(p, "race.db");
    struct beside b;
    struct err e;

    create(&b, path);
    file_write(path, "", "theirs", 6);
    struct remembered before = file_remember(path, "");
    assert_int_equal(beside_publish(&b, BESIDE_BY_UMASK, WHAT, &e), -1);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    assert_non_null(strstr(e.message, "exists already"));
    beside_discard(&b);
    file_assert_same(&before, path, "");
    assert_int_equal(count_beside(p), 0);
    create(&b, place_file(p, "journal.db"));
    file_write(p->path, "-journal", "theirs", 6);
    assert_int_equal(beside_publish(&b, BESIDE_BY_UMASK, WHAT, &e), -1);
    assert_non_null(strstr(e.message, "journal.db-journal"));
    beside_discard(&b);
    assert_false(file_exists(p->path, ""));
}

static void what_is_given_up_is_removed_with_its_journals(void **state)
{
    struct place *p = *state;
    struct beside b;

    create(&b, place_file(p, "up.db"));
    file_write(b.path, "-journal", "j", 1);
    assert_int_equal(count_beside(p), 2);
    beside_discard(&b);
    assert_int_equal(count_beside(p), 0);
    assert_false(file_exists(p->path, ""));
}

/* A child that builds and waits to be killed. */
static pid_t start_builder(const char *path)
{
    int ready[2];
    char byte;
    pid_t pid;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct beside b = {0};
        struct err e;

        if (beside_create(&b, path, WHAT, &e) != 0 || write(ready[1], "r", 1) != 1) {
            _exit(1);
        }
        for (;;) {
            (void)pause();
        }
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    (void)close(ready[0]);
    (void)close(ready[1]);
    return pid;
}

static void what_a_killed_process_left_is_removed_and_nothing_else(void **state)
{
    struct place *p = *state;
    const char *path = place_file(p, "killed.db");
    pid_t pid = start_builder(path);
    struct beside b;

    create(&b, path);
    assert_int_equal(b.removed, 0); /* it lives */
    assert_int_equal(count_beside(p), 2);
    beside_discard(&b);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    file_write(path, ".wherry-notes", "mine", 4);
    file_write(path, ".wherry-1234567", "mine", 4);
    file_write(path, "x.wherry-123456", "mine", 4);
    create(&b, path);
    assert_int_equal(b.removed, 1);
    assert_int_equal(count_beside(p), 4); /* the three that are not ours, and the new one */
    beside_discard(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_gets_its_name_when_it_is_complete, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(a_name_that_may_not_last_is_taken_back, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(a_name_without_directory_is_in_this_one, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(what_is_there_stays_as_it_is, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(what_appears_meanwhile_stays_too, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(what_is_given_up_is_removed_with_its_journals, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(what_a_killed_process_left_is_removed_and_nothing_else, place_setup,
                                        place_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
