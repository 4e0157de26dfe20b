/* json_scan.c: what is JSON, what of it jsonb takes, and which of that jsonb gives back to the byte, in one pass. It
 * keeps its own stack: no text can exhaust ours.
 *
 * A text is read once and by a pointer that is handed from one function to the next: each takes the place where it
 * begins and returns the place behind what it has read, or NULL after a fault. The styles begin as all that there are,
 * and what is seen takes from them. */
#include <string.h>

#include "decimal.h"
#include "json_scan_internal.h"
#include "text_scan.h"

const unsigned char *json_fault(struct json_scan *s, const unsigned char *at, const char *why)
{
    s->at = at;
    s->why = why;
    return NULL;
}

/* The byte at a place; 0, which is none of JSON outside of strings, at the end. */
static inline unsigned char byte_at(const struct json_scan *s, const unsigned char *at)
{
    return at < s->end ? *at : 0;
}

__attribute__((noinline)) static const unsigned char *skip_more_spaces(struct json_scan *s, const unsigned char *at)
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
static inline const unsigned char *skip_spaces(struct json_scan *s, const unsigned char *at)
{
    return byte_at(s, at) > ' ' ? at : skip_more_spaces(s, at);
}

/* What may follow a comma or a colon, `at` being behind it. */
static inline const unsigned char *skip_separator(struct json_scan *s, const unsigned char *at)
{
    if (byte_at(s, at) != ' ') {
        s->styles &= TIGHT;
        return skip_spaces(s, at);
    }
    s->styles &= SPACED;
    return skip_spaces(s, at + 1);
}

/* ---- strings ---- */

/* A string, `at` being on its opening quote. Most are short and plain: names, words, dates. */
static inline const unsigned char *scan_string(struct json_scan *s, const unsigned char *at)
{
    const unsigned char *rest = json_plain_start(at + 1, s->end);

    s->has_escapes = 0;
    return byte_at(s, rest) == '"' ? rest + 1 : json_string_rest(s, at, rest);
}

/* Whether key `b` comes after key `a` in jsonb. */
static int is_later_key(const struct json_key *a, const struct json_key *b)
{
    if (a->has_escapes || b->has_escapes) {
        return json_says_later(a, b);
    }
    return a->length != b->length ? a->length < b->length : memcmp(a->text, b->text, a->length) < 0;
}

static inline void note_key(struct json_scan *s, const unsigned char *text, size_t length)
{
    struct json_key *last = &s->levels[s->depth - 1].last;
    struct json_key key = {.text = text, .length = length, .has_escapes = s->has_escapes};

    if (s->styles != NO_STYLE) {
        if (last->text != NULL && !is_later_key(last, &key)) {
            s->styles = NO_STYLE;
        }
        *last = key;
    }
}

/* ---- values ---- */

static inline const unsigned char *scan_digits(const struct json_scan *s, const unsigned char *at)
{
    while (at < s->end && *at >= '0' && *at <= '9') {
        at++;
    }
    return at;
}

/* What only jsonb asks of the number from `start` to `at`. */
static const unsigned char *judge_number(struct json_scan *s, const unsigned char *start, const unsigned char *at,
                                         int has_exponent)
{
    struct decimal d;

    if (!has_exponent && at - start <= NUMERIC_SCALE) {
        return at; /* within all limits */
    }
    if (decimal_parse(start, (size_t)(at - start), &d) != 0) {
        return json_fault(s, at, "a number is not written as JSON wants it");
    }
    struct decimal_span span = decimal_measure(&d);
    if (decimal_beyond_numeric(&d, &span) != NULL) {
        return json_fault(s, start, "a number is beyond the limits of numeric, which jsonb stores");
    }
    return at;
}

/* numeric has no exponents, and no negative zero. */
static void note_number(struct json_scan *s, const unsigned char *start, const unsigned char *at, int has_exponent)
{
    int is_zero = *start == '-';

    for (const unsigned char *digit = start + 1; is_zero && digit < at; digit++) {
        is_zero = *digit == '0' || *digit == '.';
    }
    if (has_exponent || is_zero) {
        s->styles = NO_STYLE;
    }
}

static const unsigned char *scan_number(struct json_scan *s, const unsigned char *at)
{
    static const char why[] = "a number is not written as JSON wants it";
    const unsigned char *start = at;
    const unsigned char *digits = at += *at == '-';
    int has_exponent = 0;

    at = byte_at(s, at) == '0' ? at + 1 : scan_digits(s, at);
    if (at == digits) {
        return json_fault(s, at, why);
    }
    unsigned char byte = byte_at(s, at);
    if (byte == '.') {
        digits = ++at;
        at = scan_digits(s, at);
        if (at == digits) {
            return json_fault(s, at, why);
        }
        byte = byte_at(s, at);
    }
    if (byte == 'e' || byte == 'E') {
        byte = byte_at(s, ++at);
        digits = at += byte == '+' || byte == '-';
        at = scan_digits(s, at);
        if (at == digits) {
            return json_fault(s, at, why);
        }
        has_exponent = 1;
    }
    note_number(s, start, at, has_exponent);
    return s->strict ? judge_number(s, start, at, has_exponent) : at;
}

static inline const unsigned char *scan_word(struct json_scan *s, const unsigned char *at, const char *word,
                                             size_t length)
{
    if ((size_t)(s->end - at) < length || memcmp(at, word, length) != 0) {
        return json_fault(s, at, "a value is expected here");
    }
    return at + length;
}

/* ---- levels ---- */

/* The bracket that opens a level, `at` being on it. */
static inline const unsigned char *open_level(struct json_scan *s, const unsigned char *at)
{
    if (s->depth == JSON_DEPTH) {
        return json_fault(s, at, "the nesting is deeper than 1000 levels");
    }
    struct json_level *level = &s->levels[s->depth++];
    level->is_object = *at == '{';
    level->last.text = NULL;
    return skip_spaces(s, at + 1);
}

/* What is to follow. */
enum next { NAME, VALUE, REST, NOTHING };

/* "name": up to the value behind it. */
static inline const unsigned char *scan_name(struct json_scan *s, const unsigned char *at)
{
    const unsigned char *start = at;

    if (byte_at(s, at) != '"') {
        return json_fault(s, at, "a name in double quotes is expected here");
    }
    at = scan_string(s, at);
    if (at == NULL) {
        return NULL;
    }
    note_key(s, start + 1, (size_t)(at - start) - 2);
    at = skip_spaces(s, at);
    return byte_at(s, at) == ':' ? skip_separator(s, at + 1) : json_fault(s, at, "a colon is expected here");
}

/* A value, or the opening of one up to its first member. */
static inline const unsigned char *scan_value(struct json_scan *s, const unsigned char *at, enum next *next)
{
    *next = REST;
    if (at == s->end) {
        return json_fault(s, at, "the text ends where a value is expected");
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
        return json_fault(s, at, "a value is expected here");
    }
}

/* What follows a value: levels that end, until a comma announces another member or the outermost has ended. */
static inline const unsigned char *scan_rest(struct json_scan *s, const unsigned char *at, enum next *next)
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
            return json_fault(s, at, is_object ? "a comma or } is expected here" : "a comma or ] is expected here");
        }
        at++;
        s->depth--;
    }
    return at;
}

static const unsigned char *scan_text(struct json_scan *s)
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
    return at == s->end ? at : json_fault(s, at, "there is more text after the value");
}

int json_scan(const unsigned char *data, size_t length, int strict, unsigned *styles, size_t *at, const char **why)
{
    struct json_scan s; /* not all of it is set: see levels */

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
