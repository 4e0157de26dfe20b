/* record_hash.c: Jenkins's lookup3 over bytes wherever they lie. */
#include "record_hash.h"

#include <endian.h>
#include <string.h>

enum { BLOCK = 12, LANES = 8 };

/* Half of the lanes: registers of 128 bits are everywhere, and what waits in one leaves time for the other. */
typedef uint32_t quad __attribute__((vector_size(16)));

/* A word of the text. Put together from its bytes, vectors of words would be, too, and that is slow. */
static inline uint32_t word(const unsigned char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return le32toh(word);
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
    uint32_t a[LANES], b[LANES], c[LANES];
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

/* The words at a place of four texts. */
#define WORDS(p, at) ((quad){word((p)[0] + (at)), word((p)[1] + (at)), word((p)[2] + (at)), word((p)[3] + (at))})

/* Sends all lanes through so many blocks. */
static void walk_blocks(struct walk *w, size_t blocks)
{
    const unsigned char *const *p = w->at, *const *q = w->at + 4;
    quad a, b, c, x, y, z;
    memcpy(&a, w->a, sizeof a), memcpy(&x, w->a + 4, sizeof x);
    memcpy(&b, w->b, sizeof b), memcpy(&y, w->b + 4, sizeof y);
    memcpy(&c, w->c, sizeof c), memcpy(&z, w->c + 4, sizeof z);
    for (size_t i = 0; i < blocks * BLOCK; i += BLOCK) {
        a += WORDS(p, i), x += WORDS(q, i);
        b += WORDS(p, i + 4), y += WORDS(q, i + 4);
        c += WORDS(p, i + 8), z += WORDS(q, i + 8);
        MIX(a, b, c);
        MIX(x, y, z);
    }
    memcpy(w->a, &a, sizeof a), memcpy(w->a + 4, &x, sizeof x);
    memcpy(w->b, &b, sizeof b), memcpy(w->b + 4, &y, sizeof y);
    memcpy(w->c, &c, sizeof c), memcpy(w->c + 4, &z, sizeof z);
    for (size_t lane = 0; lane < LANES; lane++) {
        w->at[lane] += blocks * BLOCK;
        w->blocks[lane] -= blocks;
    }
}

void record_hash_all(struct record *records, size_t count)
{
    struct walk w;
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
