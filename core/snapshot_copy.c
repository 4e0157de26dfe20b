/* snapshot_copy.c: a consistent copy of a database, live or not, that appears complete or not at all.
 *
 * Under the fence the file's bytes are copied by a child process. With a rollback journal writers wait until that is
 * done. With a write-ahead log they wait while the log is copied only: a reader that began under the fence keeps
 * checkpoints from bringing anything newer into the file than what the copied log holds, so the file may be copied
 * while they go on, and the log over it gives the state at the fence. Where no fence can be had, SQLite's backup API
 * copies. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "beside.h"
#include "child_copy.h"
#include "snapshot.h"
#include "snapshot_check.h"
#include "snapshot_fence.h"
#include "stop.h"
#include "sys.h"

enum {
    PAGES_A_STEP = 1024,
    WAIT_MS = 30000 /* a writer without pause in rollback-journal mode leaves only short gaps */
};

static const char TARGET[] = "the copy's target";

struct copy {
    const struct snapshot_copy_options *options;
    struct snapshot_copied *copied;
    struct fence fence;
    int64_t fenced_at;    /* monotonic milliseconds */
    struct beside beside; /* the unfinished copy */
    struct connection from;
    struct connection to;
};

static int copy_failed(const struct copy *c, int rc, struct err *e)
{
    char shown[600];

    if (stop_signal() != 0) {
        return err_set(e, ERR_INTERRUPTED, "interrupted while copying");
    }
    if (rc == SQLITE_NOMEM) {
        return err_set(e, ERR_MEMORY, "out of memory while copying");
    }
    (void)err_set(e, ERR_ENVIRONMENT, "cannot copy %s: %s", probe_show_path(shown, sizeof shown, c->fence.path),
                  sqlite3_errstr(rc));
    if (rc == SQLITE_FULL) {
        return err_hint(e, "make room on the disk of the target");
    }
    return rc == SQLITE_BUSY ? err_hint(e, "a program writes it without pause: stop that for a moment") : -1;
}

/* ---- with SQLite alone ---- */

/* Copies all pages out of one read transaction: steps only serve to look at the stop signal. */
static int copy_pages(struct copy *c, struct err *e)
{
    sqlite3_backup *backup;
    int rc;

    if (connection_open(&c->from, c->fence.path, fence_reading(&c->fence), e) != 0 ||
        connection_open(&c->to, c->beside.path, CONNECTION_CREATE, e) != 0) {
        return -1;
    }
    c->from.wait_ms = WAIT_MS;
    if (connection_begin(&c->from) != SQLITE_OK) {
        return connection_refuse(&c->from, c->fence.path, e);
    }
    c->copied->taken = sys_now();
    /* The copy is made durable at its end; until then nobody relies on it. */
    if (connection_run(&c->to, "PRAGMA synchronous = OFF") != SQLITE_OK ||
        connection_run(&c->to, "PRAGMA journal_mode = OFF") != SQLITE_OK) {
        return connection_refuse(&c->to, c->beside.path, e);
    }
    backup = sqlite3_backup_init(c->to.db, "main", c->from.db, "main");
    if (backup == NULL) {
        return connection_refuse(&c->to, c->beside.path, e);
    }
    do {
        rc = sqlite3_backup_step(backup, PAGES_A_STEP);
        if (c->options->tick != NULL) {
            c->options->tick(c->options->context, sqlite3_backup_pagecount(backup) - sqlite3_backup_remaining(backup),
                             sqlite3_backup_pagecount(backup));
        }
    } while (rc == SQLITE_OK && stop_signal() == 0);
    (void)sqlite3_backup_finish(backup);
    connection_close(&c->from);
    return rc == SQLITE_DONE ? 0 : copy_failed(c, rc & 0xff, e);
}

/* ---- under the fence ---- */

static int release(struct copy *c, struct err *e)
{
    c->copied->held_ms = sys_clock_ms() - c->fenced_at;
    return fence_release(&c->fence, e);
}

static int copy_database(struct copy *c, struct err *e)
{
    const struct probe_file *file = &c->fence.before.database;
    const struct child_copy all = {
        .from = c->fence.path,
        .device = file->device,
        .inode = file->inode,
        .to = c->beside.fd,
        .into = c->beside.target,
        .tick = c->options->tick,
        .context = c->options->context,
    };
    int64_t bytes;

    return child_copy(&all, &bytes, e);
}

