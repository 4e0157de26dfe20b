/* lookup.c: a hash map from cell to cell: entries in one array, their places in a table of twice as many slots. */
#include "lookup.h"

#include <stdatomic.h>
#include <string.h>
#include <xxhash.h>

enum {
    SLOTS_FIRST = 64, /* a power of two, as all that follow */
    CHUNK = 256       /* bytes of a text that are folded at a time */
};

struct entry {
    struct cell key, value; /* offsets count from the arena's start */
};

struct slot {
    uint32_t entry; /* its index and 1; 0: free */
    uint32_t hash;
};

struct lookup {
    atomic_int owners;
    enum collation collation;
    enum affinity affinity;
    struct slot *slots; /* owned */
    size_t slot_count;  /* a power of two */
    struct bytes entries;
    struct bytes arena;
    uint64_t digest;
};

int collation_find(const char *word, enum collation *collation)
{
    static const char *const words[] = {"BINARY", "NOCASE", "RTRIM"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i]) == 0) {
            *collation = (enum collation)i;
            return 0;
        }
    return -1;
}

int lookup_new(struct lookup **out, enum collation collation, enum affinity affinity, struct err *e)
{
    struct lookup *l = mem_alloc(sizeof *l, e);
    *out = NULL;
    if (!l)
        return -1;
    l->slots = mem_alloc(SLOTS_FIRST * sizeof *l->slots, e);
    if (!l->slots) {
        mem_free(l);
        return -1;
    }
    atomic_init(&l->owners, 1);
    l->slot_count = SLOTS_FIRST;
    l->collation = collation;
    l->affinity = affinity;
    *out = l;
    return 0;
}

struct lookup *lookup_share(struct lookup *l)
{
    (void)atomic_fetch_add(&l->owners, 1);
    return l;
}

void lookup_free(struct lookup *l)
{
    if (!l || atomic_fetch_sub(&l->owners, 1) > 1)
        return;
    mem_free(l->slots);
    bytes_free(&l->entries);
    bytes_free(&l->arena);
    mem_free(l);
}

/* --- what is equal --- */

/* The letters of ASCII alone, as SQLite's NOCASE has it. */
static unsigned char lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : c;
}

/* The bytes of a text that count. */
static size_t text_length(const struct lookup *l, const unsigned char *data, size_t length)
{
    while (l->collation == COLLATION_RTRIM && length > 0 && data[length - 1] == ' ')
        length--;
    return length;
}

static uint64_t hash_text(const struct lookup *l, const unsigned char *data, size_t length)
{
    unsigned char folded[CHUNK];
    uint64_t hash = CELL_TEXT;
    if (l->collation != COLLATION_NOCASE)
        return XXH3_64bits_withSeed(data, text_length(l, data, length), hash);
    for (size_t at = 0; at < length; at += CHUNK) {
        size_t size = length - at < CHUNK ? length - at : CHUNK;
        for (size_t i = 0; i < size; i++)
            folded[i] = lower(data[at + i]);
        hash = XXH3_64bits_withSeed(folded, size, hash);
    }
    return hash;
}

/* Hashes what two cells have in common that are equal. */
static uint32_t hash_cell(const struct lookup *l, const struct cell *c, const unsigned char *data)
{
    if (c->class == CELL_TEXT)
        return (uint32_t)hash_text(l, data, c->length);
    if (c->class == CELL_BLOB)
        return (uint32_t)XXH3_64bits_withSeed(data, c->length, CELL_BLOB);
    return (uint32_t)XXH3_64bits_withSeed(&c->as, sizeof c->as, c->class);
}

static int same_text(const struct lookup *l, const unsigned char *one, size_t one_length, const unsigned char *other,
                     size_t other_length)
{
    one_length = text_length(l, one, one_length);
    if (one_length != text_length(l, other, other_length))
        return 0;
    if (l->collation != COLLATION_NOCASE)
        return memcmp(one, other, one_length) == 0;
    for (size_t i = 0; i < one_length; i++)
        if (lower(one[i]) != lower(other[i]))
            return 0;
    return 1;
}

static int same(const struct lookup *l, const struct cell *one, const unsigned char *one_data, const struct cell *other,
                const unsigned char *other_data)
{
    if (one->class != other->class)
        return 0;
    switch ((enum cell_class)one->class) {
    case CELL_INTEGER:
        return one->as.integer == other->as.integer;
    case CELL_REAL:
        return one->as.real == other->as.real;
    case CELL_TEXT:
        return same_text(l, one_data, one->length, other_data, other->length);
    case CELL_BLOB:
        return one->length == other->length && memcmp(one_data, other_data, one->length) == 0;
    case CELL_NULL:
        break;
    }
    return 0;
}

/* A cell as it is compared: numbers that are equal have one form. `digits` is room for the text of an integer. */
struct compared {
    struct cell cell;
    const unsigned char *data;
    char digits[AFFINITY_DIGITS];
};

/* *out is used where it lies: its data may point into itself. */
static void comparable(struct compared *out, const struct cell *c, const unsigned char *data, enum affinity affinity)
{
    out->cell = *c;
    out->data = data;
    if (!affinity_keeps((enum cell_class)c->class, affinity))
        out->data = affinity_compared(affinity, c, data, &out->cell, out->digits);
    (void)affinity_whole(&out->cell);
}

