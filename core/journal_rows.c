/* journal_rows.c: what happens within an open step besides the row of its slice: groups that can be undone, rows for
 * other tables of the journal. Nothing here begins or ends a transaction. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal_internal.h"

#define GROUP "wherry_rows"

void journal_group_begin(struct pgwire *p)
{
    pgwire_ahead(p, "SAVEPOINT " GROUP);
}

int journal_group_keep(struct pgwire *p, const struct journal *j, int64_t slice, struct bytes *xids, struct err *e)
{
    PGresult *result = NULL;
    char id[24];
    const char *values[] = {id};
    (void)snprintf(id, sizeof id, "%lld", (long long)slice);
    /* A new version of a row bears the id of the group, which no function tells. */
    if (journal_exec(p, j, "UPDATE %s.slice SET state = state WHERE id = $1 RETURNING xmin", 1, values, &result, e) !=
        0)
        return -1;
    int rc = -1;
    if (PQntuples(result) != 1) {
        err_set(e, ERR_INTERNAL, "slice %s is gone from the journal", id);
    } else if ((xids->length == 0 || bytes_append(xids, ",", 1, e) == 0) &&
               bytes_append(xids, PQgetvalue(result, 0, 0), strlen(PQgetvalue(result, 0, 0)), e) == 0) {
        journal_group_end(p);
        rc = 0;
    }
    PQclear(result);
    return rc;
}

void journal_group_undo(struct pgwire *p)
{
    pgwire_ahead(p, "ROLLBACK TO SAVEPOINT " GROUP);
}

void journal_group_end(struct pgwire *p)
{
    pgwire_ahead(p, "RELEASE SAVEPOINT " GROUP);
}

/* The lines, each behind the head, in pieces. */
static int send_lines(struct pgwire *p, const char *head, const struct bytes *lines, struct err *e)
{
    enum { PIECE = 256 * 1024 };
    struct bytes piece = {0};
    size_t at = 0;
    int rc = -1;
    while (at < lines->length) {
        const unsigned char *line = lines->data + at;
        const unsigned char *end = memchr(line, '\n', lines->length - at);
        size_t length = end ? (size_t)(end - line) + 1 : lines->length - at;
        if (bytes_append(&piece, head, strlen(head), e) != 0 || bytes_append(&piece, line, length, e) != 0)
            goto done;
        at += length;
        if (piece.length >= PIECE || at == lines->length) {
            if (pgwire_copy_put(p, piece.data, piece.length, e) != 0)
                goto done;
            piece.length = 0;
        }
    }
    rc = 0;
done:
    bytes_free(&piece);
    return rc;
}

int journal_emitted(struct pgwire *p, const struct journal *j, int64_t slice, const char *target, int64_t emitted,
                    int64_t inserted, struct err *e)
{
    char id[24], rows[24], kept[24], skipped[24];
    const char *values[] = {id, target, rows, kept, skipped};
    (void)snprintf(id, sizeof id, "%lld", (long long)slice);
    (void)snprintf(rows, sizeof rows, "%lld", (long long)emitted);
    (void)snprintf(kept, sizeof kept, "%lld", (long long)inserted);
    (void)snprintf(skipped, sizeof skipped, "%lld", (long long)(emitted - inserted));
    return journal_exec(p, j,
                        "INSERT INTO %s.slice_target (slice, target, emitted, inserted, skipped)"
                        " VALUES ($1, $2, $3, $4, $5)",
                        5, values, NULL, e);
}

int journal_digest(struct pgwire *p, const struct journal *j, int64_t slice, const char *target,
                   const unsigned char *packed, size_t length, struct err *e)
{
    char id[24];
    (void)snprintf(id, sizeof id, "%lld", (long long)slice);
    char *digest = journal_hex(packed, length, e);
    if (!digest)
        return -1;
    const char *values[] = {id, target, digest};
    int rc = journal_exec(p, j, "INSERT INTO %s.slice_digest (slice, target, digest) VALUES ($1, $2, $3::bytea)", 3,
                          values, NULL, e);
    mem_free(digest);
    return rc;
}

int journal_add_rows(struct pgwire *p, const struct journal *j, const char *table, const char *columns,
                     const char *head, const struct bytes *lines, struct err *e)
{
    struct bytes sql = {0};
    int64_t rows = 0;
    int rc = -1;
    if (bytes_append(&sql, "COPY ", 5, e) != 0 || bytes_append(&sql, j->schema, strlen(j->schema), e) != 0 ||
        bytes_append(&sql, ".", 1, e) != 0 || bytes_append(&sql, table, strlen(table), e) != 0 ||
        bytes_append(&sql, " (", 2, e) != 0 || bytes_append(&sql, columns, strlen(columns), e) != 0 ||
        bytes_append(&sql, ") FROM STDIN", sizeof ") FROM STDIN", e) != 0 ||
        pgwire_copy_begin(p, (const char *)sql.data, e) != 0)
        goto done;
    if (send_lines(p, head, lines, e) != 0) {
        pgwire_copy_abort(p);
        goto done;
    }
    rc = pgwire_copy_end(p, &rows, NULL, e);
done:
    bytes_free(&sql);
    return rc;
}

int journal_tally(struct pgwire *p, const struct journal *j,
                  void (*take)(void *context, const char *source, const char *table, int64_t read, int64_t rejected),
                  void *context, struct err *e)
{
    PGresult *result = NULL;
    char run[24];
    const char *values[] = {run};
    (void)snprintf(run, sizeof run, "%lld", (long long)j->run);
    if (journal_exec(p, j,
                     "SELECT s.source, s.source_table, sum(s.read), coalesce(sum(t.rejected), 0) FROM %s.slice s"
                     " LEFT JOIN (SELECT slice, sum(rejected) AS rejected FROM %s.slice_target GROUP BY slice) t"
                     " ON t.slice = s.id WHERE s.run = $1 GROUP BY s.source, s.source_table",
                     1, values, &result, e) != 0)
        return -1;
    for (int row = 0; row < PQntuples(result); row++)
        take(context, PQgetvalue(result, row, 0), PQgetvalue(result, row, 1),
             strtoll(PQgetvalue(result, row, 2), NULL, 10), strtoll(PQgetvalue(result, row, 3), NULL, 10));
    PQclear(result);
    return 0;
}

int journal_reject_again(struct pgwire *p, const struct journal *j, const struct journal_reject *r, struct err *e)
{
    char id[24];
    const char *values[] = {id, r->column, r->value, r->sqlstate, r->reason, r->hint, r->row};
    (void)snprintf(id, sizeof id, "%lld", (long long)r->id);
    return journal_exec(p, j,
                        "UPDATE %s.reject SET column_name = $2, value = $3, sqlstate = $4, reason = $5, hint = $6,"
                        " row = $7 WHERE id = $1",
                        7, values, NULL, e);
}
