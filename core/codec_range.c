/* codec_range.c: ranges and multiranges: the server's own literals, their bounds by the codec of the bounds' type.
 *
 * A range is read as range_in reads it: '[1,5)', '(,5]', 'empty', '["2024-01-01 00:00:00",)', with double quotes and
 * backslashes. On the wire it is a byte of flags, then each finite bound with a length before it. A multirange is
 * '{[1,2),[5,6)}': a count, then each range with a length before it. The server canonicalises what it receives, so that
 * '[1,4]' of integers comes back as '[1,5)', and ranges of a multirange that touch come back as one. `get` prints what
 * the server prints, as far as the codec of the bounds does. Exact, get(put(v)) == v: the form that `get` gives.
 *
 * Bounds of dates and times may also be 'infinity' and '-infinity', as the server prints them: inside a range these are
 * no words of somebody's text. */
#include <stdio.h>
#include <string.h>

#include "codec_range.h"

enum {
    LOWER_FLAGS = RANGE_LOWER_INCLUSIVE | RANGE_LOWER_INFINITE,
    UPPER_FLAGS = RANGE_UPPER_INCLUSIVE | RANGE_UPPER_INFINITE
};

enum { OID_BYTEA = 17, OID_DATE = 1082, OID_TIMESTAMP = 1114, OID_TIMESTAMPTZ = 1184 };

/* The shape, or NULL and e when it is that of no range. Bounds that have no text of the server's in SQLite would make
 * no literal of the server's. */
static const struct codec_shape *shape_of(const struct codec_hint *hint, struct err *e)
{
    if (hint->shape == NULL || hint->shape->element == NULL) {
        (void)err_set(e, ERR_INTERNAL, "a range without the type of its bounds");
        return NULL;
    }
    if (hint->shape->element->foreign || hint->shape->element->oid == OID_BYTEA) {
        (void)codec_refuse(e, "leave the column out, or give it another type", "ranges of %s are not carried",
                           hint->shape->element->type);
        return NULL;
    }
    return hint->shape;
}

/* The same of a multirange: the shape of its ranges. */
static const struct codec_shape *shape_of_ranges(const struct codec_hint *hint, struct err *e)
{
    if (hint->shape == NULL || hint->shape->element == NULL || hint->shape->element->put != range_put) {
        (void)err_set(e, ERR_INTERNAL, "a multirange without the type of its ranges");
        return NULL;
    }
    return shape_of(&hint->shape->element_hint, e);
}

/* ---- put ---- */

/* A literal that is read from the front. */
struct literal {
    const unsigned char *text;
    size_t length;
    size_t at;
    const struct codec_shape *shape; /* of the range */
    struct bytes bound;              /* a bound without quotes and escapes */
};

static int fault(const struct literal *l, struct err *e, const char *why)
{
    return codec_refuse(e,
                        "ranges are read as PostgreSQL writes them: [1,5), (,5], empty, [\"a b\",c], multiranges as "
                        "{[1,2),[5,6)}: correct the value in the source, or give the target column a text type",
                        "%s (byte %zu)", why, l->at);
}

static int next_is(const struct literal *l, unsigned char byte)
{
    return l->at < l->length && l->text[l->at] == byte;
}

static void skip_spaces(struct literal *l)
{
    while (next_is(l, ' ') || (l->at < l->length && l->text[l->at] >= '\t' && l->text[l->at] <= '\r')) {
        l->at++;
    }
}

/* The word empty, in letters of any case. */
static int skip_empty(struct literal *l)
{
    static const char word[] = "empty";
    size_t length = sizeof word - 1;

    if (l->length - l->at < length) {
        return 0;
    }
    for (size_t i = 0; i < length; i++) {
        if ((l->text[l->at + i] | 0x20) != word[i]) {
            return 0;
        }
    }
    l->at += length;
    return 1;
}

static int ends_bound(const struct literal *l)
{
    return next_is(l, ',') || next_is(l, ')') || next_is(l, ']');
}

