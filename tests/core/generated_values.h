/* generated_values.h: values of each type as texts that its codec takes, made of a random state alone: each make_
 * writes one of at most ROOM bytes with its NUL. */
#ifndef WHERRY_GENERATED_VALUES_H
#define WHERRY_GENERATED_VALUES_H

#include <math.h>
#include <stdlib.h>

#include "kind_probe.h"

enum { ROOM = 1024 };

static inline int below(uint64_t *random, int end)
{
    return (int)(next_random(random) % (uint64_t)end);
}

/* An integer of any size up to so many bits, small ones as often as large ones. */
static inline int64_t number(uint64_t *random, int bits)
{
    int64_t size = (int64_t)(next_random(random) >> (63 - below(random, bits + 1)) >> 1);
    return below(random, 2) == 0 ? size : -size;
}

static inline void make_bool(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "%d", below(random, 2));
}

static inline void make_int2(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "%lld", (long long)number(random, 15));
}

static inline void make_int4(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "%lld", (long long)number(random, 31));
}

static inline void make_int8(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "%lld", (long long)number(random, 63));
}

static inline void make_oid(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "%lld", llabs(number(random, 32)));
}

static inline double any_double(uint64_t *random)
{
    double value = 0;
    uint64_t bits = next_random(random);
    switch (below(random, 4)) {
    case 0:
        memcpy(&value, &bits, sizeof value);
        return isfinite(value) ? value : 1;
    case 1:
        return (double)number(random, 53);
    default:
        return (double)number(random, 40) / pow(10, below(random, 8));
    }
}

static inline void make_float8(uint64_t *random, char *out)
{
    static const char *const special[] = {"Infinity", "-Infinity", "NaN", "-0"};
    if (below(random, 100) == 0) {
        (void)snprintf(out, ROOM, "%s", special[below(random, 4)]);
    } else {
        (void)real_to_text(out, ROOM, any_double(random));
    }
}

/* What a single prints as. */
static inline void make_float4(uint64_t *random, char *out)
{
    static const struct codec_hint none = {.typmod = -1};
    struct cell c = {0};
    float value = 0;
    uint32_t bits = (uint32_t)next_random(random);
    memcpy(&value, &bits, sizeof value);
    if (below(random, 2) == 0 || !isfinite(value)) {
        value = (float)number(random, 24) / (float)(1 << below(random, 10));
        memcpy(&bits, &value, sizeof bits);
    }
    const unsigned char wire[4] = {(unsigned char)(bits >> 24), (unsigned char)(bits >> 16), (unsigned char)(bits >> 8),
                                   (unsigned char)bits};
    assert_int_equal(codec_named("float4")->get(wire, 4, &none, &c, NULL, NULL), 0);
    (void)real_to_text(out, ROOM, c.as.real);
}

static inline void make_numeric(uint64_t *random, char *out)
{
    int whole = below(random, below(random, 10) == 0 ? 200 : 12);
    int fraction = below(random, 3) == 0 ? 0 : below(random, below(random, 10) == 0 ? 100 : 6);
    size_t used = 0;
    if (below(random, 200) == 0) {
        (void)snprintf(out, ROOM, "%s", below(random, 2) == 0 ? "NaN" : "-Infinity");
        return;
    }
    if (below(random, 2) == 0) {
        out[used++] = '-';
    }
    for (int i = 0; i < whole; i++) {
        out[used++] = (char)('0' + below(random, 10));
    }
    if (whole == 0) {
        out[used++] = '0';
    }
    if (fraction > 0) {
        out[used++] = '.';
    }
    int zeros = below(random, 3) == 0;
    for (int i = 0; i < fraction; i++) {
        out[used++] = (char)('0' + (zeros ? 0 : below(random, 10)));
    }
    out[used] = '\0';
}

static inline void make_money(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "%lld.%02d", (long long)number(random, 50), below(random, 100));
}

static inline void make_text(uint64_t *random, char *out)
{
    static const char *const parts[] = {"a",  "Zz", " ", "é",  "漢字", "🚢", "\"", "\\",
                                        "\n", "7",  "-", ".5", "{",    "'", "%"};
    size_t used = 0;
    if (below(random, 8) == 0) {
        make_float8(random, out);
        return;
    }
    for (int i = below(random, 12); i > 0; i--) {
        used += (size_t)snprintf(out + used, ROOM - used, "%s", parts[below(random, sizeof parts / sizeof parts[0])]);
    }
    out[used] = '\0';
}

static inline void make_name(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "name_%d", below(random, 100000));
}

static inline void make_char_ten(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "%.*sé%*s", below(random, 9), "abcdefghi", below(random, 2), "");
}

