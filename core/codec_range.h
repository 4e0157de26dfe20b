/* codec_range.h: the flags of a range's wire, for the files of ranges; nobody else includes it. */
#ifndef WHERRY_CODEC_RANGE_H
#define WHERRY_CODEC_RANGE_H

#include "codec_common.h"

enum {
    RANGE_EMPTY = 0x01,
    RANGE_LOWER_INCLUSIVE = 0x02,
    RANGE_UPPER_INCLUSIVE = 0x04,
    RANGE_LOWER_INFINITE = 0x08,
    RANGE_UPPER_INFINITE = 0x10
};

#endif
