/* sys.c: clocks, directories and small files. Programs are started by sys_run.c. */
#include "sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "stop.h"

int64_t sys_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t sys_clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t sys_clock_ms(void)
{
    return sys_clock_us() / 1000;
}

void sys_sleep_ms(int64_t milliseconds)
{
    int64_t end = sys_clock_ms() + milliseconds;

    for (int64_t left = milliseconds; left > 0 && stop_signal() == 0; left = end - sys_clock_ms()) {
        int64_t slice = left < 100 ? left : 100;
        struct timespec pause = {.tv_sec = 0, .tv_nsec = (long)slice * 1000000};

        nanosleep(&pause, NULL);
    }
}

void sys_keep_standard_streams(void)
{
    for (int descriptor = 0; descriptor <= 2; descriptor++) {
        if (fcntl(descriptor, F_GETFD) < 0 && errno == EBADF) {
            /* The lowest free number is this one. It stays open for ever, and across exec. */
            (void)open("/dev/null", O_RDWR);
        }
    }
}

/* The number in a file of the kernel, or `otherwise` where there is none ("max"). */
static int64_t number_in(const char *path, int64_t otherwise)
{
    struct bytes text = {0};
    struct err ignored;
    long long number = 0;

    if (sys_read_tail(path, 64, &text, &ignored) == 0 && bytes_append(&text, "", 1, &ignored) == 0) {
        number = strtoll((const char *)text.data, NULL, 10);
    }
    bytes_free(&text);
    return number > 0 ? number : otherwise;
}

int64_t sys_memory(void)
{
    static const char *const limits[] = {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    int64_t least = pages > 0 && size > 0 ? (int64_t)pages * size : INT64_MAX;
    struct rlimit limit;

    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        int64_t group = number_in(limits[i], INT64_MAX);

        least = group < least ? group : least;
    }
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur < (rlim_t)least) {
        least = (int64_t)limit.rlim_cur;
    }
    return least;
}

int sys_processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);

    return count < 1 ? 1 : count > 1024 ? 1024 : (int)count;
}

int sys_make_directories(const char *path, mode_t mode, struct err *e)
{
    char part[PATH_MAX];
    struct stat found;

    if (path[0] == '\0' || strlen(path) >= sizeof part) {
        return err_set(e, ERR_ENVIRONMENT, "\"%s\" is no path for a directory", path);
    }
    strcpy(part, path);
    for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0755) != 0 && errno != EEXIST) {
            return err_set(e, ERR_ENVIRONMENT, "cannot make directory %s: %s", part, strerror(errno));
        }
        *slash = '/';
    }
    if (mkdir(path, mode) != 0 && errno != EEXIST) {
        return err_set(e, ERR_ENVIRONMENT, "cannot make directory %s: %s", path, strerror(errno));
    }
    if (stat(path, &found) != 0 || !S_ISDIR(found.st_mode)) {
        return err_set(e, ERR_ENVIRONMENT, "%s is not a directory", path);
    }
    return 0;
}

int sys_make_temporary(const char *prefix, char *out, size_t size, struct err *e)
{
    const char *base = getenv("TMPDIR");
    int length;

    if (base == NULL || base[0] == '\0') {
        base = "/tmp";
    }
    if (strchr(prefix, '/') != NULL) {
        length = snprintf(out, size, "%sXXXXXX", prefix);
    } else {
        length = snprintf(out, size, "%s/%sXXXXXX", base, prefix);
    }
    if (length < 0 || (size_t)length >= size) {
        return err_set(e, ERR_ENVIRONMENT, "the path of a temporary directory is too long");
    }
    if (mkdtemp(out) == NULL) {
        return err_set(e, ERR_ENVIRONMENT, "cannot make a temporary directory %s: %s", out, strerror(errno));
    }
    return 0;
}

/* Removes what directory `name` in `parent` holds, then itself. Works by descriptors, so a link that is swapped in
 * meanwhile is not followed. -1 and errno. */
