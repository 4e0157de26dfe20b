/* mend_time.c: rounding of dates and times that are finer than their column: .NET and Go write more digits of a second
 * than PostgreSQL keeps. */
#include "mend_time.h"

#include <string.h>

#include "codec_clock.h"

enum { MICROSECONDS = 6 }; /* fraction digits of a second that PostgreSQL keeps */

static int is_one_of(const struct codec *codec, const char *const *types)
{
    for (; *types != NULL; types++) {
        if (strcmp(codec->type, *types) == 0) {
            return 1;
        }
    }
    return 0;
}

/* The digits of a second that a column keeps. 0, or -1: it is of no such type. */
static int digits_of(const struct codec *codec, const struct codec_hint *hint, int *digits)
{
    static const char *const types[] = {"timestamptz", "timestamp", "time", "timetz", NULL};
    if (codec == NULL || !is_one_of(codec, types)) {
        return -1;
    }
    *digits = hint->typmod >= 0 && hint->typmod < MICROSECONDS ? hint->typmod : MICROSECONDS;
    return 0;
}

int mend_time_scale(const struct codec *codec, const struct codec_hint *hint, int64_t *scale)
{
    /* How many digits of each unit make its microseconds. */
    static const struct {
        int known;
        int scale;
    } units[STORED_COUNT] = {
        [STORED_UNIX] = {1, 6},   [STORED_UNIX_MS] = {1, 3},   [STORED_UNIX_US] = {1, 0}, [STORED_UNIX_NS] = {1, -3},
        [STORED_TICKS] = {1, -1}, [STORED_CORE_DATA] = {1, 6}, [STORED_WEBKIT] = {1, 0},  [STORED_S] = {1, 6},
        [STORED_MS] = {1, 3},     [STORED_US] = {1, 0},        [STORED_NS] = {1, -3},
    };
    int digits = MICROSECONDS;
    int is_interval = codec != NULL && strcmp(codec->type, "interval") == 0;
    if ((!is_interval && digits_of(codec, hint, &digits) != 0) || !units[hint->stored].known) {
        return -1;
    }
    *scale = units[hint->stored].scale - (MICROSECONDS - digits);
    return 0;
}

/* The place behind the point of the seconds, ":SS.", or `length`. */
static size_t fraction_at(const unsigned char *text, size_t length)
{
    for (size_t at = 3; at < length; at++) {
        if (text[at] == '.') {
            /* Only the first point: behind a time Go writes others. */
            return text[at - 3] == ':' ? at + 1 : length;
        }
    }
    return length;
}

/* The next moment that the column keeps, behind that of the text in `arena`. */
static int step_up(const struct codec *codec, const struct codec_hint *hint, int digits, struct cell *c,
                   struct bytes *arena, struct err *e)
{
    struct bytes wire = {0};
    int result = -1;
    int64_t unit = 1;
    for (int i = digits; i < MICROSECONDS; i++) {
        unit *= 10;
    }
    if (codec->put(c, arena->data, hint, &wire, e) != 0) {
        result = e->kind == ERR_MEMORY ? -1 : 0;
        goto done;
    }
    /* A time of day with an offset has more bytes, and its last moment no next one. */
    int64_t next = wire.length >= 8 ? (int64_t)codec_u64(wire.data) + unit : 0;
    if (wire.length < 8 || (strncmp(codec->type, "timestamp", 9) != 0 && next >= CLOCK_DAY)) {
        result = 0;
        goto done;
    }
    store_u64(wire.data, (uint64_t)next);
    arena->length = 0;
    if (codec->get(wire.data, wire.length, hint, c, arena, e) != 0) {
        result = e->kind == ERR_MEMORY ? -1 : 0;
        goto done;
    }
    result = 1;
done:
    bytes_free(&wire);
    return result;
}

int mend_time(const struct codec *codec, const struct codec_hint *hint, const struct cell *c, const unsigned char *data,
              struct cell *out, struct bytes *arena, struct err *e)
{
    int digits = 0;
    if (c->class != CELL_TEXT || digits_of(codec, hint, &digits) != 0) {
        return 0;
    }
    size_t first = fraction_at(data, c->length);
    size_t end = first;
    while (end < c->length && data[end] >= '0' && data[end] <= '9') {
        end++;
    }
    if (end - first <= (size_t)digits) {
        return 0;
    }
    /* Without digits there is no point either. */
    if (bytes_append(arena, data, digits == 0 ? first - 1 : first + (size_t)digits, e) != 0 ||
        bytes_append(arena, data + end, c->length - end, e) != 0 || codec_text_from(out, 0, arena, e) != 0) {
        return -1;
    }
    struct err refusal = {0};
    int result = data[first + (size_t)digits] < '5' ? 1 : step_up(codec, hint, digits, out, arena, &refusal);
    if (result < 0) {
        *e = refusal;
    }
    return result;
}
