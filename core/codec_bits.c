/* codec_bits.c: small types with a text of their own: bit, varbit, money, pg_lsn, xml and "char". */
#include <stdio.h>
#include <string.h>

#include "codec_common.h"
#include "decimal.h"
#include "hex.h"

/* ---- bit and varbit: count of bits, then the bits, the first one highest, filled up with zeros ---- */

static int put_bits(const unsigned char *text, size_t length, struct bytes *out, struct err *e)
{
    size_t size = (length + 7) / 8;
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '0' && text[i] != '1') {
            return codec_refuse(e, "correct the value in the source, or give the target column the type text",
                                "the text is not made of 0 and 1: see its byte %zu", i);
        }
    }
    if (bytes_put_u32(out, (unsigned)length, e) != 0 || bytes_reserve(out, size + 1, e) != 0) {
        return -1;
    }
    unsigned char *bits = out->data + out->length;
    memset(bits, 0, size);
    for (size_t i = 0; i < length; i++) {
        bits[i / 8] |= (unsigned char)((text[i] & 1) << (7 - i % 8));
    }
    out->length += size;
    return 0;
}

static int get_bits(const unsigned char *wire, size_t length, const char *type, struct cell *out, struct bytes *arena,
                    struct err *e)
{
    size_t count = length >= 4 ? codec_u32(wire) : 0;
    if (length < 4 || count > INT32_MAX || length != 4 + (count + 7) / 8 ||
        (count % 8 != 0 && (wire[length - 1] & 0xFF >> count % 8) != 0)) {
        return codec_refuse_wire(e, type);
    }
    if (bytes_reserve(arena, count + 1, e) != 0) {
        return -1;
    }
    *out = (struct cell){.as.offset = arena->length, .length = (uint32_t)count, .class = CELL_TEXT};
    for (size_t i = 0; i < count; i++) {
        arena->data[arena->length++] = (unsigned char)('0' + (wire[4 + i / 8] >> (7 - i % 8) & 1));
    }
    return 0;
}

/* Takes a text of 0 and 1 of exactly the type's length; and the integers 0 and 1 for bit(1). */
static int bit_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                   struct err *e)
{
    if (c->class == CELL_INTEGER && hint->typmod == 1 && (c->as.integer == 0 || c->as.integer == 1)) {
        return put_bits((const unsigned char *)(c->as.integer ? "1" : "0"), 1, out, e);
    }
    if (c->class != CELL_TEXT) {
        return codec_refuse_class(e, c, "a text of bits");
    }
    if (hint->typmod > 0 && c->length != (uint32_t)hint->typmod) {
        return codec_refuse(e, "give the target column the type bit varying; values are never cut or filled up",
                            "%u bits are not the %d of the type", (unsigned)c->length, (int)hint->typmod);
    }
    return put_bits(data, c->length, out, e);
}

enum { BIT_TEXT, BIT_INTEGER };
static const char *const bit_forms[] = {[BIT_TEXT] = "text", [BIT_INTEGER] = "integer", NULL};

static int has_bit_form(const struct codec_hint *hint)
{
    return hint->form == BIT_TEXT || hint->typmod == 1;
}

static int bit_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                   struct bytes *arena, struct err *e)
{
    if (hint->form == BIT_INTEGER && length == 5 && codec_u32(wire) == 1 && (wire[4] & 0x7F) == 0) {
        codec_integer_cell(out, wire[4] >> 7);
        return 0;
    }
    return get_bits(wire, length, "bit", out, arena, e);
}

/* Takes a text of 0 and 1 of at most the type's length, which is exact. */
static int varbit_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                      struct err *e)
{
    if (c->class != CELL_TEXT) {
        return codec_refuse_class(e, c, "a text of bits");
    }
    if (hint->typmod > 0 && c->length > (uint32_t)hint->typmod) {
        return codec_refuse(e, "give the target column a longer limit; values are never cut",
                            "%u bits are more than the %d of the type", (unsigned)c->length, (int)hint->typmod);
    }
    return put_bits(data, c->length, out, e);
}

static int varbit_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                      struct bytes *arena, struct err *e)
{
    (void)hint;
    return get_bits(wire, length, "varbit", out, arena, e);
}

/* ---- money: a 64-bit count of the smallest unit ---- */

enum { MONEY_SCALE = 2, MONEY_DIGITS = 19 };

