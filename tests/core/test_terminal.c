/* test_terminal.c: a terminal is read key by key, and given back as it was. */
#define _XOPEN_SOURCE 700 /* posix_openpt and what belongs to it */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "stop.h"
#include "terminal.h"

static int master = -1;
static int slave = -1;

static int make_terminal(void **state)
{
    (void)state;
    master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) {
        return -1;
    }
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    return slave < 0 ? -1 : 0;
}

static int end_terminal(void **state)
{
    (void)state;
    stop_request(0);
    close(slave);
    close(master);
    return 0;
}

static void keys_come_as_they_are_typed(void **state)
{
    static const char keys[] = {3, 'a', '\r', 26, 27, '[', 'A'};
    struct terminal *t = NULL;
    char typed[16];
    struct err e;

    (void)state;
    assert_int_equal(terminal_open(&t, slave, &e), 0);
    assert_int_equal(write(master, keys, sizeof keys), (ssize_t)sizeof keys);
    assert_int_equal(terminal_read(t, typed, sizeof typed, &e), (int)sizeof keys);
    assert_memory_equal(typed, keys, sizeof keys);
    terminal_close(t);
}

static void the_terminal_is_given_back_as_it_was(void **state)
{
    struct terminal *t = NULL;
    struct termios before;
    struct termios within;
    struct termios after;
    struct err e;

    (void)state;
    assert_int_equal(tcgetattr(slave, &before), 0);
    assert_int_equal(terminal_open(&t, slave, &e), 0);
    assert_int_equal(tcgetattr(slave, &within), 0);
    terminal_close(t);
    assert_int_equal(tcgetattr(slave, &after), 0);
    assert_int_equal(within.c_lflag & (ECHO | ICANON | ISIG), 0);
    assert_int_equal(after.c_lflag, before.c_lflag);
    assert_int_equal(after.c_iflag, before.c_iflag);
}

static void a_wish_to_stop_ends_the_wait(void **state)
{
    struct terminal *t = NULL;
    char typed[16];
    struct err e;

    (void)state;
    assert_int_equal(terminal_open(&t, slave, &e), 0);
    stop_request(SIGTERM);
    assert_int_equal(terminal_read(t, typed, sizeof typed, &e), 0);
    terminal_close(t);
}

static void a_closed_terminal_is_the_end_of_the_input(void **state)
{
    struct terminal *t = NULL;
    char typed[16];
    struct err e;

    (void)state;
    assert_int_equal(terminal_open(&t, slave, &e), 0);
    close(master);
    master = -1;
    assert_int_equal(terminal_read(t, typed, sizeof typed, &e), 0);
    terminal_close(t);
}

static void what_is_no_terminal_is_refused(void **state)
{
    struct terminal *t = NULL;
    struct err e;
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(terminal_open(&t, ends[0], &e), -1);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_come_as_they_are_typed, make_terminal, end_terminal),
        cmocka_unit_test_setup_teardown(the_terminal_is_given_back_as_it_was, make_terminal, end_terminal),
        cmocka_unit_test_setup_teardown(a_wish_to_stop_ends_the_wait, make_terminal, end_terminal),
        cmocka_unit_test_setup_teardown(a_closed_terminal_is_the_end_of_the_input, make_terminal, end_terminal),
        cmocka_unit_test(what_is_no_terminal_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
