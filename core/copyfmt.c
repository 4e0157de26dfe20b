/* copyfmt.c: the two formats of COPY as pure functions over buffers. */
#include "copyfmt.h"

#include <stdio.h>
#include <string.h>

#include "codec_common.h"
#include "hex.h"

/* The largest field that PostgreSQL can store: 1 GB less its own header. */
enum { FIELD_BYTES = 0x3FFFFFFF - 4 };

void copy_format_free(struct copy_format *f)
{
    bytes_free(&f->scratch);
    bytes_free(&f->scratch_arena);
    bytes_free(&f->mended[0]);
    bytes_free(&f->mended[1]);
    bytes_free(&f->folded);
}

int copy_begin(const struct copy_format *f, struct bytes *out, struct err *e)
{
    /* The signature, then 32 bits of flags and 32 bits of header extension, all zero. */
    static const unsigned char header[19] = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', 0xFF, '\r', '\n', 0};
    return f->binary ? bytes_append(out, header, sizeof header, e) : 0;
}

int copy_end(const struct copy_format *f, struct bytes *out, struct err *e)
{
    return f->binary ? bytes_put_u16(out, 0xFFFF, e) : 0;
}

/* Turns a codec's reason into the whole story: column, value, class. Always returns -1. */
static int tell(const struct copy_column *column, const struct cell *c, const unsigned char *data, struct err *e)
{
    char why[sizeof e->message];
    char hint[sizeof e->hint];
    if (e == NULL || e->kind != ERR_VALUE) {
        return -1;
    }
    memcpy(why, e->message, sizeof why);
    memcpy(hint, e->hint, sizeof hint);
    (void)err_set(e, ERR_VALUE, "value does not fit \"%s\" %s: %s", column->target_name, column->type_name, why);
    (void)err_hint(e, "%s", hint);
    err_place(e, NULL, column->source_name, NULL);
    cell_describe(e->value, sizeof e->value, c, data);
    (void)snprintf(e->value_class, sizeof e->value_class, "%s", cell_class_name((enum cell_class)c->class));
    return -1;
}

static int refuse_null(struct err *e)
{
    return codec_refuse(e, "fill the column in the source, or let the target column take NULL",
                        "it is NULL but the target column refuses NULL");
}

/* A NULL, whose field of the format is `field`, or what stands for it. */
static int put_null(const struct copy_column *column, const char *field, size_t length, struct bytes *out,
                    struct err *e)
{
    return column->null_field != NULL ? bytes_append(out, column->null_field, column->null_length, e)
           : column->not_null         ? refuse_null(e)
                                      : bytes_append(out, field, length, e);
}

static int refuse_size(size_t length, struct err *e)
{
    return codec_refuse(e, "values of 1 GB and more cannot be stored in PostgreSQL: split the value in the source",
                        "%zu bytes are more than a PostgreSQL value holds", length);
}

/* A column at work: what it is, and who is told of its values; NULL: nobody asks. What is always_inline below is a few
 * instructions for each value, of which calls would be a third. */
struct field {
    const struct copy_column *column;
    struct copy_counts *counts;
    struct form_watch *watch;
};

static inline struct field field_of(const struct copy_format *f, size_t column)
{
    return (struct field){.column = &f->columns[column],
                          .counts = f->counts != NULL ? &f->counts[column] : NULL,
                          .watch = f->watches != NULL ? &f->watches[column] : NULL};
}

/* put, or put_noting where there is a watch that the note is for. */
static inline int put_value(const struct field *at, const struct cell *c, const unsigned char *data, struct bytes *out,
                            unsigned *note, struct err *e)
{
    const struct codec *codec = at->column->codec;
    return at->watch != NULL && codec->put_noting != NULL ? codec->put_noting(c, data, &at->column->hint, out, note, e)
                                                          : codec->put(c, data, &at->column->hint, out, e);
}

