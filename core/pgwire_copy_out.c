/* pgwire_copy_out.c: COPY TO STDOUT, a message at a time: nothing is read ahead of what the caller takes, but what the
 * sockets hold. */
#define _GNU_SOURCE
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "pgwire_internal.h"
#include "stop.h"
#include "sys.h"

int pgwire_copy_out_begin(struct pgwire *p, const char *sql, struct err *e)
{
    if (pgwire_copy_open(p, sql, PGRES_COPY_OUT, e) != 0) {
        return -1;
    }
    p->copying_out = 1;
    return 0;
}

/* The server's word at the end of the rows. 0, or -1 and e. */
static int finish(struct pgwire *p, int64_t *rows, struct err *e)
{
    PGresult *result = NULL;
    int failed = 0;

    p->copying_out = 0;
    if (pgwire_collect(p, p->statement_ms, &result, e) != 0) {
        return -1;
    }
    if (result == NULL) {
        return pgwire_lost(p, NULL, e);
    }
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        failed = pgwire_refused(p, result, e);
    } else if (rows != NULL) {
        *rows = strtoll(PQcmdTuples(result), NULL, 10);
    }
    PQclear(result);
    return failed;
}

void pgwire_copy_drop(struct pgwire *p)
{
    PQfreemem(p->row);
    p->row = NULL;
}

/* The next message: its length, 0 while it has not come, or below 0: there is none. */
static int take(struct pgwire *p)
{
    pgwire_copy_drop(p);
    return PQgetCopyData(p->conn, &p->row, 1);
}

/* As take, waiting for the message; -3: e says what the wait ended with. */
static int wait_for(struct pgwire *p, struct err *e)
{
    int64_t begun = sys_clock_ms();
    int64_t looked = begun;
    int64_t probe = begun + p->probe_ms;
    int got = 0;

    while (got == 0) {
        int late = pgwire_take_in(p, p->statement_ms > 0 ? begun + p->statement_ms : 0, &looked, &probe, e);

        if (late < 0) {
            return -3;
        }
        got = take(p);
        if (late > 0 && got == 0) {
            (void)pgwire_forgotten(p, e);
            return -3;
        }
    }
    return got;
}

int pgwire_copy_get(struct pgwire *p, const char **data, size_t *length, int64_t *rows, struct err *e)
{
    int got;

    *data = NULL;
    *length = 0;
    if (p->broken || !p->copying_out) {
        return pgwire_lost(p, "it was given up before", e);
    }
    /* Where rows come faster than they are taken there is never a wait that would look. */
    if (pgwire_stopped(p, e)) {
        return -1;
    }
    got = take(p);
    if (got == 0) {
        got = wait_for(p, e);
    }
    if (got > 0) {
        *data = p->row;
        *length = (size_t)got;
        return 1;
    }
    if (got == -3) {
        return -1;
    }
    if (got == -2) {
        return PQstatus(p->conn) == CONNECTION_BAD ? pgwire_lost(p, NULL, e)
                                                   : err_set(e, ERR_MEMORY, "out of memory for a row of the server");
    }
    /* What ends the rows, an error as well, is the statement's result. */
    return finish(p, rows, e);
}

int pgwire_skip_rows(struct pgwire *p, int64_t deadline)
{
    int64_t never = INT64_MAX / 2; /* no stop is looked at: this is short */
    struct err ignored;
    int got;

    while ((got = take(p)) >= 0) {
        short ready;

        if (sys_clock_ms() >= deadline ||
            (got == 0 &&
             (pgwire_wait(p, POLLIN, deadline, &never, &ready, &ignored) != 0 || PQconsumeInput(p->conn) == 0))) {
            return -1;
        }
    }
    return 0;
}

void pgwire_copy_out_abort(struct pgwire *p)
{
    p->copying_out = 0;
    if (p->broken || PQstatus(p->conn) == CONNECTION_BAD) {
        return;
    }
    pgwire_cancel(p);
    /* What is on its way already has to be read before the end comes. */
    pgwire_settle(p, stop_signal() != 0 || atomic_load(&p->given_up) ? PGWIRE_CANCEL_MS : PGWIRE_ABORT_MS);
}
