/* snapshot_probe.c: looks at a database file, its locks and its users from a forked child. */
#define _GNU_SOURCE /* pipe2 */
#include "snapshot_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "stop.h"
#include "sys.h"

/* SQLite's lock bytes (os.h, wal.c): in the database PENDING, RESERVED and 510 SHARED bytes; in -shm eight slots and
 * the "dead man's switch" behind them. */
enum {
    PENDING_BYTE = 0x40000000,
    RESERVED_BYTE = PENDING_BYTE + 1,
    SHARED_FIRST = PENDING_BYTE + 2,
    SHARED_SIZE = 510
};
enum { SHM_LOCK_FIRST = 120, SHM_LOCK_SIZE = 9 };
enum { PROBE_DEADLINE_MS = 30000, REAP_MS = 2000, PATH_ROOM = 4096 + 16 };

/* ---- in the child: system calls and simple string work only, since the parent may have threads ---- */

static void look_at(struct probe_file *f, const char *path)
{
    struct stat st;

    memset(f, 0, sizeof *f);
    if (stat(path, &st) != 0) {
        return;
    }
    f->exists = 1;
    f->mode = st.st_mode;
    f->device = (uint64_t)st.st_dev;
    f->inode = (uint64_t)st.st_ino;
    f->size = (int64_t)st.st_size;
    f->mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

/* The bytes at the start of a file, as many as there are. *error gets the errno of a read that failed. */
static size_t read_start(int fd, unsigned char *out, size_t size, int *error)
{
    size_t used = 0;

    while (used < size) {
        ssize_t n = pread(fd, out + used, size - used, (off_t)used);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            *error = errno;
        }
        if (n <= 0) {
            break;
        }
        used += (size_t)n;
    }
    return used;
}

/* Opens a regular file for reading; never waits for the other end of a pipe. */
static int open_file(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

static void set_user(struct probe *p, enum probe_user user, pid_t pid)
{
    char name[64];
    int fd;

    p->user = user;
    p->user_pid = pid;
    if (pid <= 0) {
        p->user_pid = 0;
        return;
    }
    (void)snprintf(name, sizeof name, "/proc/%ld/comm", (long)pid);
    fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        ssize_t n = read(fd, p->user_command, sizeof p->user_command - 1);

        p->user_command[n > 0 ? n : 0] = '\0';
        p->user_command[strcspn(p->user_command, "\n")] = '\0';
        (void)close(fd);
    }
}

/* Sees whether a process other than ours (`self`) holds a lock in the range. */
static void look_for_lock(struct probe *p, int fd, off_t start, off_t length, pid_t self)
{
    struct flock lock;

    memset(&lock, 0, sizeof lock);
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = start;
    lock.l_len = length;
    if (p->user != PROBE_LOCK && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid != self) {
        set_user(p, PROBE_LOCK, lock.l_pid);
    }
}

static int is_same(const struct probe_file *f, const struct stat *st)
{
    return f->exists && f->device == (uint64_t)st->st_dev && f->inode == (uint64_t)st->st_ino;
}

/* The names in a directory of /proc, without malloc: calls `each` for every name of digits. */
static void each_number(int directory, void (*each)(void *context, int directory, const char *name), void *context)
{
    /* The kernel's struct linux_dirent64: inode, offset, record length (at 16), type, name (at 19). */
    enum { RECORD_LENGTH = 16, NAME = 19 };
    _Alignas(8) char buffer[8192];
    long n;

    while ((n = syscall(SYS_getdents64, directory, buffer, sizeof buffer)) > 0) {
        for (long at = 0; at < n;) {
            unsigned short length;

            memcpy(&length, buffer + at + RECORD_LENGTH, sizeof length);
            if (buffer[at + NAME] >= '0' && buffer[at + NAME] <= '9') {
                each(context, directory, buffer + at + NAME);
            }
            at += length;
        }
    }
}

struct search {
    struct probe *p;
    pid_t self;
    pid_t process; /* whose descriptors are being looked at */
};

