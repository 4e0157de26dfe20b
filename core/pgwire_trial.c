/* pgwire_trial.c: one statement for many rows, each undone again, in one message (libpq's pipeline mode). */
#include <string.h>

#include "pgwire_internal.h"
#include "sys.h"

#define SAVEPOINT_NAME "wherry_trial"

/* Queues a statement without parameters, and the end of its message. 1, or 0 as libpq does. */
static int send_plain(struct pgwire *p, const char *sql)
{
    return PQsendQueryParams(p->conn, sql, 0, NULL, NULL, NULL, NULL, 0) == 1 && PQpipelineSync(p->conn) == 1;
}

/* Queues all: the rows' statement is the unnamed one, so the one that undoes it has a name. 0, or -1 and e. */
static int send_all(struct pgwire *p, const struct pgwire_trial *t, size_t rows, const char **values, int *lengths,
                    int *formats, struct err *e)
{
    for (int i = 0; i < t->count; i++) {
        formats[i] = 1;
    }
    if (!send_plain(p, "SAVEPOINT " SAVEPOINT_NAME) ||
        (!p->undo_prepared &&
         (PQsendPrepare(p->conn, SAVEPOINT_NAME, "ROLLBACK TO SAVEPOINT " SAVEPOINT_NAME, 0, NULL) != 1 ||
          PQpipelineSync(p->conn) != 1)) ||
        PQsendPrepare(p->conn, "", t->sql, 0, NULL) != 1 || PQpipelineSync(p->conn) != 1) {
        return pgwire_not_sent(p, "a trial", e);
    }
    for (size_t row = 0; row < rows; row++) {
        t->row(t->context, row, values, lengths);
        if (PQsendQueryPrepared(p->conn, "", t->count, values, lengths, formats, 0) != 1 ||
            PQpipelineSync(p->conn) != 1 || PQsendQueryPrepared(p->conn, SAVEPOINT_NAME, 0, NULL, NULL, NULL, 0) != 1 ||
            PQpipelineSync(p->conn) != 1) {
            return pgwire_not_sent(p, "a trial", e);
        }
        if (pgwire_flush(p, e) != 0) {
            return -1;
        }
    }
    return send_plain(p, "RELEASE SAVEPOINT " SAVEPOINT_NAME) ? pgwire_flush(p, e) : pgwire_not_sent(p, "a trial", e);
}

/* Takes the answer to one message. *refused: the server's word where it is one, else NULL; owned by the caller. 0, or
 * -1 and e: the connection is of no use. */
static int take(struct pgwire *p, int64_t *looked, PGresult **refused, struct err *e)
{
    *refused = NULL;
    for (;;) {
        PGresult *result = NULL;

        if (pgwire_next(p, 0, looked, &result, e) != 0) {
            PQclear(*refused);
            *refused = NULL;
            return -1;
        }
        if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            return 0;
        }
        if (result != NULL && pgwire_is_error(result) && *refused == NULL) {
            *refused = result;
            continue;
        }
        PQclear(result);
        /* The end of one statement's answers; that of all of them is the sync, but for a connection that is lost. */
        if (result == NULL && PQstatus(p->conn) == CONNECTION_BAD) {
            PQclear(*refused);
            *refused = NULL;
            return pgwire_lost(p, NULL, e);
        }
    }
}

/* Takes the answer to a message that is not about a row. 0, or -1 and e. */
static int expect(struct pgwire *p, int64_t *looked, struct err *e)
{
    PGresult *refused;

    if (take(p, looked, &refused, e) != 0) {
        return -1;
    }
    if (refused != NULL) {
        pgwire_refused(p, refused, e);
        PQclear(refused);
        return -1;
    }
    return 0;
}

/* 0; 1: the statement itself was refused; -1 and e. */
static int take_all(struct pgwire *p, const struct pgwire_trial *t, size_t rows, struct err *e)
{
    int64_t looked = sys_clock_ms();
    struct err lost; /* e may have what a verdict said */
    PGresult *refused;
    int result;

    if (expect(p, &looked, e) != 0 || (!p->undo_prepared && expect(p, &looked, e) != 0)) {
        return -1;
    }
    p->undo_prepared = 1;
    if (take(p, &looked, &refused, e) != 0) {
        return -1;
    }
    result = refused != NULL;
    PQclear(refused);
    for (size_t row = 0; row < rows; row++) {
        struct err why;

        if (take(p, &looked, &refused, e) != 0) {
            return -1;
        }
        err_clear(&why);
        if (refused != NULL) {
            pgwire_refused(p, refused, &why);
            PQclear(refused);
        }
        if (expect(p, &looked, &lost) != 0) {
            *e = lost;
            return -1;
        }
        if (result == 0 && t->verdict(t->context, row, refused != NULL ? &why : NULL, e) != 0) {
            result = -1; /* the answers that are left are taken all the same */
        }
    }
    if (expect(p, &looked, &lost) != 0) {
        *e = lost;
        return -1;
    }
    return result;
}

int pgwire_try_rows(struct pgwire *p, const struct pgwire_trial *t, size_t rows, struct err *e)
{
    const char **values = NULL;
    int *lengths = NULL;
    int result = -1;

    if (pgwire_run_ahead(p, e) != 0) {
        return -1;
    }
    if ((values = mem_alloc((size_t)t->count * sizeof *values + 1, e)) == NULL ||
        (lengths = mem_alloc(2 * (size_t)t->count * sizeof *lengths + 1, e)) == NULL) {
        goto done;
    }
    if (PQenterPipelineMode(p->conn) != 1) {
        pgwire_not_sent(p, "a trial", e);
        goto done;
    }
    result = send_all(p, t, rows, values, lengths, lengths + t->count, e);
    if (result == 0) {
        result = take_all(p, t, rows, e);
    }
    /* It can be left once all answers were taken; those that are left could not be told from the ones to come. */
    if (PQexitPipelineMode(p->conn) != 1) {
        if (result >= 0) {
            result = pgwire_not_sent(p, "a trial", e);
        }
        if (!p->broken) {
            pgwire_cancel(p);
        }
        p->broken = 1;
    }

done:
    mem_free(values);
    mem_free(lengths);
    return result;
}
