/* codec_number.c: bool, int2, int4, int8, oid, float4 and float8; the table also names numeric (codec_numeric.c). */
#include <float.h>
#include <math.h>
#include <string.h>

#include "codec_common.h"

/* bool */

/* Form 0 is the integers 0 and 1; the others are two words each. */
enum { BOOL_OWN = 4 }; /* t/f */
static const char *const bool_forms[] = {"integer", "true/false", "True/False", "TRUE/FALSE", "t/f", "T/F",
                                         "yes/no",  "Yes/No",     "YES/NO",     "y/n",        "Y/N", "on/off",
                                         "On/Off",  "ON/OFF",     "1/0",        NULL};
static const char *const bool_words[][2] = {
    {"false", "true"}, {"False", "True"}, {"FALSE", "TRUE"}, {"f", "t"},    {"F", "T"},    {"no", "yes"}, {"No", "Yes"},
    {"NO", "YES"},     {"n", "y"},        {"N", "Y"},        {"off", "on"}, {"Off", "On"}, {"OFF", "ON"}, {"0", "1"}};

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
    if (length != 1) {
        return codec_refuse_wire(e, "bool");
    }
    if (hint->form == 0) {
        codec_integer_cell(out, wire[0] != 0);
        return 0;
    }
    const char *word = bool_words[hint->form - 1][wire[0] != 0];
    return codec_store(out, CELL_TEXT, word, strlen(word), arena, e);
}

/* int2, int4, int8, oid */

static int integer_beyond(struct err *e, int64_t low, int64_t high)
{
    return codec_refuse(e, "give the target column a wider type (bigint, or numeric beyond 64 bits)",
                        "out of range: the type holds %lld to %lld", (long long)low, (long long)high);
}

enum { INTEGER_NUMBER, INTEGER_TEXT, INTEGER_REAL };
static const char *const integer_forms[] = {
    [INTEGER_NUMBER] = "integer", [INTEGER_TEXT] = "text", [INTEGER_REAL] = "real", NULL};

static const double exact = 9007199254740992.0; /* 2^53: beyond it a double stands for several integers */

/* An integer in the form of its column; as an integer where no real stands for it alone. */
static int integer_get(int64_t value, const struct codec_hint *hint, struct cell *out, struct bytes *arena,
                       struct err *e)
{
    char text[24];
    if (hint->form == INTEGER_TEXT) {
        return codec_store(out, CELL_TEXT, text, codec_integer_text(text, value), arena, e);
    }
    if (hint->form == INTEGER_REAL && value >= -(int64_t)exact && value <= (int64_t)exact) {
        codec_real_cell(out, (double)value);
    } else {
        codec_integer_cell(out, value);
    }
    return 0;
}

/* integer_value of a cell of another class. */
static int read_integer(const struct cell *c, const unsigned char *data, int64_t low, int64_t high, int64_t *value,
                        struct err *e)
{
    size_t length = c->length;
    int parsed = 0;
    switch ((enum cell_class)c->class) {
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

/* The integer a cell stands for, when it is in [low, high]. */
static inline int integer_value(const struct cell *c, const unsigned char *data, int64_t low, int64_t high,
                                int64_t *value, struct err *e)
{
    if (c->class != CELL_INTEGER) {
        return read_integer(c, data, low, high, value, e);
    }
    *value = c->as.integer;
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
    return length == 2 ? integer_get((int16_t)codec_u16(wire), hint, out, arena, e) : codec_refuse_wire(e, "int2");
}

static int int4_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                    struct bytes *arena, struct err *e)
{
    return length == 4 ? integer_get((int32_t)codec_u32(wire), hint, out, arena, e) : codec_refuse_wire(e, "int4");
}

static int int8_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                    struct bytes *arena, struct err *e)
{
    return length == 8 ? integer_get((int64_t)codec_u64(wire), hint, out, arena, e) : codec_refuse_wire(e, "int8");
}

