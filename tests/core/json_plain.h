/* json_plain.h: the check of JSON and of its styles byte by byte, for the scan to be compared with: written for being
 * read, and slow. */
#ifndef WHERRY_JSON_PLAIN_H
#define WHERRY_JSON_PLAIN_H

#include <string.h>

#include "codec.h"
#include "decimal.h"
#include "hex.h"
#include "json_scan.h"
#include "utf8.h"

/* The text, where the check stands in it, and why it stopped there. */
struct plain_json {
    const unsigned char *data;
    size_t length;
    size_t at;
    int strict;
    const char *why;
    size_t depth;
    unsigned char is_object[JSON_DEPTH];
};

static inline int fault(struct plain_json *k, const char *why)
{
    k->why = why;
    return -1;
}

static inline int next_is(const struct plain_json *k, unsigned char byte)
{
    return k->at < k->length && k->data[k->at] == byte;
}

static inline void skip_spaces(struct plain_json *k)
{
    while (next_is(k, ' ') || next_is(k, '\n') || next_is(k, '\r') || next_is(k, '\t')) {
        k->at++;
    }
}

/* The four digits of \uXXXX, the check standing on the first. */
static inline int read_hex(struct plain_json *k, unsigned *value)
{
    *value = 0;
    for (int i = 0; i < 4; i++, k->at++) {
        int digit = k->at < k->length ? hex_value(k->data[k->at]) : -1;
        if (digit < 0) {
            return fault(k, "\\u is not followed by four hexadecimal digits");
        }
        *value = *value << 4 | (unsigned)digit;
    }
    return 0;
}

/* The check stands behind \u. jsonb turns escapes into characters, so they must be some that it can store. */
static inline int check_unicode_escape(struct plain_json *k)
{
    size_t start = k->at - 2;
    unsigned first = 0;
    unsigned second = 0;
    if (read_hex(k, &first) != 0) {
        return -1;
    }
    if (!k->strict) {
        return 0;
    }
    int lone = first >= 0xDC00 && first <= 0xDFFF;
    if (first >= 0xD800 && first <= 0xDBFF) {
        lone = 1;
        if (k->at + 1 < k->length && k->data[k->at] == '\\' && k->data[k->at + 1] == 'u') {
            k->at += 2;
            if (read_hex(k, &second) != 0) {
                return -1;
            }
            lone = second < 0xDC00 || second > 0xDFFF;
        }
    }
    if (lone || first == 0) {
        k->at = start;
        return fault(k, lone ? "a surrogate escape without its other half has no place in jsonb"
                             : "\\u0000 has no place in jsonb");
    }
    return 0;
}

static inline int check_string(struct plain_json *k)
{
    k->at++;
    while (k->at < k->length) {
        unsigned char c = k->data[k->at];
        if (c == '"') {
            k->at++;
            return 0;
        }
        if (c < 0x20) {
            return fault(k, "a control character inside a string is not escaped");
        }
        if (c == '\\') {
            unsigned char letter = k->at + 1 < k->length ? k->data[k->at + 1] : 0;
            if (letter == 0 || strchr("\"\\/bfnrtu", letter) == NULL) {
                return fault(k, "there is no such escape in a string");
            }
            k->at += 2;
            if (letter == 'u' && check_unicode_escape(k) != 0) {
                return -1;
            }
            continue;
        }
        size_t size = c < 0x80 ? 1 : utf8_character(k->data + k->at, k->length - k->at, NULL);
        if (size == 0) {
            return fault(k, "the text is not valid UTF-8");
        }
        k->at += size;
    }
    return fault(k, "a string does not end");
}

static inline size_t skip_digits(struct plain_json *k)
{
    size_t start = k->at;
    while (k->at < k->length && k->data[k->at] >= '0' && k->data[k->at] <= '9') {
        k->at++;
    }
    return k->at - start;
}

static inline int check_number(struct plain_json *k)
{
    static const char why[] = "a number is not written as JSON wants it";
    size_t start = k->at;
    if (next_is(k, '-')) {
        k->at++;
    }
    if (next_is(k, '0')) {
        k->at++;
    } else if (skip_digits(k) == 0) {
        return fault(k, why);
    }
    if (next_is(k, '.')) {
        k->at++;
        if (skip_digits(k) == 0) {
            return fault(k, why);
        }
    }
    if (next_is(k, 'e') || next_is(k, 'E')) {
        k->at++;
        if (next_is(k, '+') || next_is(k, '-')) {
            k->at++;
        }
        if (skip_digits(k) == 0) {
            return fault(k, why);
        }
    }
    if (k->strict) {
        struct decimal d;
        struct decimal_span span;
        if (decimal_parse(k->data + start, k->at - start, &d) != 0) {
            return fault(k, why);
        }
        span = decimal_measure(&d);
        if (decimal_beyond_numeric(&d, &span) != NULL) {
            k->at = start;
            return fault(k, "a number is beyond the limits of numeric, which jsonb stores");
        }
    }
    return 0;
}

