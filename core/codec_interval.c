/* codec_interval.c: interval on the wire, and the forms in which it is written. What the column's fields or its
 * fraction digits would leave out is refused: the server cuts it off in silence. */
#include <string.h>

#include "codec_stored.h"
#include "codec_time_form.h"

static const char interval_help[] =
    "intervals are read as ISO 8601 (P1Y2M3DT4H5M6.7S), HH:MM:SS[.ffffff], D HH:MM:SS, D.HH:MM:SS or as PostgreSQL "
    "prints them (1 year 2 mons -3 days +04:05:06.7): correct the value in the source, or give the target column a "
    "text type";

/* ---- what a column adds: which fields it keeps, and how many fraction digits ---- */

/* Bits of the upper half of the typmod, as PostgreSQL counts the fields of times. */
enum {
    FIELD_MONTH = 1 << 1,
    FIELD_YEAR = 1 << 2,
    FIELD_DAY = 1 << 3,
    FIELD_HOUR = 1 << 10,
    FIELD_MINUTE = 1 << 11,
    FIELD_SECOND = 1 << 12,
    FIELDS_ALL = 0x7FFF
};

/* The server leaves out in silence what is below the column's smallest field (months of YEAR, hours of DAY ...). */
static int check_fields(const struct interval *i, int32_t typmod, struct err *e)
{
    int fields = typmod < 0 ? FIELDS_ALL : (int)((uint32_t)typmod >> 16 & FIELDS_ALL);
    int digits = typmod < 0 ? -1 : (int)((uint32_t)typmod & 0xFFFF);
    int64_t unit = 1;
    int lost = 0;
    if (fields != FIELDS_ALL && (fields & FIELD_SECOND) == 0) {
        unit = (fields & FIELD_MINUTE) != 0 ? CLOCK_MINUTE : CLOCK_HOUR;
        lost = i->microseconds % unit != 0;
        if ((fields & (FIELD_HOUR | FIELD_MINUTE)) == 0) {
            lost = i->microseconds != 0;
        }
        if ((fields & (FIELD_DAY | FIELD_HOUR | FIELD_MINUTE)) == 0) {
            lost = lost || i->days != 0 || ((fields & FIELD_MONTH) == 0 && i->months % 12 != 0);
        }
    }
    if (lost) {
        return codec_refuse(e, "give the target column the type interval without fields; values are never cut off",
                            "the fields of the column leave out a part of the interval, which would be lost");
    }
    return clock_check_digits(i->microseconds, digits, e);
}

/* ---- put and get ---- */

/* Since version 17 PostgreSQL reads the outermost values of all three parts together as infinity and -infinity. */
static int is_infinite(const struct interval *i)
{
    return (i->months == INT32_MAX && i->days == INT32_MAX && i->microseconds == INT64_MAX) ||
           (i->months == INT32_MIN && i->days == INT32_MIN && i->microseconds == INT64_MIN);
}

static int put_parts(const struct interval *i, const struct codec_hint *hint, struct bytes *out, struct err *e)
{
    if (check_fields(i, hint->typmod, e) != 0 || bytes_put_u64(out, (uint64_t)i->microseconds, e) != 0 ||
        bytes_put_u32(out, (uint32_t)i->days, e) != 0) {
        return -1;
    }
    return bytes_put_u32(out, (uint32_t)i->months, e);
}

/* A word such as 'infinity' is refused. */
int interval_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                 struct err *e)
{
    struct interval i;
    size_t length = c->length;
    if (stored_is_other(hint->stored)) {
        i = (struct interval){0};
        return stored_read_duration(c, data, hint->stored, &i.microseconds, e) != 0 ? -1 : put_parts(&i, hint, out, e);
    }
    if (c->class == CELL_INTEGER || c->class == CELL_REAL) {
        return codec_refuse(e,
                            "a number has no unit by itself: declare it in the plan (stored = \"s\", \"ms\", \"us\", "
                            "\"ns\"), or give the target column a numeric type",
                            "%s is not an interval", c->class == CELL_INTEGER ? "an integer" : "a real");
    }
    if (c->class != CELL_TEXT) {
        return codec_refuse_class(e, c, "an interval");
    }
    codec_trim(&data, &length);
    if (length == 0) {
        return codec_refuse(e, interval_help, "an empty text is not an interval");
    }
    const char *why = interval_read(data, length, &i);
    if (why == NULL && is_infinite(&i)) {
        why = interval_beyond;
    }
    if (why != NULL) {
        return codec_refuse(e, interval_help, "%s", why);
    }
    return put_parts(&i, hint, out, e);
}

