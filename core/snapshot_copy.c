/* snapshot_copy.c: a consistent copy of a database, live or not, that appears complete or not at all. */
#define _GNU_SOURCE /* renameat2 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "snapshot.h"
#include "snapshot_check.h"
#include "snapshot_connection.h"
#include "snapshot_probe.h"
#include "stop.h"

enum {
    PAGES_A_STEP = 1024,
    WAIT_MS = 30000, /* a writer without pause in rollback-journal mode leaves only short gaps */
    PATH_ROOM = PROBE_PATH + 64
};

struct copy {
    const char *path;       /* absolute */
    char target[PATH_ROOM]; /* absolute: SQLite takes some relative names for something else, e.g. "file:x" */
    char beside[PATH_ROOM]; /* the unfinished copy; "" while there is none */
    struct probe before;
    struct connection from;
    struct connection to;
};

static int system_failed(const char *what, const char *path, struct err *e)
{
    int error = errno;
    char shown[600];

    return err_set(e, ERR_ENVIRONMENT, "cannot %s %s: %s", what, probe_show_path(shown, sizeof shown, path),
                   strerror(error));
}

static int refuse_existing(const char *target, struct err *e)
{
    char shown[600];

    (void)err_set(e, ERR_ENVIRONMENT, "the copy's target %s exists already",
                  probe_show_path(shown, sizeof shown, target));
    return err_hint(e, "name a file that does not exist, or remove this one");
}

/* Makes the target's path absolute; its directory has to be there, the file not. */
static int resolve_target(struct copy *c, const char *target, struct err *e)
{
    char directory[PROBE_PATH];
    const char *slash = strrchr(target, '/');
    const char *name = slash == NULL ? target : slash + 1;
    size_t length = (size_t)(name - target);
    char *real;

    if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || length + 2 > sizeof directory) {
        return err_set(e, ERR_ENVIRONMENT, "the copy needs a file name as its target");
    }
    memcpy(directory, target, length);
    memcpy(directory + length, ".", 2); /* "dir/." or "." */
    real = realpath(directory, NULL);
    if (real == NULL) {
        return system_failed("create", target, e);
    }
    (void)snprintf(c->target, sizeof c->target, "%s/%s", strcmp(real, "/") == 0 ? "" : real, name);
    free(real);
    return 0;
}

/* Makes the empty file of the unfinished copy, which is nobody else's to read. */
static int create_beside(struct copy *c, struct err *e)
{
    struct stat st;
    int fd;

    if (lstat(c->target, &st) == 0) {
        return refuse_existing(c->target, e);
    }
    if (snprintf(c->beside, sizeof c->beside, "%s.tmp-%ld", c->target, (long)getpid()) >= (int)sizeof c->beside) {
        c->beside[0] = '\0';
        errno = ENAMETOOLONG;
        return system_failed("create", c->target, e);
    }
    fd = open(c->beside, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        (void)system_failed("create", c->beside, e);
        c->beside[0] = '\0'; /* not ours to remove */
        return -1;
    }
    (void)close(fd);
    return 0;
}

static int copy_failed(const struct copy *c, int rc, struct err *e)
{
    char shown[600];

    if (stop_signal() != 0) {
        return err_set(e, ERR_INTERRUPTED, "interrupted while copying");
    }
    if (rc == SQLITE_NOMEM) {
        return err_set(e, ERR_MEMORY, "out of memory while copying");
    }
    (void)err_set(e, ERR_ENVIRONMENT, "cannot copy %s: %s", probe_show_path(shown, sizeof shown, c->path),
                  sqlite3_errstr(rc));
    if (rc == SQLITE_FULL) {
        return err_hint(e, "make room on the disk of the target");
    }
    return rc == SQLITE_BUSY ? err_hint(e, "a program writes it without pause: stop that for a moment") : -1;
}

/* Copies all pages out of one read transaction: steps only serve to look at the stop signal. */
static int copy_pages(struct copy *c, struct err *e)
{
    sqlite3_backup *backup;
    int rc;

    if (connection_begin(&c->from) != SQLITE_OK) {
        return connection_refuse(&c->from, c->path, e);
    }
    /* The copy is made durable at its end; until then nobody relies on it. */
    if (connection_run(&c->to, "PRAGMA synchronous = OFF") != SQLITE_OK ||
        connection_run(&c->to, "PRAGMA journal_mode = OFF") != SQLITE_OK) {
        return connection_refuse(&c->to, c->beside, e);
    }
    backup = sqlite3_backup_init(c->to.db, "main", c->from.db, "main");
    if (backup == NULL) {
        return connection_refuse(&c->to, c->beside, e);
    }
    do {
        rc = sqlite3_backup_step(backup, PAGES_A_STEP);
    } while (rc == SQLITE_OK && stop_signal() == 0);
    (void)sqlite3_backup_finish(backup);
    return rc == SQLITE_DONE ? 0 : copy_failed(c, rc & 0xff, e);
}

