/* canonical.h: the wire that the server's send function gives of a value after it has stored the wire that a codec
 * made: what digests of rows are computed from, so that both sides hash the same bytes. Nothing here knows rows or
 * hashes. */
#ifndef WHERRY_CANONICAL_H
#define WHERRY_CANONICAL_H

#include "codec.h"

/* Whether the server may send other bytes than those that it got, for any value of a column with this codec and hint.
 * 0: the wire is canonical, and canonical_put need not be called. */
int canonical_is_needed(const struct codec *codec, const struct codec_hint *hint);

/* Appends to `out` what the server sends of the value whose wire this is, without a length word. `wire` may not lie in
 * out. Returns 0, or -1 and e: ERR_MEMORY, or ERR_VALUE for wire that the codec never makes. out->length is then
 * undefined, but not less than before. */
int canonical_put(const struct codec *codec, const struct codec_hint *hint, const unsigned char *wire, size_t length,
                  struct bytes *out, struct err *e);

/* NULL, or why canonical_put may give another wire than the server for some values of such a column, which has no place
 * in a digest then: ranges of types whose order only the server knows. Static storage. */
const char *canonical_unknown(const struct codec *codec, const struct codec_hint *hint);

#endif
