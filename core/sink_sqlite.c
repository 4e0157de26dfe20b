/* sink_sqlite.c: rows into a new SQLite file. */
#include "sink_sqlite_internal.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "key.h"
#include "snapshot_probe.h"
#include "stop.h"

static const char TARGET[] = "the target";

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

static int failed(struct sink_sqlite *s, const char *what, enum err_kind otherwise, struct err *e)
{
    return sink_sqlite_failed(s, s->to.db, what, otherwise, e);
}

/* Rows that do not fit are the values' fault, all else the statement's. */
static enum err_kind fault(sqlite3 *db)
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
            (void)failed(s, what, fault(s->to.db), e);
            (void)sqlite3_finalize(statement);
            return -1;
        }
        (void)sqlite3_finalize(statement);
        sql = rest;
    }
    return 0;
}

int sink_sqlite_open(struct sink_sqlite **out, const char *path, size_t *removed, struct err *e)
{
    /* Nobody sees the file before it is complete, so there is nothing to roll back to. */
    static const char settings[] =
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
        "PRAGMA foreign_keys = OFF; PRAGMA cache_size = -32768; BEGIN IMMEDIATE";
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
    if (sink_sqlite_run(s, settings, e) != 0) {
        goto fail;
    }
    *removed = s->beside.removed;
    *out = s;
    return 0;
fail:
    sink_sqlite_free(s);
    return -1;
}

int sink_sqlite_table(struct sink_sqlite *s, const struct sqlite_write_spec *spec, struct err *e)
{
    (void)sqlite3_finalize(s->insert);
    s->insert = NULL;
    s->spec = spec;
    if (sqlite3_prepare_v3(s->to.db, spec->insert_sql, -1, SQLITE_PREPARE_PERSISTENT, &s->insert, NULL) != SQLITE_OK) {
        (void)failed(s, "the table cannot be filled", ERR_PLAN, e);
        err_place(e, spec->table, NULL, NULL);
        return -1;
    }
    if ((size_t)sqlite3_bind_parameter_count(s->insert) != spec->count) {
        (void)err_set(e, ERR_INTERNAL, "the statement takes %d values and the plan gives %zu",
                      sqlite3_bind_parameter_count(s->insert), spec->count);
        err_place(e, spec->table, NULL, NULL);
        return -1;
    }
    return 0;
}

static int refuse_null(const struct sqlite_column *column, struct err *e)
{
    (void)err_set(e, ERR_VALUE, "value does not fit \"%s\": it is NULL, and the column takes none", column->name);
    err_place(e, NULL, column->name, NULL);
    (void)snprintf(e->value_class, sizeof e->value_class, "null");
    return -1;
}

static int refuse_change(const struct sqlite_column *column, const struct cell *c, const unsigned char *data,
                         const char *becomes, struct err *e)
{
    const char *class = cell_class_name((enum cell_class)c->class);

    (void)err_set(e, ERR_VALUE, "value does not fit \"%s\": SQLite would store %s instead of the %s", column->name,
                  becomes, class);
    (void)err_hint(e, "declare the column with a type that keeps it: TEXT for texts, INTEGER or REAL for numbers, BLOB "
                      "for all classes");
    err_place(e, NULL, column->name, NULL);
    cell_describe(e->value, sizeof e->value, c, data);
    (void)snprintf(e->value_class, sizeof e->value_class, "%s", class);
    return -1;
}

static int bind(sqlite3_stmt *statement, int at, const struct cell *c, const unsigned char *data)
{
    switch ((enum cell_class)c->class) {
    case CELL_NULL:
        return sqlite3_bind_null(statement, at);
    case CELL_INTEGER:
        return sqlite3_bind_int64(statement, at, c->as.integer);
    case CELL_REAL:
        return sqlite3_bind_double(statement, at, c->as.real);
    case CELL_TEXT:
        return sqlite3_bind_text64(statement, at, (const char *)data, c->length, SQLITE_STATIC, SQLITE_UTF8);
    case CELL_BLOB:
        return sqlite3_bind_blob64(statement, at, data, c->length, SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

/* Binds a row. 0, or -1 and e. */
static int bind_row(struct sink_sqlite *s, const struct batch *b, size_t row, int64_t *zeros, struct err *e)
{
    const struct cell *cells = b->cells + row * b->columns;

    for (size_t i = 0; i < b->columns; i++) {
        const struct sqlite_column *column = &s->spec->columns[i];
        const struct cell *c = &cells[i];
        int has_bytes = c->class == CELL_TEXT || c->class == CELL_BLOB;
        const unsigned char *data = has_bytes ? batch_data(b, c) : NULL;
        const char *becomes = affinity_changes(column->affinity, c, data);

        *zeros += affinity_loses_sign(column->affinity, c);
        if (becomes != NULL) {
            return refuse_change(column, c, data, becomes, e);
        }
        if (c->class == CELL_NULL && column->not_null) {
            return refuse_null(column, e);
        }
        if (bind(s->insert, (int)i + 1, c, data) != SQLITE_OK) {
            return failed(s, "a value cannot be stored", ERR_VALUE, e);
        }
    }
    return 0;
}

int sink_sqlite_rows(struct sink_sqlite *s, const struct batch *b, int64_t *zeros, struct err *e)
{
    const struct sqlite_write_spec *spec = s->spec;
    char key[sizeof e->key];

    if (b->columns != spec->count) {
        return err_set(e, ERR_INTERNAL, "a batch of %zu columns for %zu values", b->columns, spec->count);
    }
    for (size_t row = 0; row < b->rows; row++) {
        int result = bind_row(s, b, row, zeros, e);

        if (result == 0 && sqlite3_step(s->insert) != SQLITE_DONE) {
            result = failed(s, "SQLite refused the row", fault(s->to.db), e);
        }
        (void)sqlite3_reset(s->insert);
        if (result != 0) {
            key_describe_row(key, sizeof key, b, row, spec->key_columns, spec->key_names, spec->key_count);
            err_place(e, spec->table, NULL, key);
            return -1;
        }
    }
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
