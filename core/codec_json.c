/* codec_json.c: json and jsonb. Both travel as text that is checked here first, because a refusal by the server would
 * not tell the row; jsonb has a version byte before the text. */
#include <math.h>

#include "codec_json_style.h"
#include "text_scan.h"

enum { JSONB_VERSION = 1 };

int json_check(const unsigned char *data, size_t length, int strict, size_t *at, const char **why)
{
    unsigned styles = 0;
    return json_scan(data, length, strict, &styles, at, why);
}

/* What may help with a text in which something else than JSON begins at this byte. */
static const char *help_at(const unsigned char *data, size_t length, size_t at, int strict)
{
    static const char *const names[] = {"NaN", "Infinity", "-Infinity"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t n = strlen(names[i]);
        if (at <= length && length - at >= n && memcmp(data + at, names[i], n) == 0) {
            return "Python's json.dumps writes NaN and Infinity, which JSON does not have: let map in a script make "
                   "null of them, or give the target column the type text";
        }
    }
    return strict ? "correct the value in the source, or by map in a script, or give the target column the type text, "
                    "or json, which keeps \\u0000 and numbers of any size"
                  : "correct the value in the source, or by map in a script, or give the target column the type text";
}

/* *styles: as json_scan gives them; of a cell that is no text there are none. */
static int put_document(const struct cell *c, const unsigned char *data, int strict, struct bytes *out,
                        unsigned *styles, struct err *e)
{
    char number[40];
    size_t length = 0;
    size_t at = 0;
    const char *why = NULL;
    switch ((enum cell_class)c->class) {
    case CELL_INTEGER:
        length = codec_integer_text(number, c->as.integer);
        return bytes_append(out, number, length, e);
    case CELL_REAL:
        if (!isfinite(c->as.real)) {
            return codec_refuse(e, help_at(data, 0, 0, strict), "JSON has no infinite numbers");
        }
        length = real_to_text(number, sizeof number, c->as.real);
        return bytes_append(out, number, length, e);
    case CELL_TEXT:
        if (json_scan(data, c->length, strict, styles, &at, &why) != 0) {
            return codec_refuse(e, help_at(data, c->length, at, strict),
                                "the text is not JSON that the type takes: %s (byte %zu)", why, at);
        }
        return bytes_append(out, data, c->length, e);
    default:
        return codec_refuse_class(e, c, "JSON");
    }
}

static int json_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                    struct err *e)
{
    unsigned styles = 0;
    (void)hint;
    return put_document(c, data, 0, out, &styles, e);
}

/* The note is the styles, which may be none, and this, where the cell is a text. */
enum { JSON_NOTED = 1 << JSON_STYLES };

static int jsonb_put_noting(const struct cell *c, const unsigned char *data, const struct codec_hint *hint,
                            struct bytes *out, unsigned *note, struct err *e)
{
    static const unsigned char version = JSONB_VERSION;
    size_t start = out->length;
    unsigned styles = 0;
    (void)hint;
    if (bytes_append(out, &version, 1, e) != 0) {
        return -1;
    }
    if (put_document(c, data, 1, out, &styles, e) != 0) {
        out->length = start;
        return -1;
    }
    *note = c->class == CELL_TEXT ? JSON_NOTED | styles : 0;
    return 0;
}

static int jsonb_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                     struct err *e)
{
    unsigned note = 0;
    return jsonb_put_noting(c, data, hint, out, &note, e);
}

/* ---- forms ----
 *
 * "number": a document that is SQLite's own text of a number comes back as that number, as it stood in a column of
 * numeric affinity (a column declared JSON has it), and every other as text. jsonb has no white space and escapes of
 * its own, so that its text may be given the style in which it was written: "compact" is JavaScript's, "ascii"
 * Python's. */

enum { NUMBERS = 1, STYLES = 2 }; /* the form is numbers or not + a style * STYLES */

_Static_assert(JSON_COMPACT == 1 && JSON_ASCII == 2, "jsonb_forms");

static const char *const json_forms[] = {"text", "number", NULL};
static const char *const jsonb_forms[] = {"text",  "number",       "compact",       "compact number",
                                          "ascii", "ascii number", "compact ascii", "compact ascii number",
                                          NULL};

static int json_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                    struct bytes *arena, struct err *e)
{
    size_t start = arena->length;
    size_t at = 0;
    if (hint->form % STYLES == NUMBERS && codec_number_cell(wire, length, out)) {
        return 0;
    }
    if (utf8_check(wire, length, &at, NULL) != 0) {
        return codec_refuse_wire(e, "json");
    }
    if (hint->form < STYLES) {
        return codec_store(out, CELL_TEXT, wire, length, arena, e);
    }
    if (json_append_in_style(wire, length, hint->form / STYLES, arena, e) != 0) {
        arena->length = start;
        return -1;
    }
    return codec_text_from(out, start, arena, e);
}

static int jsonb_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                     struct bytes *arena, struct err *e)
{
    if (length < 1 || wire[0] != JSONB_VERSION) {
        return codec_refuse_wire(e, "jsonb");
    }
    return json_get(wire + 1, length - 1, hint, out, arena, e);
}

/* Whether a text has neither escapes nor what some styles escape. */
static int is_without_escapes(const unsigned char *text, size_t length)
{
    size_t at = 0;
    while (at < length && text[at] < 0x7F && text[at] != '\\') {
        at = json_plain_end(text, length, at + 1);
    }
    return at == length;
}

/* Documents that are no numbers are the same whatever numbers are, and those of plain ASCII whatever other characters
 * are. */
static uint32_t json_key(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    struct cell number;
    int is_number = hint->form % STYLES == NUMBERS && codec_number_cell(wire, length, &number);
    int style = hint->form / STYLES;
    if (is_number) {
        return NUMBERS;
    }
    if ((style & JSON_ASCII) != 0 && !is_without_escapes(wire, length)) {
        return (uint32_t)style * STYLES;
    }
    return (uint32_t)(style & ~JSON_ASCII) * STYLES;
}

static uint32_t jsonb_key(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    return length < 1 ? 0 : json_key(wire + 1, length - 1, hint);
}

/* jsonb is not the text that went in, but its meaning. */
static int jsonb_is_kept(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    struct cell number;
    unsigned styles = hint->note;
    size_t at = 0;
    const char *why = NULL;
    if (length < 1) {
        return CODEC_KEPT;
    }
    if (hint->note == 0 && json_scan(wire + 1, length - 1, 1, &styles, &at, &why) != 0) {
        return 0;
    }
    if ((styles >> (hint->form / STYLES) & 1) == 0) {
        return 0;
    }
    return hint->form % STYLES == NUMBERS && codec_number_cell(wire + 1, length - 1, &number) ? CODEC_KEPT
                                                                                              : CODEC_KEPT_TEXT;
}

const struct codec codecs_json[] = {
    {.type = "json",
     .oid = 114,
     .put = json_put,
     .get = json_get,
     .forms = json_forms,
     .form_key = json_key,
     .identity = CELL_TEXT},
    {.type = "jsonb",
     .oid = 3802,
     .put = jsonb_put,
     .put_noting = jsonb_put_noting,
     .get = jsonb_get,
     .forms = jsonb_forms,
     .form_key = jsonb_key,
     .is_kept = jsonb_is_kept},
    {.type = NULL},
};
