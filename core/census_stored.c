/* census_stored.c: what says how a column's moments and UUIDs are stored: the sizes of its numbers, the forms of its
 * texts, the places of versions in its blobs. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "census_column.h"
#include "codec.h"
#include "decimal.h"
#include "hex.h"

enum { DECIMAL_MOST = 64, UUID_BYTES = 16, UUID_DIGITS = 32, UUID_TEXT = 36 };

/* ---- numbers ---- */

static struct census_decade *decade_of_integer(struct census_stored *s, int64_t v)
{
    uint64_t size = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    size_t decade = 0;

    for (; size >= 10; size /= 10) {
        decade++;
    }
    return &s->decades[decade];
}

/* Powers of ten up to 10^22 are doubles, so that the comparison is exact. */
static struct census_decade *decade_of_real(struct census_stored *s, double v)
{
    size_t decade = 0;

    for (double above = 10; decade + 1 < CENSUS_DECADES && fabs(v) >= above; above *= 10) {
        decade++;
    }
    return &s->decades[decade];
}

static struct census_decade *add_integer(struct census_stored *s, int64_t v)
{
    struct census_decade *d = decade_of_integer(s, v);

    if (d->integers == 0 || v < d->integer_min) {
        d->integer_min = v;
    }
    if (d->integers == 0 || v > d->integer_max) {
        d->integer_max = v;
    }
    d->integers++;
    s->julian += v >= 1721060 && v <= 5373484;
    return d;
}

static struct census_decade *add_real(struct census_stored *s, double v)
{
    struct census_decade *d = decade_of_real(s, v);

    if (d->reals == 0 || v < d->real_min) {
        d->real_min = v;
    }
    if (d->reals == 0 || v > d->real_max) {
        d->real_max = v;
    }
    d->reals++;
    s->julian += v >= 1721059.5 && v < 5373484.5;
    return d;
}

/* ---- texts ---- */

/* 1: a moment in the stored form; 0: it is none; -1 and e (ERR_MEMORY). */
static int is_moment(const unsigned char *data, size_t length, enum codec_stored stored, struct bytes *scratch,
                     struct err *e)
{
    struct cell cell = {.length = (uint32_t)length, .class = CELL_TEXT};
    struct codec_hint hint = {.typmod = -1, .stored = stored};

    scratch->length = 0;
    if (census_codec(CENSUS_TIMESTAMPTZ)->put(&cell, data, &hint, scratch, e) == 0) {
        return 1;
    }
    return e->kind == ERR_VALUE ? 0 : -1;
}

/* True where a - follows a digit as behind a year of four: no decimal number has that, and most moments do. */
static int has_year(const unsigned char *data, size_t length)
{
    return length > 4 && data[4] == '-' && data[3] >= '0' && data[3] <= '9';
}

/* True when the text was a decimal number, and counted. */
static int add_decimal(struct census_stored *s, const unsigned char *data, size_t length)
{
    struct decimal d;
    char text[DECIMAL_MOST];
    char *end;
    long long whole;

    if (length >= sizeof text || has_year(data, length) || decimal_parse(data, length, &d) != 0) {
        return 0;
    }
    memcpy(text, data, length);
    text[length] = '\0';
    whole = strtoll(text, &end, 10);
    if (*end == '\0' && whole != LLONG_MAX && whole != LLONG_MIN) {
        add_integer(s, whole)->texts++;
    } else {
        add_real(s, strtod(text, NULL))->texts++;
    }
    return 1;
}

/* True for a UUID as texts have it: 36 characters with hyphens or 32 without. No moment looks so, and the codec would
 * say at length why it is none. */
static int is_uuid(const unsigned char *data, size_t length)
{
    if (length != UUID_DIGITS && length != UUID_TEXT) {
        return 0;
    }
    for (size_t i = 0; i < length; i++) {
        int hyphen = length == UUID_TEXT && (i == 8 || i == 13 || i == 18 || i == 23);

        if (hyphen ? data[i] != '-' : hex_value(data[i]) < 0) {
            return 0;
        }
    }
    return 1;
}

static void show(char shown[CENSUS_SHOWN], int64_t count, const unsigned char *data, size_t length)
{
    if (count == 1) {
        err_escape(shown, CENSUS_SHOWN, data, length);
    }
}

static int add_text(struct census_stored *s, const unsigned char *data, size_t length, struct bytes *scratch,
                    struct err *e)
{
    int result;

