/* codec_time_form.h: the forms in which dates and times are written, for the codecs of dates and times; nobody else
 * includes it.
 *
 * A form's name says what stands between date and time ("T" or "space"), how many digits a fraction of a second has,
 * and how the offset from UTC is written, if at all: "T .3 Z" is JavaScript's toISOString(), "space .0" SQLite's
 * CURRENT_TIMESTAMP and Python's str(datetime), "space .6" what SQLAlchemy and Rails write, "space .* +00:00" Go's
 * drivers, "T .3* Z" Java's Instant, "T minutes" Java's LocalDateTime, "space .0 space +0000" Ruby's Time, "space .*
 * +00" PostgreSQL itself. Digits:
 *
 *     .0 to .6   so many, and all six where a value has more: Python's isoformat() is .0
 *     .7, .9     so many, which are zeros behind the microseconds: .NET, Go
 *     .*         as many as the value needs, and no point without any
 *     .3*        as many as it needs, in steps of three
 *     minutes    no seconds where they are zero, else as .3*
 *     date       the date alone where the time is 00:00:00, else as space .0
 *
 * Every form writes every value, so that nothing is lost where a later value does not suit it. */
#ifndef WHERRY_CODEC_TIME_FORM_H
#define WHERRY_CODEC_TIME_FORM_H

#include "codec_clock.h"

enum time_digits { DIGITS_NEEDED = 16, DIGITS_THREES, DIGITS_MINUTES, DIGITS_DATE }; /* others: their number */

enum time_offset {
    OFFSET_NONE,
    OFFSET_Z,     /* Z, where it is zero; of a moment: in UTC */
    OFFSET_SHORT, /* +00, with minutes and seconds where they are not zero: as PostgreSQL */
    OFFSET_COLON, /* +00:00 */
    OFFSET_PLAIN, /* +0000 */
    OFFSET_APART  /* a space, then +0000 */
};

struct time_form {
    unsigned char separator; /* between date and time: ' ' or 'T' */
    unsigned char digits;    /* enum time_digits */
    unsigned char offset;    /* enum time_offset */
};

/* The forms of each type by index, as their codec names them. Behind those of texts, dates and timestamps have the
 * forms of values that are stored otherwise: enum stored_as, without its first. */
extern const struct time_form timestamptz_forms[];
extern const struct time_form timestamp_forms[];
extern const struct time_form date_forms[];
extern const struct time_form time_forms[];
extern const struct time_form timetz_forms[];
extern const char *const timestamptz_form_names[];
extern const char *const timestamp_form_names[];
extern const char *const date_form_names[];
extern const char *const time_form_names[];
extern const char *const timetz_form_names[];
enum { MOMENT_TEXTS = 121, DATE_TEXTS = 13 };                                     /* forms of texts */
enum { TIMESTAMPTZ_OWN = 32, TIMESTAMP_OWN = 30, TIME_OWN = 3, TIMETZ_OWN = 14 }; /* ".*", and +00: the server's own */

/* Digits of the fraction of a second that a form writes for a time of day, or for microseconds since any midnight; -1:
 * the seconds are left out, -2: the whole time is. */
int clock_form_digits(int64_t microseconds, unsigned char digits);

/* Whether a text that was read as a moment without any zone but its own is YYYY-MM-DD HH:MM:SS.ffffff, with an offset
 * of zero where a form has one, and each of the forms with these indexes in `all` writes that moment with just this
 * text. */
int time_is_in_forms(const unsigned char *text, size_t length, const struct time_form *all, const unsigned char *forms,
                     size_t count);

/* Two digits of a number below 100. Gives the place behind them. */
static inline char *clock_write_two(char *at, uint32_t value)
{
    at[0] = (char)('0' + value / 10);
    at[1] = (char)('0' + value % 10);
    return at + 2;
}

/* The point and so many digits, 1 to 9, of a fraction of a second. Gives the place behind them. */
char *clock_write_fraction(char *at, uint32_t microseconds, int digits);

/* HH:MM[:SS[.fff...]] with so many digits, as clock_form_digits gives them. Gives the place behind it. */
char *clock_write_time(char *at, int64_t microseconds, int digits);

/* An offset in seconds east of UTC. Gives the place behind it. */
char *clock_write_offset(char *at, int32_t seconds, unsigned char offset);

#endif
