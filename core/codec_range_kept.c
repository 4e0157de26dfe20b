/* codec_range_kept.c: which ranges and multiranges the server leaves as they are. It turns those of whole numbers and
 * days into the form [a,b), one without a value into "empty", and ranges of a multirange that touch into one. */
#include <string.h>

#include "codec_range.h"

enum { OID_INT8 = 20, OID_INT4 = 23, OID_DATE = 1082, OID_NUMERIC = 1700 };

/* A range on the wire; a bound that is not there has no bytes. */
struct range {
    unsigned flags;
    const unsigned char *lower;
    size_t lower_length;
    const unsigned char *upper;
    size_t upper_length;
};

/* Takes a length word and so many bytes from the front. 0 or -1. */
static int take(const unsigned char **wire, size_t *length, const unsigned char **part, size_t *size)
{
    if (*length < 4 || codec_u32(*wire) > *length - 4) {
        return -1;
    }
    *size = codec_u32(*wire);
    *part = *wire + 4;
    *wire += 4 + *size;
    *length -= 4 + *size;
    return 0;
}

static int read_range(const unsigned char *wire, size_t length, struct range *r)
{
    memset(r, 0, sizeof *r);
    if (length < 1) {
        return -1;
    }
    r->flags = *wire++;
    length--;
    if ((r->flags & (RANGE_EMPTY | RANGE_LOWER_INFINITE)) == 0 &&
        take(&wire, &length, &r->lower, &r->lower_length) != 0) {
        return -1;
    }
    return (r->flags & (RANGE_EMPTY | RANGE_UPPER_INFINITE)) == 0 ? take(&wire, &length, &r->upper, &r->upper_length)
                                                                  : 0;
}

/* Of 'infinity' there is no next day. */
static int is_infinite_day(uint32_t oid, const unsigned char *bound)
{
    int32_t day = oid == OID_DATE ? (int32_t)codec_u32(bound) : 0;
    return day == INT32_MAX || day == INT32_MIN;
}

static int is_kept(const struct range *r, uint32_t oid)
{
    int lower_inclusive = (r->flags & RANGE_LOWER_INCLUSIVE) != 0;
    int upper_inclusive = (r->flags & RANGE_UPPER_INCLUSIVE) != 0;

    if (oid == OID_INT4 || oid == OID_INT8 || oid == OID_DATE) {
        if (r->lower != NULL && !lower_inclusive && !is_infinite_day(oid, r->lower)) {
            return 0;
        }
        if (r->upper != NULL && upper_inclusive && !is_infinite_day(oid, r->upper)) {
            return 0;
        }
    }
    if (r->lower == NULL || r->upper == NULL || (lower_inclusive && upper_inclusive)) {
        return 1;
    }
    /* Between two equal bounds there is nothing. */
    return oid == OID_NUMERIC ? codec_wire_order(oid, r->lower, r->lower_length, r->upper, r->upper_length) != 0
                              : r->lower_length != r->upper_length || memcmp(r->lower, r->upper, r->lower_length) != 0;
}

/* Whether a gap lies between two ranges that follow each other. */
static int are_apart(const struct range *before, const struct range *after, uint32_t oid)
{
    if (before->upper == NULL || after->lower == NULL) {
        return 0;
    }
    int order = codec_wire_order(oid, before->upper, before->upper_length, after->lower, after->lower_length);
    int is_same =
        before->upper_length == after->lower_length && memcmp(before->upper, after->lower, after->lower_length) == 0;
    /* The one value between (a,b) and (b,c) is a gap. Where the order is not known there may be none. */
    return order < 0 ||
           (is_same && (before->flags & RANGE_UPPER_INCLUSIVE) == 0 && (after->flags & RANGE_LOWER_INCLUSIVE) == 0);
}

int range_is_kept(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    struct range r;

    return read_range(wire, length, &r) != 0 || is_kept(&r, hint->shape->element->oid);
}

int multirange_is_kept(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    uint32_t oid = hint->shape->element_hint.shape->element->oid;
    uint32_t count = length < 4 ? 0 : codec_u32(wire);
    struct range ranges[2];
    const unsigned char *part = NULL;
    size_t size = 0;

    wire += 4;
    length -= 4;
    for (uint32_t i = 0; i < count; i++) {
        struct range *r = &ranges[i % 2];
        if (take(&wire, &length, &part, &size) != 0 || read_range(part, size, r) != 0 || !is_kept(r, oid) ||
            (i > 0 && !are_apart(&ranges[(i + 1) % 2], r, oid))) {
            return 0;
        }
    }
    return 1;
}
