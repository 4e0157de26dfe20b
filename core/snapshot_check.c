/* snapshot_check.c: the counts of a source and PRAGMA quick_check, in a thread of its own. */
#include "snapshot_check.h"

#include <stdio.h>
#include <string.h>

#include "snapshot.h"
#include "stop.h"
#include "thread.h"

enum { LOOK_MS = 20 };

static const char CHECKING[] = "quick_check of the source failed";
static const char COUNTING_STOPPED[] = "interrupted while the rows of the source were counted";

static int refuse_damage(const char *found, struct err *e)
{
    static const char prologue[] = "*** in database main ***\n";
    char text[512];

    if (strncmp(found, prologue, sizeof prologue - 1) == 0) {
        found += sizeof prologue - 1;
    }
    (void)snprintf(text, sizeof text, "%s", found);
    for (char *p = text; (p = strchr(p, '\n')) != NULL;) {
        *p = ' ';
    }
    (void)err_set(e, ERR_SOURCE, "the source is damaged: quick_check found: %s", text);
    return err_hint(e, "restore a backup, or save what is left: sqlite3 old.db .recover | sqlite3 new.db "
                       "(--no-check leaves this check out)");
}

/* Whether the table holds NULL in the column. typeof() looks at the value; SQLite answers IS NULL by the declaration.
 * 1, 0, or -1: not known. */
static int holds_null(struct connection *c, const unsigned char *table, const unsigned char *column)
{
    sqlite3_stmt *statement = NULL;
    char *sql = sqlite3_mprintf("SELECT 1 FROM main.\"%w\" WHERE typeof(\"%w\") = 'null' LIMIT 1", table, column);
    int rc = sql == NULL ? SQLITE_NOMEM : sqlite3_prepare_v2(c->db, sql, -1, &statement, NULL);

    if (rc == SQLITE_OK) {
        rc = sqlite3_step(statement);
    }
    (void)sqlite3_finalize(statement);
    sqlite3_free(sql);
    return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : -1;
}

/* SQLite 3.40 finds "NULL value in t.c", "TEXT value in t.c" and the like in sound tables: WITHOUT ROWID ones whose key
 * has another order than their columns. Whether there is NULL is looked at again; values of other classes harm nothing,
 * since each value is read as what it is. */
int snapshot_check_is_false_alarm(struct connection *c, const char *found)
{
    static const char middle[] = " value in ";
    const char *place = strstr(found, middle);
    sqlite3_stmt *columns = NULL;
    int sound = 0;
    int rc;

    if (place == NULL || memchr(found, ' ', (size_t)(place - found)) != NULL) {
        return 0;
    }
    rc = sqlite3_prepare_v2(c->db,
                            "SELECT l.name, x.name FROM pragma_table_list AS l, pragma_table_info(l.name, 'main') AS x "
                            "WHERE l.schema = 'main' AND l.wr AND l.name || '.' || x.name = ?1",
                            -1, &columns, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite3_bind_text(columns, 1, place + sizeof middle - 1, -1, SQLITE_TRANSIENT);
    }
    while (rc == SQLITE_OK && sqlite3_step(columns) == SQLITE_ROW) {
        sound = strncmp(found, "NULL ", 5) != 0 ||
                holds_null(c, sqlite3_column_text(columns, 0), sqlite3_column_text(columns, 1)) == 0;
        rc = sound ? SQLITE_OK : SQLITE_DONE;
    }
    (void)sqlite3_finalize(columns);
    return sound;
}

/* Runs one quick_check. 0: passed; -1 and e; 1: nothing is known, since a false alarm was found, or it cannot be
 * prepared because the schema uses functions or collations that only the application has. */
static int run_one(struct connection *c, const char *sql, struct err *e)
{
    sqlite3_stmt *statement = NULL;
    const char *found;
    int result = -1;

    if (sqlite3_prepare_v2(c->db, sql, -1, &statement, NULL) != SQLITE_OK) {
        if ((sqlite3_errcode(c->db) & 0xff) == SQLITE_ERROR) {
            return 1;
        }
        return snapshot_error(c->db, CHECKING, e);
    }
    if (sqlite3_step(statement) != SQLITE_ROW) {
        (void)snapshot_error(c->db, CHECKING, e);
        goto done;
    }
    found = (const char *)sqlite3_column_text(statement, 0);
    if (found != NULL && strcmp(found, "ok") == 0) {
        result = 0;
    } else if (atomic_load(&c->cancel) || stop_signal() != 0) {
        (void)err_set(e, ERR_INTERRUPTED, "%s: interrupted", CHECKING); /* it may still end with a row */
    } else if (found != NULL && snapshot_check_is_false_alarm(c, found)) {
        result = 1;
    } else {
        (void)refuse_damage(found == NULL ? "nothing" : found, e);
    }
done:
    (void)sqlite3_finalize(statement);
    return result;
}

/* Checks table by table and leaves out those that cannot be checked here: every row of them is read by the load. Where
 * a false alarm brought us here, the check of the file has found all pages in order, which comes before any row. */
