/* codec_interval.c: interval on the wire, and as ISO 8601. What the column's fields or its fraction digits would leave
 * out is refused: the server cuts it off in silence. */
#include <string.h>

#include "codec_clock.h"

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

/* Exact: ISO 8601 as the server prints it in that style. A word such as 'infinity' is refused. */
int interval_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                 struct err *e)
{
    struct interval i;
    size_t length = c->length;
    if (c->class == CELL_INTEGER || c->class == CELL_REAL) {
        return codec_refuse(e,
                            "a number has no unit by itself (seconds, microseconds, days): store the interval with "
                            "its unit (PT90S, 00:01:30), or give the target column a numeric type",
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
    if (check_fields(&i, hint->typmod, e) != 0 || bytes_put_u64(out, (uint64_t)i.microseconds, e) != 0 ||
        bytes_put_u32(out, (uint32_t)i.days, e) != 0) {
        return -1;
    }
    return bytes_put_u32(out, (uint32_t)i.months, e);
}

/* Nothing for 0. */
static char *write_part(char *at, int64_t value, char unit)
{
    if (value != 0) {
        at += codec_integer_text(at, value);
        *at++ = unit;
    }
    return at;
}

static char *write_seconds(char *at, int64_t microseconds)
{
    int64_t fraction = microseconds % CLOCK_SECOND;
    if (fraction == 0) {
        return write_part(at, microseconds / CLOCK_SECOND, 'S');
    }
    if (microseconds < 0) {
        *at++ = '-';
    }
    int64_t seconds = microseconds / CLOCK_SECOND;
    at = clock_write_digits(at, seconds < 0 ? -seconds : seconds, 1);
    *at++ = '.';
    at = clock_write_digits(at, fraction < 0 ? -fraction : fraction, 6);
    while (at[-1] == '0') {
        at--;
    }
    *at++ = 'S';
    return at;
}

int interval_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                 struct bytes *arena, struct err *e)
{
    char text[160];
    char *at = text;
    (void)hint;
    if (length != 16) {
        return codec_refuse_wire(e, "interval");
    }
    struct interval i = {(int32_t)codec_u32(wire + 12), (int32_t)codec_u32(wire + 8), (int64_t)codec_u64(wire)};
    if (is_infinite(&i)) {
        return i.days < 0 ? codec_store(out, CELL_TEXT, "-infinity", 9, arena, e)
                          : codec_store(out, CELL_TEXT, "infinity", 8, arena, e);
    }
    *at++ = 'P';
    at = write_part(at, i.months / 12, 'Y');
    at = write_part(at, i.months % 12, 'M');
    at = write_part(at, i.days, 'D');
    if (i.microseconds != 0) {
        *at++ = 'T';
        at = write_part(at, i.microseconds / CLOCK_HOUR, 'H');
        at = write_part(at, i.microseconds % CLOCK_HOUR / CLOCK_MINUTE, 'M');
        at = write_seconds(at, i.microseconds % CLOCK_MINUTE);
    } else if (at == text + 1) {
        memcpy(at, "T0S", 3);
        at += 3;
    }
    return codec_store(out, CELL_TEXT, text, (size_t)(at - text), arena, e);
}
