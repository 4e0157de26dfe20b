/* snapshot_connection.c: opens a SQLite file with a hostile file in mind, and says what went wrong. */
#include "snapshot_connection.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "mem.h"
#include "snapshot.h"
#include "snapshot_probe.h"
#include "stop.h"
#include "sys.h"

enum {
    WAIT_MS = 5000,
    STEPS_BETWEEN_LOOKS = 2000,         /* of SQLite's machine: well below a millisecond */
    SQL_LENGTH_MOST = 16 * 1024 * 1024, /* a CREATE statement of the file is SQL, too */
    EXPRESSION_DEPTH_MOST = 1000,
    VALUE_MOST = 1000000000
};

static const int64_t HEAP_LEAST = INT64_C(64) << 20;
static const int64_t HEAP_MOST = INT64_C(3) << 30;

/* Limits SQLite's memory, once a process; see the header for how much. */
static void limit_heap(void)
{
    int64_t heap = sys_memory() / 3;

    if (sqlite3_hard_heap_limit64(-1) == 0) {
        (void)sqlite3_hard_heap_limit64(heap < HEAP_LEAST ? HEAP_LEAST : heap > HEAP_MOST ? HEAP_MOST : heap);
    }
}

/* Short steps instead of sqlite3_busy_timeout's: that one backs off up to 100 ms and may miss every gap of a writer. */
static int on_busy(void *context, int count)
{
    struct connection *c = context;
    struct timespec pause = {0, (count < 20 ? 200 : 1000 + count % 7 * 100) * 1000L};

    if (count == 0) {
        c->until_ms = sys_clock_ms() + c->wait_ms;
    }
    if (stop_signal() != 0 || atomic_load(&c->cancel) || sys_clock_ms() >= c->until_ms) {
        return 0;
    }
    (void)nanosleep(&pause, NULL);
    return 1;
}

static int on_progress(void *context)
{
    struct connection *c = context;

    return stop_signal() != 0 || atomic_load_explicit(&c->cancel, memory_order_relaxed);
}

static void harden(struct connection *c)
{
    static const struct {
        int option;
        int value;
    } settings[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        /* Not 0: before SQLite 3.42 the JSON functions are not marked as innocuous, and a CHECK with json_valid makes
         * the whole file unreadable then. What the setting would keep out beside them is out already: views and
         * triggers are off, and functions with side effects are SQLITE_DIRECTONLY, which no schema may call. */
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
        {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
        /* A misspelt "name" in our own statements is an error, not a string. */
        {SQLITE_DBCONFIG_DQS_DML, 0},
        /* A -wal that was there stays as it is. */
        {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
    };

    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        (void)sqlite3_db_config(c->db, settings[i].option, settings[i].value, NULL);
    }
    (void)sqlite3_limit(c->db, SQLITE_LIMIT_LENGTH, VALUE_MOST);
    (void)sqlite3_limit(c->db, SQLITE_LIMIT_SQL_LENGTH, SQL_LENGTH_MOST);
    (void)sqlite3_limit(c->db, SQLITE_LIMIT_EXPR_DEPTH, EXPRESSION_DEPTH_MOST);
    (void)sqlite3_limit(c->db, SQLITE_LIMIT_ATTACHED, 0);
    (void)sqlite3_limit(c->db, SQLITE_LIMIT_TRIGGER_DEPTH, 1);
    (void)sqlite3_limit(c->db, SQLITE_LIMIT_WORKER_THREADS, 0);
    (void)sqlite3_extended_result_codes(c->db, 1);
    (void)sqlite3_busy_handler(c->db, on_busy, c);
    sqlite3_progress_handler(c->db, STEPS_BETWEEN_LOOKS, on_progress, c);
}

/* "file:" URI with every byte escaped that is not plain; the caller frees it. */
static char *immutable_uri(const char *path, struct err *e)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-";
    static const char hex[] = "0123456789ABCDEF";
    static const char start[] = "file://";
    static const char end[] = "?immutable=1";
    char *uri = mem_alloc(sizeof start + 3 * strlen(path) + sizeof end, e);
    size_t used = sizeof start - 1;

    if (uri == NULL) {
        return NULL;
    }
    memcpy(uri, start, sizeof start);
    for (const char *p = path; *p != '\0'; p++) {
        if (strchr(plain, *p) != NULL) {
            uri[used++] = *p;
        } else {
            uri[used++] = '%';
            uri[used++] = hex[(unsigned char)*p >> 4];
            uri[used++] = hex[(unsigned char)*p & 15];
        }
    }
    memcpy(uri + used, end, sizeof end);
    return uri;
}

