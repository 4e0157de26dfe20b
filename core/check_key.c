/* check_key.c: the canonical form of the wire of a key's value.
 *
 * What is not listed here is not compared at all: a wrong "unique" would be worse than "not looked at". */
#include "check_key.h"

#include <string.h>
#include <xxhash.h>

#include "codec_common.h"

struct by_name {
    const char *type;
    enum equality equality;
};

static const struct by_name known[] = {
    {"int2", EQUAL_INTEGER},   {"int4", EQUAL_INTEGER},      {"int8", EQUAL_INTEGER},        {"float4", EQUAL_REAL},
    {"float8", EQUAL_REAL},    {"numeric", EQUAL_NUMERIC},   {"text", EQUAL_TEXT},           {"varchar", EQUAL_TEXT},
    {"bpchar", EQUAL_PADDED},  {"citext", EQUAL_FOLDED},     {"interval", EQUAL_INTERVAL},   {"bool", EQUAL_EXACTLY},
    {"oid", EQUAL_EXACTLY},    {"name", EQUAL_EXACTLY},      {"bytea", EQUAL_EXACTLY},       {"uuid", EQUAL_EXACTLY},
    {"date", EQUAL_EXACTLY},   {"timestamp", EQUAL_EXACTLY}, {"timestamptz", EQUAL_EXACTLY}, {"time", EQUAL_EXACTLY},
    {"timetz", EQUAL_EXACTLY}, {"macaddr", EQUAL_EXACTLY},   {"macaddr8", EQUAL_EXACTLY},    {"inet", EQUAL_EXACTLY},
    {"cidr", EQUAL_EXACTLY},   {"bit", EQUAL_EXACTLY},       {"varbit", EQUAL_EXACTLY},      {"money", EQUAL_EXACTLY},
    {"pg_lsn", EQUAL_EXACTLY}, {"char", EQUAL_EXACTLY},      {"enum", EQUAL_EXACTLY},
};

enum equality equality_of(const struct codec *codec, const struct codec_hint *hint)
{
    if (codec == NULL) {
        return EQUAL_UNKNOWN;
    }
    /* The wire of an array holds that of its elements, so it is the same where theirs has to be. */
    if (hint->shape != NULL && hint->shape->element != NULL && strcmp(codec->type, "array") == 0) {
        enum equality element = equality_of(hint->shape->element, &hint->shape->element_hint);

        return element == EQUAL_EXACTLY || element == EQUAL_INTEGER || element == EQUAL_TEXT ? EQUAL_EXACTLY
                                                                                             : EQUAL_UNKNOWN;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(codec->type, known[i].type) == 0) {
            return known[i].equality;
        }
    }
    return EQUAL_UNKNOWN;
}

const char *equality_name(enum equality equality)
{
    static const char *const names[] = {NULL,   "exact",  "integer", "real",    "numeric",
                                        "text", "padded", "folded",  "interval"};

    return names[equality];
}

static uint64_t read_big_endian(const unsigned char *wire, size_t length)
{
    uint64_t value = 0;

    for (size_t i = 0; i < length; i++) {
        value = value << 8 | wire[i];
    }
    return value;
}

/* Of 2, 4 or 8 bytes to 8. */
static int append_integer(const unsigned char *wire, size_t length, struct bytes *out, struct err *e)
{
    uint64_t value = read_big_endian(wire, length);

    if (length < 8 && length > 0 && (wire[0] & 0x80) != 0) {
        value |= ~UINT64_C(0) << (8 * length);
    }
    return bytes_put_u64(out, value, e);
}

/* Single precision becomes double; both zeros are one, and so is what is no number. */
static int append_real(const unsigned char *wire, size_t length, struct bytes *out, struct err *e)
{
    uint64_t bits = read_big_endian(wire, length);
    double value;

    if (length == 4) {
        uint32_t narrow_bits = (uint32_t)bits;
        float narrow;

        memcpy(&narrow, &narrow_bits, sizeof narrow);
        value = (double)narrow;
    } else {
        memcpy(&value, &bits, sizeof value);
    }
    if (value != value) {
        return bytes_put_u64(out, UINT64_C(0x7FF8000000000000), e);
    }
    value = value == 0.0 ? 0.0 : value;
    memcpy(&bits, &value, sizeof bits);
    return bytes_put_u64(out, bits, e);
}

/* Without the count of digits to show, and without words of zeros at the end. */
static int append_numeric(const unsigned char *wire, size_t length, struct bytes *out, struct err *e)
{
    size_t words = length < 8 ? 0 : (length - 8) / 2;

    while (words > 0 && wire[8 + 2 * words - 2] == 0 && wire[8 + 2 * words - 1] == 0) {
        words--;
    }
    if (length < 8 || (words == 0 && codec_u16(wire + 4) < 0xC000)) {
        return bytes_put_u64(out, 0, e);
    }
    /* Weight, sign, digits. */
    if (bytes_append(out, wire + 2, 4, e) != 0) {
        return -1;
    }
    return bytes_append(out, wire + 8, 2 * words, e);
}

static int append_folded(const unsigned char *wire, size_t length, struct bytes *out, struct err *e)
{
    for (size_t i = 0; i < length; i++) {
        if (wire[i] >= 0x80) {
            return 1;
        }
    }
    if (bytes_reserve(out, length, e) != 0) {
        return -1;
    }
    for (size_t i = 0; i < length; i++) {
        out->data[out->length++] = (unsigned char)(wire[i] >= 'A' && wire[i] <= 'Z' ? wire[i] + ('a' - 'A') : wire[i]);
    }
    return 0;
}

/* Microseconds, days and months as days and microseconds below one. */
static int append_interval(const unsigned char *wire, size_t length, struct bytes *out, struct err *e)
{
    static const int64_t day = INT64_C(86400000000);

    if (length != 16) {
        return bytes_append(out, wire, length, e);
    }
    int64_t microseconds = (int64_t)codec_u64(wire);
    int64_t days = (int32_t)codec_u32(wire + 8) + (int64_t)30 * (int32_t)codec_u32(wire + 12) + microseconds / day;

    microseconds %= day;
    if (microseconds < 0) {
        microseconds += day;
        days--;
    }
    return bytes_put_u64(out, (uint64_t)days, e) != 0 ? -1 : bytes_put_u64(out, (uint64_t)microseconds, e);
}

int equality_append(enum equality equality, const unsigned char *wire, size_t length, struct bytes *out, struct err *e)
{
    switch (equality) {
    case EQUAL_UNKNOWN:
        return 1;
    case EQUAL_EXACTLY:
    case EQUAL_TEXT:
        return bytes_append(out, wire, length, e);
    case EQUAL_INTEGER:
        return append_integer(wire, length, out, e);
    case EQUAL_REAL:
        return append_real(wire, length, out, e);
    case EQUAL_NUMERIC:
        return append_numeric(wire, length, out, e);
    case EQUAL_PADDED:
        while (length > 0 && wire[length - 1] == ' ') {
            length--;
        }
        return bytes_append(out, wire, length, e);
    case EQUAL_FOLDED:
        return append_folded(wire, length, out, e);
    case EQUAL_INTERVAL:
        return append_interval(wire, length, out, e);
    }
    return 1;
}

void equality_digest(struct sort_record *record, const struct bytes *key)
{
    XXH128_hash_t digest = XXH3_128bits(key->data, key->length);

    record->key[0] = digest.high64;
    record->key[1] = digest.low64;
}
