/* canonical_range.c: ranges and multiranges as the server keeps them: those of whole numbers and days in the form
 * [a,b), one without a value "empty", ranges of a multirange in order, without empty ones, and what touches or overlaps
 * joined into one. As rangetypes.c and multirangetypes.c do it, to the choice between two bounds that are equal. */
#include <string.h>

#include "canonical_internal.h"
#include "codec_range.h"

enum { OID_INT8 = 20, OID_DATE = 1082, ALL_FLAGS = 0x1F };

/* A bound; one that is infinite has no value. */
struct bound {
    const unsigned char *wire;
    size_t length;
    unsigned char next[8]; /* where is_next: the value, which is the one behind that of the wire */
    int is_next;
    int is_upper;
    int is_inclusive;
    int is_infinite;
};

struct range {
    const struct codec *element;
    struct bound lower;
    struct bound upper;
    int is_empty; /* then there are no bounds */
};

/* ---- reading ---- */

/* Wire that is read from the front. */
struct reader {
    const unsigned char *at;
    size_t left;
};

static int take_part(struct reader *r, struct reader *part)
{
    if (r->left < 4 || codec_u32(r->at) > r->left - 4) {
        return -1;
    }
    *part = (struct reader){r->at + 4, codec_u32(r->at)};
    r->at += 4 + part->left;
    r->left -= 4 + part->left;
    return 0;
}

/* 0, or -1 when there is none. */
static int read_bound(struct reader *r, unsigned flags, unsigned infinite, unsigned inclusive, struct bound *b)
{
    struct reader part = {0};

    *b = (struct bound){.is_upper = infinite == RANGE_UPPER_INFINITE, .is_infinite = (flags & infinite) != 0};
    b->is_inclusive = !b->is_infinite && (flags & inclusive) != 0;
    if (b->is_infinite) {
        return 0;
    }
    if (take_part(r, &part) != 0) {
        return -1;
    }
    b->wire = part.at;
    b->length = part.left;
    return 0;
}

static int read_range(struct reader r, const struct codec *element, struct range *range, struct err *e)
{
    unsigned flags = r.left > 0 ? r.at[0] & ALL_FLAGS : 0;

    if (r.left == 0) {
        return codec_refuse_wire(e, "range");
    }
    r.at++;
    r.left--;
    *range = (struct range){.element = element, .is_empty = (flags & RANGE_EMPTY) != 0};
    if (!range->is_empty && (read_bound(&r, flags, RANGE_LOWER_INFINITE, RANGE_LOWER_INCLUSIVE, &range->lower) != 0 ||
                             read_bound(&r, flags, RANGE_UPPER_INFINITE, RANGE_UPPER_INCLUSIVE, &range->upper) != 0)) {
        return codec_refuse_wire(e, "range");
    }
    return r.left == 0 ? 0 : codec_refuse_wire(e, "range");
}

/* ---- the canonical form of one ---- */

static const unsigned char *value_of(const struct bound *b)
{
    return b->is_next ? b->next : b->wire;
}

static int order_of_values(const struct codec *element, const struct bound *a, const struct bound *b)
{
    return bound_order(element, value_of(a), a->length, value_of(b), b->length);
}

/* The next whole number or day for the value of a bound, where there is one. */
static void step(const struct codec *element, struct bound *b)
{
    size_t size = element->oid == OID_INT8 ? 8 : 4;

    if (b->length != size) {
        return;
    }
    uint64_t value = size == 8 ? codec_u64(b->wire) : codec_u32(b->wire);
    int is_last = value == (size == 8 ? (uint64_t)INT64_MAX : (uint64_t)INT32_MAX);
    /* -infinity has no next day either. */
    if (is_last || (element->oid == OID_DATE && value == (uint32_t)INT32_MIN)) {
        return;
    }
    if (size == 8) {
        store_u64(b->next, value + 1);
    } else {
        store_u32(b->next, (uint32_t)value + 1);
    }
    b->is_next = 1;
    b->is_inclusive = !b->is_inclusive;
}

static void note_empty(struct range *range)
{
    const struct bound *lower = &range->lower;
    const struct bound *upper = &range->upper;

    range->is_empty = range->is_empty ||
                      (!lower->is_infinite && !upper->is_infinite && !(lower->is_inclusive && upper->is_inclusive) &&
                       order_of_values(range->element, lower, upper) == 0);
}

static void make_canonical(struct range *range, int is_discrete)
{
    note_empty(range);
    if (range->is_empty || !is_discrete) {
        return;
    }
    if (!range->lower.is_infinite && !range->lower.is_inclusive) {
        step(range->element, &range->lower);
    }
    if (!range->upper.is_infinite && range->upper.is_inclusive) {
        step(range->element, &range->upper);
    }
    note_empty(range);
}

/* ---- writing ---- */

static int put_bound(const struct bound *b, struct bytes *out, struct err *e)
{
    if (b->is_infinite) {
        return 0;
    }
    return bytes_put_u32(out, (uint32_t)b->length, e) != 0 ? -1 : bytes_append(out, value_of(b), b->length, e);
}

static int put_range(const struct range *range, struct bytes *out, struct err *e)
{
    unsigned flags = RANGE_EMPTY;

    if (!range->is_empty) {
        flags = (range->lower.is_inclusive ? RANGE_LOWER_INCLUSIVE : 0U) |
                (range->upper.is_inclusive ? RANGE_UPPER_INCLUSIVE : 0U) |
                (range->lower.is_infinite ? RANGE_LOWER_INFINITE : 0U) |
                (range->upper.is_infinite ? RANGE_UPPER_INFINITE : 0U);
    }
    if (bytes_append(out, &(unsigned char){(unsigned char)flags}, 1, e) != 0) {
        return -1;
    }
    return range->is_empty || (put_bound(&range->lower, out, e) == 0 && put_bound(&range->upper, out, e) == 0) ? 0 : -1;
}

