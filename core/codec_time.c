/* codec_time.c: date, timestamp and timestamptz. ISO text is taken apart here, digit by digit, and sent as days or
 * microseconds since 2000-01-01: the server's own reader would round, drop offsets and accept words such as 'now'. */
#include <string.h>

#include "codec_stored.h"
#include "codec_time_form.h"

/* 2000-01-01, PostgreSQL's day 0, counted from 1970-01-01; and its first day, 4714-11-24 BC. */
enum { EPOCH_DAYS = 10957, FIRST_DAY = -2451545 };

static const char iso_help[] = "dates are read as YYYY-MM-DD, times as YYYY-MM-DD HH:MM[:SS[.ffffff]] with an optional "
                               "offset (Z, +HH:MM): correct "
                               "the value in the source, or give the target column a text type";

static const char fine_help[] =
    "PostgreSQL keeps microseconds: on_bad = \"round\" rounds to them; or correct the value in "
    "the source, or give the target column a text type";

/* What a text says. */
struct moment {
    int64_t day;          /* days since 2000-01-01 */
    int64_t microseconds; /* of the day */
    int64_t offset;       /* seconds east of UTC */
    int has_offset;
};

/* Days are counted here from 4801-03-01 BC, which is ERAS times 400 years before 0000-03-01, so that no day of the type
 * is negative. Years are counted from March, so that the leap day is the last of its year; an era is 400 years, and
 * this many days. All of it is the proleptic Gregorian calendar. */
enum { ERAS = 12, ERA_DAYS = 146097, FIRST_MARCH = 719468 + ERAS * ERA_DAYS /* days until 1970-01-01 */ };

/* Days since 1970-01-01, of a year from 1 on. */
static int64_t days_of_civil(int year, int month, int day)
{
    uint32_t shifted = (uint32_t)(year + 400 * ERAS - (month <= 2));
    uint32_t era = shifted / 400;
    uint32_t year_of_era = shifted % 400;
    uint32_t day_of_year = (uint32_t)(153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + (uint32_t)day - 1;
    uint32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int64_t)(era * ERA_DAYS + day_of_era) - FIRST_MARCH;
}

struct civil_date {
    int32_t year; /* 0: 1 BC */
    uint32_t month;
    uint32_t day;
};

/* The date of a day since 1970-01-01 that is one of the type. */
static struct civil_date civil_of_days(int64_t days)
{
    uint32_t shifted = (uint32_t)(days + FIRST_MARCH);
    uint32_t era = shifted / ERA_DAYS;
    uint32_t day_of_era = shifted % ERA_DAYS;
    uint32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint32_t month = (5 * day_of_year + 2) / 153; /* from March */
    return (struct civil_date){
        .year = (int32_t)(year_of_era + era * 400) - 400 * ERAS + (month >= 10),
        .month = month < 10 ? month + 3 : month - 9,
        .day = day_of_year - (153 * month + 2) / 5 + 1,
    };
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

/* NULL, or why it is none. */
static const char *no_such_day(int year, int month, int day)
{
    if (year < 1) {
        return "there is no year 0000";
    }
    return month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) ? "the calendar has no such day"
                                                                                  : NULL;
}

const char *time_read_date(struct reader *r, int64_t *days)
{
    int year = 0;
    int month = 0;
    int day = 0;
    if (reader_digits(r, 4, &year) != 0 || reader_part(r, '-', &month) != 0 || reader_part(r, '-', &day) != 0) {
        return "the text does not begin with a date of the form YYYY-MM-DD";
    }
    const char *why = no_such_day(year, month, day);
    if (why == NULL) {
        *days = days_of_civil(year, month, day) - EPOCH_DAYS;
    }
    return why;
}

/* A date and what time of day there is, part by part. NULL, or why the text does not begin with them. */
static const char *read_parts(struct reader *r, struct moment *m)
{
    const char *why = time_read_date(r, &m->day);
    if (why != NULL || r->left == 0) {
        return why;
    }
    if (!reader_is(r, 'T') && !reader_is(r, ' ')) {
        return "after the date, only T or a space and a time are read";
    }
    reader_skip(r, 1);
    why = clock_read_time(r, &m->microseconds);
    return why == NULL && m->microseconds == CLOCK_DAY ? clock_no_such_time : why;
}

/* YYYY-MM-DD HH:MM:SS or with a T, as nearly all texts begin, at once. False where the text does not begin so, or names
 * no moment: read_parts knows why, and all other texts. */