static int run_each(struct connection *c, struct err *e)
{
    sqlite3_stmt *tables = NULL;
    int result = 0;
    int rc = sqlite3_prepare_v2(c->db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0", -1,
                                &tables, NULL);

    while (rc == SQLITE_OK && result == 0 && (rc = sqlite3_step(tables)) == SQLITE_ROW) {
        char *sql = sqlite3_mprintf("PRAGMA quick_check(%Q)", sqlite3_column_text(tables, 0));

        rc = SQLITE_OK;
        if (sql == NULL) {
            result = err_set(e, ERR_MEMORY, "out of memory: %s", CHECKING);
        } else if (run_one(c, sql, e) < 0) {
            result = -1;
        }
        sqlite3_free(sql);
    }
    if (result == 0 && rc != SQLITE_DONE) {
        result = snapshot_error(c->db, CHECKING, e);
    }
    (void)sqlite3_finalize(tables);
    return result;
}

int snapshot_check_run(struct connection *c, struct err *e)
{
    int result;

    /* Damage is what is looked for; a CHECK constraint may call functions that only the application has. */
    if (connection_run(c, "PRAGMA ignore_check_constraints = 1") != SQLITE_OK) {
        return snapshot_error(c->db, CHECKING, e);
    }
    result = run_one(c, "PRAGMA quick_check(1)", e);
    return result > 0 ? run_each(c, e) : result;
}

/* In their order. A failure is the last thing to be known. */
static int run_counts(struct snapshot_check *check, struct err *e)
{
    for (size_t i = 0; i < check->counts.length; i++) {
        if (atomic_load(&check->connection->cancel) || stop_signal() != 0) {
            return err_set(e, ERR_INTERRUPTED, "%s", COUNTING_STOPPED); /* small tables never get to be interrupted */
        }
        if (count_list_run(&check->counts, i, check->connection, e) != 0) {
            return -1;
        }
        (void)pthread_mutex_lock(&check->lock);
        check->known = i + 1;
        (void)pthread_cond_broadcast(&check->changed);
        (void)pthread_mutex_unlock(&check->lock);
    }
    return 0;
}

static void *thread_main(void *context)
{
    struct snapshot_check *check = context;
    struct err found;
    int result;

    err_clear(&found);
    result = run_counts(check, &found);
    if (result == 0 && check->checks) {
        result = snapshot_check_run(check->connection, &found);
    }
    (void)sqlite3_db_release_memory(check->connection->db); /* its pages are not read again */
    (void)pthread_mutex_lock(&check->lock);
    check->result = result;
    check->error = found;
    check->finished = 1;
    (void)pthread_cond_broadcast(&check->changed);
    (void)pthread_mutex_unlock(&check->lock);
    return NULL;
}

int snapshot_check_begin(struct snapshot_check *check, struct connection *connection,
                         const struct snapshot_count *counts, size_t length, int checks, struct err *e)
{
    if (check->connection != NULL) {
        return 0;
    }
    if (count_list_copy(&check->counts, counts, length, e) != 0) {
        goto no_list;
    }
    if (thread_condition_init(&check->changed, &check->lock, e) != 0) {
        goto no_list;
    }
    check->connection = connection;
    check->checks = checks;
    if (thread_start(&check->thread, thread_main, check, e) != 0) {
        goto no_thread;
    }
    return 0;
no_thread:
    thread_condition_destroy(&check->changed, &check->lock);
    check->connection = NULL;
no_list:
    count_list_free(&check->counts);
    return -1;
}

int snapshot_check_counts(struct snapshot_check *check, int wait, const int64_t **rows, size_t *known, struct err *e)
{
    int result = 1;

    *rows = check->counts.rows;
    *known = 0;
    if (check->connection == NULL) {
        return 0;
    }
    (void)pthread_mutex_lock(&check->lock);
    while (check->known < check->counts.length && !check->finished && wait && stop_signal() == 0) {
        thread_wait(&check->changed, &check->lock, LOOK_MS);
    }
    *known = check->known;
    if (check->known == check->counts.length) {
        result = 0;
    } else if (check->finished) {
        result = -1;
        *e = check->error;
    } else if (wait) {
        result = err_set(e, ERR_INTERRUPTED, "%s", COUNTING_STOPPED);
    }
    (void)pthread_mutex_unlock(&check->lock);
    return result;
}

int snapshot_check_outcome(struct snapshot_check *check, int wait, struct err *e)
{
    int result;

    if (check->connection == NULL) {
        return 0;
    }
    (void)pthread_mutex_lock(&check->lock);
    while (!check->finished && wait && stop_signal() == 0) {
        thread_wait(&check->changed, &check->lock, LOOK_MS);
    }
    if (check->finished) {
        result = check->result;
        if (result != 0 && e != NULL) {
            *e = check->error;
        }
    } else if (wait) {
        result = err_set(e, ERR_INTERRUPTED, "interrupted while quick_check was running");
    } else {
        result = 1;
    }
    (void)pthread_mutex_unlock(&check->lock);
    return result;
}

void snapshot_check_end(struct snapshot_check *check)
{
    if (check->connection == NULL) {
        return;
    }
    atomic_store(&check->connection->cancel, 1);
    (void)pthread_mutex_lock(&check->lock);
    while (!check->finished) {
        /* Again and again: an interrupt between two statements is forgotten by SQLite. */
        sqlite3_interrupt(check->connection->db);
        thread_wait(&check->changed, &check->lock, LOOK_MS);
    }
    (void)pthread_mutex_unlock(&check->lock);
    (void)pthread_join(check->thread, NULL);
    thread_condition_destroy(&check->changed, &check->lock);
    count_list_free(&check->counts);
    check->connection = NULL;
}
