/* canonical_json_token.c: strings and numbers as jsonb gives them back. */
#include <string.h>

#include "canonical_json.h"
#include "decimal.h"
#include "hex.h"

int json_draft_fault(const struct draft *d)
{
    return codec_refuse_wire(d->e, "jsonb");
}

/* Room for so many bytes, and for what is left to read. */
int json_draft_room(struct draft *d, size_t more)
{
    d->out->length = json_draft_here(d);
    if (bytes_reserve(d->out, more + 2 * (size_t)(d->end - d->at) + SLACK, d->e) != 0) {
        return -1;
    }
    d->to = d->out->data + d->out->length;
    return 0;
}

/* ---- strings ---- */

/* The four digits of \uXXXX, the text standing on its backslash; -1 when it is none. */
static int32_t read_unit(struct draft *d)
{
    if (d->end - d->at < 6 || d->at[0] != '\\' || d->at[1] != 'u') {
        return -1;
    }
    for (int i = 2; i < 6; i++) {
        if (hex_value(d->at[i]) < 0) {
            return -1;
        }
    }
    d->at += 6;
    return (int32_t)hex_four(d->at - 4);
}

static void write_point(struct draft *d, uint32_t point)
{
    static const char letters[] = "\b\f\n\r\t\"\\";
    static const char names[] = "bfnrt\"\\";
    const char *letter = point < 0x80 ? memchr(letters, (int)point, sizeof letters - 1) : NULL;

    if (letter != NULL) {
        d->has_escapes = 1;
        json_draft_two(d, '\\', names[letter - letters]);
    } else if (point < 0x20) {
        d->has_escapes = 1;
        memcpy(d->to, "\\u00", 4);
        hex_encode((char *)d->to + 4, &(unsigned char){(unsigned char)point}, 1);
        d->to += 6;
    } else if (point < 0x80) {
        *d->to++ = (unsigned char)point;
    } else {
        size_t length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        for (size_t i = length - 1; i > 0; i--, point >>= 6) {
            d->to[i] = (unsigned char)(0x80 | (point & 0x3F));
        }
        d->to[0] = (unsigned char)((0xF00 >> length & 0xFF) | point);
        d->to += length;
    }
}

/* An escape, the text standing on its backslash. */
static int put_escape(struct draft *d)
{
    static const char names[] = "bfnrt\"\\/";
    static const char letters[] = "\b\f\n\r\t\"\\/";
    unsigned char name = d->end - d->at >= 2 ? d->at[1] : 0;

    if (name != 'u') {
        const char *found = name == 0 ? NULL : strchr(names, name);
        if (found == NULL) {
            return json_draft_fault(d);
        }
        d->at += 2;
        write_point(d, (unsigned char)letters[found - names]);
        return 0;
    }
    int32_t point = read_unit(d);
    if (point >= 0xD800 && point <= 0xDBFF) {
        int32_t second = read_unit(d);
        point = second >= 0xDC00 && second <= 0xDFFF ? 0x10000 + ((point & 0x3FF) << 10) + (second & 0x3FF) : -1;
    }
    if (point <= 0 || (point >= 0xDC00 && point <= 0xDFFF)) {
        return json_draft_fault(d);
    }
    write_point(d, (uint32_t)point);
    return 0;
}

int json_draft_string_rest(struct draft *d)
{
    while (json_draft_byte(d) != '"') {
        size_t left = (size_t)(d->end - d->at);
        size_t plain = json_plain_end(d->at, left, 0);
        while (plain < left && d->at[plain] >= 0x7F) {
            plain++;
        }
        memcpy(d->to, d->at, plain);
        d->to += plain;
        d->at += plain;
        if (d->at == d->end || (*d->at == '\\' && put_escape(d) != 0) || (d->at < d->end && *d->at < 0x20)) {
            return json_draft_fault(d);
        }
    }
    return 0;
}

/* ---- numbers ---- */

/* A number with an exponent: all its digits. */
static int put_with_exponent(struct draft *d, size_t length)
{
    struct decimal number;

    if (decimal_parse(d->at, length, &number) != 0) {
        return json_draft_fault(d);
    }
    struct decimal_span span = decimal_measure(&number);
    if (decimal_beyond_numeric(&number, &span) != NULL) {
        return json_draft_fault(d);
    }
    int64_t top = span.is_zero || span.top < 0 ? 0 : span.top;
    size_t digits = (size_t)(top + span.scale);
    if (json_draft_here(d) - d->start + digits > d->most) {
        return codec_refuse(d->e, "numbers with large exponents have all their digits in jsonb: correct the value",
                            "the server cannot send a jsonb value of more than 1 GB");
    }
    if (json_draft_room(d, digits) != 0) {
        return -1;
    }
    if (number.negative && !span.is_zero) {
        *d->to++ = '-';
    }
    for (int64_t power = top; power >= -span.scale; power--) {
        if (power == -1) {
            *d->to++ = '.';
        }
        *d->to++ = (unsigned char)('0' + decimal_digit(&number, power));
    }
    d->at += length;
    return 0;
}

static int is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

int json_draft_number(struct draft *d)
{
    const unsigned char *at = d->at;
    int is_zero = 1;

    at += at < d->end && *at == '-';
    while (at < d->end && (is_digit(*at) || *at == '.')) {
        is_zero = is_zero && (*at == '0' || *at == '.');
        at++;
    }
    if (at < d->end && (*at == 'e' || *at == 'E')) {
        at++;
        at += at < d->end && (*at == '+' || *at == '-');
        while (at < d->end && is_digit(*at)) {
            at++;
        }
        return put_with_exponent(d, (size_t)(at - d->at));
    }
    if (at == d->at) {
        return json_draft_fault(d);
    }
    d->at += is_zero && *d->at == '-'; /* numeric has no negative zero */
    size_t length = (size_t)(at - d->at);
    memcpy(d->to, d->at, length);
    d->to += length;
    d->at = at;
    return 0;
}
