/* pgwire.c: libpq without blocking: connect, statements, cancel; every wait has a slice, a deadline and a way out. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pgwire_internal.h"
#include "stop.h"
#include "sys.h"
#include "thread.h"

#define OLDEST_SERVER 120000
#define SEND_MS 60000
#define PROBE_MS 30000

static void say_nothing(void *nothing, const char *message)
{
    (void)nothing;
    (void)message; /* notices would go to our standard error */
}

/* --- waiting --- */

int pgwire_stopped(struct pgwire *p, struct err *e)
{
    if (stop_signal() != 0) {
        (void)err_set(e, ERR_INTERRUPTED, "stopped by signal %d", stop_signal());
        return 1;
    }
    if (atomic_load_explicit(&p->given_up, memory_order_relaxed) ||
        (p->halt != NULL && atomic_load_explicit(p->halt, memory_order_relaxed))) {
        (void)err_set(e, ERR_INTERRUPTED, "the connection is no longer needed");
        return 1;
    }
    return 0;
}

int pgwire_wait(struct pgwire *p, short events, int64_t deadline, int64_t *looked, short *ready, struct err *e)
{
    for (;;) {
        struct pollfd wait = {.fd = PQsocket(p->conn), .events = events | POLLIN};
        int64_t now = sys_clock_ms();
        int64_t slice = PGWIRE_SLICE_MS;
        int got;

        *ready = 0;
        if (wait.fd < 0) {
            return pgwire_lost(p, NULL, e);
        }
        /* Looked at by the clock and not only after idle slices: a server that answers in drips is stopped as well. */
        if (now - *looked >= PGWIRE_SLICE_MS) {
            *looked = now;
            if (pgwire_stopped(p, e)) {
                return -1;
            }
        }
        if (deadline != 0 && now >= deadline) {
            return err_set(e, ERR_CONNECTION, "no answer from %s in time", p->address);
        }
        if (deadline != 0 && deadline - now < slice) {
            slice = deadline - now;
        }
        got = poll(&wait, 1, (int)slice);
        if (got > 0) {
            *ready = wait.revents;
            return 0;
        }
        if (got == 0) {
            /* Let libpq look: what OpenSSL has already read does not wake poll, and neither does what libpq has itself
             * read, but could not take in for lack of memory. */
            return 0;
        }
        if (got < 0 && errno != EINTR && errno != EAGAIN) {
            return pgwire_lost(p, strerror(errno), e);
        }
    }
}

int pgwire_flush(struct pgwire *p, struct err *e)
{
    int64_t looked = sys_clock_ms();
    int64_t progress = looked;
    int left;

    while ((left = PQflush(p->conn)) == 1) {
        short ready;

        if (pgwire_wait(p, POLLOUT, progress + p->send_ms, &looked, &ready, e) != 0) {
            p->broken = 1; /* half a message may be out */
            return -1;
        }
        if (ready != 0) {
            progress = sys_clock_ms(); /* the other side took something, or says something */
        }
        /* The server may be unable to go on before we have read what it says. */
        if ((ready & POLLIN) != 0 && PQconsumeInput(p->conn) == 0) {
            return pgwire_lost(p, NULL, e);
        }
    }
    return left == 0 ? 0 : pgwire_lost(p, NULL, e);
}

/* --- cancelling --- */

static void *cancel_thread(void *handle)
{
    char ignored[256];

    PQcancel(handle, ignored, sizeof ignored);
    PQfreeCancel(handle);
    return NULL;
}

void pgwire_cancel(struct pgwire *p)
{
    PGcancel *handle = PQgetCancel(p->conn);
    struct timespec until;
    pthread_t thread;
    struct err ignored;

    if (handle == NULL) {
        return;
    }
    /* PQcancel connects in the blocking way and an unreachable host would hold us for minutes, so a thread does it. */
    if (thread_start(&thread, cancel_thread, handle, &ignored) != 0) {
        PQfreeCancel(handle);
        return;
    }
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)PGWIRE_CANCEL_MS * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    if (pthread_timedjoin_np(thread, NULL, &until) != 0) {
        pthread_detach(thread);
    }
}

/* --- results --- */

int pgwire_is_error(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE;
}