static inline void make_hex(uint64_t *random, char *out, int digits)
{
    for (int i = 0; i < digits; i++) {
        out[i] = "0123456789abcdef"[below(random, 16)];
    }
    out[digits] = '\0';
}

static inline void make_uuid(uint64_t *random, char *out)
{
    make_hex(random, out, 32);
}

static inline void make_macaddr(uint64_t *random, char *out)
{
    make_hex(random, out, 12);
}

static inline void make_macaddr8(uint64_t *random, char *out)
{
    make_hex(random, out, 16);
}

static inline void make_inet(uint64_t *random, char *out)
{
    size_t used = 0;
    int whole = below(random, 2);
    if (below(random, 2) == 0) {
        used = (size_t)snprintf(out, ROOM, "%d.%d.%d.%d", below(random, 256), below(random, 256), below(random, 256),
                                below(random, 256));
        (void)snprintf(out + used, ROOM - used, whole ? "%s" : "%s%d", whole ? "" : "/", below(random, 33));
        return;
    }
    for (int i = 0; i < 8; i++) {
        used += (size_t)snprintf(out + used, ROOM - used, "%s%x", i == 0 ? "" : ":",
                                 below(random, 2) == 0 ? 0U : (unsigned)below(random, 65536));
    }
    (void)snprintf(out + used, ROOM - used, whole ? "%s" : "%s%d", whole ? "" : "/", below(random, 129));
}

static inline void make_cidr(uint64_t *random, char *out)
{
    int bits = below(random, 5);
    (void)snprintf(out, ROOM, bits == 4 ? "2001:db8:%x::/48" : "%d.0.0.0/%d", below(random, 256), 8 + 8 * bits);
}

static inline void make_bits(uint64_t *random, char *out)
{
    int count = below(random, 70);
    for (int i = 0; i < count; i++) {
        out[i] = (char)('0' + below(random, 2));
    }
    out[count] = '\0';
}

static inline void make_one_bit(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "%d", below(random, 2));
}

static inline void make_lsn(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "%X/%X", (unsigned)next_random(random), (unsigned)next_random(random));
}

/* Microseconds of a second: all kinds of digits as often. */
static inline int microseconds(uint64_t *random)
{
    static const int units[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    int unit = units[below(random, 7)];
    return below(random, 1000000) / unit * unit;
}

static inline size_t put_date(uint64_t *random, char *out)
{
    int year = below(random, 20) == 0 ? 1 + below(random, 9999) : 1970 + below(random, 80);
    return (size_t)snprintf(out, ROOM, "%04d-%02d-%02d", year, 1 + below(random, 12), 1 + below(random, 28));
}

static inline size_t put_time(uint64_t *random, char *out)
{
    if (below(random, 20) == 0) {
        return (size_t)snprintf(out, ROOM, "00:00");
    }
    if (below(random, 20) == 0) {
        return (size_t)snprintf(out, ROOM, "%02d:%02d", below(random, 24), below(random, 60));
    }
    return (size_t)snprintf(out, ROOM, "%02d:%02d:%02d.%06d", below(random, 24), below(random, 60), below(random, 60),
                            microseconds(random));
}

static inline void make_date(uint64_t *random, char *out)
{
    (void)put_date(random, out);
}

static inline void make_time(uint64_t *random, char *out)
{
    (void)put_time(random, out);
}

static inline void make_timetz(uint64_t *random, char *out)
{
    size_t used = put_time(random, out);
    (void)snprintf(out + used, ROOM - used, "%c%02d:%02d%s", "+-"[below(random, 2)], below(random, 16),
                   below(random, 4) * 15, below(random, 20) == 0 ? ":07" : "");
}

static inline void make_moment(uint64_t *random, char *out)
{
    size_t used;
    do {
        used = put_date(random, out);
    } while (memcmp(out, "0001", 4) == 0 || memcmp(out, "9999", 4) == 0); /* its zone may lead beyond */
    out[used++] = ' ';
    (void)put_time(random, out + used);
}

static inline void make_seconds(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "%lld.%06d", (long long)number(random, 32), microseconds(random));
}

static inline void make_milliseconds(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "%lld.%03d", (long long)number(random, 42), below(random, 2) * below(random, 1000));
}

static inline void make_microseconds(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "%lld", (long long)number(random, 54));
}

static inline void make_nanoseconds(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "%lld000", (long long)number(random, 50));
}

static inline void make_ticks(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "63%015lld0", (long long)llabs(number(random, 49)));
}

static inline void make_julian(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "24%05d.%d", below(random, 100000), below(random, 2) * 5);
}

static inline void make_go(uint64_t *random, char *out)
{
    size_t used = put_date(random, out);
    (void)snprintf(out + used, ROOM - used, " %02d:%02d:%02d.%06d +0000 UTC", below(random, 24), below(random, 60),
                   below(random, 60), microseconds(random));
}

