/* codec_document.c: values inside the JSON texts of arrays and composites. */
#include "codec_document.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "hex.h"

enum { OID_BOOL = 16, OID_BYTEA = 17, OID_JSON = 114, OID_NUMERIC = 1700, OID_JSONB = 3802 };

static const char help[] = "arrays and composites are read from JSON, [1,null,3] or {\"name\":\"value\"}: correct the "
                           "value in the source, or give the target column a text type";

static int is_json(const struct codec *codec)
{
    return codec->oid == OID_JSON || codec->oid == OID_JSONB;
}

/* Types whose text in a cell is JSON, so that it stands inside other JSON without quotes. */
static int is_document(const struct codec *codec)
{
    return is_json(codec) || strcmp(codec->type, "array") == 0 || strcmp(codec->type, "composite") == 0 ||
           strcmp(codec->type, "hstore") == 0;
}

int document_takes_arrays(const struct codec *codec)
{
    return is_json(codec) || strcmp(codec->type, "array") == 0;
}

int document_place(struct err *e, const char *format, ...)
{
    char place[256];
    char why[sizeof e->message];
    va_list arguments;

    if (e == NULL || e->kind != ERR_VALUE) {
        return -1;
    }
    va_start(arguments, format);
    (void)vsnprintf(place, sizeof place, format, arguments);
    va_end(arguments);
    memcpy(why, e->message, sizeof why);
    (void)snprintf(e->message, sizeof e->message, "at %s: %.*s", place, (int)(sizeof why - sizeof place - 8), why);
    return -1;
}

/* ---- reading ---- */

int document_next_is(const struct document *d, unsigned char byte)
{
    return d->at < d->length && d->text[d->at] == byte;
}

void document_skip_spaces(struct document *d)
{
    while (document_next_is(d, ' ') || document_next_is(d, '\n') || document_next_is(d, '\r') ||
           document_next_is(d, '\t')) {
        d->at++;
    }
}

int document_open(struct document *d, const struct cell *c, const unsigned char *data, unsigned char bracket,
                  const char *what, struct err *e)
{
    size_t at = 0;
    const char *why = NULL;

    if (c->class != CELL_TEXT) {
        return codec_refuse_class(e, c, what);
    }
    if (json_check(data, c->length, 0, &at, &why) != 0) {
        return codec_refuse(e, help, "the text is not %s: %s (byte %zu)", what, why, at);
    }
    *d = (struct document){.text = data, .length = c->length};
    document_skip_spaces(d);
    if (!document_next_is(d, bracket)) {
        return codec_refuse(e, help, "the text is JSON, but not %s", what);
    }
    return 0;
}

static size_t string_end(const struct document *d, size_t at)
{
    for (at++; d->text[at] != '"'; at++) {
        if (d->text[at] == '\\') {
            at++;
        }
    }
    return at + 1;
}

size_t document_value_end(const struct document *d)
{
    size_t at = d->at;
    size_t depth = 0;

    if (d->text[at] == '"') {
        return string_end(d, at);
    }
    while (at < d->length) {
        unsigned char byte = d->text[at];
        int ends = byte == ']' || byte == '}';
        if (depth == 0 && (ends || strchr(", \t\r\n", byte) != NULL)) {
            break;
        }
        depth += byte == '[' || byte == '{';
        depth -= (size_t)ends;
        at = byte == '"' ? string_end(d, at) : at + 1;
        if (ends && depth == 0) {
            break;
        }
    }
    return at;
}

static int append_character(struct bytes *out, unsigned code, struct err *e)
{
    unsigned char room[4];
    size_t used = 0;

    if (code < 0x80) {
        room[used++] = (unsigned char)code;
    } else if (code < 0x800) {
        room[used++] = (unsigned char)(0xC0 | code >> 6);
    } else if (code < 0x10000) {
        room[used++] = (unsigned char)(0xE0 | code >> 12);
        room[used++] = (unsigned char)(0x80 | (code >> 6 & 0x3F));
    } else {
        room[used++] = (unsigned char)(0xF0 | code >> 18);
        room[used++] = (unsigned char)(0x80 | (code >> 12 & 0x3F));
        room[used++] = (unsigned char)(0x80 | (code >> 6 & 0x3F));
    }
    if (code >= 0x80) {
        room[used++] = (unsigned char)(0x80 | (code & 0x3F));
    }
    return bytes_append(out, room, used, e);
}

/* The escape \uXXXX at `at`, with its other half where it is a surrogate; *at moves behind it. */
static int append_unicode(const unsigned char *string, size_t length, size_t *at, struct bytes *out, struct err *e)
{
    unsigned code = hex_four(string + *at + 2);
    unsigned low = 0;

    *at += 6;
    if (code >= 0xD800 && code <= 0xDBFF && length - *at >= 6 && string[*at] == '\\' && string[*at + 1] == 'u') {
        low = hex_four(string + *at + 2);
    }
    if (low >= 0xDC00 && low <= 0xDFFF) {
        *at += 6;
        code = 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF);
    } else if (code >= 0xD800 && code <= 0xDFFF) {
        return codec_refuse(e, help, "a string has a surrogate escape without its other half");
    }
    return append_character(out, code, e);
}

