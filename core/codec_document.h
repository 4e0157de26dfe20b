/* codec_document.h: what arrays and composites share: values inside a JSON text, from and to the wire of their codecs.
 * Only codec files include it, and for its strings fold.c and core/border/border_json_*.c.
 *
 * A value of type T inside JSON: null is NULL; a number of a number type is a JSON number, digit for digit (what JSON
 * has no number for is its string: "NaN", "Infinity"); a boolean is true or false; json, jsonb, arrays, composites and
 * hstore stand as they are; bytea is the string "\\x0102"; everything else is the string of T's own text. */
#ifndef WHERRY_CODEC_DOCUMENT_H
#define WHERRY_CODEC_DOCUMENT_H

#include "codec_common.h"

/* A JSON text that json_check has found good. */
struct document {
    const unsigned char *text;
    size_t length;
    size_t at;
};

/* Opens the text of a cell whose JSON must begin with `bracket` ('[' or '{'), and stands on it. `what` is how such a
 * text is called: "a JSON array". 0, or -1 and e. */
int document_open(struct document *d, const struct cell *c, const unsigned char *data, unsigned char bracket,
                  const char *what, struct err *e);

void document_skip_spaces(struct document *d);
int document_next_is(const struct document *d, unsigned char byte);

/* Where the value ends at whose first byte the document stands. */
size_t document_value_end(const struct document *d);

/* Appends what a JSON string (`length` bytes with its quotes) says. 0, or -1 and e. */
int document_unquote(const unsigned char *string, size_t length, struct bytes *out, struct err *e);

/* Appends a JSON string that says `text`. 0, or -1 and e. */
int document_quote(struct bytes *json, const unsigned char *text, size_t length, struct err *e);

/* True for types whose values may be JSON arrays themselves. */
int document_takes_arrays(const struct codec *codec);

/* Appends the length word and the wire of a JSON value. 0, or -1 and e. */
int document_put(const unsigned char *value, size_t length, const struct codec *codec, const struct codec_hint *hint,
                 struct bytes *out, struct err *e);

/* Appends the wire of a cell with its length word. 0, or -1 and e. */
int document_put_cell(const struct cell *c, const unsigned char *data, const struct codec *codec,
                      const struct codec_hint *hint, struct bytes *out, struct err *e);

/* Reads a length word and the wire behind it from the front of *wire, appends its JSON and moves on. `type` names what
 * they are part of. 0, or -1 and e. */
int document_get(const unsigned char **wire, size_t *length, const struct codec *codec, const struct codec_hint *hint,
                 const char *type, struct bytes *json, struct err *e);

/* Puts "at <place>: " before the message of an error of a value. Always returns -1. */
int document_place(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