/* Tells the column's watch which wire a cell has become, and what was noted of it. */
static inline int watch(const struct field *at, const struct cell *c, const unsigned char *data,
                        const unsigned char *wire, size_t length, unsigned note, struct err *e)
{
    const struct copy_column *column = at->column;
    if (at->watch == NULL)
        return 0;
    if (note == 0) {
        return form_watch_see(at->watch, column->codec, &column->hint, c, data, wire, length, e);
    }
    struct codec_hint noted = column->hint;
    noted.note = note;
    return form_watch_see(at->watch, column->codec, &noted, c, data, wire, length, e);
}

__attribute__((always_inline)) static inline int put_binary(const struct field *at, const struct cell *c,
                                                            const unsigned char *data, struct bytes *out, struct err *e)
{
    const struct copy_column *column = at->column;
    unsigned note = 0;
    if (c->class == CELL_NULL)
        return put_null(column, "\xff\xff\xff\xff", 4, out, e);
    if (column->codec == NULL) {
        return err_set(e, ERR_INTERNAL, "column \"%s\" has no codec for the binary format", column->target_name);
    }
    if (bytes_put_u32(out, 0, e) != 0)
        return -1;
    size_t start = out->length;
    if (put_value(at, c, data, out, &note, e) != 0)
        return -1;
    size_t length = out->length - start;
    if (length > FIELD_BYTES)
        return refuse_size(length, e);
    store_u32(out->data + start - 4, (uint32_t)length);
    return watch(at, c, data, out->data + start, length, note, e);
}

int copy_escape(struct bytes *out, const unsigned char *text, size_t length, struct err *e)
{
    /* At least one byte, so that the address of an empty text never counts from a null pointer. */
    if (bytes_reserve(out, 2 * length + 1, e) != 0)
        return -1;
    unsigned char *at = out->data + out->length;
    for (size_t i = 0; i < length; i++) {
        unsigned char letter = 0;
        switch (text[i]) {
        case '\\':
            letter = '\\';
            break;
        case '\t':
            letter = 't';
            break;
        case '\n':
            letter = 'n';
            break;
        case '\r':
            letter = 'r';
            break;
        default:
            *at++ = text[i];
            continue;
        }
        *at++ = '\\';
        *at++ = letter;
    }
    out->length = (size_t)(at - out->data);
    return 0;
}

/* The hexadecimal input of bytea is \x...; its backslash is escaped for COPY. */
static int append_hex(struct bytes *out, const unsigned char *data, size_t length, struct err *e)
{
    if (bytes_append(out, "\\\\x", 3, e) != 0 || bytes_reserve(out, 2 * length, e) != 0)
        return -1;
    hex_encode((char *)out->data + out->length, data, length);
    out->length += 2 * length;
    return 0;
}

static int append_cell(struct bytes *out, const struct cell *c, const unsigned char *data, struct err *e)
{
    char number[40];
    switch ((enum cell_class)c->class) {
    case CELL_NULL:
        return bytes_append(out, "\\N", 2, e);
    case CELL_INTEGER:
        return bytes_append(out, number, codec_integer_text(number, c->as.integer), e);
    case CELL_REAL:
        return bytes_append(out, number, real_to_text(number, sizeof number, c->as.real), e);
    case CELL_TEXT:
        return copy_escape(out, data, c->length, e);
    case CELL_BLOB:
        return append_hex(out, data, c->length, e);
    }
    return err_set(e, ERR_INTERNAL, "a cell of an unknown class");
}

/* A column without codec: the server's input function reads the cell, so it has to be a text that COPY can carry. A
 * blob has none: its hexadecimal form would be taken for the value itself by some types. */
static int put_foreign(const struct cell *c, const unsigned char *data, struct bytes *out, struct err *e)
{
    size_t at = 0;
    if (c->class == CELL_BLOB)
        return codec_refuse_class(e, c, "a value of this type");
    if (c->class == CELL_TEXT && utf8_check(data, c->length, &at, NULL) != 0) {
        return codec_refuse(e, NULL,
                            data[at] == 0
                                ? "the text has the character U+0000 at byte %zu, which PostgreSQL cannot store"
                                : "the text is not valid UTF-8 at byte %zu",
                            at);
    }
    return append_cell(out, c, data, e);
}

