/* verify_unread.h: rows of which a file of SQLite keeps a value in a form that no codec reads back, such as dates
 * before Christ. No digest of wires can have them, so they are compared as the cells that they are. */
#ifndef WHERRY_VERIFY_UNREAD_H
#define WHERRY_VERIFY_UNREAD_H

#include "copyfmt.h"
#include "copyfmt_read.h"

/* How a table of PostgreSQL became cells, and how these become wires again: column by column. */
struct unread_spec {
    const struct read_column *read;
    const struct copy_column *write; /* write[i].cell is i */
    size_t count;
};

/* Zero-initialise but for `spec`; free with unread_free. */
struct unread_reader {
    const struct unread_spec *spec;
    struct copy_format format;
    struct batch batch;
    struct bytes wire;
    struct bytes record;
};

void unread_free(struct unread_reader *r);

/* Whether the cells of a row of PostgreSQL can't be read back: 1, and *hash is theirs; 0; or -1 and e. */
int unread_row(struct unread_reader *r, const struct copy_field *fields, uint64_t *hash, struct err *e);

/* The hash of the cells that the columns take: of their classes and bytes. `record` is room for them. 0, or -1 and e.
 * SQLite does not keep the sign of -0.0 everywhere, so zeros are one. */
int unread_hash(const struct batch *b, size_t row, const struct copy_column *columns, size_t count,
                struct bytes *record, uint64_t *hash, struct err *e);

#endif