static void look_at_descriptor(void *context, int directory, const char *name)
{
    struct search *s = context;
    struct probe *p = s->p;
    struct stat st;

    if (p->user == PROBE_NOBODY && fstatat(directory, name, &st, 0) == 0 &&
        (is_same(&p->database, &st) || is_same(&p->wal, &st) || is_same(&p->shm, &st) || is_same(&p->journal, &st))) {
        set_user(p, PROBE_OPEN, s->process);
    }
}

static void look_at_process(void *context, int directory, const char *name)
{
    struct search *s = context;
    char fds[64];
    int fd;

    s->process = (pid_t)strtol(name, NULL, 10);
    if (s->p->user != PROBE_NOBODY || s->process == s->self || s->process == getpid()) {
        return;
    }
    (void)snprintf(fds, sizeof fds, "%ld/fd", (long)s->process);
    fd = openat(directory, fds, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        each_number(fd, look_at_descriptor, s);
        (void)close(fd);
    }
}

static void look_for_users_of(struct probe *p, int database, const char *shm_path, pid_t self)
{
    struct search s = {p, self, 0};
    int fd;

    /* One question a lock: our own process's lock on one must not hide another's on the next. */
    look_for_lock(p, database, PENDING_BYTE, 1, self);
    look_for_lock(p, database, RESERVED_BYTE, 1, self);
    look_for_lock(p, database, SHARED_FIRST, SHARED_SIZE, self);
    fd = p->shm.exists ? open_file(shm_path) : -1;
    if (fd >= 0) {
        for (int i = 0; i < SHM_LOCK_SIZE; i++) {
            look_for_lock(p, fd, SHM_LOCK_FIRST + i, 1, self);
        }
        (void)close(fd);
    }
    fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        each_number(fd, look_at_process, &s);
        (void)close(fd);
    }
}

static void beside(char out[PATH_ROOM], const char *path, const char *suffix)
{
    (void)snprintf(out, PATH_ROOM, "%s%s", path, suffix);
}

static void look(struct probe *p, const char *path, int look_for_users, pid_t self)
{
    char name[PATH_ROOM];
    int fd;

    look_at(&p->database, path);
    beside(name, path, "-wal");
    look_at(&p->wal, name);
    fd = p->wal.size > 0 ? open_file(name) : -1;
    if (fd >= 0) {
        (void)read_start(fd, p->wal_header, sizeof p->wal_header, &p->read_error);
        (void)close(fd);
    }
    beside(name, path, "-journal");
    look_at(&p->journal, name);
    fd = p->journal.size > 0 ? open_file(name) : -1;
    if (fd >= 0) {
        (void)read_start(fd, p->journal_start, sizeof p->journal_start, &p->read_error);
        (void)close(fd);
    }
    beside(name, path, "");
    *strrchr(name, '/') = '\0';
    p->directory_writable = access(name[0] == '\0' ? "/" : name, W_OK | X_OK) == 0;
    p->database_writable = access(path, W_OK) == 0;
    beside(name, path, "-shm");
    look_at(&p->shm, name);
    if (!p->database.exists || !S_ISREG(p->database.mode)) {
        return;
    }
    fd = open_file(path);
    if (fd < 0) {
        p->open_error = errno;
        return;
    }
    p->sample_length = read_start(fd, p->sample, sizeof p->sample, &p->read_error);
    if (look_for_users) {
        look_for_users_of(p, fd, name, self);
    }
    (void)close(fd);
}

static void block_signals(void)
{
    sigset_t all;

    (void)sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, NULL);
}

static void child(const char *path, int look_for_users, pid_t self, int out)
{
    struct probe p;
    const char *data = (const char *)&p;
    size_t sent = 0;

    block_signals(); /* a stop is the parent's affair */
    memset(&p, 0, sizeof p);
    look(&p, path, look_for_users, self);
    while (sent < sizeof p) {
        ssize_t n = write(out, data + sent, sizeof p - sent);

        if (n < 0 && errno != EINTR) {
            break;
        }
        sent += n > 0 ? (size_t)n : 0;
    }
    _exit(0);
}

/* ---- in the parent ---- */

