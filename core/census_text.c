/* census_text.c: what the texts of a column are: their sizes, whether a PostgreSQL text holds them, and which other
 * types would take them, by the codecs themselves. */
#include <pthread.h>
#include <string.h>

#include "census_column.h"
#include "codec.h"
#include "hex.h"

enum { SCRATCH_MOST = 1024 * 1024 };

static const struct {
    uint32_t oid;
    const char *name;
} candidate_types[CENSUS_CANDIDATE_COUNT] = {
    [CENSUS_UUID] = {2950, "uuid"},
    [CENSUS_JSONB] = {3802, "jsonb"},
    [CENSUS_DATE] = {1082, "date"},
    [CENSUS_TIMESTAMP] = {1114, "timestamp"},
    [CENSUS_TIMESTAMPTZ] = {1184, "timestamptz"},
};

/* Looked up once: the tables of codecs are long, and there are many values. */
static const struct codec *codecs[CENSUS_CANDIDATE_COUNT];
static pthread_once_t codecs_once = PTHREAD_ONCE_INIT;

static void find_codecs(void)
{
    for (size_t i = 0; i < CENSUS_CANDIDATE_COUNT; i++) {
        codecs[i] = codec_find(candidate_types[i].oid, NULL);
    }
}

const struct codec *census_codec(enum census_candidate candidate)
{
    (void)pthread_once(&codecs_once, find_codecs);
    return codecs[candidate];
}

const char *census_candidate_name(enum census_candidate candidate)
{
    return candidate_types[candidate].name;
}

/* ---- what every text is looked at for ---- */

static void measure(struct census_texts *t, const unsigned char *data, size_t length)
{
    size_t start = 0;
    int64_t characters = 0;
    int has_nul = 0;

    if ((int64_t)length > t->bytes_most) {
        t->bytes_most = (int64_t)length;
    }
    /* Piece by piece between the NULs, which the check takes for faults. */
    while (start <= length) {
        size_t at = 0;
        size_t count = 0;

        if (utf8_check(data + start, length - start, &at, &count) == 0) {
            characters += (int64_t)count;
            break;
        }
        if (data[start + at] != 0) {
            t->invalid++;
            t->with_nul += has_nul || memchr(data + start, 0, length - start) != NULL;
            return;
        }
        has_nul = 1;
        (void)utf8_check(data + start, at, &at, &count);
        characters += (int64_t)count + 1;
        start += at + 1;
    }
    t->with_nul += has_nul;
    if (characters > t->characters_most) {
        t->characters_most = characters;
    }
}

/* ---- candidates ---- */

/* 1: the codec of a type takes the text; 0: it does not; -1 and e (ERR_MEMORY). */
static int takes(enum census_candidate candidate, const unsigned char *data, size_t length, struct bytes *scratch,
                 struct err *e)
{
    struct cell cell = {.length = (uint32_t)length, .class = CELL_TEXT};
    struct codec_hint hint = {.typmod = -1};
    int rc;

    scratch->length = 0;
    rc = census_codec(candidate)->put(&cell, data, &hint, scratch, e);
    if (scratch->capacity > SCRATCH_MOST) {
        bytes_free(scratch);
    }
    if (rc != 0 && e->kind != ERR_VALUE) {
        return -1;
    }
    return rc == 0;
}

static int is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

/* The codec reads these lengths: with and without hyphens, and both in braces. No JSON has a digit behind its {. */
static int may_be_uuid(const unsigned char *data, size_t length)
{
    return ((length == 32 || length == 36) && hex_value(data[0]) >= 0) ||
           ((length == 34 || length == 38) && data[0] == '{' && hex_value(data[1]) >= 0);
}

static void note_uuid(struct census_texts *t, const unsigned char *data, size_t length)
{
    unsigned char digits[32];
    size_t count = 0;
    int upper = 0;

    for (size_t i = 0; i < length; i++) {
        if (hex_value(data[i]) >= 0 && count < sizeof digits) {
            digits[count++] = data[i];
            upper |= data[i] >= 'A' && data[i] <= 'F';
        }
    }
    t->uuid_hyphens += length == 36;
    t->uuid_digits += length == 32;
    t->uuid_upper += upper;
    t->uuid_rfc += digits[12] >= '1' && digits[12] <= '8' && (hex_value(digits[16]) & 0xC) == 0x8;
}

static int may_be_json(const unsigned char *data, size_t length)
{
    size_t at = 0;

    while (at < length && (data[at] == ' ' || data[at] == '\t' || data[at] == '\n' || data[at] == '\r')) {
        at++;
    }
    return at < length && (data[at] == '{' || data[at] == '[');
}

