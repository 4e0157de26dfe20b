/* lane_reject.h: what a lane writes to the journal besides its steps: rows that were rejected, what happened to the
 * values of each column, and for which reasons rows were dropped. All are made as lines in the text format of COPY,
 * without the run and the slice. Only the files of the lane include this. */
#ifndef WHERRY_LANE_REJECT_H
#define WHERRY_LANE_REJECT_H

#include "lane.h"

/* The columns of journal.reject, and what the lines have of them: all but run and slice. */
#define REJECT_COLUMNS \
    "run, slice, source, source_table, target, key, key_text, column_name, value, sqlstate, reason, hint, row"

/* What is told of a rejected row besides its place; texts are owned by the caller. */
struct reject_facts {
    struct bytes value; /* of the column, as JSON; length 0: no column was named */
    struct bytes row;   /* all cells, as JSON */
    const char *column; /* source column; NULL: none was named */
    char sqlstate[6];   /* "": there is none, as of a function of the script */
};

/* What `why` says of a row: a refusal of the codec (ERR_VALUE, with a source column), or of the server (with a target
 * column, if any). Free it with reject_facts_free. 0, or -1 and e. */
int reject_facts_of(struct reject_facts *f, const struct table_load *t, const struct batch *b, size_t row,
                    const struct err *why, struct err *e);
void reject_facts_free(struct reject_facts *f);

/* Appends the line of a row that was rejected because of `why`. 0, or -1 and e. */
int reject_line(struct bytes *out, const struct table_load *t, const struct batch *b, size_t row, const struct err *why,
                struct err *e);

/* Appends a text; bytes that are not UTF-8 (a message may be cut within a character) become U+FFFD. 0, or -1 and e. */
int clean_text(struct bytes *out, const char *text, struct err *e);

/* What happened to the values of a column in a step. */
struct column_note {
    int64_t values; /* that are not NULL in the target */
    int64_t nulled;
    int64_t converted;
    int64_t defaulted;
    int64_t missed;
    int64_t mapped;
    int64_t inexact; /* do not come back as they were in the first form that still fits */
    unsigned char fits[CODEC_FORMS];
};

#define NOTE_COLUMNS "slice, column_name, value_count, nulled, converted, defaulted, missed, mapped, inexact, forms"

/* Appends a note of each column to `out` and begins to count anew. 0, or -1 and e. */
int notes_take(struct bytes *out, const struct table_load *t, struct form_watch *watches, struct copy_counts *counts,
               struct err *e);

#define REASON_COLUMNS "slice, reason, rows"

/* Appends lines that say for which reasons stages dropped rows, and begins to count anew. 0, or -1 and e. */
int reasons_take(struct bytes *out, struct stage_result *r, struct err *e);

/* Appends the lines of the notes, less what `refused` and its watches (NULL: nothing) have counted. 0, or -1 and e. */
int notes_lines(struct bytes *out, const struct table_load *t, const struct bytes *notes,
                const struct copy_counts *refused, const struct form_watch *watches, struct err *e);

#endif
