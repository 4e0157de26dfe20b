/* codec_json.c: json and jsonb. Both travel as text that is checked here first, because a refusal by the server would
 * not tell the row; jsonb has a version byte before the text. The check keeps its own stack: no text can exhaust ours.
 */
#include <math.h>
#include <string.h>

#include "codec_json_style.h"
#include "decimal.h"
#include "hex.h"
#include "utf8.h"

enum { JSONB_VERSION = 1, JSONB_STRING_BYTES = 0x0FFFFFFF };

/* The text, where the check stands in it, and why it stopped there. */
struct check {
    const unsigned char *data;
    size_t length;
    size_t at;
    int strict;
    const char *why;
    size_t depth;
    unsigned char is_object[JSON_DEPTH / 8 + 1]; /* one bit a level */
};

static int fault(struct check *k, const char *why)
{
    k->why = why;
    return -1;
}

static int next_is(const struct check *k, unsigned char byte)
{
    return k->at < k->length && k->data[k->at] == byte;
}

static void skip_spaces(struct check *k)
{
    while (next_is(k, ' ') || next_is(k, '\n') || next_is(k, '\r') || next_is(k, '\t')) {
        k->at++;
    }
}

/* The four digits of \uXXXX, the check standing on the first. */
static int read_hex(struct check *k, unsigned *value)
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
static int check_unicode_escape(struct check *k)
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

static int check_string(struct check *k)
{
    size_t start = k->at;
    k->at++;
    while (k->at < k->length) {
        unsigned char c = k->data[k->at];
        if (c == '"') {
            k->at++;
            if (k->strict && k->at - start - 2 > JSONB_STRING_BYTES) {
                k->at = start;
                return fault(k, "a string is longer than jsonb can hold");
            }
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

static size_t skip_digits(struct check *k)
{
    size_t start = k->at;
    while (k->at < k->length && k->data[k->at] >= '0' && k->data[k->at] <= '9') {
        k->at++;
    }
    return k->at - start;
}

static int check_number(struct check *k)
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

static int check_word(struct check *k, const char *word)
{
    size_t length = strlen(word);
    if (k->length - k->at < length || memcmp(k->data + k->at, word, length) != 0) {
        return fault(k, "a value is expected here");
    }
    k->at += length;
    return 0;
}

static int open_level(struct check *k, int object)
{
    if (k->depth == JSON_DEPTH) {
        return fault(k, "the nesting is deeper than 1000 levels");
    }
    unsigned char bit = (unsigned char)(1u << (k->depth & 7));
    if (object) {
        k->is_object[k->depth / 8] |= bit;
    } else {
        k->is_object[k->depth / 8] &= (unsigned char)~bit;
    }
    k->depth++;
    k->at++;
    skip_spaces(k);
    return 0;
}

static int in_object(const struct check *k)
{
    size_t level = k->depth - 1;
    return k->is_object[level / 8] >> (level & 7) & 1;
}

/* "name" : */
static int check_name(struct check *k)
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
static int check_value(struct check *k, int *opened)
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
static int check_after(struct check *k, int *more)
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

static int check_text(struct check *k)
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

int json_check(const unsigned char *data, size_t length, int strict, size_t *at, const char **why)
{
    struct check k = {.data = data, .length = length, .strict = strict};
    int result = check_text(&k);
    *at = k.at;
    *why = k.why;
    return result;
}

static int put_document(const struct cell *c, const unsigned char *data, int strict, struct bytes *out, struct err *e)
{
    static const char help[] =
        "correct the value in the source, or give the target column the type text (json instead of jsonb keeps \\u0000 "
        "and numbers of any size)";
    char number[40];
    size_t length = 0;
    size_t at = 0;
    const char *why = NULL;
    switch ((enum cell_class)c->class) {
    case CELL_INTEGER:
        length = codec_integer_text(number, c->as.integer);
        return bytes_append(out, number, length, e);
    case CELL_REAL:
        if (!isfinite(c->as.real)) {
            return codec_refuse(e, help, "JSON has no infinite numbers");
        }
        length = real_to_text(number, sizeof number, c->as.real);
        return bytes_append(out, number, length, e);
    case CELL_TEXT:
        if (json_check(data, c->length, strict, &at, &why) != 0) {
            return codec_refuse(e, help, "the text is not JSON that the type takes: %s (byte %zu)", why, at);
        }
        return bytes_append(out, data, c->length, e);
    default:
        return codec_refuse_class(e, c, "JSON");
    }
}

static int json_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                    struct err *e)
{
    (void)hint;
    return put_document(c, data, 0, out, e);
}

static int jsonb_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                     struct err *e)
{
    static const unsigned char version = JSONB_VERSION;
    size_t start = out->length;
    (void)hint;
    if (bytes_append(out, &version, 1, e) != 0) {
        return -1;
    }
    if (put_document(c, data, 1, out, e) != 0) {
        out->length = start;
        return -1;
    }
    return 0;
}

/* ---- forms ----
 *
 * "number": a document that is SQLite's own text of a number comes back as that number, as it stood in a column of
 * numeric affinity (a column declared JSON has it), and every other as text. jsonb has no white space and escapes of
 * its own, so that its text may be given the style in which it was written: "compact" is JavaScript's, "ascii"
 * Python's. */

enum { NUMBERS = 1, STYLES = 2 }; /* the form is numbers or not + a style * STYLES */

_Static_assert(JSON_COMPACT == 1 && JSON_ASCII == 2, "jsonb_forms");

static const char *const json_forms[] = {"text", "number", NULL};
static const char *const jsonb_forms[] = {"text",  "number",       "compact",       "compact number",
                                          "ascii", "ascii number", "compact ascii", "compact ascii number",
                                          NULL};

static int json_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                    struct bytes *arena, struct err *e)
{
    size_t start = arena->length;
    size_t at = 0;
    if (hint->form % STYLES == NUMBERS && codec_number_cell(wire, length, out)) {
        return 0;
    }
    if (utf8_check(wire, length, &at, NULL) != 0) {
        return codec_refuse_wire(e, "json");
    }
    if (hint->form < STYLES) {
        return codec_store(out, CELL_TEXT, wire, length, arena, e);
    }
    if (json_append_in_style(wire, length, hint->form / STYLES, arena, e) != 0) {
        arena->length = start;
        return -1;
    }
    return codec_text_from(out, start, arena, e);
}

