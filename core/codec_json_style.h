/* codec_json_style.h: writing JSON in the styles of other programs; for codec files only. */
#ifndef WHERRY_CODEC_JSON_STYLE_H
#define WHERRY_CODEC_JSON_STYLE_H

#include "codec_common.h"
#include "json_scan.h"

/* Appends JSON that has no other white space than spaces in this style. 0, or -1 and e (ERR_MEMORY). */
int json_append_in_style(const unsigned char *json, size_t length, int style, struct bytes *out, struct err *e);

/* The forms of what codecs write as JSON without spaces: the names, and the cell of such a text in a form. 0, or -1 and
 * e. */
extern const char *const json_text_forms[];
int json_text_cell(const unsigned char *json, size_t length, const struct codec_hint *hint, struct cell *out,
                   struct bytes *arena, struct err *e);

#endif
