/* test_private_pg.c: a server of our own starts, is found, survives wrong traces of a former one, and leaves nothing.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "pgwire.h"
#include "private_pg.h"
#include "private_pg_internal.h"
#include "stop.h"
#include "sys.h"

static char parent[64];
static char place[96];

static int make_place(void **state)
{
    struct err e;

    (void)state;
    /* As root the server runs as another user, who has to get in. */
    if (sys_make_temporary("wherry-test-", parent, sizeof parent, &e) != 0 || chmod(parent, 0711) != 0) {
        return -1;
    }
    snprintf(place, sizeof place, "%s/pg", parent);
    return 0;
}

static int remove_place(void **state)
{
    struct err e;

    (void)state;
    return sys_remove_tree(parent, &e);
}

static void start(struct private_pg *p, enum private_pg_kind kind, const char *const *settings)
{
    struct err e;

    if (private_pg_start(p, kind, place, settings, &e) != 0) {
        fail_msg("the server did not start: %s (%s)", e.message, e.hint);
    }
}

static void stop(struct private_pg *p, enum private_pg_kind kind)
{
    struct err e;

    if (private_pg_stop(p, kind, &e) != 0) {
        fail_msg("the server did not stop: %s", e.message);
    }
}

static void expect_answer(const struct private_pg *p, const char *sql, const char *wanted)
{
    struct pgwire *wire = NULL;
    PGresult *result = NULL;
    struct err e;

    assert_int_equal(pgwire_connect(&wire, p->conninfo, 5000, &e), 0);
    assert_int_equal(pgwire_exec(wire, sql, 0, NULL, &result, &e), 0);
    assert_string_equal(PQgetvalue(result, 0, 0), wanted);
    PQclear(result);
    pgwire_close(wire);
}

static void a_test_server_comes_and_goes_without_a_trace(void **state)
{
    static const char *const settings[] = {"work_mem=7MB", NULL};
    struct private_pg p;
    struct stat found;

    (void)state;
    start(&p, PRIVATE_PG_TEST, settings);
    assert_int_equal(p.running, 1);
    assert_non_null(strchr(p.version, '.'));
    expect_answer(&p, "show work_mem", "7MB");
    expect_answer(&p, "show listen_addresses", "");
    expect_answer(&p, "show server_encoding", "UTF8");
    expect_answer(&p, "select count(*) from pg_hba_file_rules where auth_method <> 'peer' or type <> 'local'", "0");
    assert_int_equal(stat(place, &found), 0);
    assert_int_equal(found.st_mode & 07777, 0700);
    stop(&p, PRIVATE_PG_TEST);
    assert_int_equal(p.running, 0);
    assert_int_not_equal(stat(place, &found), 0);
}