/* A bound up to its comma or bracket, without its quotes and escapes. One that is not there at all is infinite. */
static int read_bound(struct literal *l, int *infinite, struct err *e)
{
    int quoted = 0;

    l->bound.length = 0;
    *infinite = ends_bound(l);
    while (quoted || !ends_bound(l)) {
        if (l->at == l->length) {
            return fault(l, e, "the range does not end");
        }
        unsigned char byte = l->text[l->at++];
        if (byte == '"') {
            int doubled = quoted && next_is(l, '"');
            if (!doubled) {
                quoted = !quoted;
                continue;
            }
            l->at++;
        } else if (byte == '\\') {
            if (l->at == l->length) {
                return fault(l, e, "the range ends with a backslash");
            }
            byte = l->text[l->at++];
        }
        if (bytes_append(&l->bound, &byte, 1, e) != 0) {
            return -1;
        }
    }
    return 0;
}

/* 'infinity' and '-infinity' of a date or time: 1 when the bound is one and was written. */
static int put_infinity(const struct literal *l, struct bytes *out, struct err *e)
{
    uint32_t oid = l->shape->element->oid;
    int negative = codec_is_word(l->bound.data, l->bound.length, "-infinity");

    if (!negative && !codec_is_word(l->bound.data, l->bound.length, "infinity")) {
        return 0;
    }
    if (oid == OID_DATE) {
        return bytes_put_u32(out, negative ? (uint32_t)INT32_MIN : INT32_MAX, e) == 0 ? 1 : -1;
    }
    if (oid == OID_TIMESTAMP || oid == OID_TIMESTAMPTZ) {
        return bytes_put_u64(out, negative ? (uint64_t)INT64_MIN : INT64_MAX, e) == 0 ? 1 : -1;
    }
    return 0;
}

/* Puts the side before the reason of a refusal. Always returns -1. */
static int refuse_bound(struct err *e, const char *side)
{
    char why[sizeof e->message];

    if (e->kind == ERR_VALUE) {
        memcpy(why, e->message, sizeof why);
        (void)snprintf(e->message, sizeof e->message, "in the %s bound of the range: %.900s", side, why);
    }
    return -1;
}

/* The bound that was read, with its length before it. */
static int put_bound(struct literal *l, const char *side, struct bytes *out, struct err *e)
{
    const struct codec_shape *shape = l->shape;
    struct cell cell = {.length = (uint32_t)l->bound.length, .class = CELL_TEXT};
    size_t start = out->length;

    if (bytes_reserve(&l->bound, 1, e) != 0 || bytes_put_u32(out, 0, e) != 0) {
        return -1;
    }
    int written = put_infinity(l, out, e);
    if (written < 0 || (written == 0 && shape->element->put(&cell, l->bound.data, &shape->element_hint, out, e) != 0)) {
        return refuse_bound(e, side);
    }
    codec_fill_u32(out, start, out->length - start - 4);
    return 0;
}

/* The bracket, the bounds and the bracket. */
static int put_bounded(struct literal *l, struct bytes *out, struct err *e)
{
    unsigned flags = next_is(l, '[') ? RANGE_LOWER_INCLUSIVE : 0;
    size_t start = out->length;
    size_t upper = 0;
    int infinite = 0;

    if (flags == 0 && !next_is(l, '(')) {
        return fault(l, e, "a range begins with [ or (, or is the word empty");
    }
    l->at++;
    if (bytes_append(out, "", 1, e) != 0 || read_bound(l, &infinite, e) != 0) {
        return -1;
    }
    if (infinite) {
        flags = RANGE_LOWER_INFINITE;
    } else if (put_bound(l, "lower", out, e) != 0) {
        return -1;
    }
    if (!next_is(l, ',')) {
        return fault(l, e, "a comma is expected after the lower bound");
    }
    l->at++;
    upper = out->length;
    if (read_bound(l, &infinite, e) != 0) {
        return -1;
    }
    if (infinite) {
        flags |= RANGE_UPPER_INFINITE;
    } else if (put_bound(l, "upper", out, e) != 0) {
        return -1;
    }
    if (next_is(l, ',')) {
        return fault(l, e, "a range has two bounds: a comma inside of one needs double quotes");
    }
    if (!infinite && next_is(l, ']')) {
        flags |= RANGE_UPPER_INCLUSIVE;
    }
    l->at++;
    out->data[start] = (unsigned char)flags;
    if ((flags & (RANGE_LOWER_INFINITE | RANGE_UPPER_INFINITE)) == 0 &&
        codec_wire_order(l->shape->element->oid, out->data + start + 5, upper - start - 5, out->data + upper + 4,
                         out->length - upper - 4) > 0) {
        return codec_refuse(e, "turn the bounds round, or correct the value in the source",
                            "the lower bound of the range is greater than its upper bound");
    }
    return 0;
}

