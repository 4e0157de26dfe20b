/* journal.c: steps: begin, advance the journal's row, commit.
 *
 * Exactly once rests on the row of a slice. A step locks it by an UPDATE, sends its rows, marks the slice done and adds
 * the slice behind it, and commits: after a lost acknowledgement the row says whether that happened. A new client first
 * waits for the lock (the session of a dead client may still be at its commit), and only then looks what is to be done,
 * in a statement of its own.
 *
 * Most steps of the load do not wait for the server's disk, nor do builds. A crash of the server keeps what was
 * committed up to some moment and takes back all behind it, rows and journal together: so whoever connects again asks
 * the journal (queue_lost.c, lane_lost.c), and a load ends with journal_flush. */
#include "journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hex.h"
#include "journal_held.h"
#include "journal_internal.h"

/* A default that a role or database may have set differently must not change what a step means. */
static const char begin_sql[] = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

#define LOCK_MS "30000" /* how long a slice that another session holds is waited for */

int journal_begin(struct pgwire *p, struct err *e)
{
    return pgwire_exec(p, begin_sql, 0, NULL, NULL, e);
}

void journal_begin_ahead(struct pgwire *p)
{
    pgwire_ahead(p, begin_sql);
}

int journal_commit(struct pgwire *p, struct err *e)
{
    PGresult *result = NULL;
    if (pgwire_exec(p, "COMMIT", 0, NULL, &result, e) != 0)
        return -1;
    /* COMMIT of a failed transaction answers ROLLBACK and no error. */
    int committed = strcmp(PQcmdStatus(result), "COMMIT") == 0;
    PQclear(result);
    return committed ? 0 : err_set(e, ERR_INTERNAL, "the server rolled the step back instead of committing it");
}

void journal_rollback(struct pgwire *p)
{
    struct err ignored;
    if (p)
        pgwire_ahead(p, NULL);
    if (pgwire_alive(p) && PQtransactionStatus(p->conn) != PQTRANS_IDLE)
        (void)pgwire_exec(p, "ROLLBACK", 0, NULL, NULL, &ignored);
}

int journal_step(struct pgwire *p, const char *lock_sql, int lock_count, const char *const *lock_values,
                 const struct journal_statement *statements, size_t count, int *found, struct err *e)
{
    *found = 1;
    if ((lock_sql ? journal_held_begin(p, lock_sql, lock_count, lock_values, found, e) : journal_begin(p, e)) != 0)
        return -1;
    return *found ? journal_held_end(p, statements, count, e) : 0;
}

int journal_exec(struct pgwire *p, const struct journal *j, const char *format, int count, const char *const *values,
                 PGresult **result, struct err *e)
{
    struct bytes sql = {0};
    int rc = -1;
    const char *hole = strstr(format, "%s");
    while (hole) {
        if (bytes_append(&sql, format, (size_t)(hole - format), e) != 0 ||
            bytes_append(&sql, j->schema, strlen(j->schema), e) != 0)
            goto done;
        format = hole + 2;
        hole = strstr(format, "%s");
    }
    if (bytes_append(&sql, format, strlen(format) + 1, e) != 0)
        goto done;
    rc = pgwire_exec(p, (const char *)sql.data, count, values, result, e);
done:
    bytes_free(&sql);
    return rc;
}

char *journal_hex(const unsigned char *bytes, size_t length, struct err *e)
{
    char *text = mem_alloc(2 * length + 3, e);
    if (!text)
        return NULL;
    text[0] = '\\';
    text[1] = 'x';
    hex_encode(text + 2, bytes, length);
    return text;
}

/* Appends the bytes of `text` in plain hex digits, as encode(.., 'hex') gives them. */
static int hex_append(struct bytes *out, const char *text, struct err *e)
{
    size_t length = strlen(text) / 2;
    if (bytes_reserve(out, length, e) != 0)
        return -1;
    for (size_t i = 0; i < length; i++)
        out->data[out->length++] =
            (unsigned char)(hex_value((unsigned char)text[2 * i]) << 4 | hex_value((unsigned char)text[2 * i + 1]));
    return 0;
}