int document_unquote(const unsigned char *string, size_t length, struct bytes *out, struct err *e)
{
    static const char letters[] = "bfnrt";
    static const char meant[] = "\b\f\n\r\t";
    size_t at = 1;

    while (at < length - 1) {
        size_t run = at;
        while (run < length - 1 && string[run] != '\\') {
            run++;
        }
        if (run > at && bytes_append(out, string + at, run - at, e) != 0) {
            return -1;
        }
        at = run;
        if (at == length - 1) {
            break;
        }
        if (string[at + 1] == 'u') {
            if (append_unicode(string, length - 1, &at, out, e) != 0) {
                return -1;
            }
            continue;
        }
        const char *letter = strchr(letters, string[at + 1]);
        unsigned code = letter != NULL ? (unsigned char)meant[letter - letters] : string[at + 1];
        if (append_character(out, code, e) != 0) {
            return -1;
        }
        at += 2;
    }
    return 0;
}

int document_put_cell(const struct cell *c, const unsigned char *data, const struct codec *codec,
                      const struct codec_hint *hint, struct bytes *out, struct err *e)
{
    size_t start = out->length + 4;

    if (bytes_put_u32(out, 0, e) != 0 || codec->put(c, data, hint, out, e) != 0) {
        return -1;
    }
    size_t length = out->length - start;
    if (length > INT32_MAX) {
        return codec_refuse(e, NULL, "%zu bytes are more than a PostgreSQL value holds", length);
    }
    unsigned char *word = out->data + start - 4;
    word[0] = (unsigned char)(length >> 24);
    word[1] = (unsigned char)(length >> 16);
    word[2] = (unsigned char)(length >> 8);
    word[3] = (unsigned char)length;
    return 0;
}

/* "\x0102": the only text that means bytes and no characters. */
static int decode_bytes(struct bytes *text, struct cell *c, struct err *e)
{
    size_t used = 0;

    for (size_t i = 2; i + 1 < text->length; i += 2) {
        int high = hex_value(text->data[i]);
        int low = hex_value(text->data[i + 1]);
        if (high < 0 || low < 0) {
            break;
        }
        text->data[used++] = (unsigned char)(high << 4 | low);
    }
    if (text->length < 2 || text->length != 2 * used + 2 || c->length != text->length) {
        return codec_refuse(e, "bytes inside JSON are written \"\\\\x0102\"", "the string is not hexadecimal");
    }
    c->class = CELL_BLOB;
    c->length = (uint32_t)used;
    return 0;
}

static int put_string(const unsigned char *value, size_t length, const struct codec *codec,
                      const struct codec_hint *hint, struct bytes *out, struct err *e)
{
    struct bytes text = {0};
    struct cell c = {.class = CELL_TEXT};
    int result = -1;

    if (bytes_reserve(&text, 1, e) == 0 && document_unquote(value, length, &text, e) == 0) {
        c.length = (uint32_t)text.length;
        int is_hex = text.length >= 2 && memcmp(text.data, "\\x", 2) == 0;
        if (codec->oid == OID_BYTEA && !is_hex) {
            result = codec_refuse(e, "bytes inside JSON are written \"\\\\x0102\"", "the string is not hexadecimal");
        } else if (codec->oid != OID_BYTEA || decode_bytes(&text, &c, e) == 0) {
            result = document_put_cell(&c, text.data, codec, hint, out, e);
        }
    }
    bytes_free(&text);
    return result;
}

int document_put(const unsigned char *value, size_t length, const struct codec *codec, const struct codec_hint *hint,
                 struct bytes *out, struct err *e)
{
    struct cell c = {.class = CELL_TEXT, .length = (uint32_t)length};
    int64_t number = 0;

    switch (value[0]) {
    case 'n':
        return bytes_put_u32(out, 0xFFFFFFFF, e);
    case '{':
    case '[':
        if (!is_document(codec)) {
            return codec_refuse(e, help, "a JSON %s is no value of type %s", value[0] == '{' ? "object" : "array",
                                codec->type);
        }
        break;
    case '"':
        if (!is_json(codec)) {
            return put_string(value, length, codec, hint, out, e);
        }
        break;
    case 't':
    case 'f':
        if (is_json(codec)) {
            break;
        }
        if (codec->oid != OID_BOOL) {
            return codec_refuse(e, help, "%s is no value of type %s", value[0] == 't' ? "true" : "false", codec->type);
        }
        c.class = CELL_INTEGER;
        c.as.integer = value[0] == 't';
        return document_put_cell(&c, NULL, codec, hint, out, e);
    default:
        /* A number goes as an integer or with its own digits: a double in between would round it. -0 is no integer. */
        if (!is_json(codec) && !codec_is_word(value, length, "-0") &&
            codec_parse_integer(value, length, &number) == 0) {
            c.class = CELL_INTEGER;
            c.as.integer = number;
            return document_put_cell(&c, NULL, codec, hint, out, e);
        }
    }
    return document_put_cell(&c, value, codec, hint, out, e);
}

