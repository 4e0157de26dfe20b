/* record_hash.c: Jenkins's lookup3 over bytes wherever they lie. */
#include "record_hash.h"

#include <string.h>

enum { BLOCK = 12, LANES = 8 };

typedef uint32_t lanes __attribute__((vector_size(LANES * sizeof(uint32_t))));

/* A word of the text, little-endian; compilers make one load of it. */
static inline uint32_t word(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Of numbers, and of vectors of numbers. */
#define ROTATE(x, bits) ((x) << (bits) | (x) >> (32 - (bits)))
#define MIX(a, b, c)                         \
    do {                                     \
        a = (a - c) ^ ROTATE(c, 4), c += b;  \
        b = (b - a) ^ ROTATE(a, 6), a += c;  \
        c = (c - b) ^ ROTATE(b, 8), b += a;  \
        a = (a - c) ^ ROTATE(c, 16), c += b; \
        b = (b - a) ^ ROTATE(a, 19), a += c; \
        c = (c - b) ^ ROTATE(b, 4), b += a;  \
    } while (0)

static uint32_t start(size_t length)
{
    return 0x9e3779b9 + (uint32_t)length + 3923095;
}

static inline uint64_t two_words(const unsigned char *at)
{
    return (uint64_t)word(at + 4) << 32 | word(at);
}

/* What is left of a text behind its last whole block, less than that, at `data`. */
static inline void add_tail(const unsigned char *data, size_t length, int has_more_before, uint32_t *a, uint32_t *b,
                            uint32_t *c)
{
    uint64_t first = 0;
    uint32_t last = 0;
    if (length >= 8) {
        first = two_words(data);
        last = length > 8 ? word(data + length - 4) >> 8 * (BLOCK - length) : 0;
    } else if (has_more_before) {
        first = length > 0 ? two_words(data + length - 8) >> 8 * (8 - length) : 0;
    } else {
        for (size_t i = 0; i < length; i++)
            first |= (uint64_t)data[i] << 8 * i;
    }
    *a += (uint32_t)first;
    *b += (uint32_t)(first >> 32);
    *c += last << 8; /* the lowest byte is kept for the length */
}

/* The rest of a text, from the state that what is before it has left. has_more_before: at least 8 bytes. */
static uint64_t finish(const unsigned char *data, size_t length, int has_more_before, uint32_t a, uint32_t b,
                       uint32_t c)
{
    for (; length >= BLOCK; data += BLOCK, length -= BLOCK, has_more_before = 1) {
        a += word(data);
        b += word(data + 4);
        c += word(data + 8);
        MIX(a, b, c);
    }
    add_tail(data, length, has_more_before, &a, &b, &c);
    c = (c ^ b) - ROTATE(b, 14);
    a = (a ^ c) - ROTATE(c, 11);
    b = (b ^ a) - ROTATE(a, 25);
    c = (c ^ b) - ROTATE(b, 16);
    a = (a ^ c) - ROTATE(c, 4);
    b = (b ^ a) - ROTATE(a, 14);
    c = (c ^ b) - ROTATE(b, 24);
    return (uint64_t)b << 32 | c;
}

uint64_t record_hash(const unsigned char *data, size_t length)
{
    return finish(data, length, 0, start(length), start(length), start(length));
}

/* Records side by side, each as far as the shortest of them lasts. */
struct walk {
    struct record *records[LANES];
    const unsigned char *at[LANES];
    size_t blocks[LANES]; /* whole ones that are left */
    lanes a, b, c;
};

static void take(struct walk *w, size_t lane, struct record *r)
{
    w->records[lane] = r;
    w->at[lane] = r->data;
    w->blocks[lane] = r->length / BLOCK;
    w->a[lane] = w->b[lane] = w->c[lane] = start(r->length);
}

static void give(struct walk *w, size_t lane)
{
    struct record *r = w->records[lane];
    size_t left = r->length - (size_t)(w->at[lane] - r->data);
    r->hash = finish(w->at[lane], left, w->at[lane] != r->data, w->a[lane], w->b[lane], w->c[lane]);
}

/* The n-th words of a block, of all lanes. */
#define WORDS(p, n)                                                                                                 \
    (lanes)                                                                                                         \
    {                                                                                                               \
        word(p[0] + (n)), word(p[1] + (n)), word(p[2] + (n)), word(p[3] + (n)), word(p[4] + (n)), word(p[5] + (n)), \
            word(p[6] + (n)), word(p[7] + (n))                                                                      \
    }

/* Sends all lanes through so many blocks. */
static void walk_blocks(struct walk *w, size_t blocks)
{
    const unsigned char *p[LANES];
    lanes a = w->a, b = w->b, c = w->c;
    for (size_t lane = 0; lane < LANES; lane++)
        p[lane] = w->at[lane];
    for (size_t i = 0; i < blocks * BLOCK; i += BLOCK) {
        a += WORDS(p, i);
        b += WORDS(p, i + 4);
        c += WORDS(p, i + 8);
        MIX(a, b, c);
    }
    w->a = a, w->b = b, w->c = c;
    for (size_t lane = 0; lane < LANES; lane++) {
        w->at[lane] += blocks * BLOCK;
        w->blocks[lane] -= blocks;
    }
}

void record_hash_all(struct record *records, size_t count)
{
    struct walk w = {.a = {0}};
    size_t next = LANES;
    for (size_t i = 0; count < LANES && i < count; i++)
        records[i].hash = record_hash(records[i].data, records[i].length);
    if (count < LANES)
        return;
    for (size_t i = 0; i < LANES; i++)
        take(&w, i, &records[i]);
    for (int busy = 1; busy;) {
        size_t least = w.blocks[0];
        for (size_t i = 1; i < LANES; i++)
            least = w.blocks[i] < least ? w.blocks[i] : least;
        walk_blocks(&w, least);
        for (size_t i = 0; i < LANES; i++) {
            if (w.blocks[i] > 0)
                continue;
            busy = busy && next < count; /* a lane has nothing more to do: the others go on alone */
            if (!busy)
                continue;
            give(&w, i);
            take(&w, i, &records[next++]);
        }
    }
    for (size_t i = 0; i < LANES; i++)
        give(&w, i);
}
