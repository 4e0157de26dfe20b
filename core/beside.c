/* beside.c: files that appear complete or not at all. */
#define _GNU_SOURCE /* renameat2, open file description locks */
#include "beside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "snapshot_probe.h"

enum { RANDOM = 6 };

static const char ENDING[] = ".wherry-";
static const char *const companions[] = {"-journal", "-wal", "-shm"};

static int system_failed(const char *what, const char *path, struct err *e)
{
    int error = errno;
    char shown[600];

    (void)err_set(e, ERR_ENVIRONMENT, "cannot %s %s: %s", what, probe_show_path(shown, sizeof shown, path),
                  strerror(error));
    return error == ENOSPC || error == EDQUOT ? err_hint(e, "make room on the disk") : -1;
}

static int refuse_existing(const char *what, const char *path, struct err *e)
{
    char shown[600];

    (void)err_set(e, ERR_ENVIRONMENT, "%s %s exists already", what, probe_show_path(shown, sizeof shown, path));
    return err_hint(e, "name a file that does not exist, or remove this one");
}

/* A journal of the target's name would be taken for the new file's own: SQLite would roll it back into it. */
static int refuse_journals(const struct beside *b, struct err *e)
{
    char name[BESIDE_PATH + 16];
    struct stat st;

    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(name, sizeof name, "%s%s", b->target, companions[i]);
        if (lstat(name, &st) == 0) {
            (void)refuse_existing("a journal of the target,", name, e);
            return err_hint(e, "SQLite would apply it to the new file: name another file, or move this one away");
        }
    }
    return 0;
}

/* Makes the target's path absolute; its directory has to be there, the file not. */
static int resolve(struct beside *b, const char *target, const char *what, struct err *e)
{
    char directory[PROBE_PATH];
    const char *slash = strrchr(target, '/');
    const char *name = slash == NULL ? target : slash + 1;
    size_t length = (size_t)(name - target);
    struct stat st;
    char *real;
    int needed;

    if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || length + 2 > sizeof directory) {
        return err_set(e, ERR_ENVIRONMENT, "%s has to be a file name", what);
    }
    memcpy(directory, target, length);
    memcpy(directory + length, ".", 2); /* "dir/." or "." */
    real = realpath(directory, NULL);
    if (real == NULL) {
        return system_failed("create", target, e);
    }
    needed = snprintf(b->target, sizeof b->target - 32, "%s/%s", strcmp(real, "/") == 0 ? "" : real, name);
    free(real);
    if (needed >= (int)sizeof b->target - 32) {
        errno = ENAMETOOLONG;
        return system_failed("create", target, e);
    }
    return lstat(b->target, &st) == 0 ? refuse_existing(what, b->target, e) : refuse_journals(b, e);
}

/* The lock of whoever builds: a byte that SQLite has no use for. 0, or -1: somebody holds it. Where the file system has
 * no locks, nobody can be told from somebody who was killed, and it is -1 as well. */
static int lock(int fd)
{
    struct flock byte = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = INT64_C(1) << 61, .l_len = 1};

    return fcntl(fd, F_OFD_SETLK, &byte);
}

static void remove_companions(const char *path)
{
    char name[BESIDE_PATH + 32];

    for (size_t i = 0; i < sizeof companions / sizeof companions[0]; i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, companions[i]);
        (void)unlink(name);
    }
}

static void remove_file(const char *path)
{
    (void)unlink(path);
    remove_companions(path);
}