static int jsonb_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                     struct bytes *arena, struct err *e)
{
    if (length < 1 || wire[0] != JSONB_VERSION) {
        return codec_refuse_wire(e, "jsonb");
    }
    return json_get(wire + 1, length - 1, hint, out, arena, e);
}

/* Documents that are no numbers are the same whatever numbers are, and those of plain ASCII whatever other characters
 * are. */
static uint32_t json_key(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    struct cell number;
    int is_number = hint->form % STYLES == NUMBERS && codec_number_cell(wire, length, &number);
    int style = hint->form / STYLES;
    unsigned special = 0;
    for (size_t i = 0; i < length && (style & JSON_ASCII) != 0; i++) {
        special |= (unsigned)(wire[i] >= 0x7F) | (unsigned)(wire[i] == '\\');
    }
    return is_number ? NUMBERS : (uint32_t)(special ? style : style & ~JSON_ASCII) * STYLES;
}

static uint32_t jsonb_key(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    return length < 1 ? 0 : json_key(wire + 1, length - 1, hint);
}

/* jsonb is not the text that went in, but its meaning. */
static int jsonb_is_kept(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    return length < 1 || json_is_canonical(wire + 1, length - 1, hint->form / STYLES);
}

const struct codec codecs_json[] = {
    {.type = "json",
     .oid = 114,
     .put = json_put,
     .get = json_get,
     .forms = json_forms,
     .form_key = json_key,
     .identity = CELL_TEXT},
    {.type = "jsonb",
     .oid = 3802,
     .put = jsonb_put,
     .get = jsonb_get,
     .forms = jsonb_forms,
     .form_key = jsonb_key,
     .is_kept = jsonb_is_kept},
    {.type = NULL},
};
