/* sink_sqlite_check.c: the checks of a complete SQLite file, through connections of their own, so that what they read
 * is the file and not what its writer remembers: integrity_check in one thread, and all else beside it. */
#include <stdio.h>
#include <string.h>

#include "sink_sqlite_internal.h"
#include "snapshot_check.h"
#include "stop.h"
#include "thread.h"

struct integrity {
    const struct sink_sqlite *sink;
    struct connection connection;
    int result;
    struct err error;
};

static int open_reader(const struct sink_sqlite *s, struct connection *c, struct err *e)
{
    /* Nobody writes any more. Without locks, since closing one connection would let go of those of the other. */
    return connection_open(c, s->beside.path, CONNECTION_IMMUTABLE, e);
}

/* All of the file is looked at; what SQLite takes for damage in sound tables is passed by. 0, or -1 and e. */
static int check_integrity(const struct sink_sqlite *s, struct connection *c, struct err *e)
{
    sqlite3_stmt *statement = NULL;
    char harmless[300] = ""; /* the last finding that was none: it comes again with every row of a table */
    int result = 0;
    /* Every row passed its CHECK constraints when it was inserted. */
    int rc = connection_run(c, "PRAGMA ignore_check_constraints = 1");

    if (rc == SQLITE_OK) {
        rc = sqlite3_prepare_v2(c->db, "PRAGMA integrity_check(2147483647)", -1, &statement, NULL);
    }
    while (rc == SQLITE_OK && result == 0 && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *found = (const char *)sqlite3_column_text(statement, 0);

        rc = SQLITE_OK;
        if (stop_signal() != 0 || atomic_load(&c->cancel)) {
            /* It may still give a row. */
            result = err_set(e, ERR_INTERRUPTED, "stopped by signal %d", stop_signal());
        } else if (found == NULL) {
            rc = SQLITE_NOMEM;
        } else if (strcmp(found, "ok") != 0 && strcmp(found, harmless) != 0) {
            if (snapshot_check_is_false_alarm(c, found)) {
                (void)snprintf(harmless, sizeof harmless, "%s", found);
            } else {
                result = err_set(e, ERR_ENVIRONMENT, "the file that was built is damaged: integrity_check found: %.*s",
                                 (int)strcspn(found, "\n"), found);
                (void)err_hint(e, "look at disk and memory of this machine, and run again");
            }
        }
    }
    if (result == 0 && rc != SQLITE_DONE) {
        result = sink_sqlite_failed(s, c->db, "integrity_check failed", ERR_INTERNAL, e);
    }
    (void)sqlite3_finalize(statement);
    return result;
}

static void *integrity_main(void *argument)
{
    struct integrity *i = argument;

    i->result = check_integrity(i->sink, &i->connection, &i->error);
    return NULL;
}

static struct sqlite_orphan *add_orphan(struct sqlite_orphans *orphans, const char *table)
{
    struct sqlite_orphan *o = orphans->count < SQLITE_ORPHANS_KEPT ? &orphans->first[orphans->count] : NULL;

    orphans->count++;
    if (o != NULL) {
        memset(o, 0, sizeof *o);
        (void)snprintf(o->table, sizeof o->table, "%s", table);
    }
    return o;
}

/* The rows of one table that have no parent. 0, or -1 and e. */
static int check_table(const struct sink_sqlite *s, sqlite3 *db, const char *table, struct sqlite_orphans *orphans,
                       struct err *e)
{
    char *sql = sqlite3_mprintf("PRAGMA foreign_key_check(%Q)", table);
    sqlite3_stmt *statement = NULL;
    int rc = sql == NULL ? SQLITE_NOMEM : sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    struct sqlite_orphan *o;
    int result = 0;

