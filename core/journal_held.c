/* journal_held.c: a step that is held open between its two ends. */
#include "journal_held.h"

#include "journal_internal.h"

int journal_held_begin(struct pgwire *p, const char *lock_sql, int lock_count, const char *const *lock_values,
                       int *found, struct err *e)
{
    PGresult *result = NULL;
    *found = 0;
    if (journal_begin(p, e) != 0)
        return -1;
    if (pgwire_exec(p, lock_sql, lock_count, lock_values, &result, e) != 0) {
        journal_rollback(p);
        return -1;
    }
    *found = PQntuples(result) > 0;
    PQclear(result);
    if (!*found)
        journal_rollback(p);
    return 0;
}

int journal_held_end(struct pgwire *p, const struct journal_statement *statements, size_t count, struct err *e)
{
    for (size_t i = 0; i < count; i++)
        if (pgwire_exec(p, statements[i].sql, statements[i].count, statements[i].values, NULL, e) != 0)
            goto fail;
    if (journal_commit(p, e) == 0)
        return 0;
fail:
    journal_rollback(p);
    return -1;
}
