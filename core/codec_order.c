/* codec_order.c: the order of two values by their wire, where it can be told without the server. */
#include "codec_common.h"

enum { OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_NUMERIC = 1700 };
enum { OID_DATE = 1082, OID_TIME = 1083, OID_TIMESTAMP = 1114, OID_TIMESTAMPTZ = 1184 };

enum { RANK_NEGATIVE = 1, RANK_ZERO = 2, RANK_POSITIVE = 3 };

/* Where a numeric stands: -infinity, negative, 0, positive, infinity, NaN. */
static int numeric_rank(const unsigned char *wire)
{
    switch (codec_u16(wire + 4)) {
    case 0xC000:
        return RANK_POSITIVE + 2;
    case 0xD000:
        return RANK_POSITIVE + 1;
    case 0xF000:
        return RANK_NEGATIVE - 1;
    case 0x4000:
        return codec_u16(wire) == 0 ? RANK_ZERO : RANK_NEGATIVE;
    default:
        return codec_u16(wire) == 0 ? RANK_ZERO : RANK_POSITIVE;
    }
}

/* A numeric is a header of 8 bytes, then digits in base 10000, none of them a leading zero in ours. */
static int numeric_order(const unsigned char *a, const unsigned char *b)
{
    int rank = numeric_rank(a);
    size_t counts[2] = {codec_u16(a), codec_u16(b)};

    if (rank != numeric_rank(b) || (rank != RANK_NEGATIVE && rank != RANK_POSITIVE)) {
        return rank - numeric_rank(b);
    }
    int larger = rank == RANK_POSITIVE ? 1 : -1; /* when the digits are larger */
    int weights[2] = {(int16_t)codec_u16(a + 2), (int16_t)codec_u16(b + 2)};
    if (weights[0] != weights[1]) {
        return weights[0] > weights[1] ? larger : -larger;
    }
    for (size_t i = 0; i < counts[0] || i < counts[1]; i++) {
        int left = i < counts[0] ? codec_u16(a + 8 + 2 * i) : 0;
        int right = i < counts[1] ? codec_u16(b + 8 + 2 * i) : 0;
        if (left != right) {
            return left > right ? larger : -larger;
        }
    }
    return 0;
}

static int64_t signed_wire(const unsigned char *wire, size_t length)
{
    return length == 2 ? (int16_t)codec_u16(wire) : length == 4 ? (int32_t)codec_u32(wire) : (int64_t)codec_u64(wire);
}

int codec_wire_order(uint32_t oid, const unsigned char *a, size_t a_length, const unsigned char *b, size_t b_length)
{
    int64_t left = 0;
    int64_t right = 0;

    switch (oid) {
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
    case OID_DATE:
    case OID_TIME:
    case OID_TIMESTAMP:
    case OID_TIMESTAMPTZ:
        left = signed_wire(a, a_length);
        right = signed_wire(b, b_length);
        return left < right ? -1 : left > right;
    case OID_NUMERIC:
        return numeric_order(a, b);
    default:
        return 0;
    }
}