/* --- entries --- */

static const struct entry *entry_at(const struct lookup *l, size_t index)
{
    return (const struct entry *)(const void *)l->entries.data + index;
}

const unsigned char *lookup_data(const struct lookup *l, const struct cell *value)
{
    return value->class == CELL_TEXT || value->class == CELL_BLOB ? l->arena.data + value->as.offset : NULL;
}

size_t lookup_count(const struct lookup *l)
{
    return l->entries.length / sizeof(struct entry);
}

/* The slot of a key, or the free one where it belongs. */
static struct slot *slot_of(const struct lookup *l, const struct compared *key, uint32_t hash)
{
    size_t mask = l->slot_count - 1;
    size_t at = hash & mask;
    for (;; at = (at + 1) & mask) {
        struct slot *s = &l->slots[at];
        if (s->entry == 0)
            return s;
        const struct cell *there = &entry_at(l, s->entry - 1)->key;
        if (s->hash == hash && same(l, there, lookup_data(l, there), &key->cell, key->data))
            return s;
    }
}

/* Twice as many slots. 0, or -1 and e. */
static int grow(struct lookup *l, struct err *e)
{
    size_t count = l->slot_count * 2, mask = count - 1;
    struct slot *slots = mem_alloc(count * sizeof *slots, e);
    if (!slots)
        return -1;
    for (size_t i = 0; i < l->slot_count; i++) {
        size_t at = l->slots[i].hash & mask;
        if (l->slots[i].entry == 0)
            continue;
        while (slots[at].entry != 0)
            at = (at + 1) & mask;
        slots[at] = l->slots[i];
    }
    mem_free(l->slots);
    l->slots = slots;
    l->slot_count = count;
    return 0;
}

/* Moves the bytes of a text or blob into the arena. 0, or -1 and e. */
static int keep(struct lookup *l, struct cell *c, const unsigned char *data, struct err *e)
{
    size_t at = l->arena.length;
    if (c->class != CELL_TEXT && c->class != CELL_BLOB)
        return 0;
    /* One byte more, so that an empty text has an address, too. */
    if (bytes_reserve(&l->arena, (size_t)c->length + 1, e) != 0)
        return -1;
    if (bytes_append(&l->arena, data, c->length, e) != 0)
        return -1;
    c->as.offset = at;
    return 0;
}

static uint64_t digest_cell(const struct cell *c, const unsigned char *data, uint64_t seed)
{
    uint64_t hash = XXH3_64bits_withSeed(&c->class, sizeof c->class, seed);
    if (c->class == CELL_TEXT || c->class == CELL_BLOB)
        return XXH3_64bits_withSeed(data, c->length, hash);
    return c->class == CELL_NULL ? hash : XXH3_64bits_withSeed(&c->as, sizeof c->as, hash);
}

int lookup_add(struct lookup *l, const struct cell *key, const unsigned char *key_data, const struct cell *value,
               const unsigned char *value_data, struct err *e)
{
    struct entry entry;
    struct compared compared;
    memset(&entry, 0, sizeof entry);
    comparable(&compared, key, key_data, AFFINITY_BLOB);
    entry.key = compared.cell;
    entry.value = *value;
    if (key->class == CELL_NULL)
        return err_set(e, ERR_INTERNAL, "NULL is no key of a lookup");
    if (lookup_count(l) >= UINT32_MAX - 1)
        return err_set(e, ERR_MEMORY, "out of memory: a lookup has %zu keys at most", (size_t)UINT32_MAX - 1);
    if (2 * (lookup_count(l) + 1) > l->slot_count && grow(l, e) != 0)
        return -1;
    uint32_t hash = hash_cell(l, &compared.cell, compared.data);
    struct slot *s = slot_of(l, &compared, hash);
    if (s->entry != 0)
        return 1;
    size_t arena = l->arena.length;
    if (keep(l, &entry.key, key_data, e) != 0 || keep(l, &entry.value, value_data, e) != 0 ||
        bytes_append(&l->entries, &entry, sizeof entry, e) != 0) {
        l->arena.length = arena;
        return -1;
    }
    *s = (struct slot){.entry = (uint32_t)lookup_count(l), .hash = hash};
    l->digest += digest_cell(value, value_data, digest_cell(key, key_data, 0));
    return 0;
}

const struct cell *lookup_find(const struct lookup *l, const struct cell *key, const unsigned char *key_data)
{
    struct compared compared;
    if (key->class == CELL_NULL || l->entries.length == 0)
        return NULL;
    comparable(&compared, key, key_data, l->affinity);
    const struct slot *s = slot_of(l, &compared, hash_cell(l, &compared.cell, compared.data));
    return s->entry != 0 ? &entry_at(l, s->entry - 1)->value : NULL;
}

size_t lookup_memory(const struct lookup *l)
{
    return sizeof *l + l->slot_count * sizeof *l->slots + l->entries.capacity + l->arena.capacity;
}

uint64_t lookup_digest(const struct lookup *l)
{
    return l->digest;
}
