/* canonical_internal.h: what the canonical files share; nobody else includes it. */
#ifndef WHERRY_CANONICAL_INTERNAL_H
#define WHERRY_CANONICAL_INTERNAL_H

#include "canonical.h"
#include "codec_common.h"

/* The same two for a value inside of another: there xml is what xml_send sends, for which a column of its own is cast
 * to text. */
int canonical_inner_is_needed(const struct codec *codec, const struct codec_hint *hint);
int canonical_put_inner(const struct codec *codec, const struct codec_hint *hint, const unsigned char *wire,
                        size_t length, struct bytes *out, struct err *e);

/* As canonical_put, of a JSON text that jsonb has taken: the text that it gives back. */
int canonical_json(const unsigned char *text, size_t length, struct bytes *out, struct err *e);

/* As canonical_put, of an XML text. */
int canonical_xml(const unsigned char *text, size_t length, struct bytes *out, struct err *e);

/* As canonical_put. `shape` is that of the range, or of the multirange. */
int canonical_range(const struct codec_shape *shape, const unsigned char *wire, size_t length, struct bytes *out,
                    struct err *e);
int canonical_multirange(const struct codec_shape *shape, const unsigned char *wire, size_t length, struct bytes *out,
                         struct err *e);

/* Sorts as the server does, which for things that are equal has an order of its own. */
void canonical_sort(const void **list, size_t count, int (*compare)(const void *a, const void *b));

/* How two bounds compare. Where the order of their type is not known: 0 for the same bytes, and something else for
 * others. */
int bound_order(const struct codec *codec, const unsigned char *a, size_t a_length, const unsigned char *b,
                size_t b_length);

/* Whether bound_order tells equal bounds from others, and which of the others comes first. */
int bound_equality_is_known(const struct codec *codec);
int bound_order_is_known(const struct codec *codec);

#endif
