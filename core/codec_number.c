/* codec_number.c: bool, int2, int4, int8, oid, float4 and float8; the table also names numeric (codec_numeric.c). */
#include <math.h>
#include <string.h>

#include "codec_common.h"

static void integer_cell(struct cell *out, int64_t value)
{
    out->as.integer = value;
    out->length = 0;
    out->class = CELL_INTEGER;
}

static void real_cell(struct cell *out, double value)
{
    out->as.real = value;
    out->length = 0;
    out->class = CELL_REAL;
}

/* bool */

static int bool_word(const unsigned char *text, size_t length, unsigned char *value)
{
    static const char *const words[] = {"f", "false", "n", "no", "off", "0", "t", "true", "y", "yes", "on", "1"};
    enum { WORDS = sizeof words / sizeof words[0], LONGEST = 5 };
    unsigned char lower[LONGEST];
    if (length > LONGEST) {
        return -1;
    }
    for (size_t i = 0; i < length; i++) {
        lower[i] = text[i] >= 'A' && text[i] <= 'Z' ? (unsigned char)(text[i] + ('a' - 'A')) : text[i];
    }
    for (size_t i = 0; i < WORDS; i++) {
        if (codec_is_word(lower, length, words[i])) {
            *value = i >= WORDS / 2;
            return 0;
        }
    }
    return -1;
}

static int bool_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                    struct err *e)
{
    static const char help[] =
        "only 0 and 1, or t/f, true/false, yes/no, on/off, y/n as text are booleans: correct the value in the source, "
        "or give the target column an integer or text type";
    unsigned char value = 0;
    size_t length = c->length;
    (void)hint;
    if (c->class == CELL_INTEGER) {
        if (c->as.integer != 0 && c->as.integer != 1) {
            return codec_refuse(e, help, "an integer other than 0 and 1 is not a boolean");
        }
        value = (unsigned char)c->as.integer;
    } else if (c->class == CELL_TEXT) {
        codec_trim(&data, &length);
        if (bool_word(data, length, &value) != 0) {
            return codec_refuse(e, help, "the text is not a boolean");
        }
    } else {
        return codec_refuse_class(e, c, "a boolean");
    }
    return bytes_append(out, &value, 1, e);
}

static int bool_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                    struct bytes *arena, struct err *e)
{
    (void)hint;
    (void)arena;
    if (length != 1) {
        return codec_refuse_wire(e, "bool");
    }
    integer_cell(out, wire[0] != 0);
    return 0;
}

/* int2, int4, int8, oid */

static int integer_beyond(struct err *e, int64_t low, int64_t high)
{
    return codec_refuse(e, "give the target column a wider type (bigint, or numeric beyond 64 bits)",
                        "out of range: the type holds %lld to %lld", (long long)low, (long long)high);
}

/* The integer a cell stands for, when it is in [low, high]. */
static int integer_value(const struct cell *c, const unsigned char *data, int64_t low, int64_t high, int64_t *value,
                         struct err *e)
{
    static const double exact = 9007199254740992.0; /* 2^53: beyond it a double stands for several integers */
    size_t length = c->length;
    int parsed = 0;
    switch ((enum cell_class)c->class) {
    case CELL_INTEGER:
        *value = c->as.integer;
        break;
    case CELL_REAL:
        if (!(c->as.real >= -exact && c->as.real <= exact)) {
            return codec_refuse(e, "give the target column the type double precision or numeric",
                                "a real beyond 2^53 does not name one integer");
        }
        *value = (int64_t)c->as.real;
        if ((double)*value != c->as.real) {
            return codec_refuse(e, "give the target column the type double precision or numeric",
                                "the number has a fraction, which an integer would lose");
        }
        break;
    case CELL_TEXT:
        codec_trim(&data, &length);
        parsed = codec_parse_integer(data, length, value);
        if (parsed > 0) {
            return integer_beyond(e, low, high);
        }
        if (parsed < 0) {
            return codec_refuse(e, "correct the value in the source, or give the target column a text or numeric type",
                                length == 0 ? "an empty text is not an integer"
                                            : "the text is not an integer in decimal digits");
        }
        break;
    default:
        return codec_refuse_class(e, c, "an integer");
    }
    return *value < low || *value > high ? integer_beyond(e, low, high) : 0;
}

static int int2_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                    struct err *e)
{
    int64_t value = 0;
    (void)hint;
    if (integer_value(c, data, INT16_MIN, INT16_MAX, &value, e) != 0) {
        return -1;
    }
    return bytes_put_u16(out, (uint16_t)value, e);
}

static int int4_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                    struct err *e)
{
    int64_t value = 0;
    (void)hint;
    if (integer_value(c, data, INT32_MIN, INT32_MAX, &value, e) != 0) {
        return -1;
    }
    return bytes_put_u32(out, (uint32_t)value, e);
}

