/* codec_clock.h: times of day in texts, for the codecs of dates, times and intervals; nobody else includes it. */
#ifndef WHERRY_CODEC_CLOCK_H
#define WHERRY_CODEC_CLOCK_H

#include "codec_common.h"

#define CLOCK_SECOND INT64_C(1000000) /* in microseconds, like all that follow */
#define CLOCK_MINUTE (60 * CLOCK_SECOND)
#define CLOCK_HOUR (60 * CLOCK_MINUTE)
#define CLOCK_DAY (24 * CLOCK_HOUR)

/* A text that is eaten from the front. */
struct reader {
    const unsigned char *at;
    size_t left;
};

static inline int reader_is(const struct reader *r, unsigned char byte)
{
    return r->left > 0 && r->at[0] == byte;
}

static inline int reader_is_digit(const struct reader *r)
{
    return r->left > 0 && r->at[0] >= '0' && r->at[0] <= '9';
}

static inline void reader_skip(struct reader *r, size_t count)
{
    r->at += count;
    r->left -= count;
}

/* Exactly `count` digits. 0 or -1. */
int reader_digits(struct reader *r, size_t count, int *value);

/* A separator and two digits. 0 or -1. */
int reader_part(struct reader *r, unsigned char separator, int *value);

/* The value of two digits; what are none set *bad. */
static inline int digits_of_two(const unsigned char *at, unsigned *bad)
{
    unsigned high = (unsigned)at[0] - '0';
    unsigned low = (unsigned)at[1] - '0';
    *bad |= (high > 9) | (low > 9);
    return (int)(high * 10 + low);
}

/* What follows gives NULL, or why the text is not of the form (static storage). */

/* The digits behind the point of the seconds, added to *microseconds: all that PostgreSQL keeps. More of them are
 * refused with clock_too_fine, unless they are zeros. */
const char *clock_read_fraction(struct reader *r, int64_t *microseconds);
extern const char clock_too_fine[];

/* HH:MM[:SS[.ffffff]] from 00:00 to 24:00:00; who knows no 24:00:00 refuses it with clock_no_such_time. */
const char *clock_read_time(struct reader *r, int64_t *microseconds);
extern const char clock_no_such_time[];

/* Z, +HH, +HHMM, +HH:MM or +HH:MM:SS in seconds east of UTC. */
const char *clock_read_offset(struct reader *r, int64_t *seconds);

/* Refuses what a type with so many fraction digits (-1: all) would round. 0, or -1 and e. */
int clock_check_digits(int64_t microseconds, int32_t digits, struct err *e);

/* At least `width` digits of a number that is not negative. Gives the place behind them. */
char *clock_write_digits(char *at, int64_t value, int width);

/* An interval: three parts that are never converted into one another. */
struct interval {
    int64_t months;
    int64_t days;
    int64_t microseconds;
};

/* NULL, or why the text is no interval (static storage). Months and days fit 32 bits. */
const char *interval_read(const unsigned char *text, size_t length, struct interval *i);
extern const char interval_beyond[];

/* interval has files of its own (codec_interval*.c); the table that names it is codecs_clock. */
enum { INTERVAL_OWN = 17 }; /* the form that is the server's own text */
extern const char *const interval_forms[];
int interval_has_form(const struct codec_hint *hint);
int interval_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                 struct err *e);
int interval_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                 struct bytes *arena, struct err *e);

#endif
