/* sink_pg.c: rows into PostgreSQL by COPY. */
#include "sink.h"

#include <string.h>

struct sink_pg {
    struct sink base;
    const struct write_spec *spec;
    struct copy_format format; /* used by the reading half only */
    struct pgwire *pg;         /* used by the sending half only */
    struct bytes frame;        /* signature and trailer */
    int copying;
};

static int pg_encode(struct sink *s, const struct batch *b, size_t row, struct bytes *out, struct err *e)
{
    struct sink_pg *self = (struct sink_pg *)s;
    return copy_row(&self->format, b, row, out, e);
}

static int pg_send(struct sink *s, const struct bytes *rows, struct err *e)
{
    struct sink_pg *self = (struct sink_pg *)s;
    return rows->length ? pgwire_copy_put(self->pg, rows->data, rows->length, e) : 0;
}

static int pg_open(struct sink *s, struct err *e)
{
    struct sink_pg *self = (struct sink_pg *)s;
    if (pgwire_copy_begin(self->pg, self->spec->copy_sql, e) != 0)
        return -1;
    self->copying = 1;
    self->frame.length = 0;
    if (copy_begin(&self->format, &self->frame, e) != 0)
        return -1;
    return pg_send(s, &self->frame, e);
}

static int pg_close(struct sink *s, struct sink_counts *counts, int64_t *line, struct err *e)
{
    struct sink_pg *self = (struct sink_pg *)s;
    memset(counts, 0, sizeof *counts);
    *line = 0;
    self->frame.length = 0;
    if (copy_end(&self->format, &self->frame, e) != 0 || pg_send(s, &self->frame, e) != 0) {
        /* A send fails when the server has refused a row in the middle: what it said comes with the end. */
        if (e->kind != ERR_SERVER)
            return -1;
    }
    self->copying = 0;
    return pgwire_copy_end(self->pg, &counts->inserted, line, e);
}

static void pg_cancel(struct sink *s)
{
    struct sink_pg *self = (struct sink_pg *)s;
    if (self->copying && self->pg)
        pgwire_copy_abort(self->pg);
    self->copying = 0;
}

static void pg_observe(struct sink *s, struct form_watch *watches, struct copy_counts *counts)
{
    struct sink_pg *self = (struct sink_pg *)s;
    self->format.watches = watches;
    self->format.counts = counts;
}

static void pg_free(struct sink *s)
{
    struct sink_pg *self = (struct sink_pg *)s;
    if (!self)
        return;
    copy_format_free(&self->format);
    bytes_free(&self->frame);
    mem_free(self);
}

void sink_pg_use(struct sink *s, struct pgwire *p)
{
    struct sink_pg *self = (struct sink_pg *)s;
    self->pg = p;
    self->copying = 0;
}

int sink_pg_open(struct sink **out, const struct write_spec *spec, struct err *e)
{
    struct sink_pg *self = mem_alloc(sizeof *self, e);
    if (!self)
        return -1;
    self->base = (struct sink){pg_encode, pg_open, pg_send, pg_close, pg_cancel, sink_pg_use, pg_observe, pg_free};
    self->spec = spec;
    self->format.binary = spec->binary;
    self->format.columns = spec->columns;
    self->format.count = spec->count;
    *out = &self->base;
    return 0;
}
