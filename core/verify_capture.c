/* verify_capture.c: rows in short.
 *
 * A row: its name with a NUL, then its values; a value: length (4 bytes, all ones: NULL), hash (8), class (1), length
 * of its text (4) and this, number of bytes that are kept (4), and these.
 */
#include "verify_capture.h"

#include <string.h>

#include "codec_common.h"
#include "record_hash.h"

enum { LENGTH_WORD = 4, OID_WORD = 4 };

static const char MARK[] = "\xE2\x80\xA6";

enum { MARK_LENGTH = sizeof MARK - 1, SHOWN_MOST = CAPTURE_TEXT - MARK_LENGTH };

/* What is shown of a value. */
struct shown_text {
    char text[CAPTURE_TEXT];
    size_t length;
};

/* ---- what is shown ---- */

/* Appends a text as it is; one that is too long is cut between two characters, and marked. */
static void show_text(struct shown_text *out, const unsigned char *text, size_t length)
{
    size_t left = SHOWN_MOST - out->length;
    size_t taken = length < left ? length : left;

    while (taken < length && taken + 3 > left && taken > 0 && (text[taken] & 0xC0) == 0x80) {
        taken--;
    }
    if (taken > 0) {
        memcpy(out->text + out->length, text, taken);
    }
    out->length += taken;
    if (taken < length) {
        memcpy(out->text + out->length, MARK, MARK_LENGTH);
        out->length += MARK_LENGTH;
    }
}

/* Texts as they are, other cells as digits. */
static void show_cell(struct shown_text *out, const struct cell *cell, const unsigned char *bytes)
{
    out->length = 0;
    if (cell->class == CELL_TEXT) {
        show_text(out, bytes, cell->length);
        return;
    }
    cell_describe(out->text, sizeof out->text, cell, bytes);
    out->length = strlen(out->text);
}

static void show_bytes(struct shown_text *out, enum cell_class *class, const unsigned char *wire, size_t length)
{
    size_t at = 0;
    struct cell cell = {.length = (uint32_t)length};

    cell.class = (uint8_t)(utf8_check(wire, length, &at, NULL) == 0 ? CELL_TEXT : CELL_BLOB);
    *class = (enum cell_class)cell.class;
    show_cell(out, &cell, wire);
}

/* By the codec's own word for the server's form, where it has one for this wire. */
static void show_wire(struct shown_text *out, enum cell_class *class, const struct capture_column *column,
                      const unsigned char *wire, size_t length)
{
    struct codec_hint plain = column->hint;
    struct bytes arena = {0};
    struct cell cell = {.class = CELL_NULL};
    struct err ignored;

    plain.stored = STORED_BY_FORM;
    plain.form = 0;
    plain.zone_seconds = 0;
    if (column->codec == NULL || column->codec->get(wire, length, &plain, &cell, &arena, &ignored) != 0) {
        show_bytes(out, class, wire, length);
    } else {
        int has_bytes = cell.class == CELL_TEXT || cell.class == CELL_BLOB;

        *class = (enum cell_class)cell.class;
        show_cell(out, &cell, has_bytes && arena.data != NULL ? arena.data + cell.as.offset : NULL);
    }
    bytes_free(&arena);
}

/* The cell that the column's value was made of, or NULL: there is no such one. A key is called the same on both sides.
 */
static const struct cell *cell_of(const struct verify_row *row, size_t column)
{
    const struct copy_column *from;
    const struct cell *cell;

    for (size_t i = 0; i < row->spec->key_count; i++) {
        if (row->spec->key[i] == column) {
            return NULL;
        }
    }
    if (row->load == NULL || row->batch == NULL || row->spec->columns[column].field == DIGEST_CONSTANT) {
        return NULL;
    }
    from = &row->load->write.columns[row->spec->columns[column].field];
    cell = &row->batch->cells[row->row * row->batch->columns + from->cell];
    return from->fold != NULL && !fold_is_replaced(cell) ? NULL : cell;
}

/* ---- keeping ---- */

