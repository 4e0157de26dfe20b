/* copyfmt.h: the two formats of COPY as pure functions over buffers.
 * Binary format: PostgreSQL documentation, "COPY", "Binary Format". Text format: the same page, "Text Format".
 * A table goes in binary when every column has a codec; otherwise the whole table goes in text: then a column with a
 * codec still passes through it (put, get, then text), and one without is given to the server's input function; a blob
 * is refused there: some types would take its hexadecimal text for the value itself. */
#ifndef WHERRY_COPYFMT_H
#define WHERRY_COPYFMT_H

#include "codec.h"
#include "fold.h"
#include "form_watch.h"
#include "mend.h"
#include "remap.h"

/* What becomes of a value that does not fit its column. */
enum on_bad {
    ON_BAD_FAIL,   /* the run stops */
    ON_BAD_REJECT, /* the row is kept out of the target */
    ON_BAD_NULL    /* it is left out: NULL; where the column refuses that, the run stops */
};

/* One column of the target, as the encoder needs it. */
struct copy_column {
    size_t cell;               /* index of the source cell in the batch's row */
    const struct fold *fold;   /* NULL, or how the value is made of several cells; `cell` is none of them then */
    const struct remap *remap; /* NULL, or what keys are replaced by; owned by the plan */
    const struct codec *codec; /* NULL: no codec; text format only */
    struct codec_hint hint;
    int not_null;                    /* the target refuses NULL: told here, before the server does */
    const unsigned char *null_field; /* what stands for NULL, as a whole field of the table's format: the column's
                                        default; NULL: NULL does. Owned by the plan */
    size_t null_length;
    const char *source_name; /* for messages; owned by the plan */
    const char *target_name;
    const char *type_name;  /* for messages, e.g. "integer", "character varying(10)" */
    const enum mend *mends; /* conversions that a value that does not fit goes through, each on what the one before
                               left, until it fits; owned by the plan */
    size_t mend_count;
    enum on_bad on_bad; /* what becomes of one that still does not */
};

/* What happened to a column's values; rows that are refused do not count. */
struct copy_counts {
    int64_t values;    /* that are not NULL in the target */
    int64_t nulled;    /* did not fit, and became NULL */
    int64_t converted; /* fit after a conversion */
    int64_t defaulted; /* NULLs for which the column's default stands; values, too */
    int64_t missed;    /* keys that the lookup does not have: kept or NULL, as the plan says */
    int64_t mapped;    /* that the column's map has changed, also to NULL */

    /* Of the row under way, so that it can be taken back. */
    int noted; /* what it added to the counts above: bits 1, 2, 4, 8, 16 and 32 */
    int64_t inexact_before;
};

struct copy_format {
    int binary;
    const struct copy_column *columns;
    size_t count;
    struct bytes scratch; /* text format: wire and cells in between; zero at start, freed by copy_format_free */
    struct bytes scratch_arena;
    struct bytes mended[2];     /* what conversions make; as scratch */
    struct bytes folded;        /* a document of several cells; as scratch */
    struct form_watch *watches; /* one a column, told of each value that was put; NULL: nobody asks. Not owned */
    struct copy_counts *counts; /* one a column; NULL: nobody asks. Not owned */
};

void copy_format_free(struct copy_format *f);

/* What stands before the first row and behind the last one (binary: signature and trailer; text: nothing). */
int copy_begin(const struct copy_format *f, struct bytes *out, struct err *e);
int copy_end(const struct copy_format *f, struct bytes *out, struct err *e);

/* Appends a text as the text format wants it within a field. 0, or -1 and e (ERR_MEMORY). */
int copy_escape(struct bytes *out, const unsigned char *text, size_t length, struct err *e);

/* The field of an encoded binary row at `at` (the first one stands behind two bytes with their number). *length: of its
 * value, which begins at the place that is returned; -1: NULL. The next field stands behind the value. */
const unsigned char *copy_field(const unsigned char *at, int *length);

/* A refusal that rejects the row instead of stopping the run. */
enum { COPY_REJECT = 1 };

/* Appends the field of one column (an index into f->columns) for row `row` of the batch: binary with its length word;
 * text without what separates fields. Conversions and NULL, as the column says, are done. On a value that does not fit:
 * out->length is as before, COPY_REJECT where the column rejects such rows, else -1, and e holds ERR_VALUE with column
 * (the source column's name), value, message (with the target column and type) and hint. */
int copy_cell(struct copy_format *f, size_t column, const struct batch *b, size_t row, struct bytes *out,
              struct err *e);

/* Appends row `row` of the batch. As copy_cell; of several values that do not fit, one that stops the run goes before
 * one that rejects the row, else the first is told. */
int copy_row(struct copy_format *f, const struct batch *b, size_t row, struct bytes *out, struct err *e);

#endif
