/* codec_stored.c: how moments are stored where it is not ISO text: numbers that count a unit from an epoch, Julian
 * days, and the texts of Go's Time.String(). Declared for a column: no value says it by itself. */
#include "codec_stored.h"

#include <stdlib.h>
#include <string.h>

#include "codec_time_form.h"
#include "decimal.h"

static const char declared_help[] = "how values are stored is decided per column, never per cell: correct the value in "
                                    "the source, or declare another form";
static const char fine_help[] =
    "PostgreSQL keeps microseconds: on_bad = \"round\" rounds to them; or correct the value in "
    "the source, or give the target column the type bigint or text";

/* A unit is `multiplier` microseconds, or a microsecond is `divisor` units; one of them is 1. */
static const struct form {
    const char *word;
    const char *meaning;
    int64_t multiplier;
    int64_t divisor;
    int64_t epoch; /* microseconds since 2000-01-01 */
} forms[STORED_COUNT] = {
    [STORED_ISO] = {.word = "iso", .meaning = "ISO text"},
    [STORED_UNIX] = {"unix", "seconds since 1970", 1000000, 1, INT64_C(-946684800000000)},
    [STORED_UNIX_MS] = {"unix_ms", "milliseconds since 1970", 1000, 1, INT64_C(-946684800000000)},
    [STORED_UNIX_US] = {"unix_us", "microseconds since 1970", 1, 1, INT64_C(-946684800000000)},
    [STORED_UNIX_NS] = {"unix_ns", "nanoseconds since 1970", 1, 1000, INT64_C(-946684800000000)},
    [STORED_JULIAN] = {.word = "julian", .meaning = "Julian days"},
    [STORED_TICKS] = {"ticks", "units of 100 nanoseconds since the year 1", 1, 10, STORED_FIRST},
    [STORED_CORE_DATA] = {"core_data", "seconds since 2001", 1000000, 1, INT64_C(31622400000000)},
    [STORED_WEBKIT] = {"webkit", "microseconds since 1601", 1, 1, INT64_C(-12591158400000000)},
    [STORED_GO] = {.word = "go", .meaning = "texts of Go's Time.String()"},
    [STORED_UUID_NET] = {.word = "uuid_net", .meaning = "blobs of 16 bytes in .NET's order"},
    [STORED_UUID] = {.word = "uuid", .meaning = "UUIDs as RFC 9562 has them"},
    [STORED_S] = {"s", "seconds", 1000000, 1, 0},
    [STORED_MS] = {"ms", "milliseconds", 1000, 1, 0},
    [STORED_US] = {"us", "microseconds", 1, 1, 0},
    [STORED_NS] = {"ns", "nanoseconds", 1, 1000, 0},
};

int codec_stored_find(const char *word, enum codec_stored *stored)
{
    for (int i = STORED_BY_FORM + 1; i < STORED_COUNT; i++) {
        if (strcmp(forms[i].word, word) == 0) {
            *stored = (enum codec_stored)i;
            return 0;
        }
    }
    return -1;
}

int codec_stored_fits(enum codec_stored stored, const char *type)
{
    if (stored == STORED_UUID_NET || stored == STORED_UUID) {
        return strcmp(type, "uuid") == 0;
    }
    if (strcmp(type, "interval") == 0) {
        return stored == STORED_ISO || stored == STORED_TICKS || stored >= STORED_S;
    }
    if (stored >= STORED_S) {
        return 0;
    }
    return strcmp(type, "timestamptz") == 0 || strcmp(type, "timestamp") == 0 || strcmp(type, "date") == 0;
}

int stored_refuse(enum codec_stored stored, const char *what, struct err *e)
{
    return codec_refuse(e, declared_help, "%s, where the column is declared to hold %s (%s)", what, forms[stored].word,
                        forms[stored].meaning);
}

static int refuse_range(struct err *e)
{
    return codec_refuse(e, declared_help, "the moment is outside the years 0001 to 9999 in the declared unit");
}

static int refuse_size(const struct form *form, struct err *e)
{
    return form->epoch != 0
               ? refuse_range(e)
               : codec_refuse(e, declared_help, "in the declared unit the number is beyond 64 bits of microseconds");
}

static int in_range(int64_t moment, struct err *e)
{
    return moment >= STORED_FIRST && moment < STORED_END ? 0 : refuse_range(e);
}

/* ---- numbers: as microseconds, whatever they are counted from ---- */

