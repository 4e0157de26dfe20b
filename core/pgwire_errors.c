/* pgwire_errors.c: what libpq and the server say, as errors of ours: one line, without passwords, with the place. */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pgwire_internal.h"

/* A password that is the user's or the database's own name is no secret that messages could keep: they show the name.
 */
static int is_name_of_place(const struct pgwire *p, const char *password)
{
    const char *user = p->conn != NULL ? PQuser(p->conn) : NULL;
    const char *database = p->conn != NULL ? PQdb(p->conn) : NULL;

    return password != NULL &&
           ((user != NULL && strcmp(user, password) == 0) || (database != NULL && strcmp(database, password) == 0));
}

static void hide_all(const struct pgwire *p, struct err *e)
{
    const char *used = p->conn != NULL ? PQpass(p->conn) : NULL; /* may come from PGPASSWORD or a password file */

    if (is_name_of_place(p, used)) {
        return;
    }
    pgwire_hide(used, e->message, sizeof e->message);
    pgwire_hide(used, e->hint, sizeof e->hint);
    pgwire_mask(p->conninfo, e->message, sizeof e->message);
    pgwire_mask(p->conninfo, e->hint, sizeof e->hint);
}

/* Copies text into out as one line: line ends and runs of blanks become one blank. */
static void one_line(const char *text, size_t length, char *out, size_t size)
{
    size_t used = 0;
    int blank = 0;

    for (size_t i = 0; i < length && used + 2 < size; i++) {
        if (isspace((unsigned char)text[i])) {
            blank = used > 0;
            continue;
        }
        if (blank) {
            out[used++] = ' ';
            blank = 0;
        }
        out[used++] = text[i];
    }
    out[used] = '\0';
}

/* --- a connect that failed --- */

/* With verbose errors libpq writes "SEVERITY:  SQLSTATE: message", whatever the language. Returns what begins at the
 * SQLSTATE, or NULL. */
static const char *find_sqlstate(const char *line)
{
    for (const char *at = strstr(line, ":  "); at != NULL; at = strstr(at + 1, ":  ")) {
        size_t length = strspn(at + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");

        if (length == 5 && at[8] == ':' && at[9] == ' ') {
            return at + 3;
        }
    }
    return NULL;
}

static int contains_any(const char *text, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strcasestr(text, *words) != NULL) {
            return 1;
        }
    }
    return 0;
}

static int starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Without a SQLSTATE the server did not speak: either it was not reached, or libpq gave up for a reason of its own. */
static enum err_kind kind_of_text(const char *text)
{
    static const char *const unreachable[] = {"could not translate",
                                              "SYSCALL",
                                              "closed the connection",
                                              "unexpected eof",
                                              "could not receive",
                                              "could not send",
                                              "timeout",
                                              "timed out",
                                              NULL};
    static const char *const settings[] = {"SSL",
                                           "certificate",
                                           "password",
                                           "authentication",
                                           "SASL",
                                           "SCRAM",
                                           "GSS",
                                           "channel binding",
                                           "invalid ",
                                           "service file",
                                           "definition of service",
                                           "permission denied",
                                           "requirepeer",
                                           "too long",
                                           "is not readable",
                                           NULL};
    const char *reason = starts_with(text, "connection to ") ? strstr(text, "failed: ") : NULL;

    if (reason == NULL) {
        reason = text; /* behind "failed: " no host's name can be taken for a reason */
    }
    if (contains_any(reason, unreachable)) {
        return ERR_CONNECTION;
    }
    return contains_any(reason, settings) ? ERR_ENVIRONMENT : ERR_CONNECTION;
}

/* Classes that pass by themselves: connection, too many connections and the like, starting up and shutting down. */
static enum err_kind kind_of_sqlstate(const char *sqlstate)
{
    if (strcmp(sqlstate, "08P01") == 0) {
        return ERR_ENVIRONMENT; /* a pooler that does not know a startup option says it in every attempt */
    }
    return starts_with(sqlstate, "08") || starts_with(sqlstate, "53") || starts_with(sqlstate, "57P0")
               ? ERR_CONNECTION
               : ERR_ENVIRONMENT;
}

