/* pgwire_copy.c: COPY FROM STDIN, sent without blocking and in pieces, so that libpq's buffer stays small.
 *
 * While a COPY is open libpq does not parse an error of the server: the server throws away what still comes and the
 * refusal is found at the end. A connection that dies is found by the send. */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pgwire_internal.h"
#include "stop.h"
#include "sys.h"

/* What libpq makes one send() of: it has five bytes of its own in front of each message, and sends 8 kB at a time while
 * there are as many. */
#define PIECE (65536 - 5)

/* The table's bare name out of `COPY "schema"."name" (...) FROM ...`, which is how the server's CONTEXT calls it. */
static void find_table(const char *sql, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    sql += strspn(sql, " \t\n");
    if (strncasecmp(sql, "copy", 4) != 0) {
        return;
    }
    sql += 4;
    sql += strspn(sql, " \t\n");
    while (*sql != '\0') {
        used = 0;
        if (*sql == '"') {
            for (sql++; *sql != '\0' && !(sql[0] == '"' && sql[1] != '"'); sql++) {
                sql += *sql == '"';
                if (used + 1 < size) {
                    out[used++] = *sql;
                }
            }
            sql += *sql == '"';
        } else {
            for (; *sql != '\0' && strchr(". \t\n(", *sql) == NULL; sql++) {
                if (used + 1 < size) {
                    out[used++] = *sql;
                }
            }
        }
        out[used] = '\0';
        if (*sql != '.') {
            return;
        }
        sql++;
    }
}

/* Sends the COPY behind what was left to be run ahead of it. 0, or -1 and e (ERR_MEMORY); *sent: as PQsendQuery. */
static int send_copy(struct pgwire *p, const char *sql, int *sent, struct err *e)
{
    struct bytes both = {0};
    int failed = -1;

    if (p->ahead[0] == '\0') {
        *sent = PQsendQuery(p->conn, sql);
        return 0;
    }
    if (bytes_append(&both, p->ahead, strlen(p->ahead), e) == 0 && bytes_append(&both, sql, strlen(sql) + 1, e) == 0) {
        *sent = PQsendQuery(p->conn, (const char *)both.data);
        p->ahead[0] = '\0';
        failed = 0;
    }
    bytes_free(&both);
    return failed;
}

int pgwire_copy_open(struct pgwire *p, const char *sql, ExecStatusType direction, struct err *e)
{
    PGresult *result = NULL;
    int sent = 0;
    int64_t looked = sys_clock_ms();
    struct err late;

    if (p->broken || PQstatus(p->conn) == CONNECTION_BAD) {
        return pgwire_lost(p, p->broken ? "it was given up before" : NULL, e);
    }
    if (send_copy(p, sql, &sent, e) != 0) {
        return -1;
    }
    if (sent == 0) {
        return pgwire_not_sent(p, "COPY", e);
    }
    if (pgwire_flush(p, e) != 0) {
        return -1;
    }
    /* The answer may wait for the table's lock. Before it come those to what was sent ahead. */
    int64_t deadline = p->statement_ms > 0 ? looked + p->statement_ms : 0;
    do {
        PQclear(result);
        result = NULL;
        if (pgwire_next(p, deadline, &looked, &result, e) != 0) {
            if (!p->broken) {
                pgwire_cancel(p);
                pgwire_settle(p, PGWIRE_CANCEL_MS);
            }
            return -1;
        }
    } while (PQresultStatus(result) == PGRES_COMMAND_OK);
    if (PQresultStatus(result) == direction) {
        PQclear(result);
        return 0;
    }
    if (PQresultStatus(result) == PGRES_FATAL_ERROR) {
        pgwire_refused(p, result, e);
    } else {
        err_set(e, ERR_INTERNAL, "the server did not take the statement for a COPY %s",
                direction == PGRES_COPY_IN ? "FROM STDIN" : "TO STDOUT");
    }
    PQclear(result);
    if (pgwire_collect(p, PGWIRE_ABORT_MS, &result, &late) == 0) {
        PQclear(result);
    }
    return -1;
}

