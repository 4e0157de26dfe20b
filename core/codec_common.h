/* codec_common.h: what the codec files share among themselves; nobody else includes it. */
#ifndef WHERRY_CODEC_COMMON_H
#define WHERRY_CODEC_COMMON_H

#include "codec.h"

/* Sets ERR_VALUE with the reason (printf format) and the hint (NULL: the general one). Always returns -1. */
int codec_refuse(struct err *e, const char *hint, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Refuses a cell for its storage class: "a blob is not <what>", e.g. what = "a boolean". Always returns -1. */
int codec_refuse_class(struct err *e, const struct cell *c, const char *what);

/* Refuses wire that the type's send function never makes. Always returns -1. */
int codec_refuse_wire(struct err *e, const char *type);

/* Leaves out ASCII white space on both sides. */
void codec_trim(const unsigned char **text, size_t *length);

/* True when the bytes are this word, letter for letter. */
int codec_is_word(const unsigned char *text, size_t length, const char *word);

/* [+-] digits as a 64-bit integer: 0; -1 when it is no integer; 1 when it is one beyond 64 bits. */
int codec_parse_integer(const unsigned char *text, size_t length, int64_t *value);

/* Writes the digits of an integer (at most 20 bytes, no NUL) and returns their number. */
size_t codec_integer_text(char out[24], int64_t value);

/* Makes `out` a text or blob cell with a copy of the bytes in `arena`. 0, or -1 and e. */
int codec_store(struct cell *out, enum cell_class class, const void *data, size_t length, struct bytes *arena,
                struct err *e);

/* Make `out` the cell of a number. */
void codec_integer_cell(struct cell *out, int64_t value);
void codec_real_cell(struct cell *out, double value);

/* True for a double that an integer of 64 bits stands for, which -0.0 is not. */
int codec_is_whole(double value);

/* Makes `out` the number whose text this is, letter for letter as text columns and JSON take one: an integer, or a real
 * that is not infinite. False when it is none. */
int codec_number_cell(const unsigned char *text, size_t length, struct cell *out);

/* Makes `out` a text cell of what was appended to `arena` from `start` on. 0, or -1 and e. */
int codec_text_from(struct cell *out, size_t start, struct bytes *arena, struct err *e);

/* Fills in the big-endian length or count at `at`, for which four bytes were left. */
void codec_fill_u32(struct bytes *out, size_t at, size_t value);

/* Big-endian reads. */
static inline uint16_t codec_u16(const unsigned char *wire)
{
    return (uint16_t)((unsigned)wire[0] << 8 | wire[1]);
}

static inline uint32_t codec_u32(const unsigned char *wire)
{
    return (uint32_t)wire[0] << 24 | (uint32_t)wire[1] << 16 | (uint32_t)wire[2] << 8 | wire[3];
}

static inline uint64_t codec_u64(const unsigned char *wire)
{
    return (uint64_t)codec_u32(wire) << 32 | codec_u32(wire + 4);
}

/* Below 0, 0 or above 0: how two values of an integer, date, time or numeric type compare, by the wire that `put`
 * makes. 0 for all other types. */
int codec_wire_order(uint32_t oid, const unsigned char *a, size_t a_length, const unsigned char *b, size_t b_length);

/* A double of text: decimal digits, NaN, Infinity, -Infinity. 0, or -1 and e: no such text, or beyond a double. */
int codec_read_double(const unsigned char *text, size_t length, double *value, struct err *e);

/* The float that prints as this double. 0, or -1 and e: there is none. */
int codec_narrow(double value, float *narrow, struct err *e);

/* The double of the shortest decimal that identifies the float: what PostgreSQL prints for it. */
double codec_float_as_printed(float value);

/* Writes a double as PostgreSQL prints it (no NUL) and returns the length: the shortest decimal, with an exponent from
 * 10^whole_digits on: DBL_DIG for double precision, FLT_DIG for codec_float_as_printed. Some powers of two get one
 * digit more than PostgreSQL prints. */
enum { CODEC_REAL_TEXT = 40 };
size_t codec_real_text(char out[CODEC_REAL_TEXT], double value, int whole_digits);

/* numeric has a file of its own (codec_numeric.c); the table that names it is codecs_number. */
enum { NUMERIC_OWN = 2 }; /* the form that is the server's own text */
extern const char *const numeric_forms[];
uint32_t numeric_key(const unsigned char *wire, size_t length, const struct codec_hint *hint);
int numeric_comes_back(const struct cell *c, const unsigned char *data, const unsigned char *wire,
                       const struct codec_hint *hint, const unsigned char *forms, size_t count);
int numeric_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                struct err *e);
int numeric_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                struct bytes *arena, struct err *e);

/* tsvector (codec_tsvector.c); the table that names it is codecs_store. */
int tsvector_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                 struct err *e);
int tsvector_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                 struct bytes *arena, struct err *e);

/* Arrays (codec_array.c) and composites (codec_composite.c); the table that names them is codecs_kind. */
int array_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
              struct err *e);
int array_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
              struct bytes *arena, struct err *e);
int array_has_form(const struct codec_hint *hint);
int array_is_kept(const unsigned char *wire, size_t length, const struct codec_hint *hint);
int composite_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                  struct err *e);
int composite_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                  struct bytes *arena, struct err *e);
int composite_has_form(const struct codec_hint *hint);
int composite_is_kept(const unsigned char *wire, size_t length, const struct codec_hint *hint);

/* Ranges and multiranges (codec_range.c); the table that names them is codecs_kind. */
int range_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
              struct err *e);
int range_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
              struct bytes *arena, struct err *e);
int range_is_kept(const unsigned char *wire, size_t length, const struct codec_hint *hint);
int multirange_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                   struct err *e);
int multirange_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                   struct bytes *arena, struct err *e);
int multirange_is_kept(const unsigned char *wire, size_t length, const struct codec_hint *hint);

#endif