void journal_end_session(struct pgwire *p, int pid)
{
    /* The number may meanwhile be another session's, so it has to be one like ours and older than this one. */
    static const char sql[] = "SELECT pg_terminate_backend(o.pid) FROM pg_stat_activity o, pg_stat_activity m"
                              " WHERE m.pid = pg_backend_pid() AND o.pid = $1 AND o.usesysid = m.usesysid"
                              " AND o.datid = m.datid AND o.application_name = m.application_name"
                              " AND o.backend_start < m.backend_start";
    char number[16];
    const char *values[] = {number};
    struct err ignored;
    (void)snprintf(number, sizeof number, "%d", pid);
    (void)pgwire_exec(p, sql, 1, values, NULL, &ignored);
}

int journal_parts(struct pgwire *p, const struct journal *j,
                  int (*take)(void *context, const struct journal_part *part, struct err *e), void *context,
                  struct err *e)
{
    PGresult *result = NULL;
    struct bytes until = {0};
    char run[24];
    const char *values[] = {run};
    int rc = -1;
    (void)snprintf(run, sizeof run, "%lld", (long long)j->run);
    if (journal_exec(p, j,
                     "SELECT source, source_table, encode(hi, 'hex') FROM %s.slice WHERE run = $1 AND state = 'todo'"
                     " ORDER BY id",
                     1, values, &result, e) != 0)
        return -1;
    for (int row = 0; row < PQntuples(result); row++) {
        until.length = 0;
        if (!PQgetisnull(result, row, 2) && hex_append(&until, PQgetvalue(result, row, 2), e) != 0)
            goto done;
        const struct journal_part part = {.source = PQgetvalue(result, row, 0),
                                          .table = PQgetvalue(result, row, 1),
                                          .until = until.data,
                                          .until_length = until.length};
        if (take(context, &part, e) != 0)
            goto done;
    }
    rc = 0;
done:
    PQclear(result);
    bytes_free(&until);
    return rc;
}

/* Waits until no other session works on a slice of the part, then finds the one that is to be done. Two statements,
 * since a statement that waits for a row sees whether that one is done by now, but not the slice that the same commit
 * added behind it. */
static int slice_find(struct pgwire *p, const struct journal *j, const char *const values[4], PGresult **result,
                      struct err *e)
{
    if (pgwire_exec(p, "SET LOCAL lock_timeout = " LOCK_MS, 0, NULL, NULL, e) != 0)
        return -1;
    if (journal_exec(p, j,
                     "SELECT id FROM %s.slice WHERE run = $1 AND source = $2 AND source_table = $3"
                     " AND hi IS NOT DISTINCT FROM $4::bytea AND state = 'todo' FOR UPDATE",
                     4, values, NULL, e) != 0) {
        if (strcmp(e->sqlstate, "55P03") == 0)
            err_hint(e, "another session holds the journal's slice: see who it is in pg_stat_activity, and end it");
        return -1;
    }
    return journal_exec(p, j,
                        "SELECT id, encode(lo, 'hex') FROM %s.slice WHERE run = $1 AND source = $2"
                        " AND source_table = $3 AND hi IS NOT DISTINCT FROM $4::bytea AND state = 'todo'"
                        " ORDER BY id LIMIT 1",
                        4, values, result, e);
}

int journal_slice_next(struct pgwire *p, const struct journal *j, const struct journal_part *part,
                       struct journal_slice *out, struct err *e)
{
    char run[24];
    PGresult *result = NULL;
    int rc = -1;
    (void)snprintf(run, sizeof run, "%lld", (long long)j->run);
    out->id = 0;
    out->lo.length = 0;
    char *until = journal_hex(part->until, part->until_length, e);
    if (!until)
        return -1;
    const char *const values[] = {run, part->source, part->table, part->until_length ? until : NULL};
    if (journal_begin(p, e) != 0 || slice_find(p, j, values, &result, e) != 0)
        goto done;
    if (PQntuples(result) > 0) {
        out->id = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
        if (!PQgetisnull(result, 0, 1) && hex_append(&out->lo, PQgetvalue(result, 0, 1), e) != 0)
            goto done;
    }
    rc = 0;
done:
    mem_free(until);
    PQclear(result);
    journal_rollback(p);
    return rc;
}

int journal_distrusts(const struct journal *j)
{
    return j->distrusted && atomic_load_explicit(j->distrusted, memory_order_relaxed);
}

