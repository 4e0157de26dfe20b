/* child_copy.c: copies a file in a child process, which reports through a pipe. */
#define _GNU_SOURCE /* copy_file_range, fallocate, pipe2 */
#include "child_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "snapshot_probe.h"
#include "stop.h"
#include "sys.h"

enum { CHUNK = 4 * 1024 * 1024, STALL_MS = 60000, LOOK_MS = 100 };

enum state { AT_WORK = 0, DONE, REPLACED, CANNOT_READ, CANNOT_WRITE, NO_ROOM };

/* What the child says, again and again. */
struct message {
    int64_t done;
    int64_t total;
    int64_t room; /* free bytes, with NO_ROOM */
    int state;    /* enum state */
    int error;    /* errno */
};

/* ---- in the child: system calls only, since the parent may have threads ---- */

struct work {
    const struct child_copy *c;
    int from;
    int out; /* the pipe */
    struct message said;
};

static void say(struct work *w)
{
    const char *data = (const char *)&w->said;
    size_t sent = 0;

    while (sent < sizeof w->said) {
        ssize_t n = write(w->out, data + sent, sizeof w->said - sent);

        if (n < 0 && errno != EINTR) {
            _exit(1); /* nobody listens */
        }
        sent += n > 0 ? (size_t)n : 0;
    }
}

static void end(struct work *w, enum state state, int error)
{
    w->said.state = (int)state;
    w->said.error = error;
    say(w);
    _exit(0);
}

static void end_without_room(struct work *w)
{
    struct statvfs disk;

    w->said.room = fstatvfs(w->c->to, &disk) == 0 ? (int64_t)disk.f_bavail * (int64_t)disk.f_frsize : 0;
    end(w, NO_ROOM, ENOSPC);
}

static int is_full(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

/* Takes the room for the whole file. Where that cannot be had, the file system is asked how much it has. */
static void take_room(struct work *w)
{
    struct statvfs disk;

    if (w->said.total == 0 || fallocate(w->c->to, 0, 0, w->said.total) == 0) {
        return;
    }
    if (is_full(errno) ||
        (fstatvfs(w->c->to, &disk) == 0 && (int64_t)disk.f_bavail * (int64_t)disk.f_frsize < w->said.total)) {
        end_without_room(w);
    }
}

static void write_all(struct work *w, const char *data, size_t length)
{
    size_t used = 0;

    while (used < length) {
        ssize_t n = pwrite(w->c->to, data + used, length - used, w->said.done + (off_t)used);

        if (n < 0 && errno != EINTR) {
            if (is_full(errno)) {
                end_without_room(w);
            }
            end(w, CANNOT_WRITE, errno);
        }
        used += n > 0 ? (size_t)n : 0;
    }
}

/* One piece by way of our own memory. The bytes read; 0 at the end of the file. */
static ssize_t copy_through_memory(struct work *w, size_t length)
{
    static char buffer[256 * 1024]; /* the child's own copy of it */
    ssize_t n;

    do {
        n = pread(w->from, buffer, length < sizeof buffer ? length : sizeof buffer, w->said.done);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        end(w, CANNOT_READ, errno);
    }
    write_all(w, buffer, (size_t)n);
    return n;
}

static void copy_bytes(struct work *w)
{
    int in_kernel = 1;

    while (w->said.done < w->said.total) {
        int64_t left = w->said.total - w->said.done;
        size_t length = left < CHUNK ? (size_t)left : CHUNK;
        off_t from = w->said.done, to = w->said.done;
        ssize_t n = in_kernel ? copy_file_range(w->from, &from, w->c->to, &to, length, 0) : 0;

        if (n <= 0) {
            /* Not between these file systems, or the disk is full: our own way tells which. */
            in_kernel = 0;
            n = copy_through_memory(w, length);
        }
        if (n == 0) {
            break; /* a checkpoint made it shorter */
        }
        w->said.done += n;
        say(w);
    }
    if (ftruncate(w->c->to, w->said.done) != 0) {
        end(w, CANNOT_WRITE, errno);
    }
}

static void child(const struct child_copy *c, int out, pid_t parent)
{
    struct work w = {.c = c, .out = out};
    struct stat st;
    sigset_t all;

    (void)sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, NULL); /* a stop is the parent's affair */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1); /* it ended in between */
    }
    w.from = open(c->from, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (w.from < 0 || fstat(w.from, &st) != 0) {
        end(&w, CANNOT_READ, errno);
    }
    if ((uint64_t)st.st_dev != c->device || (uint64_t)st.st_ino != c->inode) {
        end(&w, REPLACED, 0);
    }
    w.said.total = (int64_t)st.st_size;
    if (ioctl(c->to, FICLONE, w.from) == 0) {
        w.said.done = w.said.total;
    } else {
        take_room(&w);
        copy_bytes(&w);
    }
    end(&w, DONE, 0);
}

