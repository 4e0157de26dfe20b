/* digest.c: sums of rows' hashes. */
#include "digest.h"

#include <string.h>

#include "canonical.h"
#include "record_hash.h"

enum {
    PACKED_VERSION = 1,
    WAITING_ROWS = 64,          /* that are hashed together, .. */
    WAITING_BYTES = 128 * 1024, /* .. or fewer, of so many bytes: they are still at hand */
    KEPT_BYTES = 1024 * 1024    /* that a buffer may keep which grew for one large row */
};

/* A field of a row. */
struct field {
    const unsigned char *at; /* its length word; NULL: the row does not have it */
    size_t size;             /* with that */
};

/* A row whose hashes are not known yet: where its record lies, and that of its key. */
struct waiting {
    struct digest *into;
    size_t row, row_length, key, key_length;
};

void digest_prepare(struct digest_column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        columns[i].is_canonical = !columns[i].codec || !canonical_is_needed(columns[i].codec, columns[i].hint);
}

void digest_scratch_free(struct digest_scratch *s)
{
    bytes_free(&s->record);
    bytes_free(&s->records);
    bytes_free(&s->places);
    bytes_free(&s->fields);
    bytes_free(&s->rows);
}

static void give_back(struct bytes *b)
{
    if (b->capacity > KEPT_BYTES)
        bytes_free(b);
    b->length = 0;
}

/* Most fields are small, and a call for each would cost more than they do. */
static inline void copy_small(unsigned char *to, const unsigned char *from, size_t size)
{
    if (size >= 8 && size <= 16) {
        uint64_t first, last;
        memcpy(&first, from, 8);
        memcpy(&last, from + size - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + size - 8, &last, 8);
    } else if (size < 8) { /* NULL, '', and up to three bytes: the length word, then these */
        uint32_t first, last;
        memcpy(&first, from, 4);
        memcpy(&last, from + size - 4, 4);
        memcpy(to, &first, 4);
        memcpy(to + size - 4, &last, 4);
    } else {
        memcpy(to, from, size);
    }
}

/* Appends the value of a field in its canonical form, behind the length of that. */
static int put_canonical(const struct digest_column *column, const struct field *field, struct bytes *out,
                         struct err *e)
{
    if (bytes_put_u32(out, column->oid, e) != 0 || bytes_put_u32(out, 0, e) != 0)
        return -1;
    size_t start = out->length;
    if (canonical_put(column->codec, column->hint, field->at + DIGEST_LENGTH_WORD, field->size - DIGEST_LENGTH_WORD,
                      out, e) != 0)
        return -1;
    store_u32(out->data + start - DIGEST_LENGTH_WORD, (uint32_t)(out->length - start));
    return 0;
}

static int is_null(const unsigned char *field)
{
    return (field[0] & field[1] & field[2] & field[3]) == 0xff;
}

/* Appends what record_send gives for the columns; places gets where each begins, with its type. */
static int put_record(const struct digest_spec *spec, const struct field *fields, size_t field_count,
                      struct digest_scratch *s, struct bytes *out, struct err *e)
{
    static const unsigned char null[DIGEST_LENGTH_WORD] = {0xff, 0xff, 0xff, 0xff};
    s->places.length = 0;
    if (bytes_reserve(&s->places, (spec->count + 1) * sizeof(size_t), e) != 0 ||
        bytes_put_u32(out, (uint32_t)spec->count, e) != 0)
        return -1;
    size_t *places = (size_t *)(void *)s->places.data;
    for (size_t i = 0; i < spec->count; i++) {
        const struct digest_column *column = &spec->columns[i];
        struct field field = {0};
        places[i] = out->length;
        if (column->field < field_count)
            field = fields[column->field];
        if (!field.at)
            field = column->constant ? (struct field){column->constant, column->constant_length}
                                     : (struct field){null, sizeof null};
        else if (!column->is_canonical && !is_null(field.at)) {
            if (put_canonical(column, &field, out, e) != 0)
                return -1;
            continue;
        }
        if (bytes_reserve(out, sizeof column->oid + field.size, e) != 0)
            return -1;
        store_u32(out->data + out->length, column->oid);
        copy_small(out->data + out->length + sizeof column->oid, field.at, field.size);
        out->length += sizeof column->oid + field.size;
    }
    places[spec->count] = out->length;
    return 0;
}

/* Appends the record of the key's columns, which lie in the row's as it needs them. */
static int put_key(const struct digest_spec *spec, struct digest_scratch *s, struct bytes *out, struct err *e)
{
    const size_t *places = (const size_t *)(const void *)s->places.data;
    if (bytes_put_u32(out, (uint32_t)spec->key_count, e) != 0)
        return -1;
    for (size_t i = 0; i < spec->key_count; i++) {
        size_t from = places[spec->key[i]], size = places[spec->key[i] + 1] - from;
        if (bytes_reserve(out, size, e) != 0)
            return -1;
        memcpy(out->data + out->length, out->data + from, size);
        out->length += size;
    }
    return 0;
}

