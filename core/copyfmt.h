/* copyfmt.h: the two formats of COPY as pure functions over buffers.
 * Binary format: PostgreSQL documentation, "COPY", "Binary Format". Text format: the same page, "Text Format".
 * A table goes in binary when every column has a codec; otherwise the whole table goes in text: then a column with a
 * codec still passes through it (put, get, then text), and one without is given to the server's input function; a blob
 * is refused there: some types would take its hexadecimal text for the value itself. */
#ifndef WHERRY_COPYFMT_H
#define WHERRY_COPYFMT_H

#include "codec.h"
#include "form_watch.h"

/* One column of the target, as the encoder needs it. */
struct copy_column {
    size_t cell;               /* index of the source cell in the batch's row */
    const struct codec *codec; /* NULL: no codec; text format only */
    struct codec_hint hint;
    int not_null;            /* the target refuses NULL: told here, before the server does */
    const char *source_name; /* for messages; owned by the plan */
    const char *target_name;
    const char *type_name; /* for messages, e.g. "integer", "character varying(10)" */
};

struct copy_format {
    int binary;
    const struct copy_column *columns;
    size_t count;
    struct bytes scratch; /* text format: wire and cells in between; zero at start, freed by copy_format_free */
    struct bytes scratch_arena;
    struct form_watch *watches; /* one a column, told of each value that was put; NULL: nobody asks. Not owned */
};

void copy_format_free(struct copy_format *f);

/* What stands before the first row and behind the last one (binary: signature and trailer; text: nothing). */
int copy_begin(const struct copy_format *f, struct bytes *out, struct err *e);
int copy_end(const struct copy_format *f, struct bytes *out, struct err *e);

/* Appends row `row` of the batch. On a value that does not fit: out->length is as before, -1, and e holds ERR_VALUE
 * with column (the source column's name), value, message (with the target column and type) and hint. */
int copy_row(struct copy_format *f, const struct batch *b, size_t row, struct bytes *out, struct err *e);

#endif
