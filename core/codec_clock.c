/* codec_clock.c: time and timetz, and the times of day that other codecs read and write. */
#include <string.h>

#include "codec_time_form.h"

const char clock_no_such_time[] = "the clock has no such time";
const char clock_too_fine[] = "the seconds have more than 6 fraction digits and would be rounded";

static const char time_help[] = "times of day are read as HH:MM[:SS[.ffffff]], with an offset from UTC (Z, +HH:MM) "
                                "where the type keeps one: correct the value in the source, or give the target column "
                                "a text type";

int reader_digits(struct reader *r, size_t count, int *value)
{
    *value = 0;
    if (r->left < count) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        unsigned digit = (unsigned)r->at[i] - '0';
        if (digit > 9) {
            return -1;
        }
        *value = *value * 10 + (int)digit;
    }
    reader_skip(r, count);
    return 0;
}

int reader_part(struct reader *r, unsigned char separator, int *value)
{
    unsigned bad = 0;
    if (r->left < 3 || r->at[0] != separator) {
        return -1;
    }
    *value = digits_of_two(r->at + 1, &bad);
    reader_skip(r, 3);
    return bad ? -1 : 0;
}

const char *clock_read_fraction(struct reader *r, int64_t *microseconds)
{
    static const uint32_t units[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    enum { KEPT = 6 };
    const unsigned char *at = r->at;
    const unsigned char *end = at + r->left;
    const unsigned char *rounded = r->left > KEPT ? at + KEPT : end;
    uint32_t value = 0;
    for (; at < rounded && *at >= '0' && *at <= '9'; at++) {
        value = value * 10 + (uint32_t)(*at - '0');
    }
    if (at == r->at) {
        return "digits are missing after the point of the seconds";
    }
    *microseconds += (int64_t)value * units[at - r->at];
    if (at == rounded) {
        for (; at < end && *at >= '0' && *at <= '9'; at++) {
            if (*at != '0') {
                return clock_too_fine;
            }
        }
    }
    reader_skip(r, (size_t)(at - r->at));
    return NULL;
}

const char *clock_read_time(struct reader *r, int64_t *microseconds)
{
    int hour = 0;
    int minute = 0;
    int second = 0;
    if (reader_digits(r, 2, &hour) != 0 || reader_part(r, ':', &minute) != 0) {
        return "the time is not of the form HH:MM[:SS[.ffffff]]";
    }
    if (reader_is(r, ':') && reader_part(r, ':', &second) != 0) {
        return "the time is not of the form HH:MM[:SS[.ffffff]]";
    }
    if (hour > 24 || minute > 59 || second > 59) {
        return clock_no_such_time;
    }
    *microseconds = hour * CLOCK_HOUR + minute * CLOCK_MINUTE + second * CLOCK_SECOND;
    if (reader_is(r, '.')) {
        reader_skip(r, 1);
        const char *why = clock_read_fraction(r, microseconds);
        if (why != NULL) {
            return why;
        }
    }
    return *microseconds > CLOCK_DAY ? clock_no_such_time : NULL;
}

const char *clock_read_offset(struct reader *r, int64_t *seconds)
{
    static const char why[] = "after the time, only an offset of the form Z, +HH, +HHMM, +HH:MM or +HH:MM:SS is read";
    int hour = 0;
    int minute = 0;
    int second = 0;
    *seconds = 0;
    if (reader_is(r, 'Z')) {
        reader_skip(r, 1);
        return NULL;
    }
    int west = reader_is(r, '-');
    if (reader_part(r, west ? '-' : '+', &hour) != 0) {
        return why;
    }
    if (reader_is(r, ':')) {
        if (reader_part(r, ':', &minute) != 0 || (reader_is(r, ':') && reader_part(r, ':', &second) != 0)) {
            return why;
        }
    } else if (r->left > 0 && reader_digits(r, 2, &minute) != 0) {
        return why;
    }
    if (hour > 15 || minute > 59 || second > 59) {
        return "no such offset from UTC: hours go to 15, minutes and seconds to 59";
    }
    *seconds = (hour * 60 + minute) * 60 + second;
    if (west) {
        *seconds = -*seconds;
    }
    return NULL;
}

int clock_check_digits(int64_t microseconds, int32_t digits, struct err *e)
{
    static const int64_t units[] = {1000000, 100000, 10000, 1000, 100, 10};
    if (digits < 0 || digits > 5 || microseconds % units[digits] == 0) {
        return 0;
    }
    return codec_refuse(e, "give the target column more fraction digits, or round to those it has: on_bad = \"round\"",
                        "the seconds have more than %d fraction digits and would be rounded", (int)digits);
}

char *clock_write_digits(char *at, int64_t value, int width)
{
    char digits[24];
    int count = 0;
    while (value > 0 || count < width) {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    }
    while (count > 0) {
        *at++ = digits[--count];
    }
    return at;
}

/* ---- time and timetz ---- */

/* A time of day with or without an offset; NULL, or why the text is none. */
static const char *read_clock(const unsigned char *text, size_t length, int64_t *microseconds, int64_t *offset,
                              int *has_offset)
{
    struct reader r = {text, length};
    const char *why = clock_read_time(&r, microseconds);
    *has_offset = why == NULL && r.left > 0;
    if (!*has_offset) {
        return why;
    }
    if (reader_is(&r, ' ')) {
        reader_skip(&r, 1);
    }
    why = clock_read_offset(&r, offset);
    if (why == NULL && r.left > 0) {
        why = "there is more text after the offset";
    }
    return why;
}

static int clock_of_cell(const struct cell *c, const unsigned char *data, int64_t *microseconds, int64_t *offset,
                         int *has_offset, struct err *e)
{
    size_t length = c->length;
    if (c->class == CELL_INTEGER || c->class == CELL_REAL) {
        return codec_refuse(e,
                            "a number has no unit by itself (seconds, milliseconds, parts of a day): store HH:MM:SS "
                            "in the source, or give the target column a numeric type",
                            "%s is not a time of day", c->class == CELL_INTEGER ? "an integer" : "a real");
    }
    if (c->class != CELL_TEXT) {
        return codec_refuse_class(e, c, "a time of day");
    }
    codec_trim(&data, &length);
    if (length == 0) {
        return codec_refuse(e, time_help, "an empty text is not a time of day");
    }
    const char *why = read_clock(data, length, microseconds, offset, has_offset);
    return why == NULL ? 0 : codec_refuse(e, time_help, "%s", why);
}

/* 00:00:00 to 24:00:00. */
static int time_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                    struct err *e)
{
    int64_t microseconds = 0;
    int64_t offset = 0;
    int has_offset = 0;
    if (clock_of_cell(c, data, &microseconds, &offset, &has_offset, e) != 0) {
        return -1;
    }
    if (has_offset) {
        return codec_refuse(e, "give the target column the type time with time zone",
                            "the text has an offset from UTC, which a time would lose");
    }
    if (clock_check_digits(microseconds, hint->typmod, e) != 0) {
        return -1;
    }
    return bytes_put_u64(out, (uint64_t)microseconds, e);
}

