/* cell_json.h: stored values as JSON, exact and with their storage class, for the journal and for documents:
 * {"class":"text","text":"..."}, {"class":"text","hex":".."} where the text has U+0000 or is no UTF-8,
 * {"class":"blob","hex":".."}, {"class":"integer","text":"42"}, {"class":"real","text":"0.1"}, {"class":"null"}. A text
 * or blob above CELL_JSON_BYTES is cut there, at the end of a character, and "bytes" says how long it is. */
#ifndef WHERRY_CELL_JSON_H
#define WHERRY_CELL_JSON_H

#include "batch.h"

enum { CELL_JSON_BYTES = 1024 * 1024 };

/* Appends a value. data: the bytes of a text or blob. 0, or -1 and e (ERR_MEMORY); then out is as it was. */
int cell_json(struct bytes *out, const struct cell *c, const unsigned char *data, struct err *e);

/* Appends an object of the first `count` cells of a row, named by `names`, in their order. As cell_json. */
int row_json(struct bytes *out, const struct batch *b, size_t row, const char *const *names, size_t count,
             struct err *e);

/* Appends a JSON string of bytes that ought to be UTF-8: a faulty one becomes U+FFFD. As cell_json. */
int json_string(struct bytes *out, const unsigned char *text, size_t length, struct err *e);

#endif
