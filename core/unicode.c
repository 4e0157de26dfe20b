/* unicode.c: texts by Unicode's characters. The properties of characters are those of libutf8proc. */
#include "unicode.h"

#include <utf8proc.h>

#include "text_scan.h"
#include "utf8.h"

enum { POINT_BYTES = 4 };

int unicode_check(const unsigned char *data, size_t length, size_t *characters, struct err *e)
{
    size_t at = 0;
    size_t count = 0;

    while (at < length) {
        size_t plain = ascii_end(data, length, at);
        count += plain - at;
        at = plain;
        if (at == length) {
            break;
        }
        size_t size = utf8_character(data + at, length - at, NULL);
        if (size == 0) {
            return err_set(e, ERR_VALUE, "the text is not valid UTF-8: byte %zu (0x%02X) belongs to no character",
                           at + 1, data[at]);
        }
        count++;
        at += size;
    }
    if (characters != NULL) {
        *characters = count;
    }
    return 0;
}

size_t unicode_offset(const unsigned char *data, size_t length, size_t index)
{
    size_t at = 0;

    for (; index > 0 && at < length; index--) {
        at += data[at] < 0x80 ? 1 : utf8_character(data + at, length - at, NULL);
    }
    return at;
}

static uint32_t point_at(const unsigned char *data, size_t length, size_t at, size_t *size)
{
    uint32_t point = data[at];

    *size = point < 0x80 ? 1 : utf8_character(data + at, length - at, &point);
    return point;
}

/* Where the character before a place begins; the place is not 0. */
static size_t before(const unsigned char *data, size_t at)
{
    do {
        at--;
    } while (at > 0 && (data[at] & 0xC0) == 0x80);
    return at;
}

/* ---- white space ---- */

static int is_space(uint32_t point)
{
    if (point < 0x80) {
        return point == ' ' || (point >= '\t' && point <= '\r');
    }
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)point);
    return point == 0x85 || category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
           category == UTF8PROC_CATEGORY_ZP;
}

void unicode_trim(const unsigned char **data, size_t *length)
{
    const unsigned char *text = *data;
    size_t start = 0;
    size_t end = *length;
    size_t size = 0;

    while (start < end && is_space(point_at(text, end, start, &size))) {
        start += size;
    }
    while (end > start) {
        size_t last = before(text, end);
        if (!is_space(point_at(text, end, last, &size))) {
            break;
        }
        end = last;
    }
    *data = text + start;
    *length = end - start;
}

/* ---- case ---- */

static int append_point(struct bytes *out, uint32_t point, struct err *e)
{
    if (bytes_reserve(out, POINT_BYTES, e) != 0) {
        return -1;
    }
    out->length += (size_t)utf8proc_encode_char((utf8proc_int32_t)point, out->data + out->length);
    return 0;
}

/* Unicode's property Cased, but for modifier letters, which stand between others without being looked at. */
static int is_cased(uint32_t point)
{
    utf8proc_int32_t p = (utf8proc_int32_t)point;
    utf8proc_category_t category = utf8proc_category(p);

    return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL || category == UTF8PROC_CATEGORY_LT ||
           point == 0xAA || point == 0xBA || (point >= 0x1F130 && point <= 0x1F149) ||
           (point >= 0x1F150 && point <= 0x1F169) || (point >= 0x1F170 && point <= 0x1F189) ||
           utf8proc_tolower(p) != p || utf8proc_toupper(p) != p;
}

/* Unicode's property Case_Ignorable. */
static int is_ignored_by_case(uint32_t point)
{
    /* Those whose Word_Break is MidLetter, MidNumLet or Single_Quote. */
    static const uint16_t within_words[] = {0x0027, 0x002E, 0x003A, 0x00B7, 0x0387, 0x055F, 0x05F4, 0x2018, 0x2019,
                                            0x2024, 0x2027, 0xFE13, 0xFE52, 0xFE55, 0xFF07, 0xFF0E, 0xFF1A};
    switch (utf8proc_category((utf8proc_int32_t)point)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
        return 1;
    default:
        break;
    }
    for (size_t i = 0; i < sizeof within_words / sizeof within_words[0]; i++) {
        if (within_words[i] == point) {
            return 1;
        }
    }
    return 0;
}

enum { SIGMA = 0x3A3, SMALL_SIGMA = 0x3C3, FINAL_SIGMA = 0x3C2, DOTTED_I = 0x130, DOT_ABOVE = 0x307 };