static int time_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                    struct bytes *arena, struct err *e)
{
    char text[32];
    if (length != 8 || codec_u64(wire) > (uint64_t)CLOCK_DAY) {
        return codec_refuse_wire(e, "time");
    }
    int64_t value = (int64_t)codec_u64(wire);
    char *end = clock_write_time(text, value, clock_form_digits(value, time_forms[hint->form].digits));
    return codec_store(out, CELL_TEXT, text, (size_t)(end - text), arena, e);
}

/* How a value is written, from the digits that are: their form alone tells no more. */
static uint32_t clock_key(const unsigned char *wire, size_t length, const struct time_form *form)
{
    int digits = length < 8 ? 0 : clock_form_digits((int64_t)codec_u64(wire), form->digits);
    return (uint32_t)(digits + 2) << 8 | form->offset;
}

static uint32_t time_key(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    return clock_key(wire, length, &time_forms[hint->form]);
}

/* A time without offset is refused: which offset would be kept with it? On wire the offset counts westward. */
static int timetz_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                      struct err *e)
{
    int64_t microseconds = 0;
    int64_t offset = 0;
    int has_offset = 0;
    if (clock_of_cell(c, data, &microseconds, &offset, &has_offset, e) != 0) {
        return -1;
    }
    if (!has_offset) {
        return codec_refuse(e, "add the offset in the source (Z for UTC), or give the target column the type time",
                            "the text has no offset from UTC, which a time with time zone keeps");
    }
    if (clock_check_digits(microseconds, hint->typmod, e) != 0 || bytes_put_u64(out, (uint64_t)microseconds, e) != 0) {
        return -1;
    }
    return bytes_put_u32(out, (uint32_t)-offset, e);
}

static int timetz_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                      struct bytes *arena, struct err *e)
{
    enum { LIMIT = 16 * 3600 }; /* of the server: offsets are smaller */
    const struct time_form *form = &timetz_forms[hint->form];
    char text[48];
    if (length != 12 || codec_u64(wire) > (uint64_t)CLOCK_DAY) {
        return codec_refuse_wire(e, "timetz");
    }
    int32_t west = (int32_t)codec_u32(wire + 8);
    if (west <= -LIMIT || west >= LIMIT) {
        return codec_refuse_wire(e, "timetz");
    }
    int64_t value = (int64_t)codec_u64(wire);
    char *end = clock_write_time(text, value, clock_form_digits(value, form->digits));
    end = clock_write_offset(end, -west, form->offset);
    return codec_store(out, CELL_TEXT, text, (size_t)(end - text), arena, e);
}

static uint32_t timetz_key(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    return clock_key(wire, length, &timetz_forms[hint->form]);
}

const struct codec codecs_clock[] = {
    {.type = "time",
     .oid = 1083,
     .put = time_put,
     .get = time_get,
     .forms = time_form_names,
     .form_key = time_key,
     .own_form = TIME_OWN},
    {.type = "timetz",
     .oid = 1266,
     .put = timetz_put,
     .get = timetz_get,
     .forms = timetz_form_names,
     .form_key = timetz_key,
     .own_form = TIMETZ_OWN},
    {.type = "interval",
     .oid = 1186,
     .put = interval_put,
     .get = interval_get,
     .forms = interval_forms,
     .has_form = interval_has_form,
     .own_form = INTERVAL_OWN},
    {.type = NULL},
};
