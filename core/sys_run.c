/* sys_run.c: programs started by fork and exec, without a shell.
 *
 * Between fork and exec the child calls only what is safe there, since other threads of ours may have held any lock at
 * the moment of the fork: everything that allocates is prepared before. A failed exec comes back as an errno through a
 * pipe that exec closes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stop.h"
#include "sys.h"

#define STOP_GRACE_MS 5000

/* The child's descriptors 0, 1 and 2; -1 keeps ours. */
struct streams {
    int at[3];
};

static void close_streams(struct streams *streams)
{
    /* From above, since error may be a second name of output. */
    for (int i = 2; i >= 0; i--) {
        if (streams->at[i] >= 0 && (i == 0 || streams->at[i] != streams->at[i - 1])) {
            close(streams->at[i]);
        }
        streams->at[i] = -1;
    }
}

static size_t name_length(const char *setting)
{
    return strcspn(setting, "=");
}

static int is_replaced(const char *variable, const char *const *set)
{
    for (; set != NULL && *set != NULL; set++) {
        size_t length = name_length(*set);

        if (name_length(variable) == length && strncmp(variable, *set, length) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The child's environment; only the array is ours (mem_free). */
static char **make_environment(const char *const *set, struct err *e)
{
    size_t count = 0;
    size_t used = 0;
    char **result;

    for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
        count++;
    }
    for (const char *const *more = set; more != NULL && *more != NULL; more++) {
        count++;
    }
    result = mem_alloc((count + 1) * sizeof *result, e);
    if (result == NULL) {
        return NULL;
    }
    for (char **variable = environ; variable != NULL && *variable != NULL; variable++) {
        if (!is_replaced(*variable, set)) {
            result[used++] = *variable;
        }
    }
    for (const char *const *more = set; more != NULL && *more != NULL; more++) {
        if (strchr(*more, '=') != NULL) {
            result[used++] = (char *)(uintptr_t)*more; /* exec takes it unqualified, but does not write */
        }
    }
    return result;
}

static void close_others(void)
{
    /* The pipe that reports a failed exec must stay open until exec, so they are marked, not closed. */
    if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) {
        long limit = sysconf(_SC_OPEN_MAX);

        for (int descriptor = 3; descriptor < (limit > 0 ? limit : 1024); descriptor++) {
            fcntl(descriptor, F_SETFD, FD_CLOEXEC);
        }
    }
}

/* Puts a descriptor in place; one that is already there must lose its close-on-exec mark. */
static int place(int descriptor, int target)
{
    if (descriptor < 0) {
        return 0;
    }
    return descriptor == target ? fcntl(target, F_SETFD, 0) : dup2(descriptor, target);
}

static void reset_signals(void)
{
    sigset_t none;

    for (int number = 1; number < NSIG; number++) {
        signal(number, SIG_DFL); /* fails for SIGKILL and SIGSTOP, which need nothing */
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void child(const struct sys_program *program, char *const *environment, const struct streams *streams,
                  int report, pid_t parent) __attribute__((noreturn));

static void child(const struct sys_program *program, char *const *environment, const struct streams *streams,
                  int report, pid_t parent)
{
    int failure;

    reset_signals();
    if (program->daemon && setsid() < 0) {
        goto failed;
    }
    for (int i = 0; i < 3; i++) {
        if (place(streams->at[i], i) < 0) {
            goto failed;
        }
    }
    if (program->drop && (setgroups(1, &program->gid) != 0 || setgid(program->gid) != 0 || setuid(program->uid) != 0)) {
        goto failed;
    }
    if (program->die_with_parent) {
        /* After the change of user, which clears it. The parent may be gone by then: it never fires in that case. */
        if (prctl(PR_SET_PDEATHSIG, SIGQUIT) != 0) {
            goto failed;
        }
        if (getppid() != parent) {
            _exit(127);
        }
    }
    if (program->daemon && chdir("/") != 0) {
        goto failed;
    }
    close_others();
    execvpe(program->argv[0], (char *const *)(uintptr_t)program->argv, environment);

failed:
    failure = errno;
    while (write(report, &failure, sizeof failure) < 0 && errno == EINTR) {
    }
    _exit(127);
}

/* Forks and waits until exec is done. 0, or -1 and e. */
static int start(const struct sys_program *program, const struct streams *streams, pid_t *pid, struct err *e)
{
    int report[2] = {-1, -1};
    char **environment = make_environment(program->set, e);
    pid_t parent = getpid();
    int failure = 0;
    int result = -1;
    ssize_t got;

    *pid = -1;
    if (environment == NULL) {
        return -1;
    }
    if (pipe2(report, O_CLOEXEC) != 0 || (*pid = fork()) < 0) {
        err_set(e, ERR_ENVIRONMENT, "cannot start %s: %s", program->argv[0], strerror(errno));
        goto done;
    }
    if (*pid == 0) {
        /* A pipe on 0, 1 or 2 (ours were closed) would be lost to the child's streams. */
        if (report[1] <= 2) {
            report[1] = fcntl(report[1], F_DUPFD_CLOEXEC, 3);
        }
        child(program, environment, streams, report[1], parent);
    }
    close(report[1]);
    report[1] = -1;
    do {
        got = read(report[0], &failure, sizeof failure);
    } while (got < 0 && errno == EINTR);
    if (got == (ssize_t)sizeof failure) {
        waitpid(*pid, NULL, 0);
        err_set(e, ERR_ENVIRONMENT, "cannot start %s: %s", program->argv[0], strerror(failure));
        goto done;
    }
    result = 0;

done:
    if (report[0] >= 0) {
        close(report[0]);
    }
    if (report[1] >= 0) {
        close(report[1]);
    }
    mem_free(environment);
    return result;
}

/* Reads what is there from *descriptor into `into` (NULL: thrown away); closes it at its end. 0, or -1 and e. */
static int drain(int *descriptor, struct bytes *into, struct err *e)
{
    unsigned char piece[16384];
    ssize_t got = read(*descriptor, piece, sizeof piece);

    if (got > 0) {
        return into != NULL ? bytes_append(into, piece, (size_t)got, e) : 0;
    }
    if (got == 0 || errno != EINTR) {
        close(*descriptor);
        *descriptor = -1;
    }
    return 0;
}

/* Passes a wish to stop on to the child: SIGTERM once, SIGKILL when the grace is over. 1 when we were asked to stop. */
static int pass_stop(pid_t pid, int inherit, int64_t *asked)
{
    int wanted = stop_signal();

    if (wanted == 0 || (inherit && wanted == SIGINT)) {
        return 0;
    }
    if (*asked == 0) {
        *asked = sys_clock_ms();
        kill(pid, SIGTERM);
    } else if (sys_clock_ms() - *asked > STOP_GRACE_MS) {
        kill(pid, SIGKILL);
    }
    return 1;
}

/* Collects output until the child has ended. 0, or -1 and e (the child is reaped in every case). */
static int attend(pid_t pid, int inherit, int pipes[2], struct bytes *into[2], int *status, struct err *e)
{
    int watch = pidfd_open(pid, 0);
    int64_t asked = 0;
    int stopped = 0;
    int result = 0;
    int ended = 0;
    int raw = 0;
    pid_t got = 0;

    while (!ended) {
        struct pollfd ready[3] = {
            {.fd = pipes[0], .events = POLLIN}, {.fd = pipes[1], .events = POLLIN}, {.fd = watch, .events = POLLIN}};

        poll(ready, 3, watch >= 0 ? 100 : 5); /* an old kernel knows no pidfd: look often */
        for (int i = 0; i < 2; i++) {
            if (ready[i].fd >= 0 && ready[i].revents != 0 && result == 0 && drain(&pipes[i], into[i], e) != 0) {
                result = -1;
                kill(pid, SIGKILL);
            }
        }
        stopped = pass_stop(pid, inherit, &asked) || stopped;
        /* A grandchild that holds the pipes open must not keep us. */
        got = waitpid(pid, &raw, WNOHANG);
        ended = got == pid || (got < 0 && errno != EINTR);
    }
    if (got < 0 && result == 0) {
        /* Who started us ignores SIGCHLD, and so do we: the kernel keeps no status. */
        result = err_set(e, ERR_ENVIRONMENT, "cannot learn how the program ended: %s", strerror(errno));
    }
    for (int i = 0; i < 2; i++) {
        struct pollfd last = {.fd = pipes[i], .events = POLLIN};

        while (result == 0 && pipes[i] >= 0 && poll(&last, 1, 0) > 0) {
            result = drain(&pipes[i], into[i], e);
        }
    }
    if (watch >= 0) {
        close(watch);
    }
    *status = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
    if (result == 0 && stopped) {
        result = err_set(e, ERR_INTERRUPTED, "stopped by signal %d", stop_signal());
    }
    return result;
}

/* Opens what stands on the child's side of its streams; pipes gets our ends of output and error. 0, or -1 and e. */
static int open_streams(const struct sys_program *program, struct streams *streams, int pipes[2], struct err *e)
{
    int pair[2];

    if (program->output != NULL) {
        streams->at[1] = open(program->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (streams->at[1] < 0) {
            return err_set(e, ERR_ENVIRONMENT, "cannot write %s: %s", program->output, strerror(errno));
        }
    }
    if (program->inherit) {
        return 0;
    }
    streams->at[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (streams->at[0] < 0) {
        return err_set(e, ERR_ENVIRONMENT, "cannot open /dev/null: %s", strerror(errno));
    }
    for (int i = 0; i < 2; i++) {
        if (streams->at[i + 1] >= 0) {
            continue;
        }
        if (pipe2(pair, O_CLOEXEC) != 0) {
            return err_set(e, ERR_ENVIRONMENT, "cannot start %s: %s", program->argv[0], strerror(errno));
        }
        pipes[i] = pair[0];
        streams->at[i + 1] = pair[1];
    }
    return 0;
}

int sys_run(const struct sys_program *program, int *status, struct bytes *out, struct bytes *error, struct err *e)
{
    struct streams streams = {{-1, -1, -1}};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction interrupt, quit;
    struct bytes *into[2] = {out, error};
    int pipes[2] = {-1, -1};
    int result;
    pid_t pid;

    if (program->inherit) {
        sigaction(SIGINT, &ignore, &interrupt);
        sigaction(SIGQUIT, &ignore, &quit);
    }
    result = open_streams(program, &streams, pipes, e);
    if (result == 0) {
        result = start(program, &streams, &pid, e);
    }
    close_streams(&streams);
    if (result == 0) {
        result = attend(pid, program->inherit, pipes, into, status, e);
    }
    for (int i = 0; i < 2; i++) {
        if (pipes[i] >= 0) {
            close(pipes[i]);
        }
    }
    if (program->inherit) {
        sigaction(SIGINT, &interrupt, NULL);
        sigaction(SIGQUIT, &quit, NULL);
    }
    return result;
}

int sys_start(const struct sys_program *program, pid_t *pid, struct err *e)
{
    struct streams streams = {{-1, -1, -1}};
    int result;

    streams.at[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    streams.at[1] = open(program->output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    streams.at[2] = streams.at[1];
    if (streams.at[0] < 0 || streams.at[1] < 0) {
        result = err_set(e, ERR_ENVIRONMENT, "cannot write %s: %s", program->output, strerror(errno));
    } else {
        result = start(program, &streams, pid, e);
    }
    close_streams(&streams);
    return result;
}