static int put_text(struct copy_format *f, const struct field *at, const struct cell *c, const unsigned char *data,
                    struct bytes *out, struct err *e)
{
    const struct copy_column *column = at->column;
    struct cell stored;
    unsigned note = 0;
    /* The server reads its own form, not the one that the source has. */
    struct codec_hint plain = column->hint;
    plain.stored = STORED_BY_FORM;
    plain.zone_seconds = 0;
    if (c->class == CELL_NULL)
        return put_null(column, "\\N", 2, out, e);
    if (column->codec == NULL) {
        return put_foreign(c, data, out, e);
    }
    f->scratch.length = 0;
    f->scratch_arena.length = 0;
    if (put_value(at, c, data, &f->scratch, &note, e) != 0)
        return -1;
    if (f->scratch.length > FIELD_BYTES) {
        return refuse_size(f->scratch.length, e);
    }
    /* An empty wire needs an address too: reserve before reading from it. */
    if (bytes_reserve(&f->scratch, 1, e) != 0 || watch(at, c, data, f->scratch.data, f->scratch.length, note, e) != 0)
        return -1;
    if (column->codec->foreign) {
        return bytes_reserve(&f->scratch_arena, 1, e) != 0 ||
                       codec_literal(column->codec, &column->hint, f->scratch.data, f->scratch.length,
                                     &f->scratch_arena, e) != 0
                   ? -1
                   : copy_escape(out, f->scratch_arena.data, f->scratch_arena.length, e);
    }
    if (column->codec->get(f->scratch.data, f->scratch.length, &plain, &stored, &f->scratch_arena, e) != 0)
        return -1;
    int has_bytes = stored.class == CELL_TEXT || stored.class == CELL_BLOB;
    return append_cell(out, &stored, has_bytes ? f->scratch_arena.data + stored.as.offset : NULL, e);
}

__attribute__((always_inline)) static inline int put(struct copy_format *f, const struct field *at,
                                                     const struct cell *c, const unsigned char *data, struct bytes *out,
                                                     struct err *e)
{
    return f->binary ? put_binary(at, c, data, out, e) : put_text(f, at, c, data, out, e);
}

enum { NOTED_VALUE = 1, NOTED_NULL = 2, NOTED_CONVERTED = 4, NOTED_DEFAULT = 8, NOTED_MISSED = 16, NOTED_MAPPED = 32 };

/* What is noted of a cell that was put. */
static inline int noted_of(const struct field *at, const struct cell *c)
{
    int null = at->column->null_field != NULL ? NOTED_VALUE | NOTED_DEFAULT : 0;
    return c->class != CELL_NULL ? NOTED_VALUE : null | (c->marks & CELL_UNFIT ? NOTED_NULL : 0);
}

static inline void note(const struct field *at, int noted)
{
    struct copy_counts *n = at->counts;
    if (n != NULL) {
        n->noted = noted;
        n->values += (noted & NOTED_VALUE) != 0;
        n->nulled += (noted & NOTED_NULL) != 0;
        n->converted += (noted & NOTED_CONVERTED) != 0;
        n->defaulted += (noted & NOTED_DEFAULT) != 0;
    }
}

/* Adds what stages have marked a cell with that was put. */
static void note_marks(const struct field *at, unsigned marks)
{
    struct copy_counts *n = at->counts;
    n->noted |= (marks & CELL_NO_KEY ? NOTED_MISSED : 0) | (marks & CELL_MAPPED ? NOTED_MAPPED : 0);
    n->missed += (marks & CELL_NO_KEY) != 0;
    n->mapped += (marks & CELL_MAPPED) != 0;
}

