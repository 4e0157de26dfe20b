/* codec_store.c: hstore, and the table of values that are collections by themselves.
 *
 * hstore is a JSON object of strings and nulls on SQLite's side: {"a":"1","b":null}. Numbers, booleans and what is
 * nested are refused, because hstore would keep their text alone. On the wire it is a count, then key and value, each
 * with a length before it (-1: null); the server keeps keys in the order of their length, then bytes. `get` writes them
 * in that order, without spaces or in the style of other programs: json_text_forms. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec_json_style.h"
#include "hex.h"

static const char hstore_help[] = "hstore is read from a JSON object of strings and nulls, {\"a\":\"1\",\"b\":null}: "
                                  "correct the value in the source, or give the target column the type jsonb";

/* Key and value, without quotes and escapes, in the order of the text. */
struct pair {
    size_t key;
    size_t key_length;
    size_t value;
    size_t value_length;
    int is_null;
    const unsigned char *text; /* in which key and value are offsets */
};

/* JSON that was checked before, read from the front. */
struct object {
    const unsigned char *at;
    struct bytes text;
    struct bytes pairs; /* struct pair */
};

static void skip_json_spaces(struct object *o)
{
    while (*o->at == ' ' || *o->at == '\n' || *o->at == '\r' || *o->at == '\t') {
        o->at++;
    }
}

static uint32_t read_json_hex(struct object *o)
{
    uint32_t value = 0;

    for (int i = 0; i < 4; i++) {
        value = value << 4 | (uint32_t)hex_value(*o->at++);
    }
    return value;
}

/* The character of \uXXXX, the second half of a pair included, as UTF-8; its length. */
static size_t read_json_point(struct object *o, unsigned char out[4])
{
    uint32_t point = read_json_hex(o);

    if (point >= 0xD800 && point <= 0xDBFF) {
        o->at += 2;
        point = 0x10000 + ((point - 0xD800) << 10) + (read_json_hex(o) - 0xDC00);
    }
    if (point < 0x80) {
        out[0] = (unsigned char)point;
        return 1;
    }
    size_t length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (unsigned char)(0x80 | (point & 0x3F));
        point >>= 6;
    }
    out[0] = (unsigned char)((0xF00 >> length & 0xFF) | point);
    return length;
}

/* A string's characters into the text. */
static int read_json_string(struct object *o, size_t *start, size_t *length, struct err *e)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meant[] = "\"\\/\b\f\n\r\t";

    *start = o->text.length;
    o->at++;
    while (*o->at != '"') {
        unsigned char character[4] = {*o->at++};
        size_t size = 1;
        if (character[0] == '\\') {
            unsigned char letter = *o->at++;
            if (letter == 'u') {
                size = read_json_point(o, character);
            } else {
                character[0] = (unsigned char)meant[strchr(letters, letter) - letters];
            }
        }
        if (bytes_append(&o->text, character, size, e) != 0) {
            return -1;
        }
    }
    o->at++;
    *length = o->text.length - *start;
    return 0;
}

static int read_pair(struct object *o, struct err *e)
{
    struct pair pair = {0};

    skip_json_spaces(o);
    if (read_json_string(o, &pair.key, &pair.key_length, e) != 0) {
        return -1;
    }
    skip_json_spaces(o);
    o->at++; /* the colon */
    skip_json_spaces(o);
    pair.is_null = *o->at == 'n';
    if (pair.is_null) {
        o->at += 4;
    } else if (*o->at != '"') {
        return codec_refuse(e, hstore_help, "the value of the key \"%.*s\" is neither a string nor null",
                            pair.key_length > 60 ? 60 : (int)pair.key_length,
                            pair.key_length == 0 ? "" : (const char *)o->text.data + pair.key);
    } else if (read_json_string(o, &pair.value, &pair.value_length, e) != 0) {
        return -1;
    }
    skip_json_spaces(o);
    return bytes_append(&o->pairs, &pair, sizeof pair, e);
}

static int compare_pairs(const void *left, const void *right)
{
    const struct pair *a = left;
    const struct pair *b = right;

    if (a->key_length != b->key_length) {
        return a->key_length < b->key_length ? -1 : 1;
    }
    return a->key_length == 0 ? 0 : memcmp(a->text + a->key, b->text + b->key, a->key_length);
}

/* The pairs as the server sends them. */
static int put_pairs(struct object *o, struct bytes *out, struct err *e)
{
    struct pair *pairs = (struct pair *)(void *)o->pairs.data;
    size_t count = o->pairs.length / sizeof *pairs;

    if (bytes_put_u32(out, (unsigned)count, e) != 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        pairs[i].text = o->text.data;
    }
    if (count > 1) {
        qsort(pairs, count, sizeof *pairs, compare_pairs);
    }
    for (size_t i = 0; i < count; i++) {
        const struct pair *p = &pairs[i];
        if (i > 0 && compare_pairs(p - 1, p) == 0) {
            return codec_refuse(e, hstore_help, "the key \"%.*s\" stands in it twice",
                                p->key_length > 60 ? 60 : (int)p->key_length,
                                p->key_length == 0 ? "" : (const char *)p->text + p->key);
        }
        if (bytes_put_u32(out, (unsigned)p->key_length, e) != 0 ||
            (p->key_length > 0 && bytes_append(out, p->text + p->key, p->key_length, e) != 0) ||
            bytes_put_u32(out, p->is_null ? UINT32_MAX : (unsigned)p->value_length, e) != 0 ||
            (p->value_length > 0 && bytes_append(out, p->text + p->value, p->value_length, e) != 0)) {
            return -1;
        }
    }
    return 0;
}