static int oid_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                   struct bytes *arena, struct err *e)
{
    return length == 4 ? integer_get(codec_u32(wire), hint, out, arena, e) : codec_refuse_wire(e, "oid");
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

enum { FLOAT_REAL, FLOAT_NUMBER, FLOAT_TEXT, FLOAT_TEXT_POINT };
static const char *const float_forms[] = {
    [FLOAT_REAL] = "real", [FLOAT_NUMBER] = "number", [FLOAT_TEXT] = "text", [FLOAT_TEXT_POINT] = "text .0", NULL};

/* A double in the form of its column. "number" is what SQLite makes of a number in a column of numeric affinity, an
 * integer where it is whole; "text" the server's own text ("1"), "text .0" one with a point, as most languages print it
 * ("1.0"). */
static int float_get(double value, int whole_digits, const struct codec_hint *hint, struct cell *out,
                     struct bytes *arena, struct err *e)
{
    char text[CODEC_REAL_TEXT];
    if (isnan(value)) {
        return codec_store(out, CELL_TEXT, "NaN", 3, arena, e);
    }
    switch (hint->form) {
    case FLOAT_TEXT:
        return codec_store(out, CELL_TEXT, text, codec_real_text(text, value, whole_digits), arena, e);
    case FLOAT_TEXT_POINT:
        return codec_store(out, CELL_TEXT, text, real_to_text(text, sizeof text, value), arena, e);
    case FLOAT_NUMBER:
        if (codec_is_whole(value)) {
            codec_integer_cell(out, (int64_t)value);
            return 0;
        }
        break;
    default:
        break;
    }
    codec_real_cell(out, value);
    return 0;
}

static int float4_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                      struct bytes *arena, struct err *e)
{
    float value = 0;
    if (length != 4) {
        return codec_refuse_wire(e, "float4");
    }
    uint32_t bits = codec_u32(wire);
    memcpy(&value, &bits, sizeof value);
    return float_get(isfinite(value) ? codec_float_as_printed(value) : (double)value, FLT_DIG, hint, out, arena, e);
}

static int float8_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                      struct bytes *arena, struct err *e)
{
    double value = 0;
    if (length != 8) {
        return codec_refuse_wire(e, "float8");
    }
    uint64_t bits = codec_u64(wire);
    memcpy(&value, &bits, sizeof value);
    return float_get(value, DBL_DIG, hint, out, arena, e);
}

/* What is not whole is a real as "number", too. */
static int float8_comes_back(const struct cell *c, const unsigned char *data, const unsigned char *wire,
                             const struct codec_hint *hint, const unsigned char *forms, size_t count)
{
    (void)data;
    (void)wire;
    (void)hint;
    return count == 1 && forms[0] == FLOAT_NUMBER && c->class == CELL_REAL && !isnan(c->as.real) &&
           !codec_is_whole(c->as.real);
}

#define INTEGER_CODEC(name, number)                                                                 \
    {                                                                                               \
        .type = #name, .oid = number, .put = name##_put, .get = name##_get, .forms = integer_forms, \
        .own_form = INTEGER_TEXT, .identity = CELL_INTEGER                                          \
    }

const struct codec codecs_number[] = {
    {.type = "bool",
     .oid = 16,
     .put = bool_put,
     .get = bool_get,
     .forms = bool_forms,
     .own_form = BOOL_OWN,
     .identity = CELL_INTEGER},
    INTEGER_CODEC(int2, 21),
    INTEGER_CODEC(int4, 23),
    INTEGER_CODEC(int8, 20),
    INTEGER_CODEC(oid, 26),
    {.type = "float4", .oid = 700, .put = float4_put, .get = float4_get, .forms = float_forms, .own_form = FLOAT_TEXT},
    {.type = "float8",
     .oid = 701,
     .put = float8_put,
     .get = float8_get,
     .forms = float_forms,
     .comes_back = float8_comes_back,
     .own_form = FLOAT_TEXT,
     .identity = CELL_REAL},
    {.type = "numeric",
     .oid = 1700,
     .put = numeric_put,
     .get = numeric_get,
     .forms = numeric_forms,
     .form_key = numeric_key,
     .comes_back = numeric_comes_back,
     .own_form = NUMERIC_OWN},
    {.type = NULL},
};