/* Takes back what a rejected row added to the first `count` columns. */
static void take_back(const struct copy_format *f, size_t count)
{
    for (size_t i = 0; f->counts != NULL && i < count; i++) {
        struct copy_counts *n = &f->counts[i];
        n->values -= (n->noted & NOTED_VALUE) != 0;
        n->nulled -= (n->noted & NOTED_NULL) != 0;
        n->converted -= (n->noted & NOTED_CONVERTED) != 0;
        n->defaulted -= (n->noted & NOTED_DEFAULT) != 0;
        n->missed -= (n->noted & NOTED_MISSED) != 0;
        n->mapped -= (n->noted & NOTED_MAPPED) != 0;
        if (f->watches != NULL && f->watches[i].begun) {
            f->watches[i].inexact = n->inexact_before;
        }
    }
}

/* A value that does not fit goes through the column's conversions. 1: the last of them made it fit; 0: none did; -1 and
 * e (ERR_MEMORY). */
static int put_mended(struct copy_format *f, const struct field *at, const struct cell *c, const unsigned char *data,
                      struct bytes *out, struct err *e)
{
    const struct copy_column *column = at->column;
    size_t start = out->length;
    size_t room = 0;
    struct cell now = *c;
    struct cell next;
    struct err refusal;
    for (size_t k = 0; k < column->mend_count; k++) {
        int changed = mend_cell(column->mends[k], column->codec, &column->hint, &now, data, &next, &f->mended[room], e);
        if (changed < 0) {
            return -1;
        }
        if (!changed) {
            continue;
        }
        now = next;
        data = now.class == CELL_TEXT || now.class == CELL_BLOB ? f->mended[room].data + now.as.offset : NULL;
        room = 1 - room;
        err_clear(&refusal);
        if (put(f, at, &now, data, out, &refusal) == 0) {
            note(at, NOTED_CONVERTED | noted_of(at, &now));
            return 1;
        }
        out->length = start;
        if (refusal.kind != ERR_VALUE) {
            *e = refusal;
            return -1;
        }
    }
    return 0;
}

/* What the column says at last of a value that does not fit; e says why it does not. */
static int put_nothing(struct copy_format *f, const struct field *at, const struct cell *c, const unsigned char *data,
                       struct bytes *out, struct err *e)
{
    const struct copy_column *column = at->column;
    if (column->on_bad == ON_BAD_NULL && (!column->not_null || column->null_field != NULL)) {
        static const struct cell null = {.class = CELL_NULL};
        err_clear(e);
        note(at, NOTED_NULL | noted_of(at, &null));
        return put(f, at, &null, NULL, out, e);
    }
    (void)tell(column, c, data, e);
    return column->on_bad == ON_BAD_REJECT ? COPY_REJECT : -1;
}

/* What the column says is done with a value that does not fit; e says why it does not. */
static int put_bad(struct copy_format *f, const struct field *at, const struct cell *c, const unsigned char *data,
                   struct bytes *out, struct err *e)
{
    const struct copy_column *column = at->column;
    struct err other;
    if (column->mend_count > 0) {
        err_clear(&other);
        int fits = put_mended(f, at, c, data, out, &other);
        if (fits < 0) {
            *e = other;
            return -1;
        }
        if (fits) {
            err_clear(e);
            return 0;
        }
    }
    return put_nothing(f, at, c, data, out, e);
}

const unsigned char *copy_field(const unsigned char *at, int *length)
{
    uint32_t size = codec_u32(at);
    *length = size == UINT32_MAX ? -1 : (int)size;
    return at + 4;
}

static inline const unsigned char *data_of(const struct batch *b, const struct cell *c)
{
    return c->class == CELL_TEXT || c->class == CELL_BLOB ? batch_data(b, c) : NULL;
}

__attribute__((always_inline)) static inline int put_value_of(struct copy_format *f, const struct field *at,
                                                              const struct cell *c, const unsigned char *data,
                                                              struct bytes *out, struct err *e)
{
    size_t start = out->length;
    if (put(f, at, c, data, out, e) == 0) {
        note(at, noted_of(at, c));
        return 0;
    }
    out->length = start;
    return e->kind != ERR_VALUE ? -1 : put_bad(f, at, c, data, out, e);
}