static void connect_hint(const struct pgwire *p, const char *text, struct err *e)
{
    const char *database = PQdb(p->conn) != NULL ? PQdb(p->conn) : "";
    const char *user = PQuser(p->conn) != NULL ? PQuser(p->conn) : "";

    if (strcmp(e->sqlstate, "28P01") == 0) {
        err_hint(
            e, "check user and password (PGPASSWORD or ~/.pgpass keep it off the command line; special characters of a "
               "URL's password are percent-encoded, @ is %%40)");
    } else if (starts_with(e->sqlstate, "28")) {
        err_hint(e,
                 "the role may not exist, or the server's pg_hba.conf does not let user \"%.100s\" into database "
                 "\"%.100s\" from here in this way (an sslmode may be missing)",
                 user, database);
    } else if (strcmp(e->sqlstate, "3D000") == 0) {
        err_hint(e, "create the database first: CREATE DATABASE \"%.100s\" ENCODING 'UTF8' TEMPLATE template0",
                 database);
    } else if (strcmp(e->sqlstate, "42501") == 0) {
        err_hint(e, "ask the database's owner for: GRANT CONNECT ON DATABASE \"%.100s\" TO \"%.100s\"", database, user);
    } else if (strcmp(e->sqlstate, "53300") == 0) {
        err_hint(e, "the server has no free connection: close others, or raise max_connections");
    } else if (strcmp(e->sqlstate, "08P01") == 0) {
        err_hint(e, "if this is a connection pooler such as PgBouncer, connect to the PostgreSQL server directly");
    } else if (e->sqlstate[0] != '\0') {
        return;
    } else if (strcasestr(text, "invalid response to SSL negotiation") != NULL) {
        err_hint(e, "what answers there is no PostgreSQL server: check host and port");
    } else if (strcasestr(text, "no password supplied") != NULL) {
        err_hint(e, "give the password in the URL, in PGPASSWORD or in ~/.pgpass");
    } else if (e->kind == ERR_ENVIRONMENT &&
               (strcasestr(text, "SSL") != NULL || strcasestr(text, "certificate") != NULL)) {
        err_hint(e, "check sslmode and its certificates (sslrootcert) against what the server offers");
    } else if (e->kind == ERR_CONNECTION) {
        err_hint(e, "check that the server runs and that host and port are right");
    } else {
        err_hint(e, "correct the connection string, or the PG* variables that complete it");
    }
}

/* What the attempts on all hosts and addresses amount to. */
struct verdict {
    enum err_kind kind;
    char sqlstate[6];
    char text[1024]; /* the attempts, one after the other */
};

/* Takes one attempt in; a server that said no decides over one that was not reached. */
static void take_attempt(struct verdict *v, const char *line)
{
    const char *state = find_sqlstate(line);
    size_t used = strlen(v->text);
    enum err_kind kind;
    char sqlstate[6] = "";

    if (state != NULL) {
        memcpy(sqlstate, state, 5);
        kind = kind_of_sqlstate(sqlstate);
    } else {
        kind = kind_of_text(line);
    }
    if (v->kind != ERR_ENVIRONMENT) {
        v->kind = kind;
        memcpy(v->sqlstate, sqlstate, sizeof sqlstate);
    }
    if (state != NULL) { /* "... failed: FATAL:  28P01: text" is shown without its SQLSTATE */
        snprintf(v->text + used, sizeof v->text - used, "%s%.*s%s", used > 0 ? "; " : "", (int)(state - line) - 1, line,
                 state + 6);
    } else {
        snprintf(v->text + used, sizeof v->text - used, "%s%s", used > 0 ? "; " : "", line);
    }
}

