/* pgwire_exec.c: one statement and its answer, and statements that go ahead of another one. */
#include <stdio.h>
#include <string.h>

#include "pgwire_internal.h"

void pgwire_ahead(struct pgwire *p, const char *sql)
{
    size_t used = strlen(p->ahead);

    if (sql == NULL) {
        p->ahead[0] = '\0';
    } else if (used + strlen(sql) + 3 < sizeof p->ahead) {
        (void)snprintf(p->ahead + used, sizeof p->ahead - used, "%s; ", sql);
    } else {
        /* A mistake of ours, which the server refuses. */
        (void)snprintf(p->ahead, sizeof p->ahead, "too much was left to be run; ");
    }
}

int pgwire_take_answer(struct pgwire *p, int sent, PGresult **got, struct err *e)
{
    *got = NULL;
    if (sent == 0) {
        return pgwire_not_sent(p, "a statement", e);
    }
    if (pgwire_flush(p, e) != 0 || pgwire_collect(p, p->statement_ms, got, e) != 0) {
        return -1;
    }
    if (*got == NULL) {
        return pgwire_lost(p, NULL, e);
    }
    if (!pgwire_is_error(*got)) {
        return 0;
    }
    pgwire_refused(p, *got, e);
    PQclear(*got);
    *got = NULL;
    return -1;
}

int pgwire_run_ahead(struct pgwire *p, struct err *e)
{
    PGresult *got = NULL;

    if (p->broken || PQstatus(p->conn) == CONNECTION_BAD) {
        return pgwire_lost(p, p->broken ? "it was given up before" : NULL, e);
    }
    if (p->ahead[0] != '\0') {
        int sent = PQsendQuery(p->conn, p->ahead);

        p->ahead[0] = '\0';
        if (pgwire_take_answer(p, sent, &got, e) != 0) {
            return -1;
        }
        PQclear(got);
    }
    return 0;
}

int pgwire_exec(struct pgwire *p, const char *sql, int count, const char *const *values, PGresult **result,
                struct err *e)
{
    PGresult *got = NULL;

    if (result != NULL) {
        *result = NULL;
    }
    if (pgwire_run_ahead(p, e) != 0 ||
        pgwire_take_answer(p, PQsendQueryParams(p->conn, sql, count, NULL, values, NULL, NULL, 0), &got, e) != 0) {
        return -1;
    }
    if (result != NULL) {
        *result = got;
    } else {
        PQclear(got);
    }
    return 0;
}

int pgwire_exec_binary(struct pgwire *p, const char *sql, const struct pgwire_parameters *parameters, PGresult **result,
                       struct err *e)
{
    enum { MOST = 64 };
    int formats[MOST];

    *result = NULL;
    if (parameters->count > MOST) {
        return err_set(e, ERR_INTERNAL, "%d parameters are more than %d", parameters->count, (int)MOST);
    }
    for (int i = 0; i < parameters->count; i++) {
        formats[i] = 1;
    }
    return pgwire_run_ahead(p, e) != 0
               ? -1
               : pgwire_take_answer(p,
                                    PQsendQueryParams(p->conn, sql, parameters->count, parameters->types,
                                                      parameters->values, parameters->lengths, formats, 0),
                                    result, e);
}
