/* fold.c: one JSON document of several cells of a row. */
#include "fold.h"

#include <math.h>
#include <string.h>

#include "codec_document.h"

static int refuse(const struct fold *f, const struct fold_part *p, struct err *e)
{
    return f->whole ? -1 : document_place(e, "%s", p->name);
}

static int append_text(const struct fold_part *p, const unsigned char *text, size_t length, struct bytes *out,
                       struct err *e)
{
    size_t at = 0;
    const char *why = NULL;

    if (p->is_json) {
        return json_check(text, length, 0, &at, &why) == 0
                   ? bytes_append(out, text, length, e)
                   : codec_refuse(e, "correct the value in the source, or take the column without w.json: a string",
                                  "the text is not JSON: %s (byte %zu)", why, at);
    }
    if (utf8_check(text, length, &at, NULL) != 0) {
        return codec_refuse(e, NULL,
                            text[at] == 0
                                ? "the text has the character U+0000 at byte %zu, which PostgreSQL cannot store"
                                : "the text is not valid UTF-8 at byte %zu",
                            at);
    }
    return document_quote(out, text, length, e);
}

static int append_cell(const struct fold_part *p, const struct batch *b, const struct cell *c, struct bytes *out,
                       struct err *e)
{
    char number[40];

    switch ((enum cell_class)c->class) {
    case CELL_NULL:
        return bytes_append(out, "null", 4, e);
    case CELL_INTEGER:
        return bytes_append(out, number, codec_integer_text(number, c->as.integer), e);
    case CELL_REAL:
        return isfinite(c->as.real) ? bytes_append(out, number, real_to_text(number, sizeof number, c->as.real), e)
                                    : codec_refuse(e, NULL, "JSON has no infinite numbers");
    case CELL_TEXT:
        return append_text(p, batch_data(b, c), c->length, out, e);
    case CELL_BLOB:
        return codec_refuse_class(e, c, "a value of JSON");
    }
    return err_set(e, ERR_INTERNAL, "a cell of an unknown class");
}

int fold_row(const struct fold *f, const struct batch *b, const struct cell *row, struct bytes *out, struct cell *made,
             size_t *bad, struct err *e)
{
    out->length = 0;
    memset(made, 0, sizeof *made);
    if (f->whole && row[f->parts[0].cell].class == CELL_NULL) {
        return 0;
    }
    for (size_t i = 0; i < f->count; i++) {
        const struct fold_part *p = &f->parts[i];

        if (bytes_append(out, p->text, strlen(p->text), e) != 0) {
            return -1;
        }
        if (p->has_cell && append_cell(p, b, &row[p->cell], out, e) != 0) {
            *bad = p->cell;
            return e->kind == ERR_VALUE ? refuse(f, p, e) : -1;
        }
    }
    if (out->length > UINT32_MAX) {
        *bad = f->parts[0].cell;
        return codec_refuse(e, NULL, "%zu bytes are more than a PostgreSQL value holds", out->length);
    }
    made->class = CELL_TEXT;
    made->length = (uint32_t)out->length;
    return 0;
}
