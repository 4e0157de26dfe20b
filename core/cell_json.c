/* cell_json.c: stored values as JSON, exact and with their storage class. */
#include "cell_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "codec.h"
#include "hex.h"
#include "utf8.h"

static int append_text(struct bytes *out, const char *text, struct err *e)
{
    return bytes_append(out, text, strlen(text), e);
}

/* Appends what stands for the character or faulty byte at `text`, and sets *taken to its bytes. */
static int append_character(struct bytes *out, const unsigned char *text, size_t length, size_t *taken, struct err *e)
{
    char escape[8];
    size_t size = utf8_character(text, length, NULL);
    *taken = size == 0 ? 1 : size;
    if (size == 0) {
        return bytes_append(out, "\xEF\xBF\xBD", 3, e);
    }
    if (text[0] == '"' || text[0] == '\\') {
        escape[0] = '\\';
        escape[1] = (char)text[0];
        return bytes_append(out, escape, 2, e);
    }
    if (text[0] < 0x20 || text[0] == 0x7F) {
        (void)snprintf(escape, sizeof escape, "\\u%04x", (unsigned)text[0]);
        return bytes_append(out, escape, 6, e);
    }
    return bytes_append(out, text, size, e);
}

int json_string(struct bytes *out, const unsigned char *text, size_t length, struct err *e)
{
    size_t start = out->length;
    size_t taken = 0;
    if (bytes_reserve(out, length + 2, e) != 0 || bytes_append(out, "\"", 1, e) != 0) {
        goto fail;
    }
    for (size_t at = 0; at < length; at += taken) {
        if (append_character(out, text + at, length - at, &taken, e) != 0) {
            goto fail;
        }
    }
    if (bytes_append(out, "\"", 1, e) == 0) {
        return 0;
    }
fail:
    out->length = start;
    return -1;
}

static int append_hex(struct bytes *out, const unsigned char *data, size_t length, struct err *e)
{
    if (append_text(out, ",\"hex\":\"", e) != 0 || bytes_reserve(out, 2 * length + 1, e) != 0) {
        return -1;
    }
    hex_encode((char *)out->data + out->length, data, length);
    out->length += 2 * length;
    return append_text(out, "\"", e);
}

/* How much of a text is shown: all of it, or the whole characters within the limit. */
static size_t shown(const unsigned char *data, size_t length)
{
    if (length <= CELL_JSON_BYTES) {
        return length;
    }
    size_t end = CELL_JSON_BYTES;
    while (end > 0 && (data[end] & 0xC0) == 0x80) {
        end--;
    }
    return end;
}

static int append_bytes(struct bytes *out, const struct cell *c, const unsigned char *data, struct err *e)
{
    char number[40];
    size_t at = 0;
    int is_text = c->class == CELL_TEXT && utf8_check(data, c->length, &at, NULL) == 0;
    if (is_text) {
        if (append_text(out, ",\"text\":", e) != 0 || json_string(out, data, shown(data, c->length), e) != 0) {
            return -1;
        }
    } else if (append_hex(out, data, c->length < CELL_JSON_BYTES ? c->length : CELL_JSON_BYTES, e) != 0) {
        return -1;
    }
    if (c->length <= CELL_JSON_BYTES) {
        return 0;
    }
    (void)snprintf(number, sizeof number, ",\"bytes\":%" PRIu32, c->length);
    return append_text(out, number, e);
}

static int append_number(struct bytes *out, const struct cell *c, struct err *e)
{
    char number[64];
    char field[80];
    if (c->class == CELL_INTEGER) {
        (void)snprintf(number, sizeof number, "%" PRId64, c->as.integer);
    } else {
        (void)real_to_text(number, sizeof number, c->as.real);
    }
    (void)snprintf(field, sizeof field, ",\"text\":\"%s\"", number);
    return append_text(out, field, e);
}

int cell_json(struct bytes *out, const struct cell *c, const unsigned char *data, struct err *e)
{
    char head[32];
    size_t start = out->length;
    int result = 0;
    (void)snprintf(head, sizeof head, "{\"class\":\"%s\"", cell_class_name((enum cell_class)c->class));
    result = append_text(out, head, e);
    if (result == 0 && (c->class == CELL_TEXT || c->class == CELL_BLOB)) {
        result = append_bytes(out, c, data, e);
    } else if (result == 0 && c->class != CELL_NULL) {
        result = append_number(out, c, e);
    }
    if (result == 0) {
        result = append_text(out, "}", e);
    }
    if (result != 0) {
        out->length = start;
    }
    return result;
}

int row_json(struct bytes *out, const struct batch *b, size_t row, const char *const *names, size_t count,
             struct err *e)
{
    size_t start = out->length;
    const struct cell *cells = b->cells + row * b->columns;
    int result = append_text(out, "{", e);
    for (size_t i = 0; i < count && result == 0; i++) {
        const struct cell *c = &cells[i];
        int has_bytes = c->class == CELL_TEXT || c->class == CELL_BLOB;
        if (names[i][0] == '\0') {
            continue;
        }
        result = out->length > start + 1 ? append_text(out, ",", e) : 0;
        if (result == 0) {
            result = json_string(out, (const unsigned char *)names[i], strlen(names[i]), e);
        }
        if (result == 0) {
            result = append_text(out, ":", e);
        }
        if (result == 0) {
            result = cell_json(out, c, has_bytes ? batch_data(b, c) : NULL, e);
        }
    }
    if (result == 0) {
        result = append_text(out, "}", e);
    }
    if (result != 0) {
        out->length = start;
    }
    return result;
}