/* ---- the forms of a value ----
 *
 *     iso            P1Y2M3DT4H5M6.7S, each part with its sign, and PT0S
 *     iso -P         the same with one sign before the P where no part has another
 *     iso P0D        as iso, but P0D: Java's Period
 *     iso 00         P3DT04H05M06.000007S, with one sign before the P: Django's
 *     clock .0       04:05:06, with as many hours as there are; digits as in codec_time_form.h
 *     short clock .0 4:05:06: Python's str(timedelta)
 *     days .0        3 04:05:06, without days where they are 0: Django's
 *     net            3.04:05:06.7000000, without days and digits where they are 0: .NET's TimeSpan
 *     postgres       1 year 2 mons 3 days 04:05:06.7: the server's own
 *
 * What has no place in its form (months on a clock) is written as iso. */
enum style { ISO, ISO_SIGN_FIRST, ISO_NO_DAYS, ISO_PADDED, CLOCK_LONG, CLOCK_SHORT, DAYS_AND_CLOCK, NET, POSTGRES };

#define INTERVAL_FORMS(X)                           \
    X("iso", ISO, DIGITS_NEEDED)                    \
    X("iso -P", ISO_SIGN_FIRST, DIGITS_NEEDED)      \
    X("iso P0D", ISO_NO_DAYS, DIGITS_NEEDED)        \
    X("iso 00", ISO_PADDED, 0)                      \
    X("clock .0", CLOCK_LONG, 0)                    \
    X("clock .6", CLOCK_LONG, 6)                    \
    X("clock .3", CLOCK_LONG, 3)                    \
    X("clock .*", CLOCK_LONG, DIGITS_NEEDED)        \
    X("clock .7", CLOCK_LONG, 7)                    \
    X("short clock .0", CLOCK_SHORT, 0)             \
    X("short clock .6", CLOCK_SHORT, 6)             \
    X("short clock .3", CLOCK_SHORT, 3)             \
    X("short clock .*", CLOCK_SHORT, DIGITS_NEEDED) \
    X("days .0", DAYS_AND_CLOCK, 0)                 \
    X("days .6", DAYS_AND_CLOCK, 6)                 \
    X("days .*", DAYS_AND_CLOCK, DIGITS_NEEDED)     \
    X("net", NET, 7)                                \
    X("postgres", POSTGRES, DIGITS_NEEDED)
#define NAME(name, style, digits) name,
#define FORM(name, style, digits) {style, digits},

/* Behind the texts: forms of numbers, enum stored_as without its first. */
const char *const interval_forms[] = {INTERVAL_FORMS(NAME) "number", "real", "real or integer", "text", NULL};

static const struct form {
    unsigned char style;
    unsigned char digits; /* enum time_digits */
} forms[] = {INTERVAL_FORMS(FORM)};

enum { INTERVAL_TEXTS = INTERVAL_OWN + 1 };

_Static_assert(sizeof forms / sizeof forms[0] == INTERVAL_TEXTS, "INTERVAL_OWN");

/* Nothing for 0. */
static char *write_part(char *at, int64_t value, char unit)
{
    if (value != 0) {
        at += codec_integer_text(at, value);
        *at++ = unit;
    }
    return at;
}

static uint64_t size_of(int64_t value)
{
    return value < 0 ? UINT64_C(0) - (uint64_t)value : (uint64_t)value;
}