int canonical_range(const struct codec_shape *shape, const unsigned char *wire, size_t length, struct bytes *out,
                    struct err *e)
{
    struct range range;

    if (read_range((struct reader){wire, length}, shape->element, &range, e) != 0) {
        return -1;
    }
    make_canonical(&range, shape->is_discrete);
    return put_range(&range, out, e);
}

/* ---- several ---- */

/* Where two bounds stand, as range_cmp_bounds has it. */
static int order_of_bounds(const struct codec *element, const struct bound *a, const struct bound *b)
{
    if (a->is_infinite || b->is_infinite) {
        int left = !a->is_infinite ? 0 : a->is_upper ? 1 : -1;
        int right = !b->is_infinite ? 0 : b->is_upper ? 1 : -1;
        return left - right;
    }
    int order = order_of_values(element, a, b);
    if (order != 0) {
        return order;
    }
    /* Without its value a lower bound lies a little above it, an upper one a little below. */
    int left = a->is_inclusive ? 0 : a->is_upper ? -1 : 1;
    int right = b->is_inclusive ? 0 : b->is_upper ? -1 : 1;
    return left - right;
}

/* Empty ones first. */
static int order_of_ranges(const void *left, const void *right)
{
    const struct range *a = left;
    const struct range *b = right;

    if (a->is_empty || b->is_empty) {
        return !!b->is_empty - !!a->is_empty;
    }
    int order = order_of_bounds(a->element, &a->lower, &b->lower);
    return order != 0 ? order : order_of_bounds(a->element, &a->upper, &b->upper);
}

/* Whether a range touches or overlaps the one before it. */
static int joins(const struct range *before, const struct range *after)
{
    const struct bound *a = &before->upper;
    const struct bound *b = &after->lower;

    if (!a->is_infinite && !b->is_infinite && order_of_values(before->element, a, b) == 0) {
        return a->is_inclusive || b->is_inclusive;
    }
    return order_of_bounds(before->element, a, b) >= 0;
}

/* Of two lower bounds that are equal the second is taken, and so of two upper ones. */
static void join(struct range *into, const struct range *other)
{
    if (order_of_bounds(into->element, &into->lower, &other->lower) >= 0) {
        into->lower = other->lower;
    }
    if (order_of_bounds(into->element, &into->upper, &other->upper) <= 0) {
        into->upper = other->upper;
    }
}

/* Reads all of them into `ranges`. */
static int read_ranges(const struct codec_shape *shape, struct reader r, struct bytes *ranges, struct err *e)
{
    struct reader part = {0};
    struct range range;

    if (r.left < 4) {
        return codec_refuse_wire(e, "multirange");
    }
    uint32_t count = codec_u32(r.at);
    r.at += 4;
    r.left -= 4;
    for (uint32_t i = 0; i < count; i++) {
        if (take_part(&r, &part) != 0) {
            return codec_refuse_wire(e, "multirange");
        }
        if (read_range(part, shape->element, &range, e) != 0) {
            return -1;
        }
        make_canonical(&range, shape->is_discrete);
        if (bytes_append(ranges, &range, sizeof range, e) != 0) {
            return -1;
        }
    }
    return r.left == 0 ? 0 : codec_refuse_wire(e, "multirange");
}

static int put_part(const struct range *range, struct bytes *out, struct err *e)
{
    size_t start = out->length;

    if (bytes_put_u32(out, 0, e) != 0 || put_range(range, out, e) != 0) {
        return -1;
    }
    codec_fill_u32(out, start, out->length - start - 4);
    return 0;
}

/* Ranges in their order: those that are not empty, each joined with what follows it as long as that touches it. */
static int put_joined(const void **list, size_t count, struct bytes *out, struct err *e)
{
    size_t start = out->length;
    size_t written = 0;
    size_t i = 0;

    if (bytes_put_u32(out, 0, e) != 0) {
        return -1;
    }
    while (i < count && ((const struct range *)list[i])->is_empty) {
        i++;
    }
    for (; i < count; written++) {
        struct range whole = *(const struct range *)list[i];
        for (i++; i < count && joins(&whole, list[i]); i++) {
            join(&whole, list[i]);
        }
        if (put_part(&whole, out, e) != 0) {
            return -1;
        }
    }
    codec_fill_u32(out, start, written);
    return 0;
}

/* The places of the ranges, which are sorted. */
static int list_ranges(const struct bytes *ranges, struct bytes *list, struct err *e)
{
    for (size_t at = 0; at < ranges->length; at += sizeof(struct range)) {
        const void *range = ranges->data + at;
        if (bytes_append(list, &range, sizeof range, e) != 0) {
            return -1;
        }
    }
    return 0;
}

int canonical_multirange(const struct codec_shape *shape, const unsigned char *wire, size_t length, struct bytes *out,
                         struct err *e)
{
    struct bytes ranges = {0};
    struct bytes places = {0};
    int result = read_ranges(shape->element_hint.shape, (struct reader){wire, length}, &ranges, e);

    if (result == 0) {
        result = list_ranges(&ranges, &places, e);
    }
    if (result == 0) {
        const void **list = (const void **)(void *)places.data;
        size_t count = places.length / sizeof *list;
        canonical_sort(list, count, order_of_ranges);
        result = put_joined(list, count, out, e);
    }
    bytes_free(&ranges);
    bytes_free(&places);
    return result;
}
