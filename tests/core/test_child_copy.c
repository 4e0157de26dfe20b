/* test_child_copy.c: all bytes, or a clear reason why not; and no child that stays. */
#include "database.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "child_copy.h"
#include "stop.h"

struct files {
    char from[128];
    char to[128];
    struct child_copy copy;
    int64_t told; /* bytes, the last that the tick was told */
};

static void on_tick(void *context, int64_t done, int64_t total)
{
    struct files *f = context;

    assert_true(done > f->told && done <= total);
    f->told = done;
}

/* A pair of files: `from` is there, `to` is open and empty. */
static void open_files(struct files *f, struct place *p)
{
    struct stat st;

    memset(f, 0, sizeof *f);
    (void)snprintf(f->from, sizeof f->from, "%s", place_file(p, "from"));
    (void)snprintf(f->to, sizeof f->to, "%s", place_file(p, "to"));
    assert_int_equal(stat(f->from, &st), 0);
    f->copy = (struct child_copy){
        .from = f->from,
        .device = (uint64_t)st.st_dev,
        .inode = (uint64_t)st.st_ino,
        .to = open(f->to, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600),
        .into = f->to,
        .tick = on_tick,
        .context = f,
    };
    assert_true(f->copy.to >= 0);
}

static void assert_no_child(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void assert_refused(const struct files *f, enum err_kind kind, const char *text)
{
    int64_t bytes;
    struct err e;

    err_clear(&e);
    assert_int_equal(child_copy(&f->copy, &bytes, &e), -1);
    assert_int_equal(e.kind, kind);
    if (strstr(e.message, text) == NULL) {
        fail_msg("%s", e.message);
    }
    assert_no_child();
}

static void every_byte_is_copied(void **state)
{
    static const size_t sizes[] = {0, 1, 4095, 9 * 1024 * 1024 + 3};
    struct place *p = *state;

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *data = malloc(sizes[i] + 1);
        unsigned char *copied;
        struct files f;
        size_t length;
        int64_t bytes;
        struct err e;

        assert_non_null(data);
        for (size_t k = 0; k < sizes[i]; k++) {
            data[k] = (unsigned char)(k * 31 + k / 251);
        }
        file_write(place_file(p, "from"), "", data, sizes[i]);
        open_files(&f, p);
        err_clear(&e);
        if (child_copy(&f.copy, &bytes, &e) != 0) {
            fail_msg("%s", e.message);
        }
        assert_int_equal(bytes, sizes[i]);
        copied = file_bytes(f.to, "", &length);
        assert_int_equal(length, sizes[i]);
        assert_memory_equal(copied, data, length);
        assert_no_child();
        (void)close(f.copy.to);
        free(copied);
        free(data);
    }
}

static void another_file_of_the_name_is_not_copied(void **state)
{
    struct place *p = *state;
    struct files f;

    file_write(place_file(p, "from"), "", "one", 3);
    open_files(&f, p);
    file_write(place_file(p, "other"), "", "two", 3);
    assert_int_equal(rename(place_file(p, "other"), f.from), 0);
    assert_refused(&f, ERR_CHANGED, "was replaced");
    assert_int_equal(unlink(f.from), 0);
    assert_refused(&f, ERR_ENVIRONMENT, "No such file");
    (void)close(f.copy.to);
}

/* The room is taken first: nothing is copied where there is too little of it. */
static void too_little_room_is_told_before_anything_is_copied(void **state)
{
    struct place *p = *state;
    struct rlimit before;
    struct rlimit less;
    struct stat st;
    struct files f;
    char *data = calloc(1, 3000000);

    assert_non_null(data);
    file_write(place_file(p, "from"), "", data, 3000000);
    free(data);
    open_files(&f, p);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    less = before;
    less.rlim_cur = 1000000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &less), 0);
    assert_refused(&f, ERR_ENVIRONMENT, "no room for a copy of ");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(fstat(f.copy.to, &st), 0);
    assert_int_equal(st.st_size, 0);
    (void)close(f.copy.to);

    f.copy.to = open("/dev/full", O_WRONLY | O_CLOEXEC);
    f.copy.tick = NULL;
    assert_refused(&f, ERR_ENVIRONMENT, "no room for a copy of ");
    (void)close(f.copy.to);
    f.copy.to = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_refused(&f, ERR_ENVIRONMENT, "cannot be written: Bad file descriptor");
    (void)close(f.copy.to);
}

/* A file that takes some time. */
static void open_large(struct files *f, struct place *p)
{
    int fd = open(place_file(p, "from"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)256 << 20), 0);
    (void)close(fd);
    open_files(f, p);
}

static void stop_at_first_tick(void *context, int64_t done, int64_t total)
{
    (void)context;
    (void)done;
    (void)total;
    stop_request(SIGINT);
}

static void a_stop_ends_it(void **state)
{
    double start = seconds_now();
    struct files f;

    open_large(&f, *state);
    f.copy.tick = stop_at_first_tick;
    assert_refused(&f, ERR_INTERRUPTED, "interrupted");
    stop_request(0);
    assert_true(seconds_now() - start < 10);
    (void)close(f.copy.to);
}

/* Halts the copying child, says so, and waits for the end. */
static void halt_at_first_tick(void *context, int64_t done, int64_t total)
{
    const int *out = context;
    FILE *children = fopen("/proc/thread-self/children", "re");
    long child = 0;

    (void)done;
    (void)total;
    if (children == NULL || fscanf(children, "%ld", &child) != 1 || kill((pid_t)child, SIGSTOP) != 0 ||
        write(*out, "r", 1) != 1) {
        _exit(2);
    }
    for (;;) {
        (void)pause();
    }
}

static void the_child_of_a_killed_process_ends(void **state)
{
    double start = seconds_now();
    struct files f;
    int ready[2];
    int status = 0;
    pid_t pid;
    char byte;

    open_large(&f, *state);
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int64_t bytes;
        struct err e;

        err_clear(&e);
        f.copy.tick = halt_at_first_tick;
        f.copy.context = &ready[1];
        (void)child_copy(&f.copy, &bytes, &e);
        _exit(1);
    }
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_true(waitpid(-1, &status, 0) > 0); /* its child is ours now */
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_true(seconds_now() - start < 10);
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
    (void)close(f.copy.to);
}

#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(every_byte_is_copied),
        FILE_TEST(another_file_of_the_name_is_not_copied),
        FILE_TEST(too_little_room_is_told_before_anything_is_copied),
        FILE_TEST(a_stop_ends_it),
        FILE_TEST(the_child_of_a_killed_process_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
