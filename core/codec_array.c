/* codec_array.c: arrays, from and to JSON arrays, one inside another for each dimension.
 *
 * '[1,null,3]', '[["a","b"],["c","d"]]', '[]'. All arrays of a dimension have the same number of elements; an array of
 * json, jsonb or of a domain over arrays has one dimension, for what is inside may be an array itself. The server's own
 * literal '{1,NULL,"a b"}' is read too: no JSON array begins like it; but not of json, jsonb, bytea, arrays, composites
 * or hstore, whose text in SQLite is another than the server's. Lower bounds other than 1 have no form in JSON: `get`
 * refuses them. `get` writes JSON without spaces, or in the style of other programs: json_text_forms. */
#include <stdio.h>
#include <string.h>

#include "codec_document.h"
#include "codec_json_style.h"

enum { DIMENSIONS = 6, MOST_ELEMENTS = 134217727, OID_BYTEA = 17 };

/* An array on its way to the wire. */
struct array {
    struct document d;
    const struct codec_shape *shape;
    int is_literal; /* the server's form: braces */
    int dimensions;
    uint32_t sizes[DIMENSIONS];   /* 0: not known yet */
    uint32_t indexes[DIMENSIONS]; /* of the element that is being read */
    uint32_t elements;
    int has_null;
    struct bytes text; /* an element of a literal, without quotes and escapes */
};

static const char help[] = "an array is a JSON array, [1,null,3], with the same number of elements in each part of a "
                           "dimension: correct the value in the source, or give the target column a text type";

/* Says where the fault is: $[1][0]. `level` counts the dimensions that the place has. */
static int place(const struct array *a, int level, struct err *e)
{
    char path[DIMENSIONS * 12 + 2] = "$";
    size_t used = 1;

    for (int i = 0; i < level; i++) {
        used += (size_t)snprintf(path + used, sizeof path - used, "[%u]", (unsigned)a->indexes[i]);
    }
    return document_place(e, "%s", path);
}

/* How deep the first elements stand: the number of dimensions; 0 for an empty array. */
static int count_dimensions(struct array *a, struct err *e)
{
    struct document d = a->d;
    unsigned char open = d.text[d.at];
    unsigned char close = open == '{' ? '}' : ']';
    int flat = document_takes_arrays(a->shape->element);

    while (document_next_is(&d, open) && (a->dimensions == 0 || !flat)) {
        if (a->dimensions == DIMENSIONS) {
            return codec_refuse(e, help, "an array of PostgreSQL has at most %d dimensions", DIMENSIONS);
        }
        a->dimensions++;
        d.at++;
        document_skip_spaces(&d);
    }
    if (document_next_is(&d, close)) {
        if (a->dimensions > 1) {
            return codec_refuse(e, "write an empty array as []", "an array of empty arrays has no form in PostgreSQL");
        }
        a->dimensions = 0;
    }
    return 0;
}

/* ---- elements ---- */

static int put_json_element(struct array *a, struct bytes *out, struct err *e)
{
    const struct codec_shape *shape = a->shape;
    const unsigned char *value = a->d.text + a->d.at;
    size_t length = document_value_end(&a->d) - a->d.at;

    if (value[0] == '[' && !document_takes_arrays(shape->element)) {
        return codec_refuse(e, help, "an array stands where the first part has a single value");
    }
    a->has_null = a->has_null || value[0] == 'n';
    a->d.at += length;
    return document_put(value, length, shape->element, &shape->element_hint, out, e);
}

static int literal_fault(const struct array *a, struct err *e, const char *why)
{
    return codec_refuse(e, help, "the text is neither JSON nor an array as PostgreSQL writes it: %s (byte %zu)", why,
                        a->d.at);
}

static int is_null_word(const struct bytes *text)
{
    return text->length == 4 && (text->data[0] | 0x20) == 'n' && (text->data[1] | 0x20) == 'u' &&
           (text->data[2] | 0x20) == 'l' && (text->data[3] | 0x20) == 'l';
}

/* Reads an element of a literal into a->text: "in quotes" or up to a comma or brace; a backslash takes the next byte
 * as it is. */
static int read_literal_element(struct array *a, int *quoted, struct err *e)
{
    struct document *d = &a->d;
    size_t kept = 0; /* spaces at the end of a bare element do not count */

    a->text.length = 0;
    *quoted = document_next_is(d, '"');
    d->at += (size_t)*quoted;
    while (d->at < d->length) {
        unsigned char byte = d->text[d->at];
        int escaped = byte == '\\' && d->at + 1 < d->length;
        if (*quoted ? byte == '"' : byte == ',' || byte == '}') {
            break;
        }
        if (!*quoted && (byte == '"' || byte == '{')) {
            return literal_fault(a, e, "a quote or brace inside an element");
        }
        d->at += (size_t)escaped;
        byte = d->text[d->at];
        if (bytes_append(&a->text, &byte, 1, e) != 0) {
            return -1;
        }
        kept = escaped || strchr(" \t\r\n\v\f", byte) == NULL ? a->text.length : kept;
        d->at++;
    }
    if (d->at == d->length) {
        return literal_fault(a, e, "it does not end");
    }
    d->at += (size_t)*quoted;
    a->text.length = *quoted ? a->text.length : kept;
    return *quoted || kept > 0 ? 0 : literal_fault(a, e, "an element is missing");
}