/* Seconds with a fraction, as many digits as `digits` asks for. */
static char *write_seconds(char *at, uint64_t microseconds, unsigned char digits, int width)
{
    uint32_t fraction = (uint32_t)(microseconds % CLOCK_SECOND);
    int count = clock_form_digits(fraction, digits);
    at = clock_write_digits(at, (int64_t)(microseconds / CLOCK_SECOND), width);
    return count > 0 ? clock_write_fraction(at, fraction, count) : at;
}

static char *write_clock(char *at, uint64_t microseconds, unsigned char digits, int width)
{
    at = clock_write_digits(at, (int64_t)(microseconds / CLOCK_HOUR), width);
    *at++ = ':';
    at = clock_write_digits(at, (int64_t)(microseconds / CLOCK_MINUTE % 60), 2);
    *at++ = ':';
    return write_seconds(at, microseconds % CLOCK_MINUTE, digits, 2);
}

static char *write_iso(char *at, const struct interval *i, const char *zero)
{
    char *start = at;
    *at++ = 'P';
    at = write_part(at, i->months / 12, 'Y');
    at = write_part(at, i->months % 12, 'M');
    at = write_part(at, i->days, 'D');
    if (i->microseconds != 0) {
        int64_t seconds = i->microseconds % CLOCK_MINUTE;
        *at++ = 'T';
        at = write_part(at, i->microseconds / CLOCK_HOUR, 'H');
        at = write_part(at, i->microseconds % CLOCK_HOUR / CLOCK_MINUTE, 'M');
        if (seconds < 0) {
            *at++ = '-';
        }
        if (seconds != 0) {
            at = write_seconds(at, size_of(seconds), DIGITS_NEEDED, 1);
            *at++ = 'S';
        }
    } else if (at == start + 1) {
        memcpy(at, zero, 3);
        at += strlen(zero);
    }
    return at;
}

/* Whether one sign goes before all parts. */
static int is_negative(const struct interval *i)
{
    return i->months <= 0 && i->days <= 0 && i->microseconds <= 0 &&
           (i->months < 0 || i->days < 0 || i->microseconds < 0);
}

static char *write_sign_first(char *at, const struct interval *i)
{
    if (is_negative(i) && i->microseconds != INT64_MIN) {
        struct interval positive = {-i->months, -i->days, -i->microseconds};
        *at++ = '-';
        return write_iso(at, &positive, "T0S");
    }
    return write_iso(at, i, "T0S");
}

/* P3DT04H05M06.000007S; NULL where it has no place in that form. */
static char *write_padded(char *at, const struct interval *i)
{
    uint64_t time = size_of(i->microseconds);
    if (i->months != 0 || (!is_negative(i) && (i->days < 0 || i->microseconds < 0))) {
        return NULL;
    }
    if (is_negative(i)) {
        *at++ = '-';
    }
    *at++ = 'P';
    at = clock_write_digits(at, (int64_t)size_of(i->days), 1);
    *at++ = 'D';
    *at++ = 'T';
    at = clock_write_digits(at, (int64_t)(time / CLOCK_HOUR), 2);
    *at++ = 'H';
    at = clock_write_digits(at, (int64_t)(time / CLOCK_MINUTE % 60), 2);
    *at++ = 'M';
    at = write_seconds(at, time % CLOCK_MINUTE, 0, 2);
    *at++ = 'S';
    return at;
}

/* [D ]HH:MM:SS, or [D.]HH:MM:SS of less than a day; NULL where it has no place in the form. */
static char *write_days(char *at, const struct interval *i, const struct form *form)
{
    uint64_t time = size_of(i->microseconds);
    int negative = is_negative(i);
    int net = form->style == NET;
    if (i->months != 0 || (!negative && (i->days < 0 || i->microseconds < 0))) {
        return NULL;
    }
    if (net ? time >= (uint64_t)CLOCK_DAY : negative && i->days != 0) {
        return NULL;
    }
    if (negative) {
        *at++ = '-';
    }
    if (i->days != 0) {
        at = clock_write_digits(at, (int64_t)size_of(i->days), 1);
        *at++ = net ? '.' : ' ';
    }
    return write_clock(at, time, net && time % CLOCK_SECOND == 0 ? 0 : form->digits, 2);
}