/* YYYY-MM-DD and what may follow; white space around it is none of that. */
static int may_be_date(const unsigned char *data, size_t length)
{
    unsigned char last = length == 0 ? 0 : data[length - 1];

    return length >= 10 && length <= 64 && is_digit(data[0]) && data[4] == '-' && (is_digit(last) || last == 'Z');
}

/* Where the offset from UTC begins in a text that the codec takes: behind the date, the only -, + or Z. */
static size_t offset_start(const unsigned char *data, size_t length)
{
    size_t at = 11;

    while (at < length && data[at] != '+' && data[at] != '-' && data[at] != 'Z') {
        at++;
    }
    return at;
}

static void note_time(struct census_texts *t, const unsigned char *data, size_t length)
{
    size_t offset = offset_start(data, length);
    const unsigned char *point = memchr(data, '.', length);

    t->times_with_t += data[10] == 'T';
    t->times_with_z += offset < length && data[offset] == 'Z';
    t->times_plain += length == 19 && data[10] == ' ' && offset == length && point == NULL;
    if (point != NULL) {
        int digits = 0;

        for (point++; point < data + length && is_digit(*point); point++) {
            digits++;
        }
        if (digits > t->fraction_most) {
            t->fraction_most = digits;
        }
    }
}

/* Which of the three a text with a date in front can be. */
static enum census_candidate time_candidate(const unsigned char *data, size_t length)
{
    if (length == 10) {
        return CENSUS_DATE;
    }
    return offset_start(data, length) < length ? CENSUS_TIMESTAMPTZ : CENSUS_TIMESTAMP;
}

/* The candidate that takes the text, CENSUS_CANDIDATE_COUNT when none does: no text fits two of them. Or -1 and e. */
static int candidate_of(struct census_texts *t, const unsigned char *data, size_t length, struct bytes *scratch,
                        struct err *e)
{
    int result = 0;
    enum census_candidate candidate = CENSUS_CANDIDATE_COUNT;

    if (may_be_date(data, length)) {
        candidate = time_candidate(data, length);
        result = takes(candidate, data, length, scratch, e);
        if (result > 0 && candidate != CENSUS_DATE) {
            note_time(t, data, length);
        }
    } else if (may_be_uuid(data, length)) {
        candidate = CENSUS_UUID;
        result = takes(candidate, data, length, scratch, e);
        if (result > 0) {
            note_uuid(t, data, length);
        }
    } else if (may_be_json(data, length)) {
        candidate = CENSUS_JSONB;
        result = takes(candidate, data, length, scratch, e);
    }
    return result < 0 ? -1 : result > 0 ? (int)candidate : (int)CENSUS_CANDIDATE_COUNT;
}

int census_text_add(struct census_texts *t, const unsigned char *data, size_t length, enum census_wanted wanted,
                    struct bytes *scratch, struct err *e)
{
    int accepting;

    measure(t, data, length);
    if (wanted != CENSUS_CANDIDATES) {
        return 0;
    }
    accepting = candidate_of(t, data, length, scratch, e);
    if (accepting < 0) {
        return -1;
    }
    for (int i = 0; i < CENSUS_CANDIDATE_COUNT; i++) {
        if (i == accepting) {
            t->accepted[i]++;
        } else if (!t->refused[i]) {
            t->refused[i] = 1;
            err_escape(t->against[i], sizeof t->against[i], data, length);
        }
    }
    return 0;
}

void census_text_merge(struct census_texts *t, const struct census_texts *later)
{
    if (later->characters_most > t->characters_most) {
        t->characters_most = later->characters_most;
    }
    if (later->bytes_most > t->bytes_most) {
        t->bytes_most = later->bytes_most;
    }
    t->with_nul += later->with_nul;
    t->invalid += later->invalid;
    for (int i = 0; i < CENSUS_CANDIDATE_COUNT; i++) {
        t->accepted[i] += later->accepted[i];
        if (!t->refused[i] && later->refused[i]) {
            t->refused[i] = 1;
            memcpy(t->against[i], later->against[i], sizeof t->against[i]);
        }
    }
    t->uuid_hyphens += later->uuid_hyphens;
    t->uuid_digits += later->uuid_digits;
    t->uuid_upper += later->uuid_upper;
    t->uuid_rfc += later->uuid_rfc;
    t->times_with_t += later->times_with_t;
    t->times_with_z += later->times_with_z;
    t->times_plain += later->times_plain;
    if (later->fraction_most > t->fraction_most) {
        t->fraction_most = later->fraction_most;
    }
}
