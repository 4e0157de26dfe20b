/* codec_json_style.c: JSON as other programs would have written it. */
#include "codec_json_style.h"

#include "text_scan.h"
#include "utf8.h"

/* A character that is not ASCII as its escapes. */
static int append_escape(const unsigned char *at, size_t *size, struct bytes *out, struct err *e)
{
    uint32_t point = *at;
    uint32_t units[2];
    unsigned char text[12];
    size_t used = 0;

    *size = *at < 0x80 ? 1 : utf8_character(at, 4, &point);
    /* Behind a backslash that escapes nothing, which is no JSON, the rest of a character may begin. */
    *size = *size == 0 ? 1 : *size;
    int count = point < 0x10000 ? 1 : 2;
    units[0] = count == 1 ? point : 0xD800 + ((point - 0x10000) >> 10);
    units[1] = 0xDC00 + ((point - 0x10000) & 0x3FF);
    for (int i = 0; i < count; i++) {
        text[used++] = '\\';
        text[used++] = 'u';
        for (int shift = 12; shift >= 0; shift -= 4) {
            text[used++] = (unsigned char)"0123456789abcdef"[units[i] >> shift & 15];
        }
    }
    return bytes_append(out, text, used, e);
}

int json_append_in_style(const unsigned char *json, size_t length, int style, struct bytes *out, struct err *e)
{
    size_t kept = 0; /* up to here it is written */
    size_t at = 0;
    int in_string = 0;

    while (at < length) {
        at = in_string ? json_plain_end(json, length, at) : at;
        if (at == length) {
            break;
        }
        unsigned char byte = json[at];
        size_t size = 1;
        int drops = !in_string && byte == ' ';
        int spaces = !in_string && (style & JSON_COMPACT) == 0 && (byte == ',' || byte == ':');
        int escapes_it = (style & JSON_ASCII) != 0 && byte >= 0x7F;
        if (drops || spaces || escapes_it) {
            size_t end = at + (size_t)spaces;
            if (bytes_append(out, json + kept, end - kept, e) != 0 || (spaces && bytes_append(out, " ", 1, e) != 0) ||
                (escapes_it && append_escape(json + at, &size, out, e) != 0)) {
                return -1;
            }
            kept = at + size;
        } else if (in_string && byte == '\\') {
            size = 2;
        } else if (byte == '"') {
            in_string = !in_string;
        }
        at += size;
    }
    return bytes_append(out, json + kept, length - kept, e);
}

const char *const json_text_forms[] = {"text", "spaced", "ascii", "spaced ascii", NULL};

int json_text_cell(const unsigned char *json, size_t length, const struct codec_hint *hint, struct cell *out,
                   struct bytes *arena, struct err *e)
{
    size_t start = arena->length;

    if (hint->form == 0) {
        return codec_store(out, CELL_TEXT, json, length, arena, e);
    }
    if (json_append_in_style(json, length, hint->form ^ JSON_COMPACT, arena, e) != 0 ||
        codec_text_from(out, start, arena, e) != 0) {
        arena->length = start;
        return -1;
    }
    return 0;
}
