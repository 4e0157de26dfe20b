/* verify_capture.h: what is kept of a row that has a counterpart which is not the same: enough to say which columns
 * differ, from where on, and what stands there; a long value is not kept as a whole. */
#ifndef WHERRY_VERIFY_CAPTURE_H
#define WHERRY_VERIFY_CAPTURE_H

#include "verify_source.h"

enum {
    CAPTURE_TEXT = 240,     /* bytes of a value's text at most */
    CAPTURE_NAME = 256,     /* bytes of what names a row in the source, with its NUL */
    CAPTURE_BYTES = 4 << 10 /* of a value's wire at most */
};

/* How the wire of a column of the target is read. */
struct capture_column {
    const struct codec *codec; /* NULL: its wire is text where it is UTF-8, else bytes */
    struct codec_hint hint;
};

/* Appends what is kept of a row; columns: one for each of row->spec. 0, or -1 and e. */
int capture_row(struct bytes *out, const struct verify_row *row, const struct capture_column *columns, struct err *e);

/* A value of a row that was kept; everything lies in what was kept. */
struct captured_value {
    int is_null;
    uint32_t length; /* of its wire */
    uint64_t hash;   /* of its wire */
    enum cell_class class;
    const char *text; /* what is shown: a text as it is, cut where it is long */
    size_t text_length;
    const unsigned char *bytes; /* of its wire, the first ones */
    size_t count;               /* of them */
};

/* What a row is called in the source, "" where it has no name; *rest: where its values begin. */
const char *captured_name(const unsigned char *row, const unsigned char **rest);

/* The value at `at`, which moves behind it. */
struct captured_value captured_next(const unsigned char **at);

/* Where two values begin to differ: the number of a byte of their wire, from 0, or one of these. */
enum { CAPTURE_SAME = -1, CAPTURE_BEHIND = -2 };
int64_t captured_difference(const struct captured_value *a, const struct captured_value *b);

/* What is shown of a value that differs from another one from byte `from` on: its text, or for a long one what stands
 * about there. Returns its length; it has no NUL of its own, and may hold any byte that a text holds. */
size_t captured_show(char out[CAPTURE_TEXT], const struct captured_value *value, int64_t from);

#endif
