/* codec_interval_text.c: reading the texts of intervals. Months, days and microseconds are never converted into one
 * another, and nothing is guessed: the server's own reader would spread the fractions of days, and take a number
 * without unit for seconds. */
#include <string.h>

#include "codec_clock.h"

const char interval_beyond[] = "the interval is longer than PostgreSQL's";
static const char no_form[] = "the text is not of a form of intervals";

struct unit {
    const char *names[4];
    char date_letter; /* of ISO 8601, before T */
    char time_letter; /* after T */
    int64_t months;   /* in one of it: one of the three is not 0 */
    int64_t days;
    int64_t microseconds;
};

/* From the largest down: in this order they stand in a text, each at most once. */
static const struct unit units[] = {
    {{"year", "years"}, 'Y', 0, 12, 0, 0},
    {{"mon", "mons", "month", "months"}, 'M', 0, 1, 0, 0},
    {{"week", "weeks"}, 'W', 0, 0, 7, 0},
    {{"day", "days"}, 'D', 0, 0, 1, 0},
    {{"hour", "hours"}, 0, 'H', 0, 0, CLOCK_HOUR},
    {{"min", "mins", "minute", "minutes"}, 0, 'M', 0, 0, CLOCK_MINUTE},
    {{"sec", "secs", "second", "seconds"}, 0, 'S', 0, 0, CLOCK_SECOND},
};

enum { UNITS = sizeof units / sizeof units[0], HOURS = 4, SECONDS = UNITS - 1 };

/* A number with its sign; the fraction of a second is kept apart. */
struct number {
    int64_t whole; /* with the sign */
    int64_t fraction;
    int negative;
    int has_sign;
    int has_fraction;
};

/* total += count * size; NULL, or why not. */
static const char *add(int64_t *total, int64_t count, int64_t size)
{
    int64_t product = 0;
    return __builtin_mul_overflow(count, size, &product) || __builtin_add_overflow(*total, product, total)
               ? interval_beyond
               : NULL;
}

static const char *negate(struct interval *i)
{
    const int64_t none = 0;
    return __builtin_sub_overflow(none, i->months, &i->months) || __builtin_sub_overflow(none, i->days, &i->days) ||
                   __builtin_sub_overflow(none, i->microseconds, &i->microseconds)
               ? interval_beyond
               : NULL;
}

static const char *read_sign(struct reader *r, struct number *n)
{
    memset(n, 0, sizeof *n);
    n->has_sign = reader_is(r, '-') || reader_is(r, '+');
    n->negative = reader_is(r, '-');
    if (n->has_sign) {
        reader_skip(r, 1);
    }
    return reader_is_digit(r) ? NULL : no_form;
}

static const char *read_whole(struct reader *r, struct number *n)
{
    const char *why = read_sign(r, n);
    while (why == NULL && reader_is_digit(r)) {
        int digit = r->at[0] - '0';
        why = __builtin_mul_overflow(n->whole, 10, &n->whole) ||
                      __builtin_add_overflow(n->whole, n->negative ? -digit : digit, &n->whole)
                  ? interval_beyond
                  : NULL;
        reader_skip(r, 1);
    }
    return why;
}

static const char *read_number(struct reader *r, struct number *n)
{
    const char *why = read_whole(r, n);
    n->has_fraction = why == NULL && reader_is(r, '.');
    if (n->has_fraction) {
        reader_skip(r, 1);
        why = clock_read_fraction(r, &n->fraction);
        n->fraction = n->negative ? -n->fraction : n->fraction;
    }
    return why;
}

static const char *add_units(struct interval *i, const struct number *n, size_t unit)
{
    const struct unit *u = &units[unit];
    if (n->has_fraction && unit != SECONDS) {
        return "only seconds have a fraction: how long is a part of a larger unit?";
    }
    const char *why = add(&i->months, n->whole, u->months);
    why = why != NULL ? why : add(&i->days, n->whole, u->days);
    why = why != NULL ? why : add(&i->microseconds, n->whole, u->microseconds);
    return why != NULL ? why : add(&i->microseconds, n->fraction, 1);
}