int journal_slice_begin(struct pgwire *p, const struct journal *j, int64_t slice, int durable, int *found,
                        struct err *e)
{
    char id[24];
    (void)snprintf(id, sizeof id, "%lld", (long long)slice);
    const char *values[] = {id};
    PGresult *result = NULL;
    journal_begin_ahead(p);
    if (!durable)
        pgwire_ahead(p, "SET LOCAL synchronous_commit = off");
    if (journal_exec(p, j,
                     "UPDATE %s.slice SET started = clock_timestamp() WHERE id = $1 AND state = 'todo' RETURNING id", 1,
                     values, &result, e) != 0) {
        journal_rollback(p);
        return -1;
    }
    *found = PQntuples(result) > 0;
    PQclear(result);
    if (!*found)
        journal_rollback(p);
    return 0;
}

static int slice_split(struct pgwire *p, const struct journal *j, const char *id, const char *reached, int64_t *next,
                       struct err *e)
{
    const char *values[] = {id, reached};
    PGresult *result = NULL;
    if (journal_exec(
            p, j,
            "INSERT INTO %s.slice (run, source, source_table, lo, hi, state)"
            " SELECT run, source, source_table, $2::bytea, hi, 'todo' FROM %s.slice WHERE id = $1 RETURNING id",
            2, values, &result, e) != 0)
        return -1;
    *next = PQntuples(result) > 0 ? strtoll(PQgetvalue(result, 0, 0), NULL, 10) : 0;
    PQclear(result);
    return *next ? 0 : err_set(e, ERR_INTERNAL, "slice %s is gone from the journal", id);
}

#define SLICE_TARGET_SQL                                                                        \
    "INSERT INTO %s.slice_target (slice, target, passed, inserted, updated, skipped, rejected)" \
    " VALUES ($1, $2, $3, $4, $5, $6, $7)"

/* A parameter for a bigint[] of numbers joined by commas. */
static char *array_parameter(const struct bytes *numbers, struct err *e)
{
    char *text = mem_alloc(numbers->length + 3, e);
    if (!text)
        return NULL;
    text[0] = '{';
    if (numbers->length)
        memcpy(text + 1, numbers->data, numbers->length);
    text[numbers->length + 1] = '}';
    return text;
}

int journal_slice_commit(struct pgwire *p, const struct journal *j, int64_t slice, const char *target,
                         const struct journal_counts *counts, const struct bytes *reached, int more,
                         const struct bytes *xids, int64_t *next, struct err *e)
{
    char id[24], read[24], filtered[24], merged[24], passed[24], inserted[24], updated[24], skipped[24], rejected[24];
    (void)snprintf(id, sizeof id, "%lld", (long long)slice);
    (void)snprintf(merged, sizeof merged, "%lld", (long long)counts->merged);
    (void)snprintf(read, sizeof read, "%lld", (long long)counts->read);
    (void)snprintf(filtered, sizeof filtered, "%lld", (long long)counts->filtered);
    (void)snprintf(passed, sizeof passed, "%lld", (long long)counts->passed);
    (void)snprintf(inserted, sizeof inserted, "%lld", (long long)counts->inserted);
    (void)snprintf(updated, sizeof updated, "%lld", (long long)counts->updated);
    (void)snprintf(skipped, sizeof skipped, "%lld", (long long)counts->skipped);
    (void)snprintf(rejected, sizeof rejected, "%lld", (long long)counts->rejected);
    *next = 0;
    int rc = -1;
    char *key = journal_hex(reached->data, reached->length, e);
    char *groups = array_parameter(xids, e);
    if (!key || !groups)
        goto fail;
    /* The new slice first: it still copies the upper bound of the old one. */
    if (more && slice_split(p, j, id, key, next, e) != 0)
        goto fail;
    const char *slice_values[] = {
        id,    reached->length ? key : NULL, read, filtered, passed, more ? "t" : "f", xids->length ? groups : NULL,
        merged};
    if (journal_exec(p, j,
                     "UPDATE %s.slice SET state = 'done', reached = $2::bytea,"
                     " hi = CASE WHEN $6::boolean THEN $2::bytea ELSE hi END,"
                     " read = $3, filtered = $4, passed = $5, xid = txid_current(),"
                     " sub_xids = $7::bigint[], merged = $8, finished = clock_timestamp() WHERE id = $1",
                     8, slice_values, NULL, e) != 0)
        goto fail;
    const char *target_values[] = {id, target, passed, inserted, updated, skipped, rejected};
    if (journal_exec(p, j, SLICE_TARGET_SQL, 7, target_values, NULL, e) != 0)
        goto fail;
    rc = journal_commit(p, e);
fail:
    mem_free(key);
    mem_free(groups);
    if (rc != 0)
        journal_rollback(p);
    return rc;
}