int pgwire_copy_begin(struct pgwire *p, const char *sql, struct err *e)
{
    if (pgwire_copy_open(p, sql, PGRES_COPY_IN, e) != 0) {
        return -1;
    }
    find_table(sql, p->copying, sizeof p->copying);
    return 0;
}

/* Gives libpq a message of the COPY, which sends of it what it can. 0, or -1 and e. */
static int give_piece(struct pgwire *p, const void *data, size_t length, struct err *e)
{
    int took;

    while ((took = PQputCopyData(p->conn, data, (int)length)) == 0) {
        if (pgwire_flush(p, e) != 0) {
            return -1;
        }
    }
    return took < 0 ? pgwire_not_sent(p, "COPY data", e) : 0;
}

int pgwire_copy_put(struct pgwire *p, const void *data, size_t length, struct err *e)
{
    const unsigned char *rest = data;
    struct bytes *kept = &p->kept;

    if (p->broken) {
        return pgwire_lost(p, "it was given up before", e);
    }
    while (length > 0) {
        const unsigned char *piece = rest;
        size_t some = PIECE - kept->length < length ? PIECE - kept->length : length;

        if (some < PIECE) {
            if (bytes_reserve(kept, PIECE - kept->length, e) != 0 || bytes_append(kept, rest, some, e) != 0) {
                return -1;
            }
            piece = kept->data;
        }
        rest += some;
        length -= some;
        if (kept->length > 0 && kept->length < PIECE) {
            return 0; /* it goes with what follows */
        }
        kept->length = 0;
        if (give_piece(p, piece, PIECE, e) != 0 || pgwire_flush(p, e) != 0) {
            return -1;
        }
    }
    return 0;
}

/* Ends the COPY, with success or (message not NULL) as a failure of ours. 0, or -1 and e. */
static int send_end(struct pgwire *p, const char *message, struct err *e)
{
    int took;

    while ((took = PQputCopyEnd(p->conn, message)) == 0) {
        if (pgwire_flush(p, e) != 0) {
            return -1;
        }
    }
    return took < 0 ? pgwire_lost(p, NULL, e) : pgwire_flush(p, e);
}

int pgwire_copy_end(struct pgwire *p, int64_t *rows, int64_t *line, struct err *e)
{
    PGresult *result = NULL;
    int failed = -1;

    *rows = 0;
    if (line != NULL) {
        *line = 0;
    }
    if (p->broken) {
        pgwire_lost(p, "it was given up before", e);
        goto done;
    }
    if ((p->kept.length > 0 && give_piece(p, p->kept.data, p->kept.length, e) != 0) || send_end(p, NULL, e) != 0 ||
        pgwire_collect(p, p->statement_ms, &result, e) != 0) {
        goto done;
    }
    if (result == NULL) {
        pgwire_lost(p, NULL, e);
        goto done;
    }
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
        const char *context = PQresultErrorField(result, PG_DIAG_CONTEXT);
        char column[256];

        pgwire_refused(p, result, e);
        if (line != NULL && context != NULL && e->kind == ERR_SERVER) {
            *line = pgwire_context_line(context, p->copying, column, sizeof column);
        }
        goto done;
    }
    *rows = strtoll(PQcmdTuples(result), NULL, 10);
    failed = 0;

done:
    PQclear(result);
    p->kept.length = 0;
    p->copying[0] = '\0';
    return failed;
}

void pgwire_copy_abort(struct pgwire *p)
{
    struct err ignored;

    p->kept.length = 0;
    p->copying[0] = '\0';
    if (p->copying_out) {
        pgwire_copy_out_abort(p);
        return;
    }
    if (p->broken || PQstatus(p->conn) == CONNECTION_BAD || PQtransactionStatus(p->conn) != PQTRANS_ACTIVE) {
        return;
    }
    /* Asked to stop there is no time for a server that is busy with what it already has. */
    if (stop_signal() != 0) {
        pgwire_cancel(p);
    }
    if (send_end(p, "given up by wherry", &ignored) == 0) {
        pgwire_settle(p, stop_signal() != 0 ? PGWIRE_CANCEL_MS : PGWIRE_ABORT_MS);
    } else {
        p->broken = 1;
    }
}