/* :MM:SS[.ffffff] behind the hours. */
static const char *add_clock(struct reader *r, const struct number *hours, struct interval *i)
{
    int minute = 0;
    int second = 0;
    int64_t rest = 0;
    if (reader_part(r, ':', &minute) != 0 || reader_part(r, ':', &second) != 0) {
        return "the time is not of the form HH:MM:SS[.ffffff]";
    }
    if (minute > 59 || second > 59) {
        return "minutes and seconds go to 59";
    }
    rest = minute * CLOCK_MINUTE + second * CLOCK_SECOND;
    if (reader_is(r, '.')) {
        reader_skip(r, 1);
        const char *why = clock_read_fraction(r, &rest);
        if (why != NULL) {
            return why;
        }
    }
    const char *why = add(&i->microseconds, hours->whole, CLOCK_HOUR);
    return why != NULL ? why : add(&i->microseconds, hours->negative ? -rest : rest, 1);
}

/* Units that have no letter there have a zero, which is no byte of a text. */
static int reader_is_letter(const struct reader *r, char letter)
{
    return letter != 0 && reader_is(r, (unsigned char)letter);
}

/* P[nY][nM][nW][nD][T[nH][nM][n[.ffffff]S]], a sign before each number, one before the P for all. */
static const char *read_iso(struct reader *r, struct interval *i)
{
    int time = 0;
    size_t next = 0; /* the largest unit that may follow */
    reader_skip(r, 1);
    while (r->left > 0) {
        struct number n;
        if (!time && reader_is(r, 'T')) {
            time = 1;
            next = HOURS;
            reader_skip(r, 1);
        }
        const char *why = read_number(r, &n);
        if (why != NULL) {
            return why;
        }
        while (next < UNITS && !reader_is_letter(r, time ? units[next].time_letter : units[next].date_letter)) {
            next++;
        }
        if (next == UNITS || r->left == 0) {
            return "ISO 8601 names the units Y, M, W, D, and after a T H, M, S, in this order";
        }
        reader_skip(r, 1);
        why = add_units(i, &n, next++);
        if (why != NULL) {
            return why;
        }
    }
    return next == 0 ? no_form : NULL;
}

/* A word of ASCII letters, whatever their case. */
static int reads_word(struct reader *r, const char *word)
{
    size_t length = strlen(word);
    for (size_t i = 0; i < length; i++) {
        if (i >= r->left || (r->at[i] | 0x20) != word[i]) {
            return 0;
        }
    }
    if (r->left > length && r->at[length] != ' ') {
        return 0;
    }
    reader_skip(r, length);
    return 1;
}

static int skip_spaces(struct reader *r)
{
    int found = 0;
    while (reader_is(r, ' ')) {
        reader_skip(r, 1);
        found = 1;
    }
    return found;
}

/* The unit that is named next, from `next` on; UNITS when there is none. */
static size_t read_unit(struct reader *r, size_t next)
{
    for (; next < UNITS; next++) {
        for (size_t name = 0; name < 4 && units[next].names[name] != NULL; name++) {
            if (reads_word(r, units[next].names[name])) {
                return next;
            }
        }
    }
    return UNITS;
}

/* Signs as they stand in the text. "-3 days 04:05:06" is -3 days and +4 hours to PostgreSQL, and all of it negative to
 * the SQL standard (and to PostgreSQL in that style): only a second sign makes it clear. */
struct signs {
    int numbers;
    int first_negative;
    int others;   /* a sign before a later number */
    int doubtful; /* a later number without sign that is not 0 */
};

static void note_sign(struct signs *s, const struct number *n, int is_zero)
{
    if (s->numbers++ == 0) {
        s->first_negative = n->negative;
    } else if (n->has_sign) {
        s->others = 1;
    } else if (!is_zero) {
        s->doubtful = 1;
    }
}

/* HH:MM:SS[.ffffff] that ends the text. */
static const char *read_clock(struct reader *r, struct interval *i, struct signs *s)
{
    struct number hours;
    int64_t before = i->microseconds;
    const char *why = read_whole(r, &hours);
    why = why != NULL ? why : add_clock(r, &hours, i);
    note_sign(s, &hours, i->microseconds == before);
    return why != NULL || r->left == 0 ? why : "there is more text after the time";
}