/* Whether a cased letter stands before the place, and none behind the two bytes of the sigma at it. The look around
 * ends at the next sigma at the latest, so that no text is read more than twice. */
static int is_final(const unsigned char *data, size_t length, size_t at)
{
    size_t size = 0;
    size_t left = at;
    size_t right = at + 2;
    uint32_t point = 0;

    do {
        if (left == 0) {
            return 0;
        }
        left = before(data, left);
        point = point_at(data, length, left, &size);
    } while (is_ignored_by_case(point));
    if (!is_cased(point)) {
        return 0;
    }
    for (; right < length; right += size) {
        point = point_at(data, length, right, &size);
        if (!is_ignored_by_case(point)) {
            return !is_cased(point);
        }
    }
    return 1;
}

int unicode_lower(const unsigned char *data, size_t length, struct bytes *out, struct err *e)
{
    size_t size = 0;

    /* A character's lower case is at most three times as long, which none of ASCII's is. */
    if (bytes_reserve(out, length, e) != 0) {
        return -1;
    }
    for (size_t at = 0; at < length; at += size) {
        uint32_t point = point_at(data, length, at, &size);
        if (point < 0x80) {
            unsigned char byte = (unsigned char)(point >= 'A' && point <= 'Z' ? point | 0x20 : point);
            if (bytes_append(out, &byte, 1, e) != 0) {
                return -1;
            }
            continue;
        }
        if (point == DOTTED_I) {
            if (append_point(out, 'i', e) != 0 || append_point(out, DOT_ABOVE, e) != 0) {
                return -1;
            }
            continue;
        }
        uint32_t lower = point == SIGMA ? (is_final(data, length, at) ? FINAL_SIGMA : SMALL_SIGMA)
                                        : (uint32_t)utf8proc_tolower((utf8proc_int32_t)point);
        if (append_point(out, lower, e) != 0) {
            return -1;
        }
    }
    return 0;
}

int unicode_upper(const unsigned char *data, size_t length, struct bytes *out, struct err *e)
{
    size_t size = 0;

    if (bytes_reserve(out, length, e) != 0) {
        return -1;
    }
    for (size_t at = 0; at < length; at += size) {
        uint32_t point = point_at(data, length, at, &size);
        if (point < 0x80) {
            unsigned char byte = (unsigned char)(point >= 'a' && point <= 'z' ? point & 0x5F : point);
            if (bytes_append(out, &byte, 1, e) != 0) {
                return -1;
            }
            continue;
        }
        const uint16_t *several = unicode_special_upper(point);
        if (several == NULL && append_point(out, (uint32_t)utf8proc_toupper((utf8proc_int32_t)point), e) != 0) {
            return -1;
        }
        for (; several != NULL && *several != 0; several++) {
            if (append_point(out, *several, e) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

/* ---- normal forms ---- */

static utf8proc_option_t options_of(enum unicode_form form)
{
    int options = UTF8PROC_STABLE;

    options |= form == UNICODE_NFC || form == UNICODE_NFKC ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE;
    options |= form == UNICODE_NFKC || form == UNICODE_NFKD ? UTF8PROC_COMPAT : 0;
    return (utf8proc_option_t)options;
}

int unicode_normalize(const unsigned char *data, size_t length, enum unicode_form form, struct bytes *out,
                      struct err *e)
{
    utf8proc_option_t options = options_of(form);
    utf8proc_int32_t *points = NULL;
    utf8proc_ssize_t count = 0;
    utf8proc_ssize_t used = 0;
    int result = -1;

    if (ascii_end(data, length, 0) == length) {
        return bytes_append(out, data, length, e);
    }
    count = utf8proc_decompose(data, (utf8proc_ssize_t)length, NULL, 0, options);
    if (count >= 0) {
        /* utf8proc_reencode puts the bytes in the place of the points, and a NUL behind them. */
        points = mem_alloc((size_t)count * sizeof *points + 1, e);
        if (points == NULL) {
            goto done;
        }
        used = utf8proc_decompose(data, (utf8proc_ssize_t)length, points, count, options);
        used = used >= 0 ? utf8proc_reencode(points, used, options) : used;
    }
    if (count < 0 || used < 0) {
        err_set(e, ERR_VALUE, "the text has no normal form: %s", utf8proc_errmsg(count < 0 ? count : used));
        goto done;
    }
    result = bytes_append(out, points, (size_t)used, e);
done:
    mem_free(points);
    return result;
}
