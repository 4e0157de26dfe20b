/* copy_writer.c: rows that are given one by one, into one COPY, encoded as those of a load. */
#include "row_writer.h"

enum { SEND_BYTES = 256 * 1024 }; /* encoded rows that are sent together; a larger row goes alone */

struct copy_writer {
    struct row_writer base; /* first: the two share their address */
    struct sink *sink;
    struct bytes out; /* rows that are not sent yet */
};

/* Sends what is encoded. Where the server has refused a row in the middle, what it said comes with the end. */
static int send_rows(struct copy_writer *w, struct err *e)
{
    struct sink_counts counts;
    int64_t row = 0;

    if (w->sink->send(w->sink, &w->out, e) != 0) {
        w->base.over = 1;
        if (e->kind == ERR_SERVER) {
            (void)w->sink->close(w->sink, &counts, &row, e);
        }
        return row_writer_place(&w->base, row, e);
    }
    w->out.length = 0;
    if (w->out.capacity > 4 * (size_t)BATCH_BYTES) {
        bytes_free(&w->out);
    }
    return 0;
}

static int copy_put(struct row_writer *base, struct err *e)
{
    struct copy_writer *w = (struct copy_writer *)base;

    if (row_writer_check(base, e) != 0) {
        return -1;
    }
    if (w->sink->encode(w->sink, &base->batch, 0, &w->out, e) != 0) {
        base->over = e->kind != ERR_VALUE;
        return row_writer_place(base, base->rows + 1, e);
    }
    base->rows++;
    return w->out.length < SEND_BYTES ? 0 : send_rows(w, e);
}

static int copy_end_rows(struct row_writer *base, int64_t *stored, struct err *e)
{
    struct copy_writer *w = (struct copy_writer *)base;
    struct sink_counts counts = {0};
    int64_t row = 0;

    *stored = 0;
    if (row_writer_check(base, e) != 0 || send_rows(w, e) != 0) {
        return -1;
    }
    base->over = 1;
    if (w->sink->close(w->sink, &counts, &row, e) != 0) {
        return row_writer_place(base, row, e);
    }
    *stored = counts.inserted;
    return 0;
}

static void copy_free(struct row_writer *base, int gone)
{
    struct copy_writer *w = (struct copy_writer *)base;

    if (w->sink != NULL) {
        if (gone) {
            w->sink->use(w->sink, NULL);
        }
        w->sink->cancel(w->sink);
        w->sink->free(w->sink);
    }
    batch_free(&base->batch);
    bytes_free(&w->out);
    mem_free(w);
}

int copy_writer_open(struct row_writer **out, struct pgwire *p, const struct write_spec *spec, struct err *e)
{
    struct copy_writer *w = mem_alloc(sizeof *w, e);

    if (w == NULL) {
        return -1;
    }
    w->base.target = spec->target;
    w->base.put = copy_put;
    w->base.end = copy_end_rows;
    w->base.free = copy_free;
    if (batch_init(&w->base.batch, spec->count, e) != 0 || sink_pg_open(&w->sink, spec, e) != 0) {
        copy_free(&w->base, 1);
        return -1;
    }
    w->sink->use(w->sink, p);
    if (w->sink->open(w->sink, e) != 0) {
        err_place(e, spec->target, NULL, NULL);
        copy_free(&w->base, 0);
        return -1;
    }
    *out = &w->base;
    return 0;
}
