/* json_scan.c: what is JSON, what of it jsonb takes, and which of that jsonb gives back to the byte, in one pass. It
 * keeps its own stack: no text can exhaust ours.
 *
 * A text is read once and by a pointer that is handed from one function to the next: each takes the place where it
 * begins and returns the place behind what it has read, or NULL after a fault. The styles begin as all that there are,
 * and what is seen takes from them. */
#include "json_scan.h"

#include <stdint.h>
#include <string.h>

#include "codec.h"
#include "decimal.h"
#include "hex.h"
#include "text_scan.h"

enum { JSONB_STRING_BYTES = 0x0FFFFFFF };

/* Sets of styles. */
enum {
    NO_STYLE = 0,
    SPACED = 1 << 0 | 1 << JSON_ASCII,
    TIGHT = 1 << JSON_COMPACT | 1 << (JSON_COMPACT | JSON_ASCII),
    UNESCAPED = 1 << 0 | 1 << JSON_COMPACT,
    ESCAPED = 1 << JSON_ASCII | 1 << (JSON_COMPACT | JSON_ASCII),
    ALL_STYLES = SPACED | TIGHT
};

_Static_assert(ALL_STYLES == (1 << JSON_STYLES) - 1, "a style is in none of the sets");

struct key {
    const unsigned char *text; /* behind the opening quote; NULL before the first key */
    size_t length;             /* as written */
    int has_escapes;
};

struct level {
    int is_object;
    struct key last; /* where is_object */
};

struct scan {
    const unsigned char *data;
    const unsigned char *end;
    int strict;
    unsigned styles;
    int has_escapes;         /* the last string */
    const unsigned char *at; /* of the fault */
    const char *why;
    size_t depth;
    struct level levels[JSON_DEPTH]; /* large, and set as far as it is used */
};

/* Out of the way of what texts without fault run through. */
__attribute__((cold, noinline)) static const unsigned char *fault(struct scan *s, const unsigned char *at,
                                                                  const char *why)
{
    s->at = at;
    s->why = why;
    return NULL;
}

/* The byte at a place; 0, which is none of JSON outside of strings, at the end. */
static inline unsigned char byte_at(const struct scan *s, const unsigned char *at)
{
    return at < s->end ? *at : 0;
}

__attribute__((noinline)) static const unsigned char *skip_more_spaces(struct scan *s, const unsigned char *at)
{
    const unsigned char *start = at;

    while (at < s->end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) {
        at++;
    }
    if (at != start) {
        s->styles = NO_STYLE;
    }
    return at;
}

/* White space where no style has any. */
static inline const unsigned char *skip_spaces(struct scan *s, const unsigned char *at)
{
    return byte_at(s, at) > ' ' ? at : skip_more_spaces(s, at);
}

/* What may follow a comma or a colon, `at` being behind it. */
static inline const unsigned char *skip_separator(struct scan *s, const unsigned char *at)
{
    if (byte_at(s, at) != ' ') {
        s->styles &= TIGHT;
        return skip_spaces(s, at);
    }
    s->styles &= SPACED;
    return skip_spaces(s, at + 1);
}

/* ---- strings ---- */

/* Which styles escape a character so, in lower case. */
static unsigned styles_of_escape(unsigned code)
{
    if (code < 0x20) {
        return code == '\b' || code == '\f' || code == '\n' || code == '\r' || code == '\t' ? NO_STYLE : ALL_STYLES;
    }
    return code < 0x7F ? NO_STYLE : ESCAPED;
}

/* The four digits of \uXXXX, `at` being on the first. */
static const unsigned char *scan_hex(struct scan *s, const unsigned char *at, unsigned *value)
{
    *value = 0;
    for (int i = 0; i < 4; i++, at++) {
        int digit = at < s->end ? hex_value(*at) : -1;
        if (digit < 0) {
            return fault(s, at, "\\u is not followed by four hexadecimal digits");
        }
        if (*at >= 'A' && *at <= 'F') {
            s->styles = NO_STYLE;
        }
        *value = *value << 4 | (unsigned)digit;
    }
    return at;
}

/* \uXXXX, `at` being on the backslash. jsonb turns escapes into characters, so they must be some that it can store. */
static const unsigned char *scan_unicode_escape(struct scan *s, const unsigned char *at)
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
        return fault(s, start, "a surrogate escape without its other half has no place in jsonb");
    }
    return first == 0 ? fault(s, start, "\\u0000 has no place in jsonb") : at;
}