int pgwire_take_in(struct pgwire *p, int64_t deadline, int64_t *looked, int64_t *probe, struct err *e)
{
    int64_t never = INT64_MAX / 2;
    int64_t until = deadline == 0 || (looked != NULL && *probe < deadline) ? *probe : deadline;
    int forgotten;
    short ready;

    if (pgwire_wait(p, POLLIN, until, looked != NULL ? looked : &never, &ready, e) == 0) {
        return PQconsumeInput(p->conn) != 0 ? 0 : pgwire_lost(p, NULL, e);
    }
    if (p->broken || e->kind == ERR_INTERRUPTED || (deadline != 0 && sys_clock_ms() >= deadline)) {
        return -1;
    }
    /* Late. The answer may come while we ask, so the caller looks once more at what is there. */
    forgotten = pgwire_is_forgotten(p) && PQconsumeInput(p->conn) != 0;
    *probe = sys_clock_ms() + p->probe_ms;
    return forgotten;
}

int pgwire_forgotten(struct pgwire *p, struct err *e)
{
    return pgwire_lost(p, "the server waits for more and does not work on what was sent", e);
}

int pgwire_next(struct pgwire *p, int64_t deadline, int64_t *looked, PGresult **result, struct err *e)
{
    int64_t probe = sys_clock_ms() + p->probe_ms;

    while (PQisBusy(p->conn)) {
        int got = pgwire_take_in(p, deadline, looked, &probe, e);

        if (got < 0) {
            return -1;
        }
        if (got > 0 && PQisBusy(p->conn)) {
            return pgwire_forgotten(p, e);
        }
    }
    *result = PQgetResult(p->conn);
    return 0;
}

/* Collects the results; *result as pgwire_collect says. 0, or -1 and e (the results so far are kept in *result). */
static int collect(struct pgwire *p, int64_t deadline, int64_t *looked, PGresult **result, struct err *e)
{
    for (;;) {
        PGresult *one = NULL;
        ExecStatusType status;

        if (pgwire_next(p, deadline, looked, &one, e) != 0) {
            return -1;
        }
        if (one == NULL) {
            return 0;
        }
        status = PQresultStatus(one);
        if (*result != NULL && pgwire_is_error(*result)) {
            PQclear(one);
        } else {
            PQclear(*result);
            *result = one;
        }
        if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
            p->broken = 1;
            return err_set(e, ERR_USAGE, "COPY is not possible as a statement");
        }
    }
}

int pgwire_collect(struct pgwire *p, int limit_ms, PGresult **result, struct err *e)
{
    int64_t looked = sys_clock_ms();
    struct err late;

    *result = NULL;
    if (collect(p, limit_ms > 0 ? looked + limit_ms : 0, &looked, result, e) == 0) {
        return 0;
    }
    if (p->broken) {
        goto failed;
    }
    /* Asked to stop, or out of time. What the server answers to the cancel decides: the statement may have ended
     * before. */
    pgwire_cancel(p);
    if (collect(p, sys_clock_ms() + PGWIRE_CANCEL_MS, NULL, result, &late) != 0) {
        p->broken = 1;
        goto failed;
    }
    if (*result != NULL && pgwire_is_error(*result)) {
        const char *sqlstate = PQresultErrorField(*result, PG_DIAG_SQLSTATE);

        if (sqlstate != NULL && strcmp(sqlstate, "57014") == 0) {
            goto failed;
        }
    }
    return 0;

failed:
    PQclear(*result);
    *result = NULL;
    return -1;
}

void pgwire_settle(struct pgwire *p, int limit_ms)
{
    int64_t deadline = sys_clock_ms() + limit_ms;
    ExecStatusType status = PGRES_EMPTY_QUERY;
    PGresult *result = NULL;
    struct err ignored;

    while (status != PGRES_COPY_IN && status != PGRES_COPY_BOTH &&
           pgwire_next(p, deadline, NULL, &result, &ignored) == 0) {
        if (result == NULL) {
            return;
        }
        status = PQresultStatus(result);
        PQclear(result);
        if (status == PGRES_COPY_OUT && pgwire_skip_rows(p, deadline) != 0) {
            break;
        }
    }
    p->broken = 1;
}

