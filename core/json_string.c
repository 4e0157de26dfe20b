/* json_string.c: the strings of a JSON text: their characters and escapes, and the order of those that are keys. */
#include <string.h>

#include "hex.h"
#include "json_scan_internal.h"
#include "text_scan.h"

enum { JSONB_STRING_BYTES = 0x0FFFFFFF };

/* Which styles escape a character so, in lower case. */
static unsigned styles_of_escape(unsigned code)
{
    if (code < 0x20) {
        return code == '\b' || code == '\f' || code == '\n' || code == '\r' || code == '\t' ? NO_STYLE : ALL_STYLES;
    }
    return code < 0x7F ? NO_STYLE : ESCAPED;
}

/* The four digits of \uXXXX, `at` being on the first. */
static const unsigned char *scan_hex(struct json_scan *s, const unsigned char *at, unsigned *value)
{
    *value = 0;
    for (int i = 0; i < 4; i++, at++) {
        int digit = at < s->end ? hex_value(*at) : -1;
        if (digit < 0) {
            return json_fault(s, at, "\\u is not followed by four hexadecimal digits");
        }
        if (*at >= 'A' && *at <= 'F') {
            s->styles = NO_STYLE;
        }
        *value = *value << 4 | (unsigned)digit;
    }
    return at;
}

/* \uXXXX, `at` being on the backslash. jsonb turns escapes into characters, so they must be some that it can store. */
static const unsigned char *scan_unicode_escape(struct json_scan *s, const unsigned char *at)
{
    const unsigned char *start = at;
    unsigned first = 0;
    unsigned second = 0;

    at = scan_hex(s, at + 2, &first);
    if (at == NULL || !s->strict) {
        return at;
    }
    s->styles &= styles_of_escape(first);
    int lone = first >= 0xDC00 && first <= 0xDFFF;
    if (first >= 0xD800 && first <= 0xDBFF) {
        lone = 1;
        if (s->end - at >= 2 && at[0] == '\\' && at[1] == 'u') {
            at = scan_hex(s, at + 2, &second);
            if (at == NULL) {
                return NULL;
            }
            lone = second < 0xDC00 || second > 0xDFFF;
        }
    }
    if (lone) {
        return json_fault(s, start, "a surrogate escape without its other half has no place in jsonb");
    }
    return first == 0 ? json_fault(s, start, "\\u0000 has no place in jsonb") : at;
}

static const unsigned char *scan_escape(struct json_scan *s, const unsigned char *at)
{
    s->has_escapes = 1;
    switch (s->end - at >= 2 ? at[1] : 0) {
    case 'u':
        return scan_unicode_escape(s, at);
    case '/':
        s->styles = NO_STYLE;
        return at + 2;
    case '"':
    case '\\':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return at + 2;
    default:
        return json_fault(s, at, "there is no such escape in a string");
    }
}

const unsigned char *json_string_rest(struct json_scan *s, const unsigned char *start, const unsigned char *at)
{
    size_t length = (size_t)(s->end - s->data);

    for (;;) {
        at = s->data + json_plain_end(s->data, length, (size_t)(at - s->data));
        if (at == s->end) {
            return json_fault(s, at, "a string does not end");
        }
        if (*at == '"') {
            break;
        }
        if (*at == '\\') {
            at = scan_escape(s, at);
            if (at == NULL) {
                return NULL;
            }
            continue;
        }
        if (*at < 0x20) {
            return json_fault(s, at, "a control character inside a string is not escaped");
        }
        size_t size = *at == 0x7F ? 1 : utf8_beyond_ascii(at, (size_t)(s->end - at));
        if (size == 0) {
            return json_fault(s, at, "the text is not valid UTF-8");
        }
        s->styles &= UNESCAPED;
        at += size;
    }
    if (s->strict && at - start - 1 > JSONB_STRING_BYTES) {
        return json_fault(s, start, "a string is longer than jsonb can hold");
    }
    return at + 1;
}

/* ---- keys: strings that have passed ---- */

/* The code point at *at, inside a string; -1 at the quote that ends it. */
static int32_t next_point(const unsigned char **at)
{
    static const char escaped[] = "\b\f\n\r\t";
    static const char escapes[] = "bfnrt";
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

static size_t bytes_of_point(int32_t point)
{
    return point < 0 ? 0 : point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

/* The order of UTF-8 is that of code points. */
int json_says_later(const struct json_key *a, const struct json_key *b)
{
    const unsigned char *a_at = a->text;
    const unsigned char *b_at = b->text;
    size_t lengths[2] = {0, 0};
    int order = 0;
    int32_t left = 0;
    int32_t right = 0;

    while (left >= 0 || right >= 0) {
        left = left < 0 ? left : next_point(&a_at);
        right = right < 0 ? right : next_point(&b_at);
        lengths[0] += bytes_of_point(left);
        lengths[1] += bytes_of_point(right);
        if (order == 0 && left >= 0 && right >= 0 && left != right) {
            order = left < right ? -1 : 1;
        }
    }
    return lengths[0] != lengths[1] ? lengths[0] < lengths[1] : order < 0;
}