static int open_mode(struct connection *c, const char *path, enum connection_mode mode, struct err *e)
{
    /* Each connection is used by one thread at a time. */
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
    char *uri;
    int rc;

    switch (mode) {
    case CONNECTION_READ:
        return sqlite3_open_v2(path, &c->db, flags | SQLITE_OPEN_READONLY, NULL);
    case CONNECTION_WRITE:
        return sqlite3_open_v2(path, &c->db, flags | SQLITE_OPEN_READWRITE, NULL);
    case CONNECTION_CREATE:
        return sqlite3_open_v2(path, &c->db, flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    case CONNECTION_IMMUTABLE:
        break;
    }
    uri = immutable_uri(path, e);
    if (uri == NULL) {
        return SQLITE_NOMEM;
    }
    rc = sqlite3_open_v2(uri, &c->db, flags | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
    mem_free(uri);
    return rc;
}

int connection_open(struct connection *c, const char *path, enum connection_mode mode, struct err *e)
{
    static pthread_once_t limited = PTHREAD_ONCE_INIT;
    const char *settings = mode == CONNECTION_READ || mode == CONNECTION_IMMUTABLE
                               ? "PRAGMA mmap_size = 0; PRAGMA cell_size_check = 1; PRAGMA query_only = 1"
                               : "PRAGMA mmap_size = 0; PRAGMA cell_size_check = 1";

    (void)pthread_once(&limited, limit_heap);
    c->db = NULL;
    c->wait_ms = WAIT_MS;
    atomic_init(&c->cancel, 0);
    if (open_mode(c, path, mode, e) != SQLITE_OK) {
        return connection_refuse(c, path, e);
    }
    harden(c);
    if (sqlite3_exec(c->db, settings, NULL, NULL, NULL) != SQLITE_OK) {
        return connection_refuse(c, path, e);
    }
    return 0;
}

void connection_close(struct connection *c)
{
    /* The second version: a statement that somebody forgot delays the close instead of leaking the connection. */
    (void)sqlite3_close_v2(c->db);
    c->db = NULL;
}

int connection_run(struct connection *c, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(c->db, sql, -1, &statement, NULL);

    if (rc == SQLITE_OK) {
        while (sqlite3_step(statement) == SQLITE_ROW) {
        }
        rc = sqlite3_finalize(statement);
    }
    return rc & 0xff;
}

int connection_begin(struct connection *c)
{
    int rc = connection_run(c, "BEGIN");

    /* BEGIN alone reads nothing: the SELECT takes the snapshot. */
    if (rc == SQLITE_OK) {
        rc = connection_run(c, "SELECT 1 FROM sqlite_schema LIMIT 1");
    }
    /* The file's header may ask for a page cache of any size; not earlier, since this needs the lock, too. */
    return rc == SQLITE_OK ? connection_cache(c, CONNECTION_CACHE) : rc;
}

int connection_cache(struct connection *c, int kilobytes)
{
    char sql[64];

    (void)snprintf(sql, sizeof sql, "PRAGMA cache_size = -%d", kilobytes);
    return connection_run(c, sql);
}

int connection_integer(struct connection *c, const char *sql, int64_t *value)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(c->db, sql, -1, &statement, NULL);

    if (rc == SQLITE_OK) {
        if (sqlite3_step(statement) == SQLITE_ROW) {
            *value = sqlite3_column_int64(statement, 0);
        }
        rc = sqlite3_finalize(statement);
    }
    return rc & 0xff;
}

/* ---- what went wrong ---- */

static const char *damage_hint(int code)
{
    switch (code) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
        return "the file is damaged: restore a backup, or save what is left: sqlite3 old.db .recover | sqlite3 new.db";
    case SQLITE_IOERR:
        return "look at the disk or the network file system that the file lies on";
    default:
        return "";
    }
}

/* Sets kind and message from the last error: "what: SQLite's words (the system's words)". Returns -1. */
static int set_from(sqlite3 *db, enum err_kind kind, const char *what, struct err *e)
{
    int code = db == NULL ? SQLITE_NOMEM : sqlite3_errcode(db) & 0xff;
    int system = db == NULL ? 0 : sqlite3_system_errno(db);

    if (code == SQLITE_NOMEM) {
        (void)err_set(e, ERR_MEMORY, "%s: out of memory (SQLite may take %lld MB here)", what,
                      (long long)(sqlite3_hard_heap_limit64(-1) >> 20));
        return err_hint(e, "a value of the source, or what a generated column makes of it, is too large for the memory "
                           "of this machine: a third of it, and at most 3 GB, is given to SQLite");
    }
    if (code == SQLITE_INTERRUPT || (code == SQLITE_BUSY && stop_signal() != 0)) {
        return err_set(e, ERR_INTERRUPTED, "%s: interrupted", what);
    }
    if ((code == SQLITE_IOERR || code == SQLITE_CANTOPEN) && system != 0) {
        (void)err_set(e, kind, "%s: %s (%s)", what, sqlite3_errmsg(db), strerror(system));
    } else {
        (void)err_set(e, kind, "%s: %s", what, sqlite3_errmsg(db));
    }
    return err_hint(e, "%s", damage_hint(code));
}

int snapshot_error(sqlite3 *db, const char *what, struct err *e)
{
    return set_from(db, ERR_SOURCE, what, e);
}

int connection_refuse(struct connection *c, const char *path, struct err *e)
{
    char shown[600];
    char what[640];

    (void)snprintf(what, sizeof what, "%s cannot be read", probe_show_path(shown, sizeof shown, path));
    return set_from(c->db, ERR_ENVIRONMENT, what, e);
}