static int put_object(struct object *o, struct bytes *out, struct err *e)
{
    skip_json_spaces(o);
    if (*o->at != '{') {
        return codec_refuse(e, hstore_help, "the text is JSON, but no object");
    }
    o->at++;
    skip_json_spaces(o);
    int more = *o->at != '}';
    while (more) {
        if (read_pair(o, e) != 0) {
            return -1;
        }
        more = *o->at == ',';
        o->at++;
    }
    return put_pairs(o, out, e);
}

static int hstore_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                      struct err *e)
{
    struct object o = {.at = data};
    size_t at = 0;
    const char *why = NULL;

    (void)hint;
    if (c->class != CELL_TEXT) {
        return codec_refuse_class(e, c, "an hstore");
    }
    if (json_check(data, c->length, 1, &at, &why) != 0) {
        return codec_refuse(e, hstore_help, "the text is not JSON that the type takes: %s (byte %zu)", why, at);
    }
    int result = put_object(&o, out, e);
    bytes_free(&o.text);
    bytes_free(&o.pairs);
    return result;
}

/* A string of JSON with the escapes that it needs. */
static int write_json_string(const unsigned char *text, size_t length, struct bytes *arena, struct err *e)
{
    static const char letters[] = "\b\f\n\r\t\"\\";
    static const char names[] = "bfnrt\"\\";

    if (bytes_reserve(arena, 6 * length + 2, e) != 0) {
        return -1;
    }
    unsigned char *at = arena->data + arena->length;
    *at++ = '"';
    for (size_t i = 0; i < length; i++) {
        const char *letter = strchr(letters, text[i]);
        if (letter != NULL) {
            *at++ = '\\';
            *at++ = (unsigned char)names[letter - letters];
        } else if (text[i] < 0x20) {
            at += snprintf((char *)at, 7, "\\u%04x", (unsigned)text[i]);
        } else {
            *at++ = text[i];
        }
    }
    *at++ = '"';
    arena->length = (size_t)(at - arena->data);
    return 0;
}

/* Wire that is read from the front. */
struct wire {
    const unsigned char *at;
    size_t left;
};

static int read_word(struct wire *w, uint32_t *value)
{
    if (w->left < 4) {
        return -1;
    }
    *value = codec_u32(w->at);
    w->at += 4;
    w->left -= 4;
    return 0;
}

/* A text with its length before it as a string of JSON; with `null`, a length of -1 is null. */
static int get_string(struct wire *w, int null, struct bytes *arena, struct err *e)
{
    uint32_t length = 0;
    size_t at = 0;

    if (read_word(w, &length) != 0) {
        return codec_refuse_wire(e, "hstore");
    }
    if (null && length == UINT32_MAX) {
        return bytes_append(arena, "null", 4, e);
    }
    if (length > w->left || utf8_check(w->at, length, &at, NULL) != 0) {
        return codec_refuse_wire(e, "hstore");
    }
    w->at += length;
    w->left -= length;
    return write_json_string(w->at - length, length, arena, e);
}

static int get_pairs(struct wire w, struct bytes *arena, struct err *e)
{
    uint32_t count = 0;

    if (read_word(&w, &count) != 0) {
        return codec_refuse_wire(e, "hstore");
    }
    for (uint32_t i = 0; i < count; i++) {
        if (bytes_append(arena, i == 0 ? "{" : ",", 1, e) != 0 || get_string(&w, 0, arena, e) != 0 ||
            bytes_append(arena, ":", 1, e) != 0 || get_string(&w, 1, arena, e) != 0) {
            return -1;
        }
    }
    if (w.left != 0) {
        return codec_refuse_wire(e, "hstore");
    }
    return bytes_append(arena, count == 0 ? "{}" : "}", count == 0 ? 2 : 1, e);
}

static int hstore_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                      struct bytes *arena, struct err *e)
{
    struct bytes json = {0};
    int result = get_pairs((struct wire){wire, length}, &json, e);

    if (result == 0) {
        result = json_text_cell(json.data, json.length, hint, out, arena, e);
    }
    bytes_free(&json);
    return result;
}

const struct codec codecs_store[] = {
    {.type = "hstore", .put = hstore_put, .get = hstore_get, .forms = json_text_forms, .foreign = 1},
    {.type = "tsvector", .oid = 3614, .put = tsvector_put, .get = tsvector_get},
    {.type = NULL},
};
