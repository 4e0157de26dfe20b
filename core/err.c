/* err.c: filling the error struct, and rendering foreign bytes so that they can be shown. */
#include "err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

static const char ELLIPSIS[] = "\xE2\x80\xA6";

void err_clear(struct err *e)
{
    if (e != NULL) {
        memset(e, 0, sizeof *e);
    }
}

/* A cut may fall into the middle of a character: drops the bytes of an unfinished one at the end. */
static void drop_partial(char *text)
{
    size_t length = strlen(text);
    size_t start = length;
    while (start > 0 && length - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80) {
        start--;
    }
    if (start == 0 || (unsigned char)text[start - 1] < 0xC0) {
        return;
    }
    start--;
    if (utf8_character((const unsigned char *)text + start, length - start, NULL) == 0) {
        text[start] = '\0';
    }
}

static void __attribute__((format(printf, 3, 0)))
format_cut(char *out, size_t size, const char *format, va_list arguments)
{
    int length = vsnprintf(out, size, format, arguments);
    if (length < 0) {
        out[0] = '\0';
    } else if ((size_t)length >= size) {
        drop_partial(out);
    }
}

int err_set(struct err *e, enum err_kind kind, const char *format, ...)
{
    /* The arguments may point into e itself: format before clearing. */
    struct err fresh;
    va_list arguments;
    if (e == NULL) {
        return -1;
    }
    memset(&fresh, 0, sizeof fresh);
    fresh.kind = kind;
    va_start(arguments, format);
    format_cut(fresh.message, sizeof fresh.message, format, arguments);
    va_end(arguments);
    *e = fresh;
    return -1;
}

int err_hint(struct err *e, const char *format, ...)
{
    char fresh[sizeof e->hint];
    va_list arguments;
    if (e == NULL) {
        return -1;
    }
    va_start(arguments, format);
    format_cut(fresh, sizeof fresh, format, arguments);
    va_end(arguments);
    memcpy(e->hint, fresh, strlen(fresh) + 1);
    return -1;
}

static void place(char *field, size_t size, const char *text)
{
    if (text == NULL || field[0] != '\0') {
        return;
    }
    size_t length = strlen(text);
    int cut = length >= size;
    if (cut) {
        length = size - 1;
    }
    memcpy(field, text, length);
    field[length] = '\0';
    if (cut) {
        drop_partial(field);
    }
}

void err_place(struct err *e, const char *table, const char *column, const char *key)
{
    if (e == NULL) {
        return;
    }
    place(e->table, sizeof e->table, table);
    place(e->column, sizeof e->column, column);
    place(e->key, sizeof e->key, key);
}

const char *err_kind_name(enum err_kind kind)
{
    switch (kind) {
    case ERR_NONE:
        return "none";
    case ERR_USAGE:
        return "usage";
    case ERR_ENVIRONMENT:
        return "environment";
    case ERR_PLAN:
        return "plan";
    case ERR_VALUE:
        return "value";
    case ERR_SERVER:
        return "server";
    case ERR_CONNECTION:
        return "connection";
    case ERR_SOURCE:
        return "source";
    case ERR_CHANGED:
        return "changed";
    case ERR_MEMORY:
        return "memory";
    case ERR_INTERRUPTED:
        return "interrupted";
    case ERR_INTERNAL:
        break;
    }
    return "internal";
}

/* Characters that print nothing or move other text about: control characters, zero-width and direction marks. */
static int is_invisible(uint32_t point)
{
    return point < 0x20 || (point >= 0x7F && point <= 0x9F) || point == 0xAD || point == 0x061C ||
           (point >= 0x200B && point <= 0x200F) || (point >= 0x2028 && point <= 0x202E) ||
           (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF || (point >= 0xE0000 && point <= 0xE0FFF);
}

/* One character or one faulty byte as it is shown; returns the bytes written (no NUL) and sets *taken. */
static size_t escape_one(char piece[24], const unsigned char *bytes, size_t length, size_t *taken)
{
    uint32_t point = 0;
    size_t size = utf8_character(bytes, length, &point);
    *taken = size == 0 ? 1 : size;
    if (size == 1) {
        const char *named = "\n\t\r\"\\'";
        const char *letters = "ntr\"\\'";
        const char *hit = point == 0 ? NULL : strchr(named, (int)point);
        if (hit != NULL) {
            piece[0] = '\\';
            piece[1] = letters[hit - named];
            return 2;
        }
    }
    if (size > 0 && !is_invisible(point)) {
        memcpy(piece, bytes, size);
        return size;
    }
    size_t used = 0;
    for (size_t i = 0; i < *taken; i++) {
        used += (size_t)snprintf(piece + used, 24 - used, "\\x%02X", bytes[i]);
    }
    return used;
}

void err_escape(char *out, size_t size, const unsigned char *bytes, size_t length)
{
    size_t used = 0;    /* written so far */
    size_t retreat = 0; /* where the ellipsis goes when the rest does not fit */
    size_t mark = sizeof ELLIPSIS - 1;
    if (size == 0) {
        return;
    }
    for (size_t at = 0; at < length;) {
        char piece[24];
        size_t taken = 0;
        size_t more = escape_one(piece, bytes + at, length - at, &taken);
        if (used + more >= size) {
            used = retreat;
            if (used + mark < size) {
                memcpy(out + used, ELLIPSIS, mark);
                used += mark;
            }
            break;
        }
        memcpy(out + used, piece, more);
        used += more;
        at += taken;
        if (used + mark < size) {
            retreat = used;
        }
    }
    out[used] = '\0';
}