static int put_literal_element(struct array *a, struct bytes *out, struct err *e)
{
    const struct codec_shape *shape = a->shape;
    struct cell c = {.class = CELL_TEXT};
    int quoted = 0;

    if (document_next_is(&a->d, '{')) {
        return codec_refuse(e, help, "an array stands where the first part has a single value");
    }
    if (bytes_reserve(&a->text, 1, e) != 0 || read_literal_element(a, &quoted, e) != 0) {
        return -1;
    }
    if (!quoted && is_null_word(&a->text)) {
        a->has_null = 1;
        return bytes_put_u32(out, 0xFFFFFFFF, e);
    }
    c.length = (uint32_t)a->text.length;
    return document_put_cell(&c, a->text.data, shape->element, &shape->element_hint, out, e);
}

/* ---- put ---- */

/* Reads the array at whose bracket the document stands, and what is inside. At most DIMENSIONS calls deep. */
static int put_level(struct array *a, int level, struct bytes *out, struct err *e)
{
    unsigned char open = a->is_literal ? '{' : '[';
    unsigned char close = a->is_literal ? '}' : ']';
    uint32_t count = 0;

    if (!document_next_is(&a->d, open)) {
        return codec_refuse(e, help, "a single value stands where the first part has an array");
    }
    do {
        int result;
        a->d.at++;
        document_skip_spaces(&a->d);
        a->indexes[level] = count++;
        if (count == 1 && document_next_is(&a->d, close)) {
            return codec_refuse(e, help, "an empty array stands where the first part has elements");
        }
        if (level + 1 < a->dimensions) {
            result = put_level(a, level + 1, out, e);
        } else if (++a->elements > MOST_ELEMENTS) {
            return codec_refuse(e, help, "it has more than %d elements", MOST_ELEMENTS);
        } else {
            result = a->is_literal ? put_literal_element(a, out, e) : put_json_element(a, out, e);
            if (result != 0) {
                return place(a, level + 1, e);
            }
        }
        if (result != 0) {
            return -1;
        }
        document_skip_spaces(&a->d);
    } while (document_next_is(&a->d, ','));
    if (!document_next_is(&a->d, close)) {
        return literal_fault(a, e, "a comma or } is expected here");
    }
    a->d.at++;
    if (a->sizes[level] != 0 && a->sizes[level] != count) {
        (void)codec_refuse(e, help, "%u elements where the first part has %u", (unsigned)count,
                           (unsigned)a->sizes[level]);
        return place(a, level, e);
    }
    a->sizes[level] = count;
    return 0;
}

/* The head is written again when everything in it is known. */
static int put_head(const struct array *a, struct bytes *out, struct err *e)
{
    if (bytes_put_u32(out, (uint32_t)a->dimensions, e) != 0 || bytes_put_u32(out, (uint32_t)a->has_null, e) != 0 ||
        bytes_put_u32(out, a->shape->element_oid, e) != 0) {
        return -1;
    }
    for (int i = 0; i < a->dimensions; i++) {
        if (bytes_put_u32(out, a->sizes[i], e) != 0 || bytes_put_u32(out, 1, e) != 0) {
            return -1;
        }
    }
    return 0;
}

static int put_elements(struct array *a, struct bytes *out, struct err *e)
{
    size_t start = out->length;

    if (count_dimensions(a, e) != 0 || put_head(a, out, e) != 0) {
        return -1;
    }
    if (a->dimensions == 0) {
        a->d.at++;
        document_skip_spaces(&a->d);
        a->d.at++;
    } else if (put_level(a, 0, out, e) != 0) {
        return -1;
    }
    document_skip_spaces(&a->d);
    if (a->d.at < a->d.length) {
        return literal_fault(a, e, "there is more text after it");
    }
    /* The place of the head is there already, so nothing can fail. */
    size_t end = out->length;
    out->length = start;
    int result = put_head(a, out, e);
    out->length = end;
    return result;
}

/* The server's literal, where the elements' texts are the server's too. */
static int open_literal(struct array *a, const struct cell *c, const unsigned char *data, struct err *e)
{
    const struct codec *element = a->shape->element;
    size_t at = 0;

    if (element->foreign || document_takes_arrays(element) || element->oid == OID_BYTEA) {
        return codec_refuse(e, help, "the text is no JSON array, and elements of type %s are read from JSON only",
                            element->type);
    }
    if (utf8_check(data, c->length, &at, NULL) != 0) {
        return codec_refuse(e, help, "the text is not valid UTF-8 at byte %zu", at);
    }
    a->is_literal = 1;
    return 0;
}

static const struct codec_shape *shape_of(const struct codec_hint *hint, struct err *e)
{
    if (hint->shape == NULL || hint->shape->element == NULL) {
        (void)err_set(e, ERR_INTERNAL, "an array without the type of its elements");
        return NULL;
    }
    return hint->shape;
}

