/* record_hash.c: Jenkins's lookup3 over bytes wherever they lie. */
#include "record_hash.h"

#include <string.h>

/* A word of the text, little-endian; compilers make one load of it. */
static inline uint32_t word(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline uint32_t rotate(uint32_t x, unsigned bits)
{
    return x << bits | x >> (32 - bits);
}

uint64_t record_hash(const unsigned char *data, size_t length)
{
    uint32_t a = 0x9e3779b9 + (uint32_t)length + 3923095;
    uint32_t b = a, c = a;
    while (length >= 12) {
        a += word(data);
        b += word(data + 4);
        c += word(data + 8);
        a = (a - c) ^ rotate(c, 4), c += b;
        b = (b - a) ^ rotate(a, 6), a += c;
        c = (c - b) ^ rotate(b, 8), b += a;
        a = (a - c) ^ rotate(c, 16), c += b;
        b = (b - a) ^ rotate(a, 19), a += c;
        c = (c - b) ^ rotate(b, 4), b += a;
        data += 12;
        length -= 12;
    }
    if (length > 0) {
        /* The lowest byte of c is kept for the length. */
        unsigned char rest[13] = {0};
        memcpy(rest, data, length < 8 ? length : 8);
        if (length > 8)
            memcpy(rest + 9, data + 8, length - 8);
        a += word(rest);
        b += word(rest + 4);
        c += word(rest + 8);
    }
    c = (c ^ b) - rotate(b, 14);
    a = (a ^ c) - rotate(c, 11);
    b = (b ^ a) - rotate(a, 25);
    c = (c ^ b) - rotate(b, 16);
    a = (a ^ c) - rotate(c, 4);
    b = (b ^ a) - rotate(a, 14);
    c = (c ^ b) - rotate(b, 24);
    return (uint64_t)b << 32 | c;
}
