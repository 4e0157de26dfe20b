/* target.h: a private test server for the C tests that need PostgreSQL, and one-line statements against it. */
#ifndef WHERRY_TESTS_TARGET_H
#define WHERRY_TESTS_TARGET_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgwire.h"
#include "private_pg.h"
#include "sys.h"

struct target {
    struct private_pg server;
    struct pgwire *pg;  /* for statements of the test itself */
    char directory[80]; /* a socket in it has a name of at most 107 bytes */
};

/* 0, or -1 with the reason on stderr. */
static inline int target_start(struct target *t)
{
    struct err e;
    memset(t, 0, sizeof *t);
    err_clear(&e);
    /* As root the server runs as another user, who has to get in. */
    if (sys_make_temporary("wherry-test-", t->directory, sizeof t->directory, &e) != 0 ||
        chmod(t->directory, 0711) != 0) {
        (void)fprintf(stderr, "no directory for a test server: %s\n", e.message);
        return -1;
    }
    const char *settings[] = {"fsync=off", "max_connections=20", "shared_buffers=16MB", NULL};
    char server[sizeof t->directory + sizeof "/pg"];
    (void)snprintf(server, sizeof server, "%s/pg", t->directory);
    if (private_pg_start(&t->server, PRIVATE_PG_TEST, server, settings, &e) != 0 ||
        pgwire_connect(&t->pg, t->server.conninfo, 10000, &e) != 0) {
        (void)fprintf(stderr, "no test server: %s\n", e.message);
        return -1;
    }
    return 0;
}

static inline int target_stop(struct target *t)
{
    struct err e;
    pgwire_close(t->pg);
    int rc = private_pg_stop(&t->server, PRIVATE_PG_TEST, &e);
    return rmdir(t->directory) == 0 ? rc : -1;
}

/* Runs a statement and gives the first value of its first row in a static buffer ("" for none). */
static inline const char *target_value(struct target *t, const char *sql)
{
    static char value[4096];
    struct err e;
    PGresult *result = NULL;
    value[0] = '\0';
    if (pgwire_exec(t->pg, sql, 0, NULL, &result, &e) != 0) {
        (void)snprintf(value, sizeof value, "error: %s", e.message);
        return value;
    }
    if (PQntuples(result) > 0)
        (void)snprintf(value, sizeof value, "%s", PQgetvalue(result, 0, 0));
    PQclear(result);
    return value;
}

#endif
