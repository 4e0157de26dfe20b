/* row_set.c: a set of row numbers as bits in blocks. */
#include "row_set.h"

#include <string.h>

#include "mem.h"

enum { BLOCK_BITS = 16, BLOCK_BYTES = (1 << BLOCK_BITS) / 8 };

int row_set_has(const struct row_set *s, uint64_t row)
{
    uint64_t block = row >> BLOCK_BITS;
    size_t bit = (size_t)(row & ((1u << BLOCK_BITS) - 1));

    return block < s->capacity && s->blocks[block] != NULL && (s->blocks[block][bit / 8] >> (bit % 8) & 1);
}

static int make_room(struct row_set *s, size_t block, struct err *e)
{
    size_t capacity = s->capacity == 0 ? 16 : s->capacity;
    unsigned char **blocks;

    while (capacity <= block) {
        capacity *= 2;
    }
    if (capacity > s->capacity) {
        blocks = mem_resize(s->blocks, capacity * sizeof(unsigned char *), e);
        if (blocks == NULL) {
            return -1;
        }
        memset(blocks + s->capacity, 0, (capacity - s->capacity) * sizeof(unsigned char *));
        s->blocks = blocks;
        s->capacity = capacity;
    }
    if (s->blocks[block] == NULL) {
        s->blocks[block] = mem_alloc(BLOCK_BYTES, e);
    }
    return s->blocks[block] == NULL ? -1 : 0;
}

int row_set_add(struct row_set *s, uint64_t row, struct err *e)
{
    size_t bit = (size_t)(row & ((1u << BLOCK_BITS) - 1));

    if (row_set_has(s, row)) {
        return 0;
    }
    if (make_room(s, (size_t)(row >> BLOCK_BITS), e) != 0) {
        return -1;
    }
    unsigned char *byte = &s->blocks[row >> BLOCK_BITS][bit / 8];
    *byte = (unsigned char)(*byte | 1u << (bit % 8));
    s->count++;
    return 1;
}

int row_set_join(struct row_set *s, const struct row_set *other, uint64_t base, struct err *e)
{
    for (uint64_t block = 0; block < other->capacity; block++) {
        for (uint64_t bit = 0; other->blocks[block] != NULL && bit < 1u << BLOCK_BITS; bit++) {
            uint64_t row = block << BLOCK_BITS | bit;

            if (row_set_has(other, row) && row_set_add(s, base + row, e) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

void row_set_free(struct row_set *s)
{
    for (size_t i = 0; i < s->capacity; i++) {
        mem_free(s->blocks[i]);
    }
    mem_free(s->blocks);
    memset(s, 0, sizeof *s);
}
