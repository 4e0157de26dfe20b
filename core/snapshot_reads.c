/* snapshot_reads.c: which columns a statement reads, as SQLite's authorizer tells it while it compiles. */
#include "snapshot_reads.h"

#include <string.h>

#include "snapshot.h"

struct reads {
    char *out;
    size_t size;
    size_t length; /* of everything, also of what does not fit */
};

static void add(struct reads *r, const char *name)
{
    size_t length = strlen(name) + 1;

    if (r->length + length <= r->size) {
        memcpy(r->out + r->length, name, length);
    }
    r->length += length;
}

static int authorize(void *context, int action, const char *first, const char *second, const char *database,
                     const char *trigger)
{
    (void)database;
    (void)trigger;
    switch (action) {
    case SQLITE_READ:
        if (first != NULL && second != NULL && second[0] != '\0') {
            add(context, first);
            add(context, second);
        }
        return SQLITE_OK;
    case SQLITE_FUNCTION:
        /* It compiles, and fails when it runs. */
        return sqlite3_stricmp(second, "load_extension") == 0 ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    default:
        return SQLITE_DENY;
    }
}

int snapshot_reads(sqlite3 *db, const char *sql, char *out, size_t size, size_t *length, struct err *e)
{
    struct reads reads = {.out = out, .size = size};
    sqlite3_stmt *statement = NULL;
    int rc;

    (void)sqlite3_set_authorizer(db, authorize, &reads);
    rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    (void)sqlite3_set_authorizer(db, NULL, NULL);
    (void)sqlite3_finalize(statement);
    *length = reads.length;
    return rc == SQLITE_OK ? 0 : snapshot_error(db, "cannot read the source", e);
}
