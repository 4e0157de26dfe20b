/* snapshot_copy.c: a consistent copy of a database, live or not, that appears complete or not at all. */
#include <string.h>

#include "beside.h"
#include "snapshot.h"
#include "snapshot_check.h"
#include "snapshot_connection.h"
#include "snapshot_probe.h"
#include "stop.h"

enum {
    PAGES_A_STEP = 1024,
    WAIT_MS = 30000 /* a writer without pause in rollback-journal mode leaves only short gaps */
};

static const char TARGET[] = "the copy's target";

struct copy {
    const char *path;     /* absolute */
    struct beside beside; /* the unfinished copy */
    struct probe before;
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
        return connection_refuse(&c->to, c->beside.path, e);
    }
    backup = sqlite3_backup_init(c->to.db, "main", c->from.db, "main");
    if (backup == NULL) {
        return connection_refuse(&c->to, c->beside.path, e);
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

int snapshot_copy(const char *path, const char *target, struct err *e)
{
    struct copy c;
    char resolved[PROBE_PATH];
    int result = -1;

    memset(&c, 0, sizeof c);
    c.path = resolved;
    if (probe_resolve(resolved, path, e) != 0 || probe_run(&c.before, resolved, 1, e) != 0 ||
        probe_judge(&c.before, resolved, 1, 1, e) != 0 || beside_create(&c.beside, target, TARGET, e) != 0) {
        goto done;
    }
    if (connection_open(&c.from, resolved, CONNECTION_READ, e) != 0 ||
        connection_open(&c.to, c.beside.path, CONNECTION_CREATE, e) != 0) {
        goto done;
    }
    c.from.wait_ms = WAIT_MS;
    if (copy_pages(&c, e) != 0) {
        goto done;
    }
    connection_close(&c.from);
    if (check_copy(&c, e) != 0 || beside_publish(&c.beside, c.before.database.mode & 0777, TARGET, e) != 0) {
        goto done;
    }
    result = 0;
done:
    connection_close(&c.from);
    connection_close(&c.to);
    beside_discard(&c.beside);
    if (probe_is_wal(&c.before) && (!c.before.wal.exists || !c.before.shm.exists)) {
        probe_tidy(resolved, !c.before.wal.exists, !c.before.shm.exists);
    }
    return result;
}
