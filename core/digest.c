/* digest.c: sums of rows' hashes. */
#include "digest.h"

#include <string.h>

#include "canonical.h"
#include "record_hash.h"

enum { PACKED_VERSION = 1 };

static uint32_t load_u32(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

void digest_prepare(struct digest_column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        columns[i].is_canonical = !columns[i].codec || !canonical_is_needed(columns[i].codec, columns[i].hint);
}

void digest_scratch_free(struct digest_scratch *s)
{
    bytes_free(&s->record);
    bytes_free(&s->key);
    bytes_free(&s->places);
    bytes_free(&s->fields);
}

/* Appends the value of a field in its canonical form, behind the length of that. */
static int put_canonical(const struct digest_column *column, const unsigned char *field, struct bytes *out,
                         struct err *e)
{
    size_t start = out->length;
    if (bytes_put_u32(out, 0, e) != 0 || canonical_put(column->codec, column->hint, field + DIGEST_LENGTH_WORD,
                                                       digest_field_size(field) - DIGEST_LENGTH_WORD, out, e) != 0)
        return -1;
    store_u32(out->data + start, (uint32_t)(out->length - start - DIGEST_LENGTH_WORD));
    return 0;
}

/* What record_send gives for the columns; places gets where each begins, with its type. */
static int put_record(const struct digest_spec *spec, const unsigned char *const *fields, size_t field_count,
                      struct digest_scratch *s, struct err *e)
{
    struct bytes *out = &s->record;
    out->length = s->places.length = 0;
    if (bytes_reserve(&s->places, (spec->count + 1) * sizeof(size_t), e) != 0 ||
        bytes_put_u32(out, (uint32_t)spec->count, e) != 0)
        return -1;
    size_t *places = (size_t *)(void *)s->places.data;
    for (size_t i = 0; i < spec->count; i++) {
        const struct digest_column *column = &spec->columns[i];
        const unsigned char *field = column->field < field_count ? fields[column->field] : NULL;
        places[i] = out->length;
        if (field && !column->is_canonical && load_u32(field) != UINT32_MAX) {
            if (bytes_put_u32(out, column->oid, e) != 0 || put_canonical(column, field, out, e) != 0)
                return -1;
            continue;
        }
        static const unsigned char null[DIGEST_LENGTH_WORD] = {0xff, 0xff, 0xff, 0xff};
        if (!field)
            field = column->constant ? column->constant : null;
        size_t size = digest_field_size(field);
        if (bytes_reserve(out, sizeof column->oid + size, e) != 0)
            return -1;
        store_u32(out->data + out->length, column->oid);
        memcpy(out->data + out->length + sizeof column->oid, field, size);
        out->length += sizeof column->oid + size;
    }
    places[spec->count] = out->length;
    return 0;
}

/* The hash of the key's columns, which lie in the record as it needs them. */
static int hash_key(const struct digest_spec *spec, struct digest_scratch *s, uint64_t *hash, struct err *e)
{
    const size_t *places = (const size_t *)(const void *)s->places.data;
    s->key.length = 0;
    if (bytes_put_u32(&s->key, (uint32_t)spec->key_count, e) != 0)
        return -1;
    for (size_t i = 0; i < spec->key_count; i++) {
        size_t column = spec->key[i];
        if (bytes_append(&s->key, s->record.data + places[column], places[column + 1] - places[column], e) != 0)
            return -1;
    }
    *hash = record_hash(s->key.data, s->key.length);
    return 0;
}

static int hash_fields(const struct digest_spec *spec, const unsigned char *const *fields, size_t field_count,
                       struct digest_scratch *s, uint64_t *key_hash, uint64_t *row_hash, struct err *e)
{
    if (put_record(spec, fields, field_count, s, e) != 0)
        return -1;
    *row_hash = record_hash(s->record.data, s->record.length);
    if (spec->key_count > 0)
        return hash_key(spec, s, key_hash, e);
    *key_hash = *row_hash;
    return 0;
}

/* Room for `count` places of fields; NULL and e. */
static const unsigned char **field_places(struct digest_scratch *s, size_t count, struct err *e)
{
    s->fields.length = 0;
    if (bytes_reserve(&s->fields, (count + 1) * sizeof(unsigned char *), e) != 0)
        return NULL;
    return (const unsigned char **)(void *)s->fields.data;
}

int digest_row(const struct digest_spec *spec, const unsigned char *row, struct digest_scratch *s, uint64_t *key_hash,
               uint64_t *row_hash, struct err *e)
{
    size_t count = (size_t)row[0] << 8 | row[1];
    const unsigned char **fields = field_places(s, count, e);
    if (!fields)
        return -1;
    row += 2;
    for (size_t i = 0; i < count; i++) {
        fields[i] = row;
        row += digest_field_size(row);
    }
    return hash_fields(spec, fields, count, s, key_hash, row_hash, e);
}

int digest_row_of(const struct digest_spec *spec, const size_t *given, size_t given_count, const unsigned char *row,
                  struct digest_scratch *s, uint64_t *key_hash, uint64_t *row_hash, struct err *e)
{
    size_t most = 0;
    if (given_count != ((size_t)row[0] << 8 | row[1]))
        return err_set(e, ERR_INTERNAL, "a row has other fields than it is said to have");
    for (size_t i = 0; i < given_count; i++)
        most = given[i] >= most ? given[i] + 1 : most;
    const unsigned char **fields = field_places(s, most, e);
    if (!fields)
        return -1;
    for (size_t i = 0; i < most; i++)
        fields[i] = NULL;
    row += 2;
    for (size_t i = 0; i < given_count; i++) {
        fields[given[i]] = row;
        row += digest_field_size(row);
    }
    return hash_fields(spec, fields, most, s, key_hash, row_hash, e);
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