/* ---- writing ---- */

int document_quote(struct bytes *json, const unsigned char *text, size_t length, struct err *e)
{
    static const char named[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    size_t start = 0;

    if (bytes_append(json, "\"", 1, e) != 0) {
        return -1;
    }
    for (size_t i = 0; i < length; i++) {
        if (text[i] >= 0x20 && text[i] != '"' && text[i] != '\\') {
            continue;
        }
        char escape[8];
        const char *found = text[i] != 0 ? strchr(named, text[i]) : NULL;
        int used = found != NULL ? snprintf(escape, sizeof escape, "\\%c", letters[found - named])
                                 : snprintf(escape, sizeof escape, "\\u%04x", text[i]);
        if ((i > start && bytes_append(json, text + start, i - start, e) != 0) ||
            bytes_append(json, escape, (size_t)used, e) != 0) {
            return -1;
        }
        start = i + 1;
    }
    if (length > start && bytes_append(json, text + start, length - start, e) != 0) {
        return -1;
    }
    return bytes_append(json, "\"", 1, e);
}

static int quote_bytes(struct bytes *json, const unsigned char *data, size_t length, struct err *e)
{
    if (bytes_append(json, "\"\\\\x", 4, e) != 0 || bytes_reserve(json, 2 * length + 1, e) != 0) {
        return -1;
    }
    hex_encode((char *)json->data + json->length, data, length);
    json->length += 2 * length;
    return bytes_append(json, "\"", 1, e);
}

static int append_text(const struct codec *codec, const unsigned char *text, size_t length, struct bytes *json,
                       struct err *e)
{
    size_t at = 0;
    const char *why = NULL;

    if (is_json(codec)) {
        const unsigned char *inside = text;
        size_t inside_length = length;
        codec_trim(&inside, &inside_length);
        if (codec_is_word(inside, inside_length, "null")) {
            return codec_refuse(e, "make it NULL where it is meant, or leave the column out",
                                "a JSON null inside would be taken for NULL");
        }
    }
    /* A numeric that JSON can say: NaN and the infinities are no numbers there. */
    int stands = is_document(codec) || (codec->oid == OID_NUMERIC && json_check(text, length, 0, &at, &why) == 0);
    return stands ? bytes_append(json, text, length, e) : document_quote(json, text, length, e);
}

static int append_cell(const struct codec *codec, const struct cell *c, const struct bytes *arena, struct bytes *json,
                       struct err *e)
{
    char number[40];
    size_t length = 0;

    switch ((enum cell_class)c->class) {
    case CELL_NULL:
        return bytes_append(json, "null", 4, e);
    case CELL_INTEGER:
        if (codec->oid == OID_BOOL) {
            return c->as.integer != 0 ? bytes_append(json, "true", 4, e) : bytes_append(json, "false", 5, e);
        }
        return bytes_append(json, number, codec_integer_text(number, c->as.integer), e);
    case CELL_REAL:
        length = real_to_text(number, sizeof number, c->as.real);
        return isfinite(c->as.real) ? bytes_append(json, number, length, e)
                                    : document_quote(json, (const unsigned char *)number, length, e);
    case CELL_TEXT:
        return append_text(codec, arena->data + c->as.offset, c->length, json, e);
    case CELL_BLOB:
        return quote_bytes(json, arena->data + c->as.offset, c->length, e);
    }
    return err_set(e, ERR_INTERNAL, "a cell of an unknown class");
}

int document_get(const unsigned char **wire, size_t *length, const struct codec *codec, const struct codec_hint *hint,
                 const char *type, struct bytes *json, struct err *e)
{
    struct bytes arena = {0};
    struct cell c = {.class = CELL_NULL};

    if (*length < 4) {
        return codec_refuse_wire(e, type);
    }
    uint32_t size = codec_u32(*wire);
    *wire += 4;
    *length -= 4;
    if (size == 0xFFFFFFFF) {
        return bytes_append(json, "null", 4, e);
    }
    if (size > *length) {
        return codec_refuse_wire(e, type);
    }
    int result = codec->get(*wire, size, hint, &c, &arena, e);
    if (result == 0) {
        result = append_cell(codec, &c, &arena, json, e);
    }
    bytes_free(&arena);
    *wire += size;
    *length -= size;
    return result;
}