    if (add_decimal(s, data, length)) {
        return 0;
    }
    if (is_uuid(data, length)) {
        show(s->other_shown, ++s->texts_other, data, length);
        return 0;
    }
    result = is_moment(data, length, STORED_ISO, scratch, e);
    if (result > 0) {
        show(s->iso_shown, ++s->texts_iso, data, length);
    }
    if (result != 0) {
        return result < 0 ? -1 : 0;
    }
    result = is_moment(data, length, STORED_GO, scratch, e);
    if (result > 0) {
        show(s->go_shown, ++s->texts_go, data, length);
    } else if (result == 0) {
        show(s->other_shown, ++s->texts_other, data, length);
    }
    return result < 0 ? -1 : 0;
}

/* ---- UUIDs ---- */

/* The variant is at the same place in both orders; the version is the upper half of byte 6, which .NET exchanges with
 * byte 7. */
static void add_uuid(struct census_stored *s, const unsigned char uuid[UUID_BYTES])
{
    unsigned version = uuid[6] >> 4;
    unsigned version_net = uuid[7] >> 4;

    if (uuid[0] == uuid[3] && uuid[1] == uuid[2] && uuid[4] == uuid[5] && uuid[6] == uuid[7]) {
        s->uuid_even++;
    } else if ((uuid[8] & 0xC0) == 0x80) {
        s->uuid_rfc += version >= 1 && version <= 8;
        s->uuid_net += version_net >= 1 && version_net <= 8;
        s->uuid_rfc_versions |= 1u << version;
        s->uuid_net_versions |= 1u << version_net;
    }
}

/* ---- all of them ---- */

int census_stored_add(struct census_stored *s, sqlite3_value *value, struct bytes *scratch, struct err *e)
{
    const void *data;
    size_t length;

    switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER:
        (void)add_integer(s, sqlite3_value_int64(value));
        return 0;
    case SQLITE_FLOAT:
        (void)add_real(s, sqlite3_value_double(value));
        return 0;
    case SQLITE_TEXT:
    case SQLITE_BLOB:
        break;
    default:
        return 0;
    }
    data = sqlite3_value_blob(value);
    length = (size_t)sqlite3_value_bytes(value);
    if (data == NULL && length > 0) {
        return err_set(e, ERR_MEMORY, "out of memory: cannot read a value of %zu bytes", length);
    }
    if (sqlite3_value_type(value) == SQLITE_TEXT) {
        return add_text(s, data == NULL ? (const unsigned char *)"" : data, length, scratch, e);
    }
    if (length == UUID_BYTES) {
        add_uuid(s, data);
    }
    return 0;
}

static void merge_decade(struct census_decade *d, const struct census_decade *later)
{
    if (later->integers > 0) {
        if (d->integers == 0 || later->integer_min < d->integer_min) {
            d->integer_min = later->integer_min;
        }
        if (d->integers == 0 || later->integer_max > d->integer_max) {
            d->integer_max = later->integer_max;
        }
    }
    if (later->reals > 0) {
        if (d->reals == 0 || later->real_min < d->real_min) {
            d->real_min = later->real_min;
        }
        if (d->reals == 0 || later->real_max > d->real_max) {
            d->real_max = later->real_max;
        }
    }
    d->integers += later->integers;
    d->reals += later->reals;
    d->texts += later->texts;
}

static void merge_texts(int64_t *count, char shown[CENSUS_SHOWN], int64_t later, const char *later_shown)
{
    if (*count == 0 && later > 0) {
        memcpy(shown, later_shown, CENSUS_SHOWN);
    }
    *count += later;
}

void census_stored_merge(struct census_stored *s, const struct census_stored *later)
{
    for (size_t i = 0; i < CENSUS_DECADES; i++) {
        merge_decade(&s->decades[i], &later->decades[i]);
    }
    s->julian += later->julian;
    merge_texts(&s->texts_iso, s->iso_shown, later->texts_iso, later->iso_shown);
    merge_texts(&s->texts_go, s->go_shown, later->texts_go, later->go_shown);
    merge_texts(&s->texts_other, s->other_shown, later->texts_other, later->other_shown);
    s->uuid_rfc += later->uuid_rfc;
    s->uuid_net += later->uuid_net;
    s->uuid_even += later->uuid_even;
    s->uuid_rfc_versions |= later->uuid_rfc_versions;
    s->uuid_net_versions |= later->uuid_net_versions;
}