/* The count of hundredths: 0; -1 when it is beyond 64 bits. */
static int count_of_decimal(const struct decimal *d, const struct decimal_span *span, int64_t *count)
{
    uint64_t size = 0;
    uint64_t most = (uint64_t)INT64_MAX + (d->negative ? 1 : 0);
    if (span->is_zero) {
        *count = 0;
        return 0;
    }
    if (span->top >= MONEY_DIGITS - MONEY_SCALE) {
        return -1;
    }
    for (int64_t power = span->top < 0 ? 0 : span->top; power >= -MONEY_SCALE; power--) {
        unsigned digit = decimal_digit(d, power);
        if (size > (most - digit) / 10) {
            return -1;
        }
        size = size * 10 + digit;
    }
    *count = (int64_t)(d->negative ? UINT64_C(0) - size : size);
    return 0;
}

/* Takes a decimal text without currency sign, separators or exponent: '12.34', '-0.01', '12' (twelve whole units). An
 * integer or a real is refused: sources keep amounts in whole units as well as in cents. Exact are texts with two
 * digits behind the point. The wire does not say how many digits stand behind the point: the server's lc_monetary does,
 * for all of a database. It is 2 for C and most currencies, and 2 is what this codec assumes in both directions; with
 * another (0 for ja_JP, 3 for ar_KW) every amount would be off by powers of ten. */
static int money_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                     struct err *e)
{
    static const char help[] = "amounts are read as decimals such as 12.34: correct the value in the source, or give "
                               "the target column the type numeric";
    struct decimal d;
    int64_t count = 0;
    (void)hint;
    if (c->class == CELL_INTEGER || c->class == CELL_REAL) {
        return codec_refuse(e, "give the target column the type numeric, or store the amount as text such as 12.34",
                            "a number has no unit by itself");
    }
    if (c->class != CELL_TEXT) {
        return codec_refuse_class(e, c, "an amount of money");
    }
    if (decimal_parse(data, c->length, &d) != 0 || d.exponent != 0 || memchr(data, 'e', c->length) != NULL ||
        memchr(data, 'E', c->length) != NULL) {
        return codec_refuse(e, help, "the text is not a plain decimal number");
    }
    struct decimal_span span = decimal_measure(&d);
    if (!span.is_zero && span.low < -MONEY_SCALE) {
        return codec_refuse(e, "give the target column the type numeric; values are never rounded",
                            "the amount has more than %d digits behind the point", (int)MONEY_SCALE);
    }
    if (count_of_decimal(&d, &span, &count) != 0) {
        return codec_refuse(e, "give the target column the type numeric", "the amount is beyond what money holds");
    }
    return bytes_put_u64(out, (unsigned long long)count, e);
}

static int money_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                     struct bytes *arena, struct err *e)
{
    char text[32];
    (void)hint;
    if (length != 8) {
        return codec_refuse_wire(e, "money");
    }
    uint64_t count = codec_u64(wire);
    int negative = count > INT64_MAX;
    uint64_t size = negative ? UINT64_C(0) - count : count;
    size_t used = (size_t)snprintf(text, sizeof text, "%s%llu.%02u", negative ? "-" : "",
                                   (unsigned long long)(size / 100), (unsigned)(size % 100));
    return codec_store(out, CELL_TEXT, text, used, arena, e);
}

/* ---- pg_lsn: a 64-bit place in the write-ahead log ---- */

/* One to eight hexadecimal digits, all of it. */
static int parse_half(const unsigned char *text, size_t length, uint64_t *half)
{
    *half = 0;
    for (size_t i = 0; i < length; i++) {
        int digit = hex_value(text[i]);
        if (digit < 0) {
            return -1;
        }
        *half = *half << 4 | (uint64_t)digit;
    }
    return length >= 1 && length <= 8 ? 0 : -1;
}

/* Takes two halves of one to eight hexadecimal digits: '16/B374D848'. Exact are upper case and no leading zeros. */
static int lsn_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                   struct err *e)
{
    uint64_t high = 0;
    uint64_t low = 0;
    (void)hint;
    if (c->class != CELL_TEXT) {
        return codec_refuse_class(e, c, "a log sequence number");
    }
    const unsigned char *slash = c->length > 0 ? memchr(data, '/', c->length) : NULL;
    size_t before = slash != NULL ? (size_t)(slash - data) : 0;
    if (slash == NULL || parse_half(data, before, &high) != 0 ||
        parse_half(slash + 1, c->length - before - 1, &low) != 0) {
        return codec_refuse(e, NULL, "the text is not a log sequence number such as 16/B374D848");
    }
    return bytes_put_u64(out, high << 32 | low, e);
}

static int lsn_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                   struct bytes *arena, struct err *e)
{
    char text[24];
    (void)hint;
    if (length != 8) {
        return codec_refuse_wire(e, "pg_lsn");
    }
    size_t used =
        (size_t)snprintf(text, sizeof text, "%X/%X", (unsigned)codec_u32(wire), (unsigned)codec_u32(wire + 4));
    return codec_store(out, CELL_TEXT, text, used, arena, e);
}

/* ---- xml: its text in UTF-8 ---- */

