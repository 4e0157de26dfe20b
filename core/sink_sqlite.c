/* sink_sqlite.c: rows into a new SQLite file. */
#include "sink_sqlite_internal.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "snapshot_probe.h"
#include "stop.h"

static const char TARGET[] = "the target";

/* Kilobytes of pages while rows come: those of a UNIQUE constraint come in no order, and the more of its pages are at
 * hand, the fewer are written twice. And while indexes are made: it is what is sorted at a time as well, beside the
 * pages, and is sorted faster where it fits into the processor's cache. */
enum { LOAD_CACHE = 8192, INDEX_CACHE = 4096 };

int sink_sqlite_failed(const struct sink_sqlite *s, sqlite3 *db, const char *what, enum err_kind otherwise,
                       struct err *e)
{
    int system = sqlite3_system_errno(db);
    char path[600];

    switch (sqlite3_errcode(db) & 0xff) {
    case SQLITE_NOMEM:
        return err_set(e, ERR_MEMORY, "%s: out of memory", what);
    case SQLITE_INTERRUPT:
        return err_set(e, ERR_INTERRUPTED, "stopped by signal %d", stop_signal());
    case SQLITE_FULL:
        (void)err_set(e, ERR_ENVIRONMENT, "%s: the disk is full while %s is written", what,
                      probe_show_path(path, sizeof path, s->beside.target));
        return err_hint(e, "make room on the disk of the file, or where TMPDIR points to, and run again");
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CORRUPT:
        (void)err_set(e, ERR_ENVIRONMENT, "%s: %s cannot be written: %s%s%s", what,
                      probe_show_path(path, sizeof path, s->beside.target), sqlite3_errmsg(db), system == 0 ? "" : ": ",
                      system == 0 ? "" : strerror(system));
        return err_hint(e, "look at the disk that the file lies on, and at limits of the size of files (ulimit -f)");
    default:
        return err_set(e, otherwise, "%s: %s", what, sqlite3_errmsg(db));
    }
}

enum err_kind sink_sqlite_fault(sqlite3 *db)
{
    switch (sqlite3_errcode(db) & 0xff) {
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
        return ERR_VALUE;
    default:
        return ERR_PLAN;
    }
}

int sink_sqlite_run(struct sink_sqlite *s, const char *sql, struct err *e)
{
    char what[300];

    while (*(sql += strspn(sql, " \t\r\n")) != '\0') {
        sqlite3_stmt *statement = NULL;
        const char *rest = NULL;
        int rc = sqlite3_prepare_v2(s->to.db, sql, -1, &statement, &rest);

        while (rc == SQLITE_OK && statement != NULL && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
            rc = SQLITE_OK;
        }
        if (rc != SQLITE_OK && rc != SQLITE_DONE) {
            int length = (int)strnlen(sql, 200);

            (void)snprintf(what, sizeof what, "the statement \"%.*s%s\" failed", length, sql,
                           length < 200 ? "" : "...");
            (void)sink_sqlite_failed(s, s->to.db, what, sink_sqlite_fault(s->to.db), e);
            (void)sqlite3_finalize(statement);
            return -1;
        }
        (void)sqlite3_finalize(statement);
        sql = rest;
    }
    return 0;
}

static int set_cache(struct sink_sqlite *s, int kilobytes, struct err *e)
{
    return connection_cache(&s->to, kilobytes) == SQLITE_OK
               ? 0
               : sink_sqlite_failed(s, s->to.db, "the page cache cannot be set", ERR_INTERNAL, e);
}

int sink_sqlite_open(struct sink_sqlite **out, const char *path, size_t *removed, struct err *e)
{
    /* Nobody sees the file before it is complete, so there is nothing to roll back to. */
    static const char settings[] =
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
        "PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE";
    struct sink_sqlite *s = mem_alloc(sizeof *s, e);

    *out = NULL;
    if (s == NULL) {
        return -1;
    }
    if (beside_create(&s->beside, path, TARGET, e) != 0 ||
        connection_open(&s->to, s->beside.path, CONNECTION_CREATE, e) != 0) {
        goto fail;
    }
    /* Made for files that are not ours: it forbids to do without a journal. */
    (void)sqlite3_db_config(s->to.db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    (void)sqlite3_db_config(s->to.db, SQLITE_DBCONFIG_ENABLE_VIEW, 1, NULL);
    if (set_cache(s, LOAD_CACHE, e) != 0 || sink_sqlite_run(s, settings, e) != 0) {
        goto fail;
    }
    *removed = s->beside.removed;
    *out = s;
    return 0;
fail:
    sink_sqlite_free(s);
    return -1;
}

int sink_sqlite_loaded(struct sink_sqlite *s, struct err *e)
{
    (void)sqlite3_finalize(s->insert);
    s->insert = NULL;
    if (set_cache(s, INDEX_CACHE, e) != 0) {
        return -1;
    }
    mem_trim();
    return 0;
}

int sink_sqlite_publish(struct sink_sqlite *s, int64_t *bytes, struct err *e)
{
    struct stat st;

    connection_close(&s->to);
    *bytes = fstat(s->beside.fd, &st) == 0 ? (int64_t)st.st_size : 0;
    return beside_publish(&s->beside, BESIDE_BY_UMASK, TARGET, e);
}

void sink_sqlite_free(struct sink_sqlite *s)
{
    if (s == NULL) {
        return;
    }
    (void)sqlite3_finalize(s->insert);
    connection_close(&s->to);
    beside_discard(&s->beside);
    mem_free(s);
}