/* Appends the records of a row and of its key. */
static int put_records(const struct digest_spec *spec, const struct field *fields, size_t field_count,
                       struct digest_scratch *s, struct bytes *out, struct waiting *w, struct err *e)
{
    w->row = out->length;
    if (put_record(spec, fields, field_count, s, out, e) != 0)
        return -1;
    w->key = out->length;
    w->row_length = w->key - w->row;
    w->key_length = 0;
    if (spec->key_count > 0) {
        if (put_key(spec, s, out, e) != 0)
            return -1;
        w->key_length = out->length - w->key;
    }
    return 0;
}

/* Room for `count` fields; NULL and e. */
static struct field *make_fields(struct digest_scratch *s, size_t count, struct err *e)
{
    s->fields.length = 0;
    if (bytes_reserve(&s->fields, (count + 1) * sizeof(struct field), e) != 0)
        return NULL;
    return (struct field *)(void *)s->fields.data;
}

static const struct field *all_fields(const unsigned char *row, struct digest_scratch *s, size_t *count, struct err *e)
{
    *count = (size_t)row[0] << 8 | row[1];
    struct field *fields = make_fields(s, *count, e);
    row += 2;
    for (size_t i = 0; fields && i < *count; i++) {
        fields[i] = (struct field){row, digest_field_size(row)};
        row += fields[i].size;
    }
    return fields;
}

static const struct field *some_fields(const size_t *given, size_t given_count, const unsigned char *row,
                                       struct digest_scratch *s, size_t *count, struct err *e)
{
    *count = 0;
    if (given_count != ((size_t)row[0] << 8 | row[1])) {
        (void)err_set(e, ERR_INTERNAL, "a row has other fields than it is said to have");
        return NULL;
    }
    for (size_t i = 0; i < given_count; i++)
        *count = given[i] >= *count ? given[i] + 1 : *count;
    struct field *fields = make_fields(s, *count, e);
    if (!fields)
        return NULL;
    memset(fields, 0, *count * sizeof *fields);
    row += 2;
    for (size_t i = 0; i < given_count; i++) {
        fields[given[i]] = (struct field){row, digest_field_size(row)};
        row += fields[given[i]].size;
    }
    return fields;
}

/* One row: the hashes are computed at once. fields: NULL and e: there was no room. */
static int hash_fields(const struct digest_spec *spec, const struct field *fields, size_t count,
                       struct digest_scratch *s, uint64_t *key_hash, uint64_t *row_hash, struct err *e)
{
    struct waiting w;
    give_back(&s->record);
    if (!fields || put_records(spec, fields, count, s, &s->record, &w, e) != 0)
        return -1;
    *row_hash = record_hash(s->record.data, w.row_length);
    *key_hash = w.key_length > 0 ? record_hash(s->record.data + w.key, w.key_length) : *row_hash;
    s->record.length = w.row_length;
    return 0;
}

int digest_row(const struct digest_spec *spec, const unsigned char *row, struct digest_scratch *s, uint64_t *key_hash,
               uint64_t *row_hash, struct err *e)
{
    size_t count;
    const struct field *fields = all_fields(row, s, &count, e);
    return hash_fields(spec, fields, count, s, key_hash, row_hash, e);
}

int digest_row_of(const struct digest_spec *spec, const size_t *given, size_t given_count, const unsigned char *row,
                  struct digest_scratch *s, uint64_t *key_hash, uint64_t *row_hash, struct err *e)
{
    size_t count;
    const struct field *fields = some_fields(given, given_count, row, s, &count, e);
    return hash_fields(spec, fields, count, s, key_hash, row_hash, e);
}

/* The row waits for its hashes. As hash_fields. */
static int put_fields(const struct digest_spec *spec, const struct field *fields, size_t count,
                      struct digest_scratch *s, struct digest *into, struct err *e)
{
    struct waiting w = {.into = into};
    size_t before = s->records.length;
    if (!fields)
        return -1;
    if (put_records(spec, fields, count, s, &s->records, &w, e) != 0 || bytes_append(&s->rows, &w, sizeof w, e) != 0) {
        s->records.length = before;
        return -1;
    }
    if (s->rows.length >= WAITING_ROWS * sizeof w || s->records.length >= WAITING_BYTES)
        digest_settle(s);
    return 0;
}

int digest_put(const struct digest_spec *spec, const unsigned char *row, struct digest_scratch *s, struct digest *into,
               struct err *e)
{
    size_t count;
    const struct field *fields = all_fields(row, s, &count, e);
    return put_fields(spec, fields, count, s, into, e);
}