int pgwire_connect_error(const struct pgwire *p, struct err *e)
{
    const char *said = PQerrorMessage(p->conn);
    struct verdict v = {.kind = ERR_NONE};

    while (*said != '\0') {
        size_t length = strcspn(said, "\n");
        char line[512];

        /* Between the attempts stand details, hints and the place in the server's source. */
        if (v.kind == ERR_NONE || starts_with(said, "connection to ") || starts_with(said, "could not ")) {
            snprintf(line, sizeof line, "%.*s", (int)(length < sizeof line ? length : sizeof line - 1), said);
            take_attempt(&v, line);
        }
        said += length;
        said += *said == '\n';
    }
    if (v.kind == ERR_NONE) {
        v.kind = ERR_CONNECTION;
        snprintf(v.text, sizeof v.text, "the connection failed");
    }
    if (starts_with(v.text, "connection to ")) {
        err_set(e, v.kind, "%s", v.text);
    } else {
        err_set(e, v.kind, "%s: %s", p->address, v.text);
    }
    memcpy(e->sqlstate, v.sqlstate, sizeof v.sqlstate);
    connect_hint(p, v.text, e);
    hide_all(p, e);
    return -1;
}

/* --- a connection that is lost, a statement that is refused --- */

int pgwire_lost(struct pgwire *p, const char *what, struct err *e)
{
    const char *said = what != NULL ? what : PQerrorMessage(p->conn);
    char line[600];

    one_line(said, strcspn(said, "\n"), line, sizeof line);
    p->broken = 1;
    err_set(e, ERR_CONNECTION, "connection to %s lost: %s", p->address, line[0] != '\0' ? line : "no reason given");
    hide_all(p, e);
    return -1;
}

static const char *field(const PGresult *result, int code)
{
    const char *text = PQresultErrorField(result, code);

    return text != NULL ? text : "";
}

/* What to do about a refusal of which the server itself says nothing. The longest prefix comes first. */
static const char *refusal_hint(const char *sqlstate)
{
    static const struct {
        const char *prefix;
        const char *hint;
    } hints[] = {
        {"23502", "fill the column in the source, or let the target column take NULL"},
        {"23503", "correct the row in the source, or load the row that it refers to"},
        {"23505", "the target allows the value once: correct the source, or drop the constraint in the target"},
        {"23514", "correct the row in the source, or change the constraint (or the partitions) of the target"},
        {"23", "correct the row in the source, or change the constraint in the target"},
        {"22", "correct the value in the source, or give the target column a type that takes it"},
        {"42501", "ask the owner of the object for the right (GRANT), or run as another role"},
        {"53100", "make room on the server's disk, then go on"},
        {"54000",
         "a row has to fit a page of 8 kB after its long values moved out: leave columns out, or split the table"},
        {"55P03", "somebody else has locked the object: wait for the other session, or end it"},
        {"57014", "the statement was cancelled, or took longer than the server's statement_timeout: raise it"},
    };

    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        if (starts_with(sqlstate, hints[i].prefix)) {
            return hints[i].hint;
        }
    }
    return NULL;
}

/* libpq had no memory: what it was about did not happen, or its answer is lost. Returns -1. */
static int out_of_memory(struct pgwire *p, const char *what, struct err *e)
{
    p->broken = 1;
    err_set(e, ERR_MEMORY, "libpq: out of memory for %s %s", what, p->address);
    err_hint(e, "free memory or raise the process's memory limit, then resume the run");
    hide_all(p, e);
    return -1;
}

int pgwire_not_sent(struct pgwire *p, const char *what, struct err *e)
{
    const char *said = PQerrorMessage(p->conn);

    if (PQstatus(p->conn) == CONNECTION_BAD || p->broken) {
        return pgwire_lost(p, NULL, e);
    }
    return strstr(said, "out of memory") != NULL
               ? out_of_memory(p, "what is sent to", e)
               : err_set(e, ERR_INTERNAL, "%s could not be sent: %.*s", what, (int)strcspn(said, "\n"), said);
}

/* What libpq says of itself: the server's answer did not get through, so what it was is unknown. */
static int own_error(struct pgwire *p, const PGresult *result, struct err *e)
{
    const char *said = PQresultErrorMessage(result);

    return strstr(said, "out of memory") != NULL ? out_of_memory(p, "an answer of", e) : pgwire_lost(p, said, e);
}