static int of_integer(const struct form *form, int64_t value, int64_t *microseconds, struct err *e)
{
    if (value % form->divisor != 0) {
        return codec_refuse(e, fine_help, "the value is finer than a microsecond and would be rounded");
    }
    if (__builtin_mul_overflow(value / form->divisor, form->multiplier, microseconds)) {
        return refuse_size(form, e);
    }
    return 0;
}

/* The whole number below a double of less than 2^62. */
static int64_t floor_of(double value)
{
    int64_t whole = (int64_t)value;

    return whole - ((double)whole > value);
}

static int of_real(enum codec_stored stored, double value, int64_t *microseconds, struct err *e)
{
    const struct form *form = &forms[stored];
    double most = form->multiplier == 1 ? 9007199254740992.0 : 1e15;

    if (!(value >= -most && value <= most)) {
        return form->multiplier == 1 ? stored_refuse(stored, "a real beyond 2^53, which is not exact", e)
                                     : refuse_size(form, e);
    }
    int64_t whole = floor_of(value);

    if (form->multiplier == 1) {
        return (double)whole == value ? of_integer(form, whole, microseconds, e)
                                      : stored_refuse(stored, "a real with a fraction", e);
    }
    /* The part behind the point is exact, so that one rounding is all there is. */
    int64_t part = (int64_t)((value - (double)whole) * (double)form->multiplier + 0.5);

    if (__builtin_mul_overflow(whole, form->multiplier, microseconds) ||
        __builtin_add_overflow(*microseconds, part, microseconds)) {
        return refuse_size(form, e);
    }
    return 0;
}

/* Digits behind the point as microseconds; -1 when there are more than the unit has. */
static int64_t fraction_of(const struct form *form, const struct decimal *d)
{
    int64_t unit = form->multiplier;
    int64_t part = 0;

    for (size_t i = 0; i < d->fraction_length; i++) {
        int digit = d->fraction[i] - '0';

        unit /= 10;
        if (unit == 0 && digit != 0) {
            return -1;
        }
        part += unit * digit;
    }
    return part;
}

/* [+-] digits [. digits]: an exponent is the form of a real. */
static int plain_decimal(const unsigned char *data, size_t length, struct decimal *d)
{
    return decimal_parse(data, length, d) == 0 && d->whole_length > 0 && memchr(data, 'e', length) == NULL &&
           memchr(data, 'E', length) == NULL;
}

static int of_text(enum codec_stored stored, const unsigned char *data, size_t length, int64_t *microseconds,
                   struct err *e)
{
    const struct form *form = &forms[stored];
    struct decimal d;
    int64_t whole = 0;

    if (!plain_decimal(data, length, &d)) {
        return stored_refuse(stored, "a text that is no decimal number", e);
    }
    if (codec_parse_integer(d.whole, d.whole_length, &whole) != 0) {
        return refuse_size(form, e);
    }
    int64_t part = fraction_of(form, &d);

    if (part < 0) {
        return codec_refuse(e, fine_help, "the value is finer than a microsecond and would be rounded");
    }
    if (of_integer(form, d.negative ? -whole : whole, microseconds, e) != 0) {
        return -1;
    }
    return __builtin_add_overflow(*microseconds, d.negative ? -part : part, microseconds) ? refuse_size(form, e) : 0;
}

static int number_read(const struct cell *c, const unsigned char *data, enum codec_stored stored, int64_t *microseconds,
                       struct err *e)
{
    size_t length = c->length;

    if (c->class == CELL_INTEGER) {
        return of_integer(&forms[stored], c->as.integer, microseconds, e);
    }
    if (c->class == CELL_REAL) {
        return of_real(stored, c->as.real, microseconds, e);
    }
    codec_trim(&data, &length);
    return of_text(stored, data, length, microseconds, e);
}

/* A decimal text, zeros at the end of its fraction left out. */
static int decimal_write(int64_t count, int64_t multiplier, int64_t divisor, struct cell *out, struct bytes *arena,
                         struct err *e)
{
    char text[64];
    char *at = text;
    int64_t size = count < 0 ? -count : count;

    if (count < 0) {
        *at++ = '-';
    }
    at = clock_write_digits(at, size / multiplier, 1);
    if (divisor > 1 && size > 0) {
        at = clock_write_digits(at, 0, divisor == 10 ? 1 : 3);
    }
    if (size % multiplier != 0) {
        *at++ = '.';
        at = clock_write_digits(at, size % multiplier, multiplier == 1000 ? 3 : 6);
        while (at[-1] == '0') {
            at--;
        }
    }
    return codec_store(out, CELL_TEXT, text, (size_t)(at - text), arena, e);
}

