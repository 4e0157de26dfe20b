/* sorter.h: records of one size, sorted, more of them than memory should hold: full buffers are sorted and written, as
 * runs, into one unlinked file in TMPDIR, and merged when they are read. Nothing is left behind, however the process
 * ends. */
#ifndef WHERRY_SORTER_H
#define WHERRY_SORTER_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* Sorted by key, then by row. */
struct sort_record {
    uint64_t key[2];
    uint64_t row;
};

/* The file of all sorters that share it. */
struct spill;

/* Makes the file in $TMPDIR or /tmp. *out is owned by the caller. 0, or -1 and e (ERR_ENVIRONMENT, ERR_MEMORY). */
int spill_open(struct spill **out, struct err *e);

/* Bytes written so far. */
int64_t spill_bytes(const struct spill *s);

/* Bytes of a caller's own in the same file: *offset is where they begin. From any thread. 0, or -1 and e. */
int spill_append(struct spill *s, const void *data, size_t length, int64_t *offset, struct err *e);
int spill_read(const struct spill *s, void *into, size_t length, int64_t offset, struct err *e);

/* NULL is allowed. Sorters over it are of no use any more. */
void spill_close(struct spill *s);

struct sort_run {
    int64_t offset; /* in the file */
    uint64_t count; /* records */
};

/* The runs of one sorted sequence. Zero-initialise, then set `spill`; free with sorter_free. */
struct sorter {
    struct spill *spill;   /* not owned */
    struct sort_run *runs; /* owned */
    size_t count;
    size_t capacity;
};

void sorter_free(struct sorter *s);

/* What one thread adds to a sorter: each has its own. Zero-initialise, then set `sorter`. */
struct sort_buffer {
    struct sorter *sorter;
    struct sort_record *records; /* owned */
    size_t count;
    size_t capacity;
};

/* Adds a record. 0, or -1 and e (ERR_ENVIRONMENT where the file cannot be written, ERR_MEMORY). */
int sort_buffer_add(struct sort_buffer *b, const struct sort_record *record, struct err *e);

/* Sorts and writes what is left, and frees the buffer. 0, or -1 and e. */
int sort_buffer_flush(struct sort_buffer *b, struct err *e);

/* Frees the buffer without writing. */
void sort_buffer_free(struct sort_buffer *b);

/* Reads a sorter in order, as often as wanted, once nobody adds to it any more. */
struct sort_cursor;

/* *out is owned by the caller. 0, or -1 and e. */
int sort_cursor_open(struct sort_cursor **out, struct sorter *s, struct err *e);

/* 1: *record is the next one; 0: the end; -1 and e (also ERR_INTERRUPTED when stop_signal() is set). */
int sort_cursor_next(struct sort_cursor *c, struct sort_record *record, struct err *e);

/* NULL is allowed. */
void sort_cursor_close(struct sort_cursor *c);

#endif