/* Reads the child's answer. 0, or -1 and e. */
static int receive(struct probe *p, int in, const char *path, struct err *e)
{
    int64_t until = sys_clock_ms() + PROBE_DEADLINE_MS;
    char *data = (char *)p;
    size_t used = 0;
    char shown[512];

    while (used < sizeof *p) {
        struct pollfd wait = {in, POLLIN, 0};
        ssize_t n;

        if (stop_signal() != 0) {
            return err_set(e, ERR_INTERRUPTED, "interrupted while looking at the source");
        }
        if (sys_clock_ms() > until) {
            return err_set(e, ERR_ENVIRONMENT, "%s does not answer: its file system did not respond for %d seconds",
                           probe_show_path(shown, sizeof shown, path), PROBE_DEADLINE_MS / 1000);
        }
        if (poll(&wait, 1, 100) <= 0) {
            continue;
        }
        n = read(in, data + used, sizeof *p - used);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return err_set(e, ERR_ENVIRONMENT, "the process that looks at %s ended early",
                           probe_show_path(shown, sizeof shown, path));
        }
        used += n > 0 ? (size_t)n : 0;
    }
    if (p->read_error != 0) {
        (void)err_set(e, ERR_ENVIRONMENT, "the source %s cannot be read: %s",
                      probe_show_path(shown, sizeof shown, path), strerror(p->read_error));
        return err_hint(e, "look at the disk and at the system's log, or read a copy of the file");
    }
    return 0;
}

void probe_reap(pid_t pid)
{
    int64_t until = sys_clock_ms() + REAP_MS;

    while (waitpid(pid, NULL, WNOHANG) == 0 && sys_clock_ms() < until) {
        struct timespec pause = {0, 200 * 1000};

        (void)nanosleep(&pause, NULL);
    }
}

int probe_run(struct probe *p, const char *path, int look_for_users, struct err *e)
{
    int ends[2];
    pid_t self = getpid();
    pid_t pid;
    int result;

    memset(p, 0, sizeof *p);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return err_set(e, ERR_ENVIRONMENT, "cannot make a pipe: %s", strerror(errno));
    }
    pid = fork();
    if (pid == 0) {
        child(path, look_for_users, self, ends[1]);
    }
    (void)close(ends[1]);
    if (pid < 0) {
        result = err_set(e, ERR_ENVIRONMENT, "cannot start a process: %s", strerror(errno));
    } else {
        result = receive(p, ends[0], path, e);
        if (result != 0) {
            (void)kill(pid, SIGKILL);
        }
        probe_reap(pid);
    }
    (void)close(ends[0]);
    return result;
}

/* Takes the lock that SQLite's last close takes: no other connection, of our process neither, has the database open. */
static int lock_alone(int fd, int writable)
{
    struct flock lock;

    memset(&lock, 0, sizeof lock);
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = PENDING_BYTE;
    lock.l_len = 2 + SHARED_SIZE;
    if (writable) {
        return fcntl(fd, F_SETLK, &lock) == 0;
    }
    /* A descriptor for reading cannot lock; then nobody but the owner could come in between. */
    return fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type == F_UNLCK;
}

static void tidy(const char *path, int remove_wal, int remove_shm)
{
    char name[PATH_ROOM];
    struct stat st;
    int writable = 1;
    int fd;

    block_signals();
    fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        writable = 0;
        fd = open_file(path);
    }
    if (fd < 0 || !lock_alone(fd, writable)) {
        return;
    }
    beside(name, path, "-wal");
    if (remove_wal && stat(name, &st) == 0 && st.st_size > 0) {
        return; /* someone wrote meanwhile: both files belong to that content */
    }
    if (remove_shm) {
        beside(name, path, "-shm");
        (void)unlink(name);
    }
    if (remove_wal) {
        beside(name, path, "-wal");
        (void)unlink(name);
    }
}

void probe_tidy(const char *path, int remove_wal, int remove_shm)
{
    pid_t pid = fork();

    if (pid == 0) {
        tidy(path, remove_wal, remove_shm);
        _exit(0); /* and with it the lock goes */
    }
    if (pid > 0) {
        probe_reap(pid);
    }
}