static int number_write(int64_t count, enum codec_stored stored, enum stored_as as, struct cell *out,
                        struct bytes *arena, struct err *e)
{
    const struct form *form = &forms[stored];
    int64_t again = 0;
    double value = (double)count / (double)form->multiplier * (double)form->divisor;

    if (as == AS_TEXT) {
        return decimal_write(count, form->multiplier, form->divisor, out, arena, e);
    }
    if (as == AS_REAL || count % form->multiplier != 0) {
        if (of_real(stored, value, &again, NULL) == 0 && again == count) {
            out->class = CELL_REAL;
            out->as.real = value;
            return 0;
        }
    }
    if (count % form->multiplier != 0) {
        return decimal_write(count, form->multiplier, form->divisor, out, arena, e);
    }
    out->class = CELL_INTEGER;
    if (__builtin_mul_overflow(count / form->multiplier, form->divisor, &out->as.integer)) {
        return codec_refuse(e, NULL, "an integer of 64 bits cannot hold the value as %s", form->meaning);
    }
    return 0;
}

/* ---- Julian days ---- */

#define JULIAN_DAY 86400000.0                 /* milliseconds */
#define JULIAN_EPOCH INT64_C(211813444800000) /* milliseconds from Julian day 0 to 2000-01-01 */

static int of_julian(double day, int64_t *moment, struct err *e)
{
    if (!(day >= 0 && day < 1e7)) {
        return refuse_range(e);
    }
    *moment = ((int64_t)(day * JULIAN_DAY + 0.5) - JULIAN_EPOCH) * 1000; /* as SQLite computes it */
    return in_range(*moment, e);
}

static int julian_write(int64_t moment, enum stored_as as, struct cell *out, struct bytes *arena, struct err *e)
{
    char text[40];

    if (moment % 1000 != 0) {
        return codec_refuse(e, declared_help, "the moment has microseconds, which a Julian day cannot tell");
    }
    double day = (double)(moment / 1000 + JULIAN_EPOCH) / JULIAN_DAY;

    if (as == AS_TEXT) {
        return codec_store(out, CELL_TEXT, text, real_to_text(text, sizeof text, day), arena, e);
    }
    if (as == AS_REAL_OR_INTEGER && day == (double)(int64_t)day) {
        out->class = CELL_INTEGER;
        out->as.integer = (int64_t)day;
        return 0;
    }
    out->class = CELL_REAL;
    out->as.real = day;
    return 0;
}

static int of_julian_text(const unsigned char *data, size_t length, int64_t *moment, struct err *e)
{
    char room[64];
    struct decimal d;

    if (length >= sizeof room || !plain_decimal(data, length, &d)) {
        return stored_refuse(STORED_JULIAN, "a text that is no decimal number", e);
    }
    memcpy(room, data, length);
    room[length] = '\0';
    return of_julian(strtod(room, NULL), moment, e);
}

/* ---- Go's Time.String(): 2006-01-02 15:04:05.999999999 -0700 MST m=+0.000000001 ---- */

static int is_zone_byte(const struct reader *r)
{
    return reader_is_digit(r) || reader_is(r, '+') || reader_is(r, '-') ||
           (r->left > 0 && ((r->at[0] | 0x20) >= 'a' && (r->at[0] | 0x20) <= 'z'));
}

/* The name of a zone says nothing that the offset before it does not; the monotonic clock is no time of day. */
static int read_go_rest(struct reader *r)
{
    if (!reader_is(r, ' ')) {
        return -1;
    }
    reader_skip(r, 1);
    if (!is_zone_byte(r)) {
        return -1;
    }
    while (is_zone_byte(r)) {
        reader_skip(r, 1);
    }
    if (r->left == 0) {
        return 0;
    }
    if (r->left < 5 || memcmp(r->at, " m=", 3) != 0 || (r->at[3] != '+' && r->at[3] != '-')) {
        return -1;
    }
    reader_skip(r, 4);
    while (reader_is_digit(r) || reader_is(r, '.')) {
        reader_skip(r, 1);
    }
    return r->left == 0 ? 0 : -1;
}