/* Descriptors and blocked signals of ours would live on in the server. */
static void the_server_inherits_nothing(void **state)
{
    char path[64], target[600];
    struct private_pg p;
    sigset_t all, before;
    char line[256];
    FILE *status;
    int seen = 0;

    (void)state;
    int pipe_ends[2];
    assert_int_equal(pipe(pipe_ends), 0);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    start(&p, PRIVATE_PG_TEST, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    snprintf(path, sizeof path, "/proc/%ld/fd/%d", (long)p.pid, pipe_ends[0]);
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length > 0) {
        char ours[64], own[64] = "";

        target[length] = '\0';
        snprintf(ours, sizeof ours, "/proc/self/fd/%d", pipe_ends[0]);
        assert_true(readlink(ours, own, sizeof own - 1) > 0);
        assert_string_not_equal(target, own);
    }
    snprintf(path, sizeof path, "/proc/%ld/status", (long)p.pid);
    status = fopen(path, "r");
    assert_non_null(status);
    while (fgets(line, sizeof line, status) != NULL) {
        unsigned long long blocked;

        if (sscanf(line, "SigBlk: %llx", &blocked) == 1) {
            assert_true((blocked & (1ULL << (SIGTERM - 1))) == 0);
            seen = 1;
        }
    }
    fclose(status);
    assert_true(seen);
    stop(&p, PRIVATE_PG_TEST);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

static void a_kept_server_is_found_running_and_its_data_stays(void **state)
{
    struct private_pg first, second, found;
    struct err e;
    pid_t pid;

    (void)state;
    start(&first, PRIVATE_PG_KEPT, NULL);
    expect_answer(&first, "show fsync", "on");
    expect_answer(&first, "select 'kept' from (select set_config('x.y', 'z', false)) as s", "kept");
    pid = first.pid;
    start(&second, PRIVATE_PG_KEPT, NULL);
    assert_int_equal(second.pid, pid);
    assert_string_equal(second.version, first.version);
    assert_int_equal(getsid(pid), pid);
    assert_int_equal(private_pg_find(&found, place, &e), 0);
    assert_int_equal(found.running, 1);
    assert_string_equal(found.conninfo, first.conninfo);
    stop(&second, PRIVATE_PG_KEPT);
    assert_int_equal(private_pg_find(&found, place, &e), 0);
    assert_int_equal(found.running, 0);
    assert_int_equal(private_pg_start_time(pid), 0);
    start(&first, PRIVATE_PG_KEPT, NULL);
    assert_int_not_equal(first.pid, pid);
    stop(&first, PRIVATE_PG_KEPT);
    stop(&first, PRIVATE_PG_KEPT); /* a second time is fine */
    stop(&first, PRIVATE_PG_TEST); /* takes the directory away */
}

static void write_state(long pid, unsigned long long start_time)
{
    char path[160], text[100];
    struct err e;

    snprintf(path, sizeof path, "%s/state", place);
    snprintf(text, sizeof text, "pid %ld\nstart %llu\nversion 15.1\n", pid, start_time);
    assert_int_equal(sys_write_file(path, text, strlen(text), 0600, &e), 0);
}

/* A crash leaves the state and postmaster.pid behind, and the number may by then be another process's. */
static void traces_of_a_dead_server_are_told_from_a_living_one(void **state)
{
    struct private_pg p, found;
    struct err e;
    pid_t other;

    (void)state;
    start(&p, PRIVATE_PG_KEPT, NULL);
    kill(p.pid, SIGKILL);
    assert_int_equal(waitpid(p.pid, NULL, 0), p.pid);
    assert_int_equal(private_pg_find(&found, place, &e), 0);
    assert_int_equal(found.running, 0);
    other = fork(); /* a process that has the number now, of the very user whom PostgreSQL would believe */
    if (other == 0) {
        struct stat data;
        char path[160];

        snprintf(path, sizeof path, "%s/data", place);
        if (stat(path, &data) != 0 || (geteuid() == 0 && setuid(data.st_uid) != 0)) {
            _exit(1);
        }
        pause();
        _exit(0);
    }
    char path[160], text[300];
    snprintf(path, sizeof path, "%s/data/postmaster.pid", place);
    struct bytes old = {0};
    assert_int_equal(sys_read_tail(path, 4096, &old, &e), 0);
    assert_int_equal(bytes_append(&old, "", 1, &e), 0);
    snprintf(text, sizeof text, "%ld%s", (long)other, strchr((const char *)old.data, '\n'));
    bytes_free(&old);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    write_state(other, private_pg_start_time(other) + 1);
    assert_int_equal(private_pg_find(&found, place, &e), 0);
    assert_int_equal(found.running, 0);
    start(&p, PRIVATE_PG_KEPT, NULL);
    assert_int_not_equal(p.pid, other);
    expect_answer(&p, "select 1", "1");
    /* And the other way round: the state is lost, but the server lives. */
    snprintf(path, sizeof path, "%s/state", place);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(private_pg_find(&found, place, &e), 0);
    assert_int_equal(found.pid, p.pid);
    stop(&p, PRIVATE_PG_TEST);
    kill(other, SIGKILL);
    assert_int_equal(waitpid(other, NULL, 0), other);
}

/* Whoever starts a test server and dies takes it along. */
static void a_test_server_dies_with_its_parent(void **state)
{
    struct private_pg found;
    struct err e;
    int64_t deadline;
    pid_t child = fork();

    (void)state;
    if (child == 0) {
        struct private_pg p;

        _exit(private_pg_start(&p, PRIVATE_PG_TEST, place, NULL, &e) == 0 ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    deadline = sys_clock_ms() + 10000;
    do {
        usleep(10000);
        assert_int_equal(private_pg_find(&found, place, &e), 0);
    } while (found.running && sys_clock_ms() < deadline);
    assert_int_equal(found.running, 0);
    stop(&found, PRIVATE_PG_TEST);
}

static void expect_refusal(const char *directory, const char *word)
{
    struct private_pg p;
    struct stat found;
    struct err e;

    assert_int_equal(private_pg_start(&p, PRIVATE_PG_TEST, directory, NULL, &e), -1);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    if (strstr(e.message, word) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", e.message, word);
    }
    assert_int_not_equal(stat(directory, &found), 0);
}

static void unfit_directories_are_refused_and_not_left_behind(void **state)
{
    char path[300];

    (void)state;
    snprintf(path, sizeof path, "%s/%0100d", parent, 7);
    expect_refusal(path, "too long");
    snprintf(path, sizeof path, "%s/a,b", parent);
    expect_refusal(path, "commas");
    if (geteuid() == 0) {
        expect_refusal("/root/wherry-test-private", "root's home");
        snprintf(path, sizeof path, "%s/shut", parent);
        assert_int_equal(mkdir(path, 0700), 0);
        snprintf(path, sizeof path, "%s/shut/pg", parent);
        expect_refusal(path, "cannot enter");
    }
}

static void a_server_that_cannot_start_says_why(void **state)
{
    static const char *const wrong[] = {"shared_buffers=lots", NULL};
    struct private_pg p;
    struct err e;

    (void)state;
    assert_int_equal(private_pg_start(&p, PRIVATE_PG_TEST, place, wrong, &e), -1);
    assert_int_equal(e.kind, ERR_ENVIRONMENT);
    assert_non_null(strstr(e.message, "shared_buffers"));
    assert_non_null(strstr(e.hint, "/log"));
    assert_int_equal(private_pg_find(&p, place, &e), 0);
    stop(&p, PRIVATE_PG_TEST);
}

static void a_stop_ends_the_start_and_leaves_no_process(void **state)
{
    struct private_pg p;
    struct err e;

    (void)state;
    stop_request(SIGTERM);
    assert_int_equal(private_pg_start(&p, PRIVATE_PG_KEPT, place, NULL, &e), -1);
    stop_request(0);
    assert_int_equal(e.kind, ERR_INTERRUPTED);
    assert_int_equal(private_pg_find(&p, place, &e), 0);
    assert_int_equal(p.running, 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_test_server_comes_and_goes_without_a_trace, make_place, remove_place),
        cmocka_unit_test_setup_teardown(the_server_inherits_nothing, make_place, remove_place),
        cmocka_unit_test_setup_teardown(a_kept_server_is_found_running_and_its_data_stays, make_place, remove_place),
        cmocka_unit_test_setup_teardown(traces_of_a_dead_server_are_told_from_a_living_one, make_place, remove_place),
        cmocka_unit_test_setup_teardown(a_test_server_dies_with_its_parent, make_place, remove_place),
        cmocka_unit_test_setup_teardown(unfit_directories_are_refused_and_not_left_behind, make_place, remove_place),
        cmocka_unit_test_setup_teardown(a_server_that_cannot_start_says_why, make_place, remove_place),
        cmocka_unit_test_setup_teardown(a_stop_ends_the_start_and_leaves_no_process, make_place, remove_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
