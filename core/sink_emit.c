/* sink_emit.c: rows into a table, and what functions made of them into other tables. A connection has one COPY at a
 * time: rows for other tables wait, by table and the columns that they give, until the first one's COPY ends, or until
 * they are many; then it ends, they have theirs, in the order in which the plan names the tables, and it begins anew.
 *
 * An encoded row is its length, the row itself, and then the length of what was made of it, and that. */
#include "emit.h"

#include "codec_common.h"

#include <string.h>

/* Rows of one table that give the same columns. */
struct shape {
    size_t target;
    struct bytes columns; /* two bytes each, as they came */
    struct bytes sql;     /* COPY .. FROM STDIN, with a NUL */
    struct bytes rows;
    int64_t count;
};

struct sink_emit {
    struct sink base;
    struct sink *inner;
    const struct emit_target *targets;
    size_t target_count;
    struct pgwire *pg;
    struct shape *shapes;
    size_t shape_count;
    size_t waiting; /* bytes of rows in all shapes */
    struct bytes main;
    int64_t sent, closed;    /* rows for the inner sink since open; of these before it was closed and opened again */
    struct sink_counts done; /* since open */
    int copying;             /* a COPY of waiting rows is open */
    /* What the server has said of a row while rows were sent, for close: the COPY has ended with that. */
    struct err refusal;
    int64_t refused_line;
};

static void forget_waiting(struct sink_emit *self)
{
    enum { KEPT = EMIT_BYTES / 16 }; /* there may be many shapes: none holds much that it may never need again */
    for (size_t i = 0; i < self->shape_count; i++) {
        if (self->shapes[i].rows.capacity > KEPT)
            bytes_free(&self->shapes[i].rows);
        self->shapes[i].rows.length = 0;
        self->shapes[i].count = 0;
    }
    self->waiting = 0;
}

static int emit_encode(struct sink *s, const struct batch *b, size_t row, struct bytes *out, struct err *e)
{
    struct sink_emit *self = (struct sink_emit *)s;
    size_t start = out->length;
    if (bytes_put_u32(out, 0, e) != 0)
        return -1;
    int rc = self->inner->encode(self->inner, b, row, out, e);
    size_t size = out->length - start - 4;
    if (rc != 0)
        out->length = start;
    for (size_t i = 0; rc == 0 && i < 4; i++)
        out->data[start + i] = (unsigned char)(size >> (24 - 8 * i));
    return rc;
}

/* COPY "s"."t" ("a", "b") FROM STDIN (FORMAT binary) */
static int make_sql(struct sink_emit *self, struct shape *shape, struct err *e)
{
    const struct emit_target *t = &self->targets[shape->target];
    struct bytes *sql = &shape->sql;
    if (bytes_append(sql, "COPY ", 5, e) != 0 || bytes_append(sql, t->target, strlen(t->target), e) != 0)
        return -1;
    for (size_t i = 0; i + 1 < shape->columns.length; i += 2) {
        size_t column = (size_t)shape->columns.data[i] << 8 | shape->columns.data[i + 1];
        if (bytes_append(sql, i == 0 ? " (\"" : ", \"", 3, e) != 0)
            return -1;
        for (const char *at = t->columns[column].target_name; *at != '\0'; at++)
            if ((*at == '"' && bytes_append(sql, "\"", 1, e) != 0) || bytes_append(sql, at, 1, e) != 0)
                return -1;
        if (bytes_append(sql, "\"", 1, e) != 0)
            return -1;
    }
    static const char end[] = ") FROM STDIN (FORMAT binary)";
    return bytes_append(sql, end, sizeof end, e);
}

/* The shape of a table and columns, made where there is none yet; NULL and e. */
static struct shape *find_shape(struct sink_emit *self, size_t target, const unsigned char *columns, size_t length,
                                struct err *e)
{
    for (size_t i = 0; i < self->shape_count; i++) {
        struct shape *shape = &self->shapes[i];
        if (shape->target == target && shape->columns.length == length &&
            memcmp(shape->columns.data, columns, length) == 0)
            return shape;
    }
    struct shape *shapes = mem_resize(self->shapes, (self->shape_count + 1) * sizeof *shapes, e);
    if (!shapes)
        return NULL;
    self->shapes = shapes;
    struct shape *made = &shapes[self->shape_count++];
    memset(made, 0, sizeof *made);
    made->target = target;
    return bytes_append(&made->columns, columns, length, e) == 0 && make_sql(self, made, e) == 0 ? made : NULL;
}

/* Puts the rows that were made of one to those that wait. 0, or -1 and e. */
static int put_waiting(struct sink_emit *self, const unsigned char *at, size_t length, struct err *e)
{
    const unsigned char *end = at + length;
    while (at < end) {
        size_t target = (size_t)at[0] << 8 | at[1];
        size_t columns = 2 * ((size_t)at[2] << 8 | at[3]);
        struct shape *shape = find_shape(self, target, at + 4, columns, e);
        at += 4 + columns;
        size_t size = codec_u32(at);
        if (!shape || bytes_append(&shape->rows, at + 4, size, e) != 0)
            return -1;
        shape->count++;
        self->waiting += size;
        at += 4 + size;
    }
    return 0;
}

