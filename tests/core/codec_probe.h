/* codec_probe.h: short forms for the tests of codecs: a value in, its wire in hexadecimal or its refusal out. */
#ifndef WHERRY_CODEC_PROBE_H
#define WHERRY_CODEC_PROBE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codec.h"

/* A cell with its bytes. */
struct probe {
    struct cell cell;
    const unsigned char *data;
};

static inline struct probe bytes_probe(enum cell_class class, const void *data, size_t length)
{
    return (struct probe){{.length = (uint32_t)length, .class = (uint8_t) class}, data};
}

static inline struct probe text(const char *value)
{
    return bytes_probe(CELL_TEXT, value, strlen(value));
}

static inline struct probe blob(const char *value, size_t length)
{
    return bytes_probe(CELL_BLOB, value, length);
}

static inline struct probe integer(int64_t value)
{
    return (struct probe){{.as.integer = value, .class = CELL_INTEGER}, NULL};
}

static inline struct probe real(double value)
{
    return (struct probe){{.as.real = value, .class = CELL_REAL}, NULL};
}

static inline const struct codec *codec_named(const char *type)
{
    const struct codec *codec = codec_find(0, type);
    assert_non_null(codec);
    return codec;
}

/* The wire must be these hexadecimal digits. */
static inline void assert_wire(const char *type, int32_t typmod, struct probe p, const char *expected)
{
    struct codec_hint hint = {.typmod = typmod};
    struct bytes out = {0};
    struct err e = {0};
    char hex[4096] = "";
    if (codec_named(type)->put(&p.cell, p.data, &hint, &out, &e) != 0) {
        fail_msg("%s refuses \"%s\": %s", type, p.data == NULL ? (const unsigned char *)"" : p.data, e.message);
    }
    for (size_t i = 0; i < out.length && 2 * i + 2 < sizeof hex; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", out.data[i]);
    }
    bytes_free(&out);
    assert_string_equal(hex, expected);
}

/* put must refuse with a message that has these words, a hint, and nothing worse. */
static inline void assert_refused(const char *type, int32_t typmod, struct probe p, const char *words)
{
    struct codec_hint hint = {.typmod = typmod};
    struct bytes out = {0};
    struct err e = {0};
    int result = codec_named(type)->put(&p.cell, p.data, &hint, &out, &e);
    bytes_free(&out);
    if (result == 0) {
        fail_msg("%s takes \"%s\"", type, p.data == NULL ? (const unsigned char *)"" : p.data);
    }
    assert_int_equal(e.kind, ERR_VALUE);
    assert_true(e.hint[0] != '\0');
    if (strstr(e.message, words) == NULL) {
        fail_msg("%s: \"%s\" does not say \"%s\"", type, e.message, words);
    }
}

/* A cell as text with its class in front: "integer 5", "text abc", "blob 00ff". */
static inline void describe(char *out, size_t size, const struct cell *c, const unsigned char *data)
{
    char value[3000];
    cell_describe(value, sizeof value, c, data);
    (void)snprintf(out, size, "%s %s", cell_class_name((enum cell_class)c->class), value);
}

/* get of these wire bytes must give this cell. */
static inline void assert_cell(const char *type, const void *wire, size_t length, const char *expected)
{
    struct codec_hint hint = {.typmod = -1};
    struct bytes arena = {0};
    struct cell c = {0};
    struct err e = {0};
    char got[3100];
    if (codec_named(type)->get(wire, length, &hint, &c, &arena, &e) != 0) {
        fail_msg("%s refuses the wire: %s", type, e.message);
    }
    int has_bytes = c.class == CELL_TEXT || c.class == CELL_BLOB;
    describe(got, sizeof got, &c, has_bytes ? arena.data + c.as.offset : NULL);
    bytes_free(&arena);
    assert_string_equal(got, expected);
}

/* get must refuse these wire bytes. */
static inline void assert_wire_refused(const char *type, const void *wire, size_t length)
{
    struct codec_hint hint = {.typmod = -1};
    struct bytes arena = {0};
    struct cell c = {0};
    struct err e = {0};
    int result = codec_named(type)->get(wire, length, &hint, &c, &arena, &e);
    bytes_free(&arena);
    assert_int_equal(result, -1);
    assert_int_equal(e.kind, ERR_VALUE);
}

/* get of what put makes must give this cell. */
static inline void assert_back(const char *type, int32_t typmod, struct probe p, const char *expected)
{
    struct codec_hint hint = {.typmod = typmod};
    struct bytes out = {0};
    struct err e = {0};
    if (codec_named(type)->put(&p.cell, p.data, &hint, &out, &e) != 0) {
        fail_msg("%s refuses \"%s\": %s", type, p.data == NULL ? (const unsigned char *)"" : p.data, e.message);
    }
    assert_int_equal(bytes_reserve(&out, 1, NULL), 0);
    assert_cell(type, out.data, out.length, expected);
    bytes_free(&out);
}

/* get(put(v)) must be v. */
static inline void assert_same(const char *type, struct probe p)
{
    char expected[3100];
    describe(expected, sizeof expected, &p.cell, p.data);
    assert_back(type, -1, p, expected);
}

/* get(put(v)) must be v in this form, in a column of times in this zone. */
static inline void assert_form(const char *type, const char *form, int32_t zone_seconds, struct probe p)
{
    const struct codec *codec = codec_named(type);
    struct codec_hint hint = {.typmod = -1, .zone_seconds = zone_seconds, .form = codec_form_find(codec, form)};
    struct bytes wire = {0};
    struct bytes arena = {0};
    struct cell c = {0};
    struct err e = {0};
    char expected[3100];
    char got[3100];
    if (hint.form < 0 || codec->put(&p.cell, p.data, &hint, &wire, &e) != 0 ||
        codec->get(wire.data, wire.length, &hint, &c, &arena, &e) != 0) {
        fail_msg("%s in the form %s: %s", type, form, e.message);
    }
    int has_bytes = c.class == CELL_TEXT || c.class == CELL_BLOB;
    describe(expected, sizeof expected, &p.cell, p.data);
    describe(got, sizeof got, &c, has_bytes ? arena.data + c.as.offset : NULL);
    bytes_free(&wire);
    bytes_free(&arena);
    if (strcmp(got, expected) != 0) {
        fail_msg("%s in the form %s: %s, not %s", type, form, got, expected);
    }
}

/* A number that depends on the state alone: xorshift64*. */
static inline uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

#endif
