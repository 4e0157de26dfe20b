/* mend.h: the conversions that a plan may name for values that do not fit their column. Each changes a cell into
 * another one, which the codec then has to take; none is ever applied unasked. */
#ifndef WHERRY_MEND_H
#define WHERRY_MEND_H

#include "codec.h"

enum mend {
    MEND_REPLACE,    /* text: each byte that is not UTF-8, and U+0000, becomes U+FFFD */
    MEND_STRIP,      /* text: they are left out */
    MEND_ESCAPE,     /* text: they are written as \xNN */
    MEND_CUT,        /* varchar(n), char(n): the first n characters; name: what 63 bytes hold of it */
    MEND_ROUND,      /* integers, numeric(p,s), money: to their scale, half away from zero as numeric rounds; times: to
                        the digits of a second that the column keeps */
    MEND_NEAREST,    /* float8: the double nearest to an integer; float4: the float nearest to a number */
    MEND_TRUTH,      /* boolean: any other number than 0 is true */
    MEND_EMPTY_NULL, /* a text that is empty or only white space is NULL */
    MEND_COUNT
};

/* The conversion of this name ("empty_null"): 0, or -1 when there is none. */
int mend_find(const char *name, enum mend *mend);

/* Applies a conversion to a cell of a column with this codec (NULL: none) and hint. data: the bytes of a text or blob.
 * 1: *out is the new cell, its bytes in `arena` (which must not hold `data`; emptied first); 0: this value is none that
 * the conversion changes; -1 and e (ERR_MEMORY). */
int mend_cell(enum mend mend, const struct codec *codec, const struct codec_hint *hint, const struct cell *c,
              const unsigned char *data, struct cell *out, struct bytes *arena, struct err *e);

#endif
