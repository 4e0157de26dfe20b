/* mem.h: the core's own allocations, through one place so that a test can make the n-th of them fail. */
#ifndef WHERRY_MEM_H
#define WHERRY_MEM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "err.h"

/* Like malloc, zeroed; NULL and ERR_MEMORY in e on failure. The caller frees with mem_free. e may be NULL. */
void *mem_alloc(size_t size, struct err *e);

/* Like realloc; on failure returns NULL, fills e, and the old block stays valid. e may be NULL. */
void *mem_resize(void *block, size_t size, struct err *e);

/* A copy of a NUL-terminated string; the caller frees with mem_free. */
char *mem_copy(const char *text, struct err *e);

/* NULL is allowed. */
void mem_free(void *block);

/* Gives freed memory back to the system, of all threads: between phases, so that one does not come on top of what the
 * one before had. glibc keeps it, for each thread its own. */
void mem_trim(void);

/* Test hook: the n-th allocation from now (0 = the next one) fails, once; -1 turns the hook off. Thread-safe. */
void mem_fail_at(long n);

/* A growable run of bytes. Zero-initialise; free with bytes_free. The owner is the struct that holds it. */
struct bytes {
    unsigned char *data;
    size_t length;   /* bytes in use */
    size_t capacity; /* bytes allocated */
};

/* bytes_reserve where there is too little room. */
int bytes_make_room(struct bytes *b, size_t more, struct err *e);

/* Makes room for `more` further bytes; 0, or -1 and e (ERR_MEMORY). Called for every value. */
static inline int bytes_reserve(struct bytes *b, size_t more, struct err *e)
{
    return more <= b->capacity - b->length ? 0 : bytes_make_room(b, more, e);
}

/* Appends; 0, or -1 and e (ERR_MEMORY). */
static inline int bytes_append(struct bytes *b, const void *data, size_t length, struct err *e)
{
    if (length == 0) {
        return 0;
    }
    if (bytes_reserve(b, length, e) != 0) {
        return -1;
    }
    memcpy(b->data + b->length, data, length);
    b->length += length;
    return 0;
}

/* Frees the block and zeroes the struct. */
void bytes_free(struct bytes *b);

/* Big-endian, as the wire wants them: written where there is room. Compilers make one store of each. */
static inline void store_u16(unsigned char *at, unsigned value)
{
    at[0] = (unsigned char)(value >> 8);
    at[1] = (unsigned char)value;
}

static inline void store_u32(unsigned char *at, uint32_t value)
{
    at[0] = (unsigned char)(value >> 24);
    at[1] = (unsigned char)(value >> 16);
    at[2] = (unsigned char)(value >> 8);
    at[3] = (unsigned char)value;
}

static inline void store_u64(unsigned char *at, uint64_t value)
{
    store_u32(at, (uint32_t)(value >> 32));
    store_u32(at + 4, (uint32_t)value);
}

/* The same, appended. 0, or -1 and e. */
static inline int bytes_put_u16(struct bytes *b, unsigned value, struct err *e)
{
    if (bytes_reserve(b, 2, e) != 0) {
        return -1;
    }
    store_u16(b->data + b->length, value);
    b->length += 2;
    return 0;
}

static inline int bytes_put_u32(struct bytes *b, uint32_t value, struct err *e)
{
    if (bytes_reserve(b, 4, e) != 0) {
        return -1;
    }
    store_u32(b->data + b->length, value);
    b->length += 4;
    return 0;
}

static inline int bytes_put_u64(struct bytes *b, uint64_t value, struct err *e)
{
    if (bytes_reserve(b, 8, e) != 0) {
        return -1;
    }
    store_u64(b->data + b->length, value);
    b->length += 8;
    return 0;
}

#endif
