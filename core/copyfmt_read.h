/* copyfmt_read.h: the reading half of binary COPY as pure functions over buffers: the messages of COPY TO STDOUT into
 * cells. A message holds whole rows, and the first one the header before them. Nothing in it is trusted. */
#ifndef WHERRY_COPYFMT_READ_H
#define WHERRY_COPYFMT_READ_H

#include "codec.h"

/* Where in the stream the reader is. Zero-initialise. */
struct copy_reader {
    int begun; /* the header was there */
    int ended; /* the trailer was there: nothing may follow */
};

/* A field of a row: bytes inside the message. */
struct copy_field {
    const unsigned char *data;
    int32_t length; /* -1: NULL */
};

/* One column of the SELECT, and of the SQLite table that it fills. */
struct read_column {
    const struct codec *codec;
    struct codec_hint hint;
    const char *name;      /* for messages; owned by the plan */
    const char *type_name; /* of the server, for messages, e.g. "numeric(10,2)" */
};

/* The next row of the message from *at on, as `count` fields; *at moves behind it. 1: a row; 0: the message holds no
 * more; -1 and e (ERR_SERVER): this is not what COPY sends. */
int copy_read_row(struct copy_reader *r, const unsigned char *message, size_t length, size_t *at,
                  struct copy_field *fields, size_t count, struct err *e);

/* Adds a row of cells to the batch. On a value that has no cell: the batch is as before, *bad (may be NULL) is its
 * column's index, -1, and e holds ERR_VALUE with column, message, hint and the value where it has a text. */
int copy_read_cells(const struct read_column *columns, size_t count, const struct copy_field *fields, struct batch *b,
                    size_t *bad, struct err *e);

#endif