/* ---- in the parent ---- */

static int failed(const struct child_copy *c, const struct message *m, struct err *e)
{
    char from[600];
    char into[600];

    (void)probe_show_path(from, sizeof from, c->from);
    (void)probe_show_path(into, sizeof into, c->into);
    switch ((enum state)m->state) {
    case DONE:
        return 0;
    case REPLACED:
        return err_set(e, ERR_CHANGED, "%s was replaced by another file while it was copied", from);
    case CANNOT_READ:
        (void)err_set(e, ERR_ENVIRONMENT, "cannot copy %s: it cannot be read: %s", from, strerror(m->error));
        return err_hint(e, "look at the disk or the network file system that the file lies on");
    case NO_ROOM:
        (void)err_set(e, ERR_ENVIRONMENT,
                      "no room for a copy of %s: it takes %lld MB, and %lld MB are free where %s is", from,
                      (long long)(m->total >> 20) + 1, (long long)(m->room >> 20), into);
        return err_hint(e, "make room on that disk");
    case CANNOT_WRITE:
    case AT_WORK:
        break;
    }
    return err_set(e, ERR_ENVIRONMENT, "cannot copy %s: %s cannot be written: %s", from, into, strerror(m->error));
}

/* Reads one message, waiting for it at most `until`. 0, or -1 and e. */
static int receive(const struct child_copy *c, struct message *m, int in, int64_t until, struct err *e)
{
    size_t used = 0;
    char shown[600];

    while (used < sizeof *m) {
        struct pollfd wait = {in, POLLIN, 0};
        ssize_t n;

        if (stop_signal() != 0) {
            return err_set(e, ERR_INTERRUPTED, "interrupted while copying");
        }
        if (sys_clock_ms() > until) {
            return err_set(e, ERR_ENVIRONMENT,
                           "copying %s stalls: its file system, or that of the copy, did not "
                           "respond for %d seconds",
                           probe_show_path(shown, sizeof shown, c->from), STALL_MS / 1000);
        }
        if (poll(&wait, 1, LOOK_MS) <= 0) {
            continue;
        }
        n = read(in, (char *)m + used, sizeof *m - used);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return err_set(e, ERR_ENVIRONMENT, "the process that copies %s ended early",
                           probe_show_path(shown, sizeof shown, c->from));
        }
        used += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int follow(const struct child_copy *c, struct message *m, int in, struct err *e)
{
    do {
        if (receive(c, m, in, sys_clock_ms() + STALL_MS, e) != 0) {
            return -1;
        }
        if (c->tick != NULL && m->state == AT_WORK) {
            c->tick(c->context, m->done, m->total);
        }
    } while (m->state == AT_WORK);
    return failed(c, m, e);
}

int child_copy(const struct child_copy *c, int64_t *bytes, struct err *e)
{
    struct message last = {0};
    pid_t self = getpid();
    int ends[2];
    int result;
    pid_t pid;

    *bytes = 0;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return err_set(e, ERR_ENVIRONMENT, "cannot make a pipe: %s", strerror(errno));
    }
    pid = fork();
    if (pid == 0) {
        child(c, ends[1], self);
    }
    (void)close(ends[1]);
    if (pid < 0) {
        result = err_set(e, ERR_ENVIRONMENT, "cannot start a process: %s", strerror(errno));
    } else {
        result = follow(c, &last, ends[0], e);
        if (result != 0) {
            (void)kill(pid, SIGKILL);
        }
        probe_reap(pid);
    }
    (void)close(ends[0]);
    *bytes = last.done;
    return result;
}