static int check_copy(struct copy *c, struct err *e)
{
    connection_close(&c->to);
    if (connection_open(&c->to, c->beside, CONNECTION_IMMUTABLE, e) != 0) {
        return -1;
    }
    if (snapshot_check_run(&c->to, e) != 0) {
        if (e->kind == ERR_SOURCE) {
            e->kind = ERR_ENVIRONMENT;
            (void)err_hint(e, "restore a backup, or save what is left: sqlite3 old.db .recover | sqlite3 new.db");
        }
        return -1;
    }
    connection_close(&c->to);
    return 0;
}

static int sync_path(const char *path, int flags, struct err *e)
{
    int fd = open(path, flags | O_CLOEXEC);

    if (fd < 0) {
        return system_failed("open", path, e);
    }
    /* Some file systems cannot sync a directory. */
    if (fsync(fd) != 0 && errno != EINVAL) {
        (void)system_failed("write", path, e);
        (void)close(fd);
        return -1;
    }
    (void)close(fd);
    return 0;
}

/* Gives the copy its name, never over another file. */
static int publish(struct copy *c, struct err *e)
{
    char directory[PATH_ROOM];
    char *slash;
    int rc;

    if (chmod(c->beside, c->before.database.mode & 0777) != 0) {
        return system_failed("change the mode of", c->beside, e);
    }
    if (sync_path(c->beside, O_RDONLY, e) != 0) {
        return -1;
    }
    rc = renameat2(AT_FDCWD, c->beside, AT_FDCWD, c->target, RENAME_NOREPLACE);
    if (rc != 0 && (errno == EINVAL || errno == ENOSYS)) {
        struct stat st;

        rc = lstat(c->target, &st) == 0 ? (errno = EEXIST, -1) : rename(c->beside, c->target);
    }
    if (rc != 0) {
        return errno == EEXIST ? refuse_existing(c->target, e) : system_failed("create", c->target, e);
    }
    c->beside[0] = '\0';
    (void)snprintf(directory, sizeof directory, "%s", c->target);
    slash = strrchr(directory, '/');
    slash[slash == directory] = '\0';
    return sync_path(directory, O_RDONLY | O_DIRECTORY, e);
}

static void remove_beside(const struct copy *c)
{
    static const char *const endings[] = {"", "-journal", "-wal", "-shm"};
    char name[PATH_ROOM + 16];

    for (size_t i = 0; c->beside[0] != '\0' && i < sizeof endings / sizeof endings[0]; i++) {
        (void)snprintf(name, sizeof name, "%s%s", c->beside, endings[i]);
        (void)unlink(name);
    }
}

int snapshot_copy(const char *path, const char *target, struct err *e)
{
    struct copy c;
    char resolved[PROBE_PATH];
    int result = -1;

    memset(&c, 0, sizeof c);
    c.path = resolved;
    if (probe_resolve(resolved, path, e) != 0 || probe_run(&c.before, resolved, 1, e) != 0 ||
        probe_judge(&c.before, resolved, 1, 1, e) != 0 || resolve_target(&c, target, e) != 0 ||
        create_beside(&c, e) != 0) {
        goto done;
    }
    if (connection_open(&c.from, resolved, CONNECTION_READ, e) != 0 ||
        connection_open(&c.to, c.beside, CONNECTION_CREATE, e) != 0) {
        goto done;
    }
    c.from.wait_ms = WAIT_MS;
    if (copy_pages(&c, e) != 0) {
        goto done;
    }
    connection_close(&c.from);
    if (check_copy(&c, e) != 0 || publish(&c, e) != 0) {
        goto done;
    }
    result = 0;
done:
    connection_close(&c.from);
    connection_close(&c.to);
    remove_beside(&c);
    if (probe_is_wal(&c.before) && (!c.before.wal.exists || !c.before.shm.exists)) {
        probe_tidy(resolved, !c.before.wal.exists, !c.before.shm.exists);
    }
    return result;
}
