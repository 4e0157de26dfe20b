/* verify_compare.c: two sides of a table, sorted by the hashes of keys and rows, and merged. */
#include "verify_compare.h"

#include <stdlib.h>
#include <string.h>

#include "codec_common.h"
#include "crew.h"
#include "verify_group.h"

enum {
    EXACT_MOST = 1 << 16, /* keys that are wanted and known one by one; of more of them some bits are */
    BITS_MOST = 27
};

/* Keys whose rows are wanted. */
struct wanted {
    uint64_t *keys; /* owned; ascending; while they are few */
    size_t count, capacity;
    unsigned char *bits; /* owned; NULL while they are few: a bit for the highest bits of a key's hash */
};

/* What one thread adds. */
struct adding {
    struct sort_buffer buffer;
    struct bytes kept; /* a row in short */
};

struct comparison {
    struct comparison_options options;
    struct spill *spill; /* owned */
    struct sorter sorter;
    struct adding adding[2][CREW_MOST];
    int is_counted; /* rows of wanted keys are kept from now on */
    struct wanted wanted;
    /* The differences. */
    struct sort_cursor *cursor; /* owned */
    struct group_reader groups;
    struct group group; /* under way, of which .. */
    size_t at[2];       /* .. these are the next ones to be told, */
    int is_open;        /* if any is left */
    struct bytes rows[2];
};

/* ---- which rows are wanted ---- */

static int by_number(const void *left, const void *right)
{
    const uint64_t *a = left;
    const uint64_t *b = right;

    return (*a > *b) - (*a < *b);
}

static size_t bit_of(uint64_t key_hash)
{
    return (size_t)(key_hash >> (64 - BITS_MOST));
}

static int is_wanted(const struct wanted *w, uint64_t key_hash)
{
    if (w->bits != NULL) {
        return (w->bits[bit_of(key_hash) / 8] >> (bit_of(key_hash) % 8) & 1) != 0;
    }
    return w->count > 0 && bsearch(&key_hash, w->keys, w->count, sizeof *w->keys, by_number) != NULL;
}

static void set_bit(struct wanted *w, uint64_t key_hash)
{
    w->bits[bit_of(key_hash) / 8] |= (unsigned char)(1 << bit_of(key_hash) % 8);
}

/* Adds a key that is behind all others. */
static int want(struct wanted *w, uint64_t key_hash, struct err *e)
{
    if (w->bits == NULL && w->count == EXACT_MOST) {
        w->bits = mem_alloc((size_t)1 << (BITS_MOST - 3), e);
        if (w->bits == NULL) {
            return -1;
        }
        for (size_t i = 0; i < w->count; i++) {
            set_bit(w, w->keys[i]);
        }
    }
    if (w->bits != NULL) {
        set_bit(w, key_hash);
        return 0;
    }
    if (w->count == w->capacity) {
        size_t capacity = w->capacity == 0 ? 64 : 2 * w->capacity;
        uint64_t *keys = mem_resize(w->keys, capacity * sizeof *keys, e);

        if (keys == NULL) {
            return -1;
        }
        w->keys = keys;
        w->capacity = capacity;
    }
    w->keys[w->count++] = key_hash;
    return 0;
}

/* ---- taking rows ---- */

static int take_row(struct comparison *c, enum comparison_side side, size_t slot, const struct verify_row *row,
                    struct err *e)
{
    struct adding *adding = &c->adding[side][slot];
    struct sort_record record = {.key = {row->key_hash, row->row_hash}};
    int64_t offset = 0;

    if (row->target != c->options.target ||
        (c->options.buckets != NULL && c->options.buckets[digest_bucket_of(row->key_hash)] == 0) ||
        (c->is_counted && !is_wanted(&c->wanted, row->key_hash))) {
        return 0;
    }
    if (c->is_counted || c->options.keeps) {
        adding->kept.length = 0;
        if (bytes_put_u32(&adding->kept, 0, e) != 0 || capture_row(&adding->kept, row, c->options.columns, e) != 0) {
            return -1;
        }
        store_u32(adding->kept.data, (uint32_t)adding->kept.length);
        if (spill_append(c->spill, adding->kept.data, adding->kept.length, &offset, e) != 0) {
            return -1;
        }
    }
    record.row = (uint64_t)side << GROUP_SIDE_BIT | (uint64_t)offset;
    adding->buffer.sorter = &c->sorter;
    return sort_buffer_add(&adding->buffer, &record, e);
}

