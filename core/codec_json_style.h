/* codec_json_style.h: the styles in which programs write the same JSON, and which text of a style jsonb gives back; for
 * codec files only. */
#ifndef WHERRY_CODEC_JSON_STYLE_H
#define WHERRY_CODEC_JSON_STYLE_H

#include "codec_common.h"

/* 0 is jsonb's own: a space after each comma and colon, and all characters as they are. */
enum {
    JSON_COMPACT = 1, /* no spaces: JavaScript */
    JSON_ASCII = 2    /* all others than ASCII as \uXXXX: Python, with spaces */
};

/* True when jsonb keeps this JSON text but for its style, and the text is of this style to the byte: keys in jsonb's
 * order (by length, then bytes), each once, numbers without exponent, no escape that is not needed. `json` has passed
 * json_check. */
int json_is_canonical(const unsigned char *json, size_t length, int style);

/* Appends JSON that has no other white space than spaces in this style. 0, or -1 and e (ERR_MEMORY). */
int json_append_in_style(const unsigned char *json, size_t length, int style, struct bytes *out, struct err *e);

/* The forms of what codecs write as JSON without spaces: the names, and the cell of such a text in a form. 0, or -1 and
 * e. */
extern const char *const json_text_forms[];
int json_text_cell(const unsigned char *json, size_t length, const struct codec_hint *hint, struct cell *out,
                   struct bytes *arena, struct err *e);

#endif