/* A value that is made of several cells. One of them that does not fit is not mended: it is not the value. */
static int put_folded(struct copy_format *f, const struct field *at, const struct cell *row, const struct batch *b,
                      struct bytes *out, struct err *e)
{
    struct cell made;
    size_t bad = 0;
    if (fold_row(at->column->fold, b, row, &f->folded, &made, &bad, e) == 0) {
        return put_value_of(f, at, &made, f->folded.data, out, e);
    }
    return e->kind != ERR_VALUE ? -1 : put_nothing(f, at, &row[bad], data_of(b, &row[bad]), out, e);
}

/* A key that is replaced. One that nothing can stand for is not mended: no other text of it would be the key. */
static int put_remapped(struct copy_format *f, const struct field *at, const struct cell *c, const unsigned char *data,
                        struct bytes *out, struct err *e)
{
    struct cell key;
    const unsigned char *key_data = NULL;
    if (remap_cell(at->column->remap, c, data, &key, &key_data, e) == 0) {
        return put_value_of(f, at, &key, key_data, out, e);
    }
    return e->kind != ERR_VALUE ? -1 : put_nothing(f, at, c, data, out, e);
}

/* copy_cell for a row of the batch. */
__attribute__((always_inline)) static inline int put_field(struct copy_format *f, const struct field *at,
                                                           const struct cell *row, const struct batch *b,
                                                           struct bytes *out, struct err *e)
{
    const struct cell *c = &row[at->column->cell];
    if (at->counts != NULL)
        at->counts->inexact_before = at->watch != NULL ? at->watch->inexact : 0;
    if (at->column->fold != NULL && !fold_is_replaced(c)) {
        return put_folded(f, at, row, b, out, e);
    }
    int result = at->column->remap != NULL ? put_remapped(f, at, c, data_of(b, c), out, e)
                                           : put_value_of(f, at, c, data_of(b, c), out, e);
    if (c->marks != 0 && result == 0 && at->counts != NULL)
        note_marks(at, c->marks);
    return result;
}

int copy_cell(struct copy_format *f, size_t column, const struct batch *b, size_t row, struct bytes *out, struct err *e)
{
    struct field at = field_of(f, column);
    return put_field(f, &at, b->cells + row * b->columns, b, out, e);
}

/* Looks at the columns behind the one that rejects the row: one of them may stop the run. */
static int look_for_failure(struct copy_format *f, size_t behind, const struct batch *b, size_t row, struct bytes *out,
                            struct err *e)
{
    struct copy_format quiet = *f;
    struct err other;
    int result = COPY_REJECT;
    quiet.watches = NULL;
    quiet.counts = NULL;
    for (size_t i = behind + 1; i < f->count && result == COPY_REJECT; i++) {
        err_clear(&other);
        if (copy_cell(&quiet, i, b, row, out, &other) < 0) {
            *e = other;
            result = -1;
        }
    }
    /* Their memory is the format's. */
    f->scratch = quiet.scratch;
    f->scratch_arena = quiet.scratch_arena;
    memcpy(f->mended, quiet.mended, sizeof f->mended);
    f->folded = quiet.folded;
    return result;
}

int copy_row(struct copy_format *f, const struct batch *b, size_t row, struct bytes *out, struct err *e)
{
    size_t start = out->length;
    size_t count = f->count;
    const struct cell *cells = b->cells + row * b->columns;
    int result = f->binary ? bytes_put_u16(out, (unsigned)count, e) : 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        struct field at = field_of(f, i);
        if (!f->binary && i > 0) {
            result = bytes_append(out, "\t", 1, e);
        }
        if (result == 0) {
            result = put_field(f, &at, cells, b, out, e);
        }
        if (result != 0) {
            take_back(f, i);
        }
        if (result == COPY_REJECT) {
            result = look_for_failure(f, i, b, row, out, e);
        }
    }
    if (result == 0 && !f->binary) {
        result = bytes_append(out, "\n", 1, e);
    }
    if (result != 0) {
        out->length = start;
    }
    return result;
}