static int read_seconds(struct reader *r, struct moment *m)
{
    enum { LENGTH = 19 };
    const unsigned char *at = r->at;
    if (r->left < LENGTH || at[4] != '-' || at[7] != '-' || (at[10] != 'T' && at[10] != ' ') || at[13] != ':' ||
        at[16] != ':') {
        return 0;
    }
    unsigned bad = 0;
    int century = digits_of_two(at, &bad);
    int year = 100 * century + digits_of_two(at + 2, &bad);
    int month = digits_of_two(at + 5, &bad);
    int day = digits_of_two(at + 8, &bad);
    int hour = digits_of_two(at + 11, &bad);
    int minute = digits_of_two(at + 14, &bad);
    int second = digits_of_two(at + 17, &bad);
    if (bad || hour > 23 || minute > 59 || second > 59 || no_such_day(year, month, day) != NULL) {
        return 0;
    }
    m->day = days_of_civil(year, month, day) - EPOCH_DAYS;
    m->microseconds = (int64_t)((hour * 60 + minute) * 60 + second) * CLOCK_SECOND;
    reader_skip(r, LENGTH);
    return 1;
}

/* NULL, or why the text is no moment. */
static const char *read_moment(const unsigned char *text, size_t length, struct moment *m)
{
    struct reader r = {text, length};
    const char *why = NULL;
    memset(m, 0, sizeof *m);
    if (!read_seconds(&r, m)) {
        why = read_parts(&r, m);
    } else if (reader_is(&r, '.')) {
        reader_skip(&r, 1);
        why = clock_read_fraction(&r, &m->microseconds);
    }
    if (why != NULL || r.left == 0) {
        return why;
    }
    if (reader_is(&r, ' ')) {
        reader_skip(&r, 1);
    }
    m->has_offset = 1;
    why = clock_read_offset(&r, &m->offset);
    if (why == NULL && r.left > 0) {
        why = "there is more text after the offset";
    }
    return why;
}

static int moment_of_cell(const struct cell *c, const unsigned char *data, enum codec_stored stored, struct moment *m,
                          struct err *e)
{
    size_t length = c->length;
    if (stored == STORED_ISO && c->class != CELL_TEXT) {
        return stored_refuse(stored,
                             c->class == CELL_INTEGER ? "an integer"
                             : c->class == CELL_REAL  ? "a real"
                                                      : "a blob",
                             e);
    }
    if (c->class == CELL_INTEGER || c->class == CELL_REAL) {
        return codec_refuse(e,
                            "a number has no unit by itself: declare it in the plan (stored = \"unix_ms\", "
                            "\"julian\", ...), or give the target column a numeric type",
                            "%s is not a date or time", c->class == CELL_INTEGER ? "an integer" : "a real");
    }
    if (c->class != CELL_TEXT) {
        return codec_refuse_class(e, c, "a date or time");
    }
    codec_trim(&data, &length);
    if (length == 0) {
        return codec_refuse(e, iso_help, "an empty text is not a date or time");
    }
    const char *why = read_moment(data, length, m);
    return why == NULL ? 0 : codec_refuse(e, why == clock_too_fine ? fine_help : iso_help, "%s", why);
}

static int date_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                    struct err *e)
{
    static const char help[] = "give the target column the type timestamp or timestamp with time zone";
    struct moment m;
    int64_t value = 0;
    if (stored_is_other(hint->stored)) {
        if (stored_read(c, data, hint->stored, &value, e) != 0) {
            return -1;
        }
        if (value % CLOCK_DAY != 0) {
            return codec_refuse(e, help, "the moment has a time of day, which a date would lose");
        }
        return bytes_put_u32(out, (uint32_t)(value / CLOCK_DAY), e);
    }
    if (moment_of_cell(c, data, hint->stored, &m, e) != 0) {
        return -1;
    }
    if (m.has_offset) {
        return codec_refuse(e, help, "the text has an offset from UTC, which a date would lose");
    }
    if (m.microseconds != 0) {
        return codec_refuse(e, help, "the text has a time of day, which a date would lose");
    }
    return bytes_put_u32(out, (uint32_t)m.day, e);
}

/* timestamp and timestamptz are the same bytes: a text without offset is taken as of the declared zone, else UTC, one
 * with offset is moved to UTC. */
static int timestamp_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint,
                         struct bytes *out, struct err *e)
{
    struct moment m;
    int64_t value = 0;
    if (stored_is_other(hint->stored)) {
        if (stored_read(c, data, hint->stored, &value, e) != 0 || clock_check_digits(value, hint->typmod, e) != 0) {
            return -1;
        }
        return bytes_put_u64(out, (uint64_t)value, e);
    }
    if (moment_of_cell(c, data, hint->stored, &m, e) != 0) {
        return -1;
    }
    if (clock_check_digits(m.microseconds, hint->typmod, e) != 0) {
        return -1;
    }
    if (!m.has_offset) {
        m.offset = hint->zone_seconds;
    }
    value = m.day * CLOCK_DAY + m.microseconds - m.offset * CLOCK_SECOND;
    if (value < STORED_FIRST || value >= STORED_END) {
        return codec_refuse(e, iso_help, "in UTC the moment is outside the years 0001 to 9999");
    }
    return bytes_put_u64(out, (uint64_t)value, e);
}