    while (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        rc = SQLITE_OK;
        o = add_orphan(orphans, table);
        if (o != NULL) {
            const unsigned char *parent = sqlite3_column_text(statement, 2);

            (void)snprintf(o->parent, sizeof o->parent, "%s", parent == NULL ? "" : (const char *)parent);
            o->has_rowid = sqlite3_column_type(statement, 1) == SQLITE_INTEGER;
            o->rowid = sqlite3_column_int64(statement, 1);
            o->foreign_key = sqlite3_column_int(statement, 3);
        }
    }
    if (rc == SQLITE_ERROR) {
        o = add_orphan(orphans, table);
        if (o != NULL) {
            o->foreign_key = -1;
            (void)snprintf(o->problem, sizeof o->problem, "%s", sqlite3_errmsg(db));
        }
    } else if (rc != SQLITE_DONE) {
        result = sql == NULL ? err_set(e, ERR_MEMORY, "out of memory for foreign_key_check")
                             : sink_sqlite_failed(s, db, "foreign_key_check failed", ERR_INTERNAL, e);
    }
    (void)sqlite3_finalize(statement);
    sqlite3_free(sql);
    return result;
}

static int check_foreign_keys(const struct sink_sqlite *s, sqlite3 *db, struct sqlite_orphans *orphans, struct err *e)
{
    static const char sql[] = "SELECT m.name FROM sqlite_schema AS m WHERE m.type = 'table' AND"
                              " EXISTS (SELECT 1 FROM pragma_foreign_key_list(m.name)) ORDER BY m.rowid";
    sqlite3_stmt *tables = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &tables, NULL);
    int result = 0;

    while (rc == SQLITE_OK && result == 0 && (rc = sqlite3_step(tables)) == SQLITE_ROW) {
        const char *table = (const char *)sqlite3_column_text(tables, 0);

        rc = table == NULL ? SQLITE_NOMEM : SQLITE_OK;
        result = rc == SQLITE_OK ? check_table(s, db, table, orphans, e) : 0;
    }
    if (result == 0 && rc != SQLITE_DONE) {
        result = sink_sqlite_failed(s, db, "foreign_key_check failed", ERR_INTERNAL, e);
    }
    (void)sqlite3_finalize(tables);
    return result;
}

static int count_rows(const struct sink_sqlite *s, struct connection *c, const struct sqlite_checks *checks,
                      struct err *e)
{
    for (size_t i = 0; i < checks->count; i++) {
        if (connection_integer(c, checks->count_sql[i], &checks->counts[i]) != SQLITE_OK) {
            return sink_sqlite_failed(s, c->db, "the rows of a table cannot be counted", ERR_PLAN, e);
        }
    }
    return 0;
}

/* What integrity_check says goes before what the checks beside it say, unless these ended it. 0, or -1 and e. */
static int check_all(const struct sink_sqlite *s, struct integrity *i, struct connection *c,
                     const struct sqlite_checks *checks, struct err *e)
{
    pthread_t thread;
    int result;

    if (thread_start(&thread, integrity_main, i, e) != 0) {
        return -1;
    }
    result = beside_flush(&s->beside, e) != 0 || check_foreign_keys(s, c->db, checks->orphans, e) != 0 ||
                     count_rows(s, c, checks, e) != 0
                 ? -1
                 : 0;
    if (result != 0) {
        atomic_store(&i->connection.cancel, 1);
    }
    (void)pthread_join(thread, NULL);
    if (i->result != 0 && (result == 0 || i->error.kind != ERR_INTERRUPTED)) {
        *e = i->error;
    }
    return i->result != 0 ? i->result : result;
}

int sink_sqlite_check(struct sink_sqlite *s, const struct sqlite_checks *checks, struct err *e)
{
    struct integrity integrity = {.sink = s};
    struct connection beside = {.db = NULL};
    int result = -1;

    memset(checks->orphans, 0, sizeof *checks->orphans);
    (void)sqlite3_finalize(s->insert);
    s->insert = NULL;
    if (sink_sqlite_run(s, "COMMIT", e) != 0) {
        return -1;
    }
    connection_close(&s->to);
    mem_trim();
    if (open_reader(s, &integrity.connection, e) == 0 && open_reader(s, &beside, e) == 0) {
        result = check_all(s, &integrity, &beside, checks, e);
    }
    connection_close(&integrity.connection);
    connection_close(&beside);
    return result;
}
