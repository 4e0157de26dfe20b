/* sink_digest.c: sums of rows' hashes. */
#include "sink_digest.h"

#include <string.h>
#include <xxhash.h>

enum { LENGTH_WORD = 4 };

static void sum_up(struct digest_sum *sum, uint64_t hash)
{
    sum->rows++;
    sum->low += hash;
    sum->high += sum->low < hash;
}

size_t digest_bucket(const struct digest_spec *spec, const struct copy_field *fields)
{
    uint64_t hash = 0;

    /* A field with its length word, which stands before it on the wire: NULL and '' are different keys, and so are
     * ('a', 'bc') and ('ab', 'c'). */
    for (size_t i = 0; i < spec->key_count; i++) {
        const struct copy_field *field = &fields[spec->key_columns[i]];
        size_t length = field->length < 0 ? 0 : (size_t)field->length;

        hash = XXH3_64bits_withSeed(field->data - LENGTH_WORD, LENGTH_WORD + length, hash);
    }
    return (size_t)(hash % DIGEST_BUCKETS);
}

int digest_message(struct digest *d, const struct digest_spec *spec, struct copy_reader *r,
                   const unsigned char *message, size_t length, struct copy_field *fields, struct err *e)
{
    size_t at = 0;
    int got;

    while ((got = copy_read_row(r, message, length, &at, fields, spec->columns, e)) == 1) {
        /* All rows have the same number of fields, so the row is what lies between its first length word and its end.
         */
        const unsigned char *row = spec->columns > 0 ? fields[0].data - LENGTH_WORD : message + at;
        uint64_t hash = XXH3_64bits(row, (size_t)(message + at - row));

        sum_up(&d->all, hash);
        sum_up(&d->buckets[digest_bucket(spec, fields)], hash);
    }
    return got;
}

static void add_sum(struct digest_sum *sum, const struct digest_sum *other)
{
    sum->rows += other->rows;
    sum->low += other->low;
    sum->high += other->high + (sum->low < other->low);
}

void digest_add(struct digest *d, const struct digest *other)
{
    add_sum(&d->all, &other->all);
    for (size_t i = 0; i < DIGEST_BUCKETS; i++) {
        add_sum(&d->buckets[i], &other->buckets[i]);
    }
}

size_t digest_compare(const struct digest *a, const struct digest *b, size_t *differ)
{
    size_t count = 0;

    for (size_t i = 0; i < DIGEST_BUCKETS; i++) {
        const struct digest_sum *x = &a->buckets[i];
        const struct digest_sum *y = &b->buckets[i];

        if (x->rows != y->rows || x->low != y->low || x->high != y->high) {
            if (differ != NULL) {
                differ[count] = i;
            }
            count++;
        }
    }
    return count;
}

/* ---- the sink ---- */

struct sink_digest {
    struct sink base;
    struct copy_format format; /* used by the reading half only */
    const struct digest_spec *spec;
    struct digest *digest;
    struct copy_field *fields; /* owned; used by the sending half only */
    int64_t before;            /* rows that the digest had at open */
};

static int digest_encode(struct sink *s, const struct batch *b, size_t row, struct bytes *out, struct err *e)
{
    return copy_row(&((struct sink_digest *)s)->format, b, row, out, e);
}

static int digest_open(struct sink *s, struct err *e)
{
    struct sink_digest *self = (struct sink_digest *)s;

    (void)e;
    self->before = self->digest->all.rows;
    return 0;
}

static int digest_send(struct sink *s, const struct bytes *rows, struct err *e)
{
    struct sink_digest *self = (struct sink_digest *)s;
    struct copy_reader reader = {.begun = 1}; /* rows alone */

    if (rows->length == 0) {
        return 0;
    }
    return digest_message(self->digest, self->spec, &reader, rows->data, rows->length, self->fields, e);
}

static int digest_close(struct sink *s, struct sink_counts *counts, int64_t *line, struct err *e)
{
    struct sink_digest *self = (struct sink_digest *)s;

    (void)e;
    memset(counts, 0, sizeof *counts);
    counts->inserted = self->digest->all.rows - self->before;
    *line = 0;
    return 0;
}

static void digest_cancel(struct sink *s)
{
    (void)s; /* whoever gives up throws the digest away */
}

static void digest_use(struct sink *s, struct pgwire *p)
{
    (void)s;
    (void)p;
}

static void digest_observe(struct sink *s, struct form_watch *watches, struct copy_counts *counts)
{
    struct sink_digest *self = (struct sink_digest *)s;

    self->format.watches = watches;
    self->format.counts = counts;
}

static void digest_free(struct sink *s)
{
    struct sink_digest *self = (struct sink_digest *)s;

    if (self != NULL) {
        copy_format_free(&self->format);
        mem_free(self->fields);
        mem_free(self);
    }
}

int sink_digest_open(struct sink **out, const struct write_spec *write, const struct digest_spec *spec,
                     struct digest *d, struct err *e)
{
    struct sink_digest *self = NULL;

    *out = NULL;
    if (!write->binary || write->count != spec->columns) {
        return err_set(e, ERR_INTERNAL, "only rows in the binary format, of as many columns, are digested");
    }
    self = mem_alloc(sizeof *self, e);
    if (self == NULL) {
        return -1;
    }
    self->base = (struct sink){.encode = digest_encode,
                               .open = digest_open,
                               .send = digest_send,
                               .close = digest_close,
                               .cancel = digest_cancel,
                               .use = digest_use,
                               .observe = digest_observe,
                               .free = digest_free};
    self->format.binary = 1;
    self->format.columns = write->columns;
    self->format.count = write->count;
    self->spec = spec;
    self->digest = d;
    self->fields = mem_alloc(spec->columns * sizeof *self->fields, e);
    if (self->fields == NULL) {
        digest_free(&self->base);
        return -1;
    }
    *out = &self->base;
    return 0;
}
