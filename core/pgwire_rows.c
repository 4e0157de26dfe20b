/* pgwire_rows.c: the rows of one statement, one at a time: nothing is kept of them but what the sockets hold. */
#include "pgwire_internal.h"
#include "stop.h"
#include "sys.h"

enum { REST_MS = 100 }; /* how long the rest of rows that nobody wants is read before the statement is cancelled */

int pgwire_describe(struct pgwire *p, const char *sql, const struct pgwire_values *v, PGresult **described,
                    struct err *e)
{
    PGresult *prepared = NULL;

    *described = NULL;
    if (pgwire_run_ahead(p, e) != 0 ||
        pgwire_take_answer(p, PQsendPrepare(p->conn, "", sql, v->count, v->types), &prepared, e) != 0) {
        return -1;
    }
    PQclear(prepared);
    return pgwire_take_answer(p, PQsendDescribePrepared(p->conn, ""), described, e);
}

int pgwire_rows_begin(struct pgwire *p, const char *sql, const struct pgwire_values *v, struct err *e)
{
    if (pgwire_run_ahead(p, e) != 0) {
        return -1;
    }
    p->rows_in_block = PQtransactionStatus(p->conn) != PQTRANS_IDLE;
    if (PQsendQueryParams(p->conn, sql, v->count, v->types, v->values, v->lengths, v->formats, 1) == 0) {
        return pgwire_not_sent(p, "a statement", e);
    }
    (void)PQsetSingleRowMode(p->conn);
    p->rows = 1;
    p->rows_looked = sys_clock_ms();
    if (pgwire_flush(p, e) != 0) {
        p->rows = 0;
        return -1;
    }
    return 0;
}

/* The wait was ended by a stop, or the connection is of no use any more. Returns -1. */
static int give_up(struct pgwire *p)
{
    p->rows = 0;
    if (!p->broken) {
        pgwire_cancel(p);
        pgwire_settle(p, PGWIRE_ABORT_MS);
    }
    return -1;
}

/* Where rows come faster than they are taken there is never a wait that would look. What is done at once is done even
 * after a stop, so that a state can be saved. */
static int is_stopped(struct pgwire *p, struct err *e)
{
    int64_t now = sys_clock_ms();

    if (now - p->rows_looked < PGWIRE_SLICE_MS) {
        return 0;
    }
    p->rows_looked = now;
    return pgwire_stopped(p, e);
}

int pgwire_rows_next(struct pgwire *p, PGresult **result, struct err *e)
{
    PGresult *last = NULL;

    *result = NULL;
    if (!p->rows) {
        return 0;
    }
    for (;;) {
        PGresult *got = NULL;

        if (is_stopped(p, e) || pgwire_next(p, 0, &p->rows_looked, &got, e) != 0) {
            PQclear(last);
            return give_up(p);
        }
        switch (got == NULL ? PGRES_EMPTY_QUERY : PQresultStatus(got)) {
        case PGRES_SINGLE_TUPLE:
            *result = got;
            return 1;
        case PGRES_EMPTY_QUERY:
        case PGRES_COMMAND_OK:
        case PGRES_TUPLES_OK:
            if (got != NULL) {
                PQclear(last);
                last = got;
                break;
            }
            p->rows = 0;
            *result = last;
            return 0;
        case PGRES_FATAL_ERROR:
        case PGRES_BAD_RESPONSE:
            p->rows = 0;
            (void)pgwire_refused(p, got, e);
            PQclear(got);
            PQclear(last);
            if (!p->broken) {
                pgwire_settle(p, PGWIRE_ABORT_MS);
            }
            return -1;
        default:
            PQclear(got);
            PQclear(last);
            p->rows = 0;
            p->broken = 1;
            return err_set(e, ERR_USAGE, "COPY is not possible as a statement");
        }
    }
}

void pgwire_rows_abort(struct pgwire *p)
{
    int64_t begun = sys_clock_ms();
    PGresult *got = NULL;
    struct err ignored;

    if (!p->rows) {
        return;
    }
    while (!p->broken && (p->rows_in_block || sys_clock_ms() - begun < REST_MS) && !is_stopped(p, &ignored) &&
           pgwire_next(p, p->rows_in_block ? 0 : begun + REST_MS, &p->rows_looked, &got, &ignored) == 0) {
        if (got == NULL) {
            p->rows = 0;
            return;
        }
        PQclear(got);
    }
    (void)give_up(p);
}