/* Sets *before_christ: the mark goes to the end of the text, behind a time. */
char *time_write_date(char *at, int64_t day, int *before_christ)
{
    struct civil_date date = civil_of_days(day + EPOCH_DAYS);
    *before_christ = date.year <= 0; /* there is no year 0: it is 1 BC */
    if (date.year > 0 && date.year < 10000) {
        at = clock_write_two(at, (uint32_t)date.year / 100);
        at = clock_write_two(at, (uint32_t)date.year % 100);
    } else {
        at = clock_write_digits(at, *before_christ ? 1 - (int64_t)date.year : date.year, 4);
    }
    *at++ = '-';
    at = clock_write_two(at, date.month);
    *at++ = '-';
    return clock_write_two(at, date.day);
}

static int store_infinity(struct cell *out, int negative, struct bytes *arena, struct err *e)
{
    return negative ? codec_store(out, CELL_TEXT, "-infinity", 9, arena, e)
                    : codec_store(out, CELL_TEXT, "infinity", 8, arena, e);
}

/* A number of some unit since some day has no infinity. */
static int refuse_infinity(struct err *e)
{
    return codec_refuse(e, "give the column a text type, or another stored form",
                        "infinity has no place in the column's stored form");
}

/* The form of texts that the hint names. */
static const struct time_form *text_form(const struct codec_hint *hint, const struct time_form *forms, int texts)
{
    return &forms[hint->form < texts ? hint->form : 0];
}

/* The form of values that are stored otherwise. */
static enum stored_as stored_form(const struct codec_hint *hint, int texts)
{
    return hint->form < texts ? AS_USUAL : (enum stored_as)(hint->form - texts + 1);
}

static int has_form(const struct codec_hint *hint, int texts)
{
    return stored_is_other(hint->stored) ? stored_is_written_as(hint->stored, stored_form(hint, texts))
                                         : hint->form < texts;
}

static int has_date_form(const struct codec_hint *hint)
{
    return has_form(hint, DATE_TEXTS);
}

static int has_moment_form(const struct codec_hint *hint)
{
    return has_form(hint, MOMENT_TEXTS);
}

/* A point in time as its form writes it: in the zone that the texts have. */
struct civil_time {
    int64_t day;
    int64_t microseconds; /* of the day */
    int32_t offset;
    int digits; /* of clock_write_time; -2: no time */
};

static struct civil_time civil_time(int64_t value, const struct time_form *form, int32_t zone_seconds)
{
    struct civil_time t = {.offset = form->offset == OFFSET_Z ? 0 : zone_seconds};
    value += t.offset * CLOCK_SECOND;
    t.day = value / CLOCK_DAY - (value % CLOCK_DAY < 0);
    t.microseconds = value - t.day * CLOCK_DAY;
    t.digits = clock_form_digits(t.microseconds, form->digits);
    return t;
}

static int store_civil(const struct civil_time *t, const struct time_form *form, struct cell *out, struct bytes *arena,
                       struct err *e)
{
    enum { LONGEST = 80 };
    size_t start = arena->length;
    int before_christ = 0;
    if (bytes_reserve(arena, LONGEST, e) != 0) {
        return -1;
    }
    char *text = (char *)arena->data + start;
    char *at = time_write_date(text, t->day, &before_christ);
    if (t->digits != -2) {
        *at++ = (char)form->separator;
        at = clock_write_time(at, t->microseconds, t->digits);
        at = clock_write_offset(at, t->offset, form->offset);
    }
    if (before_christ) {
        memcpy(at, " BC", 3);
        at += 3;
    }
    arena->length += (size_t)(at - text);
    return codec_text_from(out, start, arena, e);
}

static int date_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                    struct bytes *arena, struct err *e)
{
    enum { END = 2145031949 }; /* 5874897-12-31 is the last day of the type */
    if (length != 4) {
        return codec_refuse_wire(e, "date");
    }
    int32_t day = (int32_t)codec_u32(wire);
    if (day == INT32_MAX || day == INT32_MIN) {
        return stored_is_other(hint->stored) ? refuse_infinity(e) : store_infinity(out, day < 0, arena, e);
    }
    if (day < FIRST_DAY || day >= END) {
        return codec_refuse_wire(e, "date");
    }
    if (stored_is_other(hint->stored)) {
        if (day >= INT64_MAX / CLOCK_DAY) {
            return codec_refuse(e, "give the column a text type", "the date lies beyond 64 bits of microseconds");
        }
        return stored_write(day * CLOCK_DAY, hint->stored, stored_form(hint, DATE_TEXTS), out, arena, e);
    }
    const struct time_form *form = text_form(hint, date_forms, DATE_TEXTS);
    struct civil_time t = {.day = day, .digits = clock_form_digits(0, form->digits)};
    return store_civil(&t, form, out, arena, e);
}