static int remove_at(int parent, const char *name, int depth)
{
    DIR *directory = NULL;
    struct dirent *entry;
    int result = -1;
    int descriptor;

    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) {
        return 0;
    }
    if (errno != EISDIR && errno != EPERM) {
        return -1;
    }
    if (depth == 0) {
        errno = ELOOP;
        return -1;
    }
    descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) {
        return -1;
    }
    directory = fdopendir(descriptor);
    if (directory == NULL) {
        close(descriptor);
        return -1;
    }
    while ((errno = 0, entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        if (remove_at(descriptor, entry->d_name, depth - 1) != 0) {
            goto done;
        }
    }
    if (errno != 0) {
        goto done;
    }
    result = unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -1;

done:
    if (directory != NULL) {
        int kept = errno;

        closedir(directory);
        errno = kept;
    }
    return result;
}

int sys_remove_tree(const char *path, struct err *e)
{
    if (remove_at(AT_FDCWD, path, 128) != 0) {
        return err_set(e, ERR_ENVIRONMENT, "cannot remove %s: %s", path, strerror(errno));
    }
    return 0;
}

void sys_allow_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int sys_fsync(const char *path, struct err *e)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    int failed;

    if (descriptor < 0) {
        return err_set(e, ERR_ENVIRONMENT, "cannot open %s: %s", path, strerror(errno));
    }
    failed = fsync(descriptor) != 0 ? errno : 0;
    close(descriptor);
    if (failed != 0) {
        return err_set(e, ERR_ENVIRONMENT, "cannot flush %s to the disk: %s", path, strerror(failed));
    }
    return 0;
}

static int write_all(int descriptor, const char *rest, size_t length, const char *path, struct err *e)
{
    while (length > 0) {
        ssize_t written = write(descriptor, rest, length);

        if (written < 0 && errno != EINTR) {
            return err_set(e, ERR_ENVIRONMENT, "cannot write %s: %s", path, strerror(errno));
        }
        if (written > 0) {
            rest += written;
            length -= (size_t)written;
        }
    }
    return 0;
}

int sys_append_private(const char *path, const void *data, size_t length, struct err *e)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    int result;

    if (descriptor < 0) {
        return err_set(e, ERR_ENVIRONMENT, "cannot write %s: %s", path, strerror(errno));
    }
    result = write_all(descriptor, data, length, path, e);
    close(descriptor);
    return result;
}

int sys_write_file(const char *path, const void *data, size_t length, mode_t mode, struct err *e)
{
    char other[PATH_MAX];
    int descriptor = -1;
    int result = -1;
    int size = snprintf(other, sizeof other, "%s.new", path);

    if (size < 0 || (size_t)size >= sizeof other) {
        return err_set(e, ERR_ENVIRONMENT, "the path %s is too long", path);
    }
    descriptor = open(other, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
    if (descriptor < 0) {
        return err_set(e, ERR_ENVIRONMENT, "cannot write %s: %s", other, strerror(errno));
    }
    if (write_all(descriptor, data, length, other, e) != 0) {
        goto done;
    }
    if (fsync(descriptor) != 0 || rename(other, path) != 0) {
        err_set(e, ERR_ENVIRONMENT, "cannot write %s: %s", path, strerror(errno));
        goto done;
    }
    result = 0;

done:
    close(descriptor);
    if (result != 0) {
        unlink(other);
    }
    return result;
}

int sys_read_tail(const char *path, size_t limit, struct bytes *out, struct err *e)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    int result = -1;
    off_t end;

    if (descriptor < 0) {
        return err_set(e, ERR_ENVIRONMENT, "cannot read %s: %s", path, strerror(errno));
    }
    /* Files of /proc have no size and cannot be sought to the end; they are read from the start. */
    end = lseek(descriptor, 0, SEEK_END);
    if (end > 0) {
        lseek(descriptor, end > (off_t)limit ? end - (off_t)limit : 0, SEEK_SET);
    }
    while (limit > 0) {
        size_t want = limit < 4096 ? limit : 4096;
        ssize_t got;

        if (bytes_reserve(out, want, e) != 0) {
            goto done;
        }
        got = read(descriptor, out->data + out->length, want);
        if (got < 0 && errno != EINTR) {
            err_set(e, ERR_ENVIRONMENT, "cannot read %s: %s", path, strerror(errno));
            goto done;
        }
        if (got == 0) {
            break;
        }
        if (got > 0) {
            out->length += (size_t)got;
            limit -= (size_t)got;
        }
    }
    result = 0;

done:
    close(descriptor);
    return result;
}
