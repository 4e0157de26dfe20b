/* key_set.c: digests of keys in order. */
#include "key_set.h"

#include <stdlib.h>
#include <xxhash.h>

#include "mem.h"

static struct key_digest digest_of(const unsigned char *key, size_t length)
{
    XXH128_hash_t digest = XXH3_128bits(key, length);

    return (struct key_digest){.high = digest.high64, .low = digest.low64};
}

static int compare(const void *left, const void *right)
{
    const struct key_digest *a = left;
    const struct key_digest *b = right;

    if (a->high != b->high) {
        return a->high < b->high ? -1 : 1;
    }
    return (a->low > b->low) - (a->low < b->low);
}

int key_set_add(struct key_set *s, const unsigned char *key, size_t length, struct err *e)
{
    if (s->count == s->capacity) {
        size_t capacity = s->capacity == 0 ? 64 : 2 * s->capacity;
        struct key_digest *keys = mem_resize(s->keys, capacity * sizeof *keys, e);

        if (keys == NULL) {
            return -1;
        }
        s->keys = keys;
        s->capacity = capacity;
    }
    s->keys[s->count++] = digest_of(key, length);
    return 0;
}

void key_set_sort(struct key_set *s)
{
    if (s->count > 1) {
        qsort(s->keys, s->count, sizeof *s->keys, compare);
    }
}

int key_set_has(const struct key_set *s, const unsigned char *key, size_t length)
{
    struct key_digest wanted;

    if (s->count == 0) {
        return 0;
    }
    wanted = digest_of(key, length);
    return bsearch(&wanted, s->keys, s->count, sizeof *s->keys, compare) != NULL;
}

void key_set_free(struct key_set *s)
{
    mem_free(s->keys);
    *s = (struct key_set){0};
}
