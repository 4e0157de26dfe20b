/* utf8.c: decoding UTF-8 by the table of the Unicode Standard ("Well-Formed UTF-8 Byte Sequences"), and the check of
 * whole texts. */
#include "utf8.h"

#include "text_scan.h"

static int is_tail(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

/* The second byte has a narrower range after E0 (overlong), ED (surrogates), F0 (overlong) and F4 (above U+10FFFF). */
static int second_fits(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xE0:
        return second >= 0xA0 && second <= 0xBF;
    case 0xED:
        return second >= 0x80 && second <= 0x9F;
    case 0xF0:
        return second >= 0x90 && second <= 0xBF;
    case 0xF4:
        return second >= 0x80 && second <= 0x8F;
    default:
        return is_tail(second);
    }
}

size_t utf8_character(const unsigned char *data, size_t length, uint32_t *point)
{
    uint32_t value = 0;
    size_t size = 0;
    if (length == 0) {
        return 0;
    }
    unsigned char first = data[0];
    if (first < 0x80) {
        value = first;
        size = 1;
    } else if (first >= 0xC2 && first <= 0xDF) {
        value = first & 0x1Fu;
        size = 2;
    } else if (first >= 0xE0 && first <= 0xEF) {
        value = first & 0x0Fu;
        size = 3;
    } else if (first >= 0xF0 && first <= 0xF4) {
        value = first & 0x07u;
        size = 4;
    }
    if (size == 0 || size > length || (size > 1 && !second_fits(first, data[1]))) {
        return 0;
    }
    for (size_t i = 1; i < size; i++) {
        if (!is_tail(data[i])) {
            return 0;
        }
        value = (value << 6) | (data[i] & 0x3Fu);
    }
    if (point != NULL) {
        *point = value;
    }
    return size;
}

/* How many bytes of well-formed text are not the first of their character. */
static size_t count_tails(const unsigned char *data, size_t length)
{
    size_t count = 0;
    size_t i = 0;
    for (; length - i >= 8; i += 8) {
        uint64_t word = text_word(data + i);
        uint64_t tails = word >> 7 & ~word >> 6 & TEXT_SCAN_EACH(1);
        count += (size_t)(tails * TEXT_SCAN_EACH(1) >> 56);
    }
    for (; i < length; i++) {
        count += (size_t)is_tail(data[i]);
    }
    return count;
}

int utf8_check(const unsigned char *data, size_t length, size_t *at, size_t *characters)
{
    size_t i = ascii_end(data, length, 0);
    int is_ascii = i == length;
    while (i < length) {
        i = ascii_end(data, length, utf8_end(data, length, i));
        while (i < length && (data[i] >= 0x80 || data[i] == 0)) {
            size_t size = utf8_beyond_ascii(data + i, length - i);
            if (size == 0) {
                *at = i;
                return -1;
            }
            i += size;
        }
    }
    if (characters != NULL) {
        *characters = is_ascii ? length : length - count_tails(data, length);
    }
    return 0;
}
