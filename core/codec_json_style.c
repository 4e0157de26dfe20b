/* codec_json_style.c: what the server makes of JSON in jsonb, and how other programs would have written it. */
#include "codec_json_style.h"

#include <string.h>

#include "hex.h"
#include "utf8.h"

static const char escaped[] = "\b\f\n\r\t\"\\";
static const char escapes[] = "bfnrt\"\\";

static unsigned hex_four(const unsigned char *digits)
{
    unsigned value = 0;

    for (int i = 0; i < 4; i++) {
        value = value << 4 | (unsigned)hex_value(digits[i]);
    }
    return value;
}

/* ---- keys: strings of a text that the check has passed ---- */

/* The code point at *at, inside a string; -1 at the quote that ends it. */
static int32_t next_point(const unsigned char **at)
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

static size_t bytes_of_point(int32_t point)
{
    return point < 0 ? 0 : point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

/* Whether key `b` comes after key `a` in jsonb. Both pointers stand behind the opening quote. The order of UTF-8 is
 * that of code points. */
static int is_later_key(const unsigned char *a, const unsigned char *b)
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
static size_t unicode_escape(const unsigned char *at, int style)
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
static const unsigned char *canonical_string(const unsigned char *at, int style)
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
static const unsigned char *canonical_number(const unsigned char *at, const unsigned char *end)
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

int json_is_canonical(const unsigned char *json, size_t length, int style)
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

/* ---- writing in a style ---- */

/* A character that is not ASCII as its escapes. */
static int append_escape(const unsigned char *at, size_t *size, struct bytes *out, struct err *e)
{
    uint32_t point = *at;
    uint32_t units[2];
    unsigned char text[12];
    size_t used = 0;

    *size = *at < 0x80 ? 1 : utf8_character(at, 4, &point);
    int count = point < 0x10000 ? 1 : 2;
    units[0] = count == 1 ? point : 0xD800 + ((point - 0x10000) >> 10);
    units[1] = 0xDC00 + ((point - 0x10000) & 0x3FF);
    for (int i = 0; i < count; i++) {
        text[used++] = '\\';
        text[used++] = 'u';
        for (int shift = 12; shift >= 0; shift -= 4) {
            text[used++] = (unsigned char)"0123456789abcdef"[units[i] >> shift & 15];
        }
    }
    return bytes_append(out, text, used, e);
}

int json_append_in_style(const unsigned char *json, size_t length, int style, struct bytes *out, struct err *e)
{
    size_t kept = 0; /* up to here it is written */
    size_t at = 0;
    int in_string = 0;

    while (at < length) {
        unsigned char byte = json[at];
        size_t size = 1;
        int drops = !in_string && byte == ' ';
        int spaces = !in_string && (style & JSON_COMPACT) == 0 && (byte == ',' || byte == ':');
        int escapes_it = (style & JSON_ASCII) != 0 && byte >= 0x7F;
        if (drops || spaces || escapes_it) {
            size_t end = at + (size_t)spaces;
            if (bytes_append(out, json + kept, end - kept, e) != 0 || (spaces && bytes_append(out, " ", 1, e) != 0) ||
                (escapes_it && append_escape(json + at, &size, out, e) != 0)) {
                return -1;
            }
            kept = at + size;
        } else if (in_string && byte == '\\') {
            size = 2;
        } else if (byte == '"') {
            in_string = !in_string;
        }
        at += size;
    }
    return bytes_append(out, json + kept, length - kept, e);
}

const char *const json_text_forms[] = {"text", "spaced", "ascii", "spaced ascii", NULL};

int json_text_cell(const unsigned char *json, size_t length, const struct codec_hint *hint, struct cell *out,
                   struct bytes *arena, struct err *e)
{
    size_t start = arena->length;

    if (hint->form == 0) {
        return codec_store(out, CELL_TEXT, json, length, arena, e);
    }
    if (json_append_in_style(json, length, hint->form ^ JSON_COMPACT, arena, e) != 0 ||
        codec_text_from(out, start, arena, e) != 0) {
        arena->length = start;
        return -1;
    }
    return 0;
}