static inline int check_word(struct plain_json *k, const char *word)
{
    size_t length = strlen(word);
    if (k->length - k->at < length || memcmp(k->data + k->at, word, length) != 0) {
        return fault(k, "a value is expected here");
    }
    k->at += length;
    return 0;
}

static inline int open_level(struct plain_json *k, int object)
{
    if (k->depth == JSON_DEPTH) {
        return fault(k, "the nesting is deeper than 1000 levels");
    }
    k->is_object[k->depth] = (unsigned char)object;
    k->depth++;
    k->at++;
    skip_spaces(k);
    return 0;
}

static inline int in_object(const struct plain_json *k)
{
    return k->is_object[k->depth - 1];
}

/* "name" : */
static inline int check_name(struct plain_json *k)
{
    skip_spaces(k);
    if (!next_is(k, '"')) {
        return fault(k, "a name in double quotes is expected here");
    }
    if (check_string(k) != 0) {
        return -1;
    }
    skip_spaces(k);
    if (!next_is(k, ':')) {
        return fault(k, "a colon is expected here");
    }
    k->at++;
    return 0;
}

/* A value, or the opening of one: *opened tells that its first member is to follow. */
static inline int check_value(struct plain_json *k, int *opened)
{
    *opened = 0;
    skip_spaces(k);
    if (k->at == k->length) {
        return fault(k, "the text ends where a value is expected");
    }
    switch (k->data[k->at]) {
    case '{':
        if (open_level(k, 1) != 0) {
            return -1;
        }
        if (next_is(k, '}')) {
            return 0; /* the end of the level is read with all others */
        }
        *opened = 1;
        return check_name(k);
    case '[':
        if (open_level(k, 0) != 0) {
            return -1;
        }
        *opened = !next_is(k, ']');
        return 0;
    case '"':
        return check_string(k);
    case 't':
        return check_word(k, "true");
    case 'f':
        return check_word(k, "false");
    case 'n':
        return check_word(k, "null");
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return check_number(k);
    default:
        return fault(k, "a value is expected here");
    }
}

/* What follows a value: levels that end, until a comma announces another value (*more) or the outermost has ended. */
static inline int check_after(struct plain_json *k, int *more)
{
    *more = 0;
    while (k->depth > 0) {
        skip_spaces(k);
        if (next_is(k, ',')) {
            k->at++;
            *more = 1;
            return in_object(k) ? check_name(k) : 0;
        }
        if (!next_is(k, in_object(k) ? '}' : ']')) {
            return fault(k, in_object(k) ? "a comma or } is expected here" : "a comma or ] is expected here");
        }
        k->at++;
        k->depth--;
    }
    return 0;
}

static inline int check_text(struct plain_json *k)
{
    int opened = 0;
    int more = 1;
    while (more) {
        if (check_value(k, &opened) != 0) {
            return -1;
        }
        if (!opened && check_after(k, &more) != 0) {
            return -1;
        }
    }
    skip_spaces(k);
    return k->at == k->length ? 0 : fault(k, "there is more text after the value");
}

/* What json_check is to find. */
static inline int json_check_plainly(const unsigned char *data, size_t length, int strict, size_t *at, const char **why)
{
    struct plain_json k = {.data = data, .length = length, .strict = strict};
    int result = check_text(&k);
    *at = k.at;
    *why = k.why;
    return result;
}

static const char escaped[] = "\b\f\n\r\t\"\\";
static const char escapes[] = "bfnrt\"\\";

/* ---- keys: strings of a text that the check has passed ---- */

/* The code point at *at, inside a string; -1 at the quote that ends it. */
static inline int32_t next_point(const unsigned char **at)
{
    const unsigned char *text = *at;
    uint32_t point = text[0];

    if (text[0] == '"') {
        return -1;
    }
    if (text[0] != '\\') {
        *at += text[0] < 0x80 ? 1 : utf8_character(text, 4, &point);
        return (int32_t)point;
    }
    if (text[1] != 'u') {
        const char *letter = strchr(escapes, text[1]);
        *at += 2;
        return letter != NULL ? escaped[letter - escapes] : text[1];
    }
    point = hex_four(text + 2);
    *at += 6;
    if (point >= 0xD800 && point <= 0xDBFF) {
        point = 0x10000 + ((point & 0x3FF) << 10) + (hex_four(text + 8) & 0x3FF);
        *at += 6;
    }
    return (int32_t)point;
}