static int is_space(unsigned char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Whether the XML declaration at the head names an encoding other than UTF-8. */
static int names_other_encoding(const unsigned char *text, size_t length)
{
    static const char word[] = "encoding";
    if (length < 6 || memcmp(text, "<?xml", 5) != 0 || !is_space(text[5])) {
        return 0;
    }
    size_t end = 5;
    while (end < length && text[end] != '>') {
        end++;
    }
    for (size_t at = 6; at + sizeof word - 1 < end; at++) {
        if (memcmp(text + at, word, sizeof word - 1) != 0) {
            continue;
        }
        at += sizeof word - 1;
        while (at < end && (is_space(text[at]) || text[at] == '=')) {
            at++;
        }
        if (at + 7 > end || (text[at] != '"' && text[at] != '\'') || text[at + 6] != text[at]) {
            return 1;
        }
        unsigned char name[5];
        for (size_t i = 0; i < sizeof name; i++) {
            unsigned char letter = text[at + 1 + i];
            name[i] = letter >= 'a' && letter <= 'z' ? (unsigned char)(letter - 'a' + 'A') : letter;
        }
        return memcmp(name, "UTF-8", sizeof name) != 0;
    }
    return 0;
}

/* Takes a text byte by byte, which is exact. Whether it is well-formed is the server's matter, which looks at it as a
 * document or as content, as its xmloption says, and ends the COPY when it is not. A declaration of another encoding is
 * refused: the text of a cell is UTF-8, and the server would decode it once more. The server stores the text as it is,
 * but sends it without a declaration that says nothing (version 1.0, no standalone) and without a line break at its
 * head. */
static int xml_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                   struct err *e)
{
    static const char help[] = "correct the value in the source, or give the target column the type text or bytea";
    size_t at = 0;
    (void)hint;
    if (c->class != CELL_TEXT) {
        return codec_refuse_class(e, c, "an XML text");
    }
    if (utf8_check(data, c->length, &at, NULL) != 0) {
        return codec_refuse(e, help, "the text is not valid UTF-8 at byte %zu (0x%02X)", at, (unsigned)data[at]);
    }
    if (names_other_encoding(data, c->length)) {
        return codec_refuse(e, "leave the encoding out of the XML declaration, or give the target column the type text",
                            "the text is UTF-8, but its XML declaration names another encoding");
    }
    return bytes_append(out, data, c->length, e);
}

static int xml_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                   struct bytes *arena, struct err *e)
{
    size_t at = 0;
    (void)hint;
    if (utf8_check(wire, length, &at, NULL) != 0) {
        return codec_refuse_wire(e, "xml");
    }
    return codec_store(out, CELL_TEXT, wire, length, arena, e);
}

/* The server leaves out a declaration that says nothing and a line break at the head. */
static int xml_is_kept(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    (void)hint;
    return length == 0 || (wire[0] != '\n' && (length < 5 || memcmp(wire, "<?xml", 5) != 0));
}

/* ---- "char": one byte ---- */

/* Takes a text of one ASCII character, or none: the zero byte, as the server shows it. Both are exact. */
static int char_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                    struct err *e)
{
    static const unsigned char zero = 0;
    (void)hint;
    if (c->class != CELL_TEXT) {
        return codec_refuse_class(e, c, "a character");
    }
    if (c->length == 0) {
        return bytes_append(out, &zero, 1, e);
    }
    if (c->length > 1 || data[0] == 0 || data[0] > 0x7F) {
        return codec_refuse(e, "give the target column the type text", "the text is not one ASCII character");
    }
    return bytes_append(out, data, 1, e);
}

static int char_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                    struct bytes *arena, struct err *e)
{
    (void)hint;
    if (length != 1) {
        return codec_refuse_wire(e, "\"char\"");
    }
    if (wire[0] > 0x7F) {
        return codec_refuse(e, NULL, "the byte 0x%02X of a \"char\" is no character of a text", (unsigned)wire[0]);
    }
    return codec_store(out, CELL_TEXT, wire, wire[0] != 0, arena, e);
}

const struct codec codecs_bits[] = {
    {.type = "bit", .oid = 1560, .put = bit_put, .get = bit_get, .forms = bit_forms, .has_form = has_bit_form},
    {.type = "varbit", .oid = 1562, .put = varbit_put, .get = varbit_get},
    {.type = "money", .oid = 790, .put = money_put, .get = money_get},
    {.type = "pg_lsn", .oid = 3220, .put = lsn_put, .get = lsn_get},
    {.type = "xml", .oid = 142, .put = xml_put, .get = xml_get, .is_kept = xml_is_kept},
    {.type = "char", .oid = 18, .put = char_put, .get = char_get},
    {.type = NULL},
};
