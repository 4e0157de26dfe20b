/* check_column.h: the values of a column that do not fit, by reason: how many, and the first of them. */
#ifndef WHERRY_CHECK_COLUMN_H
#define WHERRY_CHECK_COLUMN_H

#include "copyfmt.h"

enum { CHECK_EXAMPLES = 3, CHECK_REASONS = 20 };

/* What a run makes of a value that does not fit. */
enum check_outcome { CHECK_STOPS, CHECK_REJECTS, CHECK_NULLS, CHECK_CONVERTS };

struct check_example {
    char key[512]; /* what names the row; "" where nothing does */
    char value[256];
    char message[512];
};

/* Messages that differ in numbers and quoted words only are one reason. */
struct check_reason {
    char message[512]; /* the first; where others differ: with N and "..." in their places */
    char stable[512];
    char value_class[8];
    char hint[512];
    enum check_outcome outcome;
    int64_t count;
    struct check_example examples[CHECK_EXAMPLES];
    size_t example_count;
};

/* Zero-initialise; free with check_column_free. */
struct check_column {
    struct check_reason *reasons; /* owned; in the order in which they were met, at most CHECK_REASONS */
    size_t count;
    int64_t others;    /* values with a reason beyond those */
    int64_t bytes;     /* of wire */
    int64_t defaulted; /* NULLs for which the column's default would stand */
    int64_t missed;    /* as in struct copy_counts */
    int64_t mapped;
    struct form_watch watch;
};

/* Adds a refusal. e: as copy_cell gives it; column NULL: it is about whole rows. *reason: where the row is to be named,
 * NULL where examples are there already. 0, or -1 and `memory` (ERR_MEMORY). */
int check_column_add(struct check_column *c, const struct copy_column *column, const struct err *e,
                     enum check_outcome outcome, struct check_example **example, struct err *memory);

/* Adds what a later part of the table found; `later` is emptied. 0, or -1 and e (ERR_MEMORY). */
int check_column_merge(struct check_column *c, struct check_column *later, struct err *e);

void check_column_free(struct check_column *c);

#endif
