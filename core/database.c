/* database.c: a SQLite file that a script has opened by itself. */
#include "database.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"
#include "snapshot.h"
#include "snapshot_connection.h"
#include "snapshot_probe.h"

enum { CATALOG_READER = 0, SQL_SHOWN = 200 };

struct database {
    struct snapshot *snapshot;    /* owned; NULL where the file is written */
    struct connection connection; /* where the file is written */
    sqlite3 *db;                  /* of one of them */
};

static int open_snapshot(struct database *d, const char *path, struct err *e)
{
    const struct snapshot_options options = {.live = 1};

    if (snapshot_open(&d->snapshot, path, &options, e) != 0) {
        return -1;
    }
    d->db = snapshot_reader(d->snapshot, CATALOG_READER);
    return 0;
}

/* An absolute path: SQLite takes some relative names for something else, e.g. "file:x". */
static int open_to_write(struct database *d, const char *path, enum database_mode mode, struct err *e)
{
    char resolved[PROBE_PATH];
    int is_new = mode == DATABASE_CREATE && access(path, F_OK) != 0 && errno == ENOENT;

    if (is_new && path[0] == '/') {
        (void)snprintf(resolved, sizeof resolved, "%s", path);
    } else if (is_new) {
        (void)snprintf(resolved, sizeof resolved, "./%s", path);
    } else if (probe_resolve(resolved, path, e) != 0) {
        return -1;
    }
    if (connection_open(&d->connection, resolved, is_new ? CONNECTION_CREATE : CONNECTION_WRITE, e) != 0) {
        return -1;
    }
    d->db = d->connection.db;
    if (sqlite3_db_readonly(d->db, "main")) {
        err_set(e, ERR_ENVIRONMENT, "%s cannot be written", path);
        return err_hint(e, "look at the rights of the file and of its folder, or open it without { write = true }");
    }
    /* SQLite itself reads nothing before it has to: what is no database is told now. */
    if (connection_run(&d->connection, "SELECT 1 FROM sqlite_schema LIMIT 1") != SQLITE_OK) {
        return connection_refuse(&d->connection, path, e);
    }
    (void)sqlite3_db_config(d->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, NULL);
    (void)sqlite3_limit(d->db, SQLITE_LIMIT_TRIGGER_DEPTH, 1000);
    (void)sqlite3_db_config(d->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    return 0;
}

int database_open(struct database **out, const char *path, enum database_mode mode, struct err *e)
{
    struct database *d = mem_alloc(sizeof *d, e);

    if (d == NULL) {
        return -1;
    }
    if ((mode == DATABASE_READ ? open_snapshot(d, path, e) : open_to_write(d, path, mode, e)) != 0) {
        database_close(d);
        return -1;
    }
    (void)sqlite3_db_config(d->db, SQLITE_DBCONFIG_ENABLE_VIEW, 1, NULL);
    *out = d;
    return 0;
}

void database_close(struct database *d)
{
    if (d == NULL) {
        return;
    }
    if (d->snapshot != NULL) {
        snapshot_close(d->snapshot);
    } else {
        connection_close(&d->connection);
    }
    mem_free(d);
}

sqlite3 *database_connection(const struct database *d)
{
    return d->db;
}

/* "UNIQUE constraint failed: table.column, table.other": the table, and the column where it is one. */
static void place_constraint(const char *message, struct err *e)
{
    const char *place = strstr(message, " constraint failed: ");
    const char *dot;
    char table[sizeof e->table];

    if (place == NULL || strncmp(message, "CHECK", 5) == 0) {
        return;
    }
    place += strlen(" constraint failed: ");
    dot = strchr(place, '.');
    if (dot != NULL && (size_t)(dot - place) < sizeof table) {
        (void)snprintf(table, sizeof table, "%.*s", (int)(dot - place), place);
        err_place(e, table, strchr(place, ',') == NULL ? dot + 1 : NULL, NULL);
    }
}

int database_error(const struct database *d, const char *sql, struct err *e)
{
    char what[SQL_SHOWN + 40];
    char shown[SQL_SHOWN];

    err_escape(shown, sizeof shown, (const unsigned char *)sql, strlen(sql));
    (void)snprintf(what, sizeof what, "SQLite refuses \"%s\"", shown);
    (void)snapshot_error(d->db, what, e);
    if (e->kind != ERR_SOURCE) {
        return -1;
    }
    switch (sqlite3_errcode(d->db) & 0xff) {
    case SQLITE_ERROR:
    case SQLITE_AUTH:
    case SQLITE_RANGE:
    case SQLITE_MISUSE:
    case SQLITE_TOOBIG:
        e->kind = ERR_USAGE;
        break;
    case SQLITE_READONLY:
        e->kind = ERR_USAGE;
        return err_hint(e, "open the file to write it: w.sqlite(path):open { write = true }");
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
        e->kind = ERR_VALUE;
        place_constraint(sqlite3_errmsg(d->db), e);
        break;
    default:
        break;
    }
    return -1;
}

int database_prepare(struct database *d, const char *sql, sqlite3_stmt **out, struct err *e)
{
    const char *rest = sql;

    *out = NULL;
    if (sqlite3_prepare_v2(d->db, sql, -1, out, &rest) != SQLITE_OK) {
        return database_error(d, sql, e);
    }
    if (*out == NULL) {
        return err_set(e, ERR_USAGE, "the text holds no SQL statement");
    }
    /* What is behind the first statement would be left out without a word. */
    while (*rest != '\0') {
        sqlite3_stmt *next = NULL;
        int rc = sqlite3_prepare_v2(d->db, rest, -1, &next, &rest);

        (void)sqlite3_finalize(next);
        if (rc != SQLITE_OK || next != NULL) {
            (void)sqlite3_finalize(*out);
            *out = NULL;
            return err_set(e, ERR_USAGE, "the text holds more than one SQL statement: run them one by one");
        }
    }
    return 0;
}