/* A part and its unit; the sign of one that is not negative is written behind a negative one. */
static char *write_words(char *at, const char *start, int64_t value, const char *unit, int *behind_negative)
{
    if (value == 0) {
        return at;
    }
    if (at > start) {
        *at++ = ' ';
    }
    if (*behind_negative && value > 0) {
        *at++ = '+';
    }
    at += codec_integer_text(at, value);
    *at++ = ' ';
    memcpy(at, unit, strlen(unit));
    at += strlen(unit);
    if (value != 1) {
        *at++ = 's';
    }
    *behind_negative = value < 0;
    return at;
}

static char *write_postgres(char *at, const struct interval *i)
{
    char *start = at;
    int behind_negative = 0;
    at = write_words(at, start, i->months / 12, "year", &behind_negative);
    at = write_words(at, start, i->months % 12, "mon", &behind_negative);
    at = write_words(at, start, i->days, "day", &behind_negative);
    if (at > start && i->microseconds == 0) {
        return at;
    }
    if (at > start) {
        *at++ = ' ';
    }
    if (i->microseconds < 0) {
        *at++ = '-';
    } else if (behind_negative) {
        *at++ = '+';
    }
    return write_clock(at, size_of(i->microseconds), DIGITS_NEEDED, 2);
}

/* NULL where the interval has no place in the form. */
static char *write_form(char *at, const struct interval *i, const struct form *form)
{
    switch (form->style) {
    case ISO_SIGN_FIRST:
        return write_sign_first(at, i);
    case ISO_NO_DAYS:
        return write_iso(at, i, "0D");
    case ISO_PADDED:
        return write_padded(at, i);
    case CLOCK_LONG:
    case CLOCK_SHORT:
        if (i->months != 0 || i->days != 0) {
            return NULL;
        }
        if (i->microseconds < 0) {
            *at++ = '-';
        }
        return write_clock(at, size_of(i->microseconds), form->digits, form->style == CLOCK_LONG ? 2 : 1);
    case DAYS_AND_CLOCK:
    case NET:
        return write_days(at, i, form);
    case POSTGRES:
        return write_postgres(at, i);
    default:
        return write_iso(at, i, "T0S");
    }
}

static enum stored_as number_form(const struct codec_hint *hint)
{
    return hint->form < INTERVAL_TEXTS ? AS_USUAL : (enum stored_as)(hint->form - INTERVAL_TEXTS + 1);
}

int interval_has_form(const struct codec_hint *hint)
{
    return stored_is_other(hint->stored) ? stored_is_written_as(hint->stored, number_form(hint))
                                         : hint->form < INTERVAL_TEXTS;
}

/* As a number of the declared unit. A day is no 24 hours, and a month no number of days. */
static int get_number(const struct interval *i, const struct codec_hint *hint, struct cell *out, struct bytes *arena,
                      struct err *e)
{
    if (i->months != 0 || i->days != 0) {
        return codec_refuse(e, "give the column a text type, or another stored form",
                            "an interval with days or months is no number of the column's unit");
    }
    return stored_write_duration(i->microseconds, hint->stored, number_form(hint), out, arena, e);
}

int interval_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                 struct bytes *arena, struct err *e)
{
    char text[160];
    if (length != 16) {
        return codec_refuse_wire(e, "interval");
    }
    struct interval i = {(int32_t)codec_u32(wire + 12), (int32_t)codec_u32(wire + 8), (int64_t)codec_u64(wire)};
    if (is_infinite(&i)) {
        return i.days < 0 ? codec_store(out, CELL_TEXT, "-infinity", 9, arena, e)
                          : codec_store(out, CELL_TEXT, "infinity", 8, arena, e);
    }
    if (stored_is_other(hint->stored)) {
        return get_number(&i, hint, out, arena, e);
    }
    char *end = write_form(text, &i, &forms[hint->form < INTERVAL_TEXTS ? hint->form : ISO]);
    end = end != NULL ? end : write_iso(text, &i, "T0S");
    return codec_store(out, CELL_TEXT, text, (size_t)(end - text), arena, e);
}