static int moment_get(const unsigned char *wire, size_t length, const struct codec_hint *hint,
                      const struct time_form *forms, struct cell *out, struct bytes *arena, struct err *e)
{
    static const int64_t beyond = INT64_C(9223371331200000000); /* 294276-12-31 is the last day of the type */
    if (length != 8) {
        return codec_refuse_wire(e, "timestamp");
    }
    int64_t value = (int64_t)codec_u64(wire);
    if (value == INT64_MAX || value == INT64_MIN) {
        return stored_is_other(hint->stored) ? refuse_infinity(e) : store_infinity(out, value < 0, arena, e);
    }
    if (value < FIRST_DAY * CLOCK_DAY || value >= beyond) {
        return codec_refuse_wire(e, "timestamp");
    }
    if (stored_is_other(hint->stored)) {
        return stored_write(value, hint->stored, stored_form(hint, MOMENT_TEXTS), out, arena, e);
    }
    const struct time_form *form = text_form(hint, forms, MOMENT_TEXTS);
    struct civil_time t = civil_time(value, form, hint->zone_seconds);
    return store_civil(&t, form, out, arena, e);
}

/* What a form writes depends on the value by the digits alone. */
static uint32_t moment_key(const unsigned char *wire, size_t length, const struct codec_hint *hint,
                           const struct time_form *forms)
{
    const struct time_form *form = &forms[hint->form];
    if (length != 8 || hint->form >= MOMENT_TEXTS) {
        return UINT32_MAX - (uint32_t)hint->form;
    }
    int64_t value = (int64_t)codec_u64(wire);
    if (form->digits >= DIGITS_MINUTES && form->offset != OFFSET_Z) {
        value += hint->zone_seconds * CLOCK_SECOND;
    }
    if (value < 0) {
        value += -FIRST_DAY * CLOCK_DAY + CLOCK_DAY;
    }
    int digits = clock_form_digits(value, form->digits);
    uint32_t separator = digits == -2 ? 0 : form->separator;
    return separator << 16 | (uint32_t)(digits + 2) << 8 | form->offset;
}

static int moment_comes_back(const struct cell *c, const unsigned char *data, const struct codec_hint *hint,
                             const struct time_form *all, const unsigned char *forms, size_t count)
{
    /* A column has either forms of texts, which come first, or others. */
    return c->class == CELL_TEXT && forms[count - 1] < MOMENT_TEXTS && hint->zone_seconds == 0 &&
           time_is_in_forms(data, c->length, all, forms, count);
}

static int timestamp_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                         struct bytes *arena, struct err *e)
{
    return moment_get(wire, length, hint, timestamp_forms, out, arena, e);
}

static uint32_t timestamp_key(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    return moment_key(wire, length, hint, timestamp_forms);
}

static int timestamp_comes_back(const struct cell *c, const unsigned char *data, const unsigned char *wire,
                                const struct codec_hint *hint, const unsigned char *forms, size_t count)
{
    (void)wire;
    return moment_comes_back(c, data, hint, timestamp_forms, forms, count);
}

static int timestamptz_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                           struct bytes *arena, struct err *e)
{
    return moment_get(wire, length, hint, timestamptz_forms, out, arena, e);
}

static uint32_t timestamptz_key(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    return moment_key(wire, length, hint, timestamptz_forms);
}

static int timestamptz_comes_back(const struct cell *c, const unsigned char *data, const unsigned char *wire,
                                  const struct codec_hint *hint, const unsigned char *forms, size_t count)
{
    (void)wire;
    return moment_comes_back(c, data, hint, timestamptz_forms, forms, count);
}

/* The forms are those of codec_time_form.h. */
const struct codec codecs_time[] = {
    {.type = "date",
     .oid = 1082,
     .put = date_put,
     .get = date_get,
     .forms = date_form_names,
     .has_form = has_date_form},
    {.type = "timestamp",
     .oid = 1114,
     .put = timestamp_put,
     .get = timestamp_get,
     .forms = timestamp_form_names,
     .has_form = has_moment_form,
     .form_key = timestamp_key,
     .comes_back = timestamp_comes_back,
     .own_form = TIMESTAMP_OWN},
    {.type = "timestamptz",
     .oid = 1184,
     .put = timestamp_put,
     .get = timestamptz_get,
     .forms = timestamptz_form_names,
     .has_form = has_moment_form,
     .form_key = timestamptz_key,
     .comes_back = timestamptz_comes_back,
     .own_form = TIMESTAMPTZ_OWN},
    {.type = NULL},
};
