/* canonical.c: which types the server sends as it got them, and the form of those that are made of others. */
#include "canonical_internal.h"

enum { OID_XML = 142, OID_JSONB = 3802 };

static int fields_are_needed(const struct codec_shape *shape)
{
    for (size_t i = 0; i < shape->field_count; i++) {
        if (canonical_inner_is_needed(shape->fields[i].codec, &shape->fields[i].hint)) {
            return 1;
        }
    }
    return 0;
}

int canonical_inner_is_needed(const struct codec *codec, const struct codec_hint *hint)
{
    return codec->oid == OID_XML || canonical_is_needed(codec, hint);
}

int canonical_is_needed(const struct codec *codec, const struct codec_hint *hint)
{
    if (codec->put == array_put) {
        return canonical_inner_is_needed(hint->shape->element, &hint->shape->element_hint);
    }
    if (codec->put == composite_put) {
        return fields_are_needed(hint->shape);
    }
    return codec->oid == OID_JSONB || codec->put == range_put || codec->put == multirange_put;
}

const char *canonical_unknown(const struct codec *codec, const struct codec_hint *hint)
{
    const struct codec_shape *shape = hint->shape;

    if (codec->put == array_put) {
        return canonical_unknown(shape->element, &shape->element_hint);
    }
    if (codec->put == composite_put) {
        const char *why = NULL;
        for (size_t i = 0; i < shape->field_count && why == NULL; i++) {
            why = canonical_unknown(shape->fields[i].codec, &shape->fields[i].hint);
        }
        return why;
    }
    if (codec->put == range_put) {
        return shape->has_own_canonical ? "a function of the type's own makes its ranges canonical"
               : bound_equality_is_known(shape->element)
                   ? NULL
                   : "which bounds of the range are equal is known to the server only";
    }
    if (codec->put == multirange_put) {
        const struct codec_shape *range = shape->element_hint.shape;
        const char *why = canonical_unknown(shape->element, &shape->element_hint);
        return why != NULL || bound_order_is_known(range->element)
                   ? why
                   : "the order of its bounds, by which ranges are joined, is known to the server only";
    }
    return NULL;
}

/* ---- what is made of others ---- */

/* Wire that is read from the front. */
struct reader {
    const unsigned char *at;
    size_t left;
};

static int copy(struct reader *r, size_t length, const char *type, struct bytes *out, struct err *e)
{
    if (r->left < length) {
        return codec_refuse_wire(e, type);
    }
    r->at += length;
    r->left -= length;
    return bytes_append(out, r->at - length, length, e);
}

/* A length word and what it counts. */
static int put_part(struct reader *r, const struct codec *codec, const struct codec_hint *hint, const char *type,
                    struct bytes *out, struct err *e)
{
    size_t start = out->length;

    if (copy(r, 4, type, out, e) != 0) {
        return -1;
    }
    uint32_t length = codec_u32(r->at - 4);
    if (length == UINT32_MAX) {
        return 0;
    }
    if (!canonical_inner_is_needed(codec, hint)) {
        return copy(r, length, type, out, e);
    }
    if (length > r->left) {
        return codec_refuse_wire(e, type);
    }
    if (canonical_put_inner(codec, hint, r->at, length, out, e) != 0) {
        return -1;
    }
    r->at += length;
    r->left -= length;
    codec_fill_u32(out, start, out->length - start - 4);
    return 0;
}

/* A head, then elements. */
static int put_array(const struct codec_shape *shape, struct reader r, struct bytes *out, struct err *e)
{
    enum { HEAD = 12, OF_DIMENSION = 8, DIMENSIONS = 6 };

    if (r.left < HEAD || codec_u32(r.at) > DIMENSIONS) {
        return codec_refuse_wire(e, "array");
    }
    if (copy(&r, HEAD + OF_DIMENSION * (size_t)codec_u32(r.at), "array", out, e) != 0) {
        return -1;
    }
    while (r.left > 0) {
        if (put_part(&r, shape->element, &shape->element_hint, "array", out, e) != 0) {
            return -1;
        }
    }
    return 0;
}

/* A count, then the oid of each field before it. */
static int put_composite(const struct codec_shape *shape, struct reader r, struct bytes *out, struct err *e)
{
    if (copy(&r, 4, "composite", out, e) != 0) {
        return -1;
    }
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct codec_field *field = &shape->fields[i];
        if (copy(&r, 4, "composite", out, e) != 0 ||
            put_part(&r, field->codec, &field->hint, "composite", out, e) != 0) {
            return -1;
        }
    }
    return r.left == 0 ? 0 : codec_refuse_wire(e, "composite");
}

static int put_jsonb(struct reader r, struct bytes *out, struct err *e)
{
    return copy(&r, 1, "jsonb", out, e) != 0 ? -1 : canonical_json(r.at, r.left, out, e);
}

int canonical_put_inner(const struct codec *codec, const struct codec_hint *hint, const unsigned char *wire,
                        size_t length, struct bytes *out, struct err *e)
{
    return codec->oid == OID_XML ? canonical_xml(wire, length, out, e)
                                 : canonical_put(codec, hint, wire, length, out, e);
}

int canonical_put(const struct codec *codec, const struct codec_hint *hint, const unsigned char *wire, size_t length,
                  struct bytes *out, struct err *e)
{
    struct reader r = {wire, length};

    if (codec->oid == OID_JSONB) {
        return put_jsonb(r, out, e);
    }
    if (!canonical_is_needed(codec, hint)) {
        return bytes_append(out, wire, length, e);
    }
    if (codec->put == array_put) {
        return put_array(hint->shape, r, out, e);
    }
    if (codec->put == composite_put) {
        return put_composite(hint->shape, r, out, e);
    }
    return codec->put == range_put ? canonical_range(hint->shape, wire, length, out, e)
                                   : canonical_multirange(hint->shape, wire, length, out, e);
}
