/* test_sys.c: directories, trees and small files. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "stop.h"
#include "sys.h"

static char place[64];

static int make_place(void **state)
{
    struct err e;

    (void)state;
    return sys_make_temporary("wherry-test-", place, sizeof place, &e);
}

static int remove_place(void **state)
{
    struct err e;

    (void)state;
    return sys_remove_tree(place, &e);
}

static const char *in_place(const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", place, name);
    return path;
}

static void directories_are_made_with_their_parents(void **state)
{
    struct stat found;
    struct err e;

    (void)state;
    assert_int_equal(stat(place, &found), 0);
    assert_int_equal(found.st_mode & 07777, 0700);
    assert_int_equal(sys_make_directories(in_place("a/b/c"), 0700, &e), 0);
    assert_int_equal(sys_make_directories(in_place("a/b/c"), 0700, &e), 0);
    assert_int_equal(stat(in_place("a/b/c"), &found), 0);
    assert_true(S_ISDIR(found.st_mode));
    assert_int_equal(sys_write_file(in_place("file"), "x", 1, 0600, &e), 0);
    assert_int_equal(sys_make_directories(in_place("file"), 0700, &e), -1);
    assert_int_equal(sys_make_directories(in_place("file/below"), 0700, &e), -1);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    assert_int_equal(sys_make_directories("", 0700, &e), -1);
}

static void a_tree_is_removed_but_what_links_point_to_is_not(void **state)
{
    struct err e;

    (void)state;
    assert_int_equal(sys_make_directories(in_place("kept"), 0700, &e), 0);
    assert_int_equal(sys_write_file(in_place("kept/file"), "x", 1, 0600, &e), 0);
    assert_int_equal(sys_make_directories(in_place("tree/a/b"), 0700, &e), 0);
    assert_int_equal(sys_write_file(in_place("tree/a/file"), "x", 1, 0600, &e), 0);
    assert_int_equal(symlink("../../kept", in_place("tree/a/link")), 0);
    assert_int_equal(sys_remove_tree(in_place("tree"), &e), 0);
    assert_int_not_equal(access(in_place("tree"), F_OK), 0);
    assert_int_equal(access(in_place("kept/file"), F_OK), 0);
    assert_int_equal(sys_remove_tree(in_place("tree"), &e), 0); /* not there: fine */
}

static void a_file_is_written_whole_and_read_from_its_end(void **state)
{
    struct bytes read = {0};
    struct err e;

    (void)state;
    assert_int_equal(sys_write_file(in_place("f"), "old and long", 12, 0600, &e), 0);
    assert_int_equal(sys_write_file(in_place("f"), "0123456789", 10, 0600, &e), 0);
    assert_int_equal(sys_read_tail(in_place("f"), 4, &read, &e), 0);
    assert_int_equal(read.length, 4);
    assert_memory_equal(read.data, "6789", 4);
    bytes_free(&read);
    assert_int_equal(sys_read_tail("/proc/self/cmdline", 4096, &read, &e), 0);
    assert_true(read.length > 0);
    bytes_free(&read);
    assert_int_equal(sys_fsync(in_place("f"), &e), 0);
    assert_int_equal(sys_fsync(place, &e), 0);
    assert_int_equal(sys_fsync(in_place("none"), &e), -1);
    assert_int_equal(sys_read_tail(in_place("none"), 4, &read, &e), -1);
    assert_int_equal(sys_write_file(in_place("no/such"), "x", 1, 0600, &e), -1);
    assert_int_not_equal(access(in_place("f.new"), F_OK), 0);
}

static void a_stop_ends_a_sleep(void **state)
{
    int64_t start = sys_clock_ms();

    (void)state;
    sys_sleep_ms(50);
    assert_in_range(sys_clock_ms() - start, 45, 8000);
    stop_request(SIGTERM);
    start = sys_clock_ms();
    sys_sleep_ms(10000);
    stop_request(0);
    assert_in_range(sys_clock_ms() - start, 0, 8000);
}

static void memory_is_what_is_there_or_allowed(void **state)
{
    struct rlimit before, less;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    assert_true(sys_memory() > 16 << 20);
    assert_true(sys_memory() <= sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE));
    less = before;
    less.rlim_cur = (rlim_t)sys_memory() / 2;
    assert_int_equal(setrlimit(RLIMIT_AS, &less), 0);
    int64_t memory = sys_memory();
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_int_equal(memory, less.rlim_cur);
}

/* In a child without standard streams: the first descriptor of its own, or 100 when a stream does not take output. */
static int first_descriptor(void)
{
    for (int descriptor = 0; descriptor <= 2; descriptor++) {
        close(descriptor);
    }
    sys_keep_standard_streams();
    int first = open("/dev/null", O_RDONLY);
    return write(1, "x", 1) == 1 && write(2, "x", 1) == 1 ? first : 100;
}

static void closed_standard_streams_are_not_given_to_others(void **state)
{
    int status = 0;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        _exit(first_descriptor());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_in_range(WEXITSTATUS(status), 3, 99);
}

static void a_private_file_is_added_to(void **state)
{
    struct bytes text = {0};
    struct stat found;
    struct err e;

    (void)state;
    assert_int_equal(sys_append_private(in_place("history"), "one\n", 4, &e), 0);
    assert_int_equal(sys_append_private(in_place("history"), "two\n", 4, &e), 0);
    assert_int_equal(stat(in_place("history"), &found), 0);
    assert_int_equal(found.st_mode & 07777, 0600);
    assert_int_equal(sys_read_tail(in_place("history"), 100, &text, &e), 0);
    assert_int_equal(text.length, 8);
    assert_memory_equal(text.data, "one\ntwo\n", 8);
    bytes_free(&text);
    assert_int_equal(symlink("history", in_place("link")), 0);
    assert_int_equal(sys_append_private(in_place("link"), "three\n", 6, &e), -1);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(directories_are_made_with_their_parents),
        cmocka_unit_test(a_tree_is_removed_but_what_links_point_to_is_not),
        cmocka_unit_test(a_file_is_written_whole_and_read_from_its_end),
        cmocka_unit_test(a_private_file_is_added_to),
        cmocka_unit_test(a_stop_ends_a_sleep),
        cmocka_unit_test(memory_is_what_is_there_or_allowed),
        cmocka_unit_test(closed_standard_streams_are_not_given_to_others),
    };

    return cmocka_run_group_tests(tests, make_place, remove_place);
}