/* The log as it is at the fence. Its absence is an empty one. */
static int copy_log(struct copy *c, struct err *e)
{
    char from[PROBE_PATH + 8];
    char to[sizeof c->beside.path + 8];
    struct child_copy log = {.from = from, .into = c->beside.target};
    struct probe now;
    int64_t bytes;
    int result;

    if (probe_run(&now, c->fence.path, 0, e) != 0) {
        return -1;
    }
    if (now.wal.size == 0) {
        return 0;
    }
    (void)snprintf(from, sizeof from, "%s-wal", c->fence.path);
    (void)snprintf(to, sizeof to, "%s-wal", c->beside.path);
    log.device = now.wal.device;
    log.inode = now.wal.inode;
    log.to = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (log.to < 0) {
        return copy_failed(c, SQLITE_CANTOPEN, e);
    }
    result = child_copy(&log, &bytes, e);
    (void)close(log.to);
    return result;
}

/* Brings the copied log into the copied file, as the next program to open the two would. */
static int fold_log(struct copy *c, struct err *e)
{
    int64_t busy = 1;
    int rc;

    if (connection_open(&c->to, c->beside.path, CONNECTION_WRITE, e) != 0) {
        return -1;
    }
    rc = connection_run(&c->to, "PRAGMA synchronous = OFF");
    if (rc == SQLITE_OK) {
        rc = connection_integer(&c->to, "PRAGMA wal_checkpoint(TRUNCATE)", &busy);
    }
    connection_close(&c->to);
    return rc != SQLITE_OK ? copy_failed(c, rc, e) : busy ? copy_failed(c, SQLITE_BUSY, e) : 0;
}

static int copy_with_log(struct copy *c, struct err *e)
{
    c->from.wait_ms = WAIT_MS;
    if (connection_open(&c->from, c->fence.path, CONNECTION_READ, e) != 0) {
        return -1;
    }
    if (connection_begin(&c->from) != SQLITE_OK) {
        return fence_refuse(&c->fence, &c->from, e);
    }
    if (copy_log(c, e) != 0 || release(c, e) != 0 || copy_database(c, e) != 0) {
        return -1;
    }
    connection_close(&c->from);
    return fold_log(c, e);
}

static int copy_fenced(struct copy *c, struct err *e)
{
    c->copied->fenced = 1;
    c->copied->taken = sys_now();
    c->fenced_at = sys_clock_ms();
    if (c->fence.wal) {
        return copy_with_log(c, e);
    }
    return copy_database(c, e) != 0 ? -1 : release(c, e);
}

/* ---- both ---- */

static int check_copy(struct copy *c, struct err *e)
{
    connection_close(&c->to);
    if (!c->options->check) {
        return 0;
    }
    if (connection_open(&c->to, c->beside.path, CONNECTION_IMMUTABLE, e) != 0) {
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

/* The copy's time of modification is the moment that it shows. */
static int publish(struct copy *c, struct err *e)
{
    const struct timespec taken = {c->copied->taken / 1000000, c->copied->taken % 1000000 * 1000};
    const struct timespec times[2] = {taken, taken};
    mode_t mode = c->options->shared ? c->fence.before.database.mode & 0777 : 0600;
    struct stat st;

    beside_tidy(&c->beside);
    (void)futimens(c->beside.fd, times);
    c->copied->size = fstat(c->beside.fd, &st) == 0 ? (int64_t)st.st_size : 0;
    return beside_publish(&c->beside, mode, TARGET, e);
}

/* A transaction that somebody keeps open for long lets nobody have the fence, but SQLite can read beside it. */
static int take_fence(struct copy *c, struct err *e)
{
    int fenced = fence_take(&c->fence, e);

    if (fenced < 0 && c->fence.busy && stop_signal() == 0) {
        err_clear(e);
        fenced = 0;
    }
    return fenced;
}

int snapshot_copy(const char *path, const char *target, const struct snapshot_copy_options *options,
                  struct snapshot_copied *copied, struct err *e)
{
    struct copy c;
    int fenced = 0;
    int result = -1;

    memset(&c, 0, sizeof c);
    memset(copied, 0, sizeof *copied);
    c.options = options;
    c.copied = copied;
    if (fence_prepare(&c.fence, path, FENCE_LIVE | (options->utf16 ? FENCE_UTF16 : 0), e) != 0 ||
        beside_create(&c.beside, target, TARGET, e) != 0) {
        goto done;
    }
    fenced = take_fence(&c, e);
    if (fenced < 0 || (fenced ? copy_fenced(&c, e) : copy_pages(&c, e)) != 0 || check_copy(&c, e) != 0 ||
        publish(&c, e) != 0) {
        goto done;
    }
    result = 0;
done:
    connection_close(&c.from);
    connection_close(&c.to);
    beside_discard(&c.beside);
    fence_close(&c.fence);
    return result;
}
