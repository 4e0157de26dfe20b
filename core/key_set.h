/* key_set.h: which of many encoded keys (key.h) are meant, 16 bytes a key: their digests. */
#ifndef WHERRY_KEY_SET_H
#define WHERRY_KEY_SET_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* Zero-initialise; free with key_set_free. */
struct key_set {
    struct key_digest {
        uint64_t high, low;
    } * keys; /* owned; in order once they are sorted */
    size_t count;
    size_t capacity;
};

/* Adds a key. 0, or -1 and e. */
int key_set_add(struct key_set *s, const unsigned char *key, size_t length, struct err *e);

/* To be called behind the last key, before the first question. */
void key_set_sort(struct key_set *s);

int key_set_has(const struct key_set *s, const unsigned char *key, size_t length);

void key_set_free(struct key_set *s);

#endif
