/* pgwire.h: libpq, non-blocking, with deadlines of our own (after a failed send libpq itself waits for ever).
 * Every wait also looks at stop_signal() at least every 100 ms; on a stop the running statement is cancelled. */
#ifndef WHERRY_PGWIRE_H
#define WHERRY_PGWIRE_H

#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdint.h>

#include "mem.h"

struct pgwire {
    PGconn *conn;     /* owned */
    char *conninfo;   /* owned; may hold a password: never shown */
    int statement_ms; /* deadline of a statement that sends nothing back, ms; 0: none */
    int send_ms;      /* deadline of a send that makes no progress, ms; 60,000 after the connect */
    int probe_ms; /* an answer that takes longer makes us ask the server what it does, ms; 30,000 after the connect */
    int broken;   /* given up: an answer is still outstanding, or the connection is lost */
    char address[300];      /* where it is connected to, for messages: "host:port" or the socket's path */
    char ahead[600];        /* statements that pgwire_ahead left to be run, each with a semicolon */
    char copying[256];      /* the table of the COPY under way, as the server's CONTEXT names it; "" when unknown */
    struct bytes kept;      /* owned: rows of the COPY under way that are not worth a send() of their own yet */
    int copying_out;        /* a COPY TO STDOUT is under way */
    int rows;               /* rows of a statement are under way */
    int rows_in_block;      /* and they are within a transaction that was begun before */
    int64_t rows_looked;    /* when a stop was last looked for while they came, sys_clock_ms() */
    char *row;              /* owned: what pgwire_copy_get gave last */
    int undo_prepared;      /* pgwire_try_rows has prepared its statement in this session */
    atomic_int given_up;    /* set by another thread: every wait ends as if the process had been asked to stop */
    const atomic_int *halt; /* not owned, NULL: none. Not 0: the same, as long as the connection's user lets it stand */
};

/* Connects with client_encoding UTF8, TimeZone UTC, DateStyle ISO, extra_float_digits 3, search_path pg_catalog,
 * application_name "wherry", standard_conforming_strings on, transactions read committed and read write;
 * statement_timeout and lock_timeout as the server has them; TCP keepalives and tcp_user_timeout. ERR_ENVIRONMENT: the
 * server said no (password, database, rights, sslmode, version < 12, not UTF8, PgBouncer in transaction mode with a
 * hint); ERR_CONNECTION: it could not be reached (worth a retry). Messages never hold the password. timeout_ms: the
 * whole connect. Free with pgwire_close. 0, or -1 and e. */
int pgwire_connect(struct pgwire **out, const char *conninfo, int timeout_ms, struct err *e);
void pgwire_close(struct pgwire *p);

/* Runs one statement with text parameters (NULL entries are SQL NULL); *result is owned by the caller (PQclear). A
 * refusal is ERR_SERVER with sqlstate, the server's message and detail (passwords masked), and its hint; a lost
 * connection, a deadline passed, or SQLSTATE class 08 or 57P0x is ERR_CONNECTION. result may be NULL when no rows are
 * wanted. After a stop the statement is cancelled once it has run for 100 ms, and that is ERR_INTERRUPTED; quick ones
 * still succeed, so a state can be saved. One that ended in spite of the cancel counts as done. A statement may take
 * any time, but when a second connection finds that the server waits for us (what was sent is lost) or does not know
 * this session any more, that is ERR_CONNECTION. */
int pgwire_exec(struct pgwire *p, const char *sql, int count, const char *const *values, PGresult **result,
                struct err *e);

/* As pgwire_exec, with parameters in the binary format of their types. */
struct pgwire_parameters {
    int count;
    const uint32_t *types;
    const char *const *values;
    const int *lengths;
};
int pgwire_exec_binary(struct pgwire *p, const char *sql, const struct pgwire_parameters *parameters, PGresult **result,
                       struct err *e);

/* Rows that are tried with a statement, within a transaction, without being kept. */
struct pgwire_trial {
    const char *sql; /* its parameters are in the binary format of the types that the server infers */
    int count;       /* parameters */
    /* Gives the parameters of a row: NULL is SQL NULL. They have to be valid until the next call. */
    void (*row)(void *context, size_t row, const char **values, int *lengths);
    /* Told of each row, in their order: `why` as pgwire_exec says, NULL: the server took it. 0, or -1 and e. */
    int (*verdict)(void *context, size_t row, const struct err *why, struct err *e);
    void *context;
};