static int take_sqlite(void *context, size_t slot, const struct verify_row *row, struct err *e)
{
    return take_row(context, SIDE_SQLITE, slot, row, e);
}

static int take_pg(void *context, size_t slot, const struct verify_row *row, struct err *e)
{
    return take_row(context, SIDE_PG, slot, row, e);
}

static int end_part(struct comparison *c, enum comparison_side side, size_t slot, struct err *e)
{
    struct adding *adding = &c->adding[side][slot];

    bytes_free(&adding->kept);
    adding->buffer.sorter = &c->sorter;
    return sort_buffer_flush(&adding->buffer, e);
}

static int end_sqlite(void *context, size_t slot, struct err *e)
{
    return end_part(context, SIDE_SQLITE, slot, e);
}

static int end_pg(void *context, size_t slot, struct err *e)
{
    return end_part(context, SIDE_PG, slot, e);
}

struct verify_taker comparison_taker(struct comparison *c, enum comparison_side side)
{
    return (struct verify_taker){.row = side == SIDE_SQLITE ? take_sqlite : take_pg,
                                 .part = side == SIDE_SQLITE ? end_sqlite : end_pg,
                                 .context = c};
}

/* ---- what differs ---- */

/* How many rows of a key are of each kind. */
static void count_kinds(const struct comparison *c, const struct group *g, int64_t kinds[COMPARISON_KINDS])
{
    int64_t sqlite = g->alone[SIDE_SQLITE];
    int64_t pg = g->alone[SIDE_PG];

    if (c->options.any && g->rows[SIDE_PG] > 0 && sqlite > 0) {
        sqlite = g->equal == 0; /* the others have been replaced by the one that stands */
    } else if (c->options.any) {
        sqlite = sqlite > 0;
    }
    kinds[DIFFERENT] = sqlite < pg ? sqlite : pg;
    kinds[ONLY_SQLITE] = sqlite - kinds[DIFFERENT];
    kinds[ONLY_PG] = pg - kinds[DIFFERENT];
}

static int open_cursor(struct comparison *c, struct err *e)
{
    memset(&c->groups, 0, sizeof c->groups);
    if (sort_cursor_open(&c->cursor, &c->sorter, e) != 0) {
        return -1;
    }
    c->groups.cursor = c->cursor;
    return 0;
}

static void close_cursor(struct comparison *c)
{
    sort_cursor_close(c->cursor);
    c->cursor = NULL;
}

/* Counts a group, and wants its key where it is among the first of a kind. */
static int count_group(struct comparison *c, int64_t limit, struct comparison_counts *counts, struct err *e)
{
    int64_t kinds[COMPARISON_KINDS];
    int is_among = 0;

    count_kinds(c, &c->group, kinds);
    for (size_t i = 0; i < COMPARISON_KINDS; i++) {
        is_among |= kinds[i] > 0 && (limit < 0 || counts->kinds[i] < limit);
        counts->kinds[i] += kinds[i];
    }
    counts->rows[0] += c->group.rows[0];
    counts->rows[1] += c->group.rows[1];
    return is_among ? want(&c->wanted, c->group.key_hash, e) : 0;
}

int comparison_count(struct comparison *c, int64_t limit, struct comparison_counts *counts, struct err *e)
{
    int got;

    memset(counts, 0, sizeof *counts);
    if (open_cursor(c, e) != 0) {
        return -1;
    }
    while ((got = group_next(&c->groups, &c->group, e)) > 0) {
        if (count_group(c, limit, counts, e) != 0) {
            got = -1;
            break;
        }
    }
    close_cursor(c);
    counts->spilled = spill_bytes(c->spill);
    if (!c->options.keeps) {
        sorter_free(&c->sorter);
    }
    c->is_counted = 1;
    return got;
}

const uint64_t *comparison_keys(const struct comparison *c, size_t *count)
{
    *count = c->wanted.bits == NULL ? c->wanted.count : 0;
    return c->wanted.bits == NULL ? c->wanted.keys : NULL;
}

