/* copy_writer.c: rows that are given one by one, into one COPY. */
#include "copy_writer.h"

#include <inttypes.h>
#include <stdio.h>

enum { SEND_BYTES = 256 * 1024 }; /* encoded rows that are sent together; a larger row goes alone */

struct copy_writer {
    struct sink *sink;
    const struct write_spec *spec;
    struct batch batch; /* the row that is filled */
    struct bytes out;   /* rows that are not sent yet */
    int64_t rows;
    int64_t refused; /* the row that the last error is about */
    int over;        /* the COPY was ended, or it failed */
};

int copy_writer_open(struct copy_writer **out, struct pgwire *p, const struct write_spec *spec, struct err *e)
{
    struct copy_writer *w = mem_alloc(sizeof *w, e);

    if (w == NULL) {
        return -1;
    }
    w->spec = spec;
    if (batch_init(&w->batch, spec->count, e) != 0 || sink_pg_open(&w->sink, spec, e) != 0) {
        copy_writer_free(w, 1);
        return -1;
    }
    w->sink->use(w->sink, p);
    if (w->sink->open(w->sink, e) != 0) {
        err_place(e, spec->target, NULL, NULL);
        copy_writer_free(w, 0);
        return -1;
    }
    *out = w;
    return 0;
}

struct batch *copy_writer_row(struct copy_writer *w, struct err *e)
{
    batch_clear(&w->batch);
    return batch_row(&w->batch, e) != NULL ? &w->batch : NULL;
}

/* Names the table, the row and the value, in the message, too. Returns -1. */
static int place_row(struct copy_writer *w, int64_t row, struct err *e)
{
    struct err why = *e;
    char key[32];

    w->refused = row;
    if (row > 0) {
        (void)snprintf(key, sizeof key, "row %" PRId64, row);
        (void)err_set(e, why.kind, "%s: %s%s%s%s%s%s", key, why.message, why.value[0] != '\0' ? " (the " : "",
                      why.value[0] != '\0' ? why.value_class : "", why.value[0] != '\0' ? " " : "", why.value,
                      why.value[0] != '\0' ? ")" : "");
        memcpy(why.message, e->message, sizeof why.message);
        *e = why;
        err_place(e, NULL, NULL, key);
    }
    err_place(e, w->spec->target, NULL, NULL);
    return -1;
}

/* Sends what is encoded. A send fails when the server has refused a row in the middle: what it said comes with the
 * end. */
static int send_rows(struct copy_writer *w, struct err *e)
{
    struct sink_counts counts;
    int64_t row = 0;

    if (w->sink->send(w->sink, &w->out, e) != 0) {
        w->over = 1;
        if (e->kind == ERR_SERVER) {
            (void)w->sink->close(w->sink, &counts, &row, e);
        }
        return place_row(w, row, e);
    }
    w->out.length = 0;
    if (w->out.capacity > 4 * (size_t)BATCH_BYTES) {
        bytes_free(&w->out);
    }
    return 0;
}

int copy_writer_put(struct copy_writer *w, struct err *e)
{
    w->refused = 0;
    if (w->over) {
        return err_set(e, ERR_USAGE, "the COPY into %s is over", w->spec->target);
    }
    if (w->sink->encode(w->sink, &w->batch, 0, &w->out, e) != 0) {
        w->over = e->kind != ERR_VALUE;
        return place_row(w, w->rows + 1, e);
    }
    w->rows++;
    return w->out.length < SEND_BYTES ? 0 : send_rows(w, e);
}

int64_t copy_writer_rows(const struct copy_writer *w)
{
    return w->rows;
}

int copy_writer_end(struct copy_writer *w, int64_t *stored, struct err *e)
{
    struct sink_counts counts = {0};
    int64_t row = 0;

    *stored = 0;
    w->refused = 0;
    if (w->over) {
        return err_set(e, ERR_USAGE, "the COPY into %s is over", w->spec->target);
    }
    if (send_rows(w, e) != 0) {
        return -1;
    }
    w->over = 1;
    if (w->sink->close(w->sink, &counts, &row, e) != 0) {
        return place_row(w, row, e);
    }
    *stored = counts.inserted;
    return 0;
}

int64_t copy_writer_refused(const struct copy_writer *w)
{
    return w->refused;
}

void copy_writer_free(struct copy_writer *w, int gone)
{
    if (w == NULL) {
        return;
    }
    if (w->sink != NULL) {
        if (gone) {
            w->sink->use(w->sink, NULL);
        }
        w->sink->cancel(w->sink);
        w->sink->free(w->sink);
    }
    batch_free(&w->batch);
    bytes_free(&w->out);
    mem_free(w);
}
