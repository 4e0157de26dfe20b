/* affinity.c: the conversions of SQLite's column affinities, to know which values they would alter. */
#include "affinity.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int affinity_find(const char *word, enum affinity *affinity)
{
    static const char *const words[] = {"blob", "text", "numeric", "integer", "real"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(word, words[i]) == 0) {
            *affinity = (enum affinity)i;
            return 0;
        }
    }
    return -1;
}

static int is_digit(const unsigned char *text, size_t length, size_t at)
{
    return at < length && text[at] >= '0' && text[at] <= '9';
}

static size_t skip_digits(const unsigned char *text, size_t length, size_t at)
{
    while (is_digit(text, length, at)) {
        at++;
    }
    return at;
}

static size_t skip_space(const unsigned char *text, size_t length, size_t at)
{
    while (at < length && (text[at] == ' ' || (text[at] >= '\t' && text[at] <= '\r'))) {
        at++;
    }
    return at;
}

static int is_one_of(const unsigned char *text, size_t length, size_t at, const char *letters)
{
    return at < length && text[at] != '\0' && strchr(letters, text[at]) != NULL;
}

/* A text that SQLite takes for a number: [space] [+-] digits [. digits] [e [+-] digits] [space], with digits before or
 * behind the point. */
static int looks_like_a_number(const unsigned char *text, size_t length)
{
    size_t at = skip_space(text, length, 0);
    size_t digits;

    at += (size_t)is_one_of(text, length, at, "+-");
    digits = at;
    at = skip_digits(text, length, at);
    digits = at - digits;
    if (is_one_of(text, length, at, ".")) {
        size_t behind = skip_digits(text, length, at + 1);

        digits += behind - at - 1;
        at = behind;
    }
    if (digits == 0) {
        return 0;
    }
    if (is_one_of(text, length, at, "eE")) {
        at++;
        at += (size_t)is_one_of(text, length, at, "+-");
        if (!is_digit(text, length, at)) {
            return 0;
        }
        at = skip_digits(text, length, at);
    }
    return skip_space(text, length, at) == length;
}

/* A real that SQLite makes an integer of: one without fraction between the ends of 64 bits, the ends excluded. */
static int is_whole(double value)
{
    return value > -9223372036854775808.0 && value < 9223372036854775807.0 && value == trunc(value);
}

const char *affinity_changes(enum affinity affinity, const struct cell *c, const unsigned char *data)
{
    int numeric = affinity == AFFINITY_NUMERIC || affinity == AFFINITY_INTEGER;

    switch ((enum cell_class)c->class) {
    case CELL_INTEGER:
        return affinity == AFFINITY_TEXT ? "a text" : affinity == AFFINITY_REAL ? "a real" : NULL;
    case CELL_REAL:
        if (isnan(c->as.real)) {
            return "NULL";
        }
        return affinity == AFFINITY_TEXT ? "a text" : numeric && is_whole(c->as.real) ? "an integer" : NULL;
    case CELL_TEXT:
        return (numeric || affinity == AFFINITY_REAL) && looks_like_a_number(data, c->length) ? "a number" : NULL;
    default:
        return NULL;
    }
}

int affinity_loses_sign(enum affinity affinity, const struct cell *c)
{
    return affinity == AFFINITY_REAL && c->class == CELL_REAL && c->as.real == 0 && signbit(c->as.real);
}

int affinity_whole(struct cell *c)
{
    double value = c->as.real;

    if (c->class != CELL_REAL || !(value >= -9223372036854775808.0 && value < 9223372036854775808.0) ||
        value != trunc(value)) {
        return 0;
    }
    c->class = CELL_INTEGER;
    c->as.integer = (int64_t)value;
    return 1;
}

/* The number that a text looks like: an integer where it is one of 64 bits, else a real. */
static void read_number(const unsigned char *text, size_t length, struct cell *out)
{
    enum { LONGEST = 400 /* more digits than any double has */ };
    char copy[LONGEST + 1];
    char *end = NULL;
    long long integer;

    memset(out, 0, sizeof *out);
    length = length < LONGEST ? length : LONGEST;
    memcpy(copy, text, length);
    copy[length] = '\0';
    errno = 0;
    integer = strtoll(copy, &end, 10);
    if (errno == 0 && skip_space((const unsigned char *)end, strlen(end), 0) == strlen(end)) {
        out->class = CELL_INTEGER;
        out->as.integer = integer;
        return;
    }
    out->class = CELL_REAL;
    out->as.real = strtod(copy, NULL);
}

const unsigned char *affinity_compared(enum affinity affinity, const struct cell *c, const unsigned char *data,
                                       struct cell *out, char digits[AFFINITY_DIGITS])
{
    int numeric = affinity == AFFINITY_NUMERIC || affinity == AFFINITY_INTEGER || affinity == AFFINITY_REAL;

    *out = *c;
    if (numeric && c->class == CELL_TEXT && looks_like_a_number(data, c->length)) {
        read_number(data, c->length, out);
        return NULL;
    }
    if (affinity == AFFINITY_TEXT && c->class == CELL_INTEGER) {
        out->class = CELL_TEXT;
        out->length = (uint32_t)snprintf(digits, AFFINITY_DIGITS, "%" PRId64, c->as.integer);
        return (const unsigned char *)digits;
    }
    return data;
}
