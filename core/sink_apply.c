/* sink_apply.c: rows that may meet rows which are there already: COPY into a table of the session, and from there into
 * the target by the statement of the plan (INSERT .. ON CONFLICT), which says what became of them. */
#include <stdlib.h>
#include <string.h>

#include "sink.h"

struct sink_apply {
    struct sink base;
    const struct write_spec *spec;
    struct sink *copy; /* into the session's table; owned */
    struct pgwire *pg; /* used by the sending half only */
};

static int apply_encode(struct sink *s, const struct batch *b, size_t row, struct bytes *out, struct err *e)
{
    struct sink *copy = ((struct sink_apply *)s)->copy;
    return copy->encode(copy, b, row, out, e);
}

static int apply_open(struct sink *s, struct err *e)
{
    struct sink_apply *self = (struct sink_apply *)s;
    if (pgwire_exec(self->pg, self->spec->stage_sql, 0, NULL, NULL, e) != 0 ||
        pgwire_exec(self->pg, self->spec->clear_sql, 0, NULL, NULL, e) != 0)
        return -1;
    return self->copy->open(self->copy, e);
}

static int apply_send(struct sink *s, const struct bytes *rows, struct err *e)
{
    struct sink *copy = ((struct sink_apply *)s)->copy;
    return copy->send(copy, rows, e);
}

static int apply_close(struct sink *s, struct sink_counts *counts, int64_t *line, struct err *e)
{
    struct sink_apply *self = (struct sink_apply *)s;
    PGresult *result = NULL;
    if (self->copy->close(self->copy, counts, line, e) != 0)
        return -1;
    int64_t copied = counts->inserted;
    memset(counts, 0, sizeof *counts);
    if (pgwire_exec(self->pg, self->spec->merge_sql, 0, NULL, &result, e) != 0)
        return -1;
    int rc = 0;
    if (PQntuples(result) == 1 && PQnfields(result) == 2) {
        counts->inserted = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
        counts->updated = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
        counts->skipped = copied - counts->inserted - counts->updated;
    } else {
        rc = err_set(e, ERR_INTERNAL, "the statement that merges rows gives no counts");
    }
    PQclear(result);
    return rc;
}

static void apply_cancel(struct sink *s)
{
    struct sink *copy = ((struct sink_apply *)s)->copy;
    copy->cancel(copy);
}

static void apply_observe(struct sink *s, struct form_watch *watches, struct copy_counts *counts)
{
    struct sink *copy = ((struct sink_apply *)s)->copy;
    copy->observe(copy, watches, counts);
}

static void apply_free(struct sink *s)
{
    struct sink_apply *self = (struct sink_apply *)s;
    if (!self)
        return;
    if (self->copy)
        self->copy->free(self->copy);
    mem_free(self);
}

void sink_apply_use(struct sink *s, struct pgwire *p)
{
    struct sink_apply *self = (struct sink_apply *)s;
    self->pg = p;
    sink_pg_use(self->copy, p);
}

int sink_apply_open(struct sink **out, const struct write_spec *spec, struct err *e)
{
    struct sink_apply *self = mem_alloc(sizeof *self, e);
    if (!self)
        return -1;
    self->base = (struct sink){apply_encode, apply_open,     apply_send,    apply_close,
                               apply_cancel, sink_apply_use, apply_observe, apply_free};
    self->spec = spec;
    if (sink_pg_open(&self->copy, spec, e) != 0) {
        mem_free(self);
        return -1;
    }
    *out = &self->base;
    return 0;
}