int digest_put_of(const struct digest_spec *spec, const size_t *given, size_t given_count, const unsigned char *row,
                  struct digest_scratch *s, struct digest *into, struct err *e)
{
    size_t count;
    const struct field *fields = some_fields(given, given_count, row, s, &count, e);
    return put_fields(spec, fields, count, s, into, e);
}

void digest_settle(struct digest_scratch *s)
{
    const struct waiting *rows = (const struct waiting *)(const void *)s->rows.data;
    size_t count = s->rows.length / sizeof *rows;
    struct record records[2 * WAITING_ROWS];
    size_t keys = 0;
    for (size_t i = 0; i < count; i++)
        records[i] = (struct record){.data = s->records.data + rows[i].row, .length = rows[i].row_length};
    for (size_t i = 0; i < count; i++)
        if (rows[i].key_length > 0)
            records[count + keys++] =
                (struct record){.data = s->records.data + rows[i].key, .length = rows[i].key_length};
    record_hash_all(records, count + keys);
    for (size_t i = 0, key = count; i < count; i++)
        digest_add_row(rows[i].into, rows[i].key_length > 0 ? records[key++].hash : records[i].hash, records[i].hash);
    s->rows.length = 0;
    give_back(&s->records);
}

void digest_add(struct digest *d, const struct digest *other)
{
    for (size_t i = 0; i < DIGEST_BUCKETS; i++) {
        d->buckets[i].rows += other->buckets[i].rows;
        d->buckets[i].sum += other->buckets[i].sum;
    }
}

void digest_take(struct digest *d, const struct digest *other)
{
    for (size_t i = 0; i < DIGEST_BUCKETS; i++) {
        d->buckets[i].rows -= other->buckets[i].rows;
        d->buckets[i].sum -= other->buckets[i].sum;
    }
}

struct digest_bucket digest_total(const struct digest *d)
{
    struct digest_bucket total = {0};
    for (size_t i = 0; i < DIGEST_BUCKETS; i++) {
        total.rows += d->buckets[i].rows;
        total.sum += d->buckets[i].sum;
    }
    return total;
}

size_t digest_compare(const struct digest *a, const struct digest *b, size_t *differ)
{
    size_t count = 0;
    for (size_t i = 0; i < DIGEST_BUCKETS; i++) {
        const struct digest_bucket *x = &a->buckets[i], *y = &b->buckets[i];
        if (x->rows == y->rows && x->sum == y->sum)
            continue;
        if (differ)
            differ[count] = i;
        count++;
    }
    return count;
}

static uint32_t load_u32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Seven bits a byte, the lowest first; all but the last byte have the eighth. */
static unsigned char *put_number(unsigned char *at, uint64_t number)
{
    while (number >= 0x80) {
        *at++ = (unsigned char)(number | 0x80);
        number >>= 7;
    }
    *at++ = (unsigned char)number;
    return at;
}

size_t digest_pack(const struct digest *d, unsigned char *out)
{
    unsigned char *at = out;
    size_t next = 0;
    *at++ = PACKED_VERSION;
    for (size_t i = 0; i < DIGEST_BUCKETS; i++) {
        const struct digest_bucket *bucket = &d->buckets[i];
        if (bucket->rows == 0 && bucket->sum == 0)
            continue;
        at = put_number(at, i - next); /* buckets that are left out before it */
        at = put_number(at, (uint64_t)bucket->rows);
        store_u64(at, bucket->sum);
        at += sizeof bucket->sum;
        next = i + 1;
    }
    return (size_t)(at - out);
}

/* 1: a number; 0: there is none. */
static int take_number(const unsigned char **at, const unsigned char *end, uint64_t *number)
{
    *number = 0;
    for (unsigned shift = 0; *at < end && shift < 64; shift += 7) {
        unsigned char byte = *(*at)++;
        *number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return 1;
    }
    return 0;
}

int digest_unpack(struct digest *d, const unsigned char *packed, size_t length, struct err *e)
{
    const unsigned char *at = packed + 1, *end = packed + length;
    size_t next = 0;
    memset(d, 0, sizeof *d);
    if (length == 0 || packed[0] != PACKED_VERSION)
        return err_set(e, ERR_VALUE, "these bytes are no digest of this version");
    while (at < end) {
        uint64_t gap, rows;
        if (!take_number(&at, end, &gap) || !take_number(&at, end, &rows) || gap >= DIGEST_BUCKETS - next ||
            end - at < (ptrdiff_t)sizeof(uint64_t))
            return err_set(e, ERR_VALUE, "a digest is damaged");
        next += (size_t)gap;
        d->buckets[next].rows = (int64_t)rows;
        d->buckets[next].sum = (uint64_t)load_u32(at) << 32 | load_u32(at + 4);
        at += sizeof(uint64_t);
        next++;
    }
    return 0;
}