/* One range. *empty tells that it was the word. */
static int put_range(struct literal *l, int *empty, struct bytes *out, struct err *e)
{
    static const unsigned char flags = RANGE_EMPTY;

    *empty = skip_empty(l);
    return *empty ? bytes_append(out, &flags, 1, e) : put_bounded(l, out, e);
}

static int put_end(struct literal *l, struct err *e)
{
    skip_spaces(l);
    return l->at == l->length ? 0 : fault(l, e, "there is more text after the end");
}

int range_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
              struct err *e)
{
    struct literal l = {.text = data, .length = c->length, .shape = shape_of(hint, e)};
    int empty = 0;

    if (l.shape == NULL) {
        return -1;
    }
    if (c->class != CELL_TEXT) {
        return codec_refuse_class(e, c, "a range");
    }
    skip_spaces(&l);
    int result = put_range(&l, &empty, out, e) != 0 ? -1 : put_end(&l, e);
    bytes_free(&l.bound);
    return result;
}

/* The ranges between the braces, each with its length before it. Empty ones add nothing, as the server has it. */
static int put_ranges(struct literal *l, uint32_t *count, struct bytes *out, struct err *e)
{
    skip_spaces(l);
    if (!next_is(l, '{')) {
        return fault(l, e, "a multirange begins with {");
    }
    l->at++;
    skip_spaces(l);
    int more = !next_is(l, '}');
    while (more) {
        size_t start = out->length;
        int empty = 0;
        skip_spaces(l);
        if (bytes_put_u32(out, 0, e) != 0 || put_range(l, &empty, out, e) != 0) {
            return -1;
        }
        codec_fill_u32(out, start, out->length - start - 4);
        if (empty) {
            out->length = start;
        } else {
            ++*count;
        }
        skip_spaces(l);
        more = next_is(l, ',');
        l->at += (size_t)more;
    }
    if (!next_is(l, '}')) {
        return fault(l, e, "a comma or } is expected after a range");
    }
    l->at++;
    return put_end(l, e);
}

int multirange_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                   struct err *e)
{
    struct literal l = {.text = data, .length = c->length, .shape = shape_of_ranges(hint, e)};
    size_t start = out->length;
    uint32_t count = 0;

    if (l.shape == NULL) {
        return -1;
    }
    if (c->class != CELL_TEXT) {
        return codec_refuse_class(e, c, "a multirange");
    }
    if (bytes_put_u32(out, 0, e) != 0) {
        return -1;
    }
    int result = put_ranges(&l, &count, out, e);
    bytes_free(&l.bound);
    codec_fill_u32(out, start, count);
    return result;
}

/* ---- get ---- */

static int is_special(unsigned char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r') || memchr("\"\\()[],", byte, 7) != NULL;
}

/* A bound as range_out writes it: in double quotes where it would be misread without. */
static int write_bound(const unsigned char *text, size_t length, struct bytes *arena, struct err *e)
{
    int quotes = length == 0;

    for (size_t i = 0; i < length && !quotes; i++) {
        quotes = is_special(text[i]);
    }
    if (!quotes) {
        return bytes_append(arena, text, length, e);
    }
    if (bytes_reserve(arena, 2 * length + 2, e) != 0) {
        return -1;
    }
    unsigned char *at = arena->data + arena->length;
    *at++ = '"';
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '"' || text[i] == '\\') {
            *at++ = text[i];
        }
        *at++ = text[i];
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