int journal_flush(struct pgwire *p, const struct journal *j, struct err *e)
{
    char run[24];
    const char *values[] = {run};
    (void)snprintf(run, sizeof run, "%lld", (long long)j->run);
    /* A transaction that changes nothing has nothing to wait for. */
    if (journal_begin(p, e) == 0 &&
        journal_exec(p, j,
                     "UPDATE %s.slice SET state = state WHERE id = (SELECT id FROM %s.slice WHERE run = $1 LIMIT 1)", 1,
                     values, NULL, e) == 0 &&
        journal_commit(p, e) == 0)
        return 0;
    journal_rollback(p);
    return -1;
}

int journal_retry_begin(struct pgwire *p, const struct journal *j, const char *source, const char *table,
                        const char *ids, int64_t *slice, PGresult **open, struct err *e)
{
    char run[24];
    PGresult *result = NULL;
    const char *reject_values[] = {run, ids};
    const char *slice_values[] = {run, source, table};
    (void)snprintf(run, sizeof run, "%lld", (long long)j->run);
    *open = NULL;
    if (journal_begin(p, e) != 0)
        return -1;
    if (journal_exec(p, j,
                     "SELECT id FROM %s.reject WHERE run = $1 AND id = ANY ($2::bigint[]) AND state = 'open'"
                     " ORDER BY id FOR UPDATE",
                     2, reject_values, open, e) != 0 ||
        journal_exec(p, j,
                     "INSERT INTO %s.slice (run, source, source_table, state, kind, read, filtered, passed, started)"
                     " VALUES ($1, $2, $3, 'done', 'retry', 0, 0, 0, clock_timestamp()) RETURNING id",
                     3, slice_values, &result, e) != 0) {
        PQclear(*open);
        *open = NULL;
        journal_rollback(p);
        return -1;
    }
    *slice = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return 0;
}

int journal_retry_commit(struct pgwire *p, const struct journal *j, int64_t slice, const char *target,
                         const struct bytes *loaded, const struct bytes *dropped, const struct journal_counts *counts,
                         const struct bytes *xids, struct err *e)
{
    char id[24], passed[24], inserted[24], updated[24], skipped[24], rejected[24], filtered[24], merged[24];
    int rc = -1;
    (void)snprintf(filtered, sizeof filtered, "%lld", (long long)counts->filtered);
    (void)snprintf(merged, sizeof merged, "%lld", (long long)counts->merged);
    (void)snprintf(id, sizeof id, "%lld", (long long)slice);
    (void)snprintf(passed, sizeof passed, "%lld", (long long)counts->passed);
    (void)snprintf(inserted, sizeof inserted, "%lld", (long long)counts->inserted);
    (void)snprintf(updated, sizeof updated, "%lld", (long long)counts->updated);
    (void)snprintf(skipped, sizeof skipped, "%lld", (long long)counts->skipped);
    (void)snprintf(rejected, sizeof rejected, "%lld", (long long)counts->rejected);
    char *ids = array_parameter(loaded, e);
    char *groups = array_parameter(xids, e);
    char *dropped_ids = array_parameter(dropped, e);
    if (!ids || !groups || !dropped_ids)
        goto fail;
    const char *reject_values[] = {id, ids};
    const char *dropped_values[] = {dropped_ids};
    const char *slice_values[] = {id, passed, xids->length ? groups : NULL, filtered, merged};
    const char *target_values[] = {id, target, passed, inserted, updated, skipped, rejected};
    if (journal_exec(p, j, "UPDATE %s.reject SET state = 'loaded', loaded_by = $1 WHERE id = ANY ($2::bigint[])", 2,
                     reject_values, NULL, e) == 0 &&
        journal_exec(p, j, "DELETE FROM %s.reject WHERE id = ANY ($1::bigint[])", 1, dropped_values, NULL, e) == 0 &&
        journal_exec(p, j,
                     "UPDATE %s.slice SET passed = $2, xid = txid_current(), sub_xids = $3::bigint[],"
                     " filtered = $4, merged = $5, finished = clock_timestamp() WHERE id = $1",
                     5, slice_values, NULL, e) == 0 &&
        journal_exec(p, j, SLICE_TARGET_SQL, 7, target_values, NULL, e) == 0)
        rc = journal_commit(p, e);
fail:
    mem_free(ids);
    mem_free(groups);
    mem_free(dropped_ids);
    if (rc != 0)
        journal_rollback(p);
    return rc;
}
