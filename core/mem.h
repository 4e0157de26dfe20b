/* mem.h: the core's own allocations, through one place so that a test can make the n-th of them fail. */
#ifndef WHERRY_MEM_H
#define WHERRY_MEM_H

#include <stddef.h>

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
int bytes_append(struct bytes *b, const void *data, size_t length, struct err *e);

/* Frees the block and zeroes the struct. */
void bytes_free(struct bytes *b);

/* Big-endian appends, as the wire wants them. 0, or -1 and e. */
int bytes_put_u16(struct bytes *b, unsigned value, struct err *e);
int bytes_put_u32(struct bytes *b, unsigned value, struct err *e);
int bytes_put_u64(struct bytes *b, unsigned long long value, struct err *e);

#endif
