/* journal_build.c: objects of the journal that are put in place beside the load: a step each. */
#include <stdio.h>
#include <stdlib.h>

#include "journal_internal.h"

/* Begins a transaction by a statement about the object's row, which finds it (a row comes back) in the state in which
 * the work is still to be done. *found is 0, and no transaction is open, where it is in another one by now. */
static int object_begin(struct pgwire *p, const struct journal *j, const struct journal_object *o, const char *format,
                        int *found, struct err *e)
{
    char id[24];
    const char *values[] = {id, o->from};
    PGresult *result = NULL;
    (void)snprintf(id, sizeof id, "%lld", (long long)o->id);
    /* The session of a dead client may hold it; its statement can go on for long, so it is not waited for for ever. And
     * the disk is not waited for at all: a crash that loses the step loses the object with it, and the run's last step
     * waits for all of them. */
    journal_begin_ahead(p);
    pgwire_ahead(p, "SET LOCAL lock_timeout = 30000");
    if (!journal_distrusts(j))
        pgwire_ahead(p, "SET LOCAL synchronous_commit = off");
    if (journal_exec(p, j, format, 2, values, &result, e) != 0)
        return -1;
    *found = PQntuples(result) > 0;
    PQclear(result);
    if (!*found)
        journal_rollback(p);
    return 0;
}

int journal_object_start(struct pgwire *p, const struct journal *j, const struct journal_object *o, int *found,
                         struct err *e)
{
    if (object_begin(p, j, o,
                     "UPDATE %s.object SET started = clock_timestamp() WHERE id = $1 AND state = $2 RETURNING id",
                     found, e) != 0) {
        journal_rollback(p);
        return -1;
    }
    if (*found)
        pgwire_ahead(p, "COMMIT");
    return 0;
}

/* The object's statements, and its row. 0, or -1 and e. */
static int object_build(struct pgwire *p, const struct journal *j, const struct journal_object *o, struct err *e)
{
    char id[24];
    const char *values[] = {id, o->to};
    (void)snprintf(id, sizeof id, "%lld", (long long)o->id);
    /* They name everything in full. */
    pgwire_ahead(p, "SET LOCAL lock_timeout TO DEFAULT");
    pgwire_ahead(p, "SET LOCAL search_path = pg_catalog");
    if (o->settings)
        pgwire_ahead(p, o->settings);
    for (size_t i = 0; i < o->count; i++)
        if (pgwire_exec(p, o->statements[i], 0, NULL, NULL, e) != 0)
            return -1;
    return journal_exec(p, j, "UPDATE %s.object SET state = $2, finished = clock_timestamp() WHERE id = $1", 2, values,
                        NULL, e);
}

int journal_object_step(struct pgwire *p, const struct journal *j, const struct journal_object *o, int *found,
                        struct err *e)
{
    if (object_begin(p, j, o, "SELECT 1 FROM %s.object WHERE id = $1 AND state = $2 FOR UPDATE", found, e) == 0 &&
        (!*found || (object_build(p, j, o, e) == 0 && journal_commit(p, e) == 0)))
        return 0;
    journal_rollback(p);
    return -1;
}

int journal_open_objects(struct pgwire *p, const struct journal *j,
                         void (*take)(void *context, int64_t id, const char *state), void *context, struct err *e)
{
    char run[24];
    const char *values[] = {run};
    PGresult *result = NULL;
    (void)snprintf(run, sizeof run, "%lld", (long long)j->run);
    if (journal_exec(p, j, "SELECT id, state FROM %s.object WHERE run = $1 AND state IN ('todo', 'aside', 'added')", 1,
                     values, &result, e) != 0)
        return -1;
    for (int row = 0; row < PQntuples(result); row++)
        take(context, strtoll(PQgetvalue(result, row, 0), NULL, 10), PQgetvalue(result, row, 1));
    PQclear(result);
    return 0;
}
