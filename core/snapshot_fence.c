/* snapshot_fence.c: takes BEGIN IMMEDIATE on a file without writing to it, whatever lies beside it. */
#include "snapshot_fence.h"

#include <sqlite3.h>
#include <time.h>

#include "stop.h"
#include "sys.h"

enum { STEP_US = 300 };

/* WAL mode needs -shm. Where it is not there and cannot be made, a database without a log can still be read as it lies.
 */
static int decide_immutable(struct fence *f, struct err *e)
{
    const struct probe *p = &f->before;
    char shown[600];

    if (!f->wal || p->directory_writable || (p->shm.exists && p->wal.exists)) {
        return 0;
    }
    if (p->wal.size == 0 && p->journal.size == 0) {
        f->immutable = 1;
        return 0;
    }
    (void)err_set(e, ERR_ENVIRONMENT,
                  "%s has a write-ahead log (-wal) that cannot be read: that needs a file -shm, and the "
                  "directory cannot be written",
                  probe_show_path(shown, sizeof shown, f->path));
    return err_hint(e, "copy the file together with its -wal (same names) to a directory that can be written");
}

int fence_prepare(struct fence *f, const char *path, int accepted, struct err *e)
{
    if (probe_resolve(f->path, path, e) != 0 || probe_run(&f->before, f->path, 1, e) != 0 ||
        probe_judge(&f->before, f->path, accepted & FENCE_LIVE, accepted & FENCE_UTF16, e) != 0) {
        return -1;
    }
    f->wal = probe_is_wal(&f->before);
    return decide_immutable(f, e);
}

enum connection_mode fence_reading(const struct fence *f)
{
    return f->immutable ? CONNECTION_IMMUTABLE : CONNECTION_READ;
}

int fence_refuse_locked(struct fence *f, struct err *e)
{
    struct probe now;
    char shown[600];

    if (stop_signal() != 0) {
        return err_set(e, ERR_INTERRUPTED, "%s cannot be read: interrupted",
                       probe_show_path(shown, sizeof shown, f->path));
    }
    if (probe_run(&now, f->path, 1, e) != 0) {
        return -1;
    }
    if (now.user == PROBE_NOBODY) {
        now.user = PROBE_LOCK;
    }
    return probe_refuse_live(&now, f->path, e);
}

static int refuse_hot_journal(struct fence *f, struct err *e)
{
    struct probe now;

    if (probe_run(&now, f->path, 0, e) != 0) {
        return -1;
    }
    return probe_refuse_hot_journal(&now, f->path, e);
}

int fence_refuse(struct fence *f, struct connection *c, struct err *e)
{
    int code = sqlite3_extended_errcode(c->db);

    if (code == SQLITE_READONLY_ROLLBACK) {
        return refuse_hot_journal(f, e);
    }
    return (code & 0xff) == SQLITE_BUSY ? fence_refuse_locked(f, e) : connection_refuse(c, f->path, e);
}

/* One attempt, behind a reader: that one does not roll a hot journal back, it refuses; and while it reads, the holder
 * cannot either, nor can a journal become hot. SQLite's (primary) result code; -1 and e: the journal is hot. */
static int try_behind(struct fence *f, struct connection *guard, struct err *e)
{
    int rc = connection_begin(guard);

    if (rc == SQLITE_READONLY && sqlite3_extended_errcode(guard->db) == SQLITE_READONLY_ROLLBACK) {
        return refuse_hot_journal(f, e);
    }
    /* Where a reader cannot read for another reason, the holder's refusal tells why. */
    if (rc != SQLITE_BUSY) {
        f->holder.wait_ms = 0;
        rc = connection_run(&f->holder, "BEGIN IMMEDIATE");
    }
    (void)connection_run(guard, "ROLLBACK");
    return rc;
}

/* A writer that waits for readers to end would wait for the guard, and the holder for the writer: so nobody waits long
 * inside an attempt. */
static int try_until(struct fence *f, struct connection *guard, struct err *e)
{
    int wait_ms = f->holder.wait_ms;
    int64_t until = sys_clock_ms() + wait_ms;
    struct timespec pause = {0, STEP_US * 1000L};
    int rc;

    guard->wait_ms = 20;
    for (;;) {
        rc = try_behind(f, guard, e);
        if (rc != SQLITE_BUSY || stop_signal() != 0 || sys_clock_ms() >= until) {
            break;
        }
        (void)nanosleep(&pause, NULL);
    }
    f->holder.wait_ms = wait_ms;
    return rc;
}

int fence_take(struct fence *f, struct err *e)
{
    struct connection guard = {0};
    int rc;

    if (f->immutable) {
        return 0;
    }
    if (connection_open(&f->holder, f->path, CONNECTION_WRITE, e) != 0) {
        return -1;
    }
    if (sqlite3_db_readonly(f->holder.db, "main") == 1) {
        return 0;
    }
    if (connection_open(&guard, f->path, CONNECTION_READ, e) != 0) {
        connection_close(&guard);
        return -1;
    }
    rc = try_until(f, &guard, e);
    connection_close(&guard);
    switch (rc) {
    case SQLITE_OK:
        return 1;
    case -1:
        return -1;
    case SQLITE_BUSY:
        f->busy = 1;
        return fence_refuse_locked(f, e);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
        return 0; /* -wal or -shm cannot be written */
    default:
        return fence_refuse(f, &f->holder, e);
    }
}

int fence_release(struct fence *f, struct err *e)
{
    return connection_run(&f->holder, "ROLLBACK") == SQLITE_OK ? 0 : connection_refuse(&f->holder, f->path, e);
}

void fence_close(struct fence *f)
{
    connection_close(&f->holder);
    /* SQLite's own last close would write the log back into the file; ours only removes what we brought. */
    if (f->wal && !f->immutable && (!f->before.wal.exists || !f->before.shm.exists)) {
        probe_tidy(f->path, !f->before.wal.exists, !f->before.shm.exists);
    }
}
