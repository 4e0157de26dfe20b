/* mem.c: the core's allocations and the growable run of bytes. */
#include "mem.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* Allocations until the one that fails; negative: none fails. */
static atomic_long fail_countdown = -1;

void mem_fail_at(long n)
{
    atomic_store(&fail_countdown, n < 0 ? -1 : n);
}

static int must_fail(void)
{
    if (atomic_load_explicit(&fail_countdown, memory_order_relaxed) < 0) {
        return 0;
    }
    /* Counts down through 0 to -1, so exactly one caller sees 0. Another thread may carry it further down; that is
     * still "off". */
    return atomic_fetch_sub(&fail_countdown, 1) == 0;
}

static void *no_memory(size_t size, struct err *e)
{
    if (e != NULL) {
        (void)err_set(e, ERR_MEMORY, "out of memory: %zu bytes were refused", size);
        (void)err_hint(e, "free memory or raise the process's memory limit, then resume the run");
    }
    return NULL;
}

void *mem_alloc(size_t size, struct err *e)
{
    void *block = must_fail() ? NULL : calloc(1, size == 0 ? 1 : size);
    return block == NULL ? no_memory(size, e) : block;
}

void *mem_resize(void *block, size_t size, struct err *e)
{
    void *moved = must_fail() ? NULL : realloc(block, size == 0 ? 1 : size);
    return moved == NULL ? no_memory(size, e) : moved;
}

char *mem_copy(const char *text, struct err *e)
{
    size_t size = strlen(text) + 1;
    char *copy = mem_alloc(size, e);
    if (copy != NULL) {
        memcpy(copy, text, size);
    }
    return copy;
}

void mem_free(void *block)
{
    free(block);
}

void mem_trim(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}

int bytes_make_room(struct bytes *b, size_t more, struct err *e)
{
    enum { SMALLEST = 256 };
    if (more > SIZE_MAX / 2 - b->length) {
        (void)no_memory(more, e);
        return -1;
    }
    size_t needed = b->length + more;
    size_t capacity = b->capacity < SMALLEST ? SMALLEST : b->capacity;
    while (capacity < needed) {
        capacity *= 2;
    }
    unsigned char *data = mem_resize(b->data, capacity, e);
    if (data == NULL) {
        return -1;
    }
    b->data = data;
    b->capacity = capacity;
    return 0;
}

void bytes_free(struct bytes *b)
{
    mem_free(b->data);
    memset(b, 0, sizeof *b);
}