/* --- connecting --- */

/* Drives the connect to its end. 0, or -1 and e. */
static int drive(struct pgwire *p, int64_t deadline, struct err *e)
{
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    int64_t looked = sys_clock_ms();

    while (state != PGRES_POLLING_OK) {
        short ready;

        if (state == PGRES_POLLING_FAILED || PQstatus(p->conn) == CONNECTION_BAD) {
            return pgwire_connect_error(p, e);
        }
        if (PQsocket(p->conn) >= 0) {
            /* Not pgwire_wait, which is woken by input even when libpq waits to write. */
            struct pollfd wait = {.fd = PQsocket(p->conn), .events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT};

            ready = (short)poll(&wait, 1, PGWIRE_SLICE_MS);
            pgwire_address(p);
            if (sys_clock_ms() - looked >= PGWIRE_SLICE_MS) {
                looked = sys_clock_ms();
                if (stop_signal() != 0) {
                    return err_set(e, ERR_INTERRUPTED, "stopped by signal %d", stop_signal());
                }
            }
            if (sys_clock_ms() >= deadline) {
                err_set(e, ERR_CONNECTION, "no answer from %s in time", p->address);
                return err_hint(e, "check host and port, and that no firewall is in between");
            }
            if (ready <= 0) {
                continue;
            }
        }
        state = PQconnectPoll(p->conn);
    }
    pgwire_address(p);
    return 0;
}

/* Is there a PostgreSQL server of ours at the other end: new enough, UTF8, and the same backend all the time? */
static int check_server(struct pgwire *p, const PGresult *settings, struct err *e)
{
    const char *encoding = PQparameterStatus(p->conn, "server_encoding");
    const char *backend = PQgetvalue(settings, 0, 0);
    int version = PQserverVersion(p->conn);

    if (version < OLDEST_SERVER) {
        err_set(e, ERR_ENVIRONMENT, "the server at %s is PostgreSQL %d.%d, which is too old", p->address,
                version / 10000, version / 100 % 100);
        return err_hint(e, "PostgreSQL %d or newer is needed", OLDEST_SERVER / 10000);
    }
    /* A pooler makes up the key by which a session is cancelled, process number included. */
    if (atoi(backend) != PQbackendPID(p->conn)) {
        err_set(e, ERR_ENVIRONMENT,
                "a connection pooler such as PgBouncer answers at %s (its backend is %s, the announced "
                "one %d)",
                p->address, backend, PQbackendPID(p->conn));
        return err_hint(
            e, "a session that a pooler may hand from server to server loses its settings and locks: connect to "
               "the PostgreSQL server directly (often port 5432 instead of 6432)");
    }
    if (encoding == NULL || strcmp(encoding, "UTF8") != 0) {
        err_set(e, ERR_ENVIRONMENT, "database \"%.100s\" has the encoding %.40s, but UTF8 is needed", PQdb(p->conn),
                encoding != NULL ? encoding : "unknown");
        return err_hint(e, "create the database with: CREATE DATABASE \"%.100s\" ENCODING 'UTF8' TEMPLATE template0",
                        PQdb(p->conn));
    }
    return 0;
}

/* Sets what every statement of ours relies on, whatever the server, database, role or PGOPTIONS say. 0, or -1 and e. */
static int set_up(struct pgwire *p, struct err *e)
{
    static const char sql[] =
        "select pg_catalog.pg_backend_pid(), pg_catalog.set_config(s.name, s.value, false) from (values "
        "('client_encoding', 'UTF8'), ('TimeZone', 'UTC'), ('DateStyle', 'ISO, MDY'), ('IntervalStyle', 'postgres'), "
        "('extra_float_digits', '3'), ('bytea_output', 'hex'), ('standard_conforming_strings', 'on'), "
        "('search_path', 'pg_catalog'), ('default_transaction_isolation', 'read committed'), "
        "('default_transaction_read_only', 'off'), ('statement_timeout', '0'), "
        "('idle_in_transaction_session_timeout', '0'), ('synchronous_commit', 'on'), "
        /* The planner overrates our recursive questions to the catalog: compiling one takes 100 ms, running it 1 ms. */
        "('jit', 'off')) as s(name, value)";
    PGresult *settings = NULL;
    int result;

    if (pgwire_exec(p, sql, 0, NULL, &settings, e) != 0) {
        return -1;
    }
    result = check_server(p, settings, e);
    PQclear(settings);
    return result;
}