static inline size_t bytes_of_point(int32_t point)
{
    return point < 0 ? 0 : point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

/* Whether key `b` comes after key `a` in jsonb. Both pointers stand behind the opening quote. The order of UTF-8 is
 * that of code points. */
static inline int is_later_key(const unsigned char *a, const unsigned char *b)
{
    size_t lengths[2] = {0, 0};
    int order = 0;
    int32_t left = 0;
    int32_t right = 0;

    while (left >= 0 || right >= 0) {
        left = left < 0 ? left : next_point(&a);
        right = right < 0 ? right : next_point(&b);
        lengths[0] += bytes_of_point(left);
        lengths[1] += bytes_of_point(right);
        if (order == 0 && left >= 0 && right >= 0 && left != right) {
            order = left < right ? -1 : 1;
        }
    }
    return lengths[0] != lengths[1] ? lengths[0] < lengths[1] : order < 0;
}

/* ---- canonical texts ---- */

/* \uXXXX at `at`, in lower case; the number of bytes that belong to it, 0 where the style has no such escape. */
static inline size_t unicode_escape(const unsigned char *at, int style)
{
    for (int i = 2; i < 6; i++) {
        if (at[i] >= 'A' && at[i] <= 'F') {
            return 0;
        }
    }
    unsigned code = hex_four(at + 2);
    if (code < 0x20) {
        return strchr(escaped, (int)code) == NULL ? 6 : 0;
    }
    if ((style & JSON_ASCII) == 0 || code < 0x7F) {
        return 0;
    }
    if (code < 0xD800 || code > 0xDBFF) {
        return 6;
    }
    for (int i = 8; i < 12; i++) {
        if (at[i] >= 'A' && at[i] <= 'F') {
            return 0;
        }
    }
    return 12;
}

/* Where the string ends at whose quote `at` stands; NULL where it is not of the style. */
static inline const unsigned char *canonical_string(const unsigned char *at, int style)
{
    for (at++; *at != '"';) {
        size_t size = 1;
        if (*at == '\\') {
            size = at[1] == 'u' ? unicode_escape(at, style) : at[1] == '/' ? 0 : 2;
        } else if (*at >= 0x7F && (style & JSON_ASCII) != 0) {
            size = 0;
        }
        if (size == 0) {
            return NULL;
        }
        at += size;
    }
    return at + 1;
}

/* Where the number ends that begins at `at`; NULL where numeric writes it otherwise. */
static inline const unsigned char *canonical_number(const unsigned char *at, const unsigned char *end)
{
    int negative = *at == '-';
    int is_zero = 1;

    for (at += negative; at < end && ((*at >= '0' && *at <= '9') || *at == '.'); at++) {
        is_zero = is_zero && (*at == '0' || *at == '.');
    }
    return (at < end && (*at == 'e' || *at == 'E')) || (negative && is_zero) ? NULL : at;
}

/* The levels of a text around a place. */
struct levels {
    size_t depth;
    const unsigned char
        *keys[JSON_DEPTH + 1]; /* the last key of each object; NULL for arrays and before the first key */
    unsigned char is_object[JSON_DEPTH + 1];
};

/* Whether a text that passed is of the style to the byte, and jsonb gives it back so. */
static inline int json_is_canonical_plainly(const unsigned char *json, size_t length, int style)
{
    struct levels l; /* large, and set as far as it is used */
    const unsigned char *at = json;
    const unsigned char *end = json + length;
    int is_key = 0;

    l.depth = 0;
    while (at != NULL && at < end) {
        unsigned char byte = *at;
        switch (byte) {
        case '{':
        case '[':
            l.depth++;
            l.is_object[l.depth] = byte == '{';
            l.keys[l.depth] = NULL;
            is_key = byte == '{';
            at++;
            break;
        case '}':
        case ']':
            l.depth--;
            at++;
            break;
        case ',':
        case ':':
            is_key = byte == ',' && l.is_object[l.depth];
            at++;
            if ((style & JSON_COMPACT) == 0 && *at++ != ' ') {
                return 0;
            }
            break;
        case '"':
            if (is_key) {
                if (l.keys[l.depth] != NULL && !is_later_key(l.keys[l.depth], at + 1)) {
                    return 0;
                }
                l.keys[l.depth] = at + 1;
            }
            at = canonical_string(at, style);
            break;
        case ' ':
        case '\t':
        case '\n':
        case '\r':
            return 0;
        default:
            at = byte >= 'a' ? at + 1 : canonical_number(at, end); /* a letter of true, false or null */
            break;
        }
    }
    return at != NULL;
}

#endif
