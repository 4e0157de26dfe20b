/* codec.c: finding a codec, and what the codec files share. */
#include "codec.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codec_common.h"

const struct codec *codec_find(uint32_t oid, const char *type)
{
    const struct codec *const tables[] = {codecs_number, codecs_time, codecs_clock, codecs_text, codecs_json,
                                          codecs_store,  codecs_net,  codecs_bits,  codecs_geo,  codecs_vector};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        for (const struct codec *codec = tables[i]; codec->type != NULL; codec++) {
            /* Types of extensions get another oid in every database: only their name tells. */
            int found =
                codec->oid != 0 && oid != 0 ? codec->oid == oid : type != NULL && strcmp(codec->type, type) == 0;
            if (found) {
                return codec;
            }
        }
    }
    return NULL;
}

const struct codec *codec_of_kind(const char *kind)
{
    for (const struct codec *codec = codecs_kind; codec->type != NULL; codec++) {
        if (strcmp(codec->type, kind) == 0) {
            return codec;
        }
    }
    return NULL;
}

int codec_refuse(struct err *e, const char *hint, const char *format, ...)
{
    char why[sizeof e->message];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    (void)err_set(e, ERR_VALUE, "%s", why);
    return err_hint(e, "%s",
                    hint != NULL ? hint
                                 : "correct the value in the source, or give the target column a type that takes it");
}

int codec_refuse_class(struct err *e, const struct cell *c, const char *what)
{
    const char *name = cell_class_name((enum cell_class)c->class);
    const char *hint =
        c->class == CELL_BLOB ? "give the target column the type bytea, or correct the value in the source" : NULL;
    return codec_refuse(e, hint, "%s %s is not %s", c->class == CELL_INTEGER ? "an" : "a", name, what);
}

int codec_refuse_wire(struct err *e, const char *type)
{
    return codec_refuse(e, "report this: the bytes are not what PostgreSQL sends for the type",
                        "malformed binary value of type %s", type);
}

static int is_space(unsigned char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

void codec_trim(const unsigned char **text, size_t *length)
{
    while (*length > 0 && is_space((*text)[0])) {
        (*text)++;
        (*length)--;
    }
    while (*length > 0 && is_space((*text)[*length - 1])) {
        (*length)--;
    }
}

int codec_is_word(const unsigned char *text, size_t length, const char *word)
{
    return length == strlen(word) && memcmp(text, word, length) == 0;
}

int codec_parse_integer(const unsigned char *text, size_t length, int64_t *value)
{
    size_t at = length > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    int negative = at == 1 && text[0] == '-';
    int beyond = 0;
    uint64_t size = 0;
    uint64_t most = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    if (at == length) {
        return -1;
    }
    for (; at < length; at++) {
        unsigned digit = (unsigned)text[at] - '0';
        if (digit > 9) {
            return -1;
        }
        if (beyond || size > (most - digit) / 10) {
            beyond = 1;
        } else {
            size = size * 10 + digit;
        }
    }
    if (beyond) {
        return 1;
    }
    /* The negation is done on unsigned numbers: INT64_MIN has no positive twin. */
    *value = (int64_t)(negative ? UINT64_C(0) - size : size);
    return 0;
}

size_t codec_integer_text(char out[24], int64_t value)
{
    char digits[24];
    size_t count = 0;
    size_t used = 0;
    uint64_t rest = value < 0 ? UINT64_C(0) - (uint64_t)value : (uint64_t)value;
    do {
        digits[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0) {
        out[used++] = '-';
    }
    while (count > 0) {
        out[used++] = digits[--count];
    }
    return used;
}

int codec_store(struct cell *out, enum cell_class class, const void *data, size_t length, struct bytes *arena,
                struct err *e)
{
    if (length > UINT32_MAX) {
        return codec_refuse(e, NULL, "%zu bytes are more than a cell holds", length);
    }
    /* At least one byte, so that the address of an empty text never counts from a null pointer. */
    if (bytes_reserve(arena, length == 0 ? 1 : length, e) != 0) {
        return -1;
    }
    out->as.offset = arena->length;
    out->length = (uint32_t)length;
    out->class = (uint8_t) class;
    return bytes_append(arena, data, length, e);
}

int codec_text_from(struct cell *out, size_t start, struct bytes *arena, struct err *e)
{
    /* As in codec_store. */
    if (arena->length == start && bytes_reserve(arena, 1, e) != 0) {
        return -1;
    }
    if (arena->length - start > UINT32_MAX) {
        return codec_refuse(e, NULL, "%zu bytes are more than a cell holds", arena->length - start);
    }
    out->as.offset = start;
    out->length = (uint32_t)(arena->length - start);
    out->class = CELL_TEXT;
    return 0;
}

void codec_fill_u32(struct bytes *out, size_t at, size_t value)
{
    store_u32(out->data + at, (uint32_t)value);
}

int codec_form_find(const struct codec *codec, const char *name)
{
    for (int i = 0; codec->forms != NULL && codec->forms[i] != NULL; i++) {
        if (strcmp(codec->forms[i], name) == 0) {
            return i;
        }
    }
    return -1;
}
