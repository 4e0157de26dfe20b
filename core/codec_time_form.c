/* codec_time_form.c: the forms of dates and times: their table, and what they write. */
#include "codec_time_form.h"

#include <string.h>

/* Each list is one of X(name, separator, digits, offset). The order is that in which forms are preferred where the
 * values of a column suit several: the first one is written where nothing is known about the source's. */

#define FORMS_OF_ZONED(X, s, S, d, D)        \
    X(S " " D " +00:00", s, d, OFFSET_COLON) \
    X(S " " D " Z", s, d, OFFSET_Z)          \
    X(S " " D " +00", s, d, OFFSET_SHORT)    \
    X(S " " D " +0000", s, d, OFFSET_PLAIN)  \
    X(S " " D, s, d, OFFSET_NONE)

#define FORMS_OF_LOCAL(X, s, S, d, D)        \
    X(S " " D, s, d, OFFSET_NONE)            \
    X(S " " D " Z", s, d, OFFSET_Z)          \
    X(S " " D " +00:00", s, d, OFFSET_COLON) \
    X(S " " D " +00", s, d, OFFSET_SHORT)    \
    X(S " " D " +0000", s, d, OFFSET_PLAIN)

#define FORMS_WITH_SPACE_AND_T(X, OFFSETS, d, D) \
    OFFSETS(X, ' ', "space", d, D)               \
    OFFSETS(X, 'T', "T", d, D)

#define FORMS_OF_MOMENTS(X, OFFSETS)                             \
    FORMS_WITH_SPACE_AND_T(X, OFFSETS, 6, ".6")                  \
    FORMS_WITH_SPACE_AND_T(X, OFFSETS, 0, ".0")                  \
    FORMS_WITH_SPACE_AND_T(X, OFFSETS, 3, ".3")                  \
    FORMS_WITH_SPACE_AND_T(X, OFFSETS, DIGITS_NEEDED, ".*")      \
    FORMS_WITH_SPACE_AND_T(X, OFFSETS, DIGITS_THREES, ".3*")     \
    FORMS_WITH_SPACE_AND_T(X, OFFSETS, 1, ".1")                  \
    FORMS_WITH_SPACE_AND_T(X, OFFSETS, 2, ".2")                  \
    FORMS_WITH_SPACE_AND_T(X, OFFSETS, 4, ".4")                  \
    FORMS_WITH_SPACE_AND_T(X, OFFSETS, 5, ".5")                  \
    FORMS_WITH_SPACE_AND_T(X, OFFSETS, 7, ".7")                  \
    FORMS_WITH_SPACE_AND_T(X, OFFSETS, 9, ".9")                  \
    X("space .0 space +0000", ' ', 0, OFFSET_APART)              \
    X("space .* space +0000", ' ', DIGITS_NEEDED, OFFSET_APART)  \
    X("space .6 space +0000", ' ', 6, OFFSET_APART)              \
    X("space .3 space +0000", ' ', 3, OFFSET_APART)              \
    X("space minutes", ' ', DIGITS_MINUTES, OFFSET_NONE)         \
    X("space minutes Z", ' ', DIGITS_MINUTES, OFFSET_Z)          \
    X("space minutes +00:00", ' ', DIGITS_MINUTES, OFFSET_COLON) \
    X("T minutes", 'T', DIGITS_MINUTES, OFFSET_NONE)             \
    X("T minutes Z", 'T', DIGITS_MINUTES, OFFSET_Z)              \
    X("T minutes +00:00", 'T', DIGITS_MINUTES, OFFSET_COLON)     \
    X("date", ' ', DIGITS_DATE, OFFSET_NONE)

#define FORM_OF_DAY(X, s, S, d, D) X(S " " D, s, d, OFFSET_NONE)

#define FORMS_OF_DAYS(X)                            \
    X("date", ' ', DIGITS_DATE, OFFSET_NONE)        \
    FORMS_WITH_SPACE_AND_T(X, FORM_OF_DAY, 0, ".0") \
    FORMS_WITH_SPACE_AND_T(X, FORM_OF_DAY, 3, ".3") \
    FORMS_WITH_SPACE_AND_T(X, FORM_OF_DAY, 6, ".6") \
    FORMS_WITH_SPACE_AND_T(X, FORM_OF_DAY, 7, ".7") \
    FORMS_WITH_SPACE_AND_T(X, FORM_OF_DAY, 9, ".9") \
    FORMS_WITH_SPACE_AND_T(X, FORM_OF_DAY, DIGITS_MINUTES, "minutes")