/* Has the server look after its client, where it knows how to: one that is dead, or that nothing more is heard of, must
 * not leave a statement behind that goes on for hours, nor a session that holds locks. What a server refuses of it is
 * left as it is. 0, or -1 and e. */
static int set_watch(struct pgwire *p, struct err *e)
{
    static const char sql[] =
        "select pg_catalog.set_config(s.name, s.value, false) from (values "
        "('client_connection_check_interval', '2s'), ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'), "
        "('tcp_keepalives_count', '3'), ('tcp_user_timeout', '60s')) as s(name, value) "
        "where pg_catalog.current_setting(s.name, true) is not null";

    return pgwire_exec(p, sql, 0, NULL, NULL, e) != 0 && e->kind != ERR_SERVER ? -1 : 0;
}

int pgwire_connect(struct pgwire **out, const char *conninfo, int timeout_ms, struct err *e)
{
    int64_t deadline = sys_clock_ms() + timeout_ms;
    const char *keywords[PGWIRE_OPTIONS];
    const char *values[PGWIRE_OPTIONS];
    PQconninfoOption *parsed = NULL;
    struct pgwire *p = NULL;
    int result = -1;

    *out = NULL;
    parsed = pgwire_parse(conninfo, e);
    if (parsed == NULL || (p = mem_alloc(sizeof *p, e)) == NULL || (p->conninfo = mem_copy(conninfo, e)) == NULL) {
        goto done;
    }
    p->send_ms = SEND_MS;
    p->probe_ms = PROBE_MS;
    pgwire_options(parsed, keywords, values);
    p->conn = PQconnectStartParams(keywords, values, 0);
    if (p->conn == NULL) {
        err_set(e, ERR_MEMORY, "out of memory");
        goto done;
    }
    pgwire_address(p);
    PQsetNoticeProcessor(p->conn, say_nothing, NULL);
    PQsetErrorVerbosity(p->conn, PQERRORS_VERBOSE); /* for the SQLSTATE of a refused connect */
    if (drive(p, deadline, e) != 0) {
        goto done;
    }
    PQsetErrorVerbosity(p->conn, PQERRORS_DEFAULT);
    if (PQsetnonblocking(p->conn, 1) != 0) {
        pgwire_lost(p, NULL, e);
        goto done;
    }
    p->statement_ms = (int)(deadline > sys_clock_ms() + 1000 ? deadline - sys_clock_ms() : 1000);
    if (set_up(p, e) != 0 || set_watch(p, e) != 0) {
        if (e->kind == ERR_SERVER) {
            e->kind = ERR_ENVIRONMENT; /* what follows the connect cannot be refused by a server that will do */
        }
        goto done;
    }
    p->statement_ms = 0;
    result = 0;

done:
    PQconninfoFree(parsed);
    if (result == 0) {
        *out = p;
    } else {
        pgwire_close(p);
    }
    return result;
}

void pgwire_close(struct pgwire *p)
{
    if (p == NULL) {
        return;
    }
    PQfreemem(p->row);
    bytes_free(&p->kept);
    PQfinish(p->conn);
    if (p->conninfo != NULL) {
        explicit_bzero(p->conninfo, strlen(p->conninfo));
    }
    mem_free(p->conninfo);
    mem_free(p);
}

int pgwire_alive(const struct pgwire *p)
{
    if (p->broken || PQstatus(p->conn) != CONNECTION_OK) {
        return 0;
    }
    /* A server that ended sends a last word and closes: read until there is nothing, or the end. */
    for (int i = 0; i < 8; i++) {
        struct pollfd look = {.fd = PQsocket(p->conn), .events = POLLIN};

        if (poll(&look, 1, 0) <= 0) {
            break;
        }
        if (PQconsumeInput(p->conn) == 0 || PQstatus(p->conn) != CONNECTION_OK) {
            return 0;
        }
    }
    return 1;
}
