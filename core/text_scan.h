/* text_scan.h: how far the plain part of a text goes, many bytes at a time: with SSE2 where the processor is known to
 * have it, else with words of eight bytes. Both are there to be compared where there is SSE2; the functions for use are
 * at the foot. ascii_end and json_plain_end return the place of the first byte at or behind `at` that is not plain, or
 * `length`. None reads beyond the text. */
#ifndef WHERRY_TEXT_SCAN_H
#define WHERRY_TEXT_SCAN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define TEXT_SCAN_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* ---- what is plain ---- */

/* ASCII, and not NUL. */
static inline int is_plain_ascii(unsigned char byte)
{
    return byte >= 0x01 && byte <= 0x7F;
}

/* What stands for itself in a JSON string in whatever style it is written: DEL is escaped by some. */
static inline int is_plain_json(unsigned char byte)
{
    return byte >= 0x20 && byte <= 0x7E && byte != '"' && byte != '\\';
}

/* ---- eight bytes at a time: not zero when one of them is not plain ---- */

static inline uint64_t odd_ascii_word(uint64_t word)
{
    return (word | (word - TEXT_SCAN_EACH(1))) & TEXT_SCAN_EACH(0x80);
}

/* Not zero when one of the bytes is zero; what is above a zero byte may be taken for another. */
static inline uint64_t zero_bytes(uint64_t word)
{
    return (word - TEXT_SCAN_EACH(1)) & ~word & TEXT_SCAN_EACH(0x80);
}

static inline uint64_t odd_json_word(uint64_t word)
{
    uint64_t beyond = word | (word + TEXT_SCAN_EACH(1)) | (word - TEXT_SCAN_EACH(0x20));
    return (beyond & TEXT_SCAN_EACH(0x80)) | zero_bytes(word ^ TEXT_SCAN_EACH('"')) |
           zero_bytes(word ^ TEXT_SCAN_EACH('\\'));
}

static inline uint64_t text_word(const unsigned char *data)
{
    uint64_t word;
    memcpy(&word, data, sizeof word);
    return word;
}

/* Four to seven bytes, those in the middle twice. */
static inline uint64_t short_text_word(const unsigned char *data, size_t length)
{
    uint32_t first;
    uint32_t last;
    memcpy(&first, data, sizeof first);
    memcpy(&last, data + length - sizeof last, sizeof last);
    return (uint64_t)last << 32 | first;
}

static inline size_t ascii_end_by_words(const unsigned char *data, size_t length, size_t at)
{
    while (length - at >= 8 && odd_ascii_word(text_word(data + at)) == 0) {
        at += 8;
    }
    size_t left = length - at;
    if (left >= 4 && left < 8 && odd_ascii_word(short_text_word(data + at, left)) == 0) {
        return length;
    }
    while (at < length && is_plain_ascii(data[at])) {
        at++;
    }
    return at;
}

static inline size_t json_plain_end_by_words(const unsigned char *data, size_t length, size_t at)
{
    while (length - at >= 8 && odd_json_word(text_word(data + at)) == 0) {
        at += 8;
    }
    while (at < length && is_plain_json(data[at])) {
        at++;
    }
    return at;
}

#ifdef __SSE2__

/* ---- sixteen bytes at a time: a bit for each that is not plain ---- */

enum { VECTOR_BYTES = 16, VECTOR_BITS = 0xFFFF };

static inline unsigned odd_ascii_bits(const unsigned char *data)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)data);
    return (unsigned)_mm_movemask_epi8(_mm_cmpgt_epi8(bytes, _mm_setzero_si128())) ^ VECTOR_BITS;
}

static inline unsigned odd_json_bits(const unsigned char *data)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)data);
    /* As signed bytes, and 7F one more becomes the least of them. */
    __m128i printed = _mm_cmpgt_epi8(_mm_add_epi8(bytes, _mm_set1_epi8(1)), _mm_set1_epi8(0x20));
    __m128i special =
        _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    return (unsigned)_mm_movemask_epi8(_mm_andnot_si128(special, printed)) ^ VECTOR_BITS;
}