#define FORM_OF_CLOCK(X, d, D) X(D, 0, d, OFFSET_NONE)

#define FORMS_OF_ZONED_CLOCK(X, d, D)  \
    X(D " +00:00", 0, d, OFFSET_COLON) \
    X(D " Z", 0, d, OFFSET_Z)          \
    X(D " +00", 0, d, OFFSET_SHORT)    \
    X(D " +0000", 0, d, OFFSET_PLAIN)

#define FORMS_OF_CLOCKS(X, OFFSETS)  \
    OFFSETS(X, 6, ".6")              \
    OFFSETS(X, 0, ".0")              \
    OFFSETS(X, 3, ".3")              \
    OFFSETS(X, DIGITS_NEEDED, ".*")  \
    OFFSETS(X, DIGITS_THREES, ".3*") \
    OFFSETS(X, 1, ".1")              \
    OFFSETS(X, 2, ".2")              \
    OFFSETS(X, 4, ".4")              \
    OFFSETS(X, 5, ".5")              \
    OFFSETS(X, 7, ".7")              \
    OFFSETS(X, 9, ".9")              \
    OFFSETS(X, DIGITS_MINUTES, "minutes")

/* How values are written that the plan declares to be no ISO texts: enum stored_form. */
#define NAMES_OF_STORED "number", "real", "real or integer", "text"

#define NAME(name, separator, digits, offset) name,
#define FORM(name, separator, digits, offset) {separator, digits, offset},

const struct time_form timestamptz_forms[] = {FORMS_OF_MOMENTS(FORM, FORMS_OF_ZONED)};
const struct time_form timestamp_forms[] = {FORMS_OF_MOMENTS(FORM, FORMS_OF_LOCAL)};
const struct time_form date_forms[] = {FORMS_OF_DAYS(FORM)};
const struct time_form time_forms[] = {FORMS_OF_CLOCKS(FORM, FORM_OF_CLOCK)};
const struct time_form timetz_forms[] = {FORMS_OF_CLOCKS(FORM, FORMS_OF_ZONED_CLOCK)};

const char *const timestamptz_form_names[] = {FORMS_OF_MOMENTS(NAME, FORMS_OF_ZONED) NAMES_OF_STORED, NULL};
const char *const timestamp_form_names[] = {FORMS_OF_MOMENTS(NAME, FORMS_OF_LOCAL) NAMES_OF_STORED, NULL};
const char *const date_form_names[] = {FORMS_OF_DAYS(NAME) NAMES_OF_STORED, NULL};
const char *const time_form_names[] = {FORMS_OF_CLOCKS(NAME, FORM_OF_CLOCK) NULL};
const char *const timetz_form_names[] = {FORMS_OF_CLOCKS(NAME, FORMS_OF_ZONED_CLOCK) NULL};

_Static_assert(sizeof timestamptz_forms / sizeof timestamptz_forms[0] == MOMENT_TEXTS, "MOMENT_TEXTS");
_Static_assert(sizeof timestamp_forms / sizeof timestamp_forms[0] == MOMENT_TEXTS, "MOMENT_TEXTS");
_Static_assert(sizeof date_forms / sizeof date_forms[0] == DATE_TEXTS, "DATE_TEXTS");
_Static_assert(sizeof timestamptz_form_names / sizeof timestamptz_form_names[0] <= CODEC_FORMS + 1, "too many forms");