/* D.HH:MM:SS[.ffffff], as .NET prints it: one sign for all. */
static const char *read_net(struct reader *r, struct interval *i)
{
    struct number days;
    int hour = 0;
    const char *why = read_whole(r, &days);
    if (why != NULL) {
        return why;
    }
    if (reader_part(r, '.', &hour) != 0 || hour > 23) {
        return "behind the days and a point, hours go to 23";
    }
    struct number hours = {.whole = days.negative ? -hour : hour, .negative = days.negative};
    why = add(&i->days, days.whole, 1);
    why = why != NULL ? why : add_clock(r, &hours, i);
    return why != NULL || r->left == 0 ? why : "there is more text after the time";
}

static const char *read_days_and_clock(struct reader *r, struct interval *i, struct signs *s)
{
    struct number days;
    const char *why = read_whole(r, &days);
    note_sign(s, &days, 0);
    (void)skip_spaces(r);
    why = why != NULL ? why : add(&i->days, days.whole, 1);
    return why != NULL ? why : read_clock(r, i, s);
}

enum form { CLOCK, NET, DAYS_AND_CLOCK, WORDS };

/* What the text is by what follows its first number. */
static enum form form_of(struct reader r)
{
    if (reader_is(&r, '-') || reader_is(&r, '+')) {
        reader_skip(&r, 1);
    }
    while (reader_is_digit(&r)) {
        reader_skip(&r, 1);
    }
    if (reader_is(&r, ':')) {
        return CLOCK;
    }
    if (r.left > 3 && r.at[0] == '.' && r.at[3] == ':') {
        return NET;
    }
    int number_follows = skip_spaces(&r) && (reader_is_digit(&r) || reader_is(&r, '-') || reader_is(&r, '+'));
    return number_follows ? DAYS_AND_CLOCK : WORDS;
}

/* N UNIT ..., from the largest unit down, with a time instead of hours, minutes and seconds or without. */
static const char *read_words(struct reader *r, struct interval *i, struct signs *s)
{
    size_t next = 0;
    while (r->left > 0) {
        struct number n;
        if (s->numbers > 0 && reads_word(r, "ago")) {
            return r->left > 0 ? "there is more text after \"ago\"" : negate(i);
        }
        if (form_of(*r) == CLOCK) {
            return next <= HOURS ? read_clock(r, i, s) : no_form;
        }
        const char *why = read_number(r, &n);
        if (why != NULL) {
            return why;
        }
        note_sign(s, &n, n.whole == 0 && n.fraction == 0);
        if (r->left == 0) {
            return "a number has no unit by itself";
        }
        next = skip_spaces(r) ? read_unit(r, next) : UNITS;
        if (next == UNITS) {
            return "after a number, a unit from year to second is read, the larger ones first";
        }
        why = add_units(i, &n, next++);
        if (why != NULL) {
            return why;
        }
        (void)skip_spaces(r);
    }
    return s->numbers == 0 ? no_form : NULL;
}

static const char *read_parts(struct reader *r, struct interval *i)
{
    struct signs s = {0};
    const char *why = NULL;
    if (codec_is_word(r->at, r->left, "@ 0")) { /* no time at all, in the style postgres_verbose */
        return NULL;
    }
    if (reader_is(r, '@')) {
        reader_skip(r, 1);
        (void)skip_spaces(r);
        why = read_words(r, i, &s);
    } else {
        switch (form_of(*r)) {
        case CLOCK:
            why = read_clock(r, i, &s);
            break;
        case NET:
            return read_net(r, i);
        case DAYS_AND_CLOCK:
            why = read_days_and_clock(r, i, &s);
            break;
        case WORDS:
            why = read_words(r, i, &s);
            break;
        }
    }
    if (why == NULL && s.first_negative && s.doubtful && !s.others) {
        return "the first part is negative and the others have no sign: it is not clear whether they are negative too";
    }
    return why;
}

const char *interval_read(const unsigned char *text, size_t length, struct interval *i)
{
    struct reader r = {text, length};
    int signed_iso = length > 1 && (text[0] == '-' || text[0] == '+') && text[1] == 'P';
    memset(i, 0, sizeof *i);
    if (signed_iso) {
        reader_skip(&r, 1);
    }
    const char *why = reader_is(&r, 'P') ? read_iso(&r, i) : read_parts(&r, i);
    if (why == NULL && signed_iso && text[0] == '-') {
        why = negate(i);
    }
    if (why == NULL && (i->months != (int32_t)i->months || i->days != (int32_t)i->days)) {
        why = interval_beyond;
    }
    return why;
}