static int int8_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                    struct err *e)
{
    int64_t value = 0;
    (void)hint;
    if (integer_value(c, data, INT64_MIN, INT64_MAX, &value, e) != 0) {
        return -1;
    }
    return bytes_put_u64(out, (uint64_t)value, e);
}

static int oid_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                   struct err *e)
{
    int64_t value = 0;
    (void)hint;
    if (integer_value(c, data, 0, UINT32_MAX, &value, e) != 0) {
        return -1;
    }
    return bytes_put_u32(out, (uint32_t)value, e);
}

static int int2_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                    struct bytes *arena, struct err *e)
{
    (void)hint;
    (void)arena;
    if (length != 2) {
        return codec_refuse_wire(e, "int2");
    }
    integer_cell(out, (int16_t)codec_u16(wire));
    return 0;
}

static int int4_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                    struct bytes *arena, struct err *e)
{
    (void)hint;
    (void)arena;
    if (length != 4) {
        return codec_refuse_wire(e, "int4");
    }
    integer_cell(out, (int32_t)codec_u32(wire));
    return 0;
}

static int int8_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                    struct bytes *arena, struct err *e)
{
    (void)hint;
    (void)arena;
    if (length != 8) {
        return codec_refuse_wire(e, "int8");
    }
    integer_cell(out, (int64_t)codec_u64(wire));
    return 0;
}

static int oid_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                   struct bytes *arena, struct err *e)
{
    (void)hint;
    (void)arena;
    if (length != 4) {
        return codec_refuse_wire(e, "oid");
    }
    integer_cell(out, codec_u32(wire));
    return 0;
}

/* float4, float8 */

static int double_value(const struct cell *c, const unsigned char *data, double *value, struct err *e)
{
    switch ((enum cell_class)c->class) {
    case CELL_REAL:
        *value = c->as.real;
        return 0;
    case CELL_INTEGER:
        *value = (double)c->as.integer;
        /* 2^63 as a double cannot be cast back, and no int64 equals it. */
        if (*value >= 9223372036854775808.0 || (int64_t)*value != c->as.integer) {
            return codec_refuse(e, "give the target column the type bigint or numeric",
                                "the integer has no exact form in floating point");
        }
        return 0;
    case CELL_TEXT:
        return codec_read_double(data, c->length, value, e);
    default:
        return codec_refuse_class(e, c, "a number");
    }
}

static int float8_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                      struct err *e)
{
    double value = 0;
    uint64_t bits = 0;
    (void)hint;
    if (double_value(c, data, &value, e) != 0) {
        return -1;
    }
    memcpy(&bits, &value, sizeof bits);
    return bytes_put_u64(out, bits, e);
}

static int float4_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                      struct err *e)
{
    double value = 0;
    float narrow = 0;
    uint32_t bits = 0;
    (void)hint;
    if (double_value(c, data, &value, e) != 0 || codec_narrow(value, &narrow, e) != 0) {
        return -1;
    }
    memcpy(&bits, &narrow, sizeof bits);
    return bytes_put_u32(out, bits, e);
}

static int float4_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                      struct bytes *arena, struct err *e)
{
    float value = 0;
    (void)hint;
    if (length != 4) {
        return codec_refuse_wire(e, "float4");
    }
    uint32_t bits = codec_u32(wire);
    memcpy(&value, &bits, sizeof value);
    if (isnan(value)) {
        return codec_store(out, CELL_TEXT, "NaN", 3, arena, e);
    }
    real_cell(out, isinf(value) ? (double)value : codec_float_as_printed(value));
    return 0;
}

static int float8_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                      struct bytes *arena, struct err *e)
{
    double value = 0;
    (void)hint;
    if (length != 8) {
        return codec_refuse_wire(e, "float8");
    }
    uint64_t bits = codec_u64(wire);
    memcpy(&value, &bits, sizeof value);
    if (isnan(value)) {
        return codec_store(out, CELL_TEXT, "NaN", 3, arena, e);
    }
    real_cell(out, value);
    return 0;
}

const struct codec codecs_number[] = {
    {.type = "bool", .oid = 16, .put = bool_put, .get = bool_get},
    {.type = "int2", .oid = 21, .put = int2_put, .get = int2_get},
    {.type = "int4", .oid = 23, .put = int4_put, .get = int4_get},
    {.type = "int8", .oid = 20, .put = int8_put, .get = int8_get},
    {.type = "oid", .oid = 26, .put = oid_put, .get = oid_get},
    {.type = "float4", .oid = 700, .put = float4_put, .get = float4_get},
    {.type = "float8", .oid = 701, .put = float8_put, .get = float8_get},
    {.type = "numeric", .oid = 1700, .put = numeric_put, .get = numeric_get},
    {.type = NULL},
};