/* The row that is kept there. */
static int read_kept(struct comparison *c, enum comparison_side side, uint64_t offset, struct err *e)
{
    unsigned char word[4];
    struct bytes *row = &c->rows[side];

    if (spill_read(c->spill, word, sizeof word, (int64_t)offset, e) != 0) {
        return -1;
    }
    size_t size = codec_u32(word) - sizeof word;

    row->length = 0;
    if (bytes_reserve(row, size, e) != 0) {
        return -1;
    }
    row->length = size;
    return spill_read(c->spill, row->data, size, (int64_t)(offset + sizeof word), e);
}

/* Of rows that SQLite's side has several of for a key, those that another one has replaced are none that is missed. */
static void drop_replaced(const struct comparison *c, struct group *g)
{
    int64_t kinds[COMPARISON_KINDS];

    if (!c->options.any) {
        return;
    }
    count_kinds(c, g, kinds);
    if (kinds[DIFFERENT] + kinds[ONLY_SQLITE] == 0) {
        g->kept_count[SIDE_SQLITE] = 0;
    } else if (g->kept_count[SIDE_SQLITE] > 0) {
        g->kept_count[SIDE_SQLITE] = 1;
        g->kept[SIDE_SQLITE][0].count = 1;
    }
}

/* The next rows of the group that is open. 1, 0: it has no more, or -1 and e. */
static int tell_rows(struct comparison *c, struct comparison_difference *d, struct err *e)
{
    struct group_rows *rows[2] = {NULL, NULL};

    for (size_t side = 0; side < 2; side++) {
        if (c->at[side] < c->group.kept_count[side]) {
            rows[side] = &c->group.kept[side][c->at[side]];
        }
    }
    if (rows[0] == NULL && rows[1] == NULL) {
        return 0;
    }
    d->kind = rows[0] == NULL ? ONLY_PG : rows[1] == NULL ? ONLY_SQLITE : DIFFERENT;
    d->copies = INT64_MAX;
    for (size_t side = 0; side < 2; side++) {
        d->sides[side] = NULL;
        if (rows[side] != NULL && rows[side]->count < d->copies) {
            d->copies = rows[side]->count;
        }
    }
    for (size_t side = 0; side < 2; side++) {
        if (rows[side] == NULL) {
            continue;
        }
        if (read_kept(c, (enum comparison_side)side, rows[side]->kept, e) != 0) {
            return -1;
        }
        d->sides[side] = c->rows[side].data;
        rows[side]->count -= d->copies;
        c->at[side] += rows[side]->count == 0;
    }
    return 1;
}

int comparison_next(struct comparison *c, struct comparison_difference *difference, struct err *e)
{
    int got = 1;

    if (c->cursor == NULL && open_cursor(c, e) != 0) {
        return -1;
    }
    while (got > 0) {
        if (c->is_open) {
            int told = tell_rows(c, difference, e);

            if (told != 0) {
                return told;
            }
        }
        got = group_next(&c->groups, &c->group, e);
        c->is_open = got > 0 && is_wanted(&c->wanted, c->group.key_hash);
        c->at[0] = c->at[1] = 0;
        if (c->is_open) {
            drop_replaced(c, &c->group);
        }
    }
    return got;
}

int comparison_open(struct comparison **out, const struct comparison_options *options, struct err *e)
{
    struct comparison *c = mem_alloc(sizeof *c, e);

    *out = NULL;
    if (c == NULL) {
        return -1;
    }
    c->options = *options;
    if (spill_open(&c->spill, e) != 0) {
        mem_free(c);
        return -1;
    }
    c->sorter.spill = c->spill;
    *out = c;
    return 0;
}

void comparison_close(struct comparison *c)
{
    if (c == NULL) {
        return;
    }
    close_cursor(c);
    for (size_t side = 0; side < 2; side++) {
        for (size_t i = 0; i < CREW_MOST; i++) {
            sort_buffer_free(&c->adding[side][i].buffer);
            bytes_free(&c->adding[side][i].kept);
        }
        bytes_free(&c->rows[side]);
    }
    mem_free(c->wanted.keys);
    mem_free(c->wanted.bits);
    sorter_free(&c->sorter);
    spill_close(c->spill);
    mem_free(c);
}