/* Tries each row (there is at least one) for itself and undoes it, all in one journey to the server. 0; 1: the
 * statement itself was refused, and no verdict was given; -1 and e: of a verdict, or the connection is broken. */
int pgwire_try_rows(struct pgwire *p, const struct pgwire_trial *t, size_t rows, struct err *e);

/* Leaves a statement without parameters and rows to be run ahead of the next one: with a COPY in the same message,
 * which saves a journey to the server. Whatever is refused of it fails that next one. NULL: what was left is not run.
 */
void pgwire_ahead(struct pgwire *p, const char *sql);

/* COPY: begin, any number of puts, then end (which gives the server's row count) or abort (which leaves the connection
 * inside a failed transaction). A refusal that the server makes in the middle is found at the latest by
 * pgwire_copy_end; then e is ERR_SERVER and *line (may be NULL) the number of the refused row in this COPY, or 0 where
 * the server's context does not name it (read from the CONTEXT's digits, whatever the server's language). A put that
 * makes no progress for send_ms is ERR_CONNECTION. After a put or end that failed, call abort (harmless when no COPY is
 * open). */
int pgwire_copy_begin(struct pgwire *p, const char *sql, struct err *e);
int pgwire_copy_put(struct pgwire *p, const void *data, size_t length, struct err *e);
int pgwire_copy_end(struct pgwire *p, int64_t *rows, int64_t *line, struct err *e);
void pgwire_copy_abort(struct pgwire *p);

/* COPY TO STDOUT: begin, then get until it says that there is no more. get: 1 and a message of the server (one row; the
 * first one holds the header of the binary format, too), which is valid until the next call; 0: the end, and *data
 * holds nothing; -1 and e. A statement that fails in the middle is ERR_SERVER, with the server's words. rows: what the
 * server counts at the end, may be NULL. It is never late for a server that works on the statement; one that has
 * forgotten it is ERR_CONNECTION. drop frees the message before the next call. pgwire_copy_abort gives up in the
 * middle: the statement is cancelled. */
int pgwire_copy_out_begin(struct pgwire *p, const char *sql, struct err *e);
int pgwire_copy_get(struct pgwire *p, const char **data, size_t *length, int64_t *rows, struct err *e);
void pgwire_copy_drop(struct pgwire *p);

/* Parameters of which each has a format of its own: 0 text, 1 binary. A type 0 is left to the server. */
struct pgwire_values {
    int count;
    const uint32_t *types;
    const char *const *values; /* NULL: SQL NULL */
    const int *lengths;        /* of binary ones */
    const int *formats;
};

/* The columns that a statement will give (PQnfields, PQfname, PQftype, PQfmod); it is not run. *described is owned by
 * the caller. 0, or -1 and e. */
int pgwire_describe(struct pgwire *p, const char *sql, const struct pgwire_values *v, PGresult **described,
                    struct err *e);

/* Rows of one statement as they come: begin, then next until it says that there is no more. next: 1 and a result of one
 * row, in the binary format; 0 and what the server says of the end (PQcmdStatus, PQcmdTuples); -1 and e, as
 * pgwire_exec, and then the statement has ended. *result is owned by the caller. On a stop the statement is cancelled.
 * abort gives the rest up: within a transaction it is read and thrown away, since a cancel would spoil the
 * transaction; it is harmless when no rows are under way. */
int pgwire_rows_begin(struct pgwire *p, const char *sql, const struct pgwire_values *v, struct err *e);
int pgwire_rows_next(struct pgwire *p, PGresult **result, struct err *e);
void pgwire_rows_abort(struct pgwire *p);

/* 1 when the connection is usable, else 0. */
int pgwire_alive(const struct pgwire *p);

/* Parses a conninfo string or URI as libpq does, and refuses a URI whose password was not percent-encoded. The options
 * come as a list ended by keyword NULL (PQconninfoFree), or NULL and e (ERR_USAGE, password masked). */
PQconninfoOption *pgwire_parse(const char *conninfo, struct err *e);

/* Replaces every occurrence of the conninfo's passwords in text by "****", in place, and whatever has the look of a
 * password (://user:secret@, password=secret). conninfo may be NULL. size: the buffer's; what does not fit is cut. */
void pgwire_mask(const char *conninfo, char *text, size_t size);

#endif
