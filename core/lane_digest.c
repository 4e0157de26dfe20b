/* lane_digest.c: the rows of a step into the digests of their tables. */
#include "lane_digest.h"

#include <string.h>

#include "codec_common.h"

static size_t table_count(const struct table_load *t)
{
    return 1 + t->emit_count;
}

/* How rows of the place-th table, counted as in load_digests, go into its digest; NULL: they don't. */
static const struct digest_spec *spec_of(const struct table_load *t, size_t place)
{
    return place == 0 ? t->digest : t->emits[place - 1].digest;
}

static const char *target_of(const struct table_load *t, size_t place)
{
    return place == 0 ? t->write.target : t->emits[place - 1].target;
}

int load_is_digested(const struct table_load *t)
{
    for (size_t i = 0; i < table_count(t); i++)
        if (spec_of(t, i))
            return 1;
    return 0;
}

void load_digests_free(struct load_digests *d)
{
    mem_free(d->all);
    digest_scratch_free(&d->scratch);
    bytes_free(&d->given);
    d->all = NULL;
}

static int make_room(struct load_digests *d, struct err *e)
{
    if (!d->all)
        d->all = mem_alloc(table_count(d->table) * sizeof *d->all, e);
    return d->all ? 0 : -1;
}

static int own_row(struct load_digests *d, const unsigned char *row, enum digest_way way, struct err *e)
{
    const struct digest_spec *spec = d->table->digest;
    uint64_t key_hash, row_hash;
    if (way == DIGEST_ADD)
        return digest_put(spec, row, &d->scratch, &d->all[0], e);
    if (digest_row(spec, row, &d->scratch, &key_hash, &row_hash, e) != 0)
        return -1;
    digest_take_row(&d->all[0], key_hash, row_hash);
    return 0;
}

/* An emitted row whose columns are given at `columns`, two bytes each. */
static int emitted_row(struct load_digests *d, size_t target, const unsigned char *columns, size_t count,
                       const unsigned char *row, enum digest_way way, struct err *e)
{
    const struct digest_spec *spec = spec_of(d->table, target + 1);
    struct digest *into = &d->all[target + 1];
    uint64_t key_hash, row_hash;
    if (!spec)
        return 0;
    d->given.length = 0;
    for (size_t i = 0; i < count; i++) {
        size_t column = (size_t)columns[2 * i] << 8 | columns[2 * i + 1];
        if (bytes_append(&d->given, &column, sizeof column, e) != 0)
            return -1;
    }
    const size_t *given = (const size_t *)(const void *)d->given.data;
    if (way == DIGEST_ADD)
        return digest_put_of(spec, given, count, row, &d->scratch, into, e);
    if (digest_row_of(spec, given, count, row, &d->scratch, &key_hash, &row_hash, e) != 0)
        return -1;
    digest_take_row(into, key_hash, row_hash);
    return 0;
}

/* The rows that were made of one, as emit_row has appended them. */
static int emitted_rows(struct load_digests *d, const unsigned char *at, size_t length, enum digest_way way,
                        struct err *e)
{
    const unsigned char *end = at + length;
    while (at < end) {
        size_t target = (size_t)at[0] << 8 | at[1];
        size_t count = (size_t)at[2] << 8 | at[3];
        const unsigned char *size = at + 4 + 2 * count;
        if (emitted_row(d, target, at + 4, count, size + 4, way, e) != 0)
            return -1;
        at = size + 4 + codec_u32(size);
    }
    return 0;
}

int load_digests_row(struct load_digests *d, const unsigned char *row, enum digest_way way, struct err *e)
{
    const struct table_load *t = d->table;
    const unsigned char *emitted = NULL;
    if (make_room(d, e) != 0)
        return -1;
    if (t->emit_count > 0) {
        emitted = row + 4 + codec_u32(row);
        row += 4;
    }
    if (t->digest && own_row(d, row, way, e) != 0)
        return -1;
    return emitted ? emitted_rows(d, emitted + 4, codec_u32(emitted), way, e) : 0;
}

int load_digests_move(struct load_digests *d, struct bytes *out, struct err *e)
{
    size_t size = table_count(d->table) * sizeof *d->all;
    if (!load_is_digested(d->table))
        return 0;
    digest_settle(&d->scratch);
    if (make_room(d, e) != 0 || bytes_append(out, d->all, size, e) != 0)
        return -1;
    memset(d->all, 0, size);
    return 0;
}

int load_digests_add(struct load_digests *d, const struct bytes *moved, struct err *e)
{
    if (moved->length == 0)
        return 0;
    if (make_room(d, e) != 0)
        return -1;
    for (size_t i = 0; i < table_count(d->table); i++)
        digest_add(&d->all[i], (const struct digest *)(const void *)moved->data + i);
    return 0;
}

/* Takes what rows of the same table under another place have summed up to those of its first place. 1: this was the
 * first. */
static int gather(struct load_digests *d, size_t place)
{
    const struct table_load *t = d->table;
    for (size_t i = 0; i < place; i++)
        if (spec_of(t, i) && strcmp(target_of(t, i), target_of(t, place)) == 0)
            return 0;
    for (size_t i = place + 1; i < table_count(t); i++)
        if (spec_of(t, i) && strcmp(target_of(t, i), target_of(t, place)) == 0)
            digest_add(&d->all[place], &d->all[i]);
    return 1;
}

int load_digests_write(struct load_digests *d, struct pgwire *p, const struct journal *j, int64_t slice, struct err *e)
{
    const struct table_load *t = d->table;
    if (!load_is_digested(t))
        return 0;
    if (make_room(d, e) != 0)
        return -1;
    digest_settle(&d->scratch);
    for (size_t i = 0; i < table_count(t); i++) {
        unsigned char packed[DIGEST_PACKED_MOST];
        if (!spec_of(t, i) || !gather(d, i))
            continue;
        size_t length = digest_pack(&d->all[i], packed);
        if (journal_digest(p, j, slice, target_of(t, i), packed, length, e) != 0)
            return -1;
    }
    return 0;
}