static inline size_t first_bit(unsigned bits)
{
    return (size_t)__builtin_ctz(bits);
}

static inline unsigned bits_where(__m128i bytes)
{
    return (unsigned)_mm_movemask_epi8(bytes);
}

/* Where bytes are no less than `least`. */
static inline __m128i not_below(__m128i bytes, int least)
{
    return _mm_cmpeq_epi8(_mm_max_epu8(bytes, _mm_set1_epi8((char)least)), bytes);
}

/* Behind the last whole vector of a text that is no shorter than one: the bits of its last bytes, from `at` on. */
static inline unsigned last_bits(unsigned bits, size_t length, size_t at)
{
    return bits >> (VECTOR_BYTES - (length - at));
}

static inline size_t ascii_end_by_vectors(const unsigned char *data, size_t length, size_t at)
{
    unsigned odd = 0;
    if (length < VECTOR_BYTES) {
        return ascii_end_by_words(data, length, at);
    }
    for (; length - at >= VECTOR_BYTES; at += VECTOR_BYTES) {
        odd = odd_ascii_bits(data + at);
        if (odd != 0) {
            return at + first_bit(odd);
        }
    }
    if (at < length) {
        odd = last_bits(odd_ascii_bits(data + length - VECTOR_BYTES), length, at);
    }
    return odd != 0 ? at + first_bit(odd) : length;
}

static inline size_t json_plain_end_by_vectors(const unsigned char *data, size_t length, size_t at)
{
    unsigned odd = 0;
    if (length < VECTOR_BYTES) {
        return json_plain_end_by_words(data, length, at);
    }
    for (; length - at >= VECTOR_BYTES; at += VECTOR_BYTES) {
        odd = odd_json_bits(data + at);
        if (odd != 0) {
            return at + first_bit(odd);
        }
    }
    if (at < length) {
        odd = last_bits(odd_json_bits(data + length - VECTOR_BYTES), length, at);
    }
    return odd != 0 ? at + first_bit(odd) : length;
}

/* Whether four vectors are all ASCII without NUL. */
static inline int is_ascii_run(const unsigned char *data)
{
    return (odd_ascii_bits(data) | odd_ascii_bits(data + VECTOR_BYTES) | odd_ascii_bits(data + 2 * VECTOR_BYTES) |
            odd_ascii_bits(data + 3 * VECTOR_BYTES)) == 0;
}

/* What a vector leaves to the next. */
struct utf8_due {
    unsigned tails; /* a bit for each tail that is due of a character that has begun */
    unsigned bound; /* the last byte bounds the one that follows: see odd_second_bits */
};

/* E0, ED and F0 to F4 take fewer second bytes than there are tails. The bits of those that they do not take. */
static inline unsigned odd_second_bits(__m128i bytes, __m128i before)
{
    __m128i from_90 = not_below(bytes, 0x90);
    __m128i from_a0 = not_below(bytes, 0xA0);
    __m128i too_low = _mm_or_si128(_mm_andnot_si128(from_a0, _mm_cmpeq_epi8(before, _mm_set1_epi8((char)0xE0))),
                                   _mm_andnot_si128(from_90, _mm_cmpeq_epi8(before, _mm_set1_epi8((char)0xF0))));
    __m128i too_high = _mm_or_si128(_mm_and_si128(from_a0, _mm_cmpeq_epi8(before, _mm_set1_epi8((char)0xED))),
                                    _mm_and_si128(from_90, _mm_cmpeq_epi8(before, _mm_set1_epi8((char)0xF4))));
    return bits_where(_mm_or_si128(_mm_or_si128(too_low, too_high), not_below(bytes, 0xF5)));
}

