/* base64.c: bytes as base64, and back. */
#include "base64.h"

static const char usual[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char of_urls[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int base64_encode(const unsigned char *bytes, size_t length, int url, struct bytes *out, struct err *e)
{
    const char *digits = url ? of_urls : usual;

    if (length > SIZE_MAX / 2 || bytes_reserve(out, (length + 2) / 3 * 4, e) != 0) {
        return length > SIZE_MAX / 2 ? err_set(e, ERR_MEMORY, "out of memory") : -1;
    }
    for (size_t at = 0; at < length; at += 3) {
        size_t left = length - at;
        unsigned group =
            (unsigned)bytes[at] << 16 | (left > 1 ? (unsigned)bytes[at + 1] << 8 : 0) | (left > 2 ? bytes[at + 2] : 0U);
        size_t count = left > 2 ? 4 : left + 1;
        for (size_t i = 0; i < 4; i++) {
            if (i < count || !url) {
                out->data[out->length++] = (unsigned char)(i < count ? digits[group >> (18 - 6 * i) & 63] : '=');
            }
        }
    }
    return 0;
}

/* The value of a digit of either alphabet, or -1. */
static int value_of(unsigned char digit)
{
    if (digit >= 'A' && digit <= 'Z') {
        return digit - 'A';
    }
    if (digit >= 'a' && digit <= 'z') {
        return digit - 'a' + 26;
    }
    if (digit >= '0' && digit <= '9') {
        return digit - '0' + 52;
    }
    return digit == '+' || digit == '-' ? 62 : digit == '/' || digit == '_' ? 63 : -1;
}

static int is_space(unsigned char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* What is left behind whole groups of four digits: `digits` of them, with the value of all in `group`. */
static int decode_end(unsigned group, size_t digits, size_t padding, struct bytes *out, struct err *e)
{
    if (digits == 1) {
        return err_set(e, ERR_VALUE, "the base64 ends within a byte: a digit is missing, or one too many");
    }
    if (padding != 0 && (digits == 0 || digits + padding != 4)) {
        return err_set(e, ERR_VALUE, "the padding of the base64 has the wrong length");
    }
    if (digits == 0) {
        return 0;
    }
    unsigned unused = digits == 2 ? 4 : 2;
    if ((group & ((1U << unused) - 1)) != 0) {
        return err_set(e, ERR_VALUE, "the last digit of the base64 has bits that belong to no byte");
    }
    group >>= unused;
    unsigned char rest[2] = {(unsigned char)(digits == 2 ? group : group >> 8), (unsigned char)group};
    return bytes_append(out, rest, digits - 1, e);
}

int base64_decode(const unsigned char *text, size_t length, struct bytes *out, struct err *e)
{
    unsigned group = 0;
    size_t digits = 0;
    size_t padding = 0;

    if (bytes_reserve(out, length / 4 * 3 + 3, e) != 0) {
        return -1;
    }
    for (size_t at = 0; at < length; at++) {
        if (is_space(text[at])) {
            continue;
        }
        if (text[at] == '=') {
            padding++;
            continue;
        }
        int value = value_of(text[at]);
        if (value < 0) {
            return err_set(e, ERR_VALUE, "byte %zu (0x%02X) is no digit of base64", at + 1, text[at]);
        }
        if (padding > 0) {
            return err_set(e, ERR_VALUE, "the base64 goes on behind its padding, at byte %zu", at + 1);
        }
        group = group << 6 | (unsigned)value;
        if (++digits == 4) {
            unsigned char three[3] = {(unsigned char)(group >> 16), (unsigned char)(group >> 8), (unsigned char)group};
            if (bytes_append(out, three, sizeof three, e) != 0) {
                return -1;
            }
            digits = 0;
            group = 0;
        }
    }
    return decode_end(group, digits, padding, out, e);
}
