/* batch.h: rows in flight. A cell is one of SQLite's five storage classes; a batch is cells in row-major order plus an
 * arena for the bytes of texts and blobs. A batch closes at BATCH_ROWS rows or BATCH_BYTES bytes; a larger row travels
 * alone. Nothing here knows SQLite, Lua or PostgreSQL. */
#ifndef WHERRY_BATCH_H
#define WHERRY_BATCH_H

#include <stdint.h>

#include "mem.h"

enum cell_class { CELL_NULL = 0, CELL_INTEGER, CELL_REAL, CELL_TEXT, CELL_BLOB };

/* 16 bytes. Texts and blobs are `length` bytes at `offset` of the batch's arena (not NUL-terminated). */
struct cell {
    union {
        int64_t integer;
        double real;
        uint64_t offset;
    } as;
    uint32_t length; /* bytes of a text or blob */
    uint8_t class;   /* enum cell_class */
    uint8_t marks;   /* of enum cell_mark; what is written into the cell later has none */
};

/* What stages say of a cell. */
enum cell_mark {
    CELL_MISSED = 1, /* a key that the column's lookup does not have: a bad value, if it stays as it is */
    CELL_NO_KEY = 2, /* .. that is kept, or has become NULL, because the plan says so */
    CELL_MAPPED = 4, /* the column's map has given another value than the one that it got */
    CELL_UNFIT = 8   /* the column's map has failed for it, and it has become NULL, because the plan says so */
};

enum { BATCH_ROWS = 1000, BATCH_BYTES = 1024 * 1024 };

struct batch {
    struct cell *cells; /* rows * columns, row-major; owned */
    size_t columns;
    size_t rows;
    size_t row_capacity;
    size_t row_limit;   /* closes at fewer rows than BATCH_ROWS; 0: at BATCH_ROWS */
    struct bytes arena; /* owned */
};

/* Prepares an empty batch for rows of `columns` cells. 0, or -1 and e. */
int batch_init(struct batch *b, size_t columns, struct err *e);
void batch_free(struct batch *b);

/* Forgets the rows; memory is kept, but an arena that grew beyond 4 * BATCH_BYTES is given back. */
void batch_clear(struct batch *b);

/* Adds a row of NULL cells and returns its first cell, or NULL and e. The pointer is valid until the next batch_row. */
struct cell *batch_row(struct batch *b, struct err *e);

/* Sets a text or blob cell to a copy of `length` bytes in the arena. 0, or -1 and e (ERR_MEMORY). */
int batch_bytes(struct batch *b, struct cell *c, enum cell_class class, const void *data, size_t length, struct err *e);

/* True when the batch has to be closed. */
int batch_full(const struct batch *b);

/* The bytes of a text or blob cell. Valid until the batch's arena grows. */
static inline const unsigned char *batch_data(const struct batch *b, const struct cell *c)
{
    return b->arena.data + c->as.offset;
}

/* "null", "integer", "real", "text" or "blob". Static storage. */
const char *cell_class_name(enum cell_class class);

/* Renders a cell's value for messages, without quotes: digits, escaped text, hex of a blob, "" for NULL; cut with an
 * ellipsis. bytes: the cell's bytes, or NULL for classes without any. */
void cell_describe(char *out, size_t size, const struct cell *c, const unsigned char *bytes);

/* Doubles as text: the shortest decimal that reads back as the same double, with a ".0" where it would look like an
 * integer ("1.0", "1e+100", "0.30000000000000004"); Inf as "Infinity"/"-Infinity". Returns the length. size >= 32. */
size_t real_to_text(char *out, size_t size, double value);

#endif