/* Not zero when a vector at a place of a text is not UTF-8 without NUL. */
static inline unsigned odd_utf8_bits(const unsigned char *data, size_t at, struct utf8_due *due)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(data + at));
    unsigned bounds = bits_where(
        _mm_or_si128(not_below(bytes, 0xF0), _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8((char)0xE0)),
                                                          _mm_cmpeq_epi8(bytes, _mm_set1_epi8((char)0xED)))));
    unsigned tails = bits_where(_mm_cmplt_epi8(bytes, _mm_set1_epi8((char)0xC0)));
    unsigned leads = bits_where(not_below(bytes, 0xC2));
    unsigned expected = due->tails | leads << 1 | bits_where(not_below(bytes, 0xE0)) << 2;
    /* C0 and C1 are neither tails nor leads. */
    unsigned odd = bits_where(_mm_cmpeq_epi8(bytes, _mm_setzero_si128())) | (bits_where(bytes) ^ (tails | leads));
    if ((bounds | due->bound) != 0) {
        __m128i before =
            at == 0 ? _mm_slli_si128(bytes, 1) : _mm_loadu_si128((const __m128i *)(const void *)(data + at - 1));
        expected |= bits_where(not_below(bytes, 0xF0)) << 3;
        odd |= odd_second_bits(bytes, before);
    }
    due->tails = expected >> VECTOR_BYTES;
    due->bound = bounds >> (VECTOR_BYTES - 1);
    return odd | ((expected ^ tails) & VECTOR_BITS);
}

/* A place up to which a text is UTF-8 without NUL, in whole characters, from the one at `at` on; what is not is less
 * than a vector and a character further. No branch hangs on where in a vector characters are, which no processor
 * foresees. */
static inline size_t utf8_end_by_vectors(const unsigned char *data, size_t length, size_t at)
{
    enum { RUN = 4 * VECTOR_BYTES };
    struct utf8_due due = {0, 0};
    int is_under_way = 0; /* a character, at `at` */
    unsigned odd = 0;
    while (odd == 0 && length - at >= VECTOR_BYTES) {
        if (!is_under_way && length - at >= RUN && is_ascii_run(data + at)) {
            at += RUN;
            continue;
        }
        size_t end = at + (length - at < RUN ? length - at : RUN);
        while (end - at >= VECTOR_BYTES && (odd = odd_utf8_bits(data, at, &due)) == 0) {
            is_under_way = due.tails != 0;
            at += VECTOR_BYTES;
        }
    }
    while (is_under_way) {
        at--;
        is_under_way = (data[at] & 0xC0) == 0x80;
    }
    return at;
}

#endif

/* ---- for use ---- */

/* Where the plain part of a JSON string at `data` ends, or a place before, when that is far away or `end` is near. */
static inline const unsigned char *json_plain_start(const unsigned char *data, const unsigned char *end)
{
#ifdef __SSE2__
    if (end - data >= VECTOR_BYTES) {
        unsigned odd = odd_json_bits(data);
        return data + (odd != 0 ? first_bit(odd) : VECTOR_BYTES);
    }
#endif
    return data < end ? data : end;
}

static inline size_t ascii_end(const unsigned char *data, size_t length, size_t at)
{
#ifdef __SSE2__
    return ascii_end_by_vectors(data, length, at);
#else
    return ascii_end_by_words(data, length, at);
#endif
}

/* `at`, or a place behind it up to which all is well-formed UTF-8 of whole characters without NUL. */
static inline size_t utf8_end(const unsigned char *data, size_t length, size_t at)
{
#ifdef __SSE2__
    return utf8_end_by_vectors(data, length, at);
#else
    (void)data;
    (void)length;
    return at;
#endif
}

static inline size_t json_plain_end(const unsigned char *data, size_t length, size_t at)
{
#ifdef __SSE2__
    return json_plain_end_by_vectors(data, length, at);
#else
    return json_plain_end_by_words(data, length, at);
#endif
}

#endif