int clock_form_digits(int64_t microseconds, unsigned char digits)
{
    static const uint32_t units[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    uint32_t fraction = (uint32_t)(microseconds % CLOCK_SECOND);
    int needed = 6;

    if (fraction % 10 != 0) {
        return digits == 7 || digits == 9 ? digits : 6;
    }
    switch (digits) {
    case DIGITS_DATE:
        return microseconds % CLOCK_DAY == 0 ? -2 : fraction == 0 ? 0 : 6;
    case DIGITS_MINUTES:
        if (microseconds % CLOCK_MINUTE == 0) {
            return -1;
        }
        return fraction == 0 ? 0 : fraction % 1000 == 0 ? 3 : 6;
    case DIGITS_THREES:
        return fraction == 0 ? 0 : fraction % 1000 == 0 ? 3 : 6;
    case DIGITS_NEEDED:
        if (fraction == 0) {
            return 0;
        }
        for (; fraction % 10 == 0; fraction /= 10) {
            needed--;
        }
        return needed;
    default:
        return digits > 6 || fraction % units[digits] == 0 ? digits : 6;
    }
}

char *clock_write_fraction(char *at, uint32_t microseconds, int digits)
{
    char all[9] = {[6] = '0', '0', '0'};

    (void)clock_write_two(all, microseconds / 10000);
    (void)clock_write_two(all + 2, microseconds / 100 % 100);
    (void)clock_write_two(all + 4, microseconds % 100);
    *at++ = '.';
    if (digits == 6) {
        memcpy(at, all, 6); /* at once, for this is what most times have */
    } else {
        memcpy(at, all, (size_t)digits);
    }
    return at + digits;
}

char *clock_write_time(char *at, int64_t microseconds, int digits)
{
    uint32_t seconds = (uint32_t)(microseconds / CLOCK_SECOND);

    at = clock_write_two(at, seconds / 3600);
    *at++ = ':';
    at = clock_write_two(at, seconds / 60 % 60);
    if (digits < 0) {
        return at;
    }
    *at++ = ':';
    at = clock_write_two(at, seconds % 60);
    return digits > 0 ? clock_write_fraction(at, (uint32_t)(microseconds % CLOCK_SECOND), digits) : at;
}

char *clock_write_offset(char *at, int32_t seconds, unsigned char offset)
{
    uint32_t size = (uint32_t)(seconds < 0 ? -seconds : seconds);
    /* Seconds need colons to be read. */
    int colon = offset != OFFSET_PLAIN && offset != OFFSET_APART ? 1 : size % 60 != 0;

    if (offset == OFFSET_NONE) {
        return at;
    }
    if (offset == OFFSET_Z && seconds == 0) {
        *at++ = 'Z';
        return at;
    }
    if (offset == OFFSET_APART) {
        *at++ = ' ';
    }
    *at++ = seconds < 0 ? '-' : '+';
    at = clock_write_two(at, size / 3600);
    if (offset == OFFSET_SHORT && size % 3600 == 0) {
        return at;
    }
    if (colon) {
        *at++ = ':';
    }
    at = clock_write_two(at, size / 60 % 60);
    if (size % 60 != 0) {
        *at++ = ':';
        at = clock_write_two(at, size % 60);
    }
    return at;
}

int time_is_in_forms(const unsigned char *text, size_t length, const struct time_form *all, const unsigned char *forms,
                     size_t count)
{
    static const struct {
        const char *text;
        size_t length;
    } zeros[] = {[OFFSET_NONE] = {"", 0},        [OFFSET_Z] = {"Z", 1},         [OFFSET_SHORT] = {"+00", 3},
                 [OFFSET_COLON] = {"+00:00", 6}, [OFFSET_PLAIN] = {"+0000", 5}, [OFFSET_APART] = {" +0000", 6}};
    enum { SEPARATOR = 10, POINT = 19, END = 26 };
    const struct time_form *first = &all[forms[0]];
    size_t offset = zeros[first->offset].length;
    unsigned bad = 0;

    /* What was read and has its point in this place has no space before it, and is a date and a time up to there. */
    if (length != END + offset || text[SEPARATOR] != first->separator || text[POINT] != '.' ||
        memcmp(text + END, zeros[first->offset].text, offset) != 0) {
        return 0;
    }
    (void)digits_of_two(text + POINT + 1, &bad);
    (void)digits_of_two(text + POINT + 3, &bad);
    (void)digits_of_two(text + POINT + 5, &bad);
    for (size_t i = 0; i < count && !bad; i++) {
        const struct time_form *form = &all[forms[i]];
        /* A last digit that is not 0 needs all six in each form, and two forms have more than these. */
        int is_six = form->digits == 6 || (text[END - 1] != '0' && form->digits != 7 && form->digits != 9);
        bad = !is_six || form->separator != first->separator || form->offset != first->offset;
    }
    return !bad;
}