static int put_value(struct bytes *out, const struct verify_row *row, size_t column, const struct capture_column *how,
                     const unsigned char *wire, uint32_t length, struct err *e)
{
    struct shown_text shown = {.length = 0};
    enum cell_class class = CELL_NULL;
    const struct cell *cell = cell_of(row, column);
    int is_null = length == UINT32_MAX;
    size_t size = is_null ? 0 : length;
    size_t kept = size < CAPTURE_BYTES ? size : CAPTURE_BYTES;

    if (cell != NULL) {
        int has_bytes = cell->class == CELL_TEXT || cell->class == CELL_BLOB;

        class = (enum cell_class)cell->class;
        show_cell(&shown, cell, has_bytes ? batch_data(row->batch, cell) : NULL);
    } else if (!is_null) {
        show_wire(&shown, &class, how, wire, size);
    }
    unsigned char class_byte = (unsigned char)class;
    return bytes_put_u32(out, length, e) != 0 || bytes_put_u64(out, record_hash(wire, size), e) != 0 ||
                   bytes_append(out, &class_byte, 1, e) != 0 || bytes_put_u32(out, (uint32_t)shown.length, e) != 0 ||
                   bytes_append(out, shown.text, shown.length, e) != 0 || bytes_put_u32(out, (uint32_t)kept, e) != 0 ||
                   bytes_append(out, wire, kept, e) != 0
               ? -1
               : 0;
}

int capture_row(struct bytes *out, const struct verify_row *row, const struct capture_column *columns, struct err *e)
{
    char name[CAPTURE_NAME] = "";
    const unsigned char *at = row->record->data + LENGTH_WORD;

    if (row->load != NULL && row->batch != NULL) {
        row_describe(name, sizeof name, row->batch, row->row, &row->load->read);
    }
    if (bytes_append(out, name, strlen(name) + 1, e) != 0) {
        return -1;
    }
    for (size_t i = 0; i < row->spec->count; i++) {
        uint32_t length = codec_u32(at + OID_WORD);

        at += OID_WORD + LENGTH_WORD;
        if (put_value(out, row, i, &columns[i], at, length, e) != 0) {
            return -1;
        }
        at += length == UINT32_MAX ? 0 : length;
    }
    return 0;
}

/* ---- reading ---- */

const char *captured_name(const unsigned char *row, const unsigned char **rest)
{
    const char *name = (const char *)row;

    *rest = row + strlen(name) + 1;
    return name;
}

struct captured_value captured_next(const unsigned char **at)
{
    struct captured_value value = {.length = codec_u32(*at), .hash = codec_u64(*at + 4)};

    value.is_null = value.length == UINT32_MAX;
    value.class = (enum cell_class)(*at)[12];
    value.text_length = codec_u32(*at + 13);
    value.text = (const char *)*at + 17;
    *at += 17 + value.text_length;
    value.count = codec_u32(*at);
    value.bytes = *at + LENGTH_WORD;
    *at = value.bytes + value.count;
    return value;
}

int64_t captured_difference(const struct captured_value *a, const struct captured_value *b)
{
    size_t common = a->count < b->count ? a->count : b->count;

    if (a->is_null == b->is_null && a->length == b->length && a->hash == b->hash) {
        return CAPTURE_SAME;
    }
    for (size_t i = 0; i < common; i++) {
        if (a->bytes[i] != b->bytes[i]) {
            return (int64_t)i;
        }
    }
    return common < CAPTURE_BYTES ? (int64_t)common : CAPTURE_BEHIND;
}

/* Whether the wire is the text that is shown, behind a version where it has one. */
static int is_text(const struct captured_value *value)
{
    enum { LOOKED_AT = 8 };
    size_t version = value->count > LOOKED_AT && value->bytes[0] == 1;

    return value->class == CELL_TEXT && value->count > LOOKED_AT && value->text_length > LOOKED_AT &&
           memcmp(value->bytes + version, value->text, LOOKED_AT) == 0;
}

size_t captured_show(char out[CAPTURE_TEXT], const struct captured_value *value, int64_t from)
{
    enum { SHOWN_BEFORE = 24, SHORT = 160 }; /* of a short text all is seen */
    struct shown_text shown = {.length = 0};
    size_t fault = 0;
    size_t start = from < SHOWN_BEFORE ? 0 : (size_t)from - SHOWN_BEFORE;

    if (value->length >= SHORT && start > 0 && start < value->count && is_text(value)) {
        while (start > 0 && (value->bytes[start] & 0xC0) == 0x80) {
            start--;
        }
        memcpy(shown.text, MARK, MARK_LENGTH);
        shown.length = MARK_LENGTH;
        show_text(&shown, value->bytes + start, value->count - start);
    }
    if (shown.length == 0 || utf8_check((unsigned char *)shown.text, shown.length, &fault, NULL) != 0) {
        memcpy(out, value->text, value->text_length);
        return value->text_length;
    }
    memcpy(out, shown.text, shown.length);
    return shown.length;
}
