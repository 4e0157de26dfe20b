/* codec_composite.c: composite types, from and to a JSON object with a member for each attribute.
 *
 * Every attribute is named once, in any order; null is NULL. A member that is missing, unknown or there twice is
 * refused: none of them says what is meant. `get` writes the attributes in the type's order, without spaces or in the
 * style of other programs: json_text_forms. On the wire: a count, then of each attribute its type, a length and its
 * value. */
#include <string.h>

#include "codec_document.h"
#include "codec_json_style.h"

/* Where the value of a member stands; length 0: not there. */
struct span {
    size_t at;
    size_t length;
};

static const char help[] = "a composite is a JSON object with every attribute by its name, null where it is NULL: "
                           "correct the value in the source";

/* The attribute that a member's name means, or field_count and e. */
static size_t find_field(const struct codec_shape *shape, const unsigned char *name, size_t length, struct err *e)
{
    size_t i = 0;

    while (i < shape->field_count && !codec_is_word(name, length, shape->fields[i].name)) {
        i++;
    }
    if (i == shape->field_count) {
        (void)codec_refuse(e, help, "the type has no attribute \"%.*s\"", length < 64 ? (int)length : 64,
                           (const char *)name);
    }
    return i;
}

/* Reads one member: its name, the colon, the value. */
static int read_member(struct document *d, const struct codec_shape *shape, struct span *spans, struct bytes *name,
                       struct err *e)
{
    size_t end = document_value_end(d);

    name->length = 0;
    if (bytes_reserve(name, 1, e) != 0 || document_unquote(d->text + d->at, end - d->at, name, e) != 0) {
        return -1;
    }
    size_t field = find_field(shape, name->data, name->length, e);
    if (field == shape->field_count) {
        return -1;
    }
    if (spans[field].length > 0) {
        return codec_refuse(e, help, "the attribute \"%s\" is there twice", shape->fields[field].name);
    }
    d->at = end;
    document_skip_spaces(d);
    d->at++;
    document_skip_spaces(d);
    end = document_value_end(d);
    spans[field] = (struct span){.at = d->at, .length = end - d->at};
    d->at = end;
    return 0;
}

static int read_members(struct document *d, const struct codec_shape *shape, struct span *spans, struct err *e)
{
    struct bytes name = {0};
    int result = 0;

    d->at++;
    document_skip_spaces(d);
    while (result == 0 && !document_next_is(d, '}')) {
        result = read_member(d, shape, spans, &name, e);
        document_skip_spaces(d);
        if (document_next_is(d, ',')) {
            d->at++;
            document_skip_spaces(d);
        }
    }
    bytes_free(&name);
    return result;
}

static int put_fields(const struct document *d, const struct codec_shape *shape, const struct span *spans,
                      struct bytes *out, struct err *e)
{
    if (bytes_put_u32(out, (uint32_t)shape->field_count, e) != 0) {
        return -1;
    }
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct codec_field *field = &shape->fields[i];
        if (spans[i].length == 0) {
            return codec_refuse(e, help, "the attribute \"%s\" is missing", field->name);
        }
        if (bytes_put_u32(out, field->oid, e) != 0) {
            return -1;
        }
        if (document_put(d->text + spans[i].at, spans[i].length, field->codec, &field->hint, out, e) != 0) {
            return document_place(e, "$.%s", field->name);
        }
    }
    return 0;
}

int composite_put(const struct cell *c, const unsigned char *data, const struct codec_hint *hint, struct bytes *out,
                  struct err *e)
{
    const struct codec_shape *shape = hint->shape;
    struct document d;
    struct bytes room = {0};
    size_t size = shape->field_count * sizeof(struct span);
    int result = -1;

    if (document_open(&d, c, data, '{', "a JSON object", e) != 0 || bytes_reserve(&room, size + 1, e) != 0) {
        return -1;
    }
    /* The memory of malloc is good for any type. */
    struct span *spans = (struct span *)(void *)room.data;
    memset(spans, 0, size);
    if (read_members(&d, shape, spans, e) == 0) {
        result = put_fields(&d, shape, spans, out, e);
    }
    bytes_free(&room);
    return result;
}

static int get_fields(const unsigned char *wire, size_t length, const struct codec_shape *shape, struct bytes *json,
                      struct err *e)
{
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct codec_field *field = &shape->fields[i];
        if (length < 4 || codec_u32(wire) != field->oid) {
            return codec_refuse_wire(e, "composite");
        }
        wire += 4;
        length -= 4;
        if (bytes_append(json, i == 0 ? "{" : ",", 1, e) != 0 ||
            document_quote(json, (const unsigned char *)field->name, strlen(field->name), e) != 0 ||
            bytes_append(json, ":", 1, e) != 0) {
            return -1;
        }
        if (document_get(&wire, &length, field->codec, &field->hint, "composite", json, e) != 0) {
            return document_place(e, "$.%s", field->name);
        }
    }
    if (length != 0) {
        return codec_refuse_wire(e, "composite");
    }
    return shape->field_count == 0 ? bytes_append(json, "{}", 2, e) : bytes_append(json, "}", 1, e);
}

/* Fields that are JSON themselves have a style of their own. */
int composite_has_form(const struct codec_hint *hint)
{
    int has_documents = 0;

    for (size_t i = 0; i < hint->shape->field_count; i++) {
        has_documents = has_documents || document_takes_arrays(hint->shape->fields[i].codec);
    }
    return hint->form == 0 || !has_documents;
}

/* Each field is. */
int composite_is_kept(const unsigned char *wire, size_t length, const struct codec_hint *hint)
{
    const struct codec_shape *shape = hint->shape;
    size_t at = 4;

    for (size_t i = 0; i < shape->field_count && at + 8 <= length; i++) {
        const struct codec_field *field = &shape->fields[i];
        size_t size = codec_u32(wire + at + 4) == UINT32_MAX ? 0 : codec_u32(wire + at + 4);
        at += 8;
        if (size > length - at) {
            break;
        }
        if (size > 0 && field->codec->is_kept != NULL && !field->codec->is_kept(wire + at, size, &field->hint)) {
            return 0;
        }
        at += size;
    }
    return 1;
}

int composite_get(const unsigned char *wire, size_t length, const struct codec_hint *hint, struct cell *out,
                  struct bytes *arena, struct err *e)
{
    struct bytes json = {0};

    if (length < 4 || codec_u32(wire) != hint->shape->field_count) {
        return codec_refuse_wire(e, "composite");
    }
    int result = get_fields(wire + 4, length - 4, hint->shape, &json, e);
    if (result == 0) {
        result = json_text_cell(json.data, json.length, hint, out, arena, e);
    }
    bytes_free(&json);
    return result;
}
