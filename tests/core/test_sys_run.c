/* test_sys_run.c: programs are started without a shell, with clean signals and descriptors, and are always reaped. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "stop.h"
#include "sys.h"

static struct bytes out, error;

static int forget(void **state)
{
    (void)state;
    bytes_free(&out);
    bytes_free(&error);
    stop_request(0);
    return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : -1; /* no child is left */
}

static int run_shell(const char *script, const char *const *set)
{
    const char *const argv[] = {"sh", "-c", script, "sh", "a b", "$HOME;*", NULL};
    struct sys_program program = {.argv = argv, .set = set};
    int status = -1;
    struct err e;

    if (sys_run(&program, &status, &out, &error, &e) != 0) {
        fail_msg("%s: %s", script, e.message);
    }
    assert_int_equal(bytes_append(&out, "", 1, &e), 0);
    assert_int_equal(bytes_append(&error, "", 1, &e), 0);
    return status;
}

static void output_and_exit_code_come_back(void **state)
{
    (void)state;
    assert_int_equal(run_shell("printf '%s|' \"$@\"; echo wrong >&2; exit 3", NULL), 3);
    assert_string_equal((const char *)out.data, "a b|$HOME;*|");
    assert_string_equal((const char *)error.data, "wrong\n");
}

static void a_signal_counts_as_in_a_shell(void **state)
{
    (void)state;
    assert_int_equal(run_shell("kill -9 $$", NULL), 137);
}

/* A program that starts us with SIGCHLD ignored: the kernel reaps our children itself. */
static void without_an_exit_status_it_neither_hangs_nor_counts_as_good(void **state)
{
    const char *const argv[] = {"true", NULL};
    struct sys_program program = {.argv = argv};
    void (*before)(int) = signal(SIGCHLD, SIG_IGN);
    int status = -1;
    struct err e;
    int rc;

    (void)state;
    (void)alarm(20);
    rc = sys_run(&program, &status, &out, &error, &e);
    (void)alarm(0);
    (void)signal(SIGCHLD, before);
    assert_int_equal(rc, -1);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
}

static void much_output_on_both_ways_does_not_block(void **state)
{
    (void)state;
    assert_int_equal(run_shell("yes x | head -c 3000000; yes y | head -c 2000000 >&2", NULL), 0);
    assert_int_equal(out.length, 3000001);
    assert_int_equal(error.length, 2000001);
}

static void variables_are_set_and_taken_away(void **state)
{
    static const char *const set[] = {"WHERRY_A=new value", "WHERRY_B", NULL};

    (void)state;
    setenv("WHERRY_A", "old", 1);
    setenv("WHERRY_B", "old", 1);
    setenv("WHERRY_AB", "stays", 1);
    assert_int_equal(run_shell("echo \"$WHERRY_A/${WHERRY_B-none}/$WHERRY_AB\"", set), 0);
    assert_string_equal((const char *)out.data, "new value/none/stays\n");
}

static void the_child_inherits_no_descriptor_and_no_blocked_signal(void **state)
{
    int open_file = open("/dev/null", O_RDONLY);
    sigset_t all, before;

    (void)state;
    assert_true(open_file > 2);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(run_shell("ls /proc/self/fd | tr '\\n' ' '; grep -E '^Sig(Blk|Ign)' /proc/self/status", NULL), 0);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(open_file);
    assert_non_null(strstr((const char *)out.data, "0 1 2 3 ")); /* 3 is the listing itself */
    assert_null(strstr((const char *)out.data, "3 4 "));
    assert_non_null(strstr((const char *)out.data, "SigBlk:\t0000000000000000"));
    assert_non_null(strstr((const char *)out.data, "SigIgn:\t0000000000000000"));
}

static void a_program_that_is_not_there_is_told(void **state)
{
    const char *const argv[] = {"/no/such/program", NULL};
    struct sys_program program = {.argv = argv};
    struct err e;
    int status;

    (void)state;
    assert_int_equal(sys_run(&program, &status, NULL, NULL, &e), -1);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    assert_non_null(strstr(e.message, "/no/such/program"));
}

static void a_stop_is_passed_on(void **state)
{
    const char *const argv[] = {"sleep", "60", NULL};
    struct sys_program program = {.argv = argv};
    int64_t start = sys_clock_ms();
    struct err e;
    int status;

    (void)state;
    stop_request(SIGTERM);
    assert_int_equal(sys_run(&program, &status, NULL, NULL, &e), -1);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    assert_in_range(sys_clock_ms() - start, 0, 8000);
}

static void output_can_go_to_a_file(void **state)
{
    const char *const argv[] = {"echo", "hello", NULL};
    char path[] = "/tmp/wherry-test-XXXXXX";
    struct sys_program program = {.argv = argv, .output = path};
    struct err e;
    int status;

    (void)state;
    close(mkstemp(path));
    assert_int_equal(sys_run(&program, &status, NULL, NULL, &e), 0);
    assert_int_equal(status, 0);
    assert_int_equal(sys_read_tail(path, 100, &out, &e), 0);
    assert_int_equal(out.length, 6);
    assert_memory_equal(out.data, "hello\n", 6);
    unlink(path);
}

#define told(test) cmocka_unit_test_teardown(test, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        told(output_and_exit_code_come_back),
        told(a_signal_counts_as_in_a_shell),
        told(without_an_exit_status_it_neither_hangs_nor_counts_as_good),
        told(much_output_on_both_ways_does_not_block),
        told(variables_are_set_and_taken_away),
        told(the_child_inherits_no_descriptor_and_no_blocked_signal),
        told(a_program_that_is_not_there_is_told),
        told(a_stop_is_passed_on),
        told(output_can_go_to_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