/* Removes the file if nobody builds it any more. */
static int remove_abandoned(const char *path)
{
    int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    int abandoned = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && lock(fd) == 0;

    if (abandoned) {
        remove_file(path);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return abandoned;
}

/* Removes what killed processes left behind for this target. */
static void remove_all_abandoned(struct beside *b)
{
    const char *name = strrchr(b->target, '/') + 1;
    size_t directory = (size_t)(name - b->target);
    size_t length = strlen(name);
    char path[BESIDE_PATH];
    struct dirent *entry;
    DIR *list;

    (void)snprintf(path, sizeof path, "%.*s", (int)directory, b->target);
    list = opendir(path);
    while (list != NULL && (entry = readdir(list)) != NULL) {
        const char *rest = entry->d_name + length;

        if (strncmp(entry->d_name, name, length) == 0 && strncmp(rest, ENDING, sizeof ENDING - 1) == 0 &&
            strlen(rest) == sizeof ENDING - 1 + RANDOM) {
            (void)snprintf(path + directory, sizeof path - directory, "%s", entry->d_name);
            b->removed += (size_t)remove_abandoned(path);
        }
    }
    if (list != NULL) {
        (void)closedir(list);
    }
}

/* A fresh file under our lock. 0, or -1 and e. */
static int create_locked(struct beside *b, struct err *e)
{
    struct stat st;

    for (;;) {
        (void)snprintf(b->path, sizeof b->path, "%s%sXXXXXX", b->target, ENDING);
        b->fd = mkostemp(b->path, O_CLOEXEC); /* 0600 */
        if (b->fd < 0) {
            b->path[0] = '\0';
            return system_failed("create", b->target, e);
        }
        (void)lock(b->fd);
        /* Before it was locked, somebody may have taken it for abandoned. */
        if (fstat(b->fd, &st) != 0 || st.st_nlink > 0) {
            return 0;
        }
        (void)close(b->fd);
    }
}

int beside_create(struct beside *b, const char *target, const char *what, struct err *e)
{
    if (resolve(b, target, what, e) != 0) {
        return -1;
    }
    remove_all_abandoned(b);
    return create_locked(b, e);
}

/* The permissions of a new file. umask() itself would change it for all threads. */
static mode_t by_umask(void)
{
    FILE *status = fopen("/proc/self/status", "re");
    unsigned mask = 077;
    char line[256];

    while (status != NULL && fgets(line, sizeof line, status) != NULL) {
        if (sscanf(line, "Umask: %o", &mask) == 1) {
            break;
        }
    }
    if (status != NULL) {
        (void)fclose(status);
    }
    return 0666 & ~(mode_t)mask;
}

/* Renames without replacing. 0, or -1 and errno. */
static int rename_to_target(const struct beside *b)
{
    struct stat st;

    if (renameat2(AT_FDCWD, b->path, AT_FDCWD, b->target, RENAME_NOREPLACE) == 0) {
        return 0;
    }
    if (errno != EINVAL && errno != ENOSYS) {
        return -1;
    }
    /* The file system cannot; a second name is never given over another file. */
    if (link(b->path, b->target) == 0) {
        return unlink(b->path);
    }
    if (errno != EPERM && errno != ENOSYS && errno != EOPNOTSUPP) {
        return -1;
    }
    return lstat(b->target, &st) == 0 ? (errno = EEXIST, -1) : rename(b->path, b->target);
}

static int sync_directory(const struct beside *b, struct err *e)
{
    char directory[BESIDE_PATH];
    char *slash;
    int fd;

    (void)snprintf(directory, sizeof directory, "%s", b->target);
    slash = strrchr(directory, '/');
    slash[slash == directory] = '\0';
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return system_failed("open", directory, e);
    }
    /* Some file systems cannot sync a directory. */
    if (fsync(fd) != 0 && errno != EINVAL) {
        (void)system_failed("write", directory, e);
        (void)close(fd);
        return -1;
    }
    (void)close(fd);
    return 0;
}

int beside_flush(const struct beside *b, struct err *e)
{
    /* Some file systems cannot sync at all. */
    return fsync(b->fd) != 0 && errno != EINVAL ? system_failed("write", b->path, e) : 0;
}

int beside_publish(struct beside *b, mode_t mode, const char *what, struct err *e)
{
    if (fchmod(b->fd, mode == BESIDE_BY_UMASK ? by_umask() : mode) != 0) {
        return system_failed("change the mode of", b->path, e);
    }
    if (beside_flush(b, e) != 0 || refuse_journals(b, e) != 0) {
        return -1;
    }
    if (rename_to_target(b) != 0) {
        return errno == EEXIST ? refuse_existing(what, b->target, e) : system_failed("create", b->target, e);
    }
    b->path[0] = '\0';
    (void)close(b->fd);
    if (sync_directory(b, e) != 0) {
        (void)unlink(b->target); /* a crash might take the name away, and who is told of a failure expects no file */
        return -1;
    }
    return 0;
}

void beside_tidy(const struct beside *b)
{
    remove_companions(b->path);
}

void beside_discard(struct beside *b)
{
    if (b->path[0] != '\0') {
        remove_file(b->path);
        (void)close(b->fd);
        b->path[0] = '\0';
    }
}