static int of_go(const unsigned char *data, size_t length, int64_t *moment, struct err *e)
{
    struct reader r = {data, length};
    int64_t day = 0;
    int64_t microseconds = 0;
    int64_t offset = 0;
    const char *why = time_read_date(&r, &day);

    if (why == NULL && !reader_is(&r, ' ')) {
        return stored_refuse(STORED_GO, "a text of another form", e);
    }
    if (why == NULL) {
        reader_skip(&r, 1);
        why = clock_read_time(&r, &microseconds);
    }
    if (why == NULL && (microseconds == CLOCK_DAY || !reader_is(&r, ' '))) {
        return stored_refuse(STORED_GO, "a text of another form", e);
    }
    if (why == NULL) {
        reader_skip(&r, 1);
        why = reader_is(&r, 'Z') ? "Go writes +0000 for UTC" : clock_read_offset(&r, &offset);
    }
    if (why != NULL) {
        return stored_refuse(STORED_GO, why, e);
    }
    if (read_go_rest(&r) != 0) {
        return stored_refuse(STORED_GO, "a text of another form", e);
    }
    *moment = day * CLOCK_DAY + microseconds - offset * CLOCK_SECOND;
    return in_range(*moment, e);
}

static int go_write(int64_t moment, struct cell *out, struct bytes *arena, struct err *e)
{
    static const char zone[] = " +0000 UTC";
    char text[64];
    int before_christ = 0;
    int64_t day = moment / CLOCK_DAY - (moment % CLOCK_DAY < 0);
    char *at = time_write_date(text, day, &before_christ);

    *at++ = ' ';
    at = clock_write_time(at, moment - day * CLOCK_DAY, clock_form_digits(moment - day * CLOCK_DAY, DIGITS_NEEDED));
    memcpy(at, zone, sizeof zone - 1);
    return codec_store(out, CELL_TEXT, text, (size_t)(at - text) + sizeof zone - 1, arena, e);
}

/* ---- all of them ---- */

static int julian_read(const struct cell *c, const unsigned char *data, int64_t *moment, struct err *e)
{
    size_t length = c->length;

    if (c->class != CELL_TEXT) {
        return of_julian(c->class == CELL_INTEGER ? (double)c->as.integer : c->as.real, moment, e);
    }
    codec_trim(&data, &length);
    return of_julian_text(data, length, moment, e);
}

static int go_read(const struct cell *c, const unsigned char *data, int64_t *moment, struct err *e)
{
    size_t length = c->length;

    if (c->class != CELL_TEXT) {
        return stored_refuse(STORED_GO, c->class == CELL_INTEGER ? "an integer" : "a real", e);
    }
    codec_trim(&data, &length);
    return of_go(data, length, moment, e);
}

int stored_read(const struct cell *c, const unsigned char *data, enum codec_stored stored, int64_t *moment,
                struct err *e)
{
    if (stored == STORED_UUID_NET || stored == STORED_UUID || c->class == CELL_BLOB) {
        return stored_refuse(stored, c->class == CELL_BLOB ? "a blob" : "a time", e);
    }
    if (stored == STORED_GO || stored == STORED_JULIAN) {
        return stored == STORED_GO ? go_read(c, data, moment, e) : julian_read(c, data, moment, e);
    }
    if (number_read(c, data, stored, moment, e) != 0) {
        return -1;
    }
    return __builtin_add_overflow(*moment, forms[stored].epoch, moment) ? refuse_range(e) : in_range(*moment, e);
}

int stored_read_duration(const struct cell *c, const unsigned char *data, enum codec_stored stored,
                         int64_t *microseconds, struct err *e)
{
    if (c->class == CELL_BLOB) {
        return stored_refuse(stored, "a blob", e);
    }
    return number_read(c, data, stored, microseconds, e);
}

int stored_is_written_as(enum codec_stored stored, enum stored_as as)
{
    switch (as) {
    case AS_NUMBER:
        return stored != STORED_GO && stored != STORED_JULIAN;
    case AS_REAL:
        return stored != STORED_GO;
    case AS_REAL_OR_INTEGER:
        return stored == STORED_JULIAN;
    default:
        return as == AS_TEXT;
    }
}

int stored_write(int64_t moment, enum codec_stored stored, enum stored_as as, struct cell *out, struct bytes *arena,
                 struct err *e)
{
    if (in_range(moment, e) != 0) {
        return -1;
    }
    if (stored == STORED_JULIAN) {
        return julian_write(moment, as, out, arena, e);
    }
    return stored == STORED_GO ? go_write(moment, out, arena, e)
                               : number_write(moment - forms[stored].epoch, stored, as, out, arena, e);
}

int stored_write_duration(int64_t microseconds, enum codec_stored stored, enum stored_as as, struct cell *out,
                          struct bytes *arena, struct err *e)
{
    return microseconds == INT64_MIN ? refuse_size(&forms[stored], e)
                                     : number_write(microseconds, stored, as, out, arena, e);
}
