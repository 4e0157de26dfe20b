/* test_text_scan.c: where plain text ends, found in every way that there is, against the definition byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec_probe.h"
#include "mem.h"
#include "text_scan.h"
#include "utf8.h"

typedef size_t (*scan)(const unsigned char *data, size_t length, size_t at);

static const struct way {
    const char *name;
    scan scan;
    int (*is_plain)(unsigned char byte);
} ways[] = {
    {"ASCII", ascii_end, is_plain_ascii},
    {"ASCII by words", ascii_end_by_words, is_plain_ascii},
    {"JSON", json_plain_end, is_plain_json},
    {"JSON by words", json_plain_end_by_words, is_plain_json},
#ifdef __SSE2__
    {"ASCII by vectors", ascii_end_by_vectors, is_plain_ascii},
    {"JSON by vectors", json_plain_end_by_vectors, is_plain_json},
#endif
};

/* The text in memory of its own size, so that the sanitizers see every byte that is read beside it. */
static void assert_end(const struct way *way, const unsigned char *text, size_t length, size_t at)
{
    unsigned char *data = mem_alloc(length, NULL);
    size_t expected = at;
    memcpy(data, text, length);
    while (expected < length && way->is_plain(data[expected])) {
        expected++;
    }
    size_t found = way->scan(data, length, at);
    mem_free(data);
    if (found != expected) {
        fail_msg("%s: %zu bytes from %zu on end at %zu, not %zu", way->name, length, at, found, expected);
    }
}

/* Every byte at every place of texts up to two vectors and more, from every place on. */
static void each_byte_at_each_place(void **state)
{
    static const unsigned char others[] = {'a', 0x20, 0x7E};
    unsigned char text[70];
    (void)state;
    for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++) {
        for (size_t length = 1; length <= sizeof text; length++) {
            memset(text, others[length % sizeof others], sizeof text);
            assert_end(&ways[w], text, length, length);
            for (size_t place = 0; place < length; place++) {
                int step = length < 20 || place == length - 1 ? 1 : 37;
                for (int byte = 0; byte < 256; byte += step) {
                    unsigned char kept = text[place];
                    text[place] = (unsigned char)byte;
                    assert_end(&ways[w], text, length, place % 3 == 0 ? 0 : place / 2);
                    text[place] = kept;
                }
            }
        }
    }
}

/* Bytes on the borders of what is plain, several in one text: a word that borrows from its neighbour tells nothing. */
static void texts_of_borders(void **state)
{
    static const unsigned char borders[] = {0x00, 0x01, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x5B, 0x5C,
                                            0x5D, 0x7E, 0x7F, 0x80, 0x81, 0xA0, 0xFE, 0xFF};
    uint64_t random = 29;
    unsigned char text[100];
    (void)state;
    for (int i = 0; i < 100000; i++) {
        size_t length = next_random(&random) % sizeof text;
        uint64_t rarity = 1 + next_random(&random) % 40;
        for (size_t k = 0; k < length; k++) {
            uint64_t r = next_random(&random);
            text[k] = r % rarity == 0 ? borders[(r >> 20) % sizeof borders] : 'a';
        }
        assert_end(&ways[(size_t)i % (sizeof ways / sizeof ways[0])], text, length,
                   next_random(&random) % (length + 1));
    }
}

#ifdef __SSE2__

/* Where well-formed characters without NUL end, from a character on. */
static size_t characters_end(const unsigned char *data, size_t length, size_t at)
{
    size_t size = 1;
    while (at < length && size > 0) {
        size = data[at] == 0 ? 0 : utf8_character(data + at, length - at, NULL);
        at += size;
    }
    return at;
}

/* The end by vectors is a place between characters, none before it is bad, and it is near to what is. */
static void assert_utf8_end(const unsigned char *text, size_t length, size_t at)
{
    enum { LONGEST = 4 };
    unsigned char *data = mem_alloc(length, NULL);
    memcpy(data, text, length);
    size_t end = utf8_end_by_vectors(data, length, at);
    size_t real = characters_end(data, length, at);
    int is_between = characters_end(data, end, at) == end;
    mem_free(data);
    assert_true(end <= real);
    assert_true(is_between);
    if (real - end >= VECTOR_BYTES + LONGEST) {
        fail_msg("%zu bytes from %zu on are UTF-8 up to %zu, not %zu", length, at, real, end);
    }
}

static void characters_in_vectors(void **state)
{
    static const char *const pieces[] = {"a",
                                         "the answer, ",
                                         "0123456789abcdef0123456789abcdef0123456789abcdef",
                                         "caf\xC3\xA9",
                                         "\xDF\xBF",
                                         "\xE4\xB8\x96\xE7\x95\x8C",
                                         "\xE0\xA0\x80",
                                         "\xE0\xA4\x95",
                                         "\xED\x80\x80",
                                         "\xED\x9F\xBF",
                                         "\xEE\x80\x80",
                                         "\xF0\x90\x80\x80",
                                         "\xF0\x9F\x98\x80",
                                         "\xF3\xBF\xBF\xBF",
                                         "\xF4\x8F\xBF\xBF"};
    static const unsigned char bytes[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0,
                                          0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF7, 0xF8, 0xFF};
    uint64_t random = 43;
    (void)state;
    for (int i = 0; i < 200000; i++) {
        unsigned char text[300];
        size_t length = 0;
        size_t most = next_random(&random) % 200;
        size_t at = 0;
        uint64_t few = 1 + (next_random(&random) >> 8) % (sizeof pieces / sizeof pieces[0]);
        while (length < most) {
            const char *piece = pieces[(next_random(&random) >> 8) % few];
            memcpy(text + length, piece, strlen(piece));
            length += strlen(piece);
            at = (next_random(&random) >> 8) % 8 == 0 ? length : at;
        }
        at = i % 2 == 0 ? 0 : at;
        assert_utf8_end(text, length, at);
        if (length > at) {
            text[at + (next_random(&random) >> 8) % (length - at)] = bytes[(next_random(&random) >> 8) % sizeof bytes];
            assert_utf8_end(text, length, at);
        }
    }
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_byte_at_each_place),
        cmocka_unit_test(texts_of_borders),
#ifdef __SSE2__
        cmocka_unit_test(characters_in_vectors),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