static const unsigned char *scan_escape(struct scan *s, const unsigned char *at)
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
        return fault(s, at, "there is no such escape in a string");
    }
}

/* The rest of a string that began with the quote at `start`. */
__attribute__((noinline)) static const unsigned char *scan_long_string(struct scan *s, const unsigned char *start,
                                                                       const unsigned char *at)
{
    size_t length = (size_t)(s->end - s->data);

    for (;;) {
        at = s->data + json_plain_end(s->data, length, (size_t)(at - s->data));
        if (at == s->end) {
            return fault(s, at, "a string does not end");
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
            return fault(s, at, "a control character inside a string is not escaped");
        }
        size_t size = *at == 0x7F ? 1 : utf8_beyond_ascii(at, (size_t)(s->end - at));
        if (size == 0) {
            return fault(s, at, "the text is not valid UTF-8");
        }
        s->styles &= UNESCAPED;
        at += size;
    }
    if (s->strict && at - start - 1 > JSONB_STRING_BYTES) {
        return fault(s, start, "a string is longer than jsonb can hold");
    }
    return at + 1;
}

/* A string, `at` being on its opening quote. Most are short and plain: names, words, dates. */
static inline const unsigned char *scan_string(struct scan *s, const unsigned char *at)
{
    const unsigned char *rest = json_plain_start(at + 1, s->end);

    s->has_escapes = 0;
    return byte_at(s, rest) == '"' ? rest + 1 : scan_long_string(s, at, rest);
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

/* Whether what key `b` says comes after what key `a` says. The order of UTF-8 is that of code points. */
static int says_later(const unsigned char *a, const unsigned char *b)
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

/* Whether key `b` comes after key `a` in jsonb. */
static int is_later_key(const struct key *a, const struct key *b)
{
    if (a->has_escapes || b->has_escapes) {
        return says_later(a->text, b->text);
    }
    return a->length != b->length ? a->length < b->length : memcmp(a->text, b->text, a->length) < 0;
}

static inline void note_key(struct scan *s, const unsigned char *text, size_t length)
{
    struct key *last = &s->levels[s->depth - 1].last;
    struct key key = {.text = text, .length = length, .has_escapes = s->has_escapes};

    if (s->styles != NO_STYLE) {
        if (last->text != NULL && !is_later_key(last, &key)) {
            s->styles = NO_STYLE;
        }
        *last = key;
    }
}

/* ---- values ---- */

static inline const unsigned char *scan_digits(const struct scan *s, const unsigned char *at)
{
    while (at < s->end && *at >= '0' && *at <= '9') {
        at++;
    }
    return at;
}

/* What only jsonb asks of the number from `start` to `at`. */
static const unsigned char *judge_number(struct scan *s, const unsigned char *start, const unsigned char *at,
                                         int has_exponent)
{
    struct decimal d;

    if (!has_exponent && at - start <= NUMERIC_SCALE) {
        return at; /* within all limits */
    }
    if (decimal_parse(start, (size_t)(at - start), &d) != 0) {
        return fault(s, at, "a number is not written as JSON wants it");
    }
    struct decimal_span span = decimal_measure(&d);
    if (decimal_beyond_numeric(&d, &span) != NULL) {
        return fault(s, start, "a number is beyond the limits of numeric, which jsonb stores");
    }
    return at;
}

/* numeric has no exponents, and no negative zero. */
static void note_number(struct scan *s, const unsigned char *start, const unsigned char *at, int has_exponent)
{
    int is_zero = *start == '-';

    for (const unsigned char *digit = start + 1; is_zero && digit < at; digit++) {
        is_zero = *digit == '0' || *digit == '.';
    }
    if (has_exponent || is_zero) {
        s->styles = NO_STYLE;
    }
}

static const unsigned char *scan_number(struct scan *s, const unsigned char *at)
{
    static const char why[] = "a number is not written as JSON wants it";
    const unsigned char *start = at;
    const unsigned char *digits = at += *at == '-';
    int has_exponent = 0;

    at = byte_at(s, at) == '0' ? at + 1 : scan_digits(s, at);
    if (at == digits) {
        return fault(s, at, why);
    }
    unsigned char byte = byte_at(s, at);
    if (byte == '.') {
        digits = ++at;
        at = scan_digits(s, at);
        if (at == digits) {
            return fault(s, at, why);
        }
        byte = byte_at(s, at);
    }
    if (byte == 'e' || byte == 'E') {
        byte = byte_at(s, ++at);
        digits = at += byte == '+' || byte == '-';
        at = scan_digits(s, at);
        if (at == digits) {
            return fault(s, at, why);
        }
        has_exponent = 1;
    }
    note_number(s, start, at, has_exponent);
    return s->strict ? judge_number(s, start, at, has_exponent) : at;
}

static inline const unsigned char *scan_word(struct scan *s, const unsigned char *at, const char *word, size_t length)
{
    if ((size_t)(s->end - at) < length || memcmp(at, word, length) != 0) {
        return fault(s, at, "a value is expected here");
    }
    return at + length;
}

/* ---- levels ---- */

/* The bracket that opens a level, `at` being on it. */
static inline const unsigned char *open_level(struct scan *s, const unsigned char *at)
{
    if (s->depth == JSON_DEPTH) {
        return fault(s, at, "the nesting is deeper than 1000 levels");
    }
    struct level *level = &s->levels[s->depth++];
    level->is_object = *at == '{';
    level->last.text = NULL;
    return skip_spaces(s, at + 1);
}

/* What is to follow. */
enum next { NAME, VALUE, REST, NOTHING };

/* "name": up to the value behind it. */
static inline const unsigned char *scan_name(struct scan *s, const unsigned char *at)
{
    const unsigned char *start = at;

    if (byte_at(s, at) != '"') {
        return fault(s, at, "a name in double quotes is expected here");
    }
    at = scan_string(s, at);
    if (at == NULL) {
        return NULL;
    }
    note_key(s, start + 1, (size_t)(at - start) - 2);
    at = skip_spaces(s, at);
    return byte_at(s, at) == ':' ? skip_separator(s, at + 1) : fault(s, at, "a colon is expected here");
}

/* A value, or the opening of one up to its first member. */
static inline const unsigned char *scan_value(struct scan *s, const unsigned char *at, enum next *next)
{
    *next = REST;
    if (at == s->end) {
        return fault(s, at, "the text ends where a value is expected");
    }
    switch (*at) {
    case '"':
        return scan_string(s, at);
    case '{':
        at = open_level(s, at);
        *next = at != NULL && byte_at(s, at) == '}' ? REST : NAME;
        return at;
    case '[':
        at = open_level(s, at);
        *next = at != NULL && byte_at(s, at) == ']' ? REST : VALUE;
        return at;
    case 't':
        return scan_word(s, at, "true", 4);
    case 'f':
        return scan_word(s, at, "false", 5);
    case 'n':
        return scan_word(s, at, "null", 4);
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
        return scan_number(s, at);
    default:
        return fault(s, at, "a value is expected here");
    }
}

/* What follows a value: levels that end, until a comma announces another member or the outermost has ended. */
static inline const unsigned char *scan_rest(struct scan *s, const unsigned char *at, enum next *next)
{
    *next = NOTHING;
    while (s->depth > 0) {
        int is_object = s->levels[s->depth - 1].is_object;
        at = skip_spaces(s, at);
        unsigned char byte = byte_at(s, at);
        if (byte == ',') {
            *next = is_object ? NAME : VALUE;
            return skip_separator(s, at + 1);
        }
        if (byte != (is_object ? '}' : ']')) {
            return fault(s, at, is_object ? "a comma or } is expected here" : "a comma or ] is expected here");
        }
        at++;
        s->depth--;
    }
    return at;
}

static const unsigned char *scan_text(struct scan *s)
{
    const unsigned char *at = skip_spaces(s, s->data);
    enum next next = VALUE;

    while (next != NOTHING) {
        if (next == NAME) {
            at = scan_name(s, at);
        }
        if (at != NULL) {
            at = scan_value(s, at, &next);
        }
        if (at != NULL && next == REST) {
            at = scan_rest(s, at, &next);
        }
        if (at == NULL) {
            return NULL;
        }
    }
    at = skip_spaces(s, at);
    return at == s->end ? at : fault(s, at, "there is more text after the value");
}

int json_scan(const unsigned char *data, size_t length, int strict, unsigned *styles, size_t *at, const char **why)
{
    struct scan s; /* not all of it is set: see levels */

    s.data = data;
    s.end = data + length;
    s.strict = strict;
    s.styles = strict ? ALL_STYLES : NO_STYLE;
    s.why = NULL;
    s.depth = 0;
    const unsigned char *end = scan_text(&s);
    *at = (size_t)((end != NULL ? end : s.at) - data);
    *why = s.why;
    *styles = s.styles;
    return end != NULL ? 0 : -1;
}
