/* test_stop.c: the wish to stop, as signals and tests express it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "stop.h"

static void the_first_request_stays_until_it_is_taken_back(void **state)
{
    (void)state;
    assert_int_equal(stop_signal(), 0);
    stop_request(SIGTERM);
    stop_request(SIGINT);
    assert_int_equal(stop_signal(), SIGTERM);
    stop_request(0);
    assert_int_equal(stop_signal(), 0);
}

/* Runs `body` in a child with the handlers installed; returns its wait status. */
static int in_child(void (*body)(void))
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        stop_install();
        body();
        _exit(7);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void expect_each(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        (void)raise(signals[i]);
        if (stop_signal() != signals[i]) {
            _exit(1);
        }
        stop_request(0);
    }
    (void)raise(SIGPIPE); /* ignored */
    _exit(stop_signal());
}

static void signals_are_remembered_and_a_broken_pipe_is_not(void **state)
{
    int status = in_child(expect_each);

    (void)state;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void interrupt_twice(void)
{
    (void)raise(SIGINT);
    if (stop_signal() == SIGINT) {
        (void)raise(SIGINT);
    }
}

static void a_second_interrupt_ends_the_process(void **state)
{
    int status = in_child(interrupt_twice);

    (void)state;
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGINT);
}

/* Whoever draws on a terminal is asked to leave a clean line. */
static void the_second_interrupt_wipes_what_is_drawn(void **state)
{
    static const char *const wipes[] = {"gone", NULL};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char said[16] = "";
        int ends[2];
        int kept = dup(STDERR_FILENO);

        assert_int_equal(pipe(ends), 0);
        assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
        stop_wipe(wipes[i]);
        assert_true(WIFSIGNALED(in_child(interrupt_twice)));
        assert_true(WIFEXITED(in_child(expect_each))); /* a first one writes nothing */
        stop_wipe(NULL);
        (void)dup2(kept, STDERR_FILENO);
        (void)close(kept);
        (void)close(ends[1]);
        assert_int_equal(read(ends[0], said, sizeof said - 1), wipes[i] ? 4 : 0);
        (void)close(ends[0]);
        assert_string_equal(said, wipes[i] ? wipes[i] : "");
    }
}

static void sleep_until_the_alarm(void)
{
    struct timespec long_time = {30, 0};
    pid_t parent = getpid();

    if (fork() == 0) {
        struct timespec moment = {0, 50 * 1000000};

        (void)nanosleep(&moment, NULL);
        (void)kill(parent, SIGTERM);
        _exit(0);
    }
    _exit(nanosleep(&long_time, NULL) == -1 && errno == EINTR && stop_signal() == SIGTERM ? 0 : 1);
}

static void a_signal_ends_a_blocking_call(void **state)
{
    int status = in_child(sleep_until_the_alarm);

    (void)state;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_hangup_that_was_ignored_stays_ignored(void **state)
{
    int status;
    void (*before)(int) = signal(SIGHUP, SIG_IGN);

    (void)state;
    status = in_child(expect_each);
    (void)signal(SIGHUP, before);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
}

static void the_status_of_children_is_kept_although_it_was_ignored(void **state)
{
    int status;
    void (*before)(int) = signal(SIGCHLD, SIG_IGN);
    pid_t pid = fork();

    if (pid == 0) {
        stop_install();
        pid = fork();
        _exit(pid == 0 || waitpid(pid, &status, 0) == pid ? 0 : 1);
    }
    (void)state;
    (void)signal(SIGCHLD, before);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static volatile sig_atomic_t handed_on;

static void hand_on(int signal_number)
{
    handed_on = signal_number;
}

static void a_shared_interrupt_is_the_programs_but_for_what_takes_long(void **state)
{
    void (*before)(int) = signal(SIGINT, hand_on);

    (void)state;
    stop_share();
    stop_share();
    (void)raise(SIGINT);
    assert_int_equal(handed_on, SIGINT);
    assert_int_equal(stop_signal(), 0);

    handed_on = 0;
    stop_enter();
    (void)raise(SIGINT);
    assert_int_equal(stop_signal(), SIGINT);
    stop_leave(1);
    assert_int_equal(stop_signal(), 0);
    assert_int_equal(handed_on, 0);

    /* It came too late to end the work. */
    stop_enter();
    (void)raise(SIGINT);
    stop_leave(0);
    assert_int_equal(stop_signal(), 0);
    assert_int_equal(handed_on, SIGINT);

    (void)signal(SIGINT, SIG_DFL);
    stop_share();
    assert_ptr_equal(signal(SIGINT, before), SIG_DFL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_request_stays_until_it_is_taken_back),
        cmocka_unit_test(signals_are_remembered_and_a_broken_pipe_is_not),
        cmocka_unit_test(a_second_interrupt_ends_the_process),
        cmocka_unit_test(the_second_interrupt_wipes_what_is_drawn),
        cmocka_unit_test(a_signal_ends_a_blocking_call),
        cmocka_unit_test(a_hangup_that_was_ignored_stays_ignored),
        cmocka_unit_test(a_shared_interrupt_is_the_programs_but_for_what_takes_long),
        cmocka_unit_test(the_status_of_children_is_kept_although_it_was_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