static int copy_shape(struct sink_emit *self, struct shape *shape, struct err *e)
{
    const struct copy_format format = {.binary = 1};
    struct bytes frame = {0};
    int64_t inserted = 0, line = 0;
    int rc = -1;
    if (pgwire_copy_begin(self->pg, (const char *)shape->sql.data, e) != 0)
        return -1;
    self->copying = 1;
    if (copy_begin(&format, &frame, e) != 0 || pgwire_copy_put(self->pg, frame.data, frame.length, e) != 0 ||
        pgwire_copy_put(self->pg, shape->rows.data, shape->rows.length, e) != 0)
        goto done;
    frame.length = 0;
    if (copy_end(&format, &frame, e) != 0)
        goto done;
    (void)pgwire_copy_put(self->pg, frame.data, frame.length, e);
    self->copying = 0;
    rc = pgwire_copy_end(self->pg, &inserted, &line, e);
    if (rc == 0) {
        self->done.emitted[shape->target].rows += shape->count;
        self->done.emitted[shape->target].inserted += inserted;
    }
done:
    if (rc != 0 && self->copying && e->kind == ERR_SERVER) {
        /* The server's own word on a refused row comes with the end of the COPY. */
        self->copying = 0;
        (void)pgwire_copy_end(self->pg, &inserted, &line, e);
    }
    bytes_free(&frame);
    return rc;
}

/* The rows that wait, into their tables. No other COPY is open. */
static int send_waiting(struct sink_emit *self, struct err *e)
{
    for (size_t target = 0; target < self->target_count; target++)
        for (size_t i = 0; i < self->shape_count; i++) {
            struct shape *shape = &self->shapes[i];
            if (shape->target == target && shape->count > 0 && copy_shape(self, shape, e) != 0)
                return -1;
        }
    forget_waiting(self);
    return 0;
}

/* Ends the COPY of the first table, and those of the others. */
static int close_all(struct sink_emit *self, int64_t *line, struct err *e)
{
    struct sink_counts counts = {0};
    int rc = self->inner->close(self->inner, &counts, line, e);
    if (rc != 0) {
        if (*line > 0)
            *line += self->closed;
        return -1;
    }
    self->done.inserted += counts.inserted;
    self->done.updated += counts.updated;
    self->done.skipped += counts.skipped;
    self->closed = self->sent;
    *line = 0;
    return send_waiting(self, e);
}

static int emit_open(struct sink *s, struct err *e)
{
    struct sink_emit *self = (struct sink_emit *)s;
    forget_waiting(self);
    self->sent = self->closed = 0;
    self->done = (struct sink_counts){0};
    err_clear(&self->refusal);
    return self->inner->open(self->inner, e);
}

static int emit_send(struct sink *s, const struct bytes *rows, struct err *e)
{
    struct sink_emit *self = (struct sink_emit *)s;
    const unsigned char *at = rows->data, *end = rows->data + rows->length;
    self->main.length = 0;
    while (at < end) {
        size_t size = codec_u32(at);
        if (bytes_append(&self->main, at + 4, size, e) != 0)
            return -1;
        at += 4 + size;
        size = codec_u32(at);
        if (put_waiting(self, at + 4, size, e) != 0)
            return -1;
        at += 4 + size;
        self->sent++;
    }
    if (self->inner->send(self->inner, &self->main, e) != 0)
        return -1;
    if (self->waiting < EMIT_BYTES)
        return 0;
    self->refused_line = 0;
    if (close_all(self, &self->refused_line, e) == 0 && self->inner->open(self->inner, e) == 0)
        return 0;
    if (e->kind == ERR_SERVER)
        self->refusal = *e;
    return -1;
}

static int emit_close(struct sink *s, struct sink_counts *counts, int64_t *line, struct err *e)
{
    struct sink_emit *self = (struct sink_emit *)s;
    int rc = -1;
    if (self->refusal.kind == ERR_NONE) {
        rc = close_all(self, line, e);
    } else {
        *e = self->refusal;
        *line = self->refused_line;
    }
    *counts = self->done;
    return rc;
}

static void emit_cancel(struct sink *s)
{
    struct sink_emit *self = (struct sink_emit *)s;
    if (self->copying && self->pg)
        pgwire_copy_abort(self->pg);
    self->copying = 0;
    self->inner->cancel(self->inner);
    forget_waiting(self);
}

static void emit_use(struct sink *s, struct pgwire *p)
{
    struct sink_emit *self = (struct sink_emit *)s;
    self->pg = p;
    self->copying = 0;
    self->inner->use(self->inner, p);
}

static void emit_observe(struct sink *s, struct form_watch *watches, struct copy_counts *counts)
{
    struct sink_emit *self = (struct sink_emit *)s;
    self->inner->observe(self->inner, watches, counts);
}

static void emit_free(struct sink *s)
{
    struct sink_emit *self = (struct sink_emit *)s;
    for (size_t i = 0; i < self->shape_count; i++) {
        bytes_free(&self->shapes[i].columns);
        bytes_free(&self->shapes[i].sql);
        bytes_free(&self->shapes[i].rows);
    }
    mem_free(self->shapes);
    bytes_free(&self->main);
    self->inner->free(self->inner);
    mem_free(self);
}

int sink_emit_open(struct sink **out, struct sink *inner, const struct emit_target *targets, size_t count,
                   struct err *e)
{
    struct sink_emit *self = mem_alloc(sizeof *self, e);
    if (!self)
        return -1;
    self->base =
        (struct sink){emit_encode, emit_open, emit_send, emit_close, emit_cancel, emit_use, emit_observe, emit_free};
    self->inner = inner;
    self->targets = targets;
    self->target_count = count;
    *out = &self->base;
    return 0;
}