int array_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
              struct err *e)
{
    struct array a = {.shape = shape_of(hint, e)};
    int result = 0;

    if (a.shape == NULL) {
        return -1;
    }
    if (c->class == CELL_TEXT) {
        a.d = (struct document){.text = data, .length = c->length};
        document_skip_spaces(&a.d);
    }
    result = document_next_is(&a.d, '{') ? open_literal(&a, c, data, e)
                                         : document_open(&a.d, c, data, '[', "a JSON array", e);
    if (result == 0) {
        result = put_elements(&a, out, e);
    }
    bytes_free(&a.text);
    return result;
}

/* ---- get ---- */

/* Reads the head: *elements and a->sizes. Refuses what JSON cannot say. */
static int read_head(struct array *a, const unsigned char *wire, size_t length, struct err *e)
{
    if (length < 12 || codec_u32(wire) > DIMENSIONS || codec_u32(wire + 4) > 1 ||
        codec_u32(wire + 8) != a->shape->element_oid) {
        return codec_refuse_wire(e, "array");
    }
    a->dimensions = (int)codec_u32(wire);
    size_t head = 12 + 8 * (size_t)a->dimensions;
    if (length < head || (a->dimensions == 0 && length != head)) {
        return codec_refuse_wire(e, "array");
    }
    uint64_t elements = a->dimensions > 0;
    for (int i = 0; i < a->dimensions; i++) {
        a->sizes[i] = codec_u32(wire + 12 + 8 * (size_t)i);
        elements *= a->sizes[i];
        if (elements == 0 || elements > (length - head) / 4) {
            return codec_refuse_wire(e, "array");
        }
        if (codec_u32(wire + 16 + 8 * (size_t)i) != 1) {
            return codec_refuse(e, "make its subscripts begin at 1 on the server, as array_agg(x) of its elements does",
                                "the array's lower bound is %d, which JSON cannot say",
                                (int)(int32_t)codec_u32(wire + 16 + 8 * (size_t)i));
        }
    }
    if (a->dimensions > 1 && document_takes_arrays(a->shape->element)) {
        return codec_refuse(e, "leave the column out, or make it an array of one dimension",
                            "an array of %d dimensions of %s cannot be told from arrays inside its elements",
                            a->dimensions, a->shape->element->type);
    }
    a->elements = (uint32_t)elements;
    return 0;
}

/* Brackets that open before, or close behind, so many elements. */
static int append_brackets(const struct array *a, uint32_t count, const char *bracket, struct bytes *json,
                           struct err *e)
{
    uint32_t stride = 1;

    for (int i = a->dimensions - 1; i >= 0; i--) {
        stride *= a->sizes[i];
        if (count % stride == 0 && bytes_append(json, bracket, 1, e) != 0) {
            return -1;
        }
    }
    return 0;
}

static int get_elements(struct array *a, const unsigned char *wire, size_t length, struct bytes *json, struct err *e)
{
    const struct codec_shape *shape = a->shape;

    for (uint32_t i = 0; i < a->elements; i++) {
        if ((i > 0 && bytes_append(json, ",", 1, e) != 0) || append_brackets(a, i, "[", json, e) != 0) {
            return -1;
        }
        if (document_get(&wire, &length, shape->element, &shape->element_hint, "array", json, e) != 0) {
            return document_place(e, "element %u", (unsigned)i + 1);
        }
        if (append_brackets(a, i + 1, "]", json, e) != 0) {
            return -1;
        }
    }
    return length == 0 ? 0 : codec_refuse_wire(e, "array");
}

/* Elements that are JSON themselves have a style of their own. */
int array_has_form(const struct codec_hint *hint)
{
    return hint->form == 0 ||
           (hint->shape != NULL && hint->shape->element != NULL && !document_takes_arrays(hint->shape->element));
}

/* Each element is. */
int array_is_kept(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    const struct codec_shape *shape = hint->shape;
    size_t at = 12;

    if (shape->element == NULL || shape->element->is_kept == NULL || length < at || codec_u32(wire) > DIMENSIONS) {
        return 1;
    }
    for (at += 8 * (size_t)codec_u32(wire); at + 4 <= length;) {
        size_t size = codec_u32(wire + at) == UINT32_MAX ? 0 : codec_u32(wire + at);
        at += 4;
        if (size > length - at || (size > 0 && !shape->element->is_kept(wire + at, size, &shape->element_hint))) {
            return 0;
        }
        at += size;
    }
    return 1;
}

int array_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
              struct bytes *arena, struct err *e)
{
    struct array a = {.shape = shape_of(hint, e)};
    struct bytes json = {0};
    int result = 0;

    if (a.shape == NULL || read_head(&a, wire, length, e) != 0) {
        return -1;
    }
    if (a.dimensions == 0) {
        return codec_store(out, CELL_TEXT, "[]", 2, arena, e);
    }
    size_t head = 12 + 8 * (size_t)a.dimensions;
    result = get_elements(&a, wire + head, length - head, &json, e);
    if (result == 0) {
        result = json_text_cell(json.data, json.length, hint, out, arena, e);
    }
    bytes_free(&json);
    return result;
}
