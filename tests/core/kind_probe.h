/* kind_probe.h: short forms for the tests of codecs by kind, whose hint says what the type is made of. */
#ifndef WHERRY_KIND_PROBE_H
#define WHERRY_KIND_PROBE_H

#include "codec_probe.h"

static inline const struct codec *codec_kind(const char *kind)
{
    const struct codec *codec = codec_of_kind(kind);
    assert_non_null(codec);
    return codec;
}

/* get(put(value)) must be the text `expected`, or the value itself where that is NULL; put of it again the same wire.
 */
static inline void assert_kind_back(const char *kind, const struct codec_hint *hint, const char *value,
                                    const char *expected)
{
    const struct codec *codec = codec_kind(kind);
    struct probe p = text(value);
    struct bytes out = {0};
    struct bytes again = {0};
    struct bytes arena = {0};
    struct cell c = {0};
    struct err e = {0};
    if (codec->put(&p.cell, p.data, hint, &out, &e) != 0 || bytes_reserve(&out, 1, &e) != 0 ||
        codec->get(out.data, out.length, hint, &c, &arena, &e) != 0) {
        fail_msg("%s refuses %s: %s", kind, value, e.message);
    }
    assert_int_equal(c.class, CELL_TEXT);
    assert_int_equal(bytes_append(&arena, "", 1, &e), 0);
    assert_string_equal((const char *)arena.data + c.as.offset, expected == NULL ? value : expected);
    assert_int_equal(codec->put(&c, arena.data + c.as.offset, hint, &again, &e), 0);
    assert_int_equal(again.length, out.length);
    if (out.length > 0) {
        assert_memory_equal(again.data, out.data, out.length);
    }
    bytes_free(&out);
    bytes_free(&again);
    bytes_free(&arena);
}

/* put must refuse with a message that has these words, and a hint. */
static inline void assert_kind_refused(const char *kind, const struct codec_hint *hint, struct probe p,
                                       const char *words)
{
    struct bytes out = {0};
    struct err e = {0};
    int result = codec_kind(kind)->put(&p.cell, p.data, hint, &out, &e);
    bytes_free(&out);
    if (result == 0) {
        fail_msg("%s takes \"%s\"", kind, p.data == NULL ? (const unsigned char *)"" : p.data);
    }
    assert_int_equal(e.kind, ERR_VALUE);
    assert_true(e.hint[0] != '\0');
    if (strstr(e.message, words) == NULL) {
        fail_msg("%s: \"%s\" does not say \"%s\"", kind, e.message, words);
    }
}

/* get must refuse these bytes with a message that has these words. */
static inline void assert_kind_wire_refused(const char *kind, const struct codec_hint *hint, const void *wire,
                                            size_t length, const char *words)
{
    struct bytes arena = {0};
    struct cell c = {0};
    struct err e = {0};
    int result = codec_kind(kind)->get(wire, length, hint, &c, &arena, &e);
    bytes_free(&arena);
    assert_int_equal(result, -1);
    assert_int_equal(e.kind, ERR_VALUE);
    if (strstr(e.message, words) == NULL) {
        fail_msg("%s: \"%s\" does not say \"%s\"", kind, e.message, words);
    }
}

#endif
