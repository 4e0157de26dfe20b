/* codec_stored.h: moments as numbers and as Go writes them, durations as numbers, for the codecs of dates, timestamps
 * and intervals; nobody else includes it. All moments are microseconds since 2000-01-01 00:00:00 UTC, and lie in the
 * years 0001 to 9999. */
#ifndef WHERRY_CODEC_STORED_H
#define WHERRY_CODEC_STORED_H

#include "codec_clock.h"

#define STORED_FIRST INT64_C(-63082281600000000) /* 0001-01-01 00:00:00 */
#define STORED_END INT64_C(252455616000000000)   /* 10000-01-01 00:00:00 */

/* Whether values are read here: false for texts in ISO form, which codec_time.c reads. */
static inline int stored_is_other(enum codec_stored stored)
{
    return stored != STORED_BY_FORM && stored != STORED_ISO;
}

/* The moment of a cell that holds what was declared. 0, or -1 and e.
 *
 * Integers and decimal texts are exact: what is finer than a microsecond is refused. A real of unix, unix_ms and
 * core_data is taken as the nearest microsecond, a half upwards; one of the finer units has to be a whole number within
 * 2^53. A Julian day is taken as the nearest millisecond, as SQLite's own functions do: a double of that size is no
 * finer than some 40 microseconds. */
int stored_read(const struct cell *c, const unsigned char *data, enum codec_stored stored, int64_t *moment,
                struct err *e);

/* The microseconds of a cell that counts a unit of time: as above, but of any size. 0, or -1 and e. */
int stored_read_duration(const struct cell *c, const unsigned char *data, enum codec_stored stored,
                         int64_t *microseconds, struct err *e);

/* As what a moment is written. */
enum stored_as {
    AS_USUAL,  /* Julian days as reals, Go's as texts, others as numbers */
    AS_NUMBER, /* an integer where the unit divides the moment, else a real */
    AS_REAL,
    AS_REAL_OR_INTEGER, /* of Julian days: an integer at noon */
    AS_TEXT             /* decimal, without zeros at the end of a fraction */
};

/* The cell of a moment. Where no real is read as it (times far from today) it is decimal text. A moment that the stored
 * form cannot tell is refused. */
int stored_write(int64_t moment, enum codec_stored stored, enum stored_as as, struct cell *out, struct bytes *arena,
                 struct err *e);

/* The cell of a duration, likewise. */
int stored_write_duration(int64_t microseconds, enum codec_stored stored, enum stored_as as, struct cell *out,
                          struct bytes *arena, struct err *e);

/* Whether a column that is stored so may be written so; the first one is the usual one. */
int stored_is_written_as(enum codec_stored stored, enum stored_as as);

/* Refuses a value that is not of the declared form: "<what>, where the column is declared to hold ...". Returns -1. */
int stored_refuse(enum codec_stored stored, const char *what, struct err *e);

/* Dates in texts, of codec_time.c: days since 2000-01-01. NULL, or why the text does not begin with YYYY-MM-DD. */
const char *time_read_date(struct reader *r, int64_t *day);

/* Gives the place behind the date. Sets *before_christ: the mark goes to the end of the text, behind a time. */
char *time_write_date(char *at, int64_t day, int *before_christ);

#endif