/* The length word and what it counts. */
static int read_counted(struct wire *w, const char *type, struct wire *part, struct err *e)
{
    if (w->left < 4 || codec_u32(w->at) > w->left - 4) {
        return codec_refuse_wire(e, type);
    }
    *part = (struct wire){w->at + 4, codec_u32(w->at)};
    w->at += 4 + part->left;
    w->left -= 4 + part->left;
    return 0;
}

static int get_bound(struct wire *w, const struct codec_shape *shape, struct bytes *arena, struct err *e)
{
    struct wire part = {0};
    struct cell cell = {.class = CELL_NULL};
    struct bytes room = {0};
    struct codec_hint hint = shape->element_hint;
    int result = -1;

    hint.form = shape->element->own_form;
    if (read_counted(w, "range", &part, e) != 0) {
        return -1;
    }
    if (shape->element->get(part.at, part.left, &hint, &cell, &room, e) == 0) {
        result = cell.class == CELL_TEXT
                     ? write_bound(room.data + cell.as.offset, cell.length, arena, e)
                     : err_set(e, ERR_INTERNAL, "a bound of type %s is no text", shape->element->type);
    }
    bytes_free(&room);
    return result;
}

/* One range, which is the whole of the wire, as text into `arena`. */
static int get_range(struct wire w, const struct codec_shape *shape, struct bytes *arena, struct err *e)
{
    unsigned flags = w.left > 0 ? w.at[0] : UINT8_MAX;

    if (flags == RANGE_EMPTY && w.left == 1) {
        return bytes_append(arena, "empty", 5, e);
    }
    if ((flags & ~(unsigned)(LOWER_FLAGS | UPPER_FLAGS)) != 0 || (flags & LOWER_FLAGS) == LOWER_FLAGS ||
        (flags & UPPER_FLAGS) == UPPER_FLAGS) {
        return codec_refuse_wire(e, "range");
    }
    w.at++;
    w.left--;
    if (bytes_append(arena, flags & RANGE_LOWER_INCLUSIVE ? "[" : "(", 1, e) != 0 ||
        ((flags & RANGE_LOWER_INFINITE) == 0 && get_bound(&w, shape, arena, e) != 0) ||
        bytes_append(arena, ",", 1, e) != 0 ||
        ((flags & RANGE_UPPER_INFINITE) == 0 && get_bound(&w, shape, arena, e) != 0)) {
        return -1;
    }
    return w.left != 0 ? codec_refuse_wire(e, "range")
                       : bytes_append(arena, flags & RANGE_UPPER_INCLUSIVE ? "]" : ")", 1, e);
}

static int get_ranges(struct wire w, const struct codec_shape *shape, struct bytes *arena, struct err *e)
{
    struct wire part = {0};

    if (w.left < 4) {
        return codec_refuse_wire(e, "multirange");
    }
    uint32_t count = codec_u32(w.at);
    w.at += 4;
    w.left -= 4;
    if (bytes_append(arena, "{", 1, e) != 0) {
        return -1;
    }
    for (uint32_t i = 0; i < count; i++) {
        if ((i > 0 && bytes_append(arena, ",", 1, e) != 0) || read_counted(&w, "multirange", &part, e) != 0 ||
            get_range(part, shape, arena, e) != 0) {
            return -1;
        }
    }
    return w.left != 0 ? codec_refuse_wire(e, "multirange") : bytes_append(arena, "}", 1, e);
}

int range_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
              struct bytes *arena, struct err *e)
{
    const struct codec_shape *shape = shape_of(hint, e);
    size_t start = arena->length;

    if (shape == NULL || get_range((struct wire){wire, length}, shape, arena, e) != 0) {
        arena->length = start;
        return -1;
    }
    return codec_text_from(out, start, arena, e);
}

int multirange_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                   struct bytes *arena, struct err *e)
{
    const struct codec_shape *shape = shape_of_ranges(hint, e);
    size_t start = arena->length;

    if (shape == NULL || get_ranges((struct wire){wire, length}, shape, arena, e) != 0) {
        arena->length = start;
        return -1;
    }
    return codec_text_from(out, start, arena, e);
}
