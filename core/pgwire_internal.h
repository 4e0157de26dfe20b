/* pgwire_internal.h: what the files of pgwire share. */
#ifndef WHERRY_PGWIRE_INTERNAL_H
#define WHERRY_PGWIRE_INTERNAL_H

#include "pgwire.h"

#define PGWIRE_SLICE_MS 100  /* longest wait before stop_signal() is looked at again */
#define PGWIRE_CANCEL_MS 400 /* how long a cancel request, and then the server's answer to it, is waited for */
#define PGWIRE_OPTIONS 96    /* room for every option that libpq knows */

/* --- pgwire_conninfo.c --- */

/* Replaces every occurrence of secret in text by "****". */
void pgwire_hide(const char *secret, char *text, size_t size);

/* Fills keywords and values (PGWIRE_OPTIONS entries, NULL-ended) with the user's options and ours. The texts belong to
 * `parsed` or are static. */
void pgwire_options(const PQconninfoOption *parsed, const char **keywords, const char **values);

/* Fills p->address from the connection. */
void pgwire_address(struct pgwire *p);

/* --- pgwire_errors.c --- */

/* A connect that failed: e from libpq's message. Returns -1. */
int pgwire_connect_error(const struct pgwire *p, struct err *e);

/* The connection is lost: ERR_CONNECTION with libpq's message, or `what` when it is not NULL. Returns -1. */
int pgwire_lost(struct pgwire *p, const char *what, struct err *e);

/* libpq did not take what was to be sent (`what`, for the message). Returns -1. */
int pgwire_not_sent(struct pgwire *p, const char *what, struct err *e);

/* A result that is an error. Returns -1. */
int pgwire_refused(struct pgwire *p, const PGresult *result, struct err *e);

/* The row's number, and where the server speaks English the column ("" otherwise), from the CONTEXT of an error inside
 * a COPY into `relation`. 0 when the context names no row. */
int64_t pgwire_context_line(const char *context, const char *relation, char *column, size_t size);

/* --- pgwire_probe.c --- */

/* Asks the server by a second connection about this session: 1 when it is gone, or waits for input while we wait for
 * its answer; 0 when it works or that cannot be told. Takes some seconds at most. */
int pgwire_is_forgotten(const struct pgwire *p);

/* --- pgwire_exec.c --- */

/* Runs what pgwire_ahead left. 0, or -1 and e: that was refused, or the connection is of no use. */
int pgwire_run_ahead(struct pgwire *p, struct err *e);

/* The answer to what PQsend.. sent; `sent` is what that gave. 0, or -1 and e. */
int pgwire_take_answer(struct pgwire *p, int sent, PGresult **got, struct err *e);

/* --- pgwire.c --- */

/* Waits until the socket is ready for `events` (POLLIN, POLLOUT), or readable anyway; *ready gets what it is ready for.
 * deadline: sys_clock_ms() time, 0: none. *looked: when stop_signal() was last looked at (sys_clock_ms(); the caller
 * sets it before its first wait). 0, or -1 and e: ERR_INTERRUPTED, or ERR_CONNECTION at the deadline. */
int pgwire_wait(struct pgwire *p, short events, int64_t deadline, int64_t *looked, short *ready, struct err *e);

/* Sends what libpq has buffered. 0, or -1 and e; after a failure the connection is broken. */
int pgwire_flush(struct pgwire *p, struct err *e);

/* Whether this wait is to end: the process was asked to stop, or another thread gave the connection up. Fills e then.
 */
int pgwire_stopped(struct pgwire *p, struct err *e);

/* Waits for something to read and takes it in. deadline, looked: as pgwire_next. *probe: when the server is asked next
 * whether it is at work, sys_clock_ms(). 0; 1: it is not at work, so if there is still no answer none will come; -1 and
 * e. */
int pgwire_take_in(struct pgwire *p, int64_t deadline, int64_t *looked, int64_t *probe, struct err *e);

/* Fills e for an answer that will not come. Returns -1. */
int pgwire_forgotten(struct pgwire *p, struct err *e);

/* Waits for the next result of the command under way, NULL at its end. deadline, looked: as pgwire_wait; looked NULL:
 * stop requests are not looked at. When it takes longer than probe_ms the server is asked whether it is at work. 0, or
 * -1 and e. */
int pgwire_next(struct pgwire *p, int64_t deadline, int64_t *looked, PGresult **result, struct err *e);

/* Collects all results of the command under way. *result: the last one, or the first that is an error. On a stop, or
 * when limit_ms (0: none) passes, the command is cancelled. 0, or -1 and e (then *result is NULL). */
int pgwire_collect(struct pgwire *p, int limit_ms, PGresult **result, struct err *e);

/* True for a result that is a refusal, or none at all. */
int pgwire_is_error(const PGresult *result);

/* Waits up to limit_ms for the command under way to end, throws its results away and looks at no stop. Breaks the
 * connection when it does not end. */
void pgwire_settle(struct pgwire *p, int limit_ms);

/* Asks the server to cancel the command under way, for PGWIRE_CANCEL_MS at most. */
void pgwire_cancel(struct pgwire *p);

/* --- pgwire_copy.c, pgwire_copy_out.c --- */

#define PGWIRE_ABORT_MS 5000 /* how long the end of a COPY that was given up is waited for */

/* Sends a COPY statement and waits until the server takes it for one in this direction. 0, or -1 and e. */
int pgwire_copy_open(struct pgwire *p, const char *sql, ExecStatusType direction, struct err *e);

/* Takes the messages of a COPY TO STDOUT and throws them away, until there are no more. 0, or -1: not until the
 * deadline (sys_clock_ms() time), or the connection is lost. */
int pgwire_skip_rows(struct pgwire *p, int64_t deadline);

/* Gives up a COPY TO STDOUT. */
void pgwire_copy_out_abort(struct pgwire *p);

#endif