static inline void make_interval(uint64_t *random, char *out)
{
    size_t used = (size_t)snprintf(out, ROOM, "P");
    int parts = below(random, 4);
    if (parts == 3) {
        used += (size_t)snprintf(out + used, ROOM - used, "%lldM", (long long)number(random, 20));
    }
    if (parts >= 2) {
        used += (size_t)snprintf(out + used, ROOM - used, "%lldD", (long long)number(random, 20));
    }
    int sign = below(random, 2);
    (void)snprintf(out + used, ROOM - used, "T%s%dH%s%dM%s%d.%06dS", sign ? "-" : "", below(random, 40),
                   sign ? "-" : "", below(random, 60), sign ? "-" : "", below(random, 60),
                   below(random, 3) == 0 ? 0 : microseconds(random));
}

/* A JSON value, with `depth` levels at most. */
static inline size_t put_json(uint64_t *random, char *out, size_t size, int depth)
{
    static const char *const plain[] = {
        "null", "true",    "false",          "0",          "-1.50", "12345678901234567890",
        "\"\"", "\"a b\"", "\"é\\n\\\"漢\"", "\"\\u001f\""};
    int kind = below(random, depth > 0 ? 4 : 1);
    size_t used = 0;
    if (kind < 2 || size < 100) {
        return (size_t)snprintf(out, size, "%s", plain[below(random, sizeof plain / sizeof plain[0])]);
    }
    used += (size_t)snprintf(out, size, kind == 2 ? "[" : "{");
    for (int i = 0, count = below(random, 4); i < count; i++) {
        used += (size_t)snprintf(out + used, size - used, i == 0 ? "" : ", ");
        if (kind == 3) {
            used += (size_t)snprintf(out + used, size - used, "\"%c\": ", 'a' + i);
        }
        used += put_json(random, out + used, size - used - 50, depth - 1);
    }
    return used + (size_t)snprintf(out + used, size - used, kind == 2 ? "]" : "}");
}

static inline void make_json(uint64_t *random, char *out)
{
    (void)put_json(random, out, ROOM, 3);
}

static inline void make_xml(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "<a n=\"%d\">é</a>", below(random, 1000));
}

static inline void make_letter(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "%c", ' ' + below(random, 95));
}

static inline void make_vector(uint64_t *random, char *out)
{
    size_t used = 0;
    for (int i = 0; i < 3; i++) {
        used += (size_t)snprintf(out + used, ROOM - used, "%c%g", i == 0 ? '[' : ',', (double)number(random, 12) / 10);
    }
    (void)snprintf(out + used, ROOM - used, "]");
}

static inline void make_hstore(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "{\"a\":\"%d\",\"b\":null,\"é\\n\":\"\"}", below(random, 100));
}

static inline void make_tsvector(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "'a':%d 'b c':%dA,%dB", 1 + below(random, 100), 1 + below(random, 100),
                   101 + below(random, 100));
}

static inline void make_point(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "(%g,%g)", (double)number(random, 12) / 8, (double)number(random, 12) / 8);
}

static inline void make_integers(uint64_t *random, char *out)
{
    int count = below(random, 4);
    size_t used = (size_t)snprintf(out, ROOM, "[");
    for (int i = 0; i < count; i++) {
        used += (size_t)snprintf(out + used, ROOM - used, i == 0 ? "%lld" : ",%lld", (long long)number(random, 31));
    }
    (void)snprintf(out + used, ROOM - used, "]");
}

static inline void make_texts(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "[[\"é %d\",null],[\"\\\"\\n\",\"\"]]", below(random, 100));
}

static inline void make_documents(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "[{\"a\": [%d, null]},\"x\",null]", below(random, 100));
}

static inline void make_moments(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "[\"20%02d-01-01 10:00:00Z\",null]", below(random, 100));
}

static inline void make_composite(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "{\"number\":%d,\"text\":null,\"at\":\"20%02d-01-01 10:00:00.5Z\"}", below(random, 100),
                   below(random, 100));
}

static inline void make_label(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "%s", below(random, 2) == 0 ? "happy" : "not so");
}

static inline void make_range(uint64_t *random, char *out)
{
    int low = below(random, 100);
    (void)snprintf(out, ROOM, below(random, 8) == 0 ? "empty" : "[%d,%d)", low, low + 1 + below(random, 100));
}

static inline void make_moment_range(uint64_t *random, char *out)
{
    (void)snprintf(out, ROOM, "[\"20%02d-01-01 10:00:00.5+00\",)", below(random, 100));
}

static inline void make_multirange(uint64_t *random, char *out)
{
    int low = below(random, 100);
    (void)snprintf(out, ROOM, "{[%d,%d),[%d,)}", low, low + 1, low + 5);
}

#endif