int pgwire_refused(struct pgwire *p, const PGresult *result, struct err *e)
{
    const char *sqlstate = field(result, PG_DIAG_SQLSTATE);
    const char *severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
    const char *detail = field(result, PG_DIAG_MESSAGE_DETAIL);
    const char *said = field(result, PG_DIAG_MESSAGE_PRIMARY);
    char column[256];
    char primary[600];
    char more[300];
    int lost;

    if (sqlstate[0] == '\0') {
        return own_error(p, result, e);
    }
    one_line(said, strlen(said), primary, sizeof primary);
    one_line(detail, strlen(detail), more, sizeof more);
    /* 08P01 that leaves the session as it is: a message that was wrong, such as one with too few parameters. */
    lost = (starts_with(sqlstate, "08") && strcmp(sqlstate, "08P01") != 0) || starts_with(sqlstate, "57P0") ||
           strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0 || PQstatus(p->conn) == CONNECTION_BAD;
    if (lost) {
        pgwire_lost(p, primary, e);
    } else {
        int named = constraint[0] != '\0' && strstr(primary, constraint) == NULL;

        err_set(e, ERR_SERVER, "%s%s%.100s%s%s%s%s", primary, named ? " (constraint " : "", named ? constraint : "",
                named ? ")" : "", more[0] != '\0' ? " (" : "", more, more[0] != '\0' ? ")" : "");
    }
    snprintf(e->sqlstate, sizeof e->sqlstate, "%.5s", sqlstate);
    if (!lost) {
        const char *context = field(result, PG_DIAG_CONTEXT);

        e->by_function = context[0] != '\0' && !starts_with(context, "COPY ");
        pgwire_context_line(context, p->copying, column, sizeof column);
        err_place(e, field(result, PG_DIAG_TABLE_NAME),
                  field(result, PG_DIAG_COLUMN_NAME)[0] != '\0' ? field(result, PG_DIAG_COLUMN_NAME) : column, NULL);
        if (field(result, PG_DIAG_MESSAGE_HINT)[0] != '\0') {
            err_hint(e, "%s", field(result, PG_DIAG_MESSAGE_HINT));
        } else if (refusal_hint(sqlstate) != NULL) {
            err_hint(e, "%s", refusal_hint(sqlstate));
        }
    }
    hide_all(p, e);
    return -1;
}

/* --- the row that a COPY refused --- */

int64_t pgwire_context_line(const char *context, const char *relation, char *column, size_t size)
{
    static const char word[] = ", column ";
    const char *end, *at, *named;
    int64_t line = 0;

    column[0] = '\0';
    /* One line a level: functions and triggers stand before it. */
    for (at = context;; at = end + 1) {
        end = at + strcspn(at, "\n");
        named = memmem(at, (size_t)(end - at), "COPY", 4);
        if (named != NULL || *end == '\0') {
            break;
        }
    }
    if (named == NULL) {
        return 0;
    }
    named += 4;
    /* The table's name may itself hold digits and commas: go behind it. */
    at = relation[0] != '\0' ? memmem(named, (size_t)(end - named), relation, strlen(relation)) : NULL;
    if (at != NULL) {
        at += strlen(relation);
    } else {
        at = memchr(named, ',', (size_t)(end - named));
    }
    while (at != NULL && at < end && !isdigit((unsigned char)*at)) {
        at++;
    }
    if (at == NULL || at == end) {
        return 0;
    }
    line = strtoll(at, NULL, 10);
    at += strspn(at, "0123456789");
    if (starts_with(at, word)) {
        size_t length;

        at += sizeof word - 1;
        named = strstr(at, ": "); /* the value follows; the binary format has none */
        length = (size_t)((named != NULL && named < end ? named : end) - at);
        if (length < size) {
            memcpy(column, at, length);
            column[length] = '\0';
        }
    }
    return line;
}
