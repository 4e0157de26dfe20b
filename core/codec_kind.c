/* codec_kind.c: types of which every database makes its own: enum, and the table of all kinds. */
#include <string.h>

#include "codec_json_style.h"

/* ---- enum: its label, as text ---- */

static int enum_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                    struct err *e)
{
    const struct codec_shape *shape = hint->shape;

    if (c->class != CELL_TEXT) {
        return codec_refuse_class(e, c, "a label of the enum");
    }
    for (size_t i = 0; i < shape->label_count; i++) {
        if (codec_is_word(data, c->length, shape->labels[i])) {
            return bytes_append(out, data, c->length, e);
        }
    }
    return codec_refuse(e, "labels are compared letter for letter: correct the value, or add the label with ALTER TYPE",
                        "it is none of the enum's %zu labels", shape->label_count);
}

static int enum_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                    struct bytes *arena, struct err *e)
{
    size_t at;

    (void)hint;
    if (utf8_check(wire, length, &at, NULL) != 0) {
        return codec_refuse_wire(e, "enum");
    }
    return codec_store(out, CELL_TEXT, wire, length, arena, e);
}

const struct codec codecs_kind[] = {
    {.type = "enum", .put = enum_put, .get = enum_get, .identity = CELL_TEXT},
    {.type = "range", .put = range_put, .get = range_get, .is_kept = range_is_kept},
    {.type = "multirange", .put = multirange_put, .get = multirange_get, .is_kept = multirange_is_kept},
    {.type = "array",
     .put = array_put,
     .get = array_get,
     .forms = json_text_forms,
     .has_form = array_has_form,
     .is_kept = array_is_kept,
     .foreign = 1},
    {.type = "composite",
     .put = composite_put,
     .get = composite_get,
     .forms = json_text_forms,
     .has_form = composite_has_form,
     .is_kept = composite_is_kept,
     .foreign = 1},
    {.type = NULL},
};
