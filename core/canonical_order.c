/* canonical_order.c: how the bounds of ranges compare, as the operators of their type have it. */
#include <math.h>
#include <string.h>

#include "canonical_internal.h"

enum {
    OID_BOOL = 16,
    OID_CHAR = 18,
    OID_NAME = 19,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_OID = 26,
    OID_CIDR = 650,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701,
    OID_MACADDR8 = 774,
    OID_MONEY = 790,
    OID_MACADDR = 829,
    OID_INET = 869,
    OID_BPCHAR = 1042,
    OID_VARCHAR = 1043,
    OID_DATE = 1082,
    OID_TIME = 1083,
    OID_TIMESTAMP = 1114,
    OID_TIMESTAMPTZ = 1184,
    OID_INTERVAL = 1186,
    OID_TIMETZ = 1266,
    OID_BIT = 1560,
    OID_VARBIT = 1562,
    OID_NUMERIC = 1700,
    OID_UUID = 2950,
    OID_LSN = 3220
};

static int order_of_bytes(const unsigned char *a, size_t a_length, const unsigned char *b, size_t b_length)
{
    size_t shorter = a_length < b_length ? a_length : b_length;
    int order = shorter == 0 ? 0 : memcmp(a, b, shorter);

    return order != 0 ? order : a_length < b_length ? -1 : a_length > b_length;
}

static double real_of(const unsigned char *wire, size_t length)
{
    double value = 0;
    float narrow = 0;

    if (length == 4) {
        uint32_t bits = codec_u32(wire);
        memcpy(&narrow, &bits, sizeof narrow);
        return (double)narrow;
    }
    if (length == 8) {
        uint64_t bits = codec_u64(wire);
        memcpy(&value, &bits, sizeof value);
    }
    return value;
}

/* As many digits as it says. */
static int is_whole_numeric(const unsigned char *wire, size_t length)
{
    return length >= 8 && length == 8 + 2 * (size_t)codec_u16(wire);
}

/* NaN is equal to itself and above all numbers; -0 is 0. */
static int order_of_reals(double a, double b)
{
    if (isnan(a) || isnan(b)) {
        return !!isnan(a) - !!isnan(b);
    }
    return a < b ? -1 : a > b;
}

/* A month has 30 days of 24 hours; in two parts, because microseconds of all months are more than 64 bits. */
static int order_of_intervals(const unsigned char *a, const unsigned char *b)
{
    static const int64_t day = INT64_C(86400000000);
    int64_t days[2];
    int64_t rests[2];
    const unsigned char *wires[] = {a, b};

    for (int i = 0; i < 2; i++) {
        int64_t time = (int64_t)codec_u64(wires[i]);
        int64_t rest = time % day;
        rest += rest < 0 ? day : 0;
        rests[i] = rest;
        days[i] =
            (time - rest) / day + (int32_t)codec_u32(wires[i] + 8) + INT64_C(30) * (int32_t)codec_u32(wires[i] + 12);
    }
    if (days[0] != days[1]) {
        return days[0] < days[1] ? -1 : 1;
    }
    return rests[0] < rests[1] ? -1 : rests[0] > rests[1];
}

/* By the moment, then by the offset. */
static int order_of_times_with_zone(const unsigned char *a, const unsigned char *b)
{
    int64_t zones[2] = {(int32_t)codec_u32(a + 8), (int32_t)codec_u32(b + 8)};
    int64_t left = (int64_t)codec_u64(a) + zones[0] * 1000000;
    int64_t right = (int64_t)codec_u64(b) + zones[1] * 1000000;

    if (left != right) {
        return left < right ? -1 : 1;
    }
    return zones[0] < zones[1] ? -1 : zones[0] > zones[1];
}

static size_t length_without_spaces(const unsigned char *text, size_t length)
{
    while (length > 0 && text[length - 1] == ' ') {
        length--;
    }
    return length;
}

/* How long the wire of a type is; 0: not always as long. */
static size_t length_of_type(uint32_t oid)
{
    switch (oid) {
    case OID_INTERVAL:
        return 16;
    case OID_TIMETZ:
        return 12;
    case OID_INT8:
    case OID_TIME:
    case OID_TIMESTAMP:
    case OID_TIMESTAMPTZ:
    case OID_MONEY:
        return 8;
    case OID_INT4:
    case OID_DATE:
        return 4;
    case OID_INT2:
        return 2;
    default:
        return 0;
    }
}

int bound_order(const struct codec *codec, const unsigned char *a, size_t a_length, const unsigned char *b,
                size_t b_length)
{
    size_t length = length_of_type(codec->oid);
    /* What is no wire of the type is compared by its bytes. */
    uint32_t oid = length != 0 && (a_length != length || b_length != length) ? 0 : codec->oid;

    switch (oid) {
    case OID_NUMERIC:
        return is_whole_numeric(a, a_length) && is_whole_numeric(b, b_length)
                   ? codec_wire_order(oid, a, a_length, b, b_length)
                   : order_of_bytes(a, a_length, b, b_length);
    case OID_FLOAT4:
    case OID_FLOAT8:
        return order_of_reals(real_of(a, a_length), real_of(b, b_length));
    case OID_INTERVAL:
        return order_of_intervals(a, b);
    case OID_TIMETZ:
        return order_of_times_with_zone(a, b);
    case OID_BPCHAR:
        return order_of_bytes(a, length_without_spaces(a, a_length), b, length_without_spaces(b, b_length));
    case OID_MONEY:
        return codec_wire_order(OID_INT8, a, a_length, b, b_length);
    default: /* what is always as long otherwise is a signed number */
        return oid != 0 && length != 0 ? codec_wire_order(oid, a, a_length, b, b_length)
                                       : order_of_bytes(a, a_length, b, b_length);
    }
}

int bound_order_is_known(const struct codec *codec)
{
    switch (codec->oid) {
    case OID_BOOL:
    case OID_CHAR:
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
    case OID_OID:
    case OID_FLOAT4:
    case OID_FLOAT8:
    case OID_MACADDR:
    case OID_MACADDR8:
    case OID_MONEY:
    case OID_DATE:
    case OID_TIME:
    case OID_TIMETZ:
    case OID_TIMESTAMP:
    case OID_TIMESTAMPTZ:
    case OID_INTERVAL:
    case OID_NUMERIC:
    case OID_UUID:
    case OID_LSN:
        return 1;
    default:
        return 0;
    }
}

int bound_equality_is_known(const struct codec *codec)
{
    switch (codec->oid) {
    case OID_NAME:
    case OID_TEXT:
    case OID_VARCHAR:
    case OID_BPCHAR:
    case OID_INET:
    case OID_CIDR:
    case OID_BIT:
    case OID_VARBIT:
        return 1;
    default:
        return bound_order_is_known(codec) || codec == codec_of_kind("enum");
    }
}
